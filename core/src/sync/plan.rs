//! What should be done next, from what is known?
//!
//! Pure: time, the number of the latest request and the live stream's state come in as
//! arguments. In this order: nothing while told to wait, a snapshot when the feed cannot go
//! on, changes when somebody asked or it is time to look, then what is stale, then sleep.

use std::time::Duration;

use super::backoff;
use super::status::{Connection, Trouble};

/// How often to look by itself while the live stream is down.
const POLL: Duration = Duration::from_secs(60);

/// And while it is open: its doorbell may be lost, too.
const POLL_WHILE_LIVE: Duration = Duration::from_secs(300);

/// A phone that is locked is asked again this often; unlocking usually brings the app in front.
const LOCKED: Duration = Duration::from_secs(30);

/// What is known. Times are boot times.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The latest request that a whole catching up began after.
    pub(super) answered: u64,
    snapshot: Snapshot,
    /// Nothing is stale, as far as was looked.
    tended: bool,
    /// Failures in a row.
    failures: u32,
    /// The wait after a failure; given up when the network comes back.
    retry_at: Option<Duration>,
    /// The wait the server asked for; kept whatever happens here.
    floor: Option<Duration>,
    /// When everything was here last.
    caught_up: Option<Duration>,
    held_up: Option<HeldUp>,
    /// The server has answered since start or resume.
    heard: bool,
    /// The inbox was read anew and the feed has not gone on from there yet.
    just_read_anew: bool,
}

/// Whether the feed has to begin anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Snapshot {
    #[default]
    No,
    /// Go on with the one that was begun, or begin one.
    GoOn,
    /// Begin one, whatever was begun.
    Anew,
}

/// Why nothing moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HeldUp {
    Trouble(Trouble),
    Locked,
    SignedOut,
}

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Read the next page of the feed.
    Changes,
    /// Read the next page of a snapshot: of the one that was begun, unless `anew`.
    Snapshot {
        /// Begin at the first page.
        anew: bool,
    },
    /// Fetch one thing that is stale or missing.
    Tend,
    /// Nothing, until then or until somebody asks.
    Wait {
        /// Boot time; none: for ever, unless somebody asks.
        until: Option<Duration>,
        /// Somebody asked and has to wait: the last attempt failed.
        failed: bool,
    },
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A page is in the store.
    Page {
        /// The number of the latest request when the page was asked for.
        asked: u64,
        /// More is waiting.
        more: bool,
    },
    /// The feed cannot go on from here.
    SnapshotNeeded,
    /// What was read is no good, and the same question would bring the same answer: the inbox
    /// has to be read anew. It counts as a failure, or two bad answers would chase each other.
    Unusable,
    /// A page of a snapshot is in the store.
    SnapshotPage {
        /// It was the last one.
        last: bool,
    },
    /// The snapshot that was begun cannot be gone on with.
    SnapshotLost,
    /// Something stale was looked after.
    Tended {
        /// There may be more of it.
        more: bool,
    },
    /// It did not work, and is tried again.
    Failed {
        /// Why.
        trouble: Trouble,
        /// The wait the server asked for.
        retry_after: Option<Duration>,
    },
    /// The keys are locked away.
    Locked,
    /// The session is over.
    SignedOut,
}

impl State {
    /// What to do now. `asked` is the number of the latest request to look.
    pub(super) fn next(&self, asked: u64, live: bool, now: Duration) -> Step {
        if self.held_up == Some(HeldUp::SignedOut) {
            return Step::Wait { until: None, failed: true };
        }
        let wait = self.retry_at.max(self.floor).filter(|until| *until > now);
        if wait.is_some() {
            return Step::Wait { until: wait, failed: asked > self.answered };
        }
        match self.snapshot {
            Snapshot::GoOn => return Step::Snapshot { anew: false },
            Snapshot::Anew => return Step::Snapshot { anew: true },
            Snapshot::No => {}
        }
        let look_at = self.caught_up.map(|at| at.saturating_add(if live { POLL_WHILE_LIVE } else { POLL }));
        if asked > self.answered || look_at.is_none_or(|at| at <= now) {
            return Step::Changes;
        }
        if !self.tended {
            return Step::Tend;
        }
        Step::Wait { until: look_at, failed: false }
    }

    /// Takes in how the step ended.
    pub(super) fn after(&mut self, outcome: Outcome, now: Duration, roll: u64) {
        match outcome {
            Outcome::Page { asked, more } => {
                self.well();
                self.just_read_anew = false;
                if !more {
                    self.answered = self.answered.max(asked);
                    self.caught_up = Some(now);
                    self.tended = false;
                    self.failures = 0;
                }
            }
            Outcome::SnapshotPage { last } => {
                self.well();
                self.snapshot = if last { Snapshot::No } else { Snapshot::GoOn };
                if last {
                    self.just_read_anew = true;
                    // Whoever waits wants what came after the snapshot, too.
                    self.caught_up = None;
                }
            }
            Outcome::SnapshotNeeded => {
                self.well();
                self.snapshot = Snapshot::GoOn;
                // The server honours the cursor of its own snapshot, or it is to be left alone a while.
                if self.just_read_anew {
                    self.failed(now, roll);
                }
            }
            Outcome::Unusable | Outcome::SnapshotLost => {
                self.snapshot = Snapshot::Anew;
                self.failed(now, roll);
            }
            Outcome::Tended { more } => {
                self.well();
                self.tended = !more;
            }
            Outcome::Failed { trouble, retry_after } => {
                self.failed(now, roll);
                self.held_up = Some(HeldUp::Trouble(trouble));
                if let Some(span) = retry_after {
                    self.floor = Some(now.saturating_add(span));
                }
            }
            Outcome::Locked => {
                self.held_up = Some(HeldUp::Locked);
                self.retry_at = Some(now.saturating_add(LOCKED));
            }
            Outcome::SignedOut => self.held_up = Some(HeldUp::SignedOut),
        }
    }

    fn well(&mut self) {
        self.held_up = None;
        self.retry_at = None;
        self.floor = None;
        self.heard = true;
    }

    fn failed(&mut self, now: Duration, roll: u64) {
        self.failures = self.failures.saturating_add(1);
        self.retry_at = Some(now.saturating_add(backoff::wait(self.failures, roll)));
    }

    /// The network is back, the app is in front, the phone was unlocked: the wait after a
    /// failure has lost its reason. The wait the server asked for has not.
    pub(super) fn hurry(&mut self) {
        self.retry_at = None;
        self.failures = 0;
    }

    /// Nothing was asked for a while: what was known of the connection says nothing any more.
    pub(super) fn resumed(&mut self) {
        self.hurry();
        self.heard = false;
        self.held_up = self.held_up.filter(|why| *why == HeldUp::SignedOut);
    }

    /// What to say of the connection.
    pub(super) fn connection(&self, asked: u64) -> Connection {
        match self.held_up {
            Some(HeldUp::SignedOut) => Connection::SignedOut,
            Some(HeldUp::Locked) => Connection::Locked,
            Some(HeldUp::Trouble(trouble)) => Connection::Waiting(trouble),
            None if !self.heard => Connection::Connecting,
            None if self.snapshot != Snapshot::No => Connection::CatchingUp { snapshot: true },
            None if self.caught_up.is_none() || asked > self.answered => Connection::CatchingUp { snapshot: false },
            None => Connection::CaughtUp,
        }
    }
}
