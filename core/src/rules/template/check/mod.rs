//! Will Meta take this new template?
//!
//! The limits are Meta's ("Template components"), save for the header's: the inbox takes 45
//! characters where Meta takes 60. One sentence per fault, in order of appearance.

mod buttons;
#[cfg(test)]
mod tests;

use self::buttons::check_buttons;
use super::limits::{BODY_MOST, CODE_MOST, FOOTER_MOST, HEADER_MOST, NAME_MOST, TEMPLATES_MOST, count, over};
use super::variables::{VariablePlace, is_number, names, of_components};
use crate::model::{
    ChannelId, MediaKind, Phrase, PhraseKey, PhraseValue, Template, TemplateCategory, TemplateComponent, TemplateValue,
};
use crate::rules::braces::{Piece, pieces};

/// What is wrong with a template about to be submitted, in order of appearance; empty when
/// nothing is.
pub fn check_new(
    name: &str,
    language: &str,
    category: TemplateCategory,
    components: &[TemplateComponent],
    samples: &[TemplateValue],
) -> Vec<Phrase> {
    let mut faults = Vec::new();
    check_name(name, &mut faults);
    if !is_language(language) {
        faults.push(Phrase::new(PhraseKey::TemplateLanguageInvalid));
    }
    match category {
        TemplateCategory::Marketing | TemplateCategory::Utility => {}
        TemplateCategory::Authentication | TemplateCategory::Unknown => {
            faults.push(Phrase::new(PhraseKey::TemplateCategoryNotOffered));
        }
    }
    for (place, component) in components.iter().enumerate() {
        let earlier = components.get(..place).unwrap_or_default();
        if let Some(key) = repeated(component).filter(|_| earlier.iter().any(|other| same_part(other, component))) {
            faults.push(Phrase::new(key));
            continue;
        }
        check_component(component, &mut faults);
    }
    if !components.iter().any(|part| matches!(part, TemplateComponent::Body { .. })) {
        faults.push(Phrase::new(PhraseKey::TemplateBodyMissing));
    }
    check_mixture(components, &mut faults);
    check_samples(components, samples, &mut faults);
    faults
}

/// Why a new template is refused because of those that the number has already: Meta knows a
/// template by its name and language, and takes 250 of them.
pub fn check_among<'t>(
    name: &str,
    language: &str,
    channel: ChannelId,
    held: impl IntoIterator<Item = &'t Template>,
) -> Vec<Phrase> {
    let held: Vec<&Template> = held.into_iter().filter(|template| template.channel_id == channel).collect();
    let mut faults = Vec::new();
    if held.iter().any(|template| template.name == name && template.language == language) {
        faults.push(Phrase::new(PhraseKey::TemplateNameTaken));
    }
    if held.len() >= TEMPLATES_MOST {
        faults.push(Phrase::new(PhraseKey::TemplatesTooMany).with("most", count(TEMPLATES_MOST)));
    }
    faults
}

fn check_name(name: &str, faults: &mut Vec<Phrase>) {
    if name.is_empty() {
        faults.push(Phrase::new(PhraseKey::TemplateNameEmpty));
    } else if !is_plain_name(name) {
        faults.push(Phrase::new(PhraseKey::TemplateNameCharacters));
    }
    if let Some((length, most)) = over(name, NAME_MOST) {
        faults.push(Phrase::new(PhraseKey::TemplateNameTooLong).with("length", length).with("most", most));
    }
}

/// Lower-case letters, digits and underscores.
fn is_plain_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// `fr`, `fil`, `pt_BR`, `zh_HK`.
fn is_language(language: &str) -> bool {
    let (language, region) = match language.split_once('_') {
        Some((language, region)) => (language, Some(region)),
        None => (language, None),
    };
    let known = (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    known && region.is_none_or(|region| region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_uppercase()))
}

fn named(name: &str) -> PhraseValue {
    PhraseValue::Text(name.to_owned())
}

fn repeated(component: &TemplateComponent) -> Option<PhraseKey> {
    match component {
        TemplateComponent::HeaderText { .. }
        | TemplateComponent::HeaderMedia { .. }
        | TemplateComponent::HeaderGif
        | TemplateComponent::HeaderLocation => Some(PhraseKey::TemplateHeaderTwice),
        TemplateComponent::Body { .. } => Some(PhraseKey::TemplateBodyTwice),
        TemplateComponent::Footer { .. } => Some(PhraseKey::TemplateFooterTwice),
        TemplateComponent::Buttons { .. } => Some(PhraseKey::TemplateButtonsTwice),
        TemplateComponent::Unknown => None,
    }
}

fn same_part(one: &TemplateComponent, other: &TemplateComponent) -> bool {
    repeated(one) == repeated(other)
}

fn check_component(component: &TemplateComponent, faults: &mut Vec<Phrase>) {
    match component {
        TemplateComponent::HeaderText { text } => check_header(text, faults),
        TemplateComponent::HeaderMedia { kind } => match kind {
            MediaKind::Image | MediaKind::Video | MediaKind::Document => {}
            MediaKind::Audio | MediaKind::Sticker | MediaKind::Unknown => {
                faults.push(Phrase::new(PhraseKey::TemplateHeaderMedia));
            }
        },
        TemplateComponent::HeaderGif | TemplateComponent::HeaderLocation => {}
        TemplateComponent::Body { text } => check_body(text, faults),
        TemplateComponent::Footer { text } => check_footer(text, faults),
        TemplateComponent::Buttons { buttons } => check_buttons(buttons, faults),
        TemplateComponent::Unknown => faults.push(Phrase::new(PhraseKey::TemplatePartUnknown)),
    }
}

