//! One step for one command: upload its file, send it, ask about it, stop it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::answer::split;
use super::followers::put_with_followers;
use super::parts::Parts;
use super::task_state::TaskState;
use crate::backend::{BackendError, CommandState, Rows};
use crate::log::Fact;
use crate::model::{ClientKey, DecisionReason, OutboxEntry, OutboxState};
use crate::rules::backoff::Failures;
use crate::rules::sending::answer::{Question, Reading, read};
use crate::rules::sending::queue::{CATCH_UP_AT_MOST_MS, Step};
use crate::store::StoreError;

/// How catching up ended.
pub(super) enum CatchUp {
    Done,
    Failed,
    TimedOut,
}

/// How a step ended.
pub(super) enum Finished {
    CaughtUp(CatchUp),
    Uploaded(ClientKey, Result<(), BackendError>),
    Answered {
        entry: Box<OutboxEntry>,
        reading: Box<Reading>,
        rows: Option<Rows>,
    },
    /// The command is gone, or no longer in the state it was planned for.
    Outdated(ClientKey),
    Stopped(ClientKey),
    Fault(ClientKey, StoreError),
}

/// Begins a step as a task that borrows nothing. `epoch` is the server's history that the step was
/// planned for.
pub(super) fn begin(
    parts: &Arc<Parts>,
    state: &mut TaskState,
    step: Step,
    epoch: Option<&str>,
) -> BoxFuture<'static, Finished> {
    let parts = parts.clone();
    match step {
        Step::CatchUp => {
            state.catching_up = true;
            Box::pin(async move {
                Finished::CaughtUp(tokio::select! {
                    caught_up = parts.feed.catch_up() => if caught_up { CatchUp::Done } else { CatchUp::Failed },
                    () = parts.clock.sleep(Duration::from_millis(CATCH_UP_AT_MOST_MS)) => CatchUp::TimedOut,
                })
            })
        }
        Step::Upload(key) => {
            state.busy.insert(key);
            Box::pin(async move { upload(&parts, key).await })
        }
        Step::Send(key) => {
            state.busy.insert(key);
            let failures = state.if_this_fails(key);
            let epoch = epoch.map(str::to_owned);
            Box::pin(async move {
                send(&parts, key, epoch, failures).await.unwrap_or_else(|error| Finished::Fault(key, error))
            })
        }
        Step::Ask(key) => {
            state.busy.insert(key);
            let failures = state.if_this_fails(key);
            Box::pin(
                async move { ask(&parts, key, failures).await.unwrap_or_else(|error| Finished::Fault(key, error)) },
            )
        }
        Step::Drop(key) => {
            state.busy.insert(key);
            Box::pin(async move {
                match parts.store.outbox(move |outbox| outbox.remove(key)).await {
                    Ok(_) => Finished::Stopped(key),
                    Err(error) => Finished::Fault(key, error),
                }
            })
        }
        Step::Stop(key, reason) => {
            state.busy.insert(key);
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
        Ok(_) => Finished::Outdated(key),
        Err(error) => Finished::Fault(key, error),
    }
}

async fn send(
    parts: &Parts,
    key: ClientKey,
    epoch: Option<String>,
    failures: Failures,
) -> Result<Finished, StoreError> {
    // In flight on disk before the first byte leaves: after a kill the phone asks, and does not send again.
    let entry = parts
        .store
        .outbox(move |outbox| {
            let entry = outbox.entry(key)?.filter(|entry| matches!(entry.state, OutboxState::Queued { .. }));
            let Some(entry) = entry else { return Ok(None) };
            // From its first sending on it belongs to the history that it goes to.
            outbox.begin_attempt(key, epoch.as_deref().unwrap_or(&entry.epoch))?;
            outbox.entry(key)
        })
        .await?;
    let Some(entry) = entry else { return Ok(Finished::Outdated(key)) };
    parts.listener.outbox_changed(entry.conversation_id);
    let answer = parts.backend.execute(key, &entry.epoch, &entry.command).await;
    Ok(answered(parts, entry, Question::Execute, answer, failures).await)
}

async fn ask(parts: &Parts, key: ClientKey, failures: Failures) -> Result<Finished, StoreError> {
    let entry = parts.store.outbox(move |outbox| outbox.entry(key)).await?;
    match entry {
        Some(entry) if matches!(entry.state, OutboxState::Unknown | OutboxState::Accepted) => {
            let answer = parts.backend.command(key).await;
            Ok(answered(parts, entry, Question::Fate, answer, failures).await)
        }
        _ => Ok(Finished::Outdated(key)),
    }
}

async fn answered(
    parts: &Parts,
    entry: OutboxEntry,
    question: Question,
    answer: Result<CommandState, BackendError>,
    failures: Failures,
) -> Finished {
    parts.server_clock.observe(&parts.backend.take_clock_samples()).await;
    let (answer, rows) = split(answer);
    let reading = read(&entry, question, answer, parts.server_clock.now().at, failures);
    Finished::Answered { entry: Box::new(entry), reading: Box::new(reading), rows }
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
        parts.log.info("outbox_asks", &[("reason", Fact::Word(reason.code()))]);
        parts.listener.outbox_changed(entry.conversation_id);
    }
    Ok(Finished::Stopped(key))
}
