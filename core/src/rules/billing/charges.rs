//! What was charged, from what was sent?
//!
//! A reply is charged unless a charged reply that did not fail, younger than the cover, stands
//! in the same unbroken window. A template is always charged and covers no reply. When a charged
//! reply fails, charge and cover pass to the next reply that went out.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::model::{ChargeKind, ChargeState, CoverRules, MessageId, Money, Tariff, TariffModel, TariffVersion};
use crate::rules::market::{ContactAddress, Market, market_of};
use crate::rules::tariff::{rate, version_at};
use crate::rules::time::plus_ms;

/// A message of ours, as far as money is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingFact {
    /// Which message.
    pub message_id: MessageId,
    /// Reply or template.
    pub kind: ChargeKind,
    /// When it went out (its newest attempt), in provider time.
    pub at: DateTime<Utc>,
    /// It failed and is not known to have arrived.
    pub failed: bool,
    /// The provider reported on it, so its charge stands.
    pub confirmed: bool,
    /// Start of the unbroken window it was sent in.
    pub window_opened_at: Option<DateTime<Utc>>,
    /// End of the free entry point known when it was sent.
    pub free_until: Option<DateTime<Utc>>,
}

/// A charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The message that is charged.
    pub message_id: MessageId,
    /// When it went out.
    pub at: DateTime<Utc>,
    /// What is charged.
    pub kind: ChargeKind,
    /// The customer's market; none when it is not known.
    pub market: Option<String>,
    /// The two-letter country, where it is known.
    pub country: Option<String>,
    /// The price; none when there is no rate, which is not zero.
    pub price: Option<Money>,
    /// The market was guessed from a BSUID.
    pub estimate: bool,
    /// Whether it stands.
    pub state: ChargeState,
}

/// A charged message and what it covers.
struct Cover {
    started_at: DateTime<Utc>,
    window_opened_at: Option<DateTime<Utc>>,
}

impl Cover {
    fn covers(&self, reply: &BillingFact, rules: &CoverRules) -> bool {
        let same_window = self.window_opened_at == reply.window_opened_at;
        reply.at < plus_ms(self.started_at, rules.cover_ms) && (same_window || rules.cover_crosses_windows)
    }
}

/// The charges of one conversation. Facts in any order, any repetition; charges in provider
/// order. A message that would have been charged and failed is there with the state void.
pub fn charges(tariff: &Tariff, contact: ContactAddress<'_>, facts: &[BillingFact]) -> Vec<Charge> {
    let mut cover: Option<Cover> = None;
    let mut charges = Vec::new();
    for fact in in_provider_order(facts) {
        let version = version_at(tariff, fact.at);
        let Some(rules) = version.and_then(cover_rules) else {
            // Not zero: a message under a tariff nobody here can read is there without a price.
            charges.push(charge(version, contact, &fact));
            continue;
        };
        if fact.free_until.is_some_and(|until| fact.at < until) {
            continue;
        }
        let covered = cover.as_ref().is_some_and(|cover| cover.covers(&fact, rules));
        if fact.kind == ChargeKind::Reply && covered {
            continue;
        }
        if !fact.failed && starts_cover(fact.kind, rules) {
            cover = Some(Cover { started_at: fact.at, window_opened_at: fact.window_opened_at });
        }
        charges.push(charge(version, contact, &fact));
    }
    charges
}

/// The charge whose cover is the newest: what a conversation's `cover` is made of.
pub fn newest_cover<'a>(tariff: &Tariff, charges: &'a [Charge]) -> Option<&'a Charge> {
    charges.iter().rev().find(|charge| {
        let rules = version_at(tariff, charge.at).and_then(cover_rules);
        charge.state != ChargeState::Void && rules.is_some_and(|rules| starts_cover(charge.kind, rules))
    })
}

