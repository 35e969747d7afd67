//! The week as lines of text: messages, windows, quotes and charges.

use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use riposte::model::{
    ChannelCapabilities, ChannelKind, ChargeKind, ChargeState, ConversationId, DeliveryFact, DeliveryStatus,
    LedgerEntry, LedgerId, MessageId, Money, Phrase, PhraseValue, ProviderError,
};
use riposte::rules::billing::{self, Charge, PriceQuote};
use riposte::rules::delivery::{KnownFact, shown};
use riposte::rules::{labels, window};
use riposte::texts::{Language, Locale, words};

use crate::facts::{Known, NUMBER, OFFSET_MINUTES, Priced, at, tariffs};
use crate::story::{Event, Fate, WEEK, What};

const PLACE: Locale = Locale { language: Language::English, utc_offset_minutes: OFFSET_MINUTES };

const TITLE: &str = "\
A customer's week, and what it costs under four tariffs.

  page           one message rate for the first answer of a window, and 24 hours of answers with it;
                 one for every template. (The rates are examples.)
  conversations  Meta until June 2025: a delivered template opens a paid conversation of its category
                 for 24 hours; answers are free. (The rates are examples.)
  templates      Meta from July 2025: each delivered template is paid, except a utility one while the
                 window is open; answers are free.
  messages       Meta from October 2026: each delivered message is paid, except a number's first
                 1,000 answers of the month. (The rates are those of July 2026, as an example.)

Léa writes from France; Marc answers for the Atelier Nord. When the week begins, one of the account's
1,000 free messages of the first purchase is left, and two of the month's 1,000 free answers.
Below each message: the price shown before the tap -> the charge after it.
";

/// All of it.
pub(crate) fn week() -> Result<String, String> {
    let tariffs = tariffs()?;
    let (mut out, mut known, mut day) = (TITLE.to_owned(), Known::default(), String::new());
    for event in WEEK {
        let now = at(event.at)?;
        let today = local(now, "%A %-d %B");
        if today != day {
            line(&mut out, &format!("\n{today}"));
            day = today;
        }
        tell(&mut out, &mut known, &tariffs, event, now)?;
    }
    line(&mut out, "\nWhat the week cost, line by line of the ledger");
    tariffs.iter().for_each(|priced| total(&mut out, &known, priced));
    Ok(out)
}

fn tell(
    out: &mut String,
    known: &mut Known,
    tariffs: &[Priced],
    event: &Event,
    now: DateTime<Utc>,
) -> Result<(), String> {
    let time = local(now, "%H:%M");
    let says = |out: &mut String, who: &str, words: &str| line(out, &format!("{time}  {who:<5} {words}"));
    match &event.what {
        What::Writes(words) => {
            known.wrote.push(now);
            says(out, "Léa", words);
        }
        What::ComesByAd(words) => {
            known.wrote.push(now);
            known.ad_at = Some(now);
            says(out, "Léa", &format!("{words} (after a tap on an advertisement)"));
        }
        What::Reacts(emoji) => says(out, "Léa", &format!("{emoji} (an emoji opens no window)")),
        What::Passes(words) => says(out, "", &format!("({words})")),
        What::Sends(kind, words, fate) => {
            says(out, "Marc", &sent(*kind, words));
            let quotes: Vec<PriceQuote> = tariffs.iter().map(|priced| known.quote(priced, *kind, now)).collect();
            let id = known.send(*kind, now, fate.delivered_at()?);
            indented(out, &marks(fate, now)?);
            for (priced, quote) in tariffs.iter().zip(&quotes) {
                let quoted = say(&billing::phrase(quote), now);
                indented(out, &format!("{:<13}  {quoted} -> {}", priced.name, charged(known, priced, quote, id)));
            }
            let covers: Vec<String> = tariffs.iter().filter_map(|priced| cover(known, priced, id)).collect();
            if !covers.is_empty() {
                indented(out, &format!("paid cover     {}", covers.join(", ")));
            }
            return Ok(());
        }
    }
    let standing = known.reply_window(now);
    indented(out, &format!("window         {}", say(&window::phrase(&standing), now)));
    Ok(())
}

fn sent(kind: ChargeKind, words: &str) -> String {
    if kind.is_template() {
        let name = say(&labels::charge_kind(kind), DateTime::UNIX_EPOCH);
        format!("[{name}] {words}")
    } else {
        words.to_owned()
    }
}

impl Fate {
    fn delivered_at(&self) -> Result<Option<DateTime<Utc>>, String> {
        match self {
            Self::Read(delivered, _) | Self::Arrives(delivered) => at(delivered).map(Some),
            Self::Fails(_) => Ok(None),
        }
    }

    /// What the provider reports, oldest first.
    fn reports(&self, sent_at: DateTime<Utc>) -> Result<Vec<DeliveryFact>, String> {
        let fact = |status, at, error| DeliveryFact { attempt: 1, status, at, error };
        let mut reports = vec![fact(DeliveryStatus::Sent, sent_at, None)];
        match self {
            Self::Read(delivered, read) => {
                reports.push(fact(DeliveryStatus::Delivered, at(delivered)?, None));
                reports.push(fact(DeliveryStatus::Read, at(read)?, None));
            }
            Self::Arrives(delivered) => reports.push(fact(DeliveryStatus::Delivered, at(delivered)?, None)),
            Self::Fails(code) => {
                let error = ProviderError { code: *code, subcode: None, detail: String::new() };
                reports.push(fact(DeliveryStatus::Failed, sent_at, Some(error)));
            }
        }
        Ok(reports)
    }
}

