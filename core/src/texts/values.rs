//! How a value is written: counts, times of day, spans, sizes and amounts.

use chrono::{DateTime, Datelike, FixedOffset, Timelike, Utc};

use super::render::NARROW;
use super::{Language, Locale};
use crate::model::{Money, PhraseValue};

const MINUTE_MS: i64 = 60_000;
const HOUR_MIN: i64 = 60;
const DAY_MIN: i64 = 24 * 60;

/// From this span on, days are counted: *24 h* is clearer for a window than *1 d*.
const DAYS_FROM_MIN: i64 = 2 * DAY_MIN;

const MONTHS_ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_FRENCH: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// Writes a value into `out`.
pub(super) fn write(value: &PhraseValue, locale: &Locale, now: DateTime<Utc>, out: &mut String) {
    let language = locale.language;
    match value {
        PhraseValue::Text(text) => out.push_str(text),
        PhraseValue::Number(count) => out.push_str(&number(*count, language)),
        PhraseValue::At(at) => out.push_str(&instant(*at, locale, now)),
        PhraseValue::DurationMs(ms) => out.push_str(&span(*ms, language)),
        PhraseValue::SizeBytes(bytes) => out.push_str(&size(*bytes, language)),
        PhraseValue::Money(money) => out.push_str(&amount(money, language)),
    }
}

fn number(count: i64, language: Language) -> String {
    let sign = if count < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(count.unsigned_abs(), language))
}

/// With a separator between thousands: `1,000` and `1 000`.
fn grouped(count: u64, language: Language) -> String {
    let separator = match language {
        Language::English => ',',
        Language::French => NARROW,
    };
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

/// A time of day; with the day when it is not today. Seconds are cut off, so that *until* never
/// promises too much.
fn instant(at: DateTime<Utc>, locale: &Locale, now: DateTime<Utc>) -> String {
    let (at, now) = (local(at, locale), local(now, locale));
    let time = time_of_day(&at, locale.language);
    let days = at.date_naive().signed_duration_since(now.date_naive()).num_days();
    match (locale.language, days) {
        (_, 0) => time,
        (Language::English, 1) => format!("tomorrow at {time}"),
        (Language::English, -1) => format!("yesterday at {time}"),
        (Language::French, 1) => format!("demain à {time}"),
        (Language::French, -1) => format!("hier à {time}"),
        (Language::English, _) => format!("{time} on {}", day(&at, &now, locale.language)),
        (Language::French, _) => format!("le {} à {time}", day(&at, &now, locale.language)),
    }
}

fn local(at: DateTime<Utc>, locale: &Locale) -> DateTime<FixedOffset> {
    let zone = FixedOffset::east_opt(locale.utc_offset_minutes.saturating_mul(60));
    // Beyond the years people write there is no local time to compute with.
    let at = if (1..=9999).contains(&at.year()) { at } else { DateTime::UNIX_EPOCH };
    match zone {
        Some(zone) => at.with_timezone(&zone),
        None => at.fixed_offset(),
    }
}

/// In French with its minutes even at the full hour: *depuis 9 h* would read as *for nine hours*.
fn time_of_day(at: &DateTime<FixedOffset>, language: Language) -> String {
    match language {
        Language::English => format!("{:02}:{:02}", at.hour(), at.minute()),
        Language::French => format!("{}{NARROW}h{NARROW}{:02}", at.hour(), at.minute()),
    }
}

fn day(at: &DateTime<FixedOffset>, now: &DateTime<FixedOffset>, language: Language) -> String {
    let months = match language {
        Language::English => &MONTHS_ENGLISH,
        Language::French => &MONTHS_FRENCH,
    };
    let month = usize::try_from(at.month0()).ok().and_then(|month| months.get(month)).copied().unwrap_or_default();
    let ordinal = if language == Language::French && at.day() == 1 { "er" } else { "" };
    let year = if at.year() == now.year() { String::new() } else { format!(" {}", at.year()) };
    format!("{}{ordinal} {month}{year}", at.day())
}

/// A span, cut off to whole minutes, or to seconds below one.
fn span(ms: i64, language: Language) -> String {
    let unit = |count: i64, name: &str| format!("{count}{NARROW}{name}");
    let day_name = match language {
        Language::English => "d",
        Language::French => "j",
    };
    let ms = ms.max(0);
    if ms < MINUTE_MS {
        return unit(ms / 1000, "s");
    }
    let minutes = ms / MINUTE_MS;
    let (large, small) = if minutes >= DAYS_FROM_MIN {
        ((minutes / DAY_MIN, day_name), (minutes % DAY_MIN / HOUR_MIN, "h"))
    } else {
        ((minutes / HOUR_MIN, "h"), (minutes % HOUR_MIN, "min"))
    };
    match (large.0, small.0) {
        (0, _) => unit(small.0, small.1),
        (_, 0) => unit(large.0, large.1),
        _ => format!("{} {}", unit(large.0, large.1), unit(small.0, small.1)),
    }
}

/// A size, rounded up to a tenth: a file over a limit never looks as if it fitted.
fn size(bytes: i64, language: Language) -> String {
    const STEP: u64 = 1024;
    let bytes = bytes.max(0).unsigned_abs();
    if bytes < STEP {
        let unit = match (language, bytes) {
            (Language::English, 1) => "byte",
            (Language::English, _) => "bytes",
            (Language::French, 0 | 1) => "octet",
            (Language::French, _) => "octets",
        };
        return format!("{bytes}{NARROW}{unit}");
    }
    let units = match language {
        Language::English => ["KB", "MB", "GB"],
        Language::French => ["Ko", "Mo", "Go"],
    };
    let (mut step, mut name) = (STEP, "");
    for (place, unit) in units.into_iter().enumerate() {
        if place > 0 && bytes >= step * STEP {
            step *= STEP;
        } else if place > 0 {
            break;
        }
        name = unit;
    }
    let tenths = (u128::from(bytes) * 10).div_ceil(u128::from(step));
    let point = match language {
        Language::English => '.',
        Language::French => ',',
    };
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole}{NARROW}{name}"),
        (whole, tenth) => format!("{whole}{point}{tenth}{NARROW}{name}"),
    }
}

