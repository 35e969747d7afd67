//! What a screen shows, as JSON in the words of stories: keys of the cast for people, short
//! times, phrases by key and arguments.
//!
//! Only writes down what the records of the facade say. It computes nothing about windows,
//! prices or marks: what a record does not say, no story can expect.

mod conversation;
mod lists;
mod words;

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use riposte::facade::AuthorLabel;
use riposte::model::{ChannelKind, Phrase, PhraseValue};
use serde_json::{Map, Value, json};

pub(crate) use words::connection;
pub use words::wire_word;

use crate::story::Cast;
use crate::story::time::{Calendar, write_money, write_span};

/// What is needed to write a screen down: who is called what, and how times are written.
pub struct Pen<'a> {
    /// The cast, for the keys.
    pub cast: &'a Cast,
    /// The story's days.
    pub calendar: Calendar,
    /// Whose phone it is.
    pub me: &'a str,
    written: Mutex<Vec<(Value, Phrase)>>,
}

impl<'a> Pen<'a> {
    /// A pen for one screen.
    pub fn new(cast: &'a Cast, calendar: Calendar, me: &'a str) -> Self {
        Self { cast, calendar, me, written: Mutex::default() }
    }

    /// The phrases that were written down, each beside its JSON.
    pub fn phrases(self) -> Vec<(Value, Phrase)> {
        self.written.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pen<'_> {
    pub(crate) fn at(&self, at: DateTime<Utc>) -> Value {
        Value::String(self.calendar.write(at))
    }

    pub(crate) fn maybe_at(&self, at: Option<DateTime<Utc>>) -> Value {
        at.map_or(Value::Null, |at| self.at(at))
    }

    /// A phrase as `{ "say": key, argument: value, ... }`.
    pub fn phrase(&self, phrase: &Phrase) -> Value {
        let mut object = Map::new();
        object.insert("say".to_owned(), wire_word(&phrase.key));
        for argument in &phrase.args {
            object.insert(argument.name.clone(), self.value(&argument.value));
        }
        let written = Value::Object(object);
        self.written.lock().unwrap_or_else(PoisonError::into_inner).push((written.clone(), phrase.clone()));
        written
    }

    pub(crate) fn maybe_phrase(&self, phrase: Option<&Phrase>) -> Value {
        phrase.map_or(Value::Null, |phrase| self.phrase(phrase))
    }

    fn value(&self, value: &PhraseValue) -> Value {
        match value {
            PhraseValue::Text(text) => json!(text),
            PhraseValue::Number(number) => json!(number),
            PhraseValue::At(at) => self.at(*at),
            PhraseValue::DurationMs(ms) => json!(write_span(*ms)),
            PhraseValue::SizeBytes(bytes) => json!(format!("{bytes} bytes")),
            PhraseValue::Money(money) => json!(write_money(money)),
        }
    }

    pub(crate) fn who(&self, who: &AuthorLabel) -> Value {
        match who {
            AuthorLabel::You => json!(self.me),
            AuthorLabel::Person { name } => json!(self.person(name)),
            AuthorLabel::Described { phrase } => self.phrase(phrase),
        }
    }

    /// The key of whoever has this name; the name itself when it is nobody of the cast.
    pub(crate) fn person<'b>(&'b self, name: &'b str) -> &'b str {
        self.customer(name).or_else(|| self.agent(name)).unwrap_or(name)
    }

    pub(crate) fn customer(&self, name: &str) -> Option<&str> {
        self.cast.customers.iter().find(|(_, customer)| customer.name == name).map(|(key, _)| key.as_str())
    }

    pub(crate) fn agent(&self, name: &str) -> Option<&str> {
        self.cast.agents.iter().find(|(_, agent)| agent.name == name).map(|(key, _)| key.as_str())
    }

    pub(crate) fn group(&self, name: &str) -> Value {
        let key = self.cast.groups.iter().find(|(_, group)| group.name == name).map(|(key, _)| key.as_str());
        json!(key.unwrap_or(name))
    }

    pub(crate) fn channel(kind: ChannelKind) -> Value {
        wire_word(&kind)
    }
}
