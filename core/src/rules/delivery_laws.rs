//! What holds of every set of reports about a message, whatever is in it.

use proptest::prelude::*;

use super::delivery::{DeliveryState, KnownFact, Shown, join, progress, shown};
use super::table::{at, whatsapp};
use super::time::plus_ms;
use crate::model::{ChannelKind, DeliveryFact, DeliveryStatus, ProviderError};

use DeliveryStatus::{Delivered, Failed, Other, Played, Read, Sent};

const NOON: &str = "2 12:00";

fn look(facts: &[KnownFact], now_ms: i64) -> Shown {
    shown(1, facts, ChannelKind::Whatsapp, &whatsapp().capabilities, plus_ms(at(NOON), now_ms))
}

fn any_status() -> impl Strategy<Value = DeliveryStatus> {
    let word = prop_oneof![Just("warning"), Just("accepted"), Just("deleted")];
    prop_oneof![
        Just(Sent),
        Just(Delivered),
        Just(Read),
        Just(Played),
        Just(Failed),
        word.prop_map(|word| Other(word.to_owned())),
    ]
}

fn any_fact() -> impl Strategy<Value = KnownFact> {
    let error = prop::option::of(prop_oneof![Just(131_026_i64), Just(131_047), Just(999_999)]);
    (1_u32..4, any_status(), 0_i64..3, error, 0_i64..12).prop_map(|(attempt, status, second, code, known)| {
        let error = code.map(|code| ProviderError { code, subcode: None, detail: String::new() });
        let fact = DeliveryFact { attempt, status, at: plus_ms(at(NOON), second * 1_000), error };
        // Known by the second, as the device first heard of it: the same report, the same time.
        let first_known_at = plus_ms(at(NOON), (known + i64::from(attempt)) * 1_000);
        KnownFact { fact, first_known_at }
    })
}

fn any_facts() -> impl Strategy<Value = Vec<KnownFact>> {
    prop::collection::vec(any_fact(), 0..10)
}

fn of(known: &[KnownFact]) -> Vec<DeliveryFact> {
    known.iter().map(|known| known.fact.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn the_look_does_not_depend_on_order_or_repetition(
        (facts, shuffled) in any_facts().prop_flat_map(|facts| {
            let doubled: Vec<_> = facts.iter().chain(&facts).cloned().collect();
            (Just(facts), Just(doubled).prop_shuffle())
        }),
        now in 0_i64..20_000,
    ) {
        prop_assert_eq!(look(&facts, now), look(&shuffled, now));
    }

    #[test]
    fn what_is_shown_never_goes_back(facts in any_facts(), late in any_facts(), now in 0_i64..20_000) {
        let (before, after) = (look(&facts, now), look(&[facts, late].concat(), now));
        prop_assert!((after.attempt, after.state) >= (before.attempt, before.state));
        prop_assert!(before.contradiction.is_none() || after.contradiction.is_some(), "once known, it stays known");
    }

    #[test]
    fn unknown_statuses_are_kept_and_change_nothing(facts in any_facts(), now in 0_i64..20_000) {
        let known: Vec<KnownFact> =
            facts.iter().filter(|known| !matches!(known.fact.status, Other(_))).cloned().collect();
        prop_assert_eq!(look(&facts, now), look(&known, now));
        let joined = join(&of(&facts), &[]);
        for fact in of(&facts) {
            prop_assert!(joined.contains(&fact), "kept");
            let wire = serde_json::to_string(&fact).unwrap();
            prop_assert_eq!(serde_json::from_str::<DeliveryFact>(&wire).unwrap(), fact);
        }
    }

    #[test]
    fn a_failure_shows_unless_its_attempt_is_known_to_have_arrived(facts in any_facts(), now in 0_i64..20_000) {
        let shown = look(&facts, now);
        let newest = facts.iter().filter(|known| known.fact.attempt == shown.attempt).map(|known| &known.fact.status);
        let newest: Vec<&DeliveryStatus> = newest.collect();
        let arrived = newest.iter().any(|status| matches!(status, Delivered | Read | Played));
        let failed = newest.contains(&&Failed);
        prop_assert_eq!(shown.failure.is_some(), failed && !arrived);
        prop_assert_eq!(shown.state == DeliveryState::Failed, failed && !arrived);
        if failed && arrived {
            prop_assert!(shown.contradiction.is_some());
        }
    }

    #[test]
    fn no_mark_outlives_five_seconds_from_when_this_phone_first_knew(facts in any_facts(), now in 0_i64..60_000) {
        let shown = look(&facts, now);
        let newest = facts.iter().map(|known| known.first_known_at).max();
        if newest.is_none_or(|newest| plus_ms(at(NOON), now) >= plus_ms(newest, 5_000)) {
            prop_assert!(!shown.tick);
            prop_assert_eq!(shown.valid_until, None);
        }
        if let Some(until) = shown.valid_until {
            prop_assert!(until > plus_ms(at(NOON), now), "the moment to look again lies ahead");
        }
    }

    #[test]
    fn progress_of_a_union_is_the_further_of_the_two(one in any_facts(), other in any_facts()) {
        let (one, other) = (of(&one), of(&other));
        prop_assert_eq!(progress(&join(&one, &other)), progress(&one).max(progress(&other)));
    }
}
