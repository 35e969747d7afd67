//! Does a conversation want this agent's attention?

use chrono::{DateTime, Utc};

use crate::model::{Agent, AgentId, Conversation, MessageId};

/// The dot on a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dot {
    /// Read, answered or closed.
    None,
    /// New and unassigned, or new and mine.
    Purple,
    /// Missed, or its agent is offline or did not answer in time.
    Red,
}

/// What the dot looks at.
#[derive(Debug, Clone, Copy)]
pub struct AttentionFacts<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// Who looks.
    pub me: AgentId,
    /// How far I have read it.
    pub my_marker: Option<MessageId>,
    /// Everybody who answers customers.
    pub agents: &'a [Agent],
}

/// The dot at `now`, and when it changes by itself.
pub fn dot(facts: &AttentionFacts<'_>, now: DateTime<Utc>) -> (Dot, Option<DateTime<Utc>>) {
    todo!("{facts:?} {now:?}")
}

/// Whether the customer wrote something that this agent has not read.
pub fn is_unread(conversation: &Conversation, marker: Option<MessageId>) -> bool {
    todo!("{conversation:?} {marker:?}")
}
