//! Every refusal and failure, in the wire's shape.

use std::time::Duration;

use riposte::model::{ProviderError, WindowFacts};
use serde::{Deserialize, Serialize};

use crate::db::DbError;

/// A refusal or a failure: a status, a code for programs and a detail for logs. The detail names
/// fields and limits, never values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    pub(crate) error: Box<Said>,
}

/// What stands in `error`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) code: String,
    pub(crate) detail: String,
    /// Why a snapshot is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The window as the server sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) window: Option<WindowFacts>,
    /// What the provider said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<ProviderError>,
    /// How long to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after_ms: Option<u64>,
}

impl Problem {
    pub(crate) fn new(status: u16, code: &str, detail: impl Into<String>) -> Self {
        let (code, detail) = (code.to_owned(), detail.into());
        let error = Said { code, detail, reason: None, window: None, provider: None, retry_after_ms: None };
        Self { status, error: Box::new(error) }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(400, "bad_request", detail)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "not_found", "not there, or not in this agent's view")
    }

    pub(crate) fn conflict(detail: &str) -> Self {
        Self::new(409, "conflict", detail)
    }

    pub(crate) fn refused(code: &str, detail: impl Into<String>) -> Self {
        Self::new(422, code, detail)
    }

    pub(crate) fn too_large(most: u64) -> Self {
        Self::new(413, "too_large", format!("more than {most} bytes"))
    }

    /// Not executed; to be tried again after `wait`.
    pub(crate) fn busy(status: u16, detail: &str, wait: Duration) -> Self {
        let mut problem = Self::new(status, "busy", detail);
        problem.error.retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        problem
    }

    pub(crate) fn internal() -> Self {
        Self::new(500, "internal", "the server failed; what became of it is not known")
    }

    /// Whether it ends a command for good under its key. The others leave the key unused.
    pub(crate) fn is_final(&self) -> bool {
        !matches!(self.status, 401 | 429 | 500 | 503)
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        eprintln!("riposte-server: {error}");
        Self::internal()
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        DbError::from(error).into()
    }
}
