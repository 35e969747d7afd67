//! What others wrote, made fit for a screen: once, where rows come in, for every app.
//!
//! A control character or a direction override in a name or a file's name changes how everything
//! around it is drawn (`photo\u{202e}gpj.exe` reads as a picture). Marks that scripts need (joiners,
//! left-to-right and right-to-left marks) stay.

use std::borrow::Cow;

use super::{Contact, ContactCard, Content, Conversation, Media, Message, Row, TemplateValue};

/// Whether a character says how to draw others instead of being drawn.
fn is_unfit(char: char) -> bool {
    // Embeddings and overrides, isolates, interlinear annotation.
    let draws = matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fff9}'..='\u{fffb}');
    draws || (char.is_control() && char != '\n' && char != '\t')
}

/// Text with line breaks.
fn text(words: &mut String) {
    if let Cow::Owned(fit) = fit(words) {
        *words = fit;
    }
}

/// A name: one line.
fn line(words: &mut String) {
    text(words);
    if words.contains(['\n', '\t']) {
        *words = words.replace(['\n', '\t'], " ");
    }
}

fn fit(words: &str) -> Cow<'_, str> {
    if words.chars().any(is_unfit) {
        // A line that ends in a carriage return and a line feed ends once.
        Cow::Owned(words.chars().filter(|char| !is_unfit(*char)).collect())
    } else {
        Cow::Borrowed(words)
    }
}

impl Row {
    /// The same row without what others' words could do to a screen.
    #[must_use]
    pub(super) fn readable(mut self) -> Self {
        match &mut self {
            Self::Contact(contact) => of_contact(contact),
            Self::Message(message) => of_message(message),
            Self::Conversation(conversation) => of_conversation(conversation),
            Self::Channel(channel) => line(&mut channel.name),
            Self::Agent(agent) => line(&mut agent.name),
            Self::Group(group) => line(&mut group.name),
            Self::SavedReply(reply) => line(&mut reply.title),
            Self::Template(_) | Self::Tariff(_) | Self::Allowance(_) | Self::Ledger(_) | Self::ReadMarker(_) => {}
        }
        self
    }
}

fn of_contact(contact: &mut Contact) {
    line(&mut contact.name);
    contact.username.iter_mut().for_each(line);
    contact.attributes.values_mut().for_each(text);
}

fn of_conversation(conversation: &mut Conversation) {
    if let Some(preview) = &mut conversation.preview {
        text(&mut preview.text);
    }
}

fn of_message(message: &mut Message) {
    match &mut message.content {
        Content::Text { body } | Content::Order { body, .. } | Content::Comment { body, .. } => text(body),
        Content::Answer { title, .. } => text(title),
        Content::Media(Media { name, caption, .. }) => {
            line(name);
            text(caption);
        }
        Content::Location { name, address, .. } => {
            line(name);
            text(address);
        }
        Content::Contacts { cards } => cards.iter_mut().for_each(|card| {
            let ContactCard { name, phones, company, emails } = card;
            [name, company].into_iter().chain(phones).chain(emails).for_each(line);
        }),
        Content::Template { text: body, values, .. } => {
            text(body);
            values.iter_mut().for_each(|TemplateValue { value, .. }| text(value));
        }
        Content::Reaction { .. }
        | Content::Call { .. }
        | Content::System { .. }
        | Content::RequestWelcome
        | Content::Unsupported
        | Content::Unknown => {}
    }
    for fact in &mut message.delivery {
        if let Some(error) = &mut fact.error {
            text(&mut error.detail);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::super::RowKind;
    use super::*;

    fn read(kind: RowKind, data: &serde_json::Value) -> Row {
        Row::from_json(kind, &to_raw_value(data).unwrap()).unwrap()
    }

    #[test]
    fn a_name_is_one_line_and_turns_nothing_around() {
        let data = json!({ "id": 1, "name": "Lé\u{202e}a\u{0}\nMartin\u{2069}", "username": "a\u{7}b" });
        let Row::Contact(contact) = read(RowKind::Contact, &data) else { panic!() };
        assert_eq!((contact.name.as_str(), contact.username.as_deref()), ("Léa Martin", Some("ab")));
    }

    #[test]
    fn a_text_keeps_its_lines_and_what_scripts_need() {
        let body = "un\r\ndeux\ttrois\u{1b}[31m 👩\u{200d}🔧 \u{200f}שלום\u{200e}";
        let data = json!({ "id": 1, "conversation_id": 1, "author": { "by": "customer" }, "at": 0,
                           "content": { "type": "text", "body": body } });
        let Row::Message(message) = read(RowKind::Message, &data) else { panic!() };
        assert_eq!(message.content.text(), "un\ndeux\ttrois[31m 👩\u{200d}🔧 \u{200f}שלום\u{200e}");
    }

    #[test]
    fn a_files_name_shows_its_ending() {
        let content = json!({ "type": "media", "kind": "document", "mime": "a/b", "name": "photo\u{202e}gpj.exe" });
        let data =
            json!({ "id": 1, "conversation_id": 1, "author": { "by": "customer" }, "at": 0, "content": content });
        let Row::Message(message) = read(RowKind::Message, &data) else { panic!() };
        assert_eq!(message.content.text(), "photogpj.exe");
    }
}
