use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ChannelId, TariffId, ms};

/// Where a customer writes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum ChannelKind {
    /// WhatsApp.
    Whatsapp,
    /// Facebook Messenger.
    Messenger,
    /// Instagram Direct.
    Instagram,
    /// The chat widget of a web site.
    Widget,
    /// A kind this build does not know. Its conversations are shown and can be read.
    #[serde(other)]
    Unknown,
}

/// Whether a channel can be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum ChannelState {
    /// No account is linked yet.
    NotLinked,
    /// Linked; the provider is still verifying it.
    Verifying,
    /// Linked and verified: messages flow.
    Connected,
    /// It worked, and needs an administrator to work again.
    Disconnected,
    /// A state this build does not know; treated as not usable for sending.
    #[serde(other)]
    Unknown,
}

/// A connected number or page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelAccount {
    /// Its id.
    pub id: ChannelId,
    /// Which channel it belongs to.
    pub kind: ChannelKind,
    /// The name of the page, or the label of the number.
    pub name: String,
    /// The business's own phone number (digits) or page id, as customers see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whether it can be used now.
    pub state: ChannelState,
    /// What the provider says about it besides: why it is disconnected, or what is restricted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<ChannelNotice>,
    /// How long one may write after the customer's last message.
    pub window: WindowPolicy,
    /// What can be sent here. Data, never a list in code: some features of the inbox are not
    /// available on every channel, and the server says which.
    pub capabilities: ChannelCapabilities,
    /// The tariff that prices its messages; none means *not priced*, which is not zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tariff: Option<TariffId>,
}

/// News of the provider about a number or page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelNotice {
    /// What happened, in the provider's word (`PARTNER_REMOVED`, ...).
    pub why: String,
    /// When it ends, if the provider says.
    #[serde(default, with = "ms::maybe", skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// The messaging window of a channel, as data (the providers change the lengths).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowPolicy {
    /// Milliseconds from a customer's message to the end of the window. None: no window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_ms: Option<i64>,
    /// Milliseconds from the same message during which a person, not a bot, may still answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub human_agent_ms: Option<i64>,
    /// Whether a reaction counts as a customer's message. Meta does not say; default no.
    #[serde(default)]
    pub reactions_count: bool,
    /// Whether a message of an unsupported type counts. The customer did send something.
    #[serde(default = "yes")]
    pub unsupported_counts: bool,
    /// Whether the `request_welcome` event counts. The customer only opened the chat.
    #[serde(default)]
    pub request_welcome_counts: bool,
    /// Whether a customer who moves to a new number keeps the window. The provider counts per number;
    /// default no: it is closed until the new number writes.
    #[serde(default)]
    pub number_change_keeps_window: bool,
}

fn yes() -> bool {
    true
}

/// What a channel can do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ChannelCapabilities {
    /// The longest text in the channel's own count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_limit: Option<TextLimit>,
    /// Kinds of media that can be sent, with their largest size.
    #[serde(default)]
    pub media: Vec<MediaLimit>,
    /// Templates exist here and re-start a closed conversation.
    #[serde(default)]
    pub templates: bool,
    /// A message can be quoted.
    #[serde(default)]
    pub quotes: bool,
    /// A message can be reacted to.
    #[serde(default)]
    pub reactions: bool,
    /// The provider reports that a message was received by the customer.
    #[serde(default)]
    pub delivery_reports: bool,
    /// The provider reports that a message was read.
    #[serde(default)]
    pub read_reports: bool,
    /// The customer can be shown that their message was read.
    #[serde(default)]
    pub tells_customer_read: bool,
}

/// A length and what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct TextLimit {
    /// The longest text that can be sent.
    #[serde(rename = "most")]
    pub max: u32,
    /// What is counted.
    pub unit: TextUnit,
}

/// What a channel counts when it limits a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum TextUnit {
    /// Unicode scalar values.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
    /// UTF-16 code units.
    Utf16,
}

/// The largest file of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct MediaLimit {
    /// Which kind.
    pub kind: MediaKind,
    /// Largest size in bytes: the smaller of the channel's and the server's limit counts.
    #[serde(rename = "most_bytes")]
    pub max_bytes: i64,
    /// MIME types that are taken, with the codecs that are (`audio/ogg; codecs=opus`) where not all
    /// are; empty means any.
    #[serde(default)]
    pub mime: Vec<String>,
}

/// A kind of attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Sound, voice messages included.
    Audio,
    /// Any other file.
    Document,
    /// A sticker.
    Sticker,
    /// A kind this build does not know: shown as a file.
    #[serde(other)]
    Unknown,
}
