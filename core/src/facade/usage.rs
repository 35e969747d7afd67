//! What was charged in a month? The ledger counts; what differs from the tariff is shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Datelike;

use super::Error;
use super::core::Core;
use super::engine::Engine;
use crate::model::{
    Allowance, ChannelAccount, ChannelId, ChannelKind, ChargeKind, ChargeState, LedgerEntry, MessageId, Money, Phrase,
    Tariff, TariffId,
};
use crate::rules::billing::{Report, ReportLine, holds_at, report};
use crate::rules::labels::{self, Empty};
use crate::rules::tariff::{rate, version_at};
use crate::rules::zone;

/// What was charged.
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct Usage {
    engine: Engine,
    core: Arc<Core>,
}

/// A month of charges. The server's ledger is the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct UsageMonth {
    /// The year.
    pub year: i32,
    /// The month, from 1.
    pub month: u32,
    /// Charges by country, market, number and kind. They add up to the ledger exactly.
    pub lines: Vec<UsageLine>,
    /// What is to be paid, one amount a currency.
    pub totals: Vec<Money>,
    /// Messages that are free or included now, and what is left of them.
    pub allowances: Vec<Allowance>,
    /// Something in it can still change, or is not priced: call it an estimate.
    pub estimate: bool,
    /// Charges whose price is not the tariff's: the ledger counts, and the difference is shown.
    pub differences: Vec<PriceDifference>,
    /// What an empty month says.
    pub notice: Option<Phrase>,
    /// The month was read from the server now; false: what this phone held.
    pub fresh: bool,
}

/// Charges of one country, number and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct UsageLine {
    /// The customers' two-letter country; none where the number does not say it.
    pub country: Option<String>,
    /// The customers' market; none when it is not known.
    pub market: Option<String>,
    /// The number or page they went out from.
    pub channel_id: ChannelId,
    /// Its logo; none when the channel is not on this phone.
    pub channel_kind: Option<ChannelKind>,
    /// Its name; empty when the channel is not on this phone.
    pub channel_name: String,
    /// What was charged.
    pub kind: ChargeKind,
    /// How many charges stand.
    pub charges: u32,
    /// How many of them an allowance paid.
    pub from_allowance: u32,
    /// How many of them have no price, which is not zero.
    pub not_priced: u32,
    /// What is to be paid, one amount a currency.
    pub amounts: Vec<Money>,
}

/// A charge whose price is not the one of the tariff that this phone knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct PriceDifference {
    /// The message that was charged.
    pub message_id: MessageId,
    /// What the ledger says.
    pub ledger: Option<Money>,
    /// What the tariff says.
    pub tariff: Option<Money>,
}

