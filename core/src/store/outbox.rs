use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use crate::model::{ClientKey, Command, ConversationId, MessageId, OutboxEntry, OutboxState};

/// The most commands that wait at once.
pub const OUTBOX_MOST_COMMANDS: usize = 500;
/// The most bytes of attachments that wait at once.
pub const OUTBOX_MOST_BYTES: i64 = 250 * 1024 * 1024;

/// A command to be kept until it has left. The store gives it its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Its key.
    pub key: ClientKey,
    /// A key the caller gave, so that giving the command twice is giving it once.
    pub once_key: Option<String>,
    /// The conversation whose order it keeps (a retried message's too).
    pub conversation_id: Option<ConversationId>,
    /// What is asked.
    pub command: Command,
    /// The server's history it is made for.
    pub epoch: String,
    /// When the agent gave it.
    pub created_at: DateTime<Utc>,
    /// Where it stands: usually queued, or asking at once when something before it does.
    pub state: OutboxState,
    /// The attachment to upload first: the path below the account's folder.
    pub file: Option<String>,
}

/// What became of a command that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enqueued {
    /// It is queued, and on disk once the transaction is.
    New(OutboxEntry),
    /// It was given before (same key, or same `once_key`) and still waits.
    Existing(OutboxEntry),
    /// It was given before under this `once_key` and has left, or was cancelled.
    Gone(ClientKey),
}

/// What somebody was writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The words.
    pub text: String,
    /// The message being quoted.
    pub reply_to: Option<MessageId>,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
}

/// The outbox inside one transaction.
pub struct OutboxWriter<'a> {
    lifetime: PhantomData<&'a ()>,
}

impl OutboxWriter<'_> {
    /// Queues a command, behind all others.
    pub fn enqueue(&mut self, entry: NewEntry) -> Result<Enqueued, StoreError> {
        let _ = entry;
        todo!()
    }

    /// All commands that wait, in the order of composing.
    pub fn entries(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        todo!()
    }

    /// The commands of one conversation that wait, in the order of composing.
    pub fn entries_of(&self, conversation: ConversationId) -> Result<Vec<OutboxEntry>, StoreError> {
        let _ = conversation;
        todo!()
    }

    /// One command.
    pub fn entry(&self, key: ClientKey) -> Result<Option<OutboxEntry>, StoreError> {
        let _ = key;
        todo!()
    }

    /// Changes where a command stands. False when it is not there any more.
    pub fn set_state(&mut self, key: ClientKey, state: &OutboxState) -> Result<bool, StoreError> {
        let _ = (key, state);
        todo!()
    }

    /// Counts one more sending of a command and marks it as on the wire. False when it is gone.
    pub fn begin_attempt(&mut self, key: ClientKey) -> Result<bool, StoreError> {
        let _ = key;
        todo!()
    }

    /// At start and at resume: whatever was on the wire may have been executed. Gives how many.
    pub fn in_flight_is_unknown(&mut self) -> Result<usize, StoreError> {
        todo!()
    }

    /// Removes a command: done, cancelled or given up. False when it was gone.
    pub fn remove(&mut self, key: ClientKey) -> Result<bool, StoreError> {
        let _ = key;
        todo!()
    }

    /// Keeps what is being written; an empty draft is forgotten.
    pub fn save_draft(&mut self, conversation: ConversationId, draft: &Draft) -> Result<(), StoreError> {
        let _ = (conversation, draft);
        todo!()
    }

    /// What was being written.
    pub fn draft(&self, conversation: ConversationId) -> Result<Option<Draft>, StoreError> {
        let _ = conversation;
        todo!()
    }

    /// A setting, read as the type it was kept as. One that does not read is as if it were not there.
    pub fn setting<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let _ = name;
        todo!()
    }

    /// Keeps a setting.
    pub fn put_setting<T: Serialize>(&mut self, name: &str, value: &T) -> Result<(), StoreError> {
        let _ = (name, value);
        todo!()
    }

    /// Forgets a setting.
    pub fn remove_setting(&mut self, name: &str) -> Result<(), StoreError> {
        let _ = name;
        todo!()
    }
}
