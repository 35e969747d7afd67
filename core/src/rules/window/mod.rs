//! May the agent write freely to this customer now, and until when?
//!
//! WhatsApp lets a business answer freely for 24 hours after the customer's last message or
//! call (Meta, "Send messages", customer service windows). Only the customer opens or extends
//! the window; the provider's refusal (131047) closes it whatever the facts say. Messenger and
//! Instagram have 24 hours too, and then some days in which a person may still answer (Meta,
//! "Messenger Platform policy", human agent); the widget has no window. The lengths are data.
//!
//! `computed` is the window by the facts; `verdict` is for a server that states a window itself.

mod computed;
#[cfg(test)]
mod edges;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;
mod verdict;

use chrono::{DateTime, Utc};

use super::time::plus_ms;
use crate::model::{Author, Content, Phrase, PhraseKey, PhraseValue, ServerWindow, WindowFacts, WindowPolicy};

pub use computed::{ClosedWhy, ReplyWindow};
pub use verdict::difference;

use computed::computed;

/// How long before the end of a window a reply that has waited no longer leaves the phone: the way
/// to the provider takes time, and a late reply is refused and costs trust.
const MARGIN_MS: i64 = 60_000;

/// Whether something in a conversation opens or extends its window: only the customer can.
///
/// Not ours: a reply, a template, a comment, what was sent from the company's own phone or page,
/// an automation, an event.
pub fn counts(policy: &WindowPolicy, author: Author, content: &Content) -> bool {
    match author {
        Author::Customer => qualifies(policy, content),
        Author::Agent { .. } | Author::PhoneApp | Author::Automation | Author::System | Author::Unknown => false,
    }
}

/// Whether what a customer did opens or extends the window.
///
/// What was said or done counts: words, files, places, cards, taps, forms, orders, calls. Not
/// what merely happened (a changed number, an edit, a deletion), and nothing of ours. Meta is
/// silent about reactions, types it does not hand over and the opening of a chat: the policy
/// decides. Taking a reaction away never counts.
pub fn qualifies(policy: &WindowPolicy, content: &Content) -> bool {
    match content {
        Content::Text { .. }
        | Content::Media(_)
        | Content::Location { .. }
        | Content::Contacts { .. }
        | Content::Answer { .. }
        | Content::Order { .. }
        | Content::Call { .. } => true,
        Content::Reaction { emoji, .. } => {
            policy.reactions_count && emoji.as_deref().is_some_and(|emoji| !emoji.is_empty())
        }
        // A kind this build cannot name is as unsupported here as it can be: something was sent.
        Content::Unsupported | Content::Unknown => policy.unsupported_counts,
        Content::RequestWelcome => policy.request_welcome_counts,
        Content::Template { .. } | Content::Comment { .. } | Content::System { .. } => false,
    }
}

/// The facts of a window, from the provider's times of the qualifying customer messages and of
/// the refused attempts. Any order, any repetition: the same facts.
pub fn window_facts(
    policy: &WindowPolicy,
    customer_at: &[DateTime<Utc>],
    refused_at: &[DateTime<Utc>],
    free_until: Option<DateTime<Utc>>,
) -> WindowFacts {
    let mut wrote = customer_at.to_vec();
    wrote.sort_unstable();
    let mut opened_at: Option<DateTime<Utc>> = None;
    let mut last: Option<DateTime<Utc>> = None;
    for at in wrote {
        let unbroken = last.is_some_and(|last| {
            let ended = policy.reach_ms().is_some_and(|reach| at >= plus_ms(last, reach));
            let refused = refused_at.iter().any(|refused| (last..at).contains(refused));
            !ended && !refused
        });
        if !unbroken {
            opened_at = Some(at);
        }
        last = Some(at);
    }
    // Of several refusals the first one after the customer's last message closed the window; a
    // later one, perhaps after its end, must not hide it.
    let closing = refused_at.iter().filter(|refused| last.is_none_or(|last| **refused >= last)).min();
    let refused_at = closing.or(refused_at.iter().max()).copied();
    WindowFacts { last_customer_at: last, opened_at, refused_at, free_until, said: None }
}

