//! Every sentence the core says, in English and French.

mod catalogue;

use chrono::{DateTime, Utc};

use crate::model::Phrase;

/// A language the core speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    English,
    /// French.
    French,
}

impl Language {
    /// The language for a locale such as `fr-CA` or `en_US.UTF-8`; English when we do not speak it.
    pub fn of_locale(locale: &str) -> Self {
        todo!("{locale}")
    }
}

/// How instants are written here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// In which language.
    pub language: Language,
    /// The time zone, in minutes east of UTC.
    pub utc_offset_minutes: i32,
}

/// A phrase as words.
pub fn words(phrase: &Phrase, place: &Place, now: DateTime<Utc>) -> String {
    todo!("{phrase:?} {place:?} {now:?}")
}
