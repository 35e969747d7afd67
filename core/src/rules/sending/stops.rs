//! Why does a waiting command stop and become a question to the agent, and what stops with it?
//!
//! A reply that waited too long for its window, a template that the customer's own message made
//! needless, a conversation that left the agent's view, a day without success, a server restored
//! from a backup: none of these may be decided without the agent (product page; ours). Order
//! matters to a customer, so the later messages of the conversation stop with a stopped one.

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::{CustomerText, Facts, SendWindow, customer_text, is_read_mark};
use crate::model::{ClientKey, DecisionReason, OutboxEntry, OutboxState};

/// How long a command is retried without asking the agent.
pub const RETRIED_FOR: TimeDelta = TimeDelta::hours(24);

/// A reply this young did not wait: in the window's last minute it leaves, and the server judges it.
pub const JUST_WRITTEN: TimeDelta = TimeDelta::seconds(5);

/// Why a queued command that could leave now becomes a question instead.
pub fn stopped_by(entry: &OutboxEntry, facts: &Facts<'_>) -> Option<DecisionReason> {
    if is_read_mark(&entry.command) || !(facts.caught_up || facts.not_held_until.is_some()) {
        return None;
    }
    // A command that was never sent cannot have been executed by the lost history: it leaves for the new one.
    if entry.attempts > 0 && facts.history_is_gone(entry) {
        return Some(DecisionReason::ServerRestored);
    }
    let by_its_conversation = match entry.conversation_id.map(|id| facts.conversations.get(&id)) {
        Some(Some(window)) => stopped_by_window(entry, window, facts.now),
        // Before everything is here, a conversation is missing most often because this phone does not
        // know it yet: the server knows, and refuses the command if the conversation has left.
        Some(None) => facts.caught_up.then_some(DecisionReason::LeftView),
        None => None,
    };
    by_its_conversation.or((facts.now - entry.created_at >= RETRIED_FOR).then_some(DecisionReason::TooOld))
}

fn stopped_by_window(entry: &OutboxEntry, window: &SendWindow, now: DateTime<Utc>) -> Option<DecisionReason> {
    match customer_text(&entry.command)? {
        CustomerText::Reply => is_too_late(entry, window, now).then_some(DecisionReason::WindowClosed),
        // If the window was open when the agent chose a template, the agent wanted one all the same.
        CustomerText::Template => (window.open && window.opened_at.is_some_and(|opened| opened > entry.created_at))
            .then_some(DecisionReason::WindowReopened),
    }
}

fn is_too_late(entry: &OutboxEntry, window: &SendWindow, now: DateTime<Utc>) -> bool {
    if !window.open {
        return true;
    }
    let just_written = entry.attempts == 0 && now - entry.created_at <= JUST_WRITTEN;
    window.sendable_until.is_some_and(|until| now >= until) && !just_written
}

/// The state of a command that ended its conversation's order, as the reason that its later
/// messages read. None: this state stops nothing.
pub fn reason_for_followers(state: &OutboxState) -> Option<DecisionReason> {
    match state {
        OutboxState::NeedsDecision { reason, .. } => Some(*reason),
        OutboxState::Failed { code, .. } if code == "window_closed" => Some(DecisionReason::WindowClosed),
        OutboxState::Failed { .. } => Some(DecisionReason::EarlierRefused),
        OutboxState::Queued { .. }
        | OutboxState::Uploading
        | OutboxState::InFlight
        | OutboxState::Unknown
        | OutboxState::Accepted => None,
    }
}

/// Which later messages of its conversation stop together with `stopped`, and why.
pub fn stopped_along(
    entries: &[OutboxEntry],
    stopped: &OutboxEntry,
    reason: DecisionReason,
) -> Vec<(ClientKey, DecisionReason)> {
    if customer_text(&stopped.command).is_none() || stopped.conversation_id.is_none() {
        return Vec::new();
    }
    let later = entries.iter().filter(|entry| {
        entry.position > stopped.position
            && entry.conversation_id == stopped.conversation_id
            && matches!(entry.state, OutboxState::Queued { .. })
    });
    later
        .filter_map(|entry| match (customer_text(&entry.command)?, reason) {
            (CustomerText::Reply, DecisionReason::WindowClosed) => Some((entry.key, DecisionReason::WindowClosed)),
            (_, DecisionReason::LeftView) => Some((entry.key, DecisionReason::LeftView)),
            // A template is what the agent sends when the window is closed. A message behind a template
            // that is no longer needed is not wrong. A message of unknown fate has most probably arrived.
            (CustomerText::Template, DecisionReason::WindowClosed)
            | (_, DecisionReason::WindowReopened | DecisionReason::Ambiguous) => None,
            (_, DecisionReason::TooOld | DecisionReason::EarlierRefused | DecisionReason::ServerRestored) => {
                Some((entry.key, DecisionReason::EarlierRefused))
            }
        })
        .collect()
}
