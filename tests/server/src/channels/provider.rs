//! What the server asks of a provider, whichever it is.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use riposte::model::{
    ChannelKind, MediaKind, ProviderError, TemplateCategory, TemplateComponent, TemplateStatus, TemplateValue,
};

/// What a call to a provider gives, once it does.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, SendProblem>> + Send + 'a>>;

/// How a connected number or page is reached at its provider.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderAccount {
    /// Which channel: it chooses the provider.
    pub kind: ChannelKind,
    /// Where the provider's API is, without a version and without a slash at the end.
    pub base: String,
    /// The API's version, such as `v24.0`.
    pub version: String,
    /// The phone number id or page id at the provider.
    pub provider_id: String,
    /// The WhatsApp business account that the templates belong to.
    pub business_id: Option<String>,
    /// The token that the API asks for.
    pub token: String,
}

impl std::fmt::Debug for ProviderAccount {
    // The token stays out of every log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderAccount").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A customer as the provider knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipient {
    /// Digits with the country code. Goes before the BSUID when both are known.
    pub phone: Option<String>,
    /// The business-scoped user id, whole.
    pub bsuid: Option<String>,
    /// The page-scoped id of Messenger and Instagram, or the widget's visitor.
    pub scoped_id: Option<String>,
}

/// A message on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// To whom.
    pub to: Recipient,
    /// What.
    pub content: ProviderContent,
    /// The provider's id of the message it quotes.
    pub quotes: Option<String>,
    /// Ours, handed back by the provider in each of its reports (`biz_opaque_callback_data`):
    /// what finds the message again when the answer to this call is lost.
    pub key: String,
    /// A person answers after the ordinary window (Messenger's and Instagram's `HUMAN_AGENT`).
    pub human_agent: bool,
}

/// What is sent, in the provider's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderContent {
    /// Words.
    Text { body: String },
    /// A file.
    Media { kind: MediaKind, mime: String, name: String, caption: String, voice: bool, bytes: Bytes },
    /// Meta's `template` object, made by `riposte::rules`.
    Template { payload: serde_json::Value },
    /// An emoji on a message of this provider id; none takes it away.
    Reaction { to: String, emoji: Option<String> },
}

/// A message that the provider took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The provider's id of it.
    pub id: String,
    /// The provider holds it back for now, in its own word (`held_for_quality_assessment`): it is not
    /// on its way yet.
    pub held: Option<String>,
}

impl From<String> for Sent {
    fn from(id: String) -> Self {
        Self { id, held: None }
    }
}

/// Why a call did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendProblem {
    /// The provider said no, and will say no again.
    #[error("refused by the provider ({})", .0.code)]
    Refused(ProviderError),
    /// Nothing was done; it may work later.
    #[error("the provider is busy")]
    Busy(ProviderError),
    /// The request may have been received and nothing is known of it: never sent again by itself.
    #[error("the provider's answer was lost")]
    Lost,
    /// The request never reached the provider.
    #[error("the provider could not be reached")]
    Unreachable,
    /// This provider cannot do that.
    #[error("not possible on this channel")]
    NotSupported,
}

/// A template as the provider lists it. Where it was made is not the provider's to know: what
/// was created from the inbox was created by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderTemplate {
    /// Its id at the provider.
    pub provider_id: String,
    /// Its name; with the language, what identifies it.
    pub name: String,
    /// BCP 47 in Meta's spelling.
    pub language: String,
    /// Its category.
    pub category: TemplateCategory,
    /// What Meta says of it.
    pub status: TemplateStatus,
    /// Why it was rejected, in Meta's word.
    pub reason: Option<String>,
    /// Its parts.
    pub components: Vec<TemplateComponent>,
}

/// A template to be submitted for approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTemplate {
    /// Lower-case letters, digits, underscores.
    pub name: String,
    /// BCP 47 in Meta's spelling.
    pub language: String,
    /// Its category.
    pub category: TemplateCategory,
    /// Its parts.
    pub components: Vec<TemplateComponent>,
    /// A sample for each variable.
    pub samples: Vec<TemplateValue>,
}

/// What the provider made of a new template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedTemplate {
    /// Its id at the provider.
    pub provider_id: String,
    /// Pending, as a rule.
    pub status: TemplateStatus,
    /// The category, which the provider may have changed.
    pub category: TemplateCategory,
}

/// A customer's file, fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedMedia {
    /// What the provider says it is.
    pub mime: String,
    /// The file.
    pub bytes: Bytes,
}

/// What a provider tells of a customer who wrote. Messenger's and Instagram's webhooks carry an
/// id only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The name they chose.
    pub name: Option<String>,
    /// Their handle.
    pub username: Option<String>,
}

/// One provider's API. Calls take as long as the network does; every one ends by itself.
pub trait Provider: Send + Sync {
    /// Sends a message and gives the provider's id of it.
    fn send<'a>(&'a self, account: &'a ProviderAccount, message: &'a Outbound) -> Answer<'a, Sent>;

    /// Shows the customer that everything up to this message was read.
    fn mark_read<'a>(&'a self, account: &'a ProviderAccount, to: &'a Recipient, message_id: &'a str) -> Answer<'a, ()>;

    /// All templates of the account.
    fn list_templates<'a>(&'a self, account: &'a ProviderAccount) -> Answer<'a, Vec<ProviderTemplate>>;

    /// Submits a template for approval.
    fn create_template<'a>(
        &'a self,
        account: &'a ProviderAccount,
        template: &'a NewTemplate,
    ) -> Answer<'a, CreatedTemplate>;

    /// Fetches a customer's file by the id or the address that its message carried.
    fn fetch_media<'a>(
        &'a self,
        account: &'a ProviderAccount,
        media: &'a super::event::ProviderMedia,
    ) -> Answer<'a, FetchedMedia>;

    /// Who a customer is, where the webhook did not say: asked once, for a contact without a name.
    fn profile<'a>(&'a self, account: &'a ProviderAccount, customer: &'a Recipient) -> Answer<'a, Profile> {
        let _ = (account, customer);
        Box::pin(async { Ok(Profile::default()) })
    }
}