/// How the bubble looks a second after each report, and once the marks have gone.
fn marks(fate: &Fate, sent_at: DateTime<Utc>) -> Result<String, String> {
    let channel = ChannelCapabilities { read_reports: true, delivery_reports: true, ..ChannelCapabilities::default() };
    let mut known: Vec<KnownFact> = Vec::new();
    let mut parts = Vec::new();
    for fact in fate.reports(sent_at)? {
        let (status, first_known_at) = (fact.status.clone(), fact.at);
        known.push(KnownFact { fact, first_known_at });
        if status == DeliveryStatus::Sent {
            continue;
        }
        let look = shown(1, &known, ChannelKind::Whatsapp, &channel, first_known_at + TimeDelta::seconds(1));
        let tick = if look.tick { "✓ " } else { "" };
        let note = look.note.map(|note| say(&note, first_known_at)).unwrap_or_default();
        let bubble = format!("{:?}", look.bubble).to_lowercase();
        parts.push(format!("{} {tick}{bubble} {note}", local(first_known_at, "%H:%M")));
    }
    Ok(format!("bubble         {}", parts.join(", ")))
}

/// What was charged for a message, with a word where that is not what was said before.
fn charged(known: &Known, priced: &Priced, quote: &PriceQuote, id: MessageId) -> String {
    let charges = known.charges(priced);
    let mut allowances = priced.allowances.clone();
    let paid = known.settle(priced, &mut allowances, &charges);
    let Some(charge) = charges.iter().find(|charge| charge.message_id == id) else {
        let free = matches!(quote, PriceQuote::Free { .. } | PriceQuote::Covered { .. });
        return if free { "nothing" } else { "nothing, although a price was shown: the ledger decides" }.to_owned();
    };
    if charge.state == ChargeState::Void {
        return "nothing: a failed message costs nothing".to_owned();
    }
    if paid.contains(&id) {
        return "a free message".to_owned();
    }
    let said = match quote {
        PriceQuote::Costs { price, .. } => Some(*price),
        PriceQuote::Free { .. }
        | PriceQuote::Covered { .. }
        | PriceQuote::Allowance { .. }
        | PriceQuote::NotPriced { .. } => None,
    };
    let difference = if said == charge.price { "" } else { ", which is not what was said" };
    format!("{}{difference}", charge.price.map_or("no price".to_owned(), amount))
}

/// Until when a message's charge pays for further answers.
fn cover(known: &Known, priced: &Priced, id: MessageId) -> Option<String> {
    let charge = known.charges(priced).into_iter().find(|charge| charge.message_id == id)?;
    let until = charge.covers_until.filter(|_| charge.state != ChargeState::Void)?;
    Some(format!("{} until {}", priced.name, local(until, "%a %H:%M")))
}

/// The report of the week: what stands, by country and kind, and its sum.
fn total(out: &mut String, known: &Known, priced: &Priced) {
    let charges = known.charges(priced);
    let mut allowances = priced.allowances.clone();
    let paid = known.settle(priced, &mut allowances, &charges);
    let entries: Vec<LedgerEntry> =
        charges.iter().map(|charge| entry(charge, paid.contains(&charge.message_id))).collect();
    let report = billing::report(&entries);
    let sum: Vec<String> = report.totals.iter().map(|total| amount(*total)).collect();
    let sum = if sum.is_empty() { "nothing".to_owned() } else { sum.join(" and ") };
    line(out, &format!("  {:<13}  {sum}", priced.name));
    for of in &report.lines {
        let name = say(&labels::charge_kind(of.kind), DateTime::UNIX_EPOCH);
        let country = of.country.as_deref().unwrap_or("?");
        let due: Vec<String> = of.amounts.iter().map(|due| amount(*due)).collect();
        let free = if of.from_allowance > 0 { format!(", {} of them free", of.from_allowance) } else { String::new() };
        let due = if due.is_empty() { String::new() } else { format!(": {}", due.join(" and ")) };
        indented(out, &format!("        {country}  {name} x {}{free}{due}", of.charges));
    }
    let void = charges.iter().filter(|charge| charge.state == ChargeState::Void).count();
    if void > 0 {
        indented(out, &format!("        and {void} that failed and cost nothing"));
    }
}

fn entry(charge: &Charge, free: bool) -> LedgerEntry {
    LedgerEntry {
        id: LedgerId(charge.message_id.0),
        conversation_id: ConversationId(1),
        message_id: charge.message_id,
        channel_id: NUMBER,
        at: charge.at,
        kind: charge.kind,
        market: charge.market.clone(),
        country: charge.country.clone(),
        price: charge.price,
        allowance_id: free.then_some(riposte::model::AllowanceId(1)),
        state: charge.state,
    }
}

fn say(phrase: &Phrase, now: DateTime<Utc>) -> String {
    words(phrase, &PLACE, now)
}

fn amount(money: Money) -> String {
    let phrase = Phrase::new(riposte::model::PhraseKey::LedgerPrice).with("price", PhraseValue::Money(money));
    say(&phrase, DateTime::UNIX_EPOCH)
}

fn local(at: DateTime<Utc>, format: &str) -> String {
    (at + TimeDelta::minutes(i64::from(OFFSET_MINUTES))).format(format).to_string()
}

fn line(out: &mut String, text: &str) {
    let _ = writeln!(out, "{}", text.trim_end());
}

fn indented(out: &mut String, text: &str) {
    line(out, &format!("       {text}"));
}
