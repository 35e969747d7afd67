//! What became of my message, and how does it look now?
//!
//! A provider reports *sent*, *delivered*, *read*, *played* and *failed* (Meta, "Status messages
//! webhook reference"), late, twice and in any order; *delivered* may never come, as *read*
//! implies it. What is known is therefore a set of reports, and what to show is computed from
//! the set and from `now`. The marks are the product page's: a tick flashes when the customer
//! received it; grey and *(not seen)* until it is read; then white and, for a moment, *(seen)*.

use chrono::{DateTime, Utc};

use super::failure::{Failure, failure, unexplained};
use super::time::plus_ms;
use crate::model::{ChannelCapabilities, ChannelKind, DeliveryFact, DeliveryStatus, Message, Phrase, PhraseKey};

/// A report and when this device first knew it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFact {
    /// The report.
    pub fact: DeliveryFact,
    /// When this device first knew it, in the server's time.
    pub first_known_at: DateTime<Utc>,
}

/// How far the newest attempt came. In rising order: a state never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryState {
    /// Nothing was reported yet.
    Unreported,
    /// The provider has it.
    Sent,
    /// It will not arrive.
    Failed,
    /// The customer's phone has it.
    Delivered,
    /// The customer saw it.
    Read,
    /// The customer played it.
    Played,
}

/// The colour of a message's bubble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum BubbleFill {
    /// Not known to be read by the customer.
    Grey,
    /// Read, or the customer's own.
    White,
}

/// How a message of ours looks at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// How far it came.
    pub state: DeliveryState,
    /// Which attempt that is, from 1; 0 when nothing was reported.
    pub attempt: u32,
    /// The colour of its bubble.
    pub bubble: BubbleFill,
    /// Whether the tick flashes beside the name.
    pub tick: bool,
    /// *(not seen)*, *(seen)* or why it failed.
    pub note: Option<Phrase>,
    /// Why it failed and what can be done.
    pub failure: Option<Failure>,
    /// That the provider reported both a failure and a delivery of one attempt.
    pub contradiction: Option<Phrase>,
    /// The state in words, for a screen reader.
    pub label: Phrase,
    /// When the look changes by itself; none when only a new report changes it.
    pub valid_until: Option<DateTime<Utc>>,
}

/// How long the tick flashes and *(seen)* shows, from when this phone first knew.
const FLASH_MS: i64 = 5_000;

/// The union of two sets of reports, in canonical order. Joining is the whole merge: reports
/// come late, twice and in any order, and the outcome is the same.
pub fn join(held: &[DeliveryFact], new: &[DeliveryFact]) -> Vec<DeliveryFact> {
    let mut facts: Vec<DeliveryFact> = held.iter().chain(new).cloned().collect();
    facts.sort_unstable_by(|one, other| canonical(one).cmp(&canonical(other)));
    facts.dedup();
    facts
}

fn canonical(fact: &DeliveryFact) -> impl Ord + '_ {
    let error = fact.error.as_ref().map(|error| (error.code, error.subcode, error.detail.as_str()));
    (fact.attempt, &fact.status, fact.at, error)
}

/// What a status says; none for a word this build does not know, which is kept and not acted on.
fn state_of(status: &DeliveryStatus) -> Option<DeliveryState> {
    match status {
        DeliveryStatus::Sent => Some(DeliveryState::Sent),
        DeliveryStatus::Delivered => Some(DeliveryState::Delivered),
        DeliveryStatus::Read => Some(DeliveryState::Read),
        DeliveryStatus::Played => Some(DeliveryState::Played),
        DeliveryStatus::Failed => Some(DeliveryState::Failed),
        DeliveryStatus::Other(_) => None,
    }
}

/// How far the newest attempt came, and which one that is (0: nothing was reported).
pub fn progress(facts: &[DeliveryFact]) -> (u32, DeliveryState) {
    furthest(facts.iter())
}

/// How far a message of ours came. Once it is tried again, what became of the attempt before says
/// nothing any more.
pub fn state_of_message(message: &Message) -> DeliveryState {
    newest(message.attempt, message.delivery.iter()).1
}

/// How far the newest attempt came: `attempt` is the number of those that were begun, of which the
/// last may not have been reported on.
fn newest<'a>(attempt: u32, facts: impl Iterator<Item = &'a DeliveryFact>) -> (u32, DeliveryState) {
    match furthest(facts) {
        (reported, DeliveryState::Unreported) => (reported, DeliveryState::Unreported),
        (reported, _) if reported < attempt => (attempt, DeliveryState::Unreported),
        reported => reported,
    }
}

