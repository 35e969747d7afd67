//! What the agent does about a command: try again, take back, let go, send all the same.
//!
//! A key that can no longer execute is left behind and the command goes under a new one. A key
//! that may have executed is burnt by the server first, which says if it is too late.

use super::give::{Given, give_anew};
use super::parts::Parts;
use crate::backend::{BackendError, CommandState, Rows};
use crate::model::{ClientKey, Command, DecisionReason, OutboxEntry, OutboxState};
use crate::store::{OutboxWriter, StoreError};

/// What the agent wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Try again, or send it although something spoke against it.
    Send,
    /// Take it back, or let it go.
    TakeBack,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "one at a time, and moved once")]
pub(crate) enum Outcome {
    /// It waits to leave, under this key.
    Queued(ClientKey),
    /// It never leaves; this is what it was.
    Gone(OutboxEntry),
    /// It has left.
    AlreadySent,
    /// No such command.
    NotFound,
}

/// Why it could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The files.
    Store(StoreError),
    /// The server, which has to be asked.
    Backend(BackendError),
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Carries out what the agent wants.
pub(crate) async fn carry_out(parts: &Parts, key: ClientKey, wish: Wish) -> Result<Outcome, Problem> {
    let Some(entry) = parts.store.outbox(move |outbox| look(outbox, key, wish)).await? else {
        return Ok(Outcome::NotFound);
    };
    let outcome = match (key_stands(&entry), wish) {
        // Under the same key it may go as often as it likes.
        (KeyStands::NeverLeft | KeyStands::WaitsAgain, Wish::Send) => go_now(parts, entry).await?,
        // Taken out as it was looked at.
        (KeyStands::NeverLeft, Wish::TakeBack) => gone(parts, entry),
        // It is on its way already.
        (KeyStands::OnItsWay, Wish::Send) => Outcome::Queued(key),
        (KeyStands::Dead, _) => replace_or_remove(parts, entry, wish).await?,
        (KeyStands::OnItsWay | KeyStands::WaitsAgain | KeyStands::MayHaveLeft, _) => match burn(parts, &entry).await? {
            true => replace_or_remove(parts, entry, wish).await?,
            false => Outcome::AlreadySent,
        },
    };
    Ok(outcome)
}

/// The command as it stands. One that never left is taken out in the same transaction when that is
/// the wish: a moment later it may have left, and wait here again although the server has executed it.
fn look(outbox: &mut OutboxWriter<'_>, key: ClientKey, wish: Wish) -> Result<Option<OutboxEntry>, StoreError> {
    let entry = outbox.entry(key)?;
    let is_here_alone = |entry: &OutboxEntry| matches!(key_stands(entry), KeyStands::NeverLeft);
    if wish == Wish::TakeBack && entry.as_ref().is_some_and(is_here_alone) {
        outbox.remove(key)?;
    }
    Ok(entry)
}

/// What can still come of a key.
enum KeyStands {
    /// It waits here: only this phone knows it.
    NeverLeft,
    /// It was sent before, and waits here to be sent again.
    WaitsAgain,
    /// The server has it, or will be asked about it.
    OnItsWay,
    /// Nobody works at it, and it may have been executed.
    MayHaveLeft,
    /// It never executes, or is past changing.
    Dead,
}

fn key_stands(entry: &OutboxEntry) -> KeyStands {
    match &entry.state {
        OutboxState::Queued { .. } | OutboxState::Uploading if entry.attempts > 0 => KeyStands::WaitsAgain,
        OutboxState::Queued { .. } | OutboxState::Uploading => KeyStands::NeverLeft,
        OutboxState::InFlight | OutboxState::Unknown | OutboxState::Accepted => KeyStands::OnItsWay,
        OutboxState::Failed { .. } => KeyStands::Dead,
        OutboxState::NeedsDecision { reason, .. } => match reason {
            // Asking cannot help: the provider's answer is lost, and the agent knows.
            DecisionReason::Ambiguous => KeyStands::Dead,
            DecisionReason::TooOld
            | DecisionReason::ServerRestored
            | DecisionReason::WindowClosed
            | DecisionReason::WindowReopened
            | DecisionReason::LeftView
            | DecisionReason::EarlierRefused => match entry.attempts {
                0 => KeyStands::Dead,
                _ => KeyStands::MayHaveLeft,
            },
        },
    }
}

