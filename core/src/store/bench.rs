//! For `tests/bench` alone: tables, pragmas and what search indexes and asks for, so that bare
//! SQLite beside it has the same tables and writes and looks for the very same words.

use super::migrations::Migration;
use super::{open, search};
use crate::model::{Contact, Content};

/// What makes the tables of a new cache, and the pragmas they are written under.
pub fn cache() -> (Vec<&'static str>, [&'static str; 2]) {
    (statements(&open::CACHE), [open::PRAGMAS, open::CACHE.pragmas])
}

/// The same of a new outbox.
pub fn outbox() -> (Vec<&'static str>, [&'static str; 2]) {
    (statements(&open::OUTBOX), [open::PRAGMAS, open::OUTBOX.pragmas])
}

fn statements(kind: &open::Kind) -> Vec<&'static str> {
    let sql = |migration: &Migration| match migration {
        Migration::Sql(statements) => Some(*statements),
        // For older files only.
        Migration::SqlIf { .. } => None,
    };
    kind.migrations.iter().filter_map(sql).collect()
}

/// The words a message is found by, in their normal form.
pub fn message_words(content: &Content) -> String {
    search::normal(&search::message_words(content))
}

/// The words a customer is found by, in their normal form.
pub fn contact_words(contact: &Contact) -> String {
    search::contact_words(contact)
}

/// What an agent typed, as the index is asked for customers and for messages.
pub fn questions(text: &str) -> (Option<String>, Option<String>) {
    let query = search::query(text);
    (query.contacts, query.messages)
}
