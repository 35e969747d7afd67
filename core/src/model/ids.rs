use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! row_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        #[cfg(feature = "uniffi")]
        uniffi::custom_newtype!($name, i64);
    )+};
}

row_ids! {
    /// A conversation: one per channel account and contact.
    ConversationId,
    /// A message or a comment. Rises in the order in which the server learnt of them.
    MessageId,
    /// A customer.
    ContactId,
    /// A connected number or page.
    ChannelId,
    /// A person who answers customers.
    AgentId,
    /// A group of agents.
    AgentGroupId,
    /// A saved reply.
    SavedReplyId,
    /// A WhatsApp template.
    TemplateId,
    /// A tariff.
    TariffId,
    /// Messages already paid for: the grant, the plan, a monthly free tier.
    AllowanceId,
    /// One charge in the server's ledger.
    LedgerId,
    /// A stored file.
    MediaId,
}

/// The key of a command, made on the phone (UUIDv7). The server executes a key once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientKey(pub Uuid);

impl ClientKey {
    /// The instant written in the key: when the command was given.
    pub fn made_at(&self) -> Option<DateTime<Utc>> {
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
    }
}

impl fmt::Display for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of a change in the account's feed, and so the version of the row it brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub i64);

/// How far a phone has read the feed. Opaque: only the server that made it can read it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);
