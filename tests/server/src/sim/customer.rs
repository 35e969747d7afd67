//! The customers, and what they do on their phones.

use riposte::model::{AnswerKind, ContactCard, MediaKind};
use serde::{Deserialize, Serialize};

/// A person with a phone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The name on their profile.
    pub name: String,
    /// Their number. None: they have a username, and the provider hides it.
    #[serde(default)]
    pub phone: Option<String>,
    /// Their business-scoped user id. None: the simulator gives one.
    #[serde(default)]
    pub bsuid: Option<String>,
    /// Their username.
    #[serde(default)]
    pub username: Option<String>,
}

/// How a customer's phone stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Phone {
    /// Switched on and in the network. What is sent meanwhile waits.
    pub reachable: bool,
    /// Messages arrive. False: the customer blocked the number, or has no WhatsApp (131026).
    pub deliverable: bool,
    /// The customer lets others know what they read.
    pub read_receipts: bool,
}

impl Default for Phone {
    fn default() -> Self {
        Self { reachable: true, deliverable: true, read_receipts: true }
    }
}

/// What a customer does in a talk.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Saying {
    /// Writes.
    Text { body: String },
    /// Sends a file. Without `base64` the simulator makes one up.
    Media {
        kind: MediaKind,
        mime: String,
        #[serde(default)]
        caption: String,
        #[serde(default)]
        name: String,
        #[serde(default)]
        voice: bool,
        #[serde(default)]
        base64: Option<String>,
    },
    /// Shares a place.
    Location {
        latitude_e6: i32,
        longitude_e6: i32,
        #[serde(default)]
        name: String,
        #[serde(default)]
        address: String,
    },
    /// Shares address cards.
    Contacts { cards: Vec<ContactCard> },
    /// Puts an emoji on the newest message of the business, or takes it away.
    Reaction {
        #[serde(default)]
        emoji: Option<String>,
    },
    /// Taps a button, an entry of a list, or fills in a form.
    Answer {
        title: String,
        #[serde(default = "a_button")]
        kind: AnswerKind,
    },
    /// Orders from the catalogue.
    Order {
        products: u32,
        #[serde(default)]
        body: String,
    },
    /// Calls; without a length the call was missed.
    Call {
        #[serde(default)]
        length_ms: Option<i64>,
    },
    /// Sends something the API does not hand over.
    Unsupported,
    /// Opens the chat for the first time and writes nothing.
    RequestWelcome,
    /// Changes their own newest message.
    Edit { body: String },
    /// Takes their own newest message back.
    Revoke,
    /// Has a new number from now on, and with it a new user id.
    NumberChange { phone: String },
    /// Has a new user id from now on; the business learns no number.
    UserIdChange,
}

fn a_button() -> AnswerKind {
    AnswerKind::Button
}

/// How something is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Manner {
    /// Quoting the newest message of the business.
    pub quoting: bool,
    /// Having come by an advertisement.
    pub by_advertisement: bool,
}

impl Saying {
    /// Whether it opens or extends the window. Meta's pages leave reactions open; they do not count
    /// here, so that an inbox that wrongly counts them is found.
    pub(super) fn counts(&self) -> bool {
        match self {
            Self::Text { .. }
            | Self::Media { .. }
            | Self::Location { .. }
            | Self::Contacts { .. }
            | Self::Answer { .. }
            | Self::Order { .. }
            | Self::Call { .. }
            | Self::Unsupported => true,
            Self::Reaction { .. }
            | Self::RequestWelcome
            | Self::Edit { .. }
            | Self::Revoke
            | Self::NumberChange { .. }
            | Self::UserIdChange => false,
        }
    }
}
