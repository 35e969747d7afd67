//! How a story writes instants, spans and amounts: short, without a time zone, the same in
//! every language.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use riposte::model::Money;

/// The account's calendar, from the story's first day on.
#[derive(Debug, Clone, Copy)]
pub struct Calendar {
    zone: FixedOffset,
    first_day: NaiveDate,
}

impl Calendar {
    /// The days from `first_day` on, so many minutes east of UTC.
    pub fn new(first_day: NaiveDate, utc_offset_minutes: i32) -> Option<Self> {
        Some(Self { zone: FixedOffset::east_opt(utc_offset_minutes.checked_mul(60)?)?, first_day })
    }

    /// Midnight at which day 1 begins.
    pub fn start(&self) -> DateTime<Utc> {
        self.local(self.first_day, NaiveTime::MIN)
    }

    fn local(&self, day: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
        let local = day.and_time(time);
        // A fixed offset has no hour that is missing or twice.
        self.zone.from_local_datetime(&local).single().map_or(local.and_utc(), |at| at.to_utc())
    }

    /// Where `at` puts a clock that shows `now`.
    pub fn read(&self, at: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
        let moved = if let Some(span) = at.strip_prefix('+') {
            now + read_span(span)?
        } else if let Some(rest) = at.strip_prefix("day ") {
            let (day, time) = rest.split_once(' ').ok_or_else(|| format!("{at:?} is no time"))?;
            let day: i64 = day.parse().map_err(|_| format!("{at:?} is no time"))?;
            self.local(self.first_day + TimeDelta::days(day - 1), read_time(time)?)
        } else {
            self.local(now.with_timezone(&self.zone).date_naive(), read_time(at)?)
        };
        if moved < now { Err(format!("the clock never goes back, {at:?} would")) } else { Ok(moved) }
    }

    /// An instant as stories write it.
    pub fn write(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.zone);
        let day = (local.date_naive() - self.first_day).num_days() + 1;
        let time = match (local.timestamp_subsec_millis(), local.timestamp() % 60) {
            (0, 0) => local.format("%H:%M"),
            (0, _) => local.format("%H:%M:%S"),
            _ => local.format("%H:%M:%S%.3f"),
        };
        if day == 1 { time.to_string() } else { format!("day {day} {time}") }
    }

    /// The calendar month (year, month from 1) in which an instant lies.
    pub fn month(&self, at: DateTime<Utc>) -> (i32, u32) {
        let day = at.with_timezone(&self.zone).date_naive();
        (day.year(), day.month())
    }

    /// Which day of the story it is, from 1.
    pub fn day(&self, at: DateTime<Utc>) -> i64 {
        (at.with_timezone(&self.zone).date_naive() - self.first_day).num_days() + 1
    }
}

fn read_time(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text, "%H:%M")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S%.f"))
        .map_err(|_| format!("{text:?} is no time of day"))
}

/// Reads `1d2h3m4s5ms`, each part optional, in this order.
pub fn read_span(text: &str) -> Result<TimeDelta, String> {
    let wrong = || format!("{text:?} is no span of time");
    let mut rest = text;
    let mut total_ms = 0_i64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit_and_more) = rest.split_at(digits);
        let end = unit_and_more.find(|c: char| c.is_ascii_digit()).unwrap_or(unit_and_more.len());
        let (unit, more) = unit_and_more.split_at(end);
        let unit_ms = match unit {
            "d" => 86_400_000,
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1_000,
            "ms" => 1,
            _ => return Err(wrong()),
        };
        total_ms += number.parse::<i64>().map_err(|_| wrong())? * unit_ms;
        rest = more;
    }
    if text.is_empty() { Err(wrong()) } else { Ok(TimeDelta::milliseconds(total_ms)) }
}

/// A span as stories write it: `23h55m`, `5s`, `0s`.
pub fn write_span(ms: i64) -> String {
    let mut left = ms;
    let mut text = String::new();
    for (unit, unit_ms) in [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)] {
        if left >= unit_ms {
            text += &format!("{}{unit}", left / unit_ms);
            left %= unit_ms;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// An amount as stories write it: `0.05 EUR`, exact to its last digit, at least two decimals.
pub fn write_money(money: &Money) -> String {
    let sign = if money.micros < 0 { "-" } else { "" };
    let micros = money.micros.unsigned_abs();
    let decimals = format!("{:06}", micros % 1_000_000);
    let kept = decimals.trim_end_matches('0').len().max(2);
    let shown: String = decimals.chars().take(kept).collect();
    format!("{sign}{}.{shown} {}", micros / 1_000_000, money.currency.code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use riposte::model::Currency;

    fn paris() -> Calendar {
        Calendar::new("2026-11-02".parse().unwrap(), 60).unwrap()
    }

    #[test]
    fn a_time_of_day_is_the_accounts_own() {
        let calendar = paris();
        let nine = calendar.read("09:00", calendar.start()).unwrap();
        assert_eq!(nine.to_rfc3339(), "2026-11-02T08:00:00+00:00");
        assert_eq!(calendar.write(nine), "09:00");
        let later = calendar.read("+24h5s", nine).unwrap();
        assert_eq!(calendar.write(later), "day 2 09:00:05");
        assert_eq!(calendar.read("day 2 09:00:05", nine).unwrap(), later);
    }

    #[test]
    fn the_clock_never_goes_back() {
        let calendar = paris();
        let nine = calendar.read("09:00", calendar.start()).unwrap();
        assert!(calendar.read("08:59", nine).is_err());
    }

    #[test]
    fn spans_and_amounts_read_as_a_person_writes_them() {
        assert_eq!(write_span(86_100_000), "23h55m");
        assert_eq!(read_span("23h55m").unwrap().num_milliseconds(), 86_100_000);
        assert!(read_span("5 minutes").is_err());
        let euros = |micros| write_money(&Money { micros, currency: Currency::EUR });
        assert_eq!([euros(50_000), euros(1_234_500), euros(0)], ["0.05 EUR", "1.2345 EUR", "0.00 EUR"]);
    }
}