fn furthest<'a>(facts: impl Iterator<Item = &'a DeliveryFact>) -> (u32, DeliveryState) {
    facts
        .filter_map(|fact| Some((fact.attempt, state_of(&fact.status)?)))
        .max()
        .unwrap_or((0, DeliveryState::Unreported))
}

/// How a message of ours looks at `now`, of which `attempt` (from 1) is the newest.
///
/// Where the channel does not report reading, *(not seen)* could not be known: the
/// bubble then stays grey without a mention. A report that came all the same is believed.
pub fn shown(
    attempt: u32,
    facts: &[KnownFact],
    kind: ChannelKind,
    channel: &ChannelCapabilities,
    now: DateTime<Utc>,
) -> Shown {
    let begun = attempt;
    let (attempt, state) = newest(begun, facts.iter().map(|known| &known.fact));
    let tick = flash(facts, attempt, DeliveryState::Delivered, now);
    let seen = flash(facts, attempt, DeliveryState::Read, now);
    let failure = (state == DeliveryState::Failed).then(|| newest_failure(facts, attempt, kind));
    let (bubble, note) = match state {
        DeliveryState::Unreported if is_held(facts, begun.max(attempt)) => {
            (BubbleFill::Grey, Some(Phrase::new(PhraseKey::DeliveryHeld)))
        }
        DeliveryState::Unreported | DeliveryState::Sent => (BubbleFill::Grey, None),
        DeliveryState::Failed => (BubbleFill::Grey, failure.as_ref().map(|failure| failure.phrase.clone())),
        DeliveryState::Delivered => (BubbleFill::Grey, channel.read_reports.then(|| Phrase::new(PhraseKey::NotSeen))),
        DeliveryState::Read | DeliveryState::Played => {
            (BubbleFill::White, seen.shows.then(|| Phrase::new(PhraseKey::Seen)))
        }
    };
    Shown {
        state,
        attempt,
        bubble,
        tick: tick.shows,
        note,
        failure,
        contradiction: contradiction(facts),
        label: label(state),
        valid_until: tick.until.into_iter().chain(seen.until).min(),
    }
}

/// Whether the provider took the message and holds it back (`held_for_quality_assessment`). A report of
/// what became of it ends that.
fn is_held(facts: &[KnownFact], attempt: u32) -> bool {
    facts.iter().any(|known| match &known.fact.status {
        DeliveryStatus::Other(word) => known.fact.attempt == attempt && word.starts_with("held"),
        DeliveryStatus::Sent
        | DeliveryStatus::Delivered
        | DeliveryStatus::Read
        | DeliveryStatus::Played
        | DeliveryStatus::Failed => false,
    })
}

/// A mark that shows for a few seconds.
struct Flash {
    shows: bool,
    /// When that changes.
    until: Option<DateTime<Utc>>,
}

/// The mark of a state, if the attempt came that far. Reading implies receiving.
fn flash(facts: &[KnownFact], attempt: u32, least: DeliveryState, now: DateTime<Utc>) -> Flash {
    let first_known = facts
        .iter()
        .filter(|known| known.fact.attempt == attempt && state_of(&known.fact.status) >= Some(least))
        .map(|known| known.first_known_at)
        .min();
    let Some(first_known) = first_known else { return Flash { shows: false, until: None } };
    // Learnt at a time that has not come yet: the server's clock was set back since. By a hair it is
    // at every sample, and the mark stays; by more, it is long over.
    let (begin, end) = (plus_ms(first_known, -FLASH_MS), plus_ms(first_known, FLASH_MS));
    Flash { shows: begin <= now && now < end, until: [begin, end].into_iter().find(|change| now < *change) }
}

fn newest_failure(facts: &[KnownFact], attempt: u32, kind: ChannelKind) -> Failure {
    let reported = facts
        .iter()
        .map(|known| &known.fact)
        .filter(|fact| fact.attempt == attempt && fact.status == DeliveryStatus::Failed)
        // Of two at one instant any will do, as long as it is always the same one.
        .max_by(|one, other| {
            let rank = |fact: &DeliveryFact| (fact.error.is_some(), fact.at);
            rank(one).cmp(&rank(other)).then_with(|| canonical(one).cmp(&canonical(other)))
        });
    match reported.and_then(|fact| fact.error.as_ref()) {
        Some(error) => failure(kind, error),
        None => unexplained(),
    }
}

