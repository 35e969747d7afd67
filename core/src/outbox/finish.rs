//! Writing the result of a step.

use super::answer::retry_after_ms;
use super::followers::put_with_followers;
use super::parts::Parts;
use super::step::{CatchUp, Finished};
use super::task_state::TaskState;
use crate::backend::{BackendError, Rows};
use crate::log::Fact;
use crate::model::{ClientKey, OutboxEntry, OutboxState};
use crate::rules::sending::answer::{Reading, Verdict};
use crate::rules::sending::queue::NOT_HELD_FOR;
use crate::store::StoreError;

/// Writes the result of a step.
pub(super) async fn write(parts: &Parts, state: &mut TaskState, finished: Finished) -> Result<(), StoreError> {
    match finished {
        Finished::CaughtUp(ended) => {
            state.catching_up = false;
            match ended {
                CatchUp::Done => state.behind = false,
                // It fails mostly for want of a network. If there is one, waiting does not help.
                CatchUp::Failed if !parts.feed.online() => state.not_held_until = None,
                CatchUp::Failed | CatchUp::TimedOut => {
                    state.not_held_until = parts.server_clock.now().at.checked_add_signed(NOT_HELD_FOR);
                }
            }
        }
        Finished::Outdated(key) | Finished::Stopped(key) => {
            state.busy.remove(&key);
        }
        Finished::Uploaded(key, result) => {
            state.busy.remove(&key);
            uploaded(parts, state, key, result).await?;
        }
        Finished::Answered { entry, reading, rows } => {
            state.busy.remove(&entry.key);
            write_answer(parts, state, *entry, *reading, rows).await?;
        }
        Finished::Fault(key, error) => {
            parts.log.error(
                "outbox_fault",
                &[("cause", Fact::Cause(error.cause())), ("sqlite", Fact::Number(error.sqlite_code()))],
            );
            state.busy.remove(&key);
            return Err(error);
        }
    }
    Ok(())
}

async fn uploaded(
    parts: &Parts,
    state: &mut TaskState,
    key: ClientKey,
    result: Result<(), BackendError>,
) -> Result<(), StoreError> {
    let now = parts.server_clock.now().at;
    let after = match result {
        Ok(()) => {
            state.uploaded.insert(key);
            state.failures.remove(&key);
            OutboxState::Queued { not_before: None }
        }
        Err(BackendError::Refused { code, .. }) => OutboxState::Failed { code, since: now },
        Err(error) => {
            if matches!(error, BackendError::NoAnswer | BackendError::NotOurs(_)) {
                parts.feed.no_answer();
            }
            let not_before = state.if_this_fails(key).next_try(now, retry_after_ms(&error));
            state.failed(key);
            OutboxState::Queued { not_before: Some(not_before) }
        }
    };
    let entry = parts
        .store
        .outbox(move |outbox| {
            let entry = outbox.entry(key)?.filter(|entry| entry.state == OutboxState::Uploading);
            if let Some(entry) = &entry {
                put_with_followers(outbox, entry, &after, now)?;
            }
            Ok(entry)
        })
        .await?;
    parts.listener.outbox_changed(entry.and_then(|entry| entry.conversation_id));
    Ok(())
}

/// Rows first, then the verdict: the echo goes only once its replacement is here.
async fn write_answer(
    parts: &Parts,
    state: &mut TaskState,
    entry: OutboxEntry,
    reading: Reading,
    rows: Option<Rows>,
) -> Result<(), StoreError> {
    let now = parts.server_clock.now().at;
    if reading.offline {
        state.behind = true;
        state.not_held_until = None;
        parts.feed.no_answer();
    }
    if reading.upload_again {
        state.uploaded.remove(&entry.key);
    }
    if let Some(rows) = rows {
        parts.store.write(move |cache| cache.apply_rows(&rows.rows, now)).await?;
    }
    state.ask_at.remove(&entry.key);
    match reading.verdict {
        Verdict::AskAgain { at } => {
            state.failed(entry.key);
            state.ask_at.insert(entry.key, at);
        }
        Verdict::Now(OutboxState::Queued { not_before: Some(_) }) => state.failed(entry.key),
        // The server was asked about a key that it never saw because sending failed: that is one failure.
        Verdict::Now(OutboxState::Queued { not_before: None }) => {}
        Verdict::Done | Verdict::Dropped | Verdict::Now(_) => {
            state.failures.remove(&entry.key);
        }
    }
    let conversation = entry.conversation_id;
    parts
        .store
        .outbox(move |outbox| match reading.verdict {
            Verdict::Done | Verdict::Dropped => outbox.remove(entry.key).map(|_| ()),
            // The server has it; only its end is unknown.
            Verdict::AskAgain { .. } if entry.state == OutboxState::Accepted => Ok(()),
            Verdict::AskAgain { .. } => outbox.set_state(entry.key, &OutboxState::Unknown).map(|_| ()),
            Verdict::Now(after) => put_with_followers(outbox, &entry, &after, now),
        })
        .await?;
    parts.listener.outbox_changed(conversation);
    Ok(())
}
