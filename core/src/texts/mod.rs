//! Every sentence the core says, in English and French.
//!
//! Rules return a [`Phrase`]: a key and its arguments. Here it becomes words. The sentences are
//! in `catalogue`, how a value is written (times, sizes, amounts) in `values`, how the two come
//! together in `render`. The labels of the apps' own controls stay with the apps.

mod catalogue;
#[cfg(test)]
mod checks;
mod render;
mod values;

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
        let language = locale.split(['-', '_', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("fr") { Self::French } else { Self::English }
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

/// A phrase as words. `now` tells whether an instant is today, and so needs no day.
pub fn words(phrase: &Phrase, place: &Place, now: DateTime<Utc>) -> String {
    let entry = catalogue::entry(phrase.key);
    let text = match place.language {
        Language::English => entry.english,
        Language::French => entry.french,
    };
    let mut out = String::new();
    render::render(text, &phrase.args, place, now, &mut out);
    out
}
