//! Will Meta take this new template?
//!
//! The limits are Meta's ("Template components"), save for the header's: the inbox takes 45
//! characters where Meta takes 60. One sentence per fault, in order of appearance.

use super::variables::{is_number, names, of_components};
use crate::model::{
    MediaKind, Phrase, PhraseKey, PhraseValue, TemplateButton, TemplateCategory, TemplateComponent, TemplateValue,
};
use crate::rules::braces::{Piece, pieces};

const NAME_MOST: usize = 512;
const HEADER_MOST: usize = 45;
const BODY_MOST: usize = 1_024;
const FOOTER_MOST: usize = 60;
const BUTTONS_MOST: usize = 10;
const BUTTON_TEXT_MOST: usize = 25;

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

/// A length and its limit, when the limit is passed. Meta counts characters.
fn over(text: &str, most: usize) -> Option<(PhraseValue, PhraseValue)> {
    let length = text.chars().count();
    (length > most).then(|| (count(length), count(most)))
}

fn count(count: usize) -> PhraseValue {
    PhraseValue::Number(i64::try_from(count).unwrap_or(i64::MAX))
}

fn named(name: &str) -> PhraseValue {
    PhraseValue::Text(name.to_owned())
}

fn repeated(component: &TemplateComponent) -> Option<PhraseKey> {
    match component {
        TemplateComponent::HeaderText { .. } | TemplateComponent::HeaderMedia { .. } => {
            Some(PhraseKey::TemplateHeaderTwice)
        }
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

fn check_buttons(buttons: &[TemplateButton], faults: &mut Vec<Phrase>) {
    if buttons.is_empty() {
        faults.push(Phrase::new(PhraseKey::TemplateButtonsEmpty));
    }
    if buttons.len() > BUTTONS_MOST {
        let (found, most) = (count(buttons.len()), count(BUTTONS_MOST));
        faults.push(Phrase::new(PhraseKey::TemplateButtonsTooMany).with("count", found).with("most", most));
    }
    for (place, button) in buttons.iter().enumerate() {
        let number = count(place + 1);
        match button {
            TemplateButton::QuickReply { text } => check_button_text(text, &number, faults),
            TemplateButton::Url { text, url } => {
                check_button_text(text, &number, faults);
                check_address(url, number, faults);
            }
            TemplateButton::Phone { text, phone } => {
                check_button_text(text, &number, faults);
                if !is_phone(phone) {
                    faults.push(Phrase::new(PhraseKey::TemplateButtonPhone).with("number", number));
                }
            }
            TemplateButton::Unknown => {
                faults.push(Phrase::new(PhraseKey::TemplateButtonUnknown).with("number", number));
            }
        }
    }
}

fn check_button_text(text: &str, number: &PhraseValue, faults: &mut Vec<Phrase>) {
    let number = || number.clone();
    if text.trim().is_empty() {
        faults.push(Phrase::new(PhraseKey::TemplateButtonTextEmpty).with("number", number()));
    }
    if let Some((length, most)) = over(text, BUTTON_TEXT_MOST) {
        faults.push(
            Phrase::new(PhraseKey::TemplateButtonTextTooLong)
                .with("number", number())
                .with("length", length)
                .with("most", most),
        );
    }
    if !names(text).is_empty() {
        faults.push(Phrase::new(PhraseKey::TemplateButtonTextVariables).with("number", number()));
    }
}

fn check_address(url: &str, number: PhraseValue, faults: &mut Vec<Phrase>) {
    if url.strip_prefix("https://").is_none_or(|rest| rest.is_empty() || rest.contains(char::is_whitespace)) {
        faults.push(Phrase::new(PhraseKey::TemplateButtonUrl).with("number", number));
        return;
    }
    let variables = pieces(url).iter().filter(|piece| matches!(piece, Piece::Variable(_))).count();
    let at_the_end = matches!(pieces(url).last(), Some(Piece::Variable(_)));
    if variables > 1 || variables == 1 && !at_the_end {
        faults.push(Phrase::new(PhraseKey::TemplateButtonUrlVariable).with("number", number));
    }
}

/// `+33 1 99 00 00 01`: digits with a country code; Meta takes 20 characters.
fn is_phone(phone: &str) -> bool {
    let digits = phone.strip_prefix('+').unwrap_or(phone);
    let written = digits.chars().all(|char| char.is_ascii_digit() || " -.()".contains(char));
    let known = digits.chars().filter(char::is_ascii_digit).count() >= 7;
    written && known && !digits.starts_with('0') && phone.len() <= 20
}

/// Meta knows a template as numbered or as named, not as both. A button's address stands apart.
fn check_mixture(components: &[TemplateComponent], faults: &mut Vec<Phrase>) {
    let texts = components.iter().filter_map(|component| match component {
        TemplateComponent::HeaderText { text } | TemplateComponent::Body { text } => Some(text),
        TemplateComponent::HeaderMedia { .. }
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
    for variable in &wanted {
        if !samples.iter().any(|sample| sample.name == variable.name && !sample.value.trim().is_empty()) {
            faults.push(Phrase::new(PhraseKey::TemplateSampleMissing).with("name", named(&variable.name)));
        }
    }
    for sample in samples.iter().filter(|sample| !wanted.iter().any(|variable| variable.name == sample.name)) {
        faults.push(Phrase::new(PhraseKey::TemplateSampleSurplus).with("name", named(&sample.name)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::table::values;

    fn body(text: &str) -> TemplateComponent {
        TemplateComponent::Body { text: text.to_owned() }
    }

    fn header(text: &str) -> TemplateComponent {
        TemplateComponent::HeaderText { text: text.to_owned() }
    }

    fn footer(text: &str) -> TemplateComponent {
        TemplateComponent::Footer { text: text.to_owned() }
    }

    fn buttons(buttons: Vec<TemplateButton>) -> TemplateComponent {
        TemplateComponent::Buttons { buttons }
    }

    fn quick(text: &str) -> TemplateButton {
        TemplateButton::QuickReply { text: text.to_owned() }
    }

    fn address(url: &str) -> TemplateButton {
        TemplateButton::Url { text: "Suivre".to_owned(), url: url.to_owned() }
    }

    fn keys(faults: &[Phrase]) -> Vec<PhraseKey> {
        faults.iter().map(|fault| fault.key).collect()
    }

    /// What is wrong with the parts of a template that is otherwise right.
    fn wrong_with(components: Vec<TemplateComponent>) -> Vec<PhraseKey> {
        let samples: Vec<TemplateValue> = of_components(&components)
            .into_iter()
            .map(|variable| TemplateValue { name: variable.name, value: "exemple".to_owned() })
            .collect();
        keys(&check_new("order_update", "fr", TemplateCategory::Utility, &components, &samples))
    }

    fn wrong_with_name(name: &str, language: &str, category: TemplateCategory) -> Vec<PhraseKey> {
        keys(&check_new(name, language, category, &[body("Bonjour.")], &[]))
    }

    #[test]
    fn a_good_one_has_no_faults() {
        let parts = vec![
            header("Commande {{1}}"),
            body("Bonjour {{1}}, votre commande {{2}} est prête."),
            footer("Atelier Nord"),
            buttons(vec![quick("Merci"), address("https://example.com/{{1}}")]),
        ];
        assert_eq!(wrong_with(parts), []);
    }

    #[test]
    fn name_language_and_category_come_first() {
        let utility = TemplateCategory::Utility;
        assert_eq!(wrong_with_name("", "fr", utility), [PhraseKey::TemplateNameEmpty]);
        assert_eq!(wrong_with_name("Commande prête", "fr", utility), [PhraseKey::TemplateNameCharacters]);
        assert_eq!(wrong_with_name(&"a".repeat(512), "fr", utility), []);
        assert_eq!(wrong_with_name(&"a".repeat(513), "fr", utility), [PhraseKey::TemplateNameTooLong]);
        assert_eq!(wrong_with_name("a", "pt_BR", TemplateCategory::Marketing), []);
        assert_eq!(wrong_with_name("a", "fr-FR", utility), [PhraseKey::TemplateLanguageInvalid]);
        assert_eq!(
            wrong_with_name("", "", TemplateCategory::Authentication),
            [PhraseKey::TemplateNameEmpty, PhraseKey::TemplateLanguageInvalid, PhraseKey::TemplateCategoryNotOffered]
        );
    }

    #[test]
    fn lengths_are_counted_in_characters_and_not_in_bytes() {
        assert_eq!(wrong_with(vec![header(&"é".repeat(45)), body("Bonjour.")]), []);
        assert_eq!(wrong_with(vec![header(&"é".repeat(46)), body("Bonjour.")]), [PhraseKey::TemplateHeaderTooLong]);
        assert_eq!(wrong_with(vec![body(&"é".repeat(1_024))]), []);
        assert_eq!(wrong_with(vec![body(&"é".repeat(1_025))]), [PhraseKey::TemplateBodyTooLong]);
        assert_eq!(wrong_with(vec![body("Bonjour."), footer(&"é".repeat(60))]), []);
        assert_eq!(wrong_with(vec![body("Bonjour."), footer(&"é".repeat(61))]), [PhraseKey::TemplateFooterTooLong]);
        let button = |length| wrong_with(vec![body("Bonjour."), buttons(vec![quick(&"é".repeat(length))])]);
        assert_eq!((button(25), button(26)), (vec![], vec![PhraseKey::TemplateButtonTextTooLong]));
    }

    #[test]
    fn a_body_is_needed_once_and_not_empty() {
        assert_eq!(wrong_with(vec![header("Commande")]), [PhraseKey::TemplateBodyMissing]);
        assert_eq!(wrong_with(vec![body(" \n")]), [PhraseKey::TemplateBodyEmpty]);
        assert_eq!(wrong_with(vec![body("Un."), body("Deux.")]), [PhraseKey::TemplateBodyTwice]);
    }

    #[test]
    fn a_header_is_words_or_a_file_and_only_one() {
        let image = || TemplateComponent::HeaderMedia { kind: MediaKind::Image };
        assert_eq!(wrong_with(vec![image(), body("Bonjour.")]), []);
        assert_eq!(wrong_with(vec![image(), header("Commande"), body("Bonjour.")]), [PhraseKey::TemplateHeaderTwice]);
        let sound = TemplateComponent::HeaderMedia { kind: MediaKind::Audio };
        assert_eq!(wrong_with(vec![sound, body("Bonjour.")]), [PhraseKey::TemplateHeaderMedia]);
        assert_eq!(wrong_with(vec![header("{{1}} {{2}}"), body("Bonjour.")]), [PhraseKey::TemplateHeaderVariables]);
    }

    #[test]
    fn a_body_neither_begins_nor_ends_with_a_variable() {
        assert_eq!(wrong_with(vec![body("{{1}} est prête.")]), [PhraseKey::TemplateBodyStartsWithVariable]);
        assert_eq!(wrong_with(vec![body("Bonjour {{1}} ")]), [PhraseKey::TemplateBodyEndsWithVariable]);
    }

    #[test]
    fn variables_are_numbered_without_a_hole_or_named_and_never_both() {
        assert_eq!(wrong_with(vec![body("A {{2}} b.")]), [PhraseKey::TemplateVariableOrder]);
        assert_eq!(wrong_with(vec![body("A {{2}} b {{1}} c.")]), []);
        assert_eq!(wrong_with(vec![body("A {{1}} b {{name}} c.")]), [PhraseKey::TemplateVariablesMixed]);
        assert_eq!(wrong_with(vec![header("{{name}}"), body("A {{1}} b.")]), [PhraseKey::TemplateVariablesMixed]);
        assert_eq!(wrong_with(vec![body("A {{Prénom}} b.")]), [PhraseKey::TemplateVariableName]);
        assert_eq!(wrong_with(vec![body("A {{1} b.")]), [PhraseKey::TemplateBraces]);
    }

    #[test]
    fn a_footer_takes_no_variables() {
        assert_eq!(wrong_with(vec![body("Bonjour."), footer("À {{1}}")]), [PhraseKey::TemplateFooterVariables]);
        assert_eq!(wrong_with(vec![body("Bonjour."), footer("")]), [PhraseKey::TemplateFooterEmpty]);
    }

    #[test]
    fn buttons_are_at_most_ten_and_each_is_whole() {
        let with = |list| wrong_with(vec![body("Bonjour."), buttons(list)]);
        assert_eq!(with(vec![quick("Oui"); 10]), []);
        assert_eq!(with(vec![quick("Oui"); 11]), [PhraseKey::TemplateButtonsTooMany]);
        assert_eq!(with(vec![]), [PhraseKey::TemplateButtonsEmpty]);
        assert_eq!(with(vec![quick(" ")]), [PhraseKey::TemplateButtonTextEmpty]);
        assert_eq!(with(vec![quick("{{1}}")]), [PhraseKey::TemplateButtonTextVariables]);
        assert_eq!(with(vec![address("http://example.com")]), [PhraseKey::TemplateButtonUrl]);
        assert_eq!(with(vec![address("https://example.com/{{1}}/x")]), [PhraseKey::TemplateButtonUrlVariable]);
        let call =
            |phone: &str| with(vec![TemplateButton::Phone { text: "Appeler".to_owned(), phone: phone.to_owned() }]);
        assert_eq!(call("+33 1 99 00 00 01"), []);
        assert_eq!(call("01 99 00 00 01"), [PhraseKey::TemplateButtonPhone]);
        assert_eq!(with(vec![TemplateButton::Unknown]), [PhraseKey::TemplateButtonUnknown]);
    }

    #[test]
    fn each_variable_has_a_sample_and_each_sample_a_variable() {
        let parts = [header("Commande {{1}}"), body("Bonjour {{1}}.")];
        let check =
            |samples: &[(&str, &str)]| keys(&check_new("a", "fr", TemplateCategory::Utility, &parts, &values(samples)));
        assert_eq!(check(&[("1", "Léa"), ("header.1", "42")]), []);
        assert_eq!(check(&[("1", "Léa")]), [PhraseKey::TemplateSampleMissing]);
        assert_eq!(check(&[("1", "Léa"), ("header.1", "42"), ("2", "?")]), [PhraseKey::TemplateSampleSurplus]);
    }

    #[test]
    fn faults_come_in_order_of_appearance() {
        let parts = vec![header(""), body("{{2}} x."), footer("À {{1}}")];
        assert_eq!(
            wrong_with(parts),
            [
                PhraseKey::TemplateHeaderEmpty,
                PhraseKey::TemplateBodyStartsWithVariable,
                PhraseKey::TemplateVariableOrder,
                PhraseKey::TemplateFooterVariables,
            ]
        );
    }
}
