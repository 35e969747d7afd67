//! What does a template say with these values, and are they all there?

use super::limits::{BODY_MOST, CODE_MOST, META_HEADER_MOST, over};
use super::variables::{LocationPart, Variable, VariablePlace, header_value, of_components};
use crate::model::{Phrase, PhraseKey, PhraseValue, Template, TemplateButton, TemplateComponent, TemplateValue};
use crate::rules::braces::{Piece, pieces};

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

/// The template with its values. Refused with a sentence per value that is missing, doubled or
/// surplus: missing ones in order of appearance, then the others as they were given.
pub fn fill(template: &Template, values: &[TemplateValue]) -> Result<Filled, Vec<Phrase>> {
    let faults = value_faults(template, values);
    if !faults.is_empty() {
        return Err(faults);
    }
    let filled = preview(template, values);
    let faults = length_faults(&filled);
    if faults.is_empty() { Ok(filled) } else { Err(faults) }
}

/// The template as far as it is filled in: where a value is still missing, its variable stands as
/// it is written.
pub fn preview(template: &Template, values: &[TemplateValue]) -> Filled {
    put_together(template, values)
}

/// Meta's limits hold for what the customer reads, too (132005).
fn length_faults(filled: &Filled) -> Vec<Phrase> {
    let header = filled.header.as_deref().and_then(|header| over(header, META_HEADER_MOST));
    let header = header
        .map(|(length, most)| Phrase::new(PhraseKey::TemplateHeaderTooLong).with("length", length).with("most", most));
    let body = over(&filled.body, BODY_MOST)
        .map(|(length, most)| Phrase::new(PhraseKey::TemplateBodyTooLong).with("length", length).with("most", most));
    header.into_iter().chain(body).collect()
}

fn value_faults(template: &Template, values: &[TemplateValue]) -> Vec<Phrase> {
    let wanted = of_components(&template.components);
    let named = |name: &str| PhraseValue::Text(name.to_owned());
    let missing = wanted
        .iter()
        .filter(|variable| !values.iter().any(|value| value.name == variable.name && !value.value.trim().is_empty()));
    let missing =
        missing.map(|variable| Phrase::new(PhraseKey::TemplateValueMissing).with("name", named(&variable.name)));
    let others = values.iter().enumerate().filter_map(|(place, value)| {
        if !wanted.iter().any(|variable| variable.name == value.name) {
            return Some(Phrase::new(PhraseKey::TemplateValueSurplus).with("name", named(&value.name)));
        }
        let doubled = values.iter().take(place).any(|earlier| earlier.name == value.name);
        doubled.then(|| Phrase::new(PhraseKey::TemplateValueTwice).with("name", named(&value.name)))
    });
    let unfit = wanted.iter().filter_map(|variable| {
        let value = values.iter().find(|value| value.name == variable.name)?;
        unfit(variable, value.value.trim())
    });
    missing.chain(unfit).chain(others).collect()
}

/// What is wrong with a value for its place; none when it fits, or when there is none.
fn unfit(variable: &Variable, value: &str) -> Option<Phrase> {
    if value.is_empty() {
        return None;
    }
    let name = || PhraseValue::Text(variable.name.clone());
    let degrees = |most: f64| match value.parse::<f64>() {
        Ok(degrees) if degrees.abs() <= most => None,
        _ => Some(Phrase::new(PhraseKey::TemplateValuePlace).with("name", name())),
    };
    match variable.place {
        VariablePlace::HeaderLocation(LocationPart::Latitude) => degrees(90.0),
        VariablePlace::HeaderLocation(LocationPart::Longitude) => degrees(180.0),
        VariablePlace::ButtonCode(_) => over(value, CODE_MOST)
            .map(|(_, most)| Phrase::new(PhraseKey::TemplateValueCode).with("name", name()).with("most", most)),
        // Meta takes neither line breaks nor tabs nor more than four spaces in a row.
        VariablePlace::HeaderText | VariablePlace::Body => (value.contains(['\n', '\r', '\t'])
            || value.contains("     "))
        .then(|| Phrase::new(PhraseKey::TemplateValueSpaces).with("name", name())),
        VariablePlace::HeaderLocation(LocationPart::Name | LocationPart::Address)
        | VariablePlace::HeaderMedia(_)
        | VariablePlace::HeaderGif
        | VariablePlace::Button(_) => None,
    }
}

fn put_together(template: &Template, values: &[TemplateValue]) -> Filled {
    let mut filled =
        Filled { text: String::new(), header: None, body: String::new(), footer: None, buttons: Vec::new() };
    for component in &template.components {
        match component {
            TemplateComponent::HeaderText { text } => {
                filled.header = Some(with_values(text, |name| value(values, &header_value(name))));
            }
            TemplateComponent::Body { text } => filled.body = with_values(text, |name| value(values, name)),
            TemplateComponent::Footer { text } => filled.footer = Some(text.clone()),
            TemplateComponent::Buttons { buttons } => filled.buttons.extend(buttons.iter().filter_map(button_text)),
            TemplateComponent::HeaderMedia { .. }
            | TemplateComponent::HeaderGif
            | TemplateComponent::HeaderLocation
            | TemplateComponent::Unknown => {}
        }
    }
    let lines = filled.header.iter().chain([&filled.body]).chain(&filled.footer);
    filled.text = lines.map(String::as_str).collect::<Vec<_>>().join("\n");
    filled
}

