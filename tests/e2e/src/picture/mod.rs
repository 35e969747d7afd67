//! A picture: what a screen shows, as JSON that every language writes alike.
//!
//! Only writes down what the records of the facade hold. It computes nothing about windows, prices or
//! marks: what a record does not hold, no story can expect. Names, instants, spans, amounts and phrases
//! are marked objects (`tests/scenarios/README.md`, "Pictures"), which the teller puts into the words of
//! stories ([`crate::wording`]).

mod conversation;
mod lists;
mod words;

use chrono::{DateTime, Utc};
use riposte::facade::AuthorLabel;
use riposte::model::{ChannelKind, Money, Phrase, PhraseValue};
use riposte::texts::{Language, Locale, words as words_of};
use serde_json::{Map, Value, json};

pub(crate) use words::connection;
pub use words::wire_word;

/// Where and when phrases are put into words.
#[derive(Debug, Clone, Copy)]
pub struct Pen {
    /// The zone of the phone, east of UTC.
    pub utc_offset_minutes: i32,
    /// What the phone's clock shows.
    pub now: DateTime<Utc>,
}

impl Pen {
    /// A phrase: its key, its arguments, and its words in both languages.
    pub fn phrase(self, phrase: &Phrase) -> Value {
        let args: Map<String, Value> =
            phrase.args.iter().map(|argument| (argument.name.clone(), value(&argument.value))).collect();
        let said = |language| {
            let locale = Locale { language, utc_offset_minutes: self.utc_offset_minutes };
            words_of(phrase, &locale, self.now)
        };
        json!({ "phrase": wire_word(&phrase.key), "args": args,
                "en": said(Language::English), "fr": said(Language::French) })
    }

    pub(crate) fn maybe_phrase(self, phrase: Option<&Phrase>) -> Value {
        phrase.map_or(Value::Null, |phrase| self.phrase(phrase))
    }

    pub(crate) fn who(self, who: &AuthorLabel) -> Value {
        match who {
            AuthorLabel::You => json!({ "you": true }),
            AuthorLabel::Person { name } => person(name),
            AuthorLabel::Described { phrase } => self.phrase(phrase),
        }
    }
}

fn value(value: &PhraseValue) -> Value {
    match value {
        PhraseValue::Text(text) => json!(text),
        PhraseValue::Number(number) => json!(number),
        PhraseValue::At(instant) => at(*instant),
        PhraseValue::DurationMs(ms) => span(*ms),
        PhraseValue::SizeBytes(bytes) => json!({ "size_bytes": bytes }),
        PhraseValue::Money(amount) => money(amount),
    }
}

fn at(at: DateTime<Utc>) -> Value {
    json!({ "at_ms": at.timestamp_millis() })
}

fn maybe_at(instant: Option<DateTime<Utc>>) -> Value {
    instant.map_or(Value::Null, at)
}

fn span(ms: i64) -> Value {
    json!({ "span_ms": ms })
}

fn money(money: &Money) -> Value {
    json!({ "micros": money.micros, "currency": money.currency.code() })
}

/// A customer or an agent.
fn person(name: &str) -> Value {
    json!({ "person": name })
}

fn group(name: &str) -> Value {
    json!({ "group": name })
}

fn channel_word(kind: ChannelKind) -> Value {
    wire_word(&kind)
}