fn check_header(text: &str, faults: &mut Vec<Phrase>) {
    if text.trim().is_empty() {
        faults.push(Phrase::new(PhraseKey::TemplateHeaderEmpty));
    }
    if let Some((length, most)) = over(text, HEADER_MOST) {
        faults.push(Phrase::new(PhraseKey::TemplateHeaderTooLong).with("length", length).with("most", most));
    }
    if names(text).len() > 1 {
        faults.push(Phrase::new(PhraseKey::TemplateHeaderVariables));
    }
    check_variables(text, faults);
}

fn check_body(text: &str, faults: &mut Vec<Phrase>) {
    if text.trim().is_empty() {
        faults.push(Phrase::new(PhraseKey::TemplateBodyEmpty));
    }
    if let Some((length, most)) = over(text, BODY_MOST) {
        faults.push(Phrase::new(PhraseKey::TemplateBodyTooLong).with("length", length).with("most", most));
    }
    let trimmed = pieces(text.trim());
    if matches!(trimmed.first(), Some(Piece::Variable(_))) {
        faults.push(Phrase::new(PhraseKey::TemplateBodyStartsWithVariable));
    }
    if matches!(trimmed.last(), Some(Piece::Variable(_))) {
        faults.push(Phrase::new(PhraseKey::TemplateBodyEndsWithVariable));
    }
    check_variables(text, faults);
}

fn check_footer(text: &str, faults: &mut Vec<Phrase>) {
    if text.trim().is_empty() {
        faults.push(Phrase::new(PhraseKey::TemplateFooterEmpty));
    }
    if let Some((length, most)) = over(text, FOOTER_MOST) {
        faults.push(Phrase::new(PhraseKey::TemplateFooterTooLong).with("length", length).with("most", most));
    }
    if !names(text).is_empty() {
        faults.push(Phrase::new(PhraseKey::TemplateFooterVariables));
    }
}

/// Braces that form none, names Meta does not take, numbers with a hole.
fn check_variables(text: &str, faults: &mut Vec<Phrase>) {
    let broken =
        |piece: &Piece<'_>| matches!(piece, Piece::Words(words) if words.contains("{{") || words.contains("}}"));
    if pieces(text).iter().any(broken) {
        faults.push(Phrase::new(PhraseKey::TemplateBraces));
    }
    let names = names(text);
    for name in names.iter().filter(|name| !is_plain_name(name)) {
        faults.push(Phrase::new(PhraseKey::TemplateVariableName).with("name", named(name)));
    }
    let numbers = names.iter().filter(|name| is_number(name)).count();
    if let Some(hole) = (1..=numbers).find(|number| !names.contains(&number.to_string().as_str())) {
        faults.push(Phrase::new(PhraseKey::TemplateVariableOrder).with("expected", count(hole)));
    }
}

/// Meta knows a template as numbered or as named, not as both. A button's address stands apart.
fn check_mixture(components: &[TemplateComponent], faults: &mut Vec<Phrase>) {
    let texts = components.iter().filter_map(|component| match component {
        TemplateComponent::HeaderText { text } | TemplateComponent::Body { text } => Some(text),
        TemplateComponent::HeaderMedia { .. }
        | TemplateComponent::HeaderGif
        | TemplateComponent::HeaderLocation
        | TemplateComponent::Footer { .. }
        | TemplateComponent::Buttons { .. }
        | TemplateComponent::Unknown => None,
    });
    let (numbered, worded): (Vec<&str>, Vec<&str>) =
        texts.flat_map(|text| names(text)).partition(|name| is_number(name));
    if !numbered.is_empty() && !worded.is_empty() {
        faults.push(Phrase::new(PhraseKey::TemplateVariablesMixed));
    }
}

/// Meta asks for a sample of each variable.
fn check_samples(components: &[TemplateComponent], samples: &[TemplateValue], faults: &mut Vec<Phrase>) {
    let wanted = of_components(components);
    // Where a place is, is only asked when it is sent.
    let asked = wanted.iter().filter(|variable| !matches!(variable.place, VariablePlace::HeaderLocation(_)));
    for variable in asked {
        let given = samples.iter().find(|sample| sample.name == variable.name).map_or("", |sample| &sample.value);
        if let (VariablePlace::ButtonCode(_), Some((_, most))) = (variable.place, over(given, CODE_MOST)) {
            let name = named(&variable.name);
            faults.push(Phrase::new(PhraseKey::TemplateValueCode).with("name", name).with("most", most));
        }
        if !samples.iter().any(|sample| sample.name == variable.name && !sample.value.trim().is_empty()) {
            faults.push(Phrase::new(PhraseKey::TemplateSampleMissing).with("name", named(&variable.name)));
        }
    }
    for sample in samples.iter().filter(|sample| !wanted.iter().any(|variable| variable.name == sample.name)) {
        faults.push(Phrase::new(PhraseKey::TemplateSampleSurplus).with("name", named(&sample.name)));
    }
}
