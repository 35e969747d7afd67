//! What waits in the outbox, laid over what the server last said, so that a list shows at once
//! what the agent did.

use crate::model::{Command, OutboxEntry, OutboxState};
use crate::store::Overlays;

/// Whether a command is still expected to be executed.
pub(super) fn is_on_its_way(state: &OutboxState) -> bool {
    match state {
        OutboxState::Queued { .. }
        | OutboxState::Uploading
        | OutboxState::InFlight
        | OutboxState::Unknown
        | OutboxState::Accepted => true,
        OutboxState::NeedsDecision { .. } | OutboxState::Failed { .. } => false,
    }
}

/// What the waiting commands will make of conversations, in the order in which they were given.
pub(super) fn overlays(entries: &[OutboxEntry]) -> Overlays {
    let mut overlays = Overlays::default();
    for entry in entries.iter().filter(|entry| is_on_its_way(&entry.state)) {
        match &entry.command {
            Command::SetOpen { conversation_id, open, .. } => {
                overlays.open.insert(*conversation_id, *open);
            }
            Command::Assign { conversation_id, to, .. } => {
                overlays.assignee.insert(*conversation_id, *to);
            }
            Command::MarkRead { conversation_id, up_to, .. } => {
                let read = overlays.read_up_to.entry(*conversation_id).or_insert(*up_to);
                *read = (*read).max(*up_to);
            }
            Command::SendMessage { .. }
            | Command::RetryMessage { .. }
            | Command::AddComment { .. }
            | Command::SetStatus { .. }
            | Command::CreateTemplate { .. }
            | Command::RefreshTemplates { .. } => {}
        }
    }
    overlays
}
