//! What a provider reports, in one vocabulary for all of them.
//!
//! Plain data with the provider's own ids: which channel account an address belongs to and which
//! message an id means is looked up by the code that stores it.

use chrono::{DateTime, Utc};
use riposte::model::{Content, DeliveryStatus, ProviderError, TemplateCategory, TemplateComponent, TemplateStatus};

/// An event with the number or page it happened on.
#[derive(Debug, Clone, PartialEq)]
pub struct Addressed {
    /// Phone number id, page id or, for templates, the WhatsApp business account id.
    pub account: String,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A message: from the customer, or the company from its own phone or page (`echo`).
    Message(Box<InboundMessage>),
    /// Something became of a message of ours.
    Status(StatusReport),
    /// The provider says *all up to this time* instead of naming messages.
    Watermark { customer: String, status: DeliveryStatus, up_to: DateTime<Utc> },
    /// The author changed a message.
    Edited { message_id: String, at: DateTime<Utc>, content: Content },
    /// The author took a message back.
    Revoked { message_id: String, at: DateTime<Utc> },
    /// Something became of a template.
    Template(TemplateNews),
    /// Something became of the account itself: connected again, taken off, restricted.
    Account(AccountNews),
    /// Understood and of no consequence here (typing, the ringing of a call...).
    Ignored,
}

/// Who is at the other end of the conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customer {
    /// Digits with the country code; absent when the provider hides it.
    pub phone: Option<String>,
    /// The business-scoped user id.
    pub bsuid: Option<String>,
    /// The page-scoped id of Messenger and Instagram, or the widget's visitor.
    pub scoped_id: Option<String>,
    /// The name they chose.
    pub name: Option<String>,
    /// Their username.
    pub username: Option<String>,
}

/// A message, as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundMessage {
    /// The customer, also when the company wrote (`echo`).
    pub customer: Customer,
    /// The provider's id.
    pub message_id: String,
    /// When it was written, in provider time.
    pub at: DateTime<Utc>,
    /// What it says. A reaction's `to` and a medium's `media_id` are empty: see below.
    pub content: Content,
    /// Where its file can be fetched.
    pub media: Option<ProviderMedia>,
    /// The provider's id of the message it quotes or reacts to.
    pub refers_to: Option<String>,
    /// Sent by the company itself from its own phone or page: outgoing, opens no window.
    pub echo: bool,
    /// The customer came by an advertisement or a page's button (field.md 2.2).
    pub free_entry: bool,
    /// The customer's new number, when this is the notice that it changed.
    pub new_phone: Option<String>,
    /// The customer's new user id, likewise.
    pub new_bsuid: Option<String>,
    /// A bot has the conversation (`standby`): the customer's words wait for no agent, and an echo
    /// is the bot's.
    pub standby: bool,
    /// The provider's id of the message that this is a part of. A part goes with its message.
    pub part_of: Option<String>,
}

impl InboundMessage {
    /// A customer's message that says `content` and nothing else.
    pub fn plain(customer: Customer, message_id: String, at: DateTime<Utc>, content: Content) -> Self {
        Self {
            customer,
            message_id,
            at,
            content,
            media: None,
            refers_to: None,
            echo: false,
            free_entry: false,
            new_phone: None,
            new_bsuid: None,
            standby: false,
            part_of: None,
        }
    }
}

/// Where a customer's file can be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderMedia {
    /// Ask the provider for the address of this id first.
    Id(String),
    /// Fetch it there.
    Url(String),
}

/// A report about a message of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// The provider's id of the message.
    pub message_id: String,
    /// What we gave along when sending, if the provider hands it back.
    pub key: Option<String>,
    /// What became of it.
    pub status: DeliveryStatus,
    /// When, in provider time.
    pub at: DateTime<Utc>,
    /// Why it failed.
    pub error: Option<ProviderError>,
    /// Whether the provider says that it charges for it.
    pub billable: Option<bool>,
    /// The end of a free entry point's window, when one began.
    pub free_until: Option<DateTime<Utc>>,
}

/// What became of a number or of the business account that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountNews {
    /// The number it is about, as digits; none when it is about all of them.
    pub phone: Option<String>,
    /// When, in provider time; none when the provider does not say.
    pub at: Option<DateTime<Utc>>,
    /// What changed.
    pub change: AccountChange,
}

/// What changed about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountChange {
    /// It works again.
    Connected,
    /// It works no more until an administrator acts. The provider's word says why.
    Disconnected { why: String },
    /// It works with a restriction, until then if the provider says.
    Restricted { why: String, until: Option<DateTime<Utc>> },
}

/// What became of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateNews {
    /// Its id at the provider.
    pub provider_id: String,
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// When, in provider time; none when the provider does not say.
    pub at: Option<DateTime<Utc>>,
    /// What changed.
    pub change: TemplateChange,
}

/// What changed about a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateChange {
    /// Its status, and why.
    Status { status: TemplateStatus, reason: Option<String> },
    /// Its category, and so its price.
    Category(TemplateCategory),
    /// Its parts; the news never names a file above the body, which stays.
    Components(Vec<TemplateComponent>),
}

/// An item that could not be read, or that the inbox has no use for. The others of its webhook
/// went on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What the provider calls it: the webhook's field, or the key of the event.
    pub name: String,
    /// Where it stood, as a path of the JSON (`entry[0].changes[1].value.messages[0]`).
    pub place: String,
    /// What is wrong with it; names fields, never values.
    pub why: String,
    /// The item itself, to be set aside.
    pub raw: String,
}

/// All that a webhook brought.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    /// In the order in which they stood.
    pub events: Vec<Addressed>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
}
