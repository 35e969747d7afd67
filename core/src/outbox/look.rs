//! What the cache says about the commands that wait.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::machine::WindowNow;
use crate::model::{
    ChannelAccount, Command, ConversationId, DecisionReason, Message, OutboxEntry, OutboxState, WindowFacts,
    WindowPolicy,
};
use crate::rules::delivery::{DeliveryState, state_of_message};
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

/// Whether the message that a command made says how the command ended.
fn shows_end(made: &Message, entry: &OutboxEntry) -> bool {
    let reported = !made.delivery.is_empty();
    match &entry.state {
        OutboxState::Accepted => true,
        // What was sent once and waits again may have been executed all the same.
        OutboxState::Queued { .. } => entry.attempts > 0,
        // One that was refused stops the messages behind it, which the answer under its key does.
        OutboxState::Unknown => reported && state_of_message(made) != DeliveryState::Failed,
        // A refused message is on everybody's screen with the reason, and there it is tried again.
        OutboxState::NeedsDecision { .. } | OutboxState::Failed { .. } => reported,
        OutboxState::Uploading | OutboxState::InFlight => false,
    }
}

/// The same for a message that was tried again: it carries the key of its first sending, so its
/// number of attempts tells. Once there is a newer attempt, this one is over whatever it became.
fn shows_end_of_retry(tried: &Message, attempt: u32, entry: &OutboxEntry) -> bool {
    match &entry.state {
        OutboxState::Unknown | OutboxState::NeedsDecision { reason: DecisionReason::Ambiguous, .. } => {
            tried.attempt > attempt || tried.delivery.iter().any(|fact| fact.attempt == attempt)
        }
        // The attempt was made, by this command or by a colleague's.
        OutboxState::Accepted | OutboxState::NeedsDecision { .. } | OutboxState::Failed { .. } => {
            tried.attempt >= attempt
        }
        OutboxState::Queued { .. } => entry.attempts > 0 && tried.attempt >= attempt,
        OutboxState::Uploading | OutboxState::InFlight => false,
    }
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

/// A window as the machine asks about it, by this phone's idea of the server's time and of how far
/// that may be off.
pub(super) fn window_now(
    policy: &WindowPolicy,
    facts: &WindowFacts,
    now: DateTime<Utc>,
    clock_error_ms: i64,
) -> WindowNow {
    WindowNow {
        open: !matches!(reply_window(policy, facts, now), ReplyWindow::Closed { .. }),
        opened_at: facts.opened_at,
        sendable_until: sendable_until(policy, facts, clock_error_ms),
    }
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
                let judged = |channel: &ChannelAccount| window_now(&channel.window, facts, now, clock_error_ms);
                windows.insert(id, stored.channel.as_deref().map_or(JUDGED_BY_SERVER, judged));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Author, ClientKey, Content, DeliveryFact, DeliveryStatus, MessageId};

    fn since() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn message(attempt: u32, reports: &[(u32, DeliveryStatus)]) -> Message {
        let fact = |(attempt, status): &(u32, DeliveryStatus)| DeliveryFact {
            attempt: *attempt,
            status: status.clone(),
            at: since(),
            error: None,
        };
        Message {
            id: MessageId(1),
            conversation_id: ConversationId(1),
            client_key: None,
            author: Author::Automation,
            at: since(),
            content: Content::Text { body: "Oui".into() },
            reply_to: None,
            edited_at: None,
            deleted_at: None,
            attempt,
            delivery: reports.iter().map(fact).collect(),
        }
    }

    fn entry(state: OutboxState, attempts: u32) -> OutboxEntry {
        OutboxEntry {
            key: ClientKey(uuid::Uuid::from_u128(1)),
            once_key: None,
            position: 1,
            conversation_id: Some(ConversationId(1)),
            command: Command::RetryMessage { message_id: MessageId(1), attempt: Some(2) },
            epoch: "e1".into(),
            created_at: since(),
            attempts,
            state,
            file: None,
        }
    }

    fn asked(reason: DecisionReason) -> OutboxState {
        OutboxState::NeedsDecision { reason, since: since() }
    }

    fn refused() -> OutboxState {
        OutboxState::Failed { code: "provider_refused".into(), since: since() }
    }

    use DeliveryStatus::{Failed, Sent};

    #[test]
    fn a_retry_nobody_knows_the_end_of_waits_for_a_report_about_its_own_attempt() {
        for state in [OutboxState::Unknown, asked(DecisionReason::Ambiguous)] {
            let over = |tried: Message| shows_end_of_retry(&tried, 2, &entry(state.clone(), 1));
            assert!(!over(message(1, &[(1, Failed)])));
            assert!(!over(message(2, &[(1, Failed)])), "it was handed over, and that is all that is known");
            assert!(over(message(2, &[(1, Failed), (2, Sent)])));
            assert!(over(message(2, &[(1, Failed), (2, Failed)])));
            assert!(over(message(3, &[(1, Failed)])), "a colleague has tried once more");
        }
    }

    #[test]
    fn a_retry_that_was_refused_or_stopped_is_over_once_the_message_shows_that_attempt() {
        for state in [refused(), OutboxState::Accepted, asked(DecisionReason::TooOld)] {
            assert!(!shows_end_of_retry(&message(1, &[(1, Failed)]), 2, &entry(state.clone(), 1)));
            assert!(shows_end_of_retry(&message(2, &[(1, Failed)]), 2, &entry(state, 1)));
        }
        let queued = OutboxState::Queued { not_before: None };
        assert!(!shows_end_of_retry(&message(2, &[]), 2, &entry(queued.clone(), 0)), "the server will say so");
        assert!(shows_end_of_retry(&message(2, &[]), 2, &entry(queued, 1)));
    }

    #[test]
    fn a_refused_message_whose_row_is_here_is_over_and_one_of_unknown_fate_is_asked_for() {
        let refused_row = message(1, &[(1, Failed)]);
        assert!(shows_end(&refused_row, &entry(refused(), 1)));
        assert!(!shows_end(&message(1, &[]), &entry(refused(), 1)));
        assert!(!shows_end(&refused_row, &entry(OutboxState::Unknown, 1)), "its answer stops what waits behind it");
        assert!(shows_end(&message(1, &[(1, Sent)]), &entry(OutboxState::Unknown, 1)));
        assert!(shows_end(&refused_row, &entry(asked(DecisionReason::Ambiguous), 1)));
        assert!(!shows_end(&refused_row, &entry(OutboxState::InFlight, 1)), "its answer is on the way");
    }
}
