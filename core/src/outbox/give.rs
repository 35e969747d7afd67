//! Accepting a command: durable before it is acknowledged, under a key made here.

use uuid::{NoContext, Timestamp, Uuid};

use crate::model::{ClientKey, Command, ConversationId, OutboxState};
use crate::rules::sending::duplicates::duplicates;
use crate::session::ServerClock;
use crate::store::{Draft, Enqueued, NewEntry, Store, StoreError};

/// A command as the agent gave it.
pub(crate) struct Given {
    /// What is asked.
    pub(crate) command: Command,
    /// The conversation whose order it keeps, also for a retried message.
    pub(crate) conversation_id: Option<ConversationId>,
    /// A key of the caller, so that giving it twice is giving it once.
    pub(crate) once_key: Option<String>,
    /// The attachment to upload first, below the account's folder.
    pub(crate) file: Option<String>,
    /// The conversation's draft has become this command: the draft is empty now.
    pub(crate) ends_draft: bool,
}

impl Given {
    /// A command without attachment that keeps the order of its own conversation.
    pub(crate) fn of(command: Command) -> Self {
        Self { conversation_id: command.conversation_id(), command, once_key: None, file: None, ends_draft: false }
    }
}

/// Stores a command. When this returns, the command survives a kill and a power cut. Returns the key
/// under which it leaves, or has left if it was given before.
pub(crate) async fn give(store: &Store, clock: &ServerClock, given: Given) -> Result<ClientKey, StoreError> {
    let ends_draft = given.conversation_id.filter(|_| given.ends_draft);
    let entry = entry(clock, given);
    let enqueued = store
        .outbox(move |outbox| {
            let waiting = match (&entry.command, entry.conversation_id) {
                (Command::MarkRead { .. }, Some(conversation)) => outbox.entries_of(conversation)?,
                (Command::RetryMessage { .. }, _) => outbox.entries()?,
                _ => Vec::new(),
            };
            let found = duplicates(&entry.command, &waiting);
            for key in found.replaced {
                outbox.remove(key)?;
            }
            if let Some(same) = found.same {
                return Ok(Enqueued::Existing(same));
            }
            // In the same transaction: a queued text must not be offered for sending again.
            if let Some(conversation) = ends_draft {
                let nothing = Draft { text: String::new(), reply_to: None, changed_at: entry.created_at };
                outbox.save_draft(conversation, &nothing)?;
            }
            outbox.enqueue(entry)
        })
        .await?;
    Ok(match enqueued {
        Enqueued::New(entry) | Enqueued::Existing(entry) => entry.key,
        Enqueued::Gone(key) => key,
    })
}

/// Gives a command again under a new key, in place of a refused or cancelled one. One transaction:
/// neither is lost, and never are both here. None: the old one is gone.
pub(crate) async fn give_under_new_key(
    store: &Store,
    clock: &ServerClock,
    old: ClientKey,
    given: Given,
) -> Result<Option<ClientKey>, StoreError> {
    let entry = entry(clock, given);
    let key = entry.key;
    store
        .outbox(move |outbox| {
            if !outbox.remove(old)? {
                return Ok(None);
            }
            outbox.enqueue(entry)?;
            Ok(Some(key))
        })
        .await
}

fn entry(clock: &ServerClock, given: Given) -> NewEntry {
    let now = clock.now().at;
    NewEntry {
        key: new_key(now),
        once_key: given.once_key,
        conversation_id: given.conversation_id,
        command: given.command,
        // It belongs to no history of the server before its first sending.
        epoch: String::new(),
        created_at: now,
        state: OutboxState::Queued { not_before: None },
        file: given.file,
    }
}

/// A key that carries the server's time: the server forgets keys by the time in them.
pub(crate) fn new_key(now: chrono::DateTime<chrono::Utc>) -> ClientKey {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    ClientKey(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_carries_the_servers_time_and_is_never_the_same() {
        let now = "2026-11-02T09:00:00.123Z".parse().unwrap();
        let (one, two) = (new_key(now), new_key(now));
        assert_eq!(one.made_at(), Some(now));
        assert_ne!(one, two);
    }
}