/// An amount, exact to the last digit that is not zero and never shorter than its coins.
fn amount(money: &Money, language: Language) -> String {
    const MICROS: u64 = 1_000_000;
    let micros = money.micros.unsigned_abs();
    let code = money.currency.code();
    let mut fraction = format!("{:06}", micros % MICROS);
    while fraction.len() > coin_digits(code) && fraction.ends_with('0') {
        fraction.pop();
    }
    let point = match language {
        Language::English => ".",
        Language::French => ",",
    };
    let point = if fraction.is_empty() { "" } else { point };
    let figure = format!("{}{point}{fraction}", grouped(micros / MICROS, language));
    let sign = if money.micros < 0 { "-" } else { "" };
    let symbol = match code {
        "EUR" => Some("€"),
        "USD" => Some("$"),
        "GBP" => Some("£"),
        _ => None,
    };
    match (language, symbol) {
        (Language::English, Some(symbol)) => format!("{sign}{symbol}{figure}"),
        (Language::English, None) => format!("{sign}{code}{NARROW}{figure}"),
        (Language::French, symbol) => format!("{sign}{figure}{NARROW}{}", symbol.unwrap_or(code)),
    }
}

/// Digits after the point that a currency's coins have (ISO 4217), where it is not two.
fn coin_digits(code: &str) -> usize {
    match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Currency;
    use Language::{English, French};

    /// Written with plain spaces, so that the tables below can be read.
    fn plain(text: &str) -> String {
        text.replace(NARROW, " ")
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn written_at(instant_at: &str, language: Language) -> String {
        let locale = Locale { language, utc_offset_minutes: 60 };
        plain(&instant(at(instant_at), &locale, at("2026-11-02T12:00:00Z")))
    }

    #[test]
    fn today_needs_no_day() {
        assert_eq!(written_at("2026-11-02T13:05:00Z", English), "14:05");
        assert_eq!(written_at("2026-11-02T13:05:00Z", French), "14 h 05");
        assert_eq!(written_at("2026-11-02T08:00:00Z", French), "9 h 00");
    }

    #[test]
    fn another_day_is_named() {
        assert_eq!(written_at("2026-11-03T09:00:00Z", English), "tomorrow at 10:00");
        assert_eq!(written_at("2026-11-03T09:00:00Z", French), "demain à 10 h 00");
        assert_eq!(written_at("2026-11-01T09:30:00Z", English), "yesterday at 10:30");
        assert_eq!(written_at("2026-11-01T09:30:00Z", French), "hier à 10 h 30");
        assert_eq!(written_at("2026-12-01T09:00:00Z", English), "10:00 on 1 December");
        assert_eq!(written_at("2026-12-01T09:00:00Z", French), "le 1er décembre à 10 h 00");
        assert_eq!(written_at("2025-08-07T09:00:00Z", French), "le 7 août 2025 à 10 h 00");
    }

    #[test]
    fn the_day_is_the_readers_and_not_the_servers() {
        // 23:30 UTC is half past midnight, tomorrow, an hour further east.
        assert_eq!(written_at("2026-11-02T23:30:00Z", English), "tomorrow at 00:30");
    }

    #[test]
    fn an_instant_beyond_the_calendar_is_still_written() {
        let locale = Locale { language: English, utc_offset_minutes: 840 };
        assert!(!instant(DateTime::<Utc>::MAX_UTC, &locale, DateTime::<Utc>::MIN_UTC).is_empty());
    }

    #[test]
    fn a_span_is_cut_off_and_never_rounded_up() {
        let written = |ms, language| plain(&span(ms, language));
        assert_eq!(written(7_500_000, English), "2 h 5 min");
        assert_eq!(written(7_559_999, English), "2 h 5 min");
        assert_eq!(written(86_400_000, English), "24 h");
        assert_eq!(written(59_999, French), "59 s");
        assert_eq!(written(60_000, French), "1 min");
        assert_eq!(written(-5, French), "0 s");
        assert_eq!(written(6 * 86_400_000 + 4 * 3_600_000, French), "6 j 4 h");
        assert_eq!(written(6 * 86_400_000, English), "6 d");
    }

    #[test]
    fn a_size_is_never_smaller_than_it_is() {
        let written = |bytes, language| plain(&size(bytes, language));
        assert_eq!(written(5_242_880, English), "5 MB");
        assert_eq!(written(5_242_881, English), "5.1 MB");
        assert_eq!(written(102_400, French), "100 Ko");
        assert_eq!(written(1, French), "1 octet");
        assert_eq!(written(512, English), "512 bytes");
        assert_eq!(written(3 * 1024 * 1024 * 1024, French), "3 Go");
        assert_eq!(written(i64::MAX, English), "8589934592 GB");
    }

    #[test]
    fn an_amount_is_exact() {
        let written = |micros, code, language| {
            plain(&amount(&Money { micros, currency: Currency::parse(code).unwrap() }, language))
        };
        assert_eq!(written(50_000, "EUR", English), "€0.05");
        assert_eq!(written(50_000, "EUR", French), "0,05 €");
        assert_eq!(written(62_500, "EUR", French), "0,0625 €");
        assert_eq!(written(12_000_000, "EUR", English), "€12.00");
        assert_eq!(written(1_234_500_000, "USD", English), "$1,234.50");
        assert_eq!(written(1_234_500_000, "USD", French), "1 234,50 $");
        assert_eq!(written(-50_000, "EUR", English), "-€0.05");
        assert_eq!(written(1, "EUR", French), "0,000001 €");
        assert_eq!(written(5_000_000, "JPY", English), "JPY 5");
        assert_eq!(written(400_000, "CHF", French), "0,40 CHF");
        assert_eq!(written(400_000, "KWD", English), "KWD 0.400");
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!(plain(&number(1_000, English)), "1,000");
        assert_eq!(plain(&number(-1_234_567, French)), "-1 234 567");
        assert_eq!(plain(&number(999, French)), "999");
    }
}
