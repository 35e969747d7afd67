use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ChannelId, ms};

/// What an agent wants to be notified of on this phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct NotificationPreferences {
    /// Messages in conversations assigned to me.
    pub mine: bool,
    /// Messages in conversations that are not assigned.
    pub unassigned: bool,
    /// Comments that call me.
    pub mentions: bool,
    /// Numbers and pages that notify only of comments that mention me.
    pub muted_channels: Vec<ChannelId>,
    /// When no notification is shown.
    pub quiet_hours: Option<QuietHours>,
    /// How long before a window closes a reminder comes while its customer waits, in
    /// milliseconds; empty: never.
    pub remind_before_ms: Vec<i64>,
}

impl Default for NotificationPreferences {
    fn default() -> Self {
        const MINUTE_MS: i64 = 60_000;
        Self {
            mine: true,
            unassigned: true,
            mentions: true,
            muted_channels: Vec::new(),
            quiet_hours: None,
            remind_before_ms: vec![120 * MINUTE_MS, 30 * MINUTE_MS],
        }
    }
}

/// A part of each day without notifications, by local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct QuietHours {
    /// Its beginning, in minutes after midnight (1320 is 22:00).
    pub from_minute: u16,
    /// Its end, on the next day when it is not later than the beginning; the same minute as the
    /// beginning: never quiet.
    pub until_minute: u16,
}

/// The wall clock of a place: its offset, and when that changes. The phone's system knows; a rule
/// has no table of time zones that could be out of date.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WallClock {
    /// Minutes east of UTC before the first change.
    pub utc_offset_minutes: i32,
    /// The changes to come (summer time), in order.
    #[serde(default)]
    pub changes: Vec<OffsetChange>,
}

impl WallClock {
    /// A clock that never changes.
    pub fn fixed(utc_offset_minutes: i32) -> Self {
        Self { utc_offset_minutes, changes: Vec::new() }
    }
}

/// The clocks are put forward or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct OffsetChange {
    /// When.
    #[serde(with = "ms::at")]
    pub at: DateTime<Utc>,
    /// Minutes east of UTC from then on.
    pub utc_offset_minutes: i32,
}
