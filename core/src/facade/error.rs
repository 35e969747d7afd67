use crate::model::Phrase;

/// Why something did not work, by what the caller can do about it.
///
/// No variant carries a name, a number, a text or a token: an error may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
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
        /// More of it, for a log.
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

impl Error {
    /// Whether the same call can succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Offline | Self::Locked | Self::Paused | Self::Full => true,
            Self::SignedOut | Self::NotFound | Self::Refused { .. } | Self::Storage { .. } | Self::Bug { .. } => false,
        }
    }
}
