//! What should be done next, from what is known?
//!
//! Pure: time, the number of the latest request and the live stream's state come in as
//! arguments. In this order: nothing while told to wait, a snapshot when the feed cannot go
//! on, changes when somebody asked or it is time to look, then what is stale, then sleep.

use std::time::Duration;

use super::status::{Connection, Trouble};
use crate::rules::backoff::Failures;

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
    pub(super) fn after(&mut self, outcome: Outcome, now: Duration, random: u64) {
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
                    self.failed(now, random);
                }
            }
            Outcome::Unusable | Outcome::SnapshotLost => {
                self.snapshot = Snapshot::Anew;
                self.failed(now, random);
            }
            Outcome::Tended { more } => {
                self.well();
                self.tended = !more;
            }
            Outcome::Failed { trouble, retry_after } => {
                self.failed(now, random);
                self.held_up = Some(HeldUp::Trouble(trouble));
                // Whatever failed: the feed is asked first, before something stale is tended to again.
                self.caught_up = None;
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

    fn failed(&mut self, now: Duration, random: u64) {
        self.failures = self.failures.saturating_add(1);
        let wait_ms = Failures { count: self.failures, random }.wait_ms();
        self.retry_at = Some(now.saturating_add(Duration::from_millis(wait_ms)));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    const CHANGES: Step = Step::Changes;
    const SLEEP: Step = Step::Wait { until: Some(Duration::from_secs(160)), failed: false };

    fn page(asked: u64) -> Outcome {
        Outcome::Page { asked, more: false }
    }

    fn no_answer() -> Outcome {
        Outcome::Failed { trouble: Trouble::NoAnswer, retry_after: None }
    }

    fn busy(wait: u64) -> Outcome {
        Outcome::Failed { trouble: Trouble::Busy, retry_after: Some(secs(wait)) }
    }

    /// The shortest wait after a failure, and the longest.
    const NO_WAIT: u64 = 0;
    const LONGEST: u64 = u64::MAX;

    /// What is known at second 100 after these outcomes, all of that second.
    fn after(outcomes: &[Outcome], random: u64) -> State {
        let mut state = State::default();
        for outcome in outcomes {
            state.after(*outcome, secs(100), random);
        }
        state
    }

    const TENDED: Outcome = Outcome::Tended { more: false };

    #[test]
    fn the_next_step_follows_from_what_happened() {
        use Outcome::{SnapshotLost, SnapshotNeeded, SnapshotPage, Tended};
        let table: &[(&str, &[Outcome], u64, Step)] = &[
            ("at the start, look", &[], 0, CHANGES),
            ("more is waiting", &[Outcome::Page { asked: 1, more: true }], 1, CHANGES),
            ("all is here: tend to what is stale", &[page(1)], 1, Step::Tend),
            ("there is more of it", &[page(1), Tended { more: true }], 1, Step::Tend),
            ("nothing is stale: sleep until it is time to look", &[page(1), TENDED], 1, SLEEP),
            ("somebody asked while the page was on its way", &[page(1)], 2, CHANGES),
            ("somebody asked while tending", &[page(1), Tended { more: true }], 2, CHANGES),
            ("the feed cannot go on", &[SnapshotNeeded], 1, Step::Snapshot { anew: false }),
            (
                "the snapshot goes on",
                &[SnapshotNeeded, SnapshotPage { last: false }],
                1,
                Step::Snapshot { anew: false },
            ),
            ("after it the feed goes on", &[SnapshotNeeded, SnapshotPage { last: true }], 1, CHANGES),
            ("even if all was here before", &[page(1), SnapshotNeeded, SnapshotPage { last: true }], 1, CHANGES),
            ("what was begun is lost: begin anew", &[SnapshotNeeded, SnapshotLost], 1, Step::Snapshot { anew: true }),
            (
                "and go on with the new one",
                &[SnapshotLost, SnapshotPage { last: false }],
                1,
                Step::Snapshot { anew: false },
            ),
            ("a page that is no good is not asked for again", &[Outcome::Unusable], 1, Step::Snapshot { anew: true }),
            ("the session is over", &[Outcome::SignedOut], 9, Step::Wait { until: None, failed: true }),
        ];
        for (what, outcomes, asked, step) in table {
            assert_eq!(after(outcomes, NO_WAIT).next(*asked, false, secs(100)), *step, "{what}");
        }
    }

    #[test]
    fn after_failures_the_wait_doubles_and_an_answer_ends_it() {
        let state = after(&[no_answer(), no_answer(), no_answer()], LONGEST);
        let wait = Step::Wait { until: Some(secs(102)), failed: true };
        assert_eq!(state.next(1, false, secs(100)), wait);
        assert_eq!(state.next(1, false, secs(102)), CHANGES);
        assert_eq!(
            after(&[no_answer(), no_answer(), page(1), no_answer()], LONGEST).retry_at,
            Some(secs(100) + secs(1) / 2)
        );
    }

    #[test]
    fn the_network_coming_back_ends_the_wait_at_once() {
        let mut state = after(&[no_answer(), no_answer(), no_answer()], LONGEST);
        state.hurry();
        assert_eq!(state.next(1, false, secs(100)), CHANGES);
    }

    #[test]
    fn the_wait_the_server_asked_for_is_kept_whatever_happens_here() {
        let mut state = after(&[busy(30)], LONGEST);
        state.hurry();
        assert_eq!(state.next(1, false, secs(129)), Step::Wait { until: Some(secs(130)), failed: true });
        assert_eq!(state.next(1, false, secs(130)), CHANGES);
        // Less than the wait that would have been chosen anyway: that one counts.
        let state = after(&[no_answer(), no_answer(), busy(1)], LONGEST);
        assert_eq!(state.next(1, false, secs(101)), Step::Wait { until: Some(secs(102)), failed: true });
    }

    #[test]
    fn a_phone_looks_by_itself_sooner_when_no_doorbell_can_ring() {
        let state = after(&[page(1), TENDED], NO_WAIT);
        assert_eq!(state.next(1, false, secs(160)), CHANGES);
        assert_eq!(state.next(1, true, secs(160)), Step::Wait { until: Some(secs(400)), failed: false });
        assert_eq!(state.next(1, true, secs(400)), CHANGES);
    }

    #[test]
    fn a_server_that_wants_one_snapshot_after_another_is_not_asked_without_pause() {
        let state = after(&[Outcome::SnapshotPage { last: true }, Outcome::SnapshotNeeded], LONGEST);
        assert_eq!(state.next(1, false, secs(100)), Step::Wait { until: Some(secs(100) + secs(1) / 2), failed: true });
    }

    #[test]
    fn pages_that_are_no_good_are_not_asked_for_without_pause() {
        let round = [Outcome::Unusable, Outcome::SnapshotPage { last: true }];
        let state = after(&[round, round, round].concat(), NO_WAIT);
        assert_eq!(state.failures, 3, "only catching up forgets failures");
    }

    #[test]
    fn a_locked_phone_is_asked_again_later_or_when_somebody_unlocks_it() {
        let mut state = after(&[Outcome::Locked], NO_WAIT);
        assert_eq!(state.next(1, false, secs(100)), Step::Wait { until: Some(secs(130)), failed: true });
        state.hurry();
        assert_eq!(state.next(1, false, secs(100)), CHANGES);
    }

    #[test]
    fn the_connection_is_what_happened_last() {
        let table: &[(&[Outcome], u64, Connection)] = &[
            (&[], 1, Connection::Connecting),
            (&[Outcome::Page { asked: 1, more: true }], 1, Connection::CatchingUp { snapshot: false }),
            (&[Outcome::SnapshotNeeded], 1, Connection::CatchingUp { snapshot: true }),
            (
                &[Outcome::SnapshotNeeded, Outcome::SnapshotPage { last: true }],
                1,
                Connection::CatchingUp { snapshot: false },
            ),
            (&[page(1)], 1, Connection::CaughtUp),
            (&[page(1)], 2, Connection::CatchingUp { snapshot: false }),
            (&[page(1), no_answer()], 1, Connection::Waiting(Trouble::NoAnswer)),
            (&[no_answer(), page(1)], 1, Connection::CaughtUp),
            (&[Outcome::Locked], 1, Connection::Locked),
            (&[Outcome::SignedOut], 1, Connection::SignedOut),
        ];
        for (outcomes, asked, connection) in table {
            assert_eq!(after(outcomes, NO_WAIT).connection(*asked), *connection, "{outcomes:?}");
        }
    }

    #[test]
    fn after_a_pause_nothing_is_known_of_the_connection_save_that_the_session_is_over() {
        let mut state = after(&[page(1), no_answer()], LONGEST);
        state.resumed();
        assert_eq!((state.connection(2), state.next(2, false, secs(100))), (Connection::Connecting, CHANGES));
        let mut state = after(&[Outcome::SignedOut], NO_WAIT);
        state.resumed();
        assert_eq!(state.connection(1), Connection::SignedOut);
    }
}
