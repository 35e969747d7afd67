//! Does the cache already show how a waiting command ended?
//!
//! The message that a command made comes back in the feed, in a snapshot or in an answer. Once its
//! row and its reports are here, the row says how the command ended and the outbox forgets it.

use std::collections::HashMap;

use super::facts::SendWindow;
use crate::model::{ConversationId, DecisionReason, Message, OutboxEntry, OutboxState};
use crate::rules::delivery::{DeliveryState, state_of_message};

/// Whether the message that a command made shows how the command ended.
pub fn shows_end(made: &Message, entry: &OutboxEntry) -> bool {
    let reported = !made.delivery.is_empty();
    match &entry.state {
        OutboxState::Accepted => true,
        // A command that was sent once and waits again may have been executed all the same.
        OutboxState::Queued { .. } => entry.attempts > 0,
        // A refused command stops the messages behind it: the answer under its key does that.
        OutboxState::Unknown => reported && state_of_message(made) != DeliveryState::Failed,
        // A refused message is on every screen with its reason, and the agent retries it there.
        OutboxState::NeedsDecision { .. } | OutboxState::Failed { .. } => reported,
        OutboxState::Uploading | OutboxState::InFlight => false,
    }
}

/// The same for a retried message. It carries the key of its first sending, so its attempt number
/// decides: once there is a newer attempt, this one is over, whatever became of it.
pub fn shows_end_of_retry(tried: &Message, attempt: u32, entry: &OutboxEntry) -> bool {
    match &entry.state {
        OutboxState::Unknown | OutboxState::NeedsDecision { reason: DecisionReason::Ambiguous, .. } => {
            tried.attempt > attempt || tried.delivery.iter().any(|fact| fact.attempt == attempt)
        }
        // This command or a colleague's made the attempt.
        OutboxState::Accepted | OutboxState::NeedsDecision { .. } | OutboxState::Failed { .. } => {
            tried.attempt >= attempt
        }
        OutboxState::Queued { .. } => entry.attempts > 0 && tried.attempt >= attempt,
        OutboxState::Uploading | OutboxState::InFlight => false,
    }
}

/// Accepted commands whose conversation has left this agent's view: the rows that would end them
/// never come here. `conversations` are those in view.
pub fn out_of_view(entries: &[OutboxEntry], conversations: &HashMap<ConversationId, SendWindow>) -> Vec<OutboxEntry> {
    let left = |entry: &&OutboxEntry| {
        entry.state == OutboxState::Accepted && entry.conversation_id.is_some_and(|id| !conversations.contains_key(&id))
    };
    entries.iter().filter(left).cloned().collect()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::model::{Author, ClientKey, Command, Content, DeliveryFact, DeliveryStatus, MessageId};

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
    fn a_retry_of_unknown_fate_waits_for_a_report_about_its_own_attempt() {
        for state in [OutboxState::Unknown, asked(DecisionReason::Ambiguous)] {
            let over = |tried: Message| shows_end_of_retry(&tried, 2, &entry(state.clone(), 1));
            assert!(!over(message(1, &[(1, Failed)])));
            assert!(!over(message(2, &[(1, Failed)])), "handed over, and no more is known");
            assert!(over(message(2, &[(1, Failed), (2, Sent)])));
            assert!(over(message(2, &[(1, Failed), (2, Failed)])));
            assert!(over(message(3, &[(1, Failed)])), "a colleague has retried it");
        }
    }

    #[test]
    fn a_retry_that_was_refused_or_stopped_is_over_once_the_message_shows_that_attempt() {
        for state in [refused(), OutboxState::Accepted, asked(DecisionReason::TooOld)] {
            assert!(!shows_end_of_retry(&message(1, &[(1, Failed)]), 2, &entry(state.clone(), 1)));
            assert!(shows_end_of_retry(&message(2, &[(1, Failed)]), 2, &entry(state, 1)));
        }
        let queued = OutboxState::Queued { not_before: None };
        assert!(!shows_end_of_retry(&message(2, &[]), 2, &entry(queued.clone(), 0)), "the server reports it");
        assert!(shows_end_of_retry(&message(2, &[]), 2, &entry(queued, 1)));
    }

    #[test]
    fn a_refused_message_whose_row_is_here_is_over_and_one_of_unknown_fate_is_not() {
        let refused_row = message(1, &[(1, Failed)]);
        assert!(shows_end(&refused_row, &entry(refused(), 1)));
        assert!(!shows_end(&message(1, &[]), &entry(refused(), 1)));
        assert!(!shows_end(&refused_row, &entry(OutboxState::Unknown, 1)), "its answer stops what waits behind it");
        assert!(shows_end(&message(1, &[(1, Sent)]), &entry(OutboxState::Unknown, 1)));
        assert!(shows_end(&refused_row, &entry(asked(DecisionReason::Ambiguous), 1)));
        assert!(!shows_end(&refused_row, &entry(OutboxState::InFlight, 1)), "its answer is on the way");
    }
}
