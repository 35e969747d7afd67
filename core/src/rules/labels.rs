//! What are things called on a screen?

use crate::model::{
    Author, ChannelKind, ChannelState, ChargeKind, ChargeState, Content, LedgerEntry, OutboxState, Phrase, Preview,
};

/// What can stand in the place of an empty list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Empty {
    /// The account's plan has no conversations.
    Plan,
    /// No conversation at all.
    Inbox,
    /// None that the filter lets through.
    Filter,
    /// Nothing found.
    Search,
    /// No template to restart with; carries the advice to make one per kind of answer.
    Templates,
    /// No saved reply.
    SavedReplies,
    /// Nothing waits to be sent.
    Outbox,
    /// No charge in this month.
    Ledger,
}

/// How the phone stands with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionState {
    /// Everything arrives as it happens.
    Live,
    /// Reading what was missed.
    CatchingUp,
    /// No network.
    Offline,
    /// The session was ended.
    SignedOut,
}

/// An empty list.
pub fn empty(what: Empty) -> Phrase {
    todo!("{what:?}")
}

/// How the phone stands with the server.
pub fn connection(state: ConnectionState) -> Phrase {
    todo!("{state:?}")
}

/// The name of a channel.
pub fn channel(kind: ChannelKind) -> Phrase {
    todo!("{kind:?}")
}

/// Whether a channel can be used.
pub fn channel_state(state: ChannelState) -> Phrase {
    todo!("{state:?}")
}

/// Where a waiting command stands.
pub fn outbox(state: &OutboxState, online: bool) -> Phrase {
    todo!("{state:?} {online:?}")
}

/// What a content is called where its words are not enough; none for plain words.
pub fn content(content: &Content) -> Option<Phrase> {
    todo!("{content:?}")
}

/// The kind to write into a conversation's preview: the wire's word, finer for media
/// (`image`, `video`, `voice`, `audio`, `document`, `sticker`).
pub fn preview_kind(content: &Content) -> &'static str {
    todo!("{content:?}")
}

/// What a preview's content is called where its words are not enough; none for plain words.
pub fn preview(preview: &Preview) -> Option<Phrase> {
    todo!("{preview:?}")
}

/// The author above a message, when it is not a name.
pub fn author(author: &Author, me: Option<crate::model::AgentId>) -> Option<Phrase> {
    todo!("{author:?} {me:?}")
}

/// A message its customer took back.
pub fn deleted() -> Phrase {
    todo!()
}

/// A message its customer changed.
pub fn edited() -> Phrase {
    todo!()
}

/// Messages that are not on this phone.
pub fn history_gap() -> Phrase {
    todo!()
}

/// A charge's kind.
pub fn charge_kind(kind: ChargeKind) -> Phrase {
    todo!("{kind:?}")
}

/// Whether a charge stands.
pub fn charge_state(state: ChargeState) -> Phrase {
    todo!("{state:?}")
}

/// What a charge cost: its price, an allowance, or *not priced*.
pub fn charge_price(entry: &LedgerEntry) -> Phrase {
    todo!("{entry:?}")
}
