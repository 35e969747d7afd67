//! Each setting of a tariff, and what it changes: the same story priced with and without it.

use proptest::prelude::*;

use super::*;
use crate::model::{
    ChargeKind, ChargeState, ChargedAt, CoverAnchor, CoverRules, MessageId, SettledBy, Tariff, TariffModel,
};
use crate::rules::market::ContactAddress;
use crate::rules::table::{HOUR, at, priced_at_five_cents, whatsapp_window};
use crate::rules::time::plus_ms;
use crate::rules::window::{window_closed_since, window_opened_at};

const FRANCE: ContactAddress<'static> = ContactAddress { phone: Some("33612345678"), bsuid: None };

/// The page's tariff with other rules.
fn with(change: impl FnOnce(&mut CoverRules)) -> Tariff {
    let mut tariff = priced_at_five_cents();
    for version in &mut tariff.versions {
        if let TariffModel::PaidCover(rules) = &mut version.model {
            change(rules);
            return tariff;
        }
    }
    tariff
}

fn charged_when_delivered() -> Tariff {
    let mut tariff = priced_at_five_cents();
    tariff.versions[0].charged_at = ChargedAt::Delivered;
    tariff
}

fn settled_by_pricing() -> Tariff {
    let mut tariff = priced_at_five_cents();
    tariff.versions[0].settled_by = SettledBy::Pricing;
    tariff
}

/// What an agent sends to a customer who wrote at these times, numbered from 1.
fn story(customer_at: &[&str], sent: &[(ChargeKind, &str)]) -> Vec<BillingFact> {
    let wrote: Vec<_> = customer_at.iter().map(|time| at(time)).collect();
    let fact = |((kind, time), id): (&(ChargeKind, &str), i64)| BillingFact {
        message_id: MessageId(id),
        kind: *kind,
        at: at(time),
        delivered_at: None,
        failed: false,
        confirmed: true,
        billable: None,
        window_opened_at: window_opened_at(&whatsapp_window(), &wrote, &[], at(time)),
        closed_since: window_closed_since(&whatsapp_window(), &wrote, &[], at(time)),
        free_until: None,
    };
    sent.iter().zip(1..).map(fact).collect()
}

fn replies(customer_at: &[&str], sent: &[&str]) -> Vec<BillingFact> {
    story(customer_at, &sent.iter().map(|time| (ChargeKind::Reply, *time)).collect::<Vec<_>>())
}

/// Which messages are charged, and whether that stands.
fn states(tariff: &Tariff, facts: &[BillingFact]) -> Vec<(i64, ChargeState)> {
    charges(tariff, FRANCE, facts).iter().map(|charge| (charge.message_id.0, charge.state)).collect()
}

fn charged(tariff: &Tariff, facts: &[BillingFact]) -> Vec<i64> {
    states(tariff, facts).iter().filter(|(_, state)| *state != ChargeState::Void).map(|(id, _)| *id).collect()
}

use ChargeKind::{Marketing, Reply, Utility};
use ChargeState::{Final, Provisional, Void};

#[test]
fn cover_hours_say_how_long_one_charge_lasts() {
    let talk = replies(&["2 00:00", "2 20:00"], &["2 01:00", "2 06:00", "2 13:00", "2 22:00", "3 06:00"]);
    assert_eq!(charged(&priced_at_five_cents(), &talk), [1, 5], "24 hours, as the page says");
    assert_eq!(charged(&with(|rules| rules.cover_ms = 12 * HOUR), &talk), [1, 3, 5]);
    assert_eq!(charged(&with(|rules| rules.cover_ms = 0), &talk), [1, 2, 3, 4, 5], "each reply");
    let whole_window = with(|rules| rules.cover_ms = i64::MAX);
    assert_eq!(charged(&whole_window, &talk), [1], "once for as long as the window stays open");
}

#[test]
fn cover_crosses_windows_says_whether_a_charge_outlives_its_window() {
    // The window closes at midnight; the customer is back half an hour later.
    let talk = replies(&["2 00:00", "3 00:30"], &["2 23:00", "3 01:00", "3 22:59:59.999", "3 23:00"]);
    assert_eq!(charged(&priced_at_five_cents(), &talk), [1, 2]);
    assert_eq!(charged(&with(|rules| rules.cover_crosses_windows = true), &talk), [1, 4]);
}

#[test]
fn the_anchor_says_from_where_a_cover_is_counted() {
    let talk = replies(&["2 00:00", "2 20:00"], &["2 01:00", "2 22:00", "3 00:00", "3 00:30", "3 06:00"]);
    assert_eq!(charged(&priced_at_five_cents(), &talk), [1, 5], "24 hours from the charged reply: until 25 h");
    let by_window = with(|rules| rules.anchor = CoverAnchor::WindowOpened);
    assert_eq!(charged(&by_window, &talk), [1, 3], "24 hours from the customer's first message: until 24 h, then 48 h");
    let ends = charges(&by_window, FRANCE, &talk).iter().map(|charge| charge.covers_until).collect::<Vec<_>>();
    assert_eq!(ends, [Some(at("3 00:00")), Some(at("4 00:00"))]);
}

