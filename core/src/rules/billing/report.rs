//! What was charged in a month, by country, number and kind?
//!
//! Every charge that stands is in exactly one line, so the lines add up to the ledger to the last
//! millionth. Void charges are in none.

use std::collections::BTreeMap;

use crate::model::{ChannelId, ChargeKind, ChargeState, LedgerEntry, Money};

/// Charges of one country, number and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportLine {
    /// The customers' two-letter country; none where the number does not say it.
    pub country: Option<String>,
    /// The customers' market; none when it is not known.
    pub market: Option<String>,
    /// The number or page they went out from.
    pub channel_id: ChannelId,
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

/// A report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// By number, market, country and kind.
    pub lines: Vec<ReportLine>,
    /// What is to be paid, one amount a currency.
    pub totals: Vec<Money>,
    /// Something in it can still change, or is not priced: call it an estimate.
    pub estimate: bool,
}

/// The report of these charges, in any order.
pub fn report<'a>(entries: impl IntoIterator<Item = &'a LedgerEntry>) -> Report {
    let mut lines: BTreeMap<_, ReportLine> = BTreeMap::new();
    let mut report = Report::default();
    for entry in entries.into_iter().filter(|entry| entry.state != ChargeState::Void) {
        let key = (entry.channel_id, entry.market.clone(), entry.country.clone(), entry.kind);
        let line = lines.entry(key).or_insert_with(|| ReportLine {
            country: entry.country.clone(),
            market: entry.market.clone(),
            channel_id: entry.channel_id,
            kind: entry.kind,
            charges: 0,
            from_allowance: 0,
            not_priced: 0,
            amounts: Vec::new(),
        });
        line.charges = line.charges.saturating_add(1);
        match (entry.allowance_id, entry.price) {
            (Some(_), _) => line.from_allowance = line.from_allowance.saturating_add(1),
            (None, Some(price)) => {
                add(&mut line.amounts, price);
                add(&mut report.totals, price);
            }
            (None, None) => line.not_priced = line.not_priced.saturating_add(1),
        }
        let priced = entry.price.is_some() || entry.allowance_id.is_some();
        report.estimate |= entry.state != ChargeState::Final || !priced;
    }
    report.lines = lines.into_values().collect();
    report
}

fn add(amounts: &mut Vec<Money>, amount: Money) {
    match amounts.iter_mut().find(|sum| sum.currency == amount.currency) {
        Some(sum) => sum.micros = sum.micros.saturating_add(amount.micros),
        None => {
            amounts.push(amount);
            amounts.sort_by_key(|sum| sum.currency);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AllowanceId, ConversationId, Currency, LedgerId, MessageId};
    use crate::rules::table::at;
    use proptest::prelude::*;

    fn entry(id: i64, country: Option<&str>, channel: i64, kind: ChargeKind, micros: Option<i64>) -> LedgerEntry {
        LedgerEntry {
            id: LedgerId(id),
            conversation_id: ConversationId(1),
            message_id: MessageId(id),
            channel_id: ChannelId(channel),
            at: at("2 10:00"),
            kind,
            market: country.map(str::to_lowercase),
            country: country.map(str::to_owned),
            price: micros.map(|micros| Money { micros, currency: Currency::EUR }),
            allowance_id: None,
            state: ChargeState::Final,
        }
    }

    #[test]
    fn a_line_is_a_country_a_number_and_a_kind() {
        let entries = [
            entry(1, Some("FR"), 1, ChargeKind::Reply, Some(50_000)),
            entry(2, Some("FR"), 1, ChargeKind::Reply, Some(50_000)),
            entry(3, Some("FR"), 1, ChargeKind::Utility, Some(20_000)),
            entry(4, Some("ES"), 1, ChargeKind::Reply, Some(40_000)),
            entry(5, Some("FR"), 2, ChargeKind::Reply, Some(50_000)),
        ];
        let report = report(&entries);
        let lines: Vec<_> = report
            .lines
            .iter()
            .map(|line| {
                (line.country.as_deref().unwrap(), line.channel_id.0, line.kind, line.charges, line.amounts[0].micros)
            })
            .collect();
        assert_eq!(
            lines,
            [
                ("ES", 1, ChargeKind::Reply, 1, 40_000),
                ("FR", 1, ChargeKind::Reply, 2, 100_000),
                ("FR", 1, ChargeKind::Utility, 1, 20_000),
                ("FR", 2, ChargeKind::Reply, 1, 50_000),
            ]
        );
        assert_eq!(report.totals, [Money { micros: 210_000, currency: Currency::EUR }]);
        assert!(!report.estimate);
    }

    #[test]
    fn what_is_provisional_or_not_priced_makes_it_an_estimate_and_what_is_void_is_not_in_it() {
        let paid = entry(1, Some("FR"), 1, ChargeKind::Reply, Some(50_000));
        let provisional = LedgerEntry { state: ChargeState::Provisional, ..paid.clone() };
        let unpriced = entry(2, None, 1, ChargeKind::Reply, None);
        let included = LedgerEntry { allowance_id: Some(AllowanceId(1)), ..unpriced.clone() };
        let void = LedgerEntry { state: ChargeState::Void, ..unpriced.clone() };
        assert!(report([&paid, &provisional]).estimate);
        assert!(report([&paid, &unpriced]).estimate);
        assert!(!report([&paid, &included]).estimate);
        assert_eq!(report([&paid, &void]), report([&paid]));
    }

    fn any_entry() -> impl Strategy<Value = LedgerEntry> {
        let kind = prop::sample::select(vec![ChargeKind::Reply, ChargeKind::Template, ChargeKind::Marketing]);
        let state = prop::sample::select(vec![ChargeState::Provisional, ChargeState::Final, ChargeState::Void]);
        let country = prop::option::of(prop::sample::select(vec!["FR", "ES", "BR"]));
        let micros = prop::option::of(0_i64..1_000_000);
        (1_i64..100, country, 1_i64..4, kind, micros, state, prop::bool::ANY, prop::bool::ANY).prop_map(
            |(id, country, channel, kind, micros, state, allowance, dollars)| {
                let mut entry = entry(id, country, channel, kind, micros);
                entry.allowance_id = allowance.then_some(AllowanceId(1));
                entry.state = state;
                if let (Some(price), true) = (&mut entry.price, dollars) {
                    price.currency = Currency::parse("USD").unwrap();
                }
                entry
            },
        )
    }

    proptest! {
        #[test]
        fn the_lines_add_up_to_the_ledger_exactly(
            (entries, shuffled) in prop::collection::vec(any_entry(), 0..40)
                .prop_flat_map(|entries| (Just(entries.clone()), Just(entries).prop_shuffle()))
        ) {
            let report = report(&entries);
            prop_assert_eq!(&report, &super::report(&shuffled), "in any order");
            let standing = || entries.iter().filter(|entry| entry.state != ChargeState::Void);
            prop_assert_eq!(report.lines.iter().map(|line| line.charges as usize).sum::<usize>(), standing().count());
            for code in ["EUR", "USD"] {
                let of = |amounts: &[Money]| -> i128 {
                    amounts.iter().filter(|sum| sum.currency.code() == code).map(|sum| i128::from(sum.micros)).sum()
                };
                let due = standing().filter(|entry| entry.allowance_id.is_none()).filter_map(|entry| entry.price);
                let ledger: i128 =
                    due.filter(|price| price.currency.code() == code).map(|price| i128::from(price.micros)).sum();
                prop_assert_eq!(of(&report.totals), ledger);
                prop_assert_eq!(report.lines.iter().map(|line| of(&line.amounts)).sum::<i128>(), ledger);
            }
        }
    }
}
