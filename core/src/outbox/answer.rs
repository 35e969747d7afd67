//! What does an answer about a command mean for it?

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::machine::is_read_mark;
use crate::backend::{BackendError, CommandState, Rejection, Rows};
use crate::model::{DecisionReason, OutboxEntry, OutboxState, Row, Versioned};
use crate::rules::time::{plus, plus_ms};

/// The first pause after a failure; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How soon a command that is being executed is asked for again.
const PENDING_PAUSE: TimeDelta = TimeDelta::seconds(1);

/// What becomes of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Executed, and its rows are here: it is over.
    Done,
    /// It never executes, and nobody needs to hear of it.
    Dropped,
    /// It stands here now.
    Now(OutboxState),
    /// Nobody knows yet: ask for the key, not before this.
    AskAgain {
        /// Not before.
        at: DateTime<Utc>,
    },
}

/// What the answer says besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    /// What becomes of the command.
    pub(crate) verdict: Verdict,
    /// Rows to apply before the verdict is written.
    pub(crate) rows: Option<Rows>,
    /// There was no answer: no use in trying the other commands now.
    pub(crate) offline: bool,
    /// The server does not have the attachment after all.
    pub(crate) upload_again: bool,
}

impl Reading {
    fn of(verdict: Verdict) -> Self {
        Self { verdict, rows: None, offline: false, upload_again: false }
    }

    fn with_rows(verdict: Verdict, rows: Rows) -> Self {
        Self { rows: Some(rows), ..Self::of(verdict) }
    }
}

/// What the server was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To execute the command.
    Send,
    /// What became of a command that may have been executed. When the *question* fails, nothing is
    /// known of the command that was not known before.
    Fate,
}

/// How often in a row it went wrong, and what chance adds to the pause that follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tries {
    /// Failures in a row, this one included.
    pub(crate) failures: u32,
    /// A random share between 0 and 1.
    pub(crate) jitter: f64,
}

/// Reads an answer about a command.
pub(crate) fn read(
    entry: &OutboxEntry,
    asked: Asked,
    answer: Result<CommandState, BackendError>,
    now: DateTime<Utc>,
    tries: Tries,
) -> Reading {
    let later = plus(now, PENDING_PAUSE.max(pause(tries.failures, tries.jitter)));
    let has_been_accepted = entry.state == OutboxState::Accepted;
    match answer {
        Ok(CommandState::Applied(rows)) => Reading::with_rows(Verdict::Done, rows),
        // With its row here, the row's delivery reports say how it ends.
        Ok(CommandState::Accepted(rows)) if rows.rows.iter().any(is_message) => Reading::with_rows(Verdict::Done, rows),
        Ok(CommandState::Accepted(rows)) if has_been_accepted => {
            Reading::with_rows(Verdict::AskAgain { at: later }, rows)
        }
        Ok(CommandState::Accepted(rows)) => Reading::with_rows(Verdict::Now(OutboxState::Accepted), rows),
        Ok(CommandState::Ambiguous(rows)) => {
            Reading::with_rows(Verdict::Now(decision(DecisionReason::Ambiguous, now)), rows)
        }
        Ok(CommandState::Pending) => Reading::of(Verdict::AskAgain { at: later }),
        Ok(CommandState::Cancelled) => Reading::of(Verdict::Dropped),
        // The server had it, and says that it never had: sent again by itself it could go out twice.
        Ok(CommandState::NotFound) if has_been_accepted => {
            Reading::of(Verdict::Now(decision(DecisionReason::Ambiguous, now)))
        }
        Ok(CommandState::NotFound) => Reading::of(Verdict::Now(OutboxState::Queued { not_before: None })),
        Ok(CommandState::Rejected(rejection)) => rejected(entry, &rejection, now),
        Err(error) => match asked {
            Asked::Send => not_sent(entry, error, now, tries),
            Asked::Fate => not_told(entry, error, now, tries),
        },
    }
}

