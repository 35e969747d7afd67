//! Which values does a template want?

use crate::model::{MediaKind, Template, TemplateButton, TemplateComponent};
use crate::rules::braces::{Piece, pieces};

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
    /// The header's short film; likewise.
    HeaderGif,
    /// A part of the header's place.
    HeaderLocation(LocationPart),
    /// In the body.
    Body,
    /// At the end of a button's address; which button, from 0.
    Button(usize),
    /// The code that a button copies; which button, from 0.
    ButtonCode(usize),
}

/// A part of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum LocationPart {
    /// Decimal degrees, north positive.
    Latitude,
    /// Decimal degrees, east positive.
    Longitude,
    /// What it is called.
    Name,
    /// Where it is.
    Address,
}

impl LocationPart {
    pub(super) const ALL: [Self; 4] = [Self::Latitude, Self::Longitude, Self::Name, Self::Address];

    /// The name of its value.
    pub(super) fn value_name(self) -> &'static str {
        match self {
            Self::Latitude => "header.latitude",
            Self::Longitude => "header.longitude",
            Self::Name => "header.name",
            Self::Address => "header.address",
        }
    }
}

/// The names of a text's variables, in order of appearance, each once.
pub(super) fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for piece in pieces(text) {
        match piece {
            Piece::Variable(name) if !names.contains(&name) => names.push(name),
            Piece::Variable(_) | Piece::Words(_) => {}
        }
    }
    names
}

/// A variable is numbered or named.
pub(super) fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// The name of a header variable's value. Meta numbers each part from 1, so that a numbered one
/// needs its part's name to be distinguished from the body's.
pub(super) fn header_value(name: &str) -> String {
    if is_number(name) { format!("header.{name}") } else { name.to_owned() }
}

/// The name of the value of the header's file.
pub(super) const HEADER_FILE: &str = "header";

/// The name of the value at the end of a button's address; people count buttons from 1.
pub(super) fn button_value(index: usize) -> String {
    format!("button.{}", index + 1)
}

/// The variables of a template, in order of appearance.
pub fn variables(template: &Template) -> Vec<Variable> {
    of_components(&template.components)
}

/// The variables of a template's parts.
pub(super) fn of_components(components: &[TemplateComponent]) -> Vec<Variable> {
    let mut found: Vec<Variable> = Vec::new();
    for component in components {
        match component {
            TemplateComponent::HeaderText { text } => found.extend(
                names(text)
                    .into_iter()
                    .map(|name| Variable { name: header_value(name), place: VariablePlace::HeaderText }),
            ),
            TemplateComponent::HeaderMedia { kind } => {
                found.push(Variable { name: HEADER_FILE.to_owned(), place: VariablePlace::HeaderMedia(*kind) });
            }
            TemplateComponent::HeaderGif => {
                found.push(Variable { name: HEADER_FILE.to_owned(), place: VariablePlace::HeaderGif });
            }
            TemplateComponent::HeaderLocation => found.extend(LocationPart::ALL.map(|part| Variable {
                name: part.value_name().to_owned(),
                place: VariablePlace::HeaderLocation(part),
            })),
            TemplateComponent::Body { text } => found.extend(
                names(text).into_iter().map(|name| Variable { name: name.to_owned(), place: VariablePlace::Body }),
            ),
            TemplateComponent::Buttons { buttons } => found.extend(buttons.iter().enumerate().filter_map(in_button)),
            TemplateComponent::Footer { .. } | TemplateComponent::Unknown => {}
        }
    }
    found
}

fn in_button((index, button): (usize, &TemplateButton)) -> Option<Variable> {
    match button {
        TemplateButton::Url { url, .. } if !names(url).is_empty() => {
            Some(Variable { name: button_value(index), place: VariablePlace::Button(index) })
        }
        TemplateButton::CopyCode { .. } => {
            Some(Variable { name: button_value(index), place: VariablePlace::ButtonCode(index) })
        }
        TemplateButton::Url { .. }
        | TemplateButton::QuickReply { .. }
        | TemplateButton::Phone { .. }
        | TemplateButton::Flow { .. }
        | TemplateButton::RequestContactInfo { .. }
        | TemplateButton::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::table::{order_update, with_parts};

    fn names_of(template: &Template) -> Vec<String> {
        variables(template).into_iter().map(|variable| variable.name).collect()
    }

    #[test]
    fn a_body_has_its_variables_in_order_and_each_once() {
        let body = |text: &str| with_parts(vec![TemplateComponent::Body { text: text.to_owned() }]);
        assert_eq!(names_of(&order_update()), ["1"]);
        assert_eq!(names_of(&body("Chère {{2}}, {{1}} et {{2}} !")), ["2", "1"]);
        assert_eq!(names_of(&body("Bonjour {{ first_name }}.")), ["first_name"]);
    }

    #[test]
    fn each_part_is_numbered_from_one_and_distinguished() {
        let template = with_parts(vec![
            TemplateComponent::HeaderText { text: "Commande {{1}}".to_owned() },
            TemplateComponent::Body { text: "Bonjour {{1}}, voici.".to_owned() },
            TemplateComponent::Buttons {
                buttons: vec![
                    TemplateButton::QuickReply { text: "Merci".to_owned() },
                    TemplateButton::Url { text: "Suivre".to_owned(), url: "https://example.com/{{1}}".to_owned() },
                ],
            },
        ]);
        assert_eq!(names_of(&template), ["header.1", "1", "button.2"]);
    }

    #[test]
    fn a_place_wants_its_four_parts_and_a_code_its_code() {
        let codes = |text: &str| TemplateButton::CopyCode { text: text.to_owned() };
        let template = with_parts(vec![
            TemplateComponent::HeaderLocation,
            TemplateComponent::Body { text: "Nous sommes ici.".to_owned() },
            TemplateComponent::Buttons {
                buttons: vec![
                    TemplateButton::Flow { text: "Réserver".to_owned() },
                    TemplateButton::RequestContactInfo { text: String::new() },
                    codes("Copier"),
                ],
            },
        ]);
        let place = ["header.latitude", "header.longitude", "header.name", "header.address"];
        assert_eq!(names_of(&template), [&place[..], &["button.3"]].concat());
        let film = with_parts(vec![TemplateComponent::HeaderGif]);
        assert_eq!(names_of(&film), ["header"]);
    }

    #[test]
    fn a_header_file_wants_a_value() {
        let template = with_parts(vec![TemplateComponent::HeaderMedia { kind: MediaKind::Image }]);
        let place = VariablePlace::HeaderMedia(MediaKind::Image);
        assert_eq!(variables(&template), [Variable { name: "header".to_owned(), place }]);
    }
}
