//! How this phone and the server stand, for the screens.

use chrono::{DateTime, Utc};

use crate::model::Cursor;

/// How this phone and the server stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncStatus {
    /// Whether the server answers.
    pub state: SyncState,
    /// Whether the live stream is open: news come within a second.
    pub live: bool,
    /// When everything was here last, in the server's time.
    pub caught_up_at: Option<DateTime<Utc>>,
    /// How far the feed was read.
    pub cursor: Option<Cursor>,
}

/// Whether the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncState {
    /// Nothing is asked until [`super::Syncer::resume`].
    Paused,
    /// It has not answered since start or resume.
    Connecting,
    /// It answers and there is more to read.
    CatchingUp {
        /// The whole inbox is being read again, which takes longer.
        snapshot: bool,
    },
    /// It answered and everything is here.
    CaughtUp,
    /// A failure; it is retried without being asked.
    Waiting(Trouble),
    /// The keys are locked until the device is unlocked.
    Locked,
    /// The session has ended: the agent has to sign in.
    SignedOut,
}

/// What went wrong, by what a person could do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No network, or no server.
    NoAnswer,
    /// Something else answers, such as the sign-in page of a hotel network.
    NotOurs,
    /// The server asks to wait.
    Busy,
    /// The server refuses a valid request.
    Refused,
    /// The device has no room left.
    Full,
    /// The store cannot be read or written.
    Storage,
}
