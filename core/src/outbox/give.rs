//! Taking a command in: durable before it is acknowledged, under a key made here.

use uuid::{NoContext, Timestamp, Uuid};

use crate::model::{ClientKey, Command, ConversationId, OutboxState};
use crate::session::ServerClock;
use crate::store::{Draft, Enqueued, NewEntry, Store, StoreError};

/// A command as the agent gave it.
pub(crate) struct Given {
    /// What is asked.
    pub(crate) command: Command,
    /// The conversation whose order it keeps; a retried message's too.
    pub(crate) conversation_id: Option<ConversationId>,
    /// A key of the caller, so that giving it twice is giving it once.
    pub(crate) once_key: Option<String>,
    /// The attachment to upload first, below the account's folder.
    pub(crate) file: Option<String>,
    /// What was being typed in the conversation has become this: nothing is being typed any more.
    pub(crate) ends_draft: bool,
}

impl Given {
    /// A command without attachment that keeps the order of its own conversation.
    pub(crate) fn of(command: Command) -> Self {
        Self { conversation_id: command.conversation_id(), command, once_key: None, file: None, ends_draft: false }
    }
}

/// Keeps a command. When this returns it survives a kill and a power cut. Returns the key under
/// which it leaves, or left when it was given before.
pub(crate) async fn give(store: &Store, clock: &ServerClock, given: Given) -> Result<ClientKey, StoreError> {
    let ends_draft = given.conversation_id.filter(|_| given.ends_draft);
    let entry = entry(store, clock, given).await?;
    let enqueued = store
        .outbox(move |outbox| {
            if let Command::MarkRead { conversation_id, up_to, tell_customer } = &entry.command {
                // Marks only rise: one that waits and says less is replaced, one that says as much is enough.
                for waiting in outbox.entries_of(*conversation_id)? {
                    let Command::MarkRead { up_to: before, tell_customer: told, .. } = &waiting.command else {
                        continue;
                    };
                    // One that was refused or stopped says nothing to the server.
                    if matches!(waiting.state, OutboxState::NeedsDecision { .. } | OutboxState::Failed { .. }) {
                        outbox.remove(waiting.key)?;
                        continue;
                    }
                    if before >= up_to && (*told || !*tell_customer) {
                        return Ok(Enqueued::Existing(waiting));
                    }
                    if matches!(waiting.state, OutboxState::Queued { .. }) && (*tell_customer || !*told) {
                        outbox.remove(waiting.key)?;
                    }
                }
            }
            if let Command::RetryMessage { message_id, .. } = &entry.command {
                for waiting in outbox.entries()? {
                    match &waiting.command {
                        Command::RetryMessage { message_id: before, .. } if before == message_id => {}
                        _ => continue,
                    }
                    // A second tap: the first one is under way, or the agent is asked about it.
                    if !matches!(waiting.state, OutboxState::Failed { .. }) {
                        return Ok(Enqueued::Existing(waiting));
                    }
                    outbox.remove(waiting.key)?;
                }
            }
            // With it or not at all: what is queued must not be offered for sending again.
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

/// Gives a command again under a new key, in place of one that was refused or given up. One
/// transaction: neither is lost, and never are both there. None when the old one is gone.
pub(crate) async fn give_anew(
    store: &Store,
    clock: &ServerClock,
    old: ClientKey,
    given: Given,
) -> Result<Option<ClientKey>, StoreError> {
    let entry = entry(store, clock, given).await?;
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

async fn entry(store: &Store, clock: &ServerClock, given: Given) -> Result<NewEntry, StoreError> {
    let epoch = store.read(|cache| cache.epoch()).await?.unwrap_or_default();
    let now = clock.now().at;
    Ok(NewEntry {
        key: new_key(now),
        once_key: given.once_key,
        conversation_id: given.conversation_id,
        command: given.command,
        epoch,
        created_at: now,
        state: OutboxState::Queued { not_before: None },
        file: given.file,
    })
}

/// A key that carries the server's time: it forgets keys by the time written in them.
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
