//! Which templates can be sent from here, and what do they say once filled in?

use crate::model::{ChannelAccount, MediaKind, Phrase, Template, TemplateCategory, TemplateComponent, TemplateValue};

/// Whether a template can be sent from the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Usability {
    /// It can.
    Usable,
    /// Shown greyed, with the reason.
    NotUsable {
        /// Why.
        why: Phrase,
    },
    /// Not even listed: made elsewhere, or for another number.
    NotOffered {
        /// Why.
        why: Phrase,
    },
}

/// A place in a template that wants a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name of its value: the body's `1` or `first_name`, the header's `header.1`, a
    /// button's `button.1`, the header's file `header`.
    pub name: String,
    /// Where it stands.
    pub place: VariablePlace,
}

/// Where a variable stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VariablePlace {
    /// In the header's text.
    HeaderText,
    /// The header's file; the value is its address or the provider's id.
    HeaderMedia(MediaKind),
    /// In the body.
    Body,
    /// At the end of a button's address; which button, from 0.
    Button(usize),
}

/// A template as the customer reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Header, body and footer, a line each.
    pub text: String,
    /// The header's words.
    pub header: Option<String>,
    /// The body.
    pub body: String,
    /// The footer.
    pub footer: Option<String>,
    /// What the buttons say.
    pub buttons: Vec<String>,
}

/// Whether a template can be sent from the inbox on a channel account.
pub fn usability(template: &Template, channel: &ChannelAccount) -> Usability {
    todo!("{template:?} {channel:?}")
}

/// The variables of a template, in order of appearance.
pub fn variables(template: &Template) -> Vec<Variable> {
    todo!("{template:?}")
}

/// The template with its values. Refused with a sentence per missing or surplus value.
pub fn fill(template: &Template, values: &[TemplateValue]) -> Result<Filled, Vec<Phrase>> {
    todo!("{template:?} {values:?}")
}

/// Meta's `template` object.
pub fn provider_payload(template: &Template, values: &[TemplateValue]) -> serde_json::Value {
    todo!("{template:?} {values:?}")
}

/// What is wrong with a template about to be submitted, in order of appearance.
pub fn check_new(
    name: &str,
    language: &str,
    category: TemplateCategory,
    components: &[TemplateComponent],
    samples: &[TemplateValue],
) -> Vec<Phrase> {
    todo!("{name:?} {language:?} {category:?} {components:?} {samples:?}")
}
