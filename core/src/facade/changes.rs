use crate::model::ConversationId;

/// Something on a screen may have changed: read that screen again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Changed {
    /// The list of conversations.
    Inbox,
    /// One conversation.
    Conversation {
        /// Which.
        id: ConversationId,
    },
    /// Agents, groups, saved replies, channels, templates.
    Directory,
    /// Charges and allowances.
    Usage,
    /// What waits to leave.
    Outbox,
    /// How the phone is connected.
    Connection,
    /// More than could be kept: read everything that is shown again.
    Overflow,
}

/// A stream of changes, pulled in batches. It holds a bounded number of them: whoever is slow gets
/// [`Changed::Overflow`], never an endless queue.
pub struct ChangeStream {}

impl ChangeStream {
    /// Waits for changes and takes all there are, each once. None after [`stop`](Self::stop) or
    /// when the account is gone. A call that is given up loses nothing.
    pub async fn next(&self) -> Option<Vec<Changed>> {
        todo!()
    }

    /// Ends the stream: the waiting `next` returns none.
    pub fn stop(&self) {
        todo!()
    }
}
