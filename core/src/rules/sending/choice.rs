//! What may the agent's choice about a waiting command do?
//!
//! A key executes once. If it can no longer execute, the command is sent under a new key. If it may
//! have been executed, the server has to cancel the key first and says if it is too late: then the
//! command went out, and nothing is sent twice.

use chrono::{DateTime, Utc};

use super::actions::DAMAGED;
use super::answer::{Answer, CallFailure};
use super::facts::{CustomerText, customer_text};
use crate::model::{Command, DecisionReason, OutboxEntry, OutboxState};
use crate::rules::window::ReplyWindow;

/// What the agent chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Send it: try again, or send it in spite of a known obstacle.
    Send,
    /// Take it back, or discard it.
    TakeBack,
}

/// What has to happen for a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It waits here or is sent again under the same key: its waiting time ends.
    SendNow,
    /// Only this phone knows the key: remove it.
    Remove,
    /// The server is already working on it.
    AlreadyUnderWay,
    /// The key never executes: put the command under a new key, or remove it.
    ReplaceOrRemove,
    /// The key may execute: ask the server to cancel it first.
    CancelOnServerFirst,
}

/// What has to happen for `choice`.
pub fn way(entry: &OutboxEntry, choice: Choice) -> Way {
    match (key_state(entry), choice) {
        (KeyState::NeverSent | KeyState::SentAndQueued, Choice::Send) => Way::SendNow,
        (KeyState::NeverSent, Choice::TakeBack) => Way::Remove,
        (KeyState::UnderWay, Choice::Send) => Way::AlreadyUnderWay,
        (KeyState::Dead, _) => Way::ReplaceOrRemove,
        (KeyState::MayHaveExecuted, _) | (KeyState::UnderWay | KeyState::SentAndQueued, Choice::TakeBack) => {
            Way::CancelOnServerFirst
        }
    }
}

/// What can still become of a key.
enum KeyState {
    /// It waits here: only this phone knows it.
    NeverSent,
    /// It was sent before and waits here to be sent again.
    SentAndQueued,
    /// The server has it, or will be asked about it.
    UnderWay,
    /// It may have been executed, and nothing is working on it.
    MayHaveExecuted,
    /// It never executes, or can no longer change.
    Dead,
}

fn key_state(entry: &OutboxEntry) -> KeyState {
    match &entry.state {
        OutboxState::Queued { .. } | OutboxState::Uploading if entry.attempts > 0 => KeyState::SentAndQueued,
        OutboxState::Queued { .. } | OutboxState::Uploading => KeyState::NeverSent,
        OutboxState::InFlight | OutboxState::Unknown | OutboxState::Accepted => KeyState::UnderWay,
        OutboxState::Failed { .. } => KeyState::Dead,
        OutboxState::NeedsDecision { reason, .. } => match reason {
            // Asking cannot help: the provider's answer is lost, and the agent knows that.
            DecisionReason::Ambiguous => KeyState::Dead,
            DecisionReason::TooOld
            | DecisionReason::ServerRestored
            | DecisionReason::WindowClosed
            | DecisionReason::WindowReopened
            | DecisionReason::LeftView
            | DecisionReason::EarlierRefused => match entry.attempts {
                0 => KeyState::Dead,
                _ => KeyState::MayHaveExecuted,
            },
        },
    }
}

/// The command as it is sent under a new key. If the fate of a retry is unknown, sending it in spite
/// of that is one attempt more.
pub fn under_a_new_key(entry: &OutboxEntry) -> Command {
    match (&entry.command, &entry.state) {
        (
            Command::RetryMessage { message_id, attempt: Some(attempt) },
            OutboxState::NeedsDecision { reason: DecisionReason::Ambiguous, .. },
        ) => Command::RetryMessage { message_id: *message_id, attempt: Some(attempt.saturating_add(1)) },
        (command, _) => command.clone(),
    }
}

/// What became of a key that the server was asked to cancel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancellation {
    /// It never executes.
    Cancelled,
    /// Too late: it was executed and leaves the outbox.
    Executed,
    /// Too late: this is its state now.
    TooLate(OutboxState),
    /// The server could not be asked.
    NotAsked,
}

/// Reads the server's answer to a cancellation.
pub fn cancellation(answer: &Answer, now: DateTime<Utc>) -> Cancellation {
    let unknown_fate =
        || Cancellation::TooLate(OutboxState::NeedsDecision { reason: DecisionReason::Ambiguous, since: now });
    match answer {
        // Forgotten is not cancelled: it may have been executed before it was forgotten.
        Answer::Rejected(code) | Answer::Failed(CallFailure::Refused(code)) if code == "key_expired" => unknown_fate(),
        Answer::Cancelled | Answer::Rejected(_) | Answer::NeverSeen => Cancellation::Cancelled,
        Answer::Applied => Cancellation::Executed,
        Answer::Accepted { .. } => Cancellation::TooLate(OutboxState::Accepted),
        Answer::Ambiguous => unknown_fate(),
        Answer::Pending => Cancellation::TooLate(OutboxState::Unknown),
        Answer::Failed(_) => Cancellation::NotAsked,
    }
}