#[test]
fn template_covers_replies_says_whether_a_template_pays_for_the_talk_it_starts() {
    let talk = story(&["2 00:00"], &[(Utility, "2 01:00"), (Reply, "2 02:00"), (Reply, "2 03:00")]);
    assert_eq!(charged(&priced_at_five_cents(), &talk), [1, 2]);
    assert_eq!(charged(&with(|rules| rules.template_covers_replies = true), &talk), [1]);
}

#[test]
fn same_category_template_free_says_whether_a_template_pays_for_others_of_its_category() {
    let sent = [(Marketing, "2 01:00"), (Utility, "2 02:00"), (Marketing, "2 03:00"), (Marketing, "3 01:00")];
    let talk = story(&[], &sent);
    assert_eq!(charged(&priced_at_five_cents(), &talk), [1, 2, 3, 4]);
    let free = with(|rules| rules.same_category_template_free = true);
    assert_eq!(charged(&free, &talk), [1, 2, 4], "for as long as a cover lasts");
}

#[test]
fn a_template_of_the_same_category_in_another_window_is_covered_where_covers_cross_windows() {
    // The first goes out before the customer writes, the second after.
    let talk = story(&["2 02:00"], &[(Utility, "2 01:00"), (Utility, "2 03:00")]);
    let free =
        |crosses| with(|rules| (rules.same_category_template_free, rules.cover_crosses_windows) = (true, crosses));
    assert_eq!(charged(&free(false), &talk), [1, 2]);
    assert_eq!(charged(&free(true), &talk), [1]);
}

fn delivered(fact: BillingFact, time: &str) -> BillingFact {
    BillingFact { delivered_at: Some(at(time)), ..fact }
}

#[test]
fn charged_at_says_whether_the_cover_begins_with_sending_or_with_arriving() {
    let mut talk = replies(&["2 00:00", "2 20:00"], &["2 01:00", "3 01:30"]);
    talk = vec![delivered(talk[0].clone(), "2 03:00"), delivered(talk[1].clone(), "3 01:30")];
    assert_eq!(charged(&priced_at_five_cents(), &talk), [1, 2], "sent at 1 h: covered until 25 h");
    assert_eq!(charged(&charged_when_delivered(), &talk), [1], "arrived at 3 h: covered until 27 h");
    assert_eq!(charges(&charged_when_delivered(), FRANCE, &talk)[0].at, at("2 03:00"));
}

#[test]
fn what_has_not_arrived_is_provisional_and_covers_nothing_that_did() {
    let mut talk = replies(&["2 00:00"], &["2 01:00", "2 02:00"]);
    let tariff = charged_when_delivered();
    assert_eq!(states(&tariff, &talk), [(1, Provisional)], "as if they arrived in this order");
    talk[1].delivered_at = Some(at("2 02:00"));
    assert_eq!(states(&tariff, &talk), [(2, Final)], "the second arrived first: it is charged and covers the other");
    talk[0].delivered_at = Some(at("2 05:00"));
    assert_eq!(states(&tariff, &talk), [(2, Final)]);
    assert_eq!(states(&priced_at_five_cents(), &talk), [(1, Final)], "where sending is charged the first stays it");
}

fn judged(fact: BillingFact, billable: bool) -> BillingFact {
    BillingFact { billable: Some(billable), ..fact }
}

#[test]
fn settled_by_says_whose_word_makes_a_charge_void() {
    let talk = replies(&["2 00:00"], &["2 01:00", "2 02:00", "2 03:00"]);
    let free = vec![judged(talk[0].clone(), false), judged(talk[1].clone(), true), talk[2].clone()];
    // The page sells replies at rates of its own: that the provider asks nothing changes nothing.
    assert_eq!(states(&priced_at_five_cents(), &free), [(1, Final)]);
    assert_eq!(states(&settled_by_pricing(), &free), [(1, Void), (2, Final)], "charge and cover are handed on");
}

#[test]
fn until_the_pricing_report_a_charge_is_provisional() {
    let talk = replies(&["2 00:00"], &["2 01:00"]);
    assert_eq!(states(&settled_by_pricing(), &talk), [(1, Provisional)], "a tick is no pricing report");
    assert_eq!(states(&settled_by_pricing(), &[judged(talk[0].clone(), true)]), [(1, Final)]);
    assert_eq!(states(&settled_by_pricing(), &[judged(talk[0].clone(), false)]), [(1, Void)]);
    let failed = BillingFact { failed: true, ..judged(talk[0].clone(), true) };
    assert_eq!(states(&settled_by_pricing(), &[failed]), [(1, Void)], "what failed is not paid for");
}

