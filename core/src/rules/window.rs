//! May the agent write freely to this customer now, and until when?
//!
//! WhatsApp lets a business answer freely for 24 hours after the customer's last message or
//! call (Meta, "Send messages", customer service windows). Only the customer opens or extends
//! the window; the provider's refusal (131047) closes it whatever we think. Messenger and
//! Instagram have 24 hours too, and then some days in which a person may still answer (Meta,
//! "Messenger Platform policy", human agent); the widget has no window. The lengths are data.

use chrono::{DateTime, Utc};

use crate::model::{Content, WindowFacts, WindowPolicy};

/// Where the agent stands at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyWindow {
    /// Free text goes until `closes_at`.
    Open {
        /// The first instant at which it does not go any more.
        closes_at: DateTime<Utc>,
        /// The standard window is over: only a person may answer, not a bot.
        human_agent: bool,
    },
    /// Only an approved template goes, where the channel has them; nothing of ours opens it again.
    Closed {
        /// Since when; none when it never was open.
        since: Option<DateTime<Utc>>,
        /// What closed it.
        why: ClosedWhy,
    },
    /// This channel has no window.
    Unlimited,
}

/// What closed a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClosedWhy {
    /// The customer has never written.
    NeverOpened,
    /// Its time was over.
    Ended,
    /// The provider refused a reply, whatever we thought.
    Refused,
}

/// Whether what a customer did opens or extends the window.
pub fn qualifies(policy: &WindowPolicy, content: &Content) -> bool {
    todo!("{policy:?} {content:?}")
}

/// The facts of a window, from the provider's times of the qualifying customer messages and of
/// the refused attempts. Any order, any repetition: the same facts.
pub fn window_facts(
    policy: &WindowPolicy,
    customer_at: &[DateTime<Utc>],
    refused_at: &[DateTime<Utc>],
    free_until: Option<DateTime<Utc>>,
) -> WindowFacts {
    todo!("{policy:?} {customer_at:?} {refused_at:?} {free_until:?}")
}

/// Where the agent stands at `now`.
pub fn reply_window(policy: &WindowPolicy, facts: &WindowFacts, now: DateTime<Utc>) -> ReplyWindow {
    todo!("{policy:?} {facts:?} {now:?}")
}

/// Until when a reply that has waited may still leave the phone. None: no limit. An instant in
/// the past when the window is closed.
pub fn sendable_until(policy: &WindowPolicy, facts: &WindowFacts, clock_error_ms: i64) -> Option<DateTime<Utc>> {
    todo!("{policy:?} {facts:?} {clock_error_ms:?}")
}

/// The time to record for a synchronous refusal: the provider counts in seconds.
pub fn refusal_time(sent_at: DateTime<Utc>) -> DateTime<Utc> {
    todo!("{sent_at:?}")
}
