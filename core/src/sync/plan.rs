//! What should be done next, from what is known?
//!
//! Pure: time, the number of the latest request and the live stream's state come in as arguments. In
//! this order: nothing during a wait, a snapshot if the feed cannot go on, changes if there is a
//! request or it is time to look, then repairs of what is stale, then sleep.

use std::time::Duration;

use super::status::{SyncState, Trouble};
use crate::rules::backoff::Failures;

/// How often to look by itself while the live stream is down.
const POLL: Duration = Duration::from_secs(60);

/// How often while it is open: its doorbell may be lost too.
const POLL_WHILE_LIVE: Duration = Duration::from_secs(300);

/// How often a locked phone tries again; unlocking usually brings the app to the front.
const LOCKED: Duration = Duration::from_secs(30);

/// What is known. Times are boot times.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The latest request before a complete catching up began.
    pub(super) answered: u64,
    snapshot: Snapshot,
    /// As far as is known, nothing is stale.
    repaired: bool,
    /// Failures in a row.
    failures: u32,
    /// The end of the wait after a failure; cancelled when the network comes back.
    retry_at: Option<Duration>,
    /// The end of the wait that the server asked for; kept whatever happens here.
    floor: Option<Duration>,
    /// When everything was here last.
    caught_up: Option<Duration>,
    held_up: Option<HeldUp>,
    /// The server has answered since start or resume.
    heard: bool,
    /// A snapshot was read, and the feed has not continued from there yet.
    just_after_snapshot: bool,
}

/// Whether a snapshot has to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Snapshot {
    #[default]
    No,
    /// Continue the one that was begun, or begin one.
    Continue,
    /// Begin one, whatever was begun.
    Restart,
}

