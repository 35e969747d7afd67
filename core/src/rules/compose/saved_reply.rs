//! What does a saved reply say to this customer?

use crate::model::{Agent, Contact, Phrase, PhraseKey, PhraseValue};
use crate::rules::braces::{Piece, pieces};

/// A saved reply with its variables replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledReply {
    /// The text. An unknown variable stays as it was written.
    pub text: String,
    /// The unknown variables, each once.
    pub unknown: Vec<String>,
}

/// A saved reply with its `{{variables}}` replaced. An unknown one stays as it was
/// written, so that nothing is sent that reads as if it had been meant so.
pub fn fill_saved_reply(text: &str, variable: impl Fn(&str) -> Option<String>) -> FilledReply {
    let mut filled = FilledReply { text: String::with_capacity(text.len()), unknown: Vec::new() };
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => filled.text.push_str(words),
            Piece::Variable(name) => match variable(name) {
                Some(value) => filled.text.push_str(&value),
                None => {
                    filled.text.push_str(&format!("{{{{{name}}}}}"));
                    if !filled.unknown.iter().any(|unknown| unknown == name) {
                        filled.unknown.push(name.to_owned());
                    }
                }
            },
        }
    }
    filled
}

/// What a saved reply's variable stands for: the customer's attribute of that name, or `name`,
/// `first_name`, `username`, `phone` of the customer and `agent`, the name of who writes.
pub fn reply_variable(contact: &Contact, agent: Option<&Agent>, name: &str) -> Option<String> {
    let value = match (contact.attributes.get(name), name) {
        (Some(value), _) => Some(value.as_str()),
        (None, "name") => Some(contact.name.as_str()),
        (None, "first_name") => contact.name.split_whitespace().next(),
        (None, "username") => contact.username.as_deref(),
        (None, "phone") => contact.phone.as_deref(),
        (None, "agent") => agent.map(|agent| agent.name.as_str()),
        (None, _) => None,
    };
    value.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// The variables that still stand in a text, each once: what is sent as it is reads like a mistake.
/// Shown while the agent types. It may still be sent, because the braces may be meant.
pub fn unfilled(text: &str) -> Vec<Phrase> {
    let mut names: Vec<&str> = Vec::new();
    if !text.contains("{{") {
        return Vec::new();
    }
    for piece in pieces(text) {
        match piece {
            Piece::Variable(name) if !names.contains(&name) => names.push(name),
            Piece::Variable(_) | Piece::Words(_) => {}
        }
    }
    names.into_iter().map(unknown_variable).collect()
}

/// That a saved reply has an unknown variable.
pub fn unknown_variable(name: &str) -> Phrase {
    Phrase::new(PhraseKey::SavedReplyUnknown).with("name", PhraseValue::Text(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ContactId;

    fn lea() -> Contact {
        Contact {
            id: ContactId(88),
            name: "Léa Martin".to_owned(),
            phone: None,
            bsuid: None,
            username: None,
            language: None,
            attributes: [("order".to_owned(), "C-42".to_owned())].into(),
        }
    }

    #[test]
    fn a_saved_reply_speaks_of_this_customer() {
        let filled =
            fill_saved_reply("Bonjour {{first_name}}, {{ order }} part.", |name| reply_variable(&lea(), None, name));
        assert_eq!(filled, FilledReply { text: "Bonjour Léa, C-42 part.".to_owned(), unknown: Vec::new() });
    }

    #[test]
    fn an_unknown_variable_stays_and_is_named_once() {
        let filled = fill_saved_reply("{{phone}} {{size}} {{phone}} {{", |name| reply_variable(&lea(), None, name));
        assert_eq!(filled.text, "{{phone}} {{size}} {{phone}} {{");
        assert_eq!(filled.unknown, ["phone", "size"]);
    }

    #[test]
    fn an_unfilled_variable_is_named_while_the_agent_types() {
        assert_eq!(unfilled("Bonjour Léa."), []);
        assert_eq!(
            unfilled("{{phone}} {{ size }} {{phone}} {{"),
            [unknown_variable("phone"), unknown_variable("size")]
        );
    }

    #[test]
    fn the_customers_own_attribute_goes_before_what_is_known_of_everybody() {
        let mut contact = lea();
        contact.attributes.insert("name".to_owned(), "Mme Martin".to_owned());
        assert_eq!(reply_variable(&contact, None, "name").as_deref(), Some("Mme Martin"));
        assert_eq!(reply_variable(&lea(), None, "name").as_deref(), Some("Léa Martin"));
        assert_eq!(reply_variable(&lea(), None, "agent"), None);
    }
}
