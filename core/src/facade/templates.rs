//! The templates of a number: choosing one, and submitting a new one.

use std::sync::Arc;

use super::core::Core;
use super::draft::read_template;
use super::engine::Engine;
use super::money::Money;
use super::{Error, PriceTag};
use crate::model::{
    ChannelId, ChargeKind, ClientKey, Command, ConversationId, Phrase, Template, TemplateCategory, TemplateComponent,
    TemplateId, TemplateValue,
};
use crate::outbox::Given;
use crate::rules::failure::refusal;
use crate::rules::labels::{self, Empty};
use crate::rules::template::{Filled, Usability, changes, check_among, check_new, fill, preview, usability, variables};

/// The templates of a number.
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct Templates {
    engine: Engine,
    core: Arc<Core>,
    channel: ChannelId,
}

/// A template in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
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
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct TemplatePreview {
    /// The text as the customer reads it; not filled in where a value is missing.
    pub text: String,
    /// The words above the body.
    pub header: Option<String>,
    /// The body.
    pub body: String,
    /// The small words below.
    pub footer: Option<String>,
    /// What its buttons say.
    pub buttons: Vec<String>,
    /// What has to change before it can be sent. Empty: it can.
    pub faults: Vec<Phrase>,
}

/// A template to be submitted for Meta's approval.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
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
    pub(super) fn new(engine: Engine, core: Arc<Core>, channel: ChannelId) -> Self {
        Self { engine, core, channel }
    }
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl Templates {
    /// Which number.
    pub fn channel_id(&self) -> ChannelId {
        self.channel
    }

    /// Those made in the inbox, usable ones first; with prices for a conversation's customer.
    /// Those made on the template list page are not offered at all.
    pub async fn list(&self, conversation: Option<ConversationId>) -> Result<Vec<TemplateChoice>, Error> {
        let (core, channel) = (self.core.clone(), self.channel);
        self.engine.run(async move { list(&core, channel, conversation).await }).await
    }

    /// What stands in place of an empty list, with the advice to make a template for each kind of
    /// answer.
    pub fn empty_notice(&self) -> Phrase {
        labels::empty(Empty::Templates)
    }

    /// Asks the server to fetch them from the provider, as soon as there is a network. They come
    /// as changes.
    pub async fn refresh(&self) -> Result<(), Error> {
        let (core, channel_id) = (self.core.clone(), self.channel);
        self.engine
            .run(async move { core.give(Given::of(Command::RefreshTemplates { channel_id })).await.map(drop) })
            .await
    }

    /// A template as the customer would read it.
    pub async fn preview(&self, template: TemplateId, values: Vec<TemplateValue>) -> Result<TemplatePreview, Error> {
        let core = self.core.clone();
        self.engine
            .run(async move {
                let template = read_template(&core, template).await?;
                let faults = fill(&template, &values).err().unwrap_or_default();
                let Filled { text, header, body, footer, buttons } = preview(&template, &values);
                Ok(TemplatePreview { text, header, body, footer, buttons, faults })
            })
            .await
    }

    /// What became of a template since a list showed it as `shown`: its status, its category (and
    /// so its price), its words. Empty: it is what it was. To be asked before it is sent.
    pub async fn changed_since(&self, shown: Template) -> Result<Vec<Phrase>, Error> {
        let core = self.core.clone();
        self.engine
            .run(async move {
                match read_template(&core, shown.id).await {
                    Ok(now) => Ok(changes(&shown, &now)),
                    Err(Error::NotFound) => Ok(vec![refusal("template_not_usable")]),
                    Err(error) => Err(error),
                }
            })
            .await
    }

    /// What is wrong with a new template, while it is typed: a sentence per fault, in order of
    /// appearance. Those that the number has already are as the last list showed them.
    pub fn check(&self, new: NewTemplate) -> Vec<Phrase> {
        let mut faults = check_new(&new.name, &new.language, new.category, &new.components, &new.samples);
        faults.extend(check_among(&new.name, &new.language, self.channel, self.core.templates().values()));
        faults
    }

    /// Submits a new template for Meta's approval. Its state comes as a change.
    ///
    /// Fails with [`Error::Refused`] when [`check`](Self::check) finds a fault.
    pub async fn create(&self, new: NewTemplate) -> Result<ClientKey, Error> {
        if let Some(phrase) = self.check(new.clone()).into_iter().next() {
            return Err(Error::refused_with("bad_request", phrase));
        }
        let (core, channel_id) = (self.core.clone(), self.channel);
        let NewTemplate { name, language, category, components, samples } = new;
        let command = Command::CreateTemplate { channel_id, name, language, category, components, samples };
        self.engine.run(async move { core.give(Given::of(command)).await }).await
    }
}

async fn list(
    core: &Core,
    channel: ChannelId,
    conversation: Option<ConversationId>,
) -> Result<Vec<TemplateChoice>, Error> {
    let entries = core.store.outbox(|outbox| outbox.entries()).await?;
    let (account, templates, priced) = core
        .store
        .read(move |cache| {
            let stored = match conversation {
                Some(id) => cache.conversation(id)?,
                None => None,
            };
            let priced = match stored {
                Some(stored) => {
                    let ledger = cache.ledger_of(stored.conversation.id)?;
                    Some((Money::read(cache, &stored, &ledger, &entries)?, stored))
                }
                None => None,
            };
            Ok((cache.channel(channel)?, cache.templates(channel)?, priced))
        })
        .await?;
    let account = account.ok_or(Error::NotFound)?;
    let now = core.now();
    let price = |template: &Template| {
        let (money, stored) = priced.as_ref()?;
        money.price(stored, ChargeKind::of_template(template.category), now)
    };
    core.templates().extend(templates.iter().map(|template| (template.id, template.clone())));
    let offered = templates.into_iter().filter_map(|template| {
        let (usable, why_not) = match usability(&template, &account) {
            Usability::Usable => (true, None),
            Usability::NotUsable { why } => (false, Some(why)),
            Usability::NotOffered { .. } => return None,
        };
        Some(TemplateChoice {
            usable,
            why_not,
            text: unfilled(&template),
            variables: variables(&template).into_iter().map(|variable| variable.name).collect(),
            price: if usable { price(&template) } else { None },
            template,
        })
    });
    let mut choices: Vec<TemplateChoice> = offered.collect();
    // Stable: within each half the store's order by name stays.
    choices.sort_by_key(|choice| !choice.usable);
    Ok(choices)
}

/// A template's text with its variables as they are written.
fn unfilled(template: &Template) -> String {
    let lines = template.components.iter().filter_map(|component| match component {
        TemplateComponent::HeaderText { text }
        | TemplateComponent::Body { text }
        | TemplateComponent::Footer { text } => Some(text.as_str()),
        TemplateComponent::HeaderMedia { .. }
        | TemplateComponent::HeaderGif
        | TemplateComponent::HeaderLocation
        | TemplateComponent::Buttons { .. }
        | TemplateComponent::Unknown => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}
