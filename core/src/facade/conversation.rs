use super::{Around, ConversationScreen, Draft, DraftCheck, Error, MediaFile, SavedDraft};
use crate::model::{AgentId, Assignee, ClientKey, ConversationId, MediaId, MessageId, SavedReplyId};

/// One conversation: its screen, and what can be done in it.
///
/// Everything that changes something is durable when the call returns: it survives a kill, leaves
/// in the order in which it was given, and is executed once.
pub struct ConversationHandle {}

impl ConversationHandle {
    /// Which conversation.
    pub fn id(&self) -> ConversationId {
        todo!()
    }

    /// It is on screen: what is missing is fetched, what is shown is marked as read, colleagues
    /// see that this agent looks at it.
    pub async fn enter(&self) -> Result<(), Error> {
        todo!()
    }

    /// It is no longer on screen.
    pub async fn leave(&self) -> Result<(), Error> {
        todo!()
    }

    /// The screen: at most `limit` messages and what stands around them.
    pub async fn screen(&self, around: Around, limit: u32) -> Result<ConversationScreen, Error> {
        let _ = (around, limit);
        todo!()
    }

    /// What speaks against a draft. Cheap and without waiting, for each keystroke; judges by the
    /// screen that was read last.
    pub fn check(&self, draft: Draft) -> DraftCheck {
        let _ = draft;
        todo!()
    }

    /// Sends. Durable when it returns; the echo is then on screen. A `once_key` makes giving the
    /// same draft twice the same as giving it once.
    pub async fn send(&self, draft: Draft, once_key: Option<String>) -> Result<ClientKey, Error> {
        let _ = (draft, once_key);
        todo!()
    }

    /// A new attempt of a message that the provider reported as failed.
    pub async fn retry(&self, message: MessageId) -> Result<ClientKey, Error> {
        let _ = message;
        todo!()
    }

    /// Leaves a note for colleagues, calling some of them to it.
    pub async fn comment(&self, body: String, mentions: Vec<AgentId>) -> Result<ClientKey, Error> {
        let _ = (body, mentions);
        todo!()
    }

    /// Puts an emoji on a message; none takes it away.
    pub async fn react(&self, to: MessageId, emoji: Option<String>) -> Result<ClientKey, Error> {
        let _ = (to, emoji);
        todo!()
    }

    /// Hands it to an agent, a group, or nobody.
    pub async fn assign(&self, to: Assignee) -> Result<ClientKey, Error> {
        let _ = to;
        todo!()
    }

    /// Closes or reopens it.
    pub async fn set_open(&self, open: bool) -> Result<ClientKey, Error> {
        let _ = open;
        todo!()
    }

    /// Read up to and including a message.
    pub async fn mark_read(&self, up_to: MessageId, tell_customer: bool) -> Result<(), Error> {
        let _ = (up_to, tell_customer);
        todo!()
    }

    /// Fetches older messages from the server. True when there are still more.
    pub async fn load_older(&self) -> Result<bool, Error> {
        todo!()
    }

    /// Keeps what is being typed; empty forgets it.
    pub async fn save_draft(&self, draft: SavedDraft) -> Result<(), Error> {
        let _ = draft;
        todo!()
    }

    /// A saved reply with its variables filled in for this customer, to be put into the composer.
    /// Variables that have no value stay as they are.
    pub async fn saved_reply(&self, id: SavedReplyId) -> Result<String, Error> {
        let _ = id;
        todo!()
    }

    /// A file of this conversation, fetched if it is not here.
    pub async fn media(&self, id: MediaId) -> Result<MediaFile, Error> {
        let _ = id;
        todo!()
    }
}
