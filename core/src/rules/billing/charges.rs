//! What was charged, from what was sent?
//!
//! Under the page's tariff a reply is charged unless a charged reply that did not fail, younger
//! than the cover, stands in the same unbroken window; a template is always charged and covers no
//! reply; when a charged reply fails, charge and cover pass to the next reply that went out. Meta's
//! conversation tariff is the same rule with other settings (Meta, "Conversation-based pricing"),
//! and under its later tariffs each message is charged on its own.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::cover::{Cover, Stretch, covers_replies};
use crate::model::{
    ChargeKind, ChargeState, ChargedAt, CoverRules, LedgerEntry, MessageId, MessageRules, Money, SettledBy, Tariff,
    TariffModel, TariffVersion,
};
use crate::rules::market::{ContactAddress, Market, market_of};
use crate::rules::tariff::{billed_kind, rate, readable, version_at};

/// A message of ours, as far as money is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingFact {
    /// Which message.
    pub message_id: MessageId,
    /// A reply, or a template of which category.
    pub kind: ChargeKind,
    /// When it went out (its newest attempt), in provider time.
    pub at: DateTime<Utc>,
    /// When it reached the customer's phone, in provider time; none while that is not known.
    pub delivered_at: Option<DateTime<Utc>>,
    /// It failed and is not known to have arrived.
    pub failed: bool,
    /// The provider reported on it, so its charge stands.
    pub confirmed: bool,
    /// What the provider's pricing report said, if one came.
    pub billable: Option<bool>,
    /// Start of the unbroken window it was sent in; none when it went into no open window.
    pub window_opened_at: Option<DateTime<Utc>>,
    /// End of the last window before it; none when a window was open, or when none had ever been.
    pub closed_since: Option<DateTime<Utc>>,
    /// End of the free entry point known when it was sent.
    pub free_until: Option<DateTime<Utc>>,
}

impl BillingFact {
    fn stretch(&self) -> Stretch {
        Stretch { window_opened_at: self.window_opened_at, closed_since: self.closed_since }
    }
}

/// A charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The message that is charged.
    pub message_id: MessageId,
    /// When it is charged: when it went out or when it arrived, as the tariff says.
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
    /// Until when it covers replies; none when it covers none.
    pub covers_until: Option<DateTime<Utc>>,
}

/// The charges of one conversation. Facts in any order, any repetition; charges in the order in
/// which they count. A message that would have been charged and failed, or that the provider does
/// not bill, is there with the state void. What is free is not there.
pub fn charges(tariff: &Tariff, contact: ContactAddress<'_>, facts: &[BillingFact]) -> Vec<Charge> {
    let mut covers = Covers::default();
    let mut charges = Vec::new();
    for Counted { at, fact } in in_charge_order(tariff, facts) {
        let version = version_at(tariff, at);
        let Some((version, model)) = version.and_then(|version| Some((version, readable(version)?))) else {
            // Not zero: under a tariff that this build cannot read, the charge has no price.
            charges.push(charge(version, contact, &fact, at));
            continue;
        };
        if fact.free_until.is_some_and(|until| fact.at < until) {
            continue;
        }
        let free = match model {
            TariffModel::PaidCover(rules) => covers.cover(rules, &fact, at),
            TariffModel::PerMessage(rules) => free_in_window(rules, fact.kind, fact.window_opened_at.is_some()),
            TariffModel::Unknown => false,
        };
        if free {
            continue;
        }
        let mut charge = charge(Some(version), contact, &fact, at);
        if let (TariffModel::PaidCover(rules), true) = (model, charge.state != ChargeState::Void) {
            let cover = covers.begin(rules, &fact, at);
            charge.covers_until = covers_replies(fact.kind, rules).then_some(cover.ends_at);
        }
        // A rate of nothing is no charge; what it covers it covers all the same.
        if charge.price.is_none_or(|price| price.micros != 0) {
            charges.push(charge);
        }
    }
    charges
}

/// What of a charge stands although number, market or tariff changed: once final, its price is never
/// rewritten. Whether it is charged at all still follows from what was sent and what became of it.
pub fn with_final_price(charge: Charge, held: &LedgerEntry) -> Charge {
    match held.state {
        ChargeState::Final => Charge {
            kind: held.kind,
            market: held.market.clone(),
            country: held.country.clone(),
            price: held.price,
            ..charge
        },
        ChargeState::Provisional | ChargeState::Void | ChargeState::Unknown => charge,
    }
}

