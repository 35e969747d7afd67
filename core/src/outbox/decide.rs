//! What the agent does about a command: try again, take back, let go, send all the same.
//!
//! A key that can no longer execute is left behind and the command goes under a new one. A key
//! that may have executed is burnt by the server first, which says if it is too late.

use super::give::{Given, give_anew};
use super::parts::Parts;
use crate::backend::{BackendError, CommandState, Rows};
use crate::model::{ClientKey, Command, DecisionReason, OutboxEntry, OutboxState};
use crate::store::StoreError;

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
    let Some(mut entry) = parts.store.outbox(move |outbox| outbox.entry(key)).await? else {
        return Ok(Outcome::NotFound);
    };
    if matches!((key_stands(&entry), wish), (KeyStands::NeverLeft, Wish::TakeBack)) {
        match take_out_of_the_queue(parts, entry).await? {
            Taken::Out(outcome) => return Ok(outcome),
            Taken::Left(left) => entry = left,
        }
    }
    let outcome = match (key_stands(&entry), wish) {
        // Under the same key it may go as often as it likes.
        (KeyStands::NeverLeft | KeyStands::WaitsAgain, Wish::Send) => go_now(parts, entry).await?,
        (KeyStands::NeverLeft, Wish::TakeBack) => Outcome::AlreadySent,
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

/// How grasping for a command in the queue ended.
enum Taken {
    Out(Outcome),
    /// It left between the look and the grasp; as it is now. It may wait here again already, and the
    /// server may have executed it all the same.
    Left(OutboxEntry),
}

async fn take_out_of_the_queue(parts: &Parts, entry: OutboxEntry) -> Result<Taken, Problem> {
    let key = entry.key;
    let now = parts
        .store
        .outbox(move |outbox| {
            let now = outbox.entry(key)?;
            if now.as_ref().is_some_and(|now| matches!(key_stands(now), KeyStands::NeverLeft)) {
                outbox.remove(key)?;
                return Ok(None);
            }
            Ok(Some(now))
        })
        .await?;
    Ok(match now {
        None => Taken::Out(gone(parts, entry)),
        Some(Some(now)) => Taken::Left(now),
        // It left and came to its end.
        Some(None) => Taken::Out(Outcome::AlreadySent),
    })
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
    let events = parts.store.write(move |cache| cache.apply_rows(&rows.rows, now)).await?;
    parts.listener.stored(&events);
    Ok(())
}
