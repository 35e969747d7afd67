//! What can the agent do about a command that has not arrived, the best first?

use crate::model::{Command, DecisionReason, OutboxEntry, OutboxState, Outgoing};

/// The code of a command that was damaged in this phone's storage. Not the server's.
pub const DAMAGED: &str = "damaged";

/// Something the agent can do about a message that has not arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum MessageAction {
    /// Try again: `Outbox::retry`, or `ConversationHandle::retry` for a message that has an id.
    Retry,
    /// Take it back before it leaves: `Outbox::cancel`.
    Cancel,
    /// Put its words back into the composer: `Decision::Edit` for one that waits here. A message
    /// that has an id stays as it is, and its words are in the bubble.
    Edit,
    /// Restart the conversation with a template instead.
    Restart,
    /// Send it in spite of a known obstacle: `Decision::Send`.
    SendAnyway,
    /// Discard it: `Decision::Discard`.
    Discard,
}

/// What the agent can do about a waiting command, the best first.
pub fn actions(entry: &OutboxEntry) -> Vec<MessageAction> {
    let text = matches!(&entry.command, Command::SendMessage { content: Outgoing::Text { .. }, .. });
    let template = matches!(&entry.command, Command::SendMessage { content: Outgoing::Template { .. }, .. });
    let edit = text.then_some(MessageAction::Edit);
    let actions: &[Option<MessageAction>] = match &entry.state {
        OutboxState::Queued { .. } | OutboxState::Uploading | OutboxState::Unknown => &[Some(MessageAction::Cancel)],
        OutboxState::InFlight | OutboxState::Accepted => &[],
        OutboxState::NeedsDecision { reason, .. } => match reason {
            DecisionReason::WindowClosed => &[Some(MessageAction::Restart), edit, Some(MessageAction::Discard)],
            DecisionReason::LeftView => &[edit, Some(MessageAction::Discard)],
            DecisionReason::WindowReopened => &[Some(MessageAction::Discard), Some(MessageAction::SendAnyway)],
            DecisionReason::TooOld
            | DecisionReason::EarlierRefused
            | DecisionReason::Ambiguous
            | DecisionReason::ServerRestored => &[Some(MessageAction::SendAnyway), edit, Some(MessageAction::Discard)],
        },
        OutboxState::Failed { code, .. } => match code.as_str() {
            "window_closed" => &[edit, Some(MessageAction::Restart), Some(MessageAction::Discard)],
            // Even its customer is uncertain.
            DAMAGED => &[edit, Some(MessageAction::Discard)],
            "too_long" | "not_supported" | "too_large" => &[edit, Some(MessageAction::Discard)],
            "template_not_usable" if template => &[Some(MessageAction::Restart), Some(MessageAction::Discard)],
            _ => &[Some(MessageAction::Retry), edit, Some(MessageAction::Discard)],
        },
    };
    actions.iter().flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::model::{ClientKey, ConversationId};
    use MessageAction::{Cancel, Discard, Edit, Restart, Retry, SendAnyway};

    fn reply(state: OutboxState) -> OutboxEntry {
        let conversation_id = ConversationId(1);
        let content = Outgoing::Text { body: "Oui".into() };
        OutboxEntry {
            key: ClientKey(uuid::Uuid::nil()),
            once_key: None,
            position: 1,
            conversation_id: Some(conversation_id),
            command: Command::SendMessage { conversation_id, content, reply_to: None },
            epoch: "e1".into(),
            created_at: DateTime::UNIX_EPOCH,
            attempts: 0,
            state,
            file: None,
        }
    }

    #[test]
    fn each_state_of_a_reply_offers_what_helps_the_best_first() {
        let since = DateTime::UNIX_EPOCH;
        let asked = |reason| OutboxState::NeedsDecision { reason, since };
        let failed = |code: &str| OutboxState::Failed { code: code.into(), since };
        let table: [(OutboxState, &[MessageAction]); 10] = [
            (OutboxState::Queued { not_before: None }, &[Cancel]),
            (OutboxState::InFlight, &[]),
            (OutboxState::Unknown, &[Cancel]),
            (asked(DecisionReason::WindowClosed), &[Restart, Edit, Discard]),
            (asked(DecisionReason::LeftView), &[Edit, Discard]),
            (asked(DecisionReason::TooOld), &[SendAnyway, Edit, Discard]),
            (asked(DecisionReason::Ambiguous), &[SendAnyway, Edit, Discard]),
            (failed("window_closed"), &[Edit, Restart, Discard]),
            (failed("too_long"), &[Edit, Discard]),
            (failed("provider_refused"), &[Retry, Edit, Discard]),
        ];
        for (state, offered) in table {
            assert_eq!(actions(&reply(state.clone())), offered, "{state:?}");
        }
    }
}
