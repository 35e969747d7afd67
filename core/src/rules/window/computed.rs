//! Where does the window stand by the facts alone?

use chrono::{DateTime, Utc};

use crate::model::{WindowFacts, WindowPolicy};
use crate::rules::time::plus_ms;

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
    /// The provider refused a reply.
    Refused,
    /// The inbox server states it, whatever the facts say.
    ServerSays,
}

impl WindowPolicy {
    /// How long one may write after the customer's last message, all in all. None: no window.
    pub(super) fn reach_ms(&self) -> Option<i64> {
        self.length_ms.map(|length| length.max(self.human_agent_ms.unwrap_or(length)))
    }
}

/// The window at `now` by the facts.
///
/// A refusal stands until a later message of the customer, whatever the clock shows: what the provider
/// has judged cannot be in the future.
pub(super) fn computed(policy: &WindowPolicy, facts: &WindowFacts, now: DateTime<Utc>) -> ReplyWindow {
    let (Some(length), Some(reach)) = (policy.length_ms, policy.reach_ms()) else { return ReplyWindow::Unlimited };
    let Some(last) = facts.last_customer_at else {
        return ReplyWindow::Closed { since: None, why: ClosedWhy::NeverOpened };
    };
    let (standard_end, end) = (plus_ms(last, length), plus_ms(last, reach));
    if let Some(refused) = facts.refused_at.filter(|refused| (last..end).contains(refused)) {
        return ReplyWindow::Closed { since: Some(refused), why: ClosedWhy::Refused };
    }
    if now < standard_end {
        ReplyWindow::Open { closes_at: standard_end, human_agent: false }
    } else if now < end {
        ReplyWindow::Open { closes_at: end, human_agent: true }
    } else {
        ReplyWindow::Closed { since: Some(end), why: ClosedWhy::Ended }
    }
}
