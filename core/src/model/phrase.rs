use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Money, PhraseKey, ms};

/// A sentence before it has a language: what rules return. [`crate::texts`] makes words of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Phrase {
    /// Which sentence.
    pub key: PhraseKey,
    /// What it speaks of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<PhraseArg>,
}

/// A named value in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct PhraseArg {
    /// The name of its place in the sentence.
    pub name: String,
    /// The value.
    pub value: PhraseValue,
}

/// A value that each language writes in its own way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum PhraseValue {
    /// Words that stay as they are, such as a name.
    Text(String),
    /// A count.
    Number(i64),
    /// An instant, written as a time of day (and a day, when it is not today).
    At(#[serde(with = "ms::at")] DateTime<Utc>),
    /// A length of time in milliseconds.
    DurationMs(i64),
    /// A size in bytes.
    SizeBytes(i64),
    /// An amount.
    Money(Money),
}

impl Phrase {
    /// A sentence without arguments.
    pub fn new(key: PhraseKey) -> Self {
        Self { key, args: Vec::new() }
    }

    /// The same sentence with one more argument.
    #[must_use]
    pub fn with(mut self, name: &str, value: PhraseValue) -> Self {
        self.args.push(PhraseArg { name: name.to_owned(), value });
        self
    }
}
