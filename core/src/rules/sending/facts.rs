//! What the sending rules know besides the waiting commands.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::model::{ClientKey, Command, ConversationId, OutboxEntry, Outgoing, WindowFacts, WindowPolicy};
use crate::rules::window::{ReplyWindow, reply_window, sendable_until};

/// What is known at one instant.
pub struct Facts<'a> {
    /// The server's time.
    pub now: DateTime<Utc>,
    /// The server answers and the agent is signed in.
    pub online: bool,
    /// Everything that changed during an absence has been read.
    pub caught_up: bool,
    /// Catching up timed out: until then, a command with no known obstacle leaves and the server
    /// judges it. Old knowledge is never a reason to ask the agent.
    pub not_held_until: Option<DateTime<Utc>>,
    /// The server's history that this phone follows.
    pub epoch: Option<&'a str>,
    /// The conversations of the waiting commands. A missing one has left this agent's view.
    pub conversations: &'a HashMap<ConversationId, SendWindow>,
    /// Commands that a step is working on.
    pub busy: &'a HashSet<ClientKey>,
    /// Commands whose attachment the server has.
    pub uploaded: &'a HashSet<ClientKey>,
    /// When the server may be asked again what became of a command.
    pub ask_at: &'a HashMap<ClientKey, DateTime<Utc>>,
}

impl Facts<'_> {
    /// Whether this command was last sent to a history of the server that is gone.
    pub(super) fn history_is_gone(&self, entry: &OutboxEntry) -> bool {
        self.epoch.is_some_and(|epoch| epoch != entry.epoch)
    }
}

/// The messaging window of a conversation, as far as sending depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendWindow {
    /// Free text is allowed.
    pub open: bool,
    /// When the unbroken window opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// Until when a reply that has waited may still leave. None: no limit.
    pub sendable_until: Option<DateTime<Utc>>,
}

impl SendWindow {
    /// The window of a conversation about which this phone knows too little: the server judges.
    pub const JUDGED_BY_SERVER: Self = Self { open: true, opened_at: None, sendable_until: None };
}

/// A window by this phone's estimate of the server's time, which may be wrong by `clock_error_ms`.
pub fn send_window(policy: &WindowPolicy, facts: &WindowFacts, now: DateTime<Utc>, clock_error_ms: i64) -> SendWindow {
    SendWindow {
        open: !matches!(reply_window(policy, facts, now), ReplyWindow::Closed { .. }),
        opened_at: facts.opened_at,
        sendable_until: sendable_until(policy, facts, clock_error_ms),
    }
}

/// What a customer receives from a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerText {
    /// A reply, which needs an open window.
    Reply,
    /// A template.
    Template,
}

/// What a customer receives from a command. None: the customer receives nothing.
pub fn customer_text(command: &Command) -> Option<CustomerText> {
    match command {
        Command::SendMessage { content: Outgoing::Template { .. }, .. } => Some(CustomerText::Template),
        Command::SendMessage {
            content: Outgoing::Text { .. } | Outgoing::Media { .. } | Outgoing::Reaction { .. },
            ..
        } => Some(CustomerText::Reply),
        // A retried message may be a template, which needs no window; the server knows.
        Command::RetryMessage { .. }
        | Command::AddComment { .. }
        | Command::Assign { .. }
        | Command::SetOpen { .. }
        | Command::MarkRead { .. }
        | Command::SetStatus { .. }
        | Command::CreateTemplate { .. }
        | Command::RefreshTemplates { .. } => None,
    }
}

/// Whether a command only says how far the agent has read.
pub fn is_read_mark(command: &Command) -> bool {
    matches!(command, Command::MarkRead { .. })
}