async fn go_now(parts: &Parts, entry: OutboxEntry) -> Result<Outcome, Problem> {
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
    Ok(Outcome::Queued(key))
}

async fn replace_or_remove(parts: &Parts, entry: OutboxEntry, wish: Wish) -> Result<Outcome, Problem> {
    let key = entry.key;
    match wish {
        Wish::Send => {
            let given = Given {
                command: anew(&entry),
                conversation_id: entry.conversation_id,
                once_key: None,
                file: entry.file.clone(),
                ends_draft: false,
            };
            let anew = give_anew(&parts.store, &parts.server_clock, key, given).await?;
            parts.listener.outbox_changed(entry.conversation_id);
            Ok(anew.map_or(Outcome::NotFound, Outcome::Queued))
        }
        Wish::TakeBack => {
            parts.store.outbox(move |outbox| outbox.remove(key)).await?;
            Ok(gone(parts, entry))
        }
    }
}

/// The command as it is given again. Where nobody knows what became of an attempt, sending all the
/// same is one attempt more.
fn anew(entry: &OutboxEntry) -> Command {
    match (&entry.command, &entry.state) {
        (
            Command::RetryMessage { message_id, attempt: Some(attempt) },
            OutboxState::NeedsDecision { reason: DecisionReason::Ambiguous, .. },
        ) => Command::RetryMessage { message_id: *message_id, attempt: Some(attempt.saturating_add(1)) },
        (command, _) => command.clone(),
    }
}

fn gone(parts: &Parts, entry: OutboxEntry) -> Outcome {
    parts.listener.outbox_changed(entry.conversation_id);
    Outcome::Gone(entry)
}

/// Asks the server to burn the key. True when it can never execute.
async fn burn(parts: &Parts, entry: &OutboxEntry) -> Result<bool, Problem> {
    let key = entry.key;
    let nobody_knows = || {
        let since = parts.server_clock.now().at;
        Some(OutboxState::NeedsDecision { reason: DecisionReason::Ambiguous, since })
    };
    let answer = tokio::select! {
        biased;
        answer = parts.backend.cancel(key) => answer,
        // Asked again, it is answered the same.
        () = parts.feed.paused() => return Err(StoreError::Closed.into()),
    };
    let (rows, state) = match answer {
        // Forgotten is not burnt: it may have been executed before it was forgotten.
        Ok(CommandState::Rejected(rejection)) if rejection.code == "key_expired" => (None, nobody_knows()),
        Ok(CommandState::Cancelled | CommandState::Rejected(_) | CommandState::NotFound) => return Ok(true),
        Ok(CommandState::Applied(rows)) => (Some(rows), None),
        Ok(CommandState::Accepted(rows)) => (Some(rows), Some(OutboxState::Accepted)),
        Ok(CommandState::Ambiguous(rows)) => (Some(rows), nobody_knows()),
        Ok(CommandState::Pending) => (None, Some(OutboxState::Unknown)),
        Err(BackendError::Refused { code, .. }) if code == "key_expired" => (None, nobody_knows()),
        Err(error) => return Err(Problem::Backend(error)),
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
    use crate::model::ConversationId;
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
    async fn only_what_never_left_is_taken_out_without_asking_the_server() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(folder.path()).unwrap();
        let (never_left, waits_again) = (ClientKey(Uuid::from_u128(1)), ClientKey(Uuid::from_u128(2)));
        let left = store.outbox(move |outbox| {
            for key in [never_left, waits_again] {
                outbox.enqueue(comment(key))?;
            }
            outbox.begin_attempt(waits_again, "e1")?;
            outbox.set_state(waits_again, &QUEUED)?;
            look(outbox, never_left, Wish::Send)?;
            assert_eq!(outbox.entries()?.len(), 2, "nobody wished to take it back");
            for key in [never_left, waits_again] {
                assert_eq!(look(outbox, key, Wish::TakeBack)?.map(|entry| entry.key), Some(key));
            }
            outbox.entries()
        });
        let left: Vec<ClientKey> = left.await.unwrap().into_iter().map(|entry| entry.key).collect();
        assert_eq!(left, [waits_again]);
    }
}
