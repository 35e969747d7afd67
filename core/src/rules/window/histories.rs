//! Random histories of a conversation: whatever the order, the repetition and the delay in which
//! they arrive, one answer, and the one that walking through time gives.

use super::*;
use crate::model::{AnswerKind, DeliveryFact, DeliveryStatus, ProviderError};
use crate::rules::table::{DAY, HOUR, at, messenger_window, whatsapp_window};
use proptest::prelude::*;

/// One thing that happened, in provider time.
#[derive(Debug, Clone)]
enum Happening {
    Said {
        author: Author,
        content: Content,
        at: DateTime<Utc>,
    },
    /// A report about a reply that was attempted at `at`.
    Reported {
        fact: DeliveryFact,
        at: DateTime<Utc>,
    },
}

/// What a server keeps of a history: sets, so that a second delivery of the same changes nothing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Kept {
    wrote: Vec<DateTime<Utc>>,
    refused: Vec<DateTime<Utc>>,
}

impl Kept {
    fn take(&mut self, policy: &WindowPolicy, happening: &Happening) {
        match happening {
            Happening::Said { author, content, at } if counts(policy, *author, content) => self.wrote.push(*at),
            Happening::Reported { fact, at } if fact.error.as_ref().is_some_and(|error| error.code == 131_047) => {
                self.refused.push(refusal_time(*at));
            }
            Happening::Said { .. } | Happening::Reported { .. } => {}
        }
    }

    fn facts(&self, policy: &WindowPolicy) -> WindowFacts {
        window_facts(policy, &self.wrote, &self.refused, None)
    }
}

/// Walks through time and remembers what is open: another way to the same answer. At one instant
/// a refusal goes after the customer's message.
fn walked(policy: &WindowPolicy, kept: &Kept, now: DateTime<Utc>) -> (bool, Option<DateTime<Utc>>) {
    let reach = policy.human_agent_ms.or(policy.length_ms).unwrap();
    let mut moments: Vec<(DateTime<Utc>, bool)> = kept.wrote.iter().map(|at| (*at, false)).collect();
    moments.extend(kept.refused.iter().map(|at| (*at, true)));
    moments.sort_unstable();
    let (mut open_until, mut opened_at) = (None, None);
    for (moment, refused) in moments {
        let is_open = open_until.is_some_and(|end| moment < end);
        match refused {
            true if is_open => open_until = None,
            true => {}
            false => {
                if !is_open {
                    opened_at = Some(moment);
                }
                open_until = Some(plus_ms(moment, reach));
            }
        }
    }
    (open_until.is_some_and(|end| now < end), opened_at)
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    // Whole seconds, as providers count, around multiples of the lengths, so that edges are met.
    (0_i64..10, -2_i64..3, prop::bool::ANY).prop_map(|(days, off, half)| {
        let half = if half { 12 * HOUR } else { 0 };
        plus_ms(at("2 00:00"), days * DAY + half + off * 1_000)
    })
}

fn happening() -> impl Strategy<Value = Happening> {
    let words = || "Bonjour".to_owned();
    let said = prop_oneof![
        4 => Just((Author::Customer, Content::Text { body: words() })),
        1 => Just((Author::Customer, Content::Answer { kind: AnswerKind::Button, title: words() })),
        1 => Just((Author::Customer, Content::Call { length_ms: None })),
        1 => Just((Author::Customer, Content::Reaction { to: None, emoji: Some("👍".to_owned()) })),
        1 => Just((Author::Customer, Content::RequestWelcome)),
        1 => Just((Author::PhoneApp, Content::Text { body: words() })),
        1 => Just((Author::Automation, Content::Text { body: words() })),
        1 => Just((Author::System, Content::System { event: words() })),
    ];
    let status = prop_oneof![
        Just((DeliveryStatus::Sent, None)),
        Just((DeliveryStatus::Read, None)),
        Just((DeliveryStatus::Failed, Some(131_047))),
        Just((DeliveryStatus::Failed, Some(131_026))),
    ];
    prop_oneof![
        3 => (said, instant()).prop_map(|((author, content), at)| Happening::Said { author, content, at }),
        1 => (status, instant(), 0_i64..HOUR).prop_map(|((status, code), at, delay)| {
            let error = code.map(|code| ProviderError { code, subcode: None, detail: String::new() });
            // Told of later than it happened: the attempt's time counts, not the report's.
            let fact = DeliveryFact { attempt: 1, status, at: plus_ms(at, delay), error };
            Happening::Reported { fact, at }
        }),
    ]
}

/// A history, and the same one shuffled, doubled and late: each thing may come again later.
fn histories() -> impl Strategy<Value = (Vec<Happening>, Vec<Happening>)> {
    prop::collection::vec(happening(), 0..14).prop_flat_map(|clean| {
        let doubled: Vec<Happening> = clean.iter().chain(&clean).cloned().collect();
        (Just(clean), Just(doubled).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn ten_thousand_histories_shuffled_doubled_and_delayed_give_one_answer(
        (clean, messy) in histories(),
        now in instant(),
        stops in prop::collection::vec(0_usize..28, 0..3),
    ) {
        for policy in [whatsapp_window(), messenger_window()] {
            let mut straight = Kept::default();
            clean.iter().for_each(|happening| straight.take(&policy, happening));
            let mut late = Kept::default();
            for (place, happening) in messy.iter().enumerate() {
                late.take(&policy, happening);
                // Asked in between, as a screen is: what was answered then leaves no trace.
                if stops.contains(&place) {
                    let _ = reply_window(&policy, &late.facts(&policy), now);
                }
            }
            let (one, other) = (straight.facts(&policy), late.facts(&policy));
            prop_assert_eq!(&one, &other);
            let window = reply_window(&policy, &one, now);
            prop_assert_eq!(window, reply_window(&policy, &other, now));
            let (open, opened_at) = walked(&policy, &straight, now);
            prop_assert_eq!(matches!(window, ReplyWindow::Open { .. }), open);
            prop_assert_eq!(one.opened_at, opened_at);
        }
    }
}

proptest! {
    #[test]
    fn two_halves_of_one_person_come_to_what_the_whole_comes_to(
        (clean, _) in histories(), split in prop::collection::vec(prop::bool::ANY, 14), now in instant(),
    ) {
        // Half was received under the phone number, half under the user id, before both were known
        // to be one: put together, the times of both count.
        let policy = whatsapp_window();
        let (mut by_phone, mut by_id, mut whole) = (Kept::default(), Kept::default(), Kept::default());
        for (happening, phone) in clean.iter().zip(&split) {
            whole.take(&policy, happening);
            (if *phone { &mut by_phone } else { &mut by_id }).take(&policy, happening);
        }
        let wrote: Vec<_> = by_id.wrote.iter().chain(&by_phone.wrote).copied().collect();
        let refused: Vec<_> = by_id.refused.iter().chain(&by_phone.refused).copied().collect();
        let together = window_facts(&policy, &wrote, &refused, None);
        prop_assert_eq!(reply_window(&policy, &together, now), reply_window(&policy, &whole.facts(&policy), now));
    }
}
