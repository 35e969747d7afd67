//! What does an answer about a command mean for it?
//!
//! The server executes a key once (protocol, commands). If it refuses, the key is used up. If no
//! answer comes, the command may have been executed: only the key can tell, so the same key is asked
//! about and never replaced by the phone itself.

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::is_read_mark;
use crate::model::{DecisionReason, OutboxEntry, OutboxState};
use crate::rules::backoff::Failures;
use crate::rules::time::plus;

/// How soon the server is asked again about a command that it is executing.
const PENDING_PAUSE: TimeDelta = TimeDelta::seconds(1);

/// What the server was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// To execute the command.
    Execute,
    /// What became of a command that may have been executed. If this question fails, the phone
    /// knows as much about the command as before.
    Fate,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Executed.
    Applied,
    /// The server has it and waits for the provider.
    Accepted {
        /// The message's row came with the answer.
        with_message: bool,
    },
    /// The provider's answer is lost: the server does not know whether the customer has it.
    Ambiguous,
    /// Being executed now.
    Pending,
    /// Cancelled: it never executes.
    Cancelled,
    /// The server never saw this key.
    NeverSeen,
    /// Refused for good under this key, with the protocol's code.
    Rejected(String),
    /// The call itself failed.
    Failed(CallFailure),
}

/// Why a call brought no answer about the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallFailure {
    /// No answer, or one that is not the server's: the command may have been executed.
    NoAnswer,
    /// The server asks to wait. Not executed.
    Busy {
        /// At least this long.
        retry_after_ms: Option<i64>,
    },
    /// No token was at hand, or it was not accepted. Not executed.
    NoSession,
    /// Not there, or not for this agent.
    NotFound,
    /// The server has forgotten the key.
    KeyForgotten,
    /// Refused, with the protocol's code.
    Refused(String),
}

/// What becomes of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Executed, and its rows are here: it leaves the outbox.
    Done,
    /// It never executes, and the agent need not know.
    Dropped,
    /// This is its state now.
    Now(OutboxState),
    /// Still unknown: ask for the key, not before this instant.
    AskAgain {
        /// Not before.
        at: DateTime<Utc>,
    },
}

/// An answer, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What becomes of the command.
    pub verdict: Verdict,
    /// The server could not be reached or the session is gone: the other commands would fail too.
    pub offline: bool,
    /// The server does not have the attachment after all.
    pub upload_again: bool,
}

impl From<Verdict> for Reading {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, offline: false, upload_again: false }
    }
}

impl Reading {
    fn offline(verdict: Verdict) -> Self {
        Self { offline: true, ..Self::from(verdict) }
    }
}

/// Reads an answer about a command. `failures` counts this answer as one more failure.
pub fn read(
    entry: &OutboxEntry,
    question: Question,
    answer: Answer,
    now: DateTime<Utc>,
    failures: Failures,
) -> Reading {
    let later = plus(now, PENDING_PAUSE).max(failures.next_try(now, None));
    let was_accepted = entry.state == OutboxState::Accepted;
    match answer {
        // If its row is here, that row's delivery reports say how it ends.
        Answer::Applied | Answer::Accepted { with_message: true } => Verdict::Done.into(),
        Answer::Accepted { with_message: false } if was_accepted => Verdict::AskAgain { at: later }.into(),
        Answer::Accepted { with_message: false } => Verdict::Now(OutboxState::Accepted).into(),
        Answer::Ambiguous => decide(DecisionReason::Ambiguous, now),
        Answer::Pending => Verdict::AskAgain { at: later }.into(),
        Answer::Cancelled => Verdict::Dropped.into(),
        // The server had it and now denies it: sent again without asking, it could go out twice.
        Answer::NeverSeen if was_accepted => decide(DecisionReason::Ambiguous, now),
        Answer::NeverSeen => Verdict::Now(OutboxState::Queued { not_before: None }).into(),
        Answer::Rejected(code) => rejected(entry, &code, now),
        Answer::Failed(failure) => match question {
            Question::Execute => not_sent(entry, failure, now, failures),
            Question::Fate => not_learned(entry, failure, now, failures),
        },
    }
}

fn rejected(entry: &OutboxEntry, code: &str, now: DateTime<Utc>) -> Reading {
    // A later mark says the same and more.
    if is_read_mark(&entry.command) {
        return Verdict::Dropped.into();
    }
    let reading = match code {
        "cancelled" => Verdict::Dropped.into(),
        "not_found" => decide(DecisionReason::LeftView, now),
        "epoch_changed" => decide(DecisionReason::ServerRestored, now),
        "key_expired" => decide(DecisionReason::TooOld, now),
        code => Verdict::Now(OutboxState::Failed { code: code.to_owned(), since: now }).into(),
    };
    Reading { upload_again: code == "upload_missing", ..reading }
}

/// The command could not be sent.
fn not_sent(entry: &OutboxEntry, failure: CallFailure, now: DateTime<Utc>, failures: Failures) -> Reading {
    let queued = |at| Verdict::Now(OutboxState::Queued { not_before: Some(at) });
    let later = failures.next_try(now, None);
    match failure {
        // The bytes may have arrived: only the key can tell.
        CallFailure::NoAnswer => Reading::offline(Verdict::AskAgain { at: later }),
        // Not executed: the key is unused.
        CallFailure::Busy { retry_after_ms } => queued(failures.next_try(now, retry_after_ms)).into(),
        CallFailure::NoSession => Reading::offline(queued(later)),
        CallFailure::NotFound => rejected(entry, "not_found", now),
        CallFailure::KeyForgotten => rejected(entry, "key_expired", now),
        CallFailure::Refused(code) => match code.as_str() {
            // By the protocol these two leave open whether it was executed.
            "internal" | "pending" => Verdict::AskAgain { at: later }.into(),
            code => rejected(entry, code, now),
        },
    }
}

/// The question about a command failed: the command stays what it is.
fn not_learned(entry: &OutboxEntry, failure: CallFailure, now: DateTime<Utc>, failures: Failures) -> Reading {
    let again = |retry_after_ms| Verdict::AskAgain { at: failures.next_try(now, retry_after_ms) };
    match failure {
        CallFailure::NoAnswer | CallFailure::NoSession => Reading::offline(again(None)),
        CallFailure::Busy { retry_after_ms } => again(retry_after_ms).into(),
        // It was executed, and the server can say no more.
        CallFailure::Refused(code) if code == "key_expired" && entry.state == OutboxState::Accepted => {
            Verdict::Dropped.into()
        }
        CallFailure::Refused(code) if code == "key_expired" => rejected(entry, &code, now),
        CallFailure::NotFound | CallFailure::KeyForgotten | CallFailure::Refused(_) => again(None).into(),
    }
}

fn decide(reason: DecisionReason, since: DateTime<Utc>) -> Reading {
    Verdict::Now(OutboxState::NeedsDecision { reason, since }).into()
}
