use serde::{Deserialize, Serialize};

use super::{AgentId, MediaId, MediaKind, MessageId, TemplateId, TemplateValue};

/// What a message says, in the kinds that Meta's webhooks and the widget know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Content {
    /// Words.
    Text {
        /// The words.
        body: String,
    },
    /// A file.
    Media(Media),
    /// A place.
    Location {
        /// Millionths of a degree, north positive.
        latitude_e6: i32,
        /// Millionths of a degree, east positive.
        longitude_e6: i32,
        /// The place's name.
        #[serde(default)]
        name: String,
        /// Its address.
        #[serde(default)]
        address: String,
    },
    /// Address cards.
    Contacts {
        /// The cards.
        cards: Vec<ContactCard>,
    },
    /// An emoji put on a message; none takes it away.
    Reaction {
        /// The message; none when it is not known here.
        #[serde(default)]
        to: Option<MessageId>,
        /// The emoji; none removes the earlier one.
        #[serde(default)]
        emoji: Option<String>,
    },
    /// A WhatsApp template, filled in.
    Template {
        /// Which template.
        template_id: TemplateId,
        /// Its name, should the template be gone.
        name: String,
        /// The text as the customer reads it.
        text: String,
        /// The values it was filled with.
        #[serde(default)]
        values: Vec<TemplateValue>,
    },
    /// A tap on a button or list entry, or the answer of a form.
    Answer {
        /// Which of them.
        kind: AnswerKind,
        /// What the customer saw and chose.
        title: String,
    },
    /// An order from the catalogue.
    Order {
        /// How many different products.
        products: u32,
        /// What the customer wrote with it.
        #[serde(default)]
        body: String,
    },
    /// A call by the customer.
    Call {
        /// Its length; none when it was missed.
        #[serde(default)]
        length_ms: Option<i64>,
    },
    /// An internal note for colleagues.
    Comment {
        /// The words.
        body: String,
        /// Colleagues who are called to it.
        #[serde(default)]
        mentions: Vec<AgentId>,
    },
    /// Something that happened rather than was said.
    System {
        /// What happened, in the provider's or the inbox's word (`user_changed_number`, ...).
        event: String,
    },
    /// The customer opened the chat for the first time and wrote nothing.
    RequestWelcome,
    /// The customer sent something the provider does not hand over.
    Unsupported,
    /// A kind this build does not know.
    #[serde(other)]
    Unknown,
}

/// A file in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Where the server keeps it; none while the server still fetches it from the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_id: Option<MediaId>,
    /// Its MIME type.
    pub mime: String,
    /// Its size, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<i64>,
    /// Its file name; documents have one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What is written under it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caption: String,
    /// Recorded as a voice message.
    #[serde(default)]
    pub voice: bool,
}

/// An address card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ContactCard {
    /// The name on it.
    pub name: String,
    /// Its phone numbers as written.
    #[serde(default)]
    pub phones: Vec<String>,
    /// The company on it; empty without one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub company: String,
    /// Its e-mail addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
}

/// What was tapped or filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum AnswerKind {
    /// A button, also a template's quick reply or a Messenger postback.
    Button,
    /// An entry of a list.
    List,
    /// A form (flow).
    Flow,
    /// Another kind.
    #[serde(other)]
    Unknown,
}

impl Content {
    /// The wire's word for this kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Media(_) => "media",
            Self::Location { .. } => "location",
            Self::Contacts { .. } => "contacts",
            Self::Reaction { .. } => "reaction",
            Self::Template { .. } => "template",
            Self::Answer { .. } => "answer",
            Self::Order { .. } => "order",
            Self::Call { .. } => "call",
            Self::Comment { .. } => "comment",
            Self::System { .. } => "system",
            Self::RequestWelcome => "request_welcome",
            Self::Unsupported => "unsupported",
            Self::Unknown => "unknown",
        }
    }

    /// The words in it that a person would search for or read in a list.
    pub fn text(&self) -> &str {
        match self {
            Self::Text { body } | Self::Comment { body, .. } | Self::Order { body, .. } => body,
            Self::Media(media) if media.caption.is_empty() => &media.name,
            Self::Media(media) => &media.caption,
            Self::Location { name, .. } => name,
            Self::Template { text, .. } => text,
            Self::Answer { title, .. } => title,
            Self::Reaction { emoji, .. } => emoji.as_deref().unwrap_or(""),
            Self::Contacts { cards } => cards.first().map_or("", |card| card.name.as_str()),
            Self::Call { .. } | Self::System { .. } | Self::RequestWelcome | Self::Unsupported | Self::Unknown => "",
        }
    }
}
