//! Which waiting commands does a new one make needless, and is it needless itself?
//!
//! Read marks only rise: one mark that waits is enough. A second tap on *Retry* is the first one.

use crate::model::{ClientKey, Command, OutboxEntry, OutboxState};

/// What a new command means for those that wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// These leave the outbox.
    pub replaced: Vec<ClientKey>,
    /// This one already does what the new one would do.
    pub same: Option<OutboxEntry>,
}

/// Compares a new command with those that wait, in the order in which they were given.
pub fn duplicates(command: &Command, waiting: &[OutboxEntry]) -> Duplicates {
    let mut found = Duplicates::default();
    for entry in waiting {
        match compare(command, entry) {
            Compared::Unrelated => {}
            Compared::Replaced => found.replaced.push(entry.key),
            Compared::Same => {
                found.same = Some(entry.clone());
                break;
            }
        }
    }
    found
}

enum Compared {
    Unrelated,
    Replaced,
    Same,
}

fn compare(new: &Command, waiting: &OutboxEntry) -> Compared {
    match (new, &waiting.command) {
        (
            Command::MarkRead { conversation_id, up_to, tell_customer },
            Command::MarkRead { conversation_id: of, up_to: before, tell_customer: tells },
        ) if conversation_id == of => match &waiting.state {
            // A refused or stopped mark never reaches the server.
            OutboxState::NeedsDecision { .. } | OutboxState::Failed { .. } => Compared::Replaced,
            _ if before >= up_to && (*tells || !*tell_customer) => Compared::Same,
            OutboxState::Queued { .. } if *tell_customer || !*tells => Compared::Replaced,
            OutboxState::Queued { .. }
            | OutboxState::Uploading
            | OutboxState::InFlight
            | OutboxState::Unknown
            | OutboxState::Accepted => Compared::Unrelated,
        },
        (Command::RetryMessage { message_id, .. }, Command::RetryMessage { message_id: of, .. })
            if message_id == of =>
        {
            match &waiting.state {
                OutboxState::Failed { .. } => Compared::Replaced,
                // A second tap: the first one is under way, or the agent is asked about it.
                OutboxState::NeedsDecision { .. }
                | OutboxState::Queued { .. }
                | OutboxState::Uploading
                | OutboxState::InFlight
                | OutboxState::Unknown
                | OutboxState::Accepted => Compared::Same,
            }
        }
        _ => Compared::Unrelated,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::model::{ConversationId, MessageId};

    const QUEUED: OutboxState = OutboxState::Queued { not_before: None };

    fn mark(up_to: i64, tell_customer: bool) -> Command {
        Command::MarkRead { conversation_id: ConversationId(1), up_to: MessageId(up_to), tell_customer }
    }

    fn retry(message: i64) -> Command {
        Command::RetryMessage { message_id: MessageId(message), attempt: None }
    }

    fn waiting(number: u128, command: Command, state: OutboxState) -> OutboxEntry {
        OutboxEntry {
            key: ClientKey(Uuid::from_u128(number)),
            once_key: None,
            position: 1,
            conversation_id: Some(ConversationId(1)),
            command,
            epoch: "e1".into(),
            created_at: DateTime::UNIX_EPOCH,
            attempts: 0,
            state,
            file: None,
        }
    }

    fn failed() -> OutboxState {
        OutboxState::Failed { code: "provider_refused".into(), since: DateTime::UNIX_EPOCH }
    }

    /// The number of the command that is the same, and of those that are replaced.
    fn numbers(command: &Command, entries: &[OutboxEntry]) -> (Option<u128>, Vec<u128>) {
        let found = duplicates(command, entries);
        let number = |key: ClientKey| key.0.as_u128();
        (found.same.map(|entry| number(entry.key)), found.replaced.into_iter().map(number).collect())
    }

    #[test]
    fn a_read_mark_replaces_a_lower_one_and_is_needless_beside_a_higher_one() {
        let lower = waiting(1, mark(5, true), QUEUED);
        assert_eq!(numbers(&mark(9, true), std::slice::from_ref(&lower)), (None, vec![1]));
        assert_eq!(numbers(&mark(5, true), std::slice::from_ref(&lower)), (Some(1), vec![]));
        assert_eq!(numbers(&mark(3, false), &[lower]), (Some(1), vec![]));
    }

    #[test]
    fn a_read_mark_that_the_customer_sees_is_not_replaced_by_one_that_the_customer_does_not_see() {
        assert_eq!(numbers(&mark(9, false), &[waiting(1, mark(5, true), QUEUED)]), (None, vec![]));
        assert_eq!(numbers(&mark(5, true), &[waiting(1, mark(5, false), QUEUED)]), (None, vec![1]));
    }

    #[test]
    fn a_read_mark_in_flight_stays_and_a_refused_one_goes() {
        let entries = [waiting(1, mark(5, true), failed()), waiting(2, mark(6, true), OutboxState::InFlight)];
        assert_eq!(numbers(&mark(9, true), &entries), (None, vec![1]));
        assert_eq!(numbers(&mark(6, true), &entries), (Some(2), vec![1]));
    }

    #[test]
    fn a_second_tap_on_retry_is_the_first_one_unless_that_was_refused() {
        assert_eq!(numbers(&retry(7), &[waiting(1, retry(7), QUEUED)]), (Some(1), vec![]));
        assert_eq!(numbers(&retry(7), &[waiting(1, retry(7), failed())]), (None, vec![1]));
        assert_eq!(numbers(&retry(7), &[waiting(1, retry(8), QUEUED)]), (None, vec![]));
    }
}
