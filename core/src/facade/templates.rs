use super::{Error, PriceTag};
use crate::model::{
    ChannelId, ClientKey, ConversationId, Phrase, Template, TemplateCategory, TemplateComponent, TemplateId,
    TemplateValue,
};

/// The templates of a number.
pub struct Templates {}

/// A template in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateChoice {
    /// The template.
    pub template: Template,
    /// Whether it can be sent from here. The others are shown greyed.
    pub usable: bool,
    /// Why not.
    pub why_not: Option<Phrase>,
    /// Its text, not filled in.
    pub text: String,
    /// The variables to fill, in order of appearance.
    pub variables: Vec<String>,
    /// What sending it costs; none without a conversation.
    pub price: Option<PriceTag>,
}

/// A template filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplatePreview {
    /// The text as the customer reads it; not filled in where a value is missing.
    pub text: String,
    /// What has to change before it can be sent. Empty: it can.
    pub faults: Vec<Phrase>,
}

/// A template to be submitted for Meta's approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTemplate {
    /// Lower-case letters, digits and underscores.
    pub name: String,
    /// BCP 47 language in Meta's spelling.
    pub language: String,
    /// Its category, which sets its price.
    pub category: TemplateCategory,
    /// Its parts.
    pub components: Vec<TemplateComponent>,
    /// A sample for each variable.
    pub samples: Vec<TemplateValue>,
}

impl Templates {
    /// Which number.
    pub fn channel_id(&self) -> ChannelId {
        todo!()
    }

    /// Those made in the inbox, usable ones first; with prices for a conversation's customer.
    pub async fn list(&self, conversation: Option<ConversationId>) -> Result<Vec<TemplateChoice>, Error> {
        let _ = conversation;
        todo!()
    }

    /// Asks the server to fetch them from the provider.
    pub async fn refresh(&self) -> Result<(), Error> {
        todo!()
    }

    /// A template as the customer would read it.
    pub async fn preview(&self, template: TemplateId, values: Vec<TemplateValue>) -> Result<TemplatePreview, Error> {
        let _ = (template, values);
        todo!()
    }

    /// What speaks against a new template, while it is typed.
    pub fn check(&self, new: NewTemplate) -> Vec<Phrase> {
        let _ = new;
        todo!()
    }

    /// Submits a new template for Meta's approval.
    pub async fn create(&self, new: NewTemplate) -> Result<ClientKey, Error> {
        let _ = new;
        todo!()
    }
}
