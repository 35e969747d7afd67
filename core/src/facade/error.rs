//! Why did it not work, by what the caller can do about it? Every error of the rooms below becomes
//! one of these here, and nowhere else.

use crate::backend::BackendError;
use crate::backend::http::ConfigError;
use crate::media::MediaError;
use crate::model::Phrase;
use crate::rules::failure::refusal;
use crate::session::SessionError;
use crate::store::StoreError;
use crate::sync::SyncError;

/// Why something did not work, by what the caller can do about it.
///
/// An error may be logged, with `Display` or `Debug`: neither shows a name, a number, a text or a
/// token. The detail of a refusal is the server's own words, which may: both leave it out.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Error))]
pub enum RiposteError {
    /// No answer from the server. Try again once there is a network.
    #[error("no answer from the server")]
    Offline,
    /// The session has ended, here or elsewhere: sign in again. What waits in the outbox stays.
    #[error("the session has ended")]
    SignedOut,
    /// The keys are locked away until the device is unlocked. Later, never a new key.
    #[error("the device is locked")]
    Locked,
    /// [`Account::pause`](super::Account::pause) was called: resume first.
    #[error("the account is paused")]
    Paused,
    /// Not there, or not in this agent's view.
    #[error("not found")]
    NotFound,
    /// Understood and refused. Asking the same again gives the same.
    #[error("refused: {code}")]
    Refused {
        /// The protocol's code (`window_closed`, `too_long`, ...), for programs.
        code: String,
        /// The server's own words, cut short. Not for a log: they may quote a name.
        detail: String,
        /// What to tell the agent.
        phrase: Phrase,
    },
    /// The disk is full, or 500 commands or 250 MB of attachments wait already. Nothing was lost:
    /// make room, or let the outbox empty itself.
    #[error("no room left")]
    Full,
    /// The disk failed, or the files are a newer version's. The detail is for a log.
    #[error("storage: {detail}")]
    Storage {
        /// What happened.
        detail: String,
    },
    /// A mistake of ours. Please report it.
    #[error("bug: {detail}")]
    Bug {
        /// What happened.
        detail: String,
    },
}

/// [`RiposteError`] under its full name: in other languages `Error` is taken.
pub type Error = RiposteError;

// By hand: the detail of a refusal is text from outside.
impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Offline => f.write_str("Offline"),
            Self::SignedOut => f.write_str("SignedOut"),
            Self::Locked => f.write_str("Locked"),
            Self::Paused => f.write_str("Paused"),
            Self::NotFound => f.write_str("NotFound"),
            Self::Refused { code, .. } => f.debug_struct("Refused").field("code", code).finish_non_exhaustive(),
            Self::Full => f.write_str("Full"),
            Self::Storage { detail } => f.debug_struct("Storage").field("detail", detail).finish(),
            Self::Bug { detail } => f.debug_struct("Bug").field("detail", detail).finish(),
        }
    }
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl RiposteError {
    /// One word for it, for programs and logs: `offline`, `signed_out`, `locked`, `paused`,
    /// `not_found`, `full`, `storage`, `bug`; of a refusal, the protocol's code.
    pub fn error_code(&self) -> String {
        match self {
            Self::Offline => "offline",
            Self::SignedOut => "signed_out",
            Self::Locked => "locked",
            Self::Paused => "paused",
            Self::NotFound => "not_found",
            Self::Refused { code, .. } => code,
            Self::Full => "full",
            Self::Storage { .. } => "storage",
            Self::Bug { .. } => "bug",
        }
        .to_owned()
    }

    /// Whether the same call can succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Offline | Self::Locked | Self::Paused | Self::Full => true,
            Self::SignedOut | Self::NotFound | Self::Refused { .. } | Self::Storage { .. } | Self::Bug { .. } => false,
        }
    }
}

impl Error {
    pub(super) fn refused(code: &str) -> Self {
        Self::Refused { code: code.to_owned(), detail: String::new(), phrase: refusal(code) }
    }

    /// Refused here, with a better sentence than the code's own.
    pub(super) fn refused_with(code: &str, phrase: Phrase) -> Self {
        Self::Refused { code: code.to_owned(), detail: String::new(), phrase }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full | StoreError::OutboxFull => Self::Full,
            StoreError::Closed => Self::Paused,
            StoreError::Corrupt | StoreError::Newer | StoreError::Io => Self::Storage { detail: error.to_string() },
            StoreError::Page(_) | StoreError::Bug(_) => Self::Bug { detail: error.to_string() },
        }
    }
}

impl From<BackendError> for Error {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::NoAnswer | BackendError::NotOurs(_) | BackendError::Busy { .. } => Self::Offline,
            BackendError::TokenExpired | BackendError::SessionRevoked => Self::SignedOut,
            BackendError::Locked => Self::Locked,
            BackendError::NotFound => Self::NotFound,
            BackendError::Refused { code, detail } => Self::Refused { phrase: refusal(&code), code, detail },
            BackendError::SnapshotNeeded(_) => Self::Bug { detail: error.to_string() },
        }
    }
}

impl From<SessionError> for Error {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::SignedOut => Self::SignedOut,
            SessionError::Locked => Self::Locked,
            SessionError::Denied => Self::Storage { detail: error.to_string() },
            SessionError::NoAnswer | SessionError::Busy { .. } => Self::Offline,
        }
    }
}

impl From<MediaError> for Error {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Unreadable => Self::NotFound,
            MediaError::TooLarge => Self::refused("too_large"),
            MediaError::Full => Self::Full,
            MediaError::Closed => Self::Paused,
            MediaError::NoPlace => Self::refused("not_supported"),
            MediaError::Io => Self::Storage { detail: "a file could not be written".to_owned() },
            MediaError::Backend(error) => error.into(),
        }
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        let code = match error {
            ConfigError::AddressLetters => "address_letters",
            ConfigError::Proxy => "bad_proxy",
            ConfigError::Address => "bad_address",
            ConfigError::PlainHttp => "not_https",
            ConfigError::Roots => "bad_roots",
            ConfigError::Tls => return Self::Bug { detail: error.to_string() },
        };
        Self::Refused { code: code.to_owned(), detail: error.to_string(), phrase: refusal(code) }
    }
}

impl From<SyncError> for Error {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Backend(error) => error.into(),
            SyncError::Store(error) => error.into(),
            SyncError::Paused => Self::Paused,
        }
    }
}
