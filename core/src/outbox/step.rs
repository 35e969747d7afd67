//! One step for one command: bring its file, send it, ask about it, stop it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::answer::{self, Asked, Reading, Tries};
use super::machine::Step;
use super::outcome::put_with_followers;
use super::parts::Parts;
use super::task::Memory;
use crate::backend::{BackendError, CommandState};
use crate::model::{ClientKey, DecisionReason, OutboxEntry, OutboxState};
use crate::store::StoreError;

/// How long a message waits at most for the phone to catch up before it leaves.
const CATCH_UP: Duration = Duration::from_secs(3);

/// How catching up ended.
pub(super) enum Caught {
    Up,
    NotYet,
    TookTooLong,
}

/// How a step ended.
pub(super) enum Finished {
    CaughtUp(Caught),
    Uploaded(ClientKey, Result<(), BackendError>),
    Answered {
        entry: Box<OutboxEntry>,
        reading: Box<Reading>,
    },
    /// It was not there any more, or not in the state it was planned for.
    Overtaken(ClientKey),
    Stopped(ClientKey),
    Fault(ClientKey, StoreError),
}

/// Begins a step, as a task that holds nothing of the memory.
pub(super) fn begin(parts: &Arc<Parts>, memory: &mut Memory, step: Step) -> BoxFuture<'static, Finished> {
    let parts = parts.clone();
    match step {
        Step::CatchUp => {
            memory.catching_up = true;
            Box::pin(async move {
                Finished::CaughtUp(tokio::select! {
                    caught_up = parts.feed.catch_up() => if caught_up { Caught::Up } else { Caught::NotYet },
                    () = parts.clock.sleep(CATCH_UP) => Caught::TookTooLong,
                })
            })
        }
        Step::Upload(key) => {
            memory.busy.insert(key);
            Box::pin(async move { upload(&parts, key).await })
        }
        Step::Send(key) => {
            memory.busy.insert(key);
            let tries = memory.next_failure(key);
            Box::pin(async move { send(&parts, key, tries).await.unwrap_or_else(|error| Finished::Fault(key, error)) })
        }
        Step::Ask(key) => {
            memory.busy.insert(key);
            let tries = memory.next_failure(key);
            Box::pin(async move { ask(&parts, key, tries).await.unwrap_or_else(|error| Finished::Fault(key, error)) })
        }
        Step::Drop(key) => {
            memory.busy.insert(key);
            Box::pin(async move {
                match parts.store.outbox(move |outbox| outbox.remove(key)).await {
                    Ok(_) => Finished::Stopped(key),
                    Err(error) => Finished::Fault(key, error),
                }
            })
        }
        Step::Stop(key, reason) => {
            memory.busy.insert(key);
            Box::pin(async move { stop(&parts, key, reason).await.unwrap_or_else(|error| Finished::Fault(key, error)) })
        }
    }
}

async fn upload(parts: &Parts, key: ClientKey) -> Finished {
    let begun = parts
        .store
        .outbox(move |outbox| {
            let entry = outbox.entry(key)?.filter(|entry| matches!(entry.state, OutboxState::Queued { .. }));
            if entry.is_some() {
                outbox.set_state(key, &OutboxState::Uploading)?;
            }
            Ok(entry)
        })
        .await;
    match begun {
        Ok(Some(OutboxEntry { file: Some(file), conversation_id, .. })) => {
            parts.listener.outbox_changed(conversation_id);
            Finished::Uploaded(key, parts.uploads.upload(&file).await)
        }
        Ok(_) => Finished::Overtaken(key),
        Err(error) => Finished::Fault(key, error),
    }
}

async fn send(parts: &Parts, key: ClientKey, tries: Tries) -> Result<Finished, StoreError> {
    let epoch = parts.store.read(|cache| cache.epoch()).await?;
    // On disk as in flight before the first byte leaves: after a kill it is asked for, not sent again.
    let entry = parts
        .store
        .outbox(move |outbox| {
            let entry = outbox.entry(key)?.filter(|entry| matches!(entry.state, OutboxState::Queued { .. }));
            let Some(entry) = entry else { return Ok(None) };
            // What was never sent belongs to no history yet but the one it now goes to.
            outbox.begin_attempt(key, epoch.as_deref().unwrap_or(&entry.epoch))?;
            outbox.entry(key)
        })
        .await?;
    let Some(entry) = entry else { return Ok(Finished::Overtaken(key)) };
    parts.listener.outbox_changed(entry.conversation_id);
    let answer = parts.backend.execute(key, &entry.epoch, &entry.command).await;
    Ok(answered(parts, entry, Asked::Send, answer, tries).await)
}

async fn ask(parts: &Parts, key: ClientKey, tries: Tries) -> Result<Finished, StoreError> {
    let entry = parts.store.outbox(move |outbox| outbox.entry(key)).await?;
    match entry {
        Some(entry) if matches!(entry.state, OutboxState::Unknown | OutboxState::Accepted) => {
            let answer = parts.backend.command(key).await;
            Ok(answered(parts, entry, Asked::Fate, answer, tries).await)
        }
        _ => Ok(Finished::Overtaken(key)),
    }
}

async fn answered(
    parts: &Parts,
    entry: OutboxEntry,
    asked: Asked,
    answer: Result<CommandState, BackendError>,
    tries: Tries,
) -> Finished {
    parts.server_clock.observe(&parts.backend.take_clock_samples()).await;
    let reading = answer::read(&entry, asked, answer, parts.server_clock.now().at, tries);
    Finished::Answered { entry: Box::new(entry), reading: Box::new(reading) }
}

async fn stop(parts: &Parts, key: ClientKey, reason: DecisionReason) -> Result<Finished, StoreError> {
    let since = parts.server_clock.now().at;
    let stopped = parts
        .store
        .outbox(move |outbox| {
            let stopped = outbox.entry(key)?;
            if let Some(entry) = &stopped {
                put_with_followers(outbox, entry, &OutboxState::NeedsDecision { reason, since }, since)?;
            }
            Ok(stopped)
        })
        .await?;
    if let Some(entry) = stopped {
        parts.listener.outbox_changed(entry.conversation_id);
    }
    Ok(Finished::Stopped(key))
}