fn rejected(entry: &OutboxEntry, rejection: &Rejection, now: DateTime<Utc>) -> Reading {
    // A later mark says the same and more.
    if is_read_mark(entry) {
        return Reading::of(Verdict::Dropped);
    }
    let verdict = match rejection.code.as_str() {
        "cancelled" => Verdict::Dropped,
        "not_found" => Verdict::Now(decision(DecisionReason::LeftView, now)),
        "epoch_changed" => Verdict::Now(decision(DecisionReason::ServerRestored, now)),
        "key_expired" => Verdict::Now(decision(DecisionReason::TooOld, now)),
        code => Verdict::Now(OutboxState::Failed { code: code.to_owned(), since: now }),
    };
    Reading { upload_again: rejection.code == "upload_missing", ..Reading::of(verdict) }
}

/// The command could not be sent.
fn not_sent(entry: &OutboxEntry, error: BackendError, now: DateTime<Utc>, tries: Tries) -> Reading {
    let later = next_try(&error, now, tries);
    match error {
        // The bytes may have arrived: only the key can tell.
        BackendError::NoAnswer | BackendError::NotOurs(_) => {
            Reading { offline: true, ..Reading::of(Verdict::AskAgain { at: later }) }
        }
        // Not executed, the key is unused.
        BackendError::Busy { .. } => Reading::of(Verdict::Now(OutboxState::Queued { not_before: Some(later) })),
        BackendError::TokenExpired | BackendError::SessionRevoked | BackendError::Locked => {
            Reading { offline: true, ..Reading::of(Verdict::Now(OutboxState::Queued { not_before: Some(later) })) }
        }
        BackendError::NotFound => rejected(entry, &refusal("not_found"), now),
        BackendError::Refused { code, .. } => match code.as_str() {
            // Unknown whether executed, says the protocol.
            "internal" | "pending" => Reading::of(Verdict::AskAgain { at: later }),
            code => rejected(entry, &refusal(code), now),
        },
        BackendError::SnapshotNeeded(_) => rejected(entry, &refusal("key_expired"), now),
    }
}

/// The question could not be asked, or was not answered: the command stays what it is.
fn not_told(entry: &OutboxEntry, error: BackendError, now: DateTime<Utc>, tries: Tries) -> Reading {
    let again = Reading::of(Verdict::AskAgain { at: next_try(&error, now, tries) });
    match error {
        // It was executed, and more will never be known.
        BackendError::Refused { code, .. } if code == "key_expired" && entry.state == OutboxState::Accepted => {
            Reading::of(Verdict::Dropped)
        }
        BackendError::NoAnswer
        | BackendError::NotOurs(_)
        | BackendError::TokenExpired
        | BackendError::SessionRevoked
        | BackendError::Locked => Reading { offline: true, ..again },
        // The server has forgotten it.
        BackendError::Refused { code, .. } if code == "key_expired" => rejected(entry, &refusal(&code), now),
        BackendError::Busy { .. }
        | BackendError::NotFound
        | BackendError::Refused { .. }
        | BackendError::SnapshotNeeded(_) => again,
    }
}

/// When to try again: after a pause, and not before the server said.
pub(crate) fn next_try(error: &BackendError, now: DateTime<Utc>, tries: Tries) -> DateTime<Utc> {
    let later = plus(now, pause(tries.failures, tries.jitter));
    match error {
        BackendError::Busy { retry_after: Some(span) } => {
            later.max(plus_ms(now, i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
        }
        _ => later,
    }
}

fn refusal(code: &str) -> Rejection {
    Rejection { code: code.to_owned(), detail: String::new(), window: None }
}

fn is_message(row: &Versioned) -> bool {
    matches!(row.row, Row::Message(_))
}

fn decision(reason: DecisionReason, since: DateTime<Utc>) -> OutboxState {
    OutboxState::NeedsDecision { reason, since }
}

/// How long to wait after the given number of failures: doubling, and a random share of it, so that
/// phones that lost the network together do not come back together.
pub(crate) fn pause(failures: u32, jitter: f64) -> TimeDelta {
    let doubled = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(failures.min(16)).unwrap_or(u32::MAX));
    let most = doubled.min(LONGEST_PAUSE);
    TimeDelta::from_std(most.mul_f64(jitter.clamp(0.0, 1.0))).unwrap_or(TimeDelta::seconds(60))
}