/// Why nothing is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HeldUp {
    Trouble(Trouble),
    Locked,
    SignedOut,
}

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Job {
    /// Read the next page of the feed.
    Changes,
    /// Read the next page of a snapshot: of the one that was begun, unless `restart`.
    Snapshot {
        /// Begin at the first page.
        restart: bool,
    },
    /// Fetch one thing that is stale or missing.
    Repair,
    /// Nothing, until then or until the next request.
    Wait {
        /// Boot time. None: until the next request.
        until: Option<Duration>,
        /// A request has to wait: the last attempt failed.
        failed: bool,
    },
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JobResult {
    /// A page is in the store.
    Page {
        /// The number of the latest request when the page was asked for.
        asked: u64,
        /// More is waiting.
        more: bool,
    },
    /// The feed cannot go on from here.
    SnapshotNeeded,
    /// The answer is unusable, and the same question would bring the same answer: a snapshot has to be
    /// read. It counts as a failure, or two bad answers would follow each other without a wait.
    Unusable,
    /// A page of a snapshot is in the store.
    SnapshotPage {
        /// It was the last one.
        last: bool,
    },
    /// The snapshot that was begun cannot be continued.
    SnapshotLost,
    /// Something stale was repaired.
    Repaired {
        /// There may be more of it.
        more: bool,
    },
    /// It failed and is tried again.
    Failed {
        /// Why.
        trouble: Trouble,
        /// The wait the server asked for.
        retry_after: Option<Duration>,
    },
    /// The keys are locked.
    Locked,
    /// The session is over.
    SignedOut,
}

impl State {
    /// What to do now. `asked` is the number of the latest request.
    pub(super) fn next(&self, asked: u64, live: bool, now: Duration) -> Job {
        if self.held_up == Some(HeldUp::SignedOut) {
            return Job::Wait { until: None, failed: true };
        }
        let wait = self.retry_at.max(self.floor).filter(|until| *until > now);
        if wait.is_some() {
            return Job::Wait { until: wait, failed: asked > self.answered };
        }
        match self.snapshot {
            Snapshot::Continue => return Job::Snapshot { restart: false },
            Snapshot::Restart => return Job::Snapshot { restart: true },
            Snapshot::No => {}
        }
        let look_at = self.caught_up.map(|at| at.saturating_add(if live { POLL_WHILE_LIVE } else { POLL }));
        if asked > self.answered || look_at.is_none_or(|at| at <= now) {
            return Job::Changes;
        }
        if !self.repaired {
            return Job::Repair;
        }
        Job::Wait { until: look_at, failed: false }
    }

    /// Records how a job ended. `random` chooses the wait after a failure.
    pub(super) fn after(&mut self, outcome: JobResult, now: Duration, random: u64) {
        match outcome {
            JobResult::Page { asked, more } => {
                self.well();
                self.just_after_snapshot = false;
                if !more {
                    self.answered = self.answered.max(asked);
                    self.caught_up = Some(now);
                    self.repaired = false;
                    self.failures = 0;
                }
            }
            JobResult::SnapshotPage { last } => {
                self.well();
                self.snapshot = if last { Snapshot::No } else { Snapshot::Continue };
                if last {
                    self.just_after_snapshot = true;
                    // A waiting request wants what came after the snapshot too.
                    self.caught_up = None;
                }
            }
            JobResult::SnapshotNeeded => {
                self.well();
                self.snapshot = Snapshot::Continue;
                // A server that refuses the cursor of its own snapshot is left alone for a while.
                if self.just_after_snapshot {
                    self.failed(now, random);
                }
            }
            JobResult::Unusable | JobResult::SnapshotLost => {
                self.snapshot = Snapshot::Restart;
                self.failed(now, random);
            }
            JobResult::Repaired { more } => {
                self.well();
                self.repaired = !more;
            }
            JobResult::Failed { trouble, retry_after } => {
                self.failed(now, random);
                self.held_up = Some(HeldUp::Trouble(trouble));
                // After any failure the feed is asked first, before anything stale is repaired.
                self.caught_up = None;
                if let Some(span) = retry_after {
                    self.floor = Some(now.saturating_add(span));
                }
            }
            JobResult::Locked => {
                self.held_up = Some(HeldUp::Locked);
                self.retry_at = Some(now.saturating_add(LOCKED));
            }
            JobResult::SignedOut => self.held_up = Some(HeldUp::SignedOut),
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

    /// The network is back, the app is in front, the phone was unlocked: the wait after a failure ends.
    /// The wait that the server asked for does not.
    pub(super) fn hurry(&mut self) {
        self.retry_at = None;
        self.failures = 0;
    }

    /// Nothing was asked for a while: what was known of the server is outdated.
    pub(super) fn resumed(&mut self) {
        self.hurry();
        self.heard = false;
        self.held_up = self.held_up.filter(|why| *why == HeldUp::SignedOut);
    }

    /// How this phone and the server stand.
    pub(super) fn sync_state(&self, asked: u64) -> SyncState {
        match self.held_up {
            Some(HeldUp::SignedOut) => SyncState::SignedOut,
            Some(HeldUp::Locked) => SyncState::Locked,
            Some(HeldUp::Trouble(trouble)) => SyncState::Waiting(trouble),
            None if !self.heard => SyncState::Connecting,
            None if self.snapshot != Snapshot::No => SyncState::CatchingUp { snapshot: true },
            None if self.caught_up.is_none() || asked > self.answered => SyncState::CatchingUp { snapshot: false },
            None => SyncState::CaughtUp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    const CHANGES: Job = Job::Changes;
    const SLEEP: Job = Job::Wait { until: Some(Duration::from_secs(160)), failed: false };

    fn page(asked: u64) -> JobResult {
        JobResult::Page { asked, more: false }
    }

    fn no_answer() -> JobResult {
        JobResult::Failed { trouble: Trouble::NoAnswer, retry_after: None }
    }

    fn busy(wait: u64) -> JobResult {
        JobResult::Failed { trouble: Trouble::Busy, retry_after: Some(secs(wait)) }
    }

    /// The shortest wait after a failure, and the longest.
    const NO_WAIT: u64 = 0;
    const LONGEST: u64 = u64::MAX;

    /// What is known at second 100 after these outcomes, all of that second.
    fn after(outcomes: &[JobResult], random: u64) -> State {
        let mut state = State::default();
        for outcome in outcomes {
            state.after(*outcome, secs(100), random);
        }
        state
    }

    const REPAIRED: JobResult = JobResult::Repaired { more: false };

    #[test]
    fn the_next_step_follows_from_what_happened() {
        use JobResult::{Repaired, SnapshotLost, SnapshotNeeded, SnapshotPage};
        let table: &[(&str, &[JobResult], u64, Job)] = &[
            ("at the start, look", &[], 0, CHANGES),
            ("more is waiting", &[JobResult::Page { asked: 1, more: true }], 1, CHANGES),
            ("all is here: repair what is stale", &[page(1)], 1, Job::Repair),
            ("there is more of it", &[page(1), Repaired { more: true }], 1, Job::Repair),
            ("nothing is stale: sleep until it is time to look", &[page(1), REPAIRED], 1, SLEEP),
            ("a request came while the page was on its way", &[page(1)], 2, CHANGES),
            ("a request came during a repair", &[page(1), Repaired { more: true }], 2, CHANGES),
            ("the feed cannot go on", &[SnapshotNeeded], 1, Job::Snapshot { restart: false }),
            (
                "the snapshot goes on",
                &[SnapshotNeeded, SnapshotPage { last: false }],
                1,
                Job::Snapshot { restart: false },
            ),
            ("after it the feed goes on", &[SnapshotNeeded, SnapshotPage { last: true }], 1, CHANGES),
            ("also if all was here before", &[page(1), SnapshotNeeded, SnapshotPage { last: true }], 1, CHANGES),
            (
                "what was begun is lost: begin again",
                &[SnapshotNeeded, SnapshotLost],
                1,
                Job::Snapshot { restart: true },
            ),
            (
                "and go on with the new one",
                &[SnapshotLost, SnapshotPage { last: false }],
                1,
                Job::Snapshot { restart: false },
            ),
            ("an unusable page is not asked for again", &[JobResult::Unusable], 1, Job::Snapshot { restart: true }),
            ("the session is over", &[JobResult::SignedOut], 9, Job::Wait { until: None, failed: true }),
        ];
        for (what, outcomes, asked, step) in table {
            assert_eq!(after(outcomes, NO_WAIT).next(*asked, false, secs(100)), *step, "{what}");
        }
    }

    #[test]
    fn after_failures_the_wait_doubles_and_an_answer_ends_it() {
        let state = after(&[no_answer(), no_answer(), no_answer()], LONGEST);
        let wait = Job::Wait { until: Some(secs(102)), failed: true };
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
    fn the_wait_that_the_server_asked_for_is_kept() {
        let mut state = after(&[busy(30)], LONGEST);
        state.hurry();
        assert_eq!(state.next(1, false, secs(129)), Job::Wait { until: Some(secs(130)), failed: true });
        assert_eq!(state.next(1, false, secs(130)), CHANGES);
        // Less than the wait that would have been chosen anyway: that one counts.
        let state = after(&[no_answer(), no_answer(), busy(1)], LONGEST);
        assert_eq!(state.next(1, false, secs(101)), Job::Wait { until: Some(secs(102)), failed: true });
    }

    #[test]
    fn a_phone_looks_sooner_by_itself_if_no_doorbell_can_ring() {
        let state = after(&[page(1), REPAIRED], NO_WAIT);
        assert_eq!(state.next(1, false, secs(160)), CHANGES);
        assert_eq!(state.next(1, true, secs(160)), Job::Wait { until: Some(secs(400)), failed: false });
        assert_eq!(state.next(1, true, secs(400)), CHANGES);
    }

    #[test]
    fn between_two_snapshots_in_a_row_there_is_a_wait() {
        let state = after(&[JobResult::SnapshotPage { last: true }, JobResult::SnapshotNeeded], LONGEST);
        assert_eq!(state.next(1, false, secs(100)), Job::Wait { until: Some(secs(100) + secs(1) / 2), failed: true });
    }

    #[test]
    fn between_two_unusable_pages_there_is_a_wait() {
        let round = [JobResult::Unusable, JobResult::SnapshotPage { last: true }];
        let state = after(&[round, round, round].concat(), NO_WAIT);
        assert_eq!(state.failures, 3, "only catching up forgets failures");
    }

    #[test]
    fn a_locked_phone_tries_again_later_or_when_it_is_unlocked() {
        let mut state = after(&[JobResult::Locked], NO_WAIT);
        assert_eq!(state.next(1, false, secs(100)), Job::Wait { until: Some(secs(130)), failed: true });
        state.hurry();
        assert_eq!(state.next(1, false, secs(100)), CHANGES);
    }

    #[test]
    fn the_state_shown_is_what_happened_last() {
        let table: &[(&[JobResult], u64, SyncState)] = &[
            (&[], 1, SyncState::Connecting),
            (&[JobResult::Page { asked: 1, more: true }], 1, SyncState::CatchingUp { snapshot: false }),
            (&[JobResult::SnapshotNeeded], 1, SyncState::CatchingUp { snapshot: true }),
            (
                &[JobResult::SnapshotNeeded, JobResult::SnapshotPage { last: true }],
                1,
                SyncState::CatchingUp { snapshot: false },
            ),
            (&[page(1)], 1, SyncState::CaughtUp),
            (&[page(1)], 2, SyncState::CatchingUp { snapshot: false }),
            (&[page(1), no_answer()], 1, SyncState::Waiting(Trouble::NoAnswer)),
            (&[no_answer(), page(1)], 1, SyncState::CaughtUp),
            (&[JobResult::Locked], 1, SyncState::Locked),
            (&[JobResult::SignedOut], 1, SyncState::SignedOut),
        ];
        for (outcomes, asked, connection) in table {
            assert_eq!(after(outcomes, NO_WAIT).sync_state(*asked), *connection, "{outcomes:?}");
        }
    }

    #[test]
    fn after_a_pause_only_the_end_of_the_session_is_still_known() {
        let mut state = after(&[page(1), no_answer()], LONGEST);
        state.resumed();
        assert_eq!((state.sync_state(2), state.next(2, false, secs(100))), (SyncState::Connecting, CHANGES));
        let mut state = after(&[JobResult::SignedOut], NO_WAIT);
        state.resumed();
        assert_eq!(state.sync_state(1), SyncState::SignedOut);
    }
}
