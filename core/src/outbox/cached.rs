//! What the cache knows about the waiting commands.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::model::{ChannelAccount, Command, ConversationId, OutboxEntry};
use crate::rules::sending::facts::{SendWindow, send_window};
use crate::rules::sending::settled::{shows_end, shows_end_of_retry};
use crate::store::{CacheReader, StoreError};

/// Among how many conversations known by id only a missing one is searched.
const KNOWN_BY_ID: usize = 10_000;

/// The commands whose end the cache already shows.
pub(super) fn settled(cache: &CacheReader<'_>, entries: &[OutboxEntry]) -> Result<Vec<OutboxEntry>, StoreError> {
    let mut settled = Vec::new();
    for entry in entries {
        let over = match &entry.command {
            Command::RetryMessage { message_id, attempt: Some(attempt) } => {
                let held = cache.message(*message_id)?;
                held.is_some_and(|held| shows_end_of_retry(&held.message, *attempt, entry))
            }
            Command::SendMessage { .. }
            | Command::RetryMessage { attempt: None, .. }
            | Command::AddComment { .. }
            | Command::Assign { .. }
            | Command::SetOpen { .. }
            | Command::MarkRead { .. }
            | Command::SetStatus { .. }
            | Command::CreateTemplate { .. }
            | Command::RefreshTemplates { .. } => {
                let held = cache.message_by_key(entry.key)?;
                held.is_some_and(|held| shows_end(&held.message, entry))
            }
        };
        if over {
            settled.push(entry.clone());
        }
    }
    Ok(settled)
}

/// The windows of the conversations of the waiting commands.
pub(super) fn windows(
    cache: &CacheReader<'_>,
    entries: &[OutboxEntry],
    now: DateTime<Utc>,
    clock_error_ms: i64,
) -> Result<HashMap<ConversationId, SendWindow>, StoreError> {
    let ids: HashSet<ConversationId> = entries.iter().filter_map(|entry| entry.conversation_id).collect();
    let mut windows = HashMap::new();
    let mut missing = Vec::new();
    for id in ids {
        match cache.conversation(id)? {
            Some(stored) => {
                let facts = &stored.conversation.window;
                // Without the channel's row this phone does not know its window: the server judges.
                let judged = |channel: &ChannelAccount| send_window(&channel.window, facts, now, clock_error_ms);
                windows.insert(id, stored.channel.as_deref().map_or(SendWindow::JUDGED_BY_SERVER, judged));
            }
            None => missing.push(id),
        }
    }
    if !missing.is_empty() {
        // After a snapshot some conversations are known by id only: they have not left.
        let known = cache.conversations_wanted(KNOWN_BY_ID)?;
        windows
            .extend(missing.into_iter().filter(|id| known.contains(id)).map(|id| (id, SendWindow::JUDGED_BY_SERVER)));
    }
    Ok(windows)
}
