//! What can be said of the connection.

use chrono::{DateTime, Utc};

use crate::model::Cursor;

/// How this phone and the server stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncStatus {
    /// Whether the server answers.
    pub connection: Connection,
    /// Whether the live stream is open: news come within a second.
    pub live: bool,
    /// When everything was here last, in the server's time.
    pub caught_up_at: Option<DateTime<Utc>>,
    /// How far the feed was read.
    pub cursor: Option<Cursor>,
}

/// Whether the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Nothing is asked until [`super::Syncer::resume`].
    Paused,
    /// It has not answered since start or resume.
    Connecting,
    /// It answers and there is more to read.
    CatchingUp {
        /// The inbox is being read anew, which takes longer.
        snapshot: bool,
    },
    /// It answered and everything is here.
    CaughtUp,
    /// It is tried again by itself.
    Waiting(Trouble),
    /// The keys are locked away until the device is unlocked.
    Locked,
    /// The session was ended: somebody has to sign in.
    SignedOut,
}

/// What went wrong, by what a person could do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No network, or no server.
    NoAnswer,
    /// Something else answers, such as the sign-in page of a hotel's network.
    NotOurs,
    /// The server asks to wait.
    Busy,
    /// The server refuses what it should not.
    Refused,
    /// The device has no room left.
    Full,
    /// The store cannot be read or written.
    Storage,
}
