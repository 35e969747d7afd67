//! Finding things by their words: the normal form that is indexed and asked for.
//!
//! The index (FTS5) cuts words at spaces and strips accents. Everything it cannot do is done
//! here, by one function for what is written and what is looked for, so the two always agree.

mod fold;
mod normal;
mod plain;
mod query;

pub(super) use normal::normal;
pub(super) use query::query;

use std::borrow::Cow;

use crate::model::{Contact, Content};

/// The words of a message that a person would look for.
pub(super) fn message_words(content: &Content) -> Cow<'_, str> {
    match content {
        Content::Media(media) if !media.caption.is_empty() && !media.name.is_empty() => {
            Cow::Owned(format!("{} {}", media.caption, media.name))
        }
        Content::Location { name, address, .. } => Cow::Owned(format!("{name} {address}")),
        Content::Contacts { cards } => {
            let words: Vec<&str> = cards
                .iter()
                .flat_map(|card| {
                    let lists = card.phones.iter().chain(&card.emails).map(String::as_str);
                    [card.name.as_str(), card.company.as_str()].into_iter().chain(lists)
                })
                .collect();
            Cow::Owned(words.join(" "))
        }
        // An emoji is nothing to search by.
        Content::Reaction { .. } => Cow::Borrowed(""),
        Content::Text { .. }
        | Content::Media(_)
        | Content::Template { .. }
        | Content::Answer { .. }
        | Content::Order { .. }
        | Content::Call { .. }
        | Content::Comment { .. }
        | Content::System { .. }
        | Content::RequestWelcome
        | Content::Unsupported
        | Content::Unknown => Cow::Borrowed(content.text()),
    }
}

/// The end of an id by which the title calls a customer without a name.
const ID_END: usize = 6;

/// The normal form of what a customer is found by: names, the number from any digit on, and the id
/// whole and by its end.
pub(super) fn contact_words(contact: &Contact) -> String {
    let mut words = normal(&contact.name);
    if let Some(username) = &contact.username {
        words.push(' ');
        words.push_str(&normal(username));
    }
    if let Some(bsuid) = &contact.bsuid {
        let end = bsuid.char_indices().rev().nth(ID_END - 1).and_then(|(at, _)| bsuid.get(at..)).unwrap_or_default();
        for id in [bsuid, end] {
            words.push(' ');
            words.push_str(&normal(id));
        }
    }
    // A number is looked for by its end, its middle or its national form: each digit begins a word.
    if let Some(phone) = &contact.phone {
        for (at, _) in phone.char_indices() {
            words.push(' ');
            words.push_str(phone.get(at..).unwrap_or_default());
        }
    }
    words
}
