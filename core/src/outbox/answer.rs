//! The server's answer as the sending rules read it: without rows, which the store takes.

use crate::backend::{BackendError, CommandState, Rows};
use crate::model::Row;
use crate::rules::sending::answer::{Answer, CallFailure};

/// Separates an answer from the rows that came with it.
pub(super) fn split(answer: Result<CommandState, BackendError>) -> (Answer, Option<Rows>) {
    match answer {
        Ok(CommandState::Applied(rows)) => (Answer::Applied, Some(rows)),
        Ok(CommandState::Accepted(rows)) => {
            let with_message = rows.rows.iter().any(|row| matches!(row.row, Row::Message(_)));
            (Answer::Accepted { with_message }, Some(rows))
        }
        Ok(CommandState::Ambiguous(rows)) => (Answer::Ambiguous, Some(rows)),
        Ok(CommandState::Pending) => (Answer::Pending, None),
        Ok(CommandState::Cancelled) => (Answer::Cancelled, None),
        Ok(CommandState::NotFound) => (Answer::NeverSeen, None),
        Ok(CommandState::Rejected(rejection)) => (Answer::Rejected(rejection.code), None),
        Err(error) => (Answer::Failed(failure(error)), None),
    }
}

/// A failed call as the sending rules read it.
fn failure(error: BackendError) -> CallFailure {
    let retry_after_ms = retry_after_ms(&error);
    match error {
        BackendError::NoAnswer | BackendError::NotOurs(_) => CallFailure::NoAnswer,
        BackendError::Busy { .. } => CallFailure::Busy { retry_after_ms },
        BackendError::TokenExpired | BackendError::SessionRevoked | BackendError::Locked => CallFailure::NoSession,
        BackendError::NotFound => CallFailure::NotFound,
        BackendError::SnapshotNeeded(_) => CallFailure::KeyForgotten,
        BackendError::Refused { code, .. } => CallFailure::Refused(code),
    }
}

/// The wait that the server asks for.
pub(super) fn retry_after_ms(error: &BackendError) -> Option<i64> {
    match error {
        BackendError::Busy { retry_after } => {
            retry_after.map(|span| i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
        }
        BackendError::NoAnswer
        | BackendError::NotOurs(_)
        | BackendError::TokenExpired
        | BackendError::SessionRevoked
        | BackendError::SnapshotNeeded(_)
        | BackendError::NotFound
        | BackendError::Refused { .. }
        | BackendError::Locked => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::backend::{Rejection, SnapshotReason};
    use crate::model::Cursor;

    #[test]
    fn every_answer_of_the_server_reaches_the_rules_under_its_own_name() {
        let rows = || Rows { at: Cursor("e1.1".into()), rows: Vec::new(), more: false };
        let rejection = Rejection { code: "too_long".into(), detail: "a name".into(), window: None };
        let refused = || BackendError::Refused { code: "internal".into(), detail: "a name".into() };
        let busy = |retry_after| Err(BackendError::Busy { retry_after });
        let failed = Answer::Failed;
        let table: [(Result<CommandState, BackendError>, Answer); 16] = [
            (Ok(CommandState::Applied(rows())), Answer::Applied),
            (Ok(CommandState::Accepted(rows())), Answer::Accepted { with_message: false }),
            (Ok(CommandState::Ambiguous(rows())), Answer::Ambiguous),
            (Ok(CommandState::Pending), Answer::Pending),
            (Ok(CommandState::Cancelled), Answer::Cancelled),
            (Ok(CommandState::NotFound), Answer::NeverSeen),
            (Ok(CommandState::Rejected(rejection)), Answer::Rejected("too_long".into())),
            (Err(BackendError::NoAnswer), failed(CallFailure::NoAnswer)),
            (Err(BackendError::NotOurs("a page")), failed(CallFailure::NoAnswer)),
            (busy(Some(Duration::from_secs(3))), failed(CallFailure::Busy { retry_after_ms: Some(3_000) })),
            (busy(Some(Duration::MAX)), failed(CallFailure::Busy { retry_after_ms: Some(i64::MAX) })),
            (busy(None), failed(CallFailure::Busy { retry_after_ms: None })),
            (Err(BackendError::Locked), failed(CallFailure::NoSession)),
            (Err(BackendError::NotFound), failed(CallFailure::NotFound)),
            (Err(BackendError::SnapshotNeeded(SnapshotReason::First)), failed(CallFailure::KeyForgotten)),
            (Err(refused()), failed(CallFailure::Refused("internal".into()))),
        ];
        for (answer, read) in table {
            assert_eq!(split(answer.clone()).0, read, "{answer:?}");
        }
        for session in [BackendError::TokenExpired, BackendError::SessionRevoked] {
            assert_eq!(split(Err(session)).0, failed(CallFailure::NoSession));
        }
        assert_eq!(split(Ok(CommandState::Applied(rows()))).1, Some(rows()));
    }
}