/// The facts of a window of a customer who may have moved to a new number at `number_changed_at`.
///
/// The provider counts the window per number, and to the new one the business has not been written
/// yet. So the window is closed from the change until the new number writes, unless the policy keeps it.
pub fn window_facts_after_moves(
    policy: &WindowPolicy,
    customer_at: &[DateTime<Utc>],
    refused_at: &[DateTime<Utc>],
    number_changed_at: &[DateTime<Utc>],
    free_until: Option<DateTime<Utc>>,
) -> WindowFacts {
    let breaks = window_breaks(policy, refused_at, number_changed_at);
    let facts = window_facts(policy, customer_at, &breaks, free_until);
    let moved = number_changed_at.iter().find(|moved| facts.refused_at == Some(**moved) && breaks.contains(moved));
    match moved {
        Some(moved) => {
            let has_written = facts.last_customer_at.is_some_and(|last| last > *moved);
            let said = ServerWindow { said_at: *moved, closes_at: None };
            WindowFacts { refused_at: None, said: (!has_written).then_some(said), ..facts }
        }
        None => facts,
    }
}

/// The times at which a window was broken off: refused attempts, and moves to a new number.
pub fn window_breaks(
    policy: &WindowPolicy,
    refused_at: &[DateTime<Utc>],
    number_changed_at: &[DateTime<Utc>],
) -> Vec<DateTime<Utc>> {
    let moves = if policy.number_change_keeps_window { &[] } else { number_changed_at };
    [refused_at, moves].concat()
}

/// Start of the unbroken window that something sent at `at` fell into; none when no window was
/// open then.
pub fn window_opened_at(
    policy: &WindowPolicy,
    customer_at: &[DateTime<Utc>],
    refused_at: &[DateTime<Utc>],
    at: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let (facts, window) = window_before(policy, customer_at, refused_at, at);
    match window {
        ReplyWindow::Open { .. } | ReplyWindow::Unlimited => facts.opened_at,
        ReplyWindow::Closed { .. } => None,
    }
}

/// End of the last window before something sent at `at`; none when a window was open then, or when
/// none had ever been.
pub fn window_closed_since(
    policy: &WindowPolicy,
    customer_at: &[DateTime<Utc>],
    refused_at: &[DateTime<Utc>],
    at: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    match window_before(policy, customer_at, refused_at, at).1 {
        ReplyWindow::Closed { since, .. } => since,
        ReplyWindow::Open { .. } | ReplyWindow::Unlimited => None,
    }
}

/// The facts that were known at `at`, and the window they make.
fn window_before(
    policy: &WindowPolicy,
    customer_at: &[DateTime<Utc>],
    refused_at: &[DateTime<Utc>],
    at: DateTime<Utc>,
) -> (WindowFacts, ReplyWindow) {
    let until = |times: &[DateTime<Utc>]| times.iter().filter(|time| **time <= at).copied().collect::<Vec<_>>();
    let facts = window_facts(policy, &until(customer_at), &until(refused_at), None);
    let window = reply_window(policy, &facts, at);
    (facts, window)
}

/// Where the agent stands at `now`: by the inbox server's own statement if it made one that still
/// holds, otherwise by the facts.
pub fn reply_window(policy: &WindowPolicy, facts: &WindowFacts, now: DateTime<Utc>) -> ReplyWindow {
    let computed = computed(policy, facts, now);
    match verdict::that_holds(facts) {
        Some(said) => verdict::judged(&said, computed, now),
        None => computed,
    }
}

