//! Stand-ins until the rules and the session are merged; then these names are re-exports.

use chrono::{DateTime, Utc};

use crate::model::{AllowanceKind, Money, Phrase};

/// Where tokens are kept.
pub trait SecretStore: Send + Sync {}

/// What the composer shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Composer {
    /// Free text goes.
    Open {
        /// Until when.
        closes_at: Option<DateTime<Utc>>,
        /// Milliseconds left.
        remaining_ms: Option<i64>,
        /// Only a person may answer in this span.
        human_agent: bool,
    },
    /// Only a template goes.
    RestartOnly {
        /// Since when.
        since: Option<DateTime<Utc>>,
        /// Why.
        why: Phrase,
    },
    /// Nothing goes.
    Blocked {
        /// Why.
        why: Phrase,
    },
}

/// The attention dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dot {
    /// Nothing to do.
    None,
    /// New.
    Purple,
    /// Missed.
    Red,
}

/// What a message would cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quote {
    /// Nothing.
    Free,
    /// Paid already.
    Covered {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// An allowance pays.
    Allowance {
        /// Which.
        kind: AllowanceKind,
        /// How many are left.
        left: i64,
    },
    /// This much.
    Costs {
        /// How much.
        price: Money,
        /// Where.
        market: String,
        /// Whether it is an estimate.
        estimate: bool,
    },
    /// No price is known.
    NotPriced,
}