/// The code under which sending is refused at once, because the answer is known: a reply after the
/// window, and a damaged command, whose very customer is uncertain.
pub fn known_refusal(entry: &OutboxEntry, window: Option<&ReplyWindow>) -> Option<&'static str> {
    if matches!(&entry.state, OutboxState::Failed { code, .. } if code == DAMAGED) {
        return Some(DAMAGED);
    }
    let is_reply = customer_text(&entry.command) == Some(CustomerText::Reply);
    match window {
        Some(ReplyWindow::Closed { .. }) if is_reply => Some("window_closed"),
        Some(ReplyWindow::Closed { .. } | ReplyWindow::Open { .. } | ReplyWindow::Unlimited) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::{ClientKey, ConversationId, MessageId, Outgoing};
    use crate::rules::window::ClosedWhy;

    const QUEUED: OutboxState = OutboxState::Queued { not_before: None };

    fn now() -> DateTime<Utc> {
        "2026-11-02T09:00:00Z".parse().unwrap()
    }

    fn reply(state: OutboxState, attempts: u32) -> OutboxEntry {
        let conversation_id = ConversationId(1);
        let content = Outgoing::Text { body: "Oui".into() };
        OutboxEntry {
            key: ClientKey(Uuid::from_u128(1)),
            once_key: None,
            position: 1,
            conversation_id: Some(conversation_id),
            command: Command::SendMessage { conversation_id, content, reply_to: None },
            epoch: "e1".into(),
            created_at: now(),
            attempts,
            state,
            file: None,
        }
    }

    fn question(reason: DecisionReason) -> OutboxState {
        OutboxState::NeedsDecision { reason, since: now() }
    }

    #[test]
    fn a_key_that_may_have_executed_is_cancelled_on_the_server_first() {
        let ways = |entry: OutboxEntry| (way(&entry, Choice::Send), way(&entry, Choice::TakeBack));
        let first = Way::CancelOnServerFirst;
        assert_eq!(ways(reply(QUEUED, 0)), (Way::SendNow, Way::Remove));
        assert_eq!(ways(reply(QUEUED, 1)), (Way::SendNow, first));
        for state in [OutboxState::InFlight, OutboxState::Unknown, OutboxState::Accepted] {
            assert_eq!(ways(reply(state, 1)), (Way::AlreadyUnderWay, first));
        }
        let too_old = question(DecisionReason::TooOld);
        assert_eq!(ways(reply(too_old.clone(), 1)), (first, first));
        let replaced = (Way::ReplaceOrRemove, Way::ReplaceOrRemove);
        assert_eq!(ways(reply(too_old, 0)), replaced);
        assert_eq!(ways(reply(question(DecisionReason::Ambiguous), 1)), replaced);
        let refused = OutboxState::Failed { code: "too_long".into(), since: now() };
        assert_eq!(ways(reply(refused, 1)), replaced);
    }

    #[test]
    fn a_forgotten_key_is_not_a_cancelled_one() {
        let unknown = Cancellation::TooLate(question(DecisionReason::Ambiguous));
        let refused = |code: &str| Answer::Failed(CallFailure::Refused(code.into()));
        let table = [
            (Answer::Cancelled, Cancellation::Cancelled),
            (Answer::NeverSeen, Cancellation::Cancelled),
            (Answer::Rejected("too_long".into()), Cancellation::Cancelled),
            (Answer::Rejected("key_expired".into()), unknown.clone()),
            (refused("key_expired"), unknown.clone()),
            (Answer::Ambiguous, unknown),
            (Answer::Applied, Cancellation::Executed),
            (Answer::Accepted { with_message: true }, Cancellation::TooLate(OutboxState::Accepted)),
            (Answer::Pending, Cancellation::TooLate(OutboxState::Unknown)),
            (Answer::Failed(CallFailure::NoAnswer), Cancellation::NotAsked),
            (refused("internal"), Cancellation::NotAsked),
        ];
        for (answer, cancelled) in table {
            assert_eq!(cancellation(&answer, now()), cancelled, "{answer:?}");
        }
    }

    #[test]
    fn a_retry_of_unknown_fate_is_sent_as_one_attempt_more() {
        let retry = Command::RetryMessage { message_id: MessageId(7), attempt: Some(2) };
        let entry = |reason| OutboxEntry { command: retry.clone(), ..reply(question(reason), 1) };
        let one_more = Command::RetryMessage { message_id: MessageId(7), attempt: Some(3) };
        assert_eq!(under_a_new_key(&entry(DecisionReason::Ambiguous)), one_more);
        assert_eq!(under_a_new_key(&entry(DecisionReason::TooOld)), retry);
    }

    #[test]
    fn a_reply_after_its_window_and_a_damaged_command_are_refused_at_once() {
        let closed = ReplyWindow::Closed { since: Some(now()), why: ClosedWhy::Ended };
        assert_eq!(known_refusal(&reply(QUEUED, 0), Some(&closed)), Some("window_closed"));
        assert_eq!(known_refusal(&reply(QUEUED, 0), Some(&ReplyWindow::Unlimited)), None);
        assert_eq!(known_refusal(&reply(QUEUED, 0), None), None);
        let retry = Command::RetryMessage { message_id: MessageId(7), attempt: None };
        assert_eq!(known_refusal(&OutboxEntry { command: retry, ..reply(QUEUED, 0) }, Some(&closed)), None);
        let damaged = OutboxState::Failed { code: DAMAGED.into(), since: now() };
        assert_eq!(known_refusal(&reply(damaged, 0), None), Some(DAMAGED));
    }
}