/// The charge whose cover is the newest: what a conversation's `cover` is made of.
pub fn newest_cover<'a>(tariff: &Tariff, charges: &'a [Charge]) -> Option<&'a Charge> {
    charges.iter().rev().find(|charge| {
        let covers = match version_at(tariff, charge.at).and_then(readable) {
            Some(TariffModel::PaidCover(rules)) => covers_replies(charge.kind, rules),
            Some(TariffModel::PerMessage(_) | TariffModel::Unknown) | None => false,
        };
        charge.state != ChargeState::Void && covers
    })
}

/// Whether a kind of message costs nothing in an open window.
pub(super) fn free_in_window(rules: &MessageRules, kind: ChargeKind, window_open: bool) -> bool {
    window_open && rules.free_in_window.contains(&kind)
}

/// The covers that began so far.
#[derive(Default)]
struct Covers {
    of_replies: Option<Cover>,
    of_category: BTreeMap<ChargeKind, Cover>,
}

impl Covers {
    /// Whether a message is paid for already.
    fn cover(&self, rules: &CoverRules, fact: &BillingFact, at: DateTime<Utc>) -> bool {
        let covered = |cover: &Cover| cover.covers(rules, at, fact.stretch());
        match fact.kind {
            ChargeKind::Reply => self.of_replies.as_ref().is_some_and(covered),
            kind if kind.is_template() && rules.same_category_template_free => {
                self.of_category.get(&kind).is_some_and(covered)
            }
            ChargeKind::Template
            | ChargeKind::Marketing
            | ChargeKind::Utility
            | ChargeKind::Authentication
            | ChargeKind::Unknown => false,
        }
    }

    fn begin(&mut self, rules: &CoverRules, fact: &BillingFact, at: DateTime<Utc>) -> Cover {
        let cover = Cover::of(rules, at, fact.stretch());
        if covers_replies(fact.kind, rules) {
            self.of_replies = Some(cover);
        }
        if fact.kind.is_template() {
            self.of_category.insert(fact.kind, cover);
        }
        cover
    }
}

/// A fact, and when it counts.
struct Counted {
    at: DateTime<Utc>,
    fact: BillingFact,
}

/// Each message once, in the order in which they count: by the provider's time of sending or, where
/// the tariff charges what is delivered, of arriving. What has not arrived yet can only arrive
/// after what has, so it covers nothing that did.
fn in_charge_order(tariff: &Tariff, facts: &[BillingFact]) -> Vec<Counted> {
    let known = each_once(facts);
    let newest_arrival = known.iter().filter_map(|fact| fact.delivered_at).max();
    let counts_at = |fact: &BillingFact| {
        let charged_at = version_at(tariff, fact.at).map_or(ChargedAt::Sent, |version| version.charged_at);
        match charged_at {
            ChargedAt::Delivered if !fact.failed => {
                fact.delivered_at.unwrap_or_else(|| newest_arrival.map_or(fact.at, |newest| newest.max(fact.at)))
            }
            ChargedAt::Delivered | ChargedAt::Sent | ChargedAt::Unknown => fact.at,
        }
    };
    let mut ordered: Vec<Counted> = known.into_iter().map(|fact| Counted { at: counts_at(&fact), fact }).collect();
    ordered.sort_by_key(|counted| {
        let fact = &counted.fact;
        (counted.at, fact.delivered_at.is_none() && !fact.failed, fact.at, fact.message_id)
    });
    ordered
}

/// What any repetition said of a message holds.
fn each_once(facts: &[BillingFact]) -> Vec<BillingFact> {
    let mut by_message: BTreeMap<MessageId, BillingFact> = BTreeMap::new();
    for fact in facts {
        let known = by_message.entry(fact.message_id).or_insert_with(|| fact.clone());
        known.failed |= fact.failed;
        known.confirmed |= fact.confirmed;
        known.delivered_at = [known.delivered_at, fact.delivered_at].into_iter().flatten().min();
        // Of two pricing reports that differ the one that asks for money counts.
        known.billable = known.billable.max(fact.billable);
    }
    by_message.into_values().collect()
}

fn charge(
    version: Option<&TariffVersion>,
    contact: ContactAddress<'_>,
    fact: &BillingFact,
    at: DateTime<Utc>,
) -> Charge {
    let (market, country, estimate) = match version.map(|version| market_of(version, contact)) {
        Some(Market::Known { market, country }) => (Some(market), country, false),
        Some(Market::Estimated { market, country }) => (Some(market), Some(country), true),
        Some(Market::Unknown { .. }) | None => (None, None, false),
    };
    let kind = version.map_or(fact.kind, |version| billed_kind(version, fact.kind));
    let priced = version.filter(|version| readable(version).is_some() && kind != ChargeKind::Unknown);
    let price = priced.zip(market.as_deref()).and_then(|(version, market)| rate(version, market, kind));
    let state = state(version, fact);
    let (message_id, covers_until) = (fact.message_id, None);
    Charge { message_id, at, kind, market, country, price, estimate, state, covers_until }
}

