//! What happened inside, for the person who has to find out why something did not work.
//!
//! A record is a code and its causes: which call, which kind of failure, which state. Its facts are
//! words of this source, numbers and the server's host, by type: no name, number, text, token or
//! path of an address can get into one.
//!
//! Lives here: the records, the sink an app may give, and the last failures, kept in memory for a
//! diagnosis. Does not live here: what is worth a record (each room says that where it happens).

mod cause;
mod record;
mod sink;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::clock::SharedClock;

pub use cause::Cause;
pub use record::{Fact, LogLevel, LogRecord};
pub use sink::LogSink;
pub(crate) use sink::deliver;

/// How many failures are kept for a diagnosis.
const KEPT_FAILURES: usize = 20;

/// How many records wait for a slow sink. What comes after is dropped and counted.
const WAITING_RECORDS: usize = 1_000;

/// Where records go. Clones share it.
#[derive(Clone)]
pub struct Log(Arc<Shared>);

struct Shared {
    clock: SharedClock,
    level: LogLevel,
    records: Option<mpsc::Sender<LogRecord>>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    failures: VecDeque<(LogRecord, Option<Cause>)>,
    dropped: i64,
}

impl Log {
    /// A log that only keeps the last failures.
    #[must_use]
    pub fn without_sink(clock: SharedClock) -> Self {
        Self::new(clock, LogLevel::Warning, None)
    }

    /// A log whose records, up to `level`, are for a sink: [`deliver`] takes them from the receiver.
    pub(crate) fn with_sink(clock: SharedClock, level: LogLevel) -> (Self, mpsc::Receiver<LogRecord>) {
        let (records, receiver) = mpsc::channel(WAITING_RECORDS);
        (Self::new(clock, level, Some(records)), receiver)
    }

    fn new(clock: SharedClock, level: LogLevel, records: Option<mpsc::Sender<LogRecord>>) -> Self {
        Self(Arc::new(Shared { clock, level, records, kept: Mutex::default() }))
    }

    /// Something that should never happen; a bug, or a disk that fails.
    pub fn error(&self, event: &'static str, facts: &[(&'static str, Fact)]) {
        self.put(LogLevel::Error, event, facts);
    }

    /// Something did not work, and is tried again or asked about.
    pub fn warning(&self, event: &'static str, facts: &[(&'static str, Fact)]) {
        self.put(LogLevel::Warning, event, facts);
    }

    /// Something of interest when one looks for a cause: a start, a pause, a decision of the queue.
    pub fn info(&self, event: &'static str, facts: &[(&'static str, Fact)]) {
        self.put(LogLevel::Info, event, facts);
    }

    /// Every call and every step.
    pub fn debug(&self, event: &'static str, facts: &[(&'static str, Fact)]) {
        self.put(LogLevel::Debug, event, facts);
    }

    fn put(&self, level: LogLevel, event: &'static str, facts: &[(&'static str, Fact)]) {
        let sink = self.0.records.as_ref().filter(|_| level <= self.0.level);
        let failure = level <= LogLevel::Warning;
        if sink.is_none() && !failure {
            return;
        }
        let record = LogRecord::new(self.0.clock.wall(), level, event, facts);
        let dropped = sink.is_some_and(|sink| sink.try_send(record.clone()).is_err());
        if failure || dropped {
            let mut kept = self.kept();
            kept.dropped = kept.dropped.saturating_add(i64::from(dropped));
            if failure {
                if kept.failures.len() == KEPT_FAILURES {
                    kept.failures.pop_front();
                }
                let cause = facts.iter().find_map(|(_, fact)| match fact {
                    Fact::Cause(cause) => Some(*cause),
                    Fact::Word(_) | Fact::Number(_) | Fact::Host(_) => None,
                });
                kept.failures.push_back((record, cause));
            }
        }
    }

    /// The last failures with their causes, oldest first.
    #[must_use]
    pub fn last_failures(&self) -> Vec<(LogRecord, Option<Cause>)> {
        self.kept().failures.iter().cloned().collect()
    }

    /// How many records a slow sink has missed.
    #[must_use]
    pub fn dropped(&self) -> i64 {
        self.kept().dropped
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Whole records: a panic elsewhere cannot leave one half written.
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn clock() -> SharedClock {
        Arc::new(ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap()))
    }

    #[test]
    fn the_last_failures_are_kept_without_a_sink_and_what_is_no_failure_is_not() {
        let log = Log::without_sink(clock());
        for tries in 0..25 {
            log.warning("call_failed", &[("tries", Fact::Number(tries))]);
            log.info("resumed", &[]);
        }
        let kept = log.last_failures();
        assert_eq!(kept.len(), KEPT_FAILURES);
        assert_eq!(kept[0].0.line, "call_failed tries=5");
    }

    #[test]
    fn a_sink_gets_what_its_level_includes_and_a_slow_one_never_holds_anybody_up() {
        let (log, mut records) = Log::with_sink(clock(), LogLevel::Info);
        log.debug("step", &[]);
        log.info("paused", &[]);
        assert_eq!(records.try_recv().unwrap().code, "paused");
        for _ in 0..WAITING_RECORDS + 7 {
            log.info("paused", &[]);
        }
        assert_eq!(log.dropped(), 7);
    }
}
