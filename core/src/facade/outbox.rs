use chrono::{DateTime, Utc};

use super::{Action, Error, Progress};
use crate::model::{ClientKey, ConversationId, Phrase};

/// What waits to leave.
pub struct Outbox {}

/// A command that waits, or that was refused and waits to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingCommand {
    /// Its key.
    pub key: ClientKey,
    /// Its conversation.
    pub conversation_id: Option<ConversationId>,
    /// The customer's name.
    pub name: Option<String>,
    /// The command in the wire's word (`message.send`, ...).
    pub kind: String,
    /// Its words, if it has any.
    pub text: String,
    /// When the agent gave it.
    pub at: DateTime<Utc>,
    /// Where it stands.
    pub progress: Progress,
    /// The same in words.
    pub note: Option<Phrase>,
    /// What the agent can do about it, the best first.
    pub actions: Vec<Action>,
}

/// What the agent decides about a command that cannot go on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Send it all the same. Free text after the window is refused.
    Send,
    /// Take it back: its words are returned for the composer.
    Edit,
    /// Let it go.
    Discard,
}

/// What came of a decision, a retry or a cancellation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// It waits to leave again, maybe under a new key.
    Queued {
        /// The key it now has.
        key: ClientKey,
    },
    /// It will never leave.
    Gone {
        /// Its words.
        text: String,
    },
    /// Too late: it left already.
    AlreadySent,
}

impl Outbox {
    /// What waits, oldest first.
    pub async fn waiting(&self) -> Result<Vec<WaitingCommand>, Error> {
        todo!()
    }

    /// Tries a refused command again, under a new key; one that waits for its time goes at once.
    pub async fn retry(&self, key: ClientKey) -> Result<Decided, Error> {
        let _ = key;
        todo!()
    }

    /// Takes a command back. Free while it waits here; after that the server is asked, which
    /// burns the key or says what became of it.
    pub async fn cancel(&self, key: ClientKey) -> Result<Decided, Error> {
        let _ = key;
        todo!()
    }

    /// Decides about a command in [`Progress::NeedsDecision`] or [`Progress::Refused`].
    pub async fn decide(&self, key: ClientKey, decision: Decision) -> Result<Decided, Error> {
        let _ = (key, decision);
        todo!()
    }
}