/// Whether a charge stands, by the report that the tariff goes by.
fn state(version: Option<&TariffVersion>, fact: &BillingFact) -> ChargeState {
    let settled_by = version.map_or(SettledBy::Fate, |version| version.settled_by);
    let charged_at = version.map_or(ChargedAt::Sent, |version| version.charged_at);
    let (void, confirmed) = match settled_by {
        SettledBy::Fate | SettledBy::Unknown => (fact.failed, fact.confirmed),
        SettledBy::Pricing => (fact.failed || fact.billable == Some(false), fact.billable == Some(true)),
    };
    let happened = match charged_at {
        ChargedAt::Sent | ChargedAt::Unknown => true,
        ChargedAt::Delivered => fact.delivered_at.is_some(),
    };
    match (void, confirmed && happened) {
        (true, _) => ChargeState::Void,
        (false, true) => ChargeState::Final,
        (false, false) => ChargeState::Provisional,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChannelId, ConversationId, Currency, LedgerId};
    use crate::rules::table::{at, priced_at_five_cents, whatsapp_window};
    use crate::rules::time::plus_ms;
    use crate::rules::window::window_opened_at;
    use proptest::prelude::*;

    const FRANCE: ContactAddress<'static> = ContactAddress { phone: Some("33612345678"), bsuid: None };

    fn sent(id: i64, kind: ChargeKind, time: &str, window_opened: &str) -> BillingFact {
        BillingFact {
            message_id: MessageId(id),
            kind,
            at: at(time),
            delivered_at: None,
            failed: false,
            confirmed: true,
            billable: None,
            window_opened_at: Some(at(window_opened)),
            closed_since: None,
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
    fn a_window_without_an_answer_costs_nothing() {
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
    fn a_cover_crosses_windows_if_the_tariff_has_it_so() {
        let facts = [reply(1, "2 23:00"), sent(2, ChargeKind::Reply, "3 01:00", "3 00:30")];
        let mut tariff = priced_at_five_cents();
        tariff.versions[0].model = TariffModel::PaidCover(CoverRules {
            cover_ms: 86_400_000,
            cover_crosses_windows: true,
            template_covers_replies: false,
            ..CoverRules::default()
        });
        assert_eq!(charged(&tariff, &facts), [(1, Final)]);
    }

    #[test]
    fn each_template_is_charged_and_covers_no_reply() {
        let facts = [template(1, "2 01:00"), template(2, "2 01:01"), reply(3, "2 01:02"), template(4, "2 01:03")];
        assert_eq!(charged(&priced_at_five_cents(), &facts), [(1, Final), (2, Final), (3, Final), (4, Final)]);
    }

    #[test]
    fn a_template_covers_replies_if_the_tariff_has_it_so() {
        let mut tariff = priced_at_five_cents();
        tariff.versions[0].model = TariffModel::PaidCover(CoverRules {
            cover_ms: 86_400_000,
            cover_crosses_windows: false,
            template_covers_replies: true,
            ..CoverRules::default()
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
    fn a_final_charge_keeps_its_price_when_number_or_rates_change() {
        let held = |state| LedgerEntry {
            id: LedgerId(1),
            conversation_id: ConversationId(1),
            message_id: MessageId(1),
            channel_id: ChannelId(1),
            at: at("2 01:00"),
            kind: ChargeKind::Reply,
            market: Some("france".to_owned()),
            country: Some("FR".to_owned()),
            price: Some(Money { micros: 50_000, currency: Currency::EUR }),
            allowance_id: None,
            state,
        };
        let mut tariff = priced_at_five_cents();
        tariff.versions[0].rates.iter_mut().for_each(|rate| rate.micros = 500_000);
        let spain = ContactAddress { phone: Some("34612345678"), bsuid: None };
        let now = || charges(&tariff, spain, &[reply(1, "2 01:00")]).remove(0);
        let standing = with_final_price(now(), &held(Final));
        assert_eq!((standing.price, standing.country.as_deref()), (held(Final).price, Some("FR")));
        let provisional = with_final_price(now(), &held(Provisional));
        assert_eq!((provisional.price, provisional.country), (now().price, Some("ES".to_owned())));
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
    fn an_unknown_model_prices_nothing_and_hides_nothing() {
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
                    delivered_at: None,
                    failed,
                    confirmed,
                    billable: None,
                    closed_since: None,
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