/// The last instant of the window that is open at `now`, the days for a person included; none
/// when none is open, or when it has no end.
pub fn ends_at(policy: &WindowPolicy, facts: &WindowFacts, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match reply_window(policy, facts, now) {
        ReplyWindow::Open { closes_at, .. } => {
            let stated = verdict::that_holds(facts).is_some();
            let last = facts.last_customer_at.zip(policy.reach_ms()).filter(|_| !stated);
            Some(last.map_or(closes_at, |(last, reach)| plus_ms(last, reach)))
        }
        ReplyWindow::Closed { .. } | ReplyWindow::Unlimited => None,
    }
}

/// Until when a reply that has waited may still leave the phone. None: no limit. An instant in
/// the past when the window is closed. `clock_error_ms` is how wrong this phone's idea of the
/// server's time may be. If the server's statement and the facts differ, the earlier end counts: no
/// person is there to decide, and too late is worse than asking.
pub fn sendable_until(policy: &WindowPolicy, facts: &WindowFacts, clock_error_ms: i64) -> Option<DateTime<Utc>> {
    let computed = policy.reach_ms().map(|reach| {
        let open_from = facts.last_customer_at.filter(|last| facts.refused_at.is_none_or(|refused| refused < *last));
        open_from.map_or(DateTime::UNIX_EPOCH, |last| margin_before(plus_ms(last, reach), clock_error_ms))
    });
    let said = verdict::that_holds(facts)
        .map(|said| said.closes_at.map_or(DateTime::UNIX_EPOCH, |end| margin_before(end, clock_error_ms)));
    computed.into_iter().chain(said).min()
}

fn margin_before(end: DateTime<Utc>, clock_error_ms: i64) -> DateTime<Utc> {
    plus_ms(end, MARGIN_MS.saturating_add(clock_error_ms.max(0)).saturating_neg())
}

/// Until when everything is free because the customer came by an advertisement or a page's
/// button: `free_ms` from the first answer, if that came within `answer_ms` of the customer's
/// coming (Meta, "Pricing", free entry points: 72 hours and 24). Changes the price, never the
/// permission to write. The latest one counts; none when no answer was in time.
pub fn free_entry_until(
    came_at: &[DateTime<Utc>],
    answered_at: &[DateTime<Utc>],
    answer_ms: i64,
    free_ms: i64,
) -> Option<DateTime<Utc>> {
    let in_time = came_at.iter().filter_map(|came| {
        let first = answered_at.iter().filter(|answer| **answer >= *came).min()?;
        (*first < plus_ms(*came, answer_ms)).then(|| plus_ms(*first, free_ms))
    });
    in_time.max()
}

/// The time to record for a refusal the provider answered at once: that of sending, floored to
/// the second, which is what the provider counts in. A customer's message in that very second
/// does not open the window again.
pub fn refusal_time(sent_at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(sent_at.timestamp(), 0).unwrap_or(sent_at)
}

/// A window in words.
pub fn phrase(window: &ReplyWindow) -> Phrase {
    match *window {
        ReplyWindow::Open { closes_at, human_agent: false } => {
            Phrase::new(PhraseKey::WindowOpenUntil).with("until", PhraseValue::At(closes_at))
        }
        ReplyWindow::Open { closes_at, human_agent: true } => {
            Phrase::new(PhraseKey::WindowHumanAgentUntil).with("until", PhraseValue::At(closes_at))
        }
        ReplyWindow::Unlimited => Phrase::new(PhraseKey::WindowUnlimited),
        ReplyWindow::Closed { since: Some(since), why: ClosedWhy::Refused } => {
            Phrase::new(PhraseKey::WindowRefused).with("since", PhraseValue::At(since))
        }
        ReplyWindow::Closed { since: Some(since), why: ClosedWhy::Ended | ClosedWhy::NeverOpened } => {
            Phrase::new(PhraseKey::WindowEnded).with("since", PhraseValue::At(since))
        }
        ReplyWindow::Closed { why: ClosedWhy::ServerSays, .. } => Phrase::new(PhraseKey::WindowClosedByServer),
        ReplyWindow::Closed { since: None, .. } => Phrase::new(PhraseKey::WindowNeverOpened),
    }
}