/// Providers do report a failure and a delivery of one attempt, in either order, when the
/// customer has several devices. Neither is dropped.
fn contradiction(facts: &[KnownFact]) -> Option<Phrase> {
    let failed = facts.iter().filter(|known| known.fact.status == DeliveryStatus::Failed);
    let contradicted = failed.into_iter().any(|failed| {
        facts.iter().any(|known| {
            known.fact.attempt == failed.fact.attempt && state_of(&known.fact.status) >= Some(DeliveryState::Delivered)
        })
    });
    contradicted.then(|| Phrase::new(PhraseKey::DeliveryContradiction))
}

/// A state in words, for a screen reader.
fn label(state: DeliveryState) -> Phrase {
    Phrase::new(match state {
        DeliveryState::Unreported => PhraseKey::DeliveryUnreported,
        DeliveryState::Sent => PhraseKey::DeliverySent,
        DeliveryState::Failed => PhraseKey::DeliveryFailed,
        DeliveryState::Delivered => PhraseKey::DeliveryDelivered,
        DeliveryState::Read => PhraseKey::DeliveryRead,
        DeliveryState::Played => PhraseKey::DeliveryPlayed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProviderError;
    use crate::rules::table::{at, whatsapp, widget};
    use proptest::prelude::*;

    fn fact(attempt: u32, status: DeliveryStatus, time: &str) -> DeliveryFact {
        DeliveryFact { attempt, status, at: at(time), error: None }
    }

    /// A report that this phone first knew at `first_known`.
    fn known(attempt: u32, status: DeliveryStatus, first_known: &str) -> KnownFact {
        KnownFact { fact: fact(attempt, status, "2 10:00"), first_known_at: at(first_known) }
    }

    fn failed(attempt: u32, code: i64) -> KnownFact {
        let error = Some(ProviderError { code, subcode: None, detail: String::new() });
        let fact = DeliveryFact { error, ..fact(attempt, DeliveryStatus::Failed, "2 10:00") };
        KnownFact { fact, first_known_at: at("2 10:01") }
    }

    fn on_whatsapp(facts: &[KnownFact], now: &str) -> Shown {
        shown(1, facts, ChannelKind::Whatsapp, &whatsapp().capabilities, at(now))
    }

    /// What a person sees: the bubble, the tick and the note.
    fn look(shown: &Shown) -> (BubbleFill, bool, Option<PhraseKey>) {
        (shown.bubble, shown.tick, shown.note.as_ref().map(|note| note.key))
    }

    use DeliveryStatus::{Delivered, Failed, Other, Played, Read, Sent};

    #[test]
    fn sent_but_not_yet_received_is_grey_without_a_mention() {
        let shown = on_whatsapp(&[known(1, Sent, "2 10:00")], "2 10:00:01");
        assert_eq!(look(&shown), (BubbleFill::Grey, false, None));
        assert_eq!(shown.valid_until, None);
    }

    #[test]
    fn held_by_the_provider_it_says_so_until_a_report_ends_it() {
        let held = known(1, Other("held_for_quality_assessment".to_owned()), "2 10:00");
        let waiting = on_whatsapp(std::slice::from_ref(&held), "2 10:00:01");
        assert_eq!(
            (look(&waiting), waiting.state),
            ((BubbleFill::Grey, false, Some(PhraseKey::DeliveryHeld)), DeliveryState::Unreported)
        );
        assert_eq!(on_whatsapp(&[held.clone(), known(1, Sent, "2 10:05")], "2 10:06").note, None);
        assert_eq!(on_whatsapp(&[held, failed(1, 132_015)], "2 10:06").state, DeliveryState::Failed);
    }

    #[test]
    fn received_flashes_a_tick_for_five_seconds_and_stays_grey_and_not_seen() {
        let facts = [known(1, Sent, "2 10:00"), known(1, Delivered, "2 10:01")];
        let during = on_whatsapp(&facts, "2 10:01:04.999");
        assert_eq!(look(&during), (BubbleFill::Grey, true, Some(PhraseKey::NotSeen)));
        assert_eq!(during.valid_until, Some(at("2 10:01:05")));
        let after = on_whatsapp(&facts, "2 10:01:05");
        assert_eq!(look(&after), (BubbleFill::Grey, false, Some(PhraseKey::NotSeen)));
        assert_eq!(after.valid_until, None);
    }

    #[test]
    fn read_turns_white_and_says_seen_for_five_seconds() {
        let facts = [known(1, Delivered, "2 10:01"), known(1, Read, "2 10:02")];
        let during = on_whatsapp(&facts, "2 10:02:04.999");
        assert_eq!(look(&during), (BubbleFill::White, false, Some(PhraseKey::Seen)));
        assert_eq!(during.valid_until, Some(at("2 10:02:05")));
        let after = on_whatsapp(&facts, "2 10:02:05");
        assert_eq!(look(&after), (BubbleFill::White, false, None));
        assert_eq!(after.valid_until, None);
    }

    #[test]
    fn read_implies_received() {
        let shown = on_whatsapp(&[known(1, Read, "2 10:02")], "2 10:02:01");
        assert_eq!(look(&shown), (BubbleFill::White, true, Some(PhraseKey::Seen)));
    }

    #[test]
    fn the_tick_may_end_before_the_word() {
        let facts = [known(1, Delivered, "2 10:02"), known(1, Read, "2 10:02:03")];
        let shown = on_whatsapp(&facts, "2 10:02:04");
        assert_eq!(look(&shown), (BubbleFill::White, true, Some(PhraseKey::Seen)));
        assert_eq!(shown.valid_until, Some(at("2 10:02:05")), "the earlier of the two ends");
    }

    #[test]
    fn what_was_known_long_ago_does_not_flash_again() {
        let facts = [known(1, Delivered, "2 10:01"), known(1, Read, "2 10:02")];
        assert_eq!(look(&on_whatsapp(&facts, "9 10:00")), (BubbleFill::White, false, None));
    }

    #[test]
    fn what_was_learnt_before_the_servers_clock_was_set_back_does_not_flash_until_then() {
        let facts = [known(1, Read, "4 10:02")];
        assert_eq!(look(&on_whatsapp(&facts, "2 10:02")), (BubbleFill::White, false, None));
        assert_eq!(look(&on_whatsapp(&facts, "4 10:01:58")), (BubbleFill::White, true, Some(PhraseKey::Seen)));
    }

    #[test]
    fn a_voice_message_that_was_played_was_seen() {
        let shown = on_whatsapp(&[known(1, Played, "2 10:02")], "2 11:00");
        assert_eq!((shown.state, shown.bubble), (DeliveryState::Played, BubbleFill::White));
    }

    #[test]
    fn a_failure_shows_why() {
        let shown = on_whatsapp(&[known(1, Sent, "2 10:00"), failed(1, 131_026)], "2 10:02");
        assert_eq!(look(&shown), (BubbleFill::Grey, false, Some(PhraseKey::FailureUndeliverable)));
    }

    #[test]
    fn a_failure_without_a_code_shows_that_no_reason_was_given() {
        let shown = on_whatsapp(&[known(1, Failed, "2 10:00")], "2 10:02");
        assert_eq!(look(&shown), (BubbleFill::Grey, false, Some(PhraseKey::FailureUnexplained)));
    }

    #[test]
    fn failed_and_received_is_received_and_the_contradiction_is_explained() {
        let shown = on_whatsapp(&[failed(1, 131_026), known(1, Delivered, "2 10:01")], "2 11:00");
        assert_eq!(look(&shown), (BubbleFill::Grey, false, Some(PhraseKey::NotSeen)));
        assert_eq!(shown.contradiction.map(|phrase| phrase.key), Some(PhraseKey::DeliveryContradiction));
        assert_eq!(shown.failure, None);
    }

    #[test]
    fn the_newest_attempt_counts() {
        let shown = on_whatsapp(&[failed(1, 131_026), known(2, Sent, "2 10:05")], "2 11:00");
        assert_eq!((shown.attempt, shown.state, shown.failure), (2, DeliveryState::Sent, None));
        assert_eq!(shown.contradiction, None);
    }

    #[test]
    fn an_attempt_without_a_report_is_on_its_way_whatever_became_of_the_one_before() {
        let facts = [known(1, Sent, "2 10:00"), failed(1, 131_026)];
        let again = shown(2, &facts, ChannelKind::Whatsapp, &whatsapp().capabilities, at("2 10:02"));
        assert_eq!((again.attempt, again.state), (2, DeliveryState::Unreported));
        assert_eq!((look(&again), again.failure), ((BubbleFill::Grey, false, None), None));
        let late = [known(1, Delivered, "2 10:00"), failed(1, 131_026)];
        let again = shown(2, &late, ChannelKind::Whatsapp, &whatsapp().capabilities, at("2 10:00:01"));
        assert_eq!((again.state, again.tick), (DeliveryState::Unreported, false));
        let newer = [failed(1, 131_026), known(3, Sent, "2 10:05")];
        let again = shown(2, &newer, ChannelKind::Whatsapp, &whatsapp().capabilities, at("2 10:06"));
        assert_eq!((again.attempt, again.state), (3, DeliveryState::Sent), "a report proves its attempt");
    }

    #[test]
    fn an_unknown_status_changes_nothing() {
        let facts = [known(1, Delivered, "2 10:01"), known(2, Other("warning".to_owned()), "2 10:05")];
        assert_eq!(on_whatsapp(&facts, "2 11:00").state, DeliveryState::Delivered);
        assert_eq!(on_whatsapp(&facts[1..], "2 11:00").state, DeliveryState::Unreported);
    }

    #[test]
    fn a_channel_that_reports_no_reading_never_shows_not_seen() {
        let on_widget =
            |facts: &[KnownFact]| shown(1, facts, ChannelKind::Widget, &widget().capabilities, at("2 11:00"));
        assert_eq!(look(&on_widget(&[known(1, Sent, "2 10:00")])), (BubbleFill::Grey, false, None));
        assert_eq!(look(&on_widget(&[known(1, Delivered, "2 10:00")])), (BubbleFill::Grey, false, None));
        assert_eq!(look(&on_widget(&[known(1, Read, "2 10:00")])), (BubbleFill::White, false, None));
    }

    fn any_status() -> impl Strategy<Value = DeliveryStatus> {
        prop_oneof![Just(Sent), Just(Delivered), Just(Read), Just(Played), Just(Failed), Just(Other("new".to_owned()))]
    }

    fn any_facts() -> impl Strategy<Value = Vec<DeliveryFact>> {
        let any_fact = (1_u32..3, any_status(), 0_i64..4, prop::option::of(0_i64..3)).prop_map(
            |(attempt, status, second, code)| {
                let error = code.map(|code| ProviderError { code, subcode: None, detail: String::new() });
                DeliveryFact { attempt, status, at: plus_ms(at("2 10:00"), second * 1_000), error }
            },
        );
        prop::collection::vec(any_fact, 0..8)
    }

    proptest! {
        #[test]
        fn joining_does_not_depend_on_order(one in any_facts(), other in any_facts()) {
            prop_assert_eq!(join(&one, &other), join(&other, &one));
        }

        #[test]
        fn joining_does_not_depend_on_grouping(one in any_facts(), two in any_facts(), three in any_facts()) {
            prop_assert_eq!(join(&join(&one, &two), &three), join(&one, &join(&two, &three)));
        }

        #[test]
        fn joining_twice_is_joining_once(one in any_facts(), other in any_facts()) {
            let joined = join(&one, &other);
            prop_assert_eq!(&join(&joined, &other), &joined);
            prop_assert_eq!(&join(&joined, &joined), &joined);
        }

        #[test]
        fn a_status_never_goes_back(one in any_facts(), other in any_facts()) {
            prop_assert_eq!(progress(&join(&one, &other)), progress(&one).max(progress(&other)));
        }

        #[test]
        fn the_look_stays_until_valid_until(attempts in 1_u32..4, facts in any_facts(), learnt in 0_i64..20, later in 0_i64..20_000) {
            let known: Vec<KnownFact> = facts.iter().enumerate().map(|(place, fact)| {
                let first_known_at = plus_ms(at("2 10:00"), (place as i64 * learnt) * 500);
                KnownFact { fact: fact.clone(), first_known_at }
            }).collect();
            let now = plus_ms(at("2 10:00"), later);
            let first = shown(attempts, &known, ChannelKind::Whatsapp, &whatsapp().capabilities, now);
            let last = match first.valid_until {
                Some(until) => plus_ms(until, -1),
                None => plus_ms(now, 1_000_000),
            };
            prop_assert_eq!(&first, &shown(attempts, &known, ChannelKind::Whatsapp, &whatsapp().capabilities, last));
        }
    }
}
