//! What became of my message, and how does it look now?

use chrono::{DateTime, Utc};

use super::failure::Failure;
use crate::model::{ChannelCapabilities, ChannelKind, DeliveryFact, Phrase};

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

/// The colour of a bubble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bubble {
    /// Not known to be read.
    Grey,
    /// Read.
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
    pub bubble: Bubble,
    /// Whether the tick flashes beside the name.
    pub tick: bool,
    /// *(not seen)*, *(seen)* or why it failed.
    pub note: Option<Phrase>,
    /// Why it failed and what can be done.
    pub failure: Option<Failure>,
    /// The provider reported both a failure and a delivery of one attempt.
    pub contradiction: bool,
    /// The state in words, for a screen reader.
    pub label: Phrase,
    /// When the look changes by itself; none when only a new report changes it.
    pub valid_until: Option<DateTime<Utc>>,
}

/// The union of two sets of reports, in canonical order.
pub fn join(held: &[DeliveryFact], new: &[DeliveryFact]) -> Vec<DeliveryFact> {
    todo!("{held:?} {new:?}")
}

/// How far the newest attempt came, and which one that is (0: nothing was reported).
pub fn progress(facts: &[DeliveryFact]) -> (u32, DeliveryState) {
    todo!("{facts:?}")
}

/// How a message of ours looks at `now`.
pub fn shown(facts: &[KnownFact], kind: ChannelKind, channel: &ChannelCapabilities, now: DateTime<Utc>) -> Shown {
    todo!("{facts:?} {kind:?} {channel:?} {now:?}")
}