impl Usage {
    pub(super) fn new(engine: Engine, core: Arc<Core>) -> Self {
        Self { engine, core }
    }
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl Usage {
    /// The calendar month that it is now in the account's time zone. Otherwise as [`month`](Self::month).
    pub async fn this_month(&self) -> Result<UsageMonth, Error> {
        let core = self.core.clone();
        self.engine
            .run(async move {
                let today = zone::local_day(&core.record.account.wall_clock(), core.now()).ok_or(Error::NotFound)?;
                read_month(&core, today.year(), today.month()).await
            })
            .await
    }

    /// A calendar month in the account's time zone, `month` from 1 to 12. It is read from the server if there
    /// is a network; otherwise what is on this phone is returned, and [`UsageMonth::fresh`] is false.
    ///
    /// Fails with [`Error::NotFound`] for a month that does not exist.
    pub async fn month(&self, year: i32, month: u32) -> Result<UsageMonth, Error> {
        let core = self.core.clone();
        self.engine.run(async move { read_month(&core, year, month).await }).await
    }
}

async fn read_month(core: &Core, year: i32, month: u32) -> Result<UsageMonth, Error> {
    let (from, to) = zone::month(&core.record.account.wall_clock(), year, month).ok_or(Error::NotFound)?;
    // Without a network what is held is shown, and said to be so.
    let fresh = core.syncer.fill_ledger(year, month).await.is_ok();
    let now = core.now();
    let (entries, mut allowances, channels, tariffs) = core
        .store
        .read(move |cache| {
            let channels = cache.channels()?;
            let mut tariffs = BTreeMap::new();
            for id in channels.iter().filter_map(|channel| channel.tariff) {
                tariffs.extend(cache.tariff(id)?.map(|tariff| (id.0, tariff)));
            }
            Ok((cache.ledger(from, to)?, cache.allowances()?, channels, tariffs))
        })
        .await?;
    let charges: Vec<&LedgerEntry> = entries.iter().filter(|entry| entry.state != ChargeState::Void).collect();
    // Of the plan those of this period, not what earlier ones left or the next one brings.
    allowances.retain(|allowance| holds_at(allowance, now));
    let Report { totals, estimate, .. } = report(&entries);
    let lines = lines(&charges, &channels);
    Ok(UsageMonth {
        year,
        month,
        estimate,
        differences: differences(&charges, &channels, &tariffs),
        notice: lines.is_empty().then(|| labels::empty(Empty::Ledger)),
        lines,
        totals,
        allowances,
        fresh,
    })
}

/// An allowance paid instead of money.
fn paid(entry: &LedgerEntry) -> bool {
    entry.allowance_id.is_some()
}

fn lines(charges: &[&LedgerEntry], channels: &[ChannelAccount]) -> Vec<UsageLine> {
    report(charges.iter().copied()).lines.into_iter().map(|line| named(line, channels)).collect()
}

fn named(line: ReportLine, channels: &[ChannelAccount]) -> UsageLine {
    let channel = channels.iter().find(|channel| channel.id == line.channel_id);
    UsageLine {
        country: line.country,
        market: line.market,
        channel_id: line.channel_id,
        channel_kind: channel.map(|channel| channel.kind),
        channel_name: channel.map(|channel| channel.name.clone()).unwrap_or_default(),
        kind: line.kind,
        charges: line.charges,
        from_allowance: line.from_allowance,
        not_priced: line.not_priced,
        amounts: line.amounts,
    }
}

fn differences(
    charges: &[&LedgerEntry],
    channels: &[ChannelAccount],
    tariffs: &BTreeMap<i64, Tariff>,
) -> Vec<PriceDifference> {
    let ours = |entry: &LedgerEntry| -> Option<Option<Money>> {
        let channel = channels.iter().find(|channel| channel.id == entry.channel_id)?;
        let TariffId(id) = channel.tariff?;
        let version = version_at(tariffs.get(&id)?, entry.at)?;
        Some(rate(version, entry.market.as_deref()?, entry.kind))
    };
    let priced = charges.iter().filter(|entry| !paid(entry));
    priced
        .filter_map(|entry| {
            let tariff = ours(entry)?;
            (tariff != entry.price).then_some(PriceDifference {
                message_id: entry.message_id,
                ledger: entry.price,
                tariff,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ConversationId, Currency, LedgerId, WallClock};

    fn charge(number: i64, market: &str, micros: Option<i64>) -> LedgerEntry {
        LedgerEntry {
            id: LedgerId(number),
            conversation_id: ConversationId(1),
            message_id: MessageId(number),
            channel_id: ChannelId(1),
            at: "2026-11-02T09:00:00Z".parse().unwrap(),
            kind: ChargeKind::Reply,
            market: Some(market.into()),
            country: None,
            price: micros.map(|micros| Money { micros, currency: Currency::EUR }),
            allowance_id: None,
            state: ChargeState::Final,
        }
    }

    #[test]
    fn a_month_begins_at_midnight_of_the_account() {
        let span = |year, month, utc_offset_minutes| zone::month(&WallClock::fixed(utc_offset_minutes), year, month);
        let (from, to) = span(2026, 12, 60).unwrap();
        assert_eq!(from.to_rfc3339(), "2026-11-30T23:00:00+00:00");
        assert_eq!(to.to_rfc3339(), "2026-12-31T23:00:00+00:00");
        assert_eq!(span(2026, 13, 60), None);
        assert_eq!(span(2026, 0, 60), None);
    }

    #[test]
    fn charges_are_counted_by_market_and_what_has_no_price_is_not_zero() {
        let [one, two, other, unpriced] = [
            charge(1, "france", Some(50_000)),
            charge(2, "france", Some(50_000)),
            charge(3, "other", Some(90_000)),
            charge(4, "other", None),
        ];
        let lines = lines(&[&one, &two, &other, &unpriced], &[]);
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line.market.as_deref(), line.charges, line.not_priced, line.amounts[0].micros))
            .collect();
        assert_eq!(told, [(Some("france"), 2, 0, 100_000), (Some("other"), 2, 1, 90_000)]);
    }

    #[test]
    fn what_an_allowance_paid_is_counted_and_costs_nothing() {
        let free = LedgerEntry { allowance_id: Some(crate::model::AllowanceId(1)), ..charge(1, "france", None) };
        let lines = lines(&[&free], &[]);
        assert_eq!((lines[0].from_allowance, lines[0].not_priced, lines[0].amounts.len()), (1, 0, 0));
    }

    #[test]
    fn a_price_that_is_not_the_tariffs_is_counted_as_the_ledger_has_it_and_shown() {
        let tariff = crate::rules::tariff::page_tariff().unwrap();
        let channel = ChannelAccount { tariff: Some(tariff.id), ..crate::rules::table::whatsapp() };
        let known = rate(&tariff.versions[0], "france", ChargeKind::Reply).unwrap();
        let [as_known, dearer] = [charge(1, "france", Some(known.micros)), charge(2, "france", Some(known.micros + 1))];
        let included = LedgerEntry { allowance_id: Some(crate::model::AllowanceId(1)), ..charge(3, "france", None) };
        let tariffs = BTreeMap::from([(tariff.id.0, tariff)]);
        let shown = differences(&[&as_known, &dearer, &included], std::slice::from_ref(&channel), &tariffs);
        let expected = PriceDifference { message_id: MessageId(2), ledger: dearer.price, tariff: Some(known) };
        assert_eq!(shown, [expected]);
        assert_eq!(lines(&[&as_known, &dearer], &[channel])[0].amounts[0].micros, 2 * known.micros + 1);
    }
}