/// Facts by provider time, each message once: what any repetition said of it holds.
fn in_provider_order(facts: &[BillingFact]) -> Vec<BillingFact> {
    let mut by_message: BTreeMap<MessageId, BillingFact> = BTreeMap::new();
    for fact in facts {
        let known = by_message.entry(fact.message_id).or_insert_with(|| fact.clone());
        known.failed |= fact.failed;
        known.confirmed |= fact.confirmed;
    }
    let mut ordered: Vec<BillingFact> = by_message.into_values().collect();
    ordered.sort_by_key(|fact| (fact.at, fact.message_id));
    ordered
}

/// The rules of a version that this build can read.
pub(super) fn cover_rules(version: &TariffVersion) -> Option<&CoverRules> {
    match &version.model {
        TariffModel::PaidCover(rules) => Some(rules),
        TariffModel::Unknown => None,
    }
}

/// Whether a charge of this kind covers the replies that follow it.
pub(super) fn starts_cover(kind: ChargeKind, rules: &CoverRules) -> bool {
    match kind {
        ChargeKind::Reply => true,
        ChargeKind::Template => rules.template_covers_replies,
        ChargeKind::Unknown => false,
    }
}

fn charge(version: Option<&TariffVersion>, contact: ContactAddress<'_>, fact: &BillingFact) -> Charge {
    let (market, country, estimate) = match version.map(|version| market_of(version, contact)) {
        Some(Market::Known { market, country }) => (Some(market), country, false),
        Some(Market::Estimated { market, country }) => (Some(market), Some(country), true),
        Some(Market::Unknown { .. }) | None => (None, None, false),
    };
    let priced = version.filter(|version| cover_rules(version).is_some() && fact.kind != ChargeKind::Unknown);
    let price = priced.zip(market.as_deref()).and_then(|(version, market)| rate(version, market, fact.kind));
    let state = match (fact.failed, fact.confirmed) {
        (true, _) => ChargeState::Void,
        (false, true) => ChargeState::Final,
        (false, false) => ChargeState::Provisional,
    };
    Charge { message_id: fact.message_id, at: fact.at, kind: fact.kind, market, country, price, estimate, state }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Currency;
    use crate::rules::table::{at, priced_at_five_cents, whatsapp_window};
    use crate::rules::window::window_opened_at;
    use proptest::prelude::*;

    const FRANCE: ContactAddress<'static> = ContactAddress { phone: Some("33612345678"), bsuid: None };

    fn sent(id: i64, kind: ChargeKind, time: &str, window_opened: &str) -> BillingFact {
        BillingFact {
            message_id: MessageId(id),
            kind,
            at: at(time),
            failed: false,
            confirmed: true,
            window_opened_at: Some(at(window_opened)),
            free_until: None,
        }
    }

    /// A reply in the window that the customer opened on the second at midnight.
    fn reply(id: i64, time: &str) -> BillingFact {
        sent(id, ChargeKind::Reply, time, "2 00:00")
    }

    fn template(id: i64, time: &str) -> BillingFact {
        sent(id, ChargeKind::Template, time, "2 00:00")
    }

    fn failed(fact: BillingFact) -> BillingFact {
        BillingFact { failed: true, ..fact }
    }

    /// Which messages are charged, and whether that stands.
    fn charged(tariff: &Tariff, facts: &[BillingFact]) -> Vec<(i64, ChargeState)> {
        charges(tariff, FRANCE, facts).iter().map(|charge| (charge.message_id.0, charge.state)).collect()
    }

    use ChargeState::{Final, Provisional, Void};

    #[test]
    fn a_window_nobody_answers_costs_nothing() {
        assert_eq!(charges(&priced_at_five_cents(), FRANCE, &[]), Vec::new());
    }

    #[test]
    fn the_first_answer_is_charged_and_those_that_follow_are_not() {
        let facts = [reply(1, "2 01:00"), reply(2, "2 01:01"), reply(3, "2 23:00")];
        assert_eq!(charged(&priced_at_five_cents(), &facts), [(1, Final)]);
    }

    /// Replies to a customer who wrote at these times, each in the window of its time.
    fn replies_to(customer_at: &[&str], replies: &[&str]) -> Vec<BillingFact> {
        let wrote: Vec<_> = customer_at.iter().map(|time| at(time)).collect();
        let in_its_window = |(time, id): (&&str, i64)| BillingFact {
            window_opened_at: window_opened_at(&whatsapp_window(), &wrote, &[], at(time)),
            ..reply(id, time)
        };
        replies.iter().zip(1..).map(in_its_window).collect()
    }

    /// Our reading of *one rate at the first answer in a window* for a talk that is kept open.
    #[test]
    fn customer_at_0_h_and_20_h_replies_at_1_h_22_h_and_30_h_the_last_is_charged_again() {
        let facts = replies_to(&["2 00:00", "2 20:00"], &["2 01:00", "2 22:00", "3 06:00"]);
        assert_eq!(charged(&priced_at_five_cents(), &facts), [(1, Final), (3, Final)]);
    }

    #[test]
    fn when_the_window_closed_in_between_the_next_answer_is_charged() {
        let facts = replies_to(&["2 00:00", "3 00:00"], &["2 01:00", "2 23:59", "3 00:01"]);
        assert_eq!(charged(&priced_at_five_cents(), &facts), [(1, Final), (3, Final)]);
    }

    #[test]
    fn the_cover_ends_after_24_hours_to_the_millisecond() {
        let second = |time| charged(&priced_at_five_cents(), &[reply(1, "2 01:00"), reply(2, time)]).len();
        assert_eq!(second("3 00:59:59.999"), 1);
        assert_eq!(second("3 01:00"), 2);
    }

    #[test]
    fn the_cover_does_not_reach_into_another_window() {
        let facts = [reply(1, "2 23:00"), sent(2, ChargeKind::Reply, "3 01:00", "3 00:30")];
        assert_eq!(charged(&priced_at_five_cents(), &facts), [(1, Final), (2, Final)]);
    }

    #[test]
    fn unless_the_tariff_says_so() {
        let facts = [reply(1, "2 23:00"), sent(2, ChargeKind::Reply, "3 01:00", "3 00:30")];
        let mut tariff = priced_at_five_cents();
        tariff.versions[0].model = TariffModel::PaidCover(CoverRules {
            cover_ms: 86_400_000,
            cover_crosses_windows: true,
            template_covers_replies: false,
        });
        assert_eq!(charged(&tariff, &facts), [(1, Final)]);
    }

    #[test]
    fn each_template_is_charged_and_covers_no_reply() {
        let facts = [template(1, "2 01:00"), template(2, "2 01:01"), reply(3, "2 01:02"), template(4, "2 01:03")];
        assert_eq!(charged(&priced_at_five_cents(), &facts), [(1, Final), (2, Final), (3, Final), (4, Final)]);
    }

    #[test]
    fn a_template_covers_replies_where_the_tariff_says_so() {
        let mut tariff = priced_at_five_cents();
        tariff.versions[0].model = TariffModel::PaidCover(CoverRules {
            cover_ms: 86_400_000,
            cover_crosses_windows: false,
            template_covers_replies: true,
        });
        assert_eq!(charged(&tariff, &[template(1, "2 01:00"), reply(2, "2 01:02")]), [(1, Final)]);
    }

    #[test]
    fn when_the_charged_reply_fails_charge_and_cover_pass_on() {
        let facts = [failed(reply(1, "2 01:00")), reply(2, "2 03:00"), reply(3, "3 02:00"), reply(4, "3 03:00")];
        assert_eq!(charged(&priced_at_five_cents(), &facts), [(1, Void), (2, Final), (4, Final)]);
    }

    #[test]
    fn a_covered_reply_that_fails_changes_nothing() {
        let facts = [reply(1, "2 01:00"), failed(reply(2, "2 03:00")), reply(3, "2 04:00")];
        assert_eq!(charged(&priced_at_five_cents(), &facts), [(1, Final)]);
    }

    #[test]
    fn a_failed_template_is_void() {
        assert_eq!(charged(&priced_at_five_cents(), &[failed(template(1, "2 01:00"))]), [(1, Void)]);
    }

    #[test]
    fn until_the_provider_reports_a_charge_is_provisional() {
        let unreported = BillingFact { confirmed: false, ..reply(1, "2 01:00") };
        assert_eq!(charged(&priced_at_five_cents(), &[unreported]), [(1, Provisional)]);
    }

    #[test]
    fn a_free_entry_point_makes_everything_free_and_starts_no_cover() {
        let free = |fact| BillingFact { free_until: Some(at("2 04:00")), ..fact };
        let facts = [free(reply(1, "2 01:00")), free(template(2, "2 03:59:59.999")), free(reply(3, "2 04:00"))];
        assert_eq!(charged(&priced_at_five_cents(), &facts), [(3, Final)]);
    }

    #[test]
    fn the_price_is_that_of_the_customers_market() {
        let tariff = priced_at_five_cents();
        let price = |contact| charges(&tariff, contact, &[reply(1, "2 01:00")]).remove(0);
        assert_eq!(price(FRANCE).price, Some(Money { micros: 50_000, currency: Currency::EUR }));
        assert_eq!(price(FRANCE).country.as_deref(), Some("FR"));
        let by_bsuid = price(ContactAddress { phone: None, bsuid: Some("FR.1A") });
        assert!(by_bsuid.estimate && by_bsuid.price.is_some());
    }

    #[test]
    fn without_a_market_there_is_a_charge_without_a_price() {
        let charge = charges(&priced_at_five_cents(), ContactAddress::default(), &[reply(1, "2 01:00")]).remove(0);
        assert_eq!((charge.market, charge.price, charge.state), (None, None, Final));
    }

    #[test]
    fn a_model_nobody_knows_prices_nothing_and_hides_nothing() {
        let mut tariff = priced_at_five_cents();
        tariff.versions[0].model = TariffModel::Unknown;
        let charges = charges(&tariff, FRANCE, &[reply(1, "2 01:00"), reply(2, "2 02:00")]);
        assert!(charges.len() == 2 && charges.iter().all(|charge| charge.price.is_none()));
    }

    #[test]
    fn the_newest_cover_is_that_of_the_last_charge_that_stands() {
        let tariff = priced_at_five_cents();
        let facts = [reply(1, "2 01:00"), template(2, "2 05:00"), failed(reply(3, "3 02:00"))];
        let charges = charges(&tariff, FRANCE, &facts);
        assert_eq!(newest_cover(&tariff, &charges).map(|charge| charge.message_id), Some(MessageId(1)));
    }

    fn any_facts() -> impl Strategy<Value = Vec<BillingFact>> {
        let any_fact = (0_i64..200, prop::bool::ANY, prop::bool::weighted(0.2), prop::bool::ANY);
        prop::collection::vec(any_fact, 0..12).prop_map(|drawn| {
            let numbered = drawn.into_iter().zip(1..);
            numbered
                .map(|((quarter, template, failed, confirmed), id)| BillingFact {
                    message_id: MessageId(id),
                    kind: if template { ChargeKind::Template } else { ChargeKind::Reply },
                    at: plus_ms(at("2 00:00"), quarter * 900_000),
                    failed,
                    confirmed,
                    window_opened_at: Some(plus_ms(at("2 00:00"), quarter / 60 * 60 * 900_000)),
                    free_until: None,
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn order_and_repetition_do_not_matter(
            (facts, shuffled) in any_facts().prop_flat_map(|facts| {
                let doubled: Vec<_> = facts.iter().chain(&facts).cloned().collect();
                (Just(facts), Just(doubled).prop_shuffle())
            })
        ) {
            let tariff = priced_at_five_cents();
            prop_assert_eq!(charges(&tariff, FRANCE, &facts), charges(&tariff, FRANCE, &shuffled));
        }

        #[test]
        fn what_failed_is_never_paid_for(facts in any_facts()) {
            for charge in charges(&priced_at_five_cents(), FRANCE, &facts) {
                let failed = facts.iter().any(|fact| fact.message_id == charge.message_id && fact.failed);
                prop_assert_eq!(failed, charge.state == ChargeState::Void);
            }
        }
    }
}
