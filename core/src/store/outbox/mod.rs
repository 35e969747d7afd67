//! The other file: commands that have not left, drafts, settings. Each row carries a digest of its columns
//! (`digest`); `repair` checks a file that is opened, and saves what can be read of a damaged one.

mod command;
mod digest;
mod draft;
mod repair;
mod setting;
#[cfg(test)]
mod tests;

use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use crate::model::{ClientKey, ConversationId, OutboxEntry, OutboxState};

pub use command::{DAMAGED, Enqueued, NewEntry, OUTBOX_MOST_BYTES, OUTBOX_MOST_COMMANDS};
pub use draft::Draft;
pub use repair::Loss;
pub(in crate::store) use repair::{check, note_loss, save_what_is_left};

/// The outbox inside one transaction.
pub struct OutboxWriter<'a> {
    db: &'a Connection,
}

impl<'a> OutboxWriter<'a> {
    pub(super) fn new(db: &'a Connection) -> Self {
        Self { db }
    }
}

impl OutboxWriter<'_> {
    /// Queues a command behind all others. On disk once the transaction is.
    /// [`StoreError::OutboxFull`] beyond [`OUTBOX_MOST_COMMANDS`] or [`OUTBOX_MOST_BYTES`].
    pub fn enqueue(&mut self, entry: NewEntry) -> Result<Enqueued, StoreError> {
        command::enqueue(self.db, entry)
    }

    /// All commands that wait, in the order of composing.
    pub fn entries(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        command::all_entries(self.db)
    }

    /// The commands of one conversation that wait, in the order of composing.
    pub fn entries_of(&self, conversation: ConversationId) -> Result<Vec<OutboxEntry>, StoreError> {
        command::entries_of(self.db, conversation)
    }

    /// One command.
    pub fn entry(&self, key: ClientKey) -> Result<Option<OutboxEntry>, StoreError> {
        command::entry(self.db, key)
    }

    /// Changes where a command stands. False when it is not there any more.
    pub fn set_state(&mut self, key: ClientKey, state: &OutboxState) -> Result<bool, StoreError> {
        command::set_state(self.db, key, state)
    }

    /// Marks a command as on the wire and counts the attempt: committed before the bytes leave.
    /// The first attempt binds it to the history `epoch`: no other can have executed it. False when
    /// it is not there any more.
    pub fn begin_attempt(&mut self, key: ClientKey, epoch: &str) -> Result<bool, StoreError> {
        command::begin_attempt(self.db, key, epoch)
    }

    /// At start and at resume: whatever was on the wire may have been executed. Gives how many.
    pub fn in_flight_is_unknown(&mut self) -> Result<usize, StoreError> {
        command::in_flight_is_unknown(self.db)
    }

    /// Removes a command: done, cancelled or discarded. False if it was gone.
    pub fn remove(&mut self, key: ClientKey) -> Result<bool, StoreError> {
        command::remove(self.db, key)
    }

    /// Keeps what is being written; an empty draft is forgotten.
    pub fn save_draft(&mut self, conversation: ConversationId, draft: &Draft) -> Result<(), StoreError> {
        draft::save(self.db, conversation, draft)
    }

    /// What was being written.
    pub fn draft(&self, conversation: ConversationId) -> Result<Option<Draft>, StoreError> {
        draft::get(self.db, conversation)
    }

    /// What was lost to a damaged file and has not been seen yet.
    pub fn loss(&self) -> Result<Option<Loss>, StoreError> {
        repair::loss(self.db)
    }

    /// The agent has seen that something was lost.
    pub fn forget_loss(&mut self) -> Result<(), StoreError> {
        repair::forget_loss(self.db)
    }

    /// A setting, read as the type it was kept as. One that does not read as such, because an
    /// older build kept it, is as if it were not there.
    pub fn setting<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        setting::get(self.db, name)
    }

    /// Keeps a setting.
    pub fn put_setting<T: Serialize>(&mut self, name: &str, value: &T) -> Result<(), StoreError> {
        setting::put(self.db, name, value)
    }

    /// Forgets a setting.
    pub fn remove_setting(&mut self, name: &str) -> Result<(), StoreError> {
        setting::remove(self.db, name)
    }
}
