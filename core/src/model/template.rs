use serde::{Deserialize, Serialize};

use super::{ChannelId, MediaKind, TemplateId};

/// A WhatsApp template: a text Meta approved, in Meta's component model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Template {
    /// Its id.
    pub id: TemplateId,
    /// The number it belongs to.
    pub channel_id: ChannelId,
    /// Its name. Name and language identify it at Meta.
    pub name: String,
    /// BCP 47 language in Meta's spelling (`fr`, `pt_BR`).
    pub language: String,
    /// Its category, which sets its price.
    pub category: TemplateCategory,
    /// Where it was made. Only those made in the inbox can be sent from the inbox.
    pub source: TemplateSource,
    /// What Meta says of it.
    pub status: TemplateStatus,
    /// Why it was rejected, paused or disabled, in Meta's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its parts.
    pub components: Vec<TemplateComponent>,
}

/// Meta's categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum TemplateCategory {
    /// Offers, news.
    Marketing,
    /// About something the customer did.
    Utility,
    /// One-time codes.
    Authentication,
    /// A category this build does not know.
    #[serde(other)]
    Unknown,
}

/// Where a template was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum TemplateSource {
    /// In the inbox: the only ones it may send.
    Conversations,
    /// On the WhatsApp template list page.
    Automation,
    /// Somewhere else.
    #[serde(other)]
    Unknown,
}

/// What Meta says of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum TemplateStatus {
    /// Being looked at.
    Pending,
    /// May be sent.
    Approved,
    /// Refused.
    Rejected,
    /// Held back for its quality.
    Paused,
    /// Taken away for good.
    Disabled,
    /// A status this build does not know: not usable.
    #[serde(other)]
    Unknown,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum TemplateComponent {
    /// Words above the body, with at most one variable.
    HeaderText {
        /// The words.
        text: String,
    },
    /// A file above the body.
    HeaderMedia {
        /// Its kind.
        kind: MediaKind,
    },
    /// A short film that plays by itself above the body.
    HeaderGif,
    /// A place above the body.
    HeaderLocation,
    /// The text itself, with `{{1}}` or `{{name}}` variables.
    Body {
        /// The text.
        text: String,
    },
    /// Small words below, without variables.
    Footer {
        /// The words.
        text: String,
    },
    /// Buttons below.
    Buttons {
        /// In their order.
        buttons: Vec<TemplateButton>,
    },
    /// A part this build does not know: the template can be shown, not sent.
    #[serde(other)]
    Unknown,
}

/// A button of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "button", rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum TemplateButton {
    /// Sends its text back.
    QuickReply {
        /// What it says.
        text: String,
    },
    /// Opens a page; may end in one variable.
    Url {
        /// What it says.
        text: String,
        /// Where it leads.
        url: String,
    },
    /// Calls a number.
    Phone {
        /// What it says.
        text: String,
        /// The number.
        phone: String,
    },
    /// Copies a code that each sending brings along.
    CopyCode {
        /// What it says.
        #[serde(default)]
        text: String,
    },
    /// Opens a form (flow).
    Flow {
        /// What it says.
        text: String,
    },
    /// Asks for the customer's phone number, which comes back as a card.
    RequestContactInfo {
        /// What it says.
        #[serde(default)]
        text: String,
    },
    /// A button this build does not know: shown, and fine to send when it takes no value.
    #[serde(other)]
    Unknown,
}

/// A value for a variable of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct TemplateValue {
    /// The variable: a number or a name, without braces. Those outside the body carry their part
    /// (`header.1`, `header`, `header.latitude`, `button.2`).
    pub name: String,
    /// What it is replaced by.
    pub value: String,
}
