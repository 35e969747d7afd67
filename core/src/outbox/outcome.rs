//! Writing what came of a step.

use std::hash::{BuildHasher, Hasher, RandomState};

use chrono::{DateTime, TimeDelta, Utc};

use super::answer::{self, Reading, Verdict};
use super::machine;
use super::parts::Parts;
use super::step::{Caught, Finished};
use super::task::Memory;
use crate::backend::BackendError;
use crate::model::{ClientKey, DecisionReason, OutboxEntry, OutboxState};
use crate::store::{OutboxWriter, StoreError};

/// For how long messages are not held back after catching up took too long; then it is tried anew.
pub(super) const NOT_HELD_FOR: TimeDelta = TimeDelta::seconds(30);

/// Writes what came of a step.
pub(super) async fn write(parts: &Parts, memory: &mut Memory, finished: Finished) -> Result<(), StoreError> {
    match finished {
        Finished::CaughtUp(caught) => {
            memory.catching_up = false;
            match caught {
                Caught::Up => memory.behind = false,
                // Failed means no network, mostly; where it does not, there is no use in waiting.
                Caught::NotYet if !parts.feed.online() => memory.not_held_until = None,
                Caught::NotYet | Caught::TookTooLong => {
                    memory.not_held_until = parts.server_clock.now().at.checked_add_signed(NOT_HELD_FOR);
                }
            }
        }
        Finished::Overtaken(key) | Finished::Stopped(key) => {
            memory.busy.remove(&key);
        }
        Finished::Uploaded(key, result) => {
            memory.busy.remove(&key);
            uploaded(parts, memory, key, result).await?;
        }
        Finished::Answered { entry, reading } => {
            memory.busy.remove(&entry.key);
            write_answer(parts, memory, *entry, *reading).await?;
        }
        Finished::Fault(key, error) => {
            memory.busy.remove(&key);
            return Err(error);
        }
    }
    Ok(())
}

async fn uploaded(
    parts: &Parts,
    memory: &mut Memory,
    key: ClientKey,
    result: Result<(), BackendError>,
) -> Result<(), StoreError> {
    let now = parts.server_clock.now().at;
    let after = match result {
        Ok(()) => {
            memory.uploaded.insert(key);
            memory.failures.remove(&key);
            OutboxState::Queued { not_before: None }
        }
        Err(BackendError::Refused { code, .. }) => OutboxState::Failed { code, since: now },
        Err(error) => {
            if matches!(error, BackendError::NoAnswer | BackendError::NotOurs(_)) {
                parts.feed.no_answer();
            }
            let tries = memory.next_failure(key);
            memory.failed(key);
            OutboxState::Queued { not_before: Some(answer::next_try(&error, now, tries)) }
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

/// Rows first, then the verdict: the echo goes only when what replaces it is there.
async fn write_answer(
    parts: &Parts,
    memory: &mut Memory,
    entry: OutboxEntry,
    reading: Reading,
) -> Result<(), StoreError> {
    let now = parts.server_clock.now().at;
    if reading.offline {
        memory.behind = true;
        memory.not_held_until = None;
        parts.feed.no_answer();
    }
    if reading.upload_again {
        memory.uploaded.remove(&entry.key);
    }
    if let Some(rows) = reading.rows {
        parts.store.write(move |cache| cache.apply_rows(&rows.rows, now)).await?;
    }
    memory.ask_at.remove(&entry.key);
    match reading.verdict {
        Verdict::AskAgain { at } => {
            memory.failed(entry.key);
            memory.ask_at.insert(entry.key, at);
        }
        Verdict::Now(OutboxState::Queued { not_before: Some(_) }) => memory.failed(entry.key),
        // A key that the server never saw was asked for because sending failed: one cycle, one failure.
        Verdict::Now(OutboxState::Queued { not_before: None }) => {}
        Verdict::Done | Verdict::Dropped | Verdict::Now(_) => {
            memory.failures.remove(&entry.key);
        }
    }
    let conversation = entry.conversation_id;
    parts
        .store
        .outbox(move |outbox| match reading.verdict {
            Verdict::Done | Verdict::Dropped => outbox.remove(entry.key).map(|_| ()),
            // Of what the server has, only the end is not known.
            Verdict::AskAgain { .. } if entry.state == OutboxState::Accepted => Ok(()),
            Verdict::AskAgain { .. } => outbox.set_state(entry.key, &OutboxState::Unknown).map(|_| ()),
            Verdict::Now(state) => put_with_followers(outbox, &entry, &state, now),
        })
        .await?;
    parts.listener.outbox_changed(conversation);
    Ok(())
}

/// Writes where a command stands, and what that means for the messages behind it.
pub(super) fn put_with_followers(
    outbox: &mut OutboxWriter<'_>,
    entry: &OutboxEntry,
    state: &OutboxState,
    since: DateTime<Utc>,
) -> Result<(), StoreError> {
    // Taken back in the meantime: nothing behind it has to be asked about.
    if !outbox.set_state(entry.key, state)? {
        return Ok(());
    }
    let reason = match state {
        OutboxState::NeedsDecision { reason, .. } => *reason,
        OutboxState::Failed { code, .. } if code == "window_closed" => DecisionReason::WindowClosed,
        OutboxState::Failed { .. } => DecisionReason::EarlierRefused,
        OutboxState::Queued { .. }
        | OutboxState::Uploading
        | OutboxState::InFlight
        | OutboxState::Unknown
        | OutboxState::Accepted => return Ok(()),
    };
    for (key, reason) in machine::stopped_along(&outbox.entries()?, entry, reason) {
        outbox.set_state(key, &OutboxState::NeedsDecision { reason, since })?;
    }
    Ok(())
}

/// A number between 0 and 1 that differs from phone to phone. Nothing secret hangs on it.
pub(super) fn random_share() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 11;
    bits as f64 / (1_u64 << 53) as f64
}
