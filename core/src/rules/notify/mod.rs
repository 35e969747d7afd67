//! Is this agent notified of it now, and does it count on the app's icon?
//!
//! The inbox notifies of a customer's message unless the agent is offline (Brevo, "Agent
//! statuses"); which other notifications come is the agent's own choice: mine, unassigned,
//! mentions, by channel, quiet hours. There is none for what is on screen or already read.
//!
//! `quiet` knows the wall clock, `reminder` when a window about to close is worth a word.

mod quiet;
mod reminder;

use chrono::{DateTime, Utc};

pub use quiet::quiet_until;
pub use reminder::{Reminder, phrase as reminder_phrase, reminders};

use super::attention::is_unread;
use crate::model::{
    Agent, AgentStatus, Author, Content, Conversation, Message, MessageId, NotificationPreferences, WallClock,
};

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct NotifyFacts<'a> {
    /// What came.
    pub message: &'a Message,
    /// Where.
    pub conversation: &'a Conversation,
    /// The agent who would be notified.
    pub me: &'a Agent,
    /// How far they have read it.
    pub my_marker: Option<MessageId>,
    /// Whether the conversation is in front of them.
    pub on_screen: bool,
    /// What they want to be notified of.
    pub preferences: &'a NotificationPreferences,
    /// The clock on their wall.
    pub wall_clock: &'a WallClock,
}

/// Whether an agent is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum NotificationDecision {
    /// Show a notification.
    Show {
        /// As what.
        reason: NotificationReason,
    },
    /// Show none.
    Silent {
        /// Why not.
        why: SilenceReason,
    },
}

/// Why an agent is notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum NotificationReason {
    /// The conversation is theirs.
    Mine,
    /// It is unassigned, and the agent could take it.
    Unassigned,
    /// A colleague calls them.
    Mention,
}

/// Why an agent is not notified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum SilenceReason {
    /// Neither a customer's message nor a comment that mentions the agent.
    NotForAgents,
    /// They chose to be offline.
    Offline,
    /// It is in front of them.
    OnScreen,
    /// They have read it, on this device or another.
    Read,
    /// It is a colleague's, or another group's.
    NotTheirs,
    /// They switched that off.
    SwitchedOff,
    /// They muted the number or page.
    Muted,
    /// Quiet hours.
    Quiet {
        /// Until when.
        until: DateTime<Utc>,
    },
}

/// Whether an agent is notified of a message at `now`.
pub fn notify(facts: &NotifyFacts<'_>, now: DateTime<Utc>) -> NotificationDecision {
    match judged(facts, now) {
        Ok(reason) => NotificationDecision::Show { reason },
        Err(why) => NotificationDecision::Silent { why },
    }
}

fn judged(facts: &NotifyFacts<'_>, now: DateTime<Utc>) -> Result<NotificationReason, SilenceReason> {
    let NotifyFacts { message, conversation, me, preferences, .. } = *facts;
    let called = calls(message, me);
    if !called && !is_said_by_customer(message) {
        return Err(SilenceReason::NotForAgents);
    }
    match me.status {
        AgentStatus::Online | AgentStatus::Invisible => {}
        AgentStatus::Offline | AgentStatus::Unknown => return Err(SilenceReason::Offline),
    }
    if facts.on_screen {
        return Err(SilenceReason::OnScreen);
    }
    if facts.my_marker.is_some_and(|read| read >= message.id) {
        return Err(SilenceReason::Read);
    }
    let reason =
        if called { NotificationReason::Mention } else { whose(conversation, me).ok_or(SilenceReason::NotTheirs)? };
    let wanted = match reason {
        NotificationReason::Mine => preferences.mine,
        // Who works unseen gets no new conversations.
        NotificationReason::Unassigned if me.status == AgentStatus::Invisible => return Err(SilenceReason::NotTheirs),
        NotificationReason::Unassigned => preferences.unassigned,
        NotificationReason::Mention => preferences.mentions,
    };
    if !wanted {
        return Err(SilenceReason::SwitchedOff);
    }
    if reason != NotificationReason::Mention && preferences.muted_channels.contains(&conversation.channel_id) {
        return Err(SilenceReason::Muted);
    }
    match quiet_until(preferences.quiet_hours, facts.wall_clock, now) {
        Some(until) => Err(SilenceReason::Quiet { until }),
        None => Ok(reason),
    }
}

/// Whether a conversation counts on the app's icon: open, with something unread, and one that
/// this agent would be notified of. Quiet hours and being offline do not change the count.
pub fn counts_on_badge(
    conversation: &Conversation,
    my_marker: Option<MessageId>,
    me: &Agent,
    preferences: &NotificationPreferences,
) -> bool {
    conversation.open && is_unread(conversation, my_marker) && is_wanted(conversation, me, preferences)
}

/// Whether an agent wants to hear of a conversation at all.
fn is_wanted(conversation: &Conversation, me: &Agent, preferences: &NotificationPreferences) -> bool {
    let theirs = match whose(conversation, me) {
        Some(NotificationReason::Mine) => preferences.mine,
        Some(NotificationReason::Unassigned) => preferences.unassigned && me.status != AgentStatus::Invisible,
        Some(NotificationReason::Mention) | None => false,
    };
    theirs && !preferences.muted_channels.contains(&conversation.channel_id)
}

/// As what a conversation is an agent's; none when it is a colleague's or another group's.
fn whose(conversation: &Conversation, me: &Agent) -> Option<NotificationReason> {
    match (conversation.assignee, conversation.group) {
        (Some(agent), _) => (agent == me.id).then_some(NotificationReason::Mine),
        (None, Some(group)) => me.groups.contains(&group).then_some(NotificationReason::Unassigned),
        (None, None) => Some(NotificationReason::Unassigned),
    }
}

fn calls(message: &Message, me: &Agent) -> bool {
    let by_me = message.author == Author::Agent { id: me.id };
    matches!(&message.content, Content::Comment { mentions, .. } if mentions.contains(&me.id) && !by_me)
}

/// A reaction asks for nothing and an event is no message: both are shown, neither notifies.
fn is_said_by_customer(message: &Message) -> bool {
    let said = match &message.content {
        Content::Text { .. }
        | Content::Media(_)
        | Content::Location { .. }
        | Content::Contacts { .. }
        | Content::Answer { .. }
        | Content::Order { .. }
        | Content::Call { .. }
        | Content::Unsupported
        | Content::Unknown => true,
        Content::Reaction { .. }
        | Content::Template { .. }
        | Content::Comment { .. }
        | Content::System { .. }
        | Content::RequestWelcome => false,
    };
    said && message.author == Author::Customer && message.deleted_at.is_none()
}

#[cfg(test)]
mod tests;
