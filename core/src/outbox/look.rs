//! What the cache says about the commands that wait.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::machine::WindowNow;
use crate::model::{ConversationId, DecisionReason, OutboxEntry, OutboxState};
use crate::rules::window::{ReplyWindow, reply_window, sendable_until};
use crate::store::{CacheReader, StoreError};

/// Conversations known by id only are looked for among this many.
const KNOWN_BY_ID: usize = 10_000;

/// The window of a conversation of which too little is known here: the server judges.
const JUDGED_BY_SERVER: WindowNow = WindowNow { open: true, opened_at: None, sendable_until: None };

/// Commands whose end the cache already shows.
pub(super) fn settled(cache: &CacheReader<'_>, entries: &[OutboxEntry]) -> Result<Vec<OutboxEntry>, StoreError> {
    let mut settled = Vec::new();
    for entry in entries {
        let needs_report = match &entry.state {
            OutboxState::Accepted => false,
            // What was sent once and waits again may have been executed all the same.
            OutboxState::Queued { .. } if entry.attempts > 0 => false,
            OutboxState::Unknown | OutboxState::NeedsDecision { reason: DecisionReason::Ambiguous, .. } => true,
            OutboxState::Queued { .. }
            | OutboxState::Uploading
            | OutboxState::InFlight
            | OutboxState::NeedsDecision { .. }
            | OutboxState::Failed { .. } => continue,
        };
        if let Some(stored) = cache.message_by_key(entry.key)?
            && !(needs_report && stored.message.delivery.is_empty())
        {
            settled.push(entry.clone());
        }
    }
    Ok(settled)
}

/// Commands that the server has and whose conversation has left this agent's view: the rows that
/// would end them never come here. `conversations` are those that are in view.
pub(super) fn out_of_sight(
    entries: &[OutboxEntry],
    conversations: &HashMap<ConversationId, WindowNow>,
) -> Vec<OutboxEntry> {
    let left = |entry: &&OutboxEntry| {
        entry.state == OutboxState::Accepted && entry.conversation_id.is_some_and(|id| !conversations.contains_key(&id))
    };
    entries.iter().filter(left).cloned().collect()
}

/// The windows of the conversations that commands wait for.
pub(super) fn windows(
    cache: &CacheReader<'_>,
    entries: &[OutboxEntry],
    now: DateTime<Utc>,
    clock_error_ms: i64,
) -> Result<HashMap<ConversationId, WindowNow>, StoreError> {
    let ids: HashSet<ConversationId> = entries.iter().filter_map(|entry| entry.conversation_id).collect();
    let mut windows = HashMap::new();
    let mut missing = Vec::new();
    for id in ids {
        match cache.conversation(id)? {
            Some(stored) => {
                let facts = &stored.conversation.window;
                // Without the channel's row nothing is known of its window: the server judges.
                let window = stored.channel.as_ref().map_or(JUDGED_BY_SERVER, |channel| WindowNow {
                    open: !matches!(reply_window(&channel.window, facts, now), ReplyWindow::Closed { .. }),
                    opened_at: facts.opened_at,
                    sendable_until: sendable_until(&channel.window, facts, clock_error_ms),
                });
                windows.insert(id, window);
            }
            None => missing.push(id),
        }
    }
    if !missing.is_empty() {
        // After a snapshot some conversations are known by their id only: they have not left.
        let known = cache.conversations_wanted(KNOWN_BY_ID)?;
        windows.extend(missing.into_iter().filter(|id| known.contains(id)).map(|id| (id, JUDGED_BY_SERVER)));
    }
    Ok(windows)
}