#[test]
fn a_word_of_tomorrow_in_a_setting_prices_nothing() {
    for tariff in [
        with(|rules| rules.anchor = CoverAnchor::Unknown),
        {
            let mut tariff = priced_at_five_cents();
            tariff.versions[0].charged_at = ChargedAt::Unknown;
            tariff
        },
        {
            let mut tariff = priced_at_five_cents();
            tariff.versions[0].settled_by = SettledBy::Unknown;
            tariff
        },
    ] {
        let charges = charges(&tariff, FRANCE, &replies(&["2 00:00"], &["2 01:00", "2 02:00"]));
        assert!(charges.len() == 2 && charges.iter().all(|charge| charge.price.is_none()));
    }
}

fn any_tariff() -> impl Strategy<Value = Tariff> {
    let flags = (prop::bool::ANY, prop::bool::ANY, prop::bool::ANY, prop::bool::ANY, prop::bool::ANY, prop::bool::ANY);
    (1_i64..40, flags).prop_map(|(hours, (crosses, template, same, by_window, delivered, pricing))| {
        let mut tariff = with(|rules| {
            *rules = CoverRules {
                cover_ms: hours * HOUR,
                cover_crosses_windows: crosses,
                template_covers_replies: template,
                anchor: if by_window { CoverAnchor::WindowOpened } else { CoverAnchor::ChargedMessage },
                same_category_template_free: same,
            };
        });
        tariff.versions[0].charged_at = if delivered { ChargedAt::Delivered } else { ChargedAt::Sent };
        tariff.versions[0].settled_by = if pricing { SettledBy::Pricing } else { SettledBy::Fate };
        tariff
    })
}

/// When it was sent, what, how much later it arrived, what became of it, the pricing report.
type Drawn = (i64, ChargeKind, Option<i64>, u8, Option<bool>);

fn any_facts() -> impl Strategy<Value = Vec<BillingFact>> {
    let kind = prop::sample::select(vec![Reply, Reply, Reply, Utility, Marketing]);
    let drawn = (0_i64..300, kind, prop::option::of(0_i64..50), 0_u8..4, prop::option::of(prop::bool::ANY));
    let wrote = prop::collection::vec(0_i64..300, 0..6);
    (prop::collection::vec(drawn, 0..12), wrote).prop_map(|(drawn, wrote)| {
        let quarter = |number: i64| plus_ms(at("2 00:00"), number * HOUR / 4);
        let wrote: Vec<_> = wrote.into_iter().map(quarter).collect();
        let fact = |((sent, kind, after, fate, billable), id): (Drawn, i64)| {
            let failed = fate == 0;
            BillingFact {
                message_id: MessageId(id),
                kind,
                at: quarter(sent),
                delivered_at: after.filter(|_| !failed).map(|after| quarter(sent + after)),
                failed,
                confirmed: fate > 1,
                billable,
                window_opened_at: window_opened_at(&whatsapp_window(), &wrote, &[], quarter(sent)),
                closed_since: window_closed_since(&whatsapp_window(), &wrote, &[], quarter(sent)),
                free_until: None,
            }
        };
        drawn.into_iter().zip(1..).map(fact).collect()
    })
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter_under_any_settings(
        tariff in any_tariff(),
        (facts, shuffled) in any_facts().prop_flat_map(|facts| {
            let doubled: Vec<_> = facts.iter().chain(&facts).cloned().collect();
            (Just(facts), Just(doubled).prop_shuffle())
        })
    ) {
        prop_assert_eq!(charges(&tariff, FRANCE, &facts), charges(&tariff, FRANCE, &shuffled));
    }

    /// Nothing is charged twice, nothing that failed stands, and a talk is never free altogether.
    #[test]
    fn each_message_is_charged_at_most_once_and_the_conversation_is_paid_for(tariff in any_tariff(), facts in any_facts()) {
        let charges = charges(&tariff, FRANCE, &facts);
        let mut seen = std::collections::BTreeSet::new();
        for charge in &charges {
            prop_assert!(seen.insert(charge.message_id), "twice");
            let fact = facts.iter().find(|fact| fact.message_id == charge.message_id).unwrap();
            prop_assert!(!fact.failed || charge.state == Void);
        }
        let stands = |fact: &&BillingFact| !fact.failed && fact.billable != Some(false);
        if facts.iter().any(|fact| stands(&fact)) {
            prop_assert!(charges.iter().any(|charge| charge.state != Void), "the conversation is paid for");
        }
    }

    #[test]
    fn no_settings_are_dearer_than_paying_for_each_message(tariff in any_tariff(), facts in any_facts()) {
        let mut each = tariff.clone();
        if let TariffModel::PaidCover(rules) = &mut each.versions[0].model {
            rules.cover_ms = 0;
        }
        prop_assert!(charged(&tariff, &facts).len() <= charged(&each, &facts).len());
    }
}
