//! An answer as it came in, and what it means.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::wait;
use super::wire::{self, ErrorAnswer, ErrorDetail};
use crate::backend::{BackendError, CommandState, SnapshotReason};

/// A whole answer.
pub(super) struct RawAnswer {
    pub(super) status: u16,
    /// Its type is JSON.
    pub(super) json: bool,
    /// The header, as it stands.
    pub(super) retry_after: Option<String>,
    /// The time of whatever answered, in case it is not the server and sends no `now`.
    pub(super) date: Option<DateTime<Utc>>,
    pub(super) body: Bytes,
    /// The request could have changed something at the server.
    pub(super) changing: bool,
    /// How long the file is of which a part was asked for.
    pub(super) file_bytes: Option<u64>,
}

/// What an answer that is no success says.
#[derive(Debug)]
pub(super) enum Failure {
    /// An error of the protocol.
    Ours {
        /// The HTTP status.
        status: u16,
        /// The error.
        error: ErrorDetail,
        /// The wait it asks for.
        retry_after: Option<Duration>,
        /// The server's clock.
        now: Option<DateTime<Utc>>,
        /// How long the file is of which a part was asked for.
        file_bytes: Option<u64>,
    },
    /// Of another sender, or unknown.
    Foreign {
        /// The HTTP status.
        status: u16,
        /// What it comes to.
        error: BackendError,
    },
}

impl RawAnswer {
    /// Reads a success.
    pub(super) fn read<T: wire::Answer>(&self) -> Result<wire::Told<T>, BackendError> {
        if !self.json {
            return Err(BackendError::NotOurs("it is not JSON"));
        }
        T::read(&self.body).map_err(|error| {
            // A body that just stops was cut on its way. It is not another server's.
            if error.is_eof() { BackendError::NoAnswer } else { BackendError::NotOurs("it is not the protocol's JSON") }
        })
    }

    /// Reads what is no success.
    pub(super) fn failure(&self) -> Failure {
        if self.json
            && let Ok(answer) = serde_json::from_slice::<ErrorAnswer>(&self.body)
        {
            let (now, ms) = (answer.now(), answer.error.retry_after_ms);
            let retry_after = wait::retry_after(ms, self.retry_after.as_deref(), now.or(self.date));
            let (status, file_bytes) = (self.status, self.file_bytes);
            return Failure::Ours { status, error: answer.error, retry_after, now, file_bytes };
        }
        Failure::Foreign { status: self.status, error: self.foreign() }
    }

    fn foreign(&self) -> BackendError {
        match self.status {
            // A rate limit before the server: nothing reached it.
            429 => self.busy(),
            // A proxy says 503 also when the server went away in the middle of a request.
            503 if !self.changing => self.busy(),
            500.. if self.status != 511 => BackendError::NoAnswer,
            300..400 => BackendError::NotOurs("it leads elsewhere"),
            _ => BackendError::NotOurs("it is not JSON"),
        }
    }

    fn busy(&self) -> BackendError {
        BackendError::Busy { retry_after: wait::retry_after(None, self.retry_after.as_deref(), self.date) }
    }
}

impl Failure {
    /// What the server says with 401 when only the status can be seen.
    pub(super) fn token_expired() -> Self {
        let error = ErrorDetail { code: wire::Code("token_expired".to_owned()), ..ErrorDetail::default() };
        Self::Ours { status: 401, error, retry_after: None, now: None, file_bytes: None }
    }

    /// The status it came with.
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Ours { status, .. } | Self::Foreign { status, .. } => *status,
        }
    }

    /// How long the file is, when no part of it begins where it was asked to.
    pub(super) fn file_bytes(&self) -> Option<u64> {
        match self {
            Self::Ours { file_bytes, .. } => *file_bytes,
            Self::Foreign { .. } => None,
        }
    }

    /// The server's clock when it answered.
    pub(super) fn now(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Ours { now, .. } => *now,
            Self::Foreign { .. } => None,
        }
    }

    /// The server itself says that there is no such thing. A stranger's 404 does not count.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Ours { status: 404, .. })
    }

    /// The access token ended, and another one mends it.
    pub(super) fn is_token_expired(&self) -> bool {
        matches!(self, Self::Ours { status: 401, error, .. } if error.code.0 == "token_expired")
    }

    /// The session is over.
    pub(super) fn is_session_revoked(&self) -> bool {
        matches!(self, Self::Ours { status: 401, error, .. } if error.code.0 == "session_revoked")
    }

    /// What it means for a call that is no command.
    pub(super) fn into_error(self) -> BackendError {
        let (status, error, retry_after) = match self {
            Self::Ours { status, error, retry_after, .. } => (status, error, retry_after),
            Self::Foreign { error, .. } => return error,
        };
        let ErrorDetail { code, detail, reason, .. } = error;
        match (status, code.0.as_str()) {
            (401, "token_expired") => BackendError::TokenExpired,
            (401, "session_revoked") => BackendError::SessionRevoked,
            (404, _) => BackendError::NotFound,
            (410, "snapshot_needed") => BackendError::SnapshotNeeded(reason.unwrap_or(SnapshotReason::Unknown)),
            (429 | 503, _) => BackendError::Busy { retry_after },
            (500.., _) => BackendError::NoAnswer,
            _ => BackendError::Refused { code: code.0, detail },
        }
    }

    /// What it means for a command: a refusal is an outcome, and only what says nothing about
    /// the key stays an error.
    pub(super) fn into_command_state(self) -> Result<CommandState, BackendError> {
        match self {
            Self::Ours { status: 400 | 403 | 404 | 409 | 410 | 413 | 422, error, .. } => {
                Ok(match error.code.0.as_str() {
                    "pending" => CommandState::Pending,
                    "cancelled" => CommandState::Cancelled,
                    _ => CommandState::Rejected(error.into_rejection()),
                })
            }
            other => Err(other.into_error()),
        }
    }
}