fn button_text(button: &TemplateButton) -> Option<String> {
    match button {
        TemplateButton::QuickReply { text }
        | TemplateButton::Url { text, .. }
        | TemplateButton::Phone { text, .. }
        | TemplateButton::CopyCode { text }
        | TemplateButton::Flow { text }
        | TemplateButton::RequestContactInfo { text } => Some(text.clone()),
        TemplateButton::Unknown => None,
    }
}

/// The value of a name; none when it is missing or blank.
fn value<'v>(values: &'v [TemplateValue], name: &str) -> Option<&'v str> {
    values.iter().find(|value| value.name == name).map(|value| value.value.as_str()).filter(|v| !v.trim().is_empty())
}

fn with_values<'v>(text: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => filled.push_str(words),
            Piece::Variable(name) => match value(name) {
                Some(value) => filled.push_str(value),
                None => filled.push_str(&format!("{{{{{name}}}}}")),
            },
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::super::payload::provider_payload;
    use super::*;
    use crate::model::MediaKind;
    use crate::rules::table::{order_update, values, with_parts};
    use serde_json::json;

    fn tracked_order() -> Template {
        with_parts(vec![
            TemplateComponent::HeaderText { text: "Commande {{1}}".to_owned() },
            TemplateComponent::Body { text: "Bonjour {{2}}, votre {{1}} est prête.".to_owned() },
            TemplateComponent::Footer { text: "Atelier Nord".to_owned() },
            TemplateComponent::Buttons {
                buttons: vec![
                    TemplateButton::QuickReply { text: "Merci".to_owned() },
                    TemplateButton::Url { text: "Suivre".to_owned(), url: "https://example.com/{{1}}".to_owned() },
                ],
            },
        ])
    }

    const WHOLE: [(&str, &str); 4] = [("header.1", "42"), ("1", "table"), ("2", "Léa"), ("button.2", "c42")];

    fn faults(template: &Template, given: &[(&str, &str)]) -> Vec<(PhraseKey, String)> {
        let faults = fill(template, &values(given)).unwrap_err();
        let name = |phrase: &Phrase| match &phrase.args[0].value {
            PhraseValue::Text(name) => name.clone(),
            other => panic!("{other:?}"),
        };
        faults.iter().map(|phrase| (phrase.key, name(phrase))).collect()
    }

    #[test]
    fn filled_in_it_reads_as_the_customer_will() {
        let filled = fill(&order_update(), &values(&[("1", "Léa")])).unwrap();
        assert_eq!(filled.text, "Bonjour Léa, votre commande est prête. À bientôt !\nAtelier Nord");
        assert_eq!(filled.buttons, ["Merci"]);
    }

    #[test]
    fn each_part_takes_its_own_values() {
        let filled = fill(&tracked_order(), &values(&WHOLE)).unwrap();
        assert_eq!(filled.text, "Commande 42\nBonjour Léa, votre table est prête.\nAtelier Nord");
    }

    #[test]
    fn missing_values_are_named_in_order_of_appearance() {
        use PhraseKey::TemplateValueMissing as Missing;
        let missing = |name: &str| (Missing, name.to_owned());
        assert_eq!(
            faults(&tracked_order(), &[("1", "table"), ("2", "  ")]),
            ["header.1", "2", "button.2"].map(missing)
        );
    }

    #[test]
    fn surplus_and_doubled_values_are_named() {
        let given = [("1", "Léa"), ("2", "?"), ("1", "Léo")];
        let expected = [(PhraseKey::TemplateValueSurplus, "2"), (PhraseKey::TemplateValueTwice, "1")];
        assert_eq!(faults(&order_update(), &given), expected.map(|(key, name)| (key, name.to_owned())));
    }

    #[test]
    fn a_variable_inside_a_value_is_not_filled_in() {
        assert_eq!(fill(&order_update(), &values(&[("1", "{{1}}")])).unwrap().body.matches("{{1}}").count(), 1);
    }

    #[test]
    fn the_provider_gets_numbered_values_in_the_order_of_their_numbers() {
        assert_eq!(
            provider_payload(&tracked_order(), &values(&WHOLE)),
            json!({ "name": "order_update", "language": { "code": "fr" }, "components": [
                { "type": "header", "parameters": [{ "type": "text", "text": "42" }] },
                { "type": "body", "parameters": [{ "type": "text", "text": "table" }, { "type": "text", "text": "Léa" }] },
                { "type": "button", "sub_type": "url", "index": "1", "parameters": [{ "type": "text", "text": "c42" }] } ] })
        );
    }

    #[test]
    fn the_provider_gets_named_values_by_their_names() {
        let template = with_parts(vec![TemplateComponent::Body { text: "Bonjour {{first_name}}.".to_owned() }]);
        assert_eq!(
            provider_payload(&template, &values(&[("first_name", "Léa")]))["components"][0]["parameters"][0],
            json!({ "type": "text", "parameter_name": "first_name", "text": "Léa" })
        );
    }

    #[test]
    fn a_header_file_goes_by_its_address_or_its_id() {
        let template = with_parts(vec![TemplateComponent::HeaderMedia { kind: MediaKind::Image }]);
        let parameter =
            |file| provider_payload(&template, &values(&[("header", file)]))["components"][0]["parameters"][0].clone();
        assert_eq!(
            parameter("https://example.com/a.png"),
            json!({ "type": "image", "image": { "link": "https://example.com/a.png" } })
        );
        assert_eq!(parameter("123456"), json!({ "type": "image", "image": { "id": "123456" } }));
    }

    #[test]
    fn without_values_there_are_no_components() {
        let template = with_parts(vec![TemplateComponent::Body { text: "Bonjour.".to_owned() }]);
        assert_eq!(provider_payload(&template, &[]), json!({ "name": "order_update", "language": { "code": "fr" } }));
    }

    #[test]
    fn the_preview_fills_in_what_is_there_and_shows_what_is_missing() {
        let shown = preview(&tracked_order(), &values(&[("1", "table"), ("2", " ")]));
        assert_eq!(shown.text, "Commande {{1}}\nBonjour {{2}}, votre table est prête.\nAtelier Nord");
        assert_eq!(shown.buttons, ["Merci", "Suivre"]);
    }

    #[test]
    fn a_value_fits_its_place() {
        let wrong = |name: &str, value: &str| {
            let template = with_parts(vec![
                TemplateComponent::HeaderLocation,
                TemplateComponent::Body { text: "Bonjour {{1}}, voici.".to_owned() },
                TemplateComponent::Buttons { buttons: vec![TemplateButton::CopyCode { text: "Copier".to_owned() }] },
            ]);
            let mut given = vec![
                ("header.latitude", "48.8566"),
                ("header.longitude", "-2.35"),
                ("header.name", "Atelier"),
                ("header.address", "1 rue du Nord"),
                ("1", "Léa"),
                ("button.1", "NOEL25"),
            ];
            given.iter_mut().filter(|(known, _)| *known == name).for_each(|pair| pair.1 = value);
            let faults = fill(&template, &values(&given)).err().unwrap_or_default();
            faults.iter().map(|fault| fault.key).collect::<Vec<_>>()
        };
        assert_eq!(wrong("", ""), []);
        assert_eq!(wrong("header.latitude", "91"), [PhraseKey::TemplateValuePlace]);
        assert_eq!(wrong("header.latitude", "north"), [PhraseKey::TemplateValuePlace]);
        assert_eq!(wrong("header.longitude", "180"), []);
        assert_eq!(wrong("header.longitude", "NaN"), [PhraseKey::TemplateValuePlace]);
        assert_eq!(wrong("button.1", "123456789012345"), []);
        assert_eq!(wrong("button.1", "1234567890123456"), [PhraseKey::TemplateValueCode]);
        assert_eq!(wrong("1", "Léa\nMartin"), [PhraseKey::TemplateValueSpaces]);
        assert_eq!(wrong("1", "Léa    Martin"), [], "four spaces go");
        assert_eq!(wrong("1", "Léa     Martin"), [PhraseKey::TemplateValueSpaces]);
    }

    #[test]
    fn what_the_customer_reads_is_not_longer_than_meta_takes() {
        let keys = |template: &Template, given: &[(&str, &str)]| {
            let faults = fill(template, &values(given)).err().unwrap_or_default();
            faults.iter().map(|fault| fault.key).collect::<Vec<_>>()
        };
        let body = with_parts(vec![TemplateComponent::Body { text: format!("{} {{{{1}}}}.", "a".repeat(1_000)) }]);
        assert_eq!(keys(&body, &[("1", &"é".repeat(22))]), []);
        assert_eq!(keys(&body, &[("1", &"é".repeat(23))]), [PhraseKey::TemplateBodyTooLong]);
        let header = with_parts(vec![
            TemplateComponent::HeaderText { text: "Commande {{1}}".to_owned() },
            TemplateComponent::Body { text: "Bonjour.".to_owned() },
        ]);
        assert_eq!(keys(&header, &[("header.1", &"4".repeat(51))]), []);
        assert_eq!(keys(&header, &[("header.1", &"4".repeat(52))]), [PhraseKey::TemplateHeaderTooLong]);
    }
}
