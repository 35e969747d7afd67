//! Sentences without an account.

use chrono::{DateTime, Utc};

use crate::model::Phrase;
use crate::texts::{self, Language, Locale};

/// A sentence in the language of a locale (BCP 47; French or English, anything else reads English),
/// its times written so many minutes east of UTC, as of `now`. What an account shows is asked of
/// [`Account::words`](super::Account::words).
#[cfg_attr(feature = "uniffi", uniffi::export)]
pub fn phrase_words(phrase: &Phrase, locale: String, utc_offset_minutes: i32, now: DateTime<Utc>) -> String {
    texts::words(phrase, &Locale { language: Language::of_locale(&locale), utc_offset_minutes }, now)
}
