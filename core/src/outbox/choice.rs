//! What the agent chooses to do about a waiting command: try again, take back, discard, send in spite
//! of an obstacle. The rule (`rules::sending::choice`) says how; here it is done.

use super::answer::split;
use super::give::{Given, give_under_new_key};
use super::parts::Parts;
use crate::backend::{BackendError, Rows};
use crate::model::{ClientKey, OutboxEntry, OutboxState};
use crate::rules::sending::choice::{Cancellation, Choice, Way, cancellation, under_a_new_key, way};
use crate::store::{OutboxWriter, StoreError};

/// What the choice led to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "one at a time, and moved once")]
pub(crate) enum ChoiceResult {
    /// It waits to leave, under this key.
    Queued(ClientKey),
    /// It never leaves; this is what it was.
    Gone(OutboxEntry),
    /// It has left.
    AlreadySent,
    /// No such command.
    NotFound,
}

/// Why the choice could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChoiceError {
    /// The store failed.
    Store(StoreError),
    /// The server has to be asked and did not answer.
    Backend(BackendError),
}

impl From<StoreError> for ChoiceError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Carries out what the agent chose.
pub(crate) async fn carry_out(parts: &Parts, key: ClientKey, choice: Choice) -> Result<ChoiceResult, ChoiceError> {
    let Some(entry) = parts.store.outbox(move |outbox| find(outbox, key, choice)).await? else {
        return Ok(ChoiceResult::NotFound);
    };
    Ok(match way(&entry, choice) {
        Way::SendNow => send_now(parts, entry).await?,
        // `find` has removed it.
        Way::Remove => gone(parts, entry),
        Way::AlreadyUnderWay => ChoiceResult::Queued(key),
        Way::ReplaceOrRemove => replace_or_remove(parts, entry, choice).await?,
        Way::CancelOnServerFirst => match cancel_on_server(parts, &entry).await? {
            true => replace_or_remove(parts, entry, choice).await?,
            false => ChoiceResult::AlreadySent,
        },
    })
}

/// The command as it stands. If only this phone knows it and the agent takes it back, the same
/// transaction removes it: a moment later it may have left, and wait here again although the server
/// has executed it.
fn find(outbox: &mut OutboxWriter<'_>, key: ClientKey, choice: Choice) -> Result<Option<OutboxEntry>, StoreError> {
    let entry = outbox.entry(key)?;
    if entry.as_ref().is_some_and(|entry| way(entry, choice) == Way::Remove) {
        outbox.remove(key)?;
    }
    Ok(entry)
}

async fn send_now(parts: &Parts, entry: OutboxEntry) -> Result<ChoiceResult, ChoiceError> {
    let key = entry.key;
    parts
        .store
        .outbox(move |outbox| {
            if let Some(OutboxEntry { state: OutboxState::Queued { .. }, .. }) = outbox.entry(key)? {
                outbox.set_state(key, &OutboxState::Queued { not_before: None })?;
            }
            Ok(())
        })
        .await?;
    Ok(ChoiceResult::Queued(key))
}

async fn replace_or_remove(parts: &Parts, entry: OutboxEntry, choice: Choice) -> Result<ChoiceResult, ChoiceError> {
    let key = entry.key;
    match choice {
        Choice::Send => {
            let given = Given {
                command: under_a_new_key(&entry),
                conversation_id: entry.conversation_id,
                once_key: None,
                file: entry.file.clone(),
                ends_draft: false,
            };
            let new_key = give_under_new_key(&parts.store, &parts.server_clock, key, given).await?;
            parts.listener.outbox_changed(entry.conversation_id);
            Ok(new_key.map_or(ChoiceResult::NotFound, ChoiceResult::Queued))
        }
        Choice::TakeBack => {
            parts.store.outbox(move |outbox| outbox.remove(key)).await?;
            Ok(gone(parts, entry))
        }
    }
}

fn gone(parts: &Parts, entry: OutboxEntry) -> ChoiceResult {
    parts.listener.outbox_changed(entry.conversation_id);
    ChoiceResult::Gone(entry)
}

/// Asks the server to cancel the key. True: it never executes.
async fn cancel_on_server(parts: &Parts, entry: &OutboxEntry) -> Result<bool, ChoiceError> {
    let key = entry.key;
    let answer = tokio::select! {
        biased;
        answer = parts.backend.cancel(key) => answer,
        // If it is asked again, the answer is the same.
        () = parts.feed.paused() => return Err(StoreError::Closed.into()),
    };
    let error = answer.as_ref().err().cloned();
    let (answer, rows) = split(answer);
    let state = match cancellation(&answer, parts.server_clock.now().at) {
        Cancellation::Cancelled => return Ok(true),
        Cancellation::Executed => None,
        Cancellation::TooLate(state) => Some(state),
        Cancellation::NotAsked => return Err(ChoiceError::Backend(error.unwrap_or(BackendError::NoAnswer))),
    };
    keep_rows(parts, rows).await?;
    parts
        .store
        .outbox(move |outbox| match state {
            Some(state) => outbox.set_state(key, &state),
            None => outbox.remove(key),
        })
        .await?;
    parts.listener.outbox_changed(entry.conversation_id);
    Ok(false)
}

async fn keep_rows(parts: &Parts, rows: Option<Rows>) -> Result<(), StoreError> {
    let Some(rows) = rows else { return Ok(()) };
    let now = parts.server_clock.now().at;
    parts.store.write(move |cache| cache.apply_rows(&rows.rows, now)).await
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::{Command, ConversationId};
    use crate::store::{NewEntry, Store};

    const QUEUED: OutboxState = OutboxState::Queued { not_before: None };

    fn comment(key: ClientKey) -> NewEntry {
        let conversation_id = ConversationId(1);
        NewEntry {
            key,
            once_key: None,
            conversation_id: Some(conversation_id),
            command: Command::AddComment { conversation_id, body: "Pour moi.".into(), mentions: Vec::new() },
            epoch: "e1".into(),
            created_at: chrono::DateTime::UNIX_EPOCH,
            state: QUEUED,
            file: None,
        }
    }

    #[tokio::test]
    async fn only_a_command_that_was_never_sent_is_removed_without_asking_the_server() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(folder.path()).unwrap();
        let (never_left, waits_again) = (ClientKey(Uuid::from_u128(1)), ClientKey(Uuid::from_u128(2)));
        let left = store.outbox(move |outbox| {
            for key in [never_left, waits_again] {
                outbox.enqueue(comment(key))?;
            }
            outbox.begin_attempt(waits_again, "e1")?;
            outbox.set_state(waits_again, &QUEUED)?;
            find(outbox, never_left, Choice::Send)?;
            assert_eq!(outbox.entries()?.len(), 2, "the agent did not take it back");
            for key in [never_left, waits_again] {
                assert_eq!(find(outbox, key, Choice::TakeBack)?.map(|entry| entry.key), Some(key));
            }
            outbox.entries()
        });
        let left: Vec<ClientKey> = left.await.unwrap().into_iter().map(|entry| entry.key).collect();
        assert_eq!(left, [waits_again]);
    }
}
