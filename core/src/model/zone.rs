use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ms;

/// A time zone as data: what the clocks are ahead of UTC, and when that changes. Whoever knows the
/// zone's rules (a server) passes the changes in; nothing here carries a database of zones, which
/// would weigh more than all the rules together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Minutes ahead of UTC before the first change.
    pub utc_offset_minutes: i32,
    /// The changes, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<OffsetChange>,
}

/// The clocks change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OffsetChange {
    /// From when.
    #[serde(with = "ms::at")]
    pub from: DateTime<Utc>,
    /// Minutes ahead of UTC from then on.
    pub utc_offset_minutes: i32,
}

impl Zone {
    /// A zone whose clocks never change.
    pub fn fixed(utc_offset_minutes: i32) -> Self {
        Self { utc_offset_minutes, changes: Vec::new() }
    }
}
