//! Every sentence of the core, in English and French.
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

/// A language of the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    English,
    /// French.
    French,
}

impl Language {
    /// The language for a locale such as `fr-CA` or `en_US.UTF-8`; English for any other.
    pub fn of_locale(locale: &str) -> Self {
        let language = locale.split(['-', '_', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("fr") { Self::French } else { Self::English }
    }
}

/// How instants are written here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locale {
    /// In which language.
    pub language: Language,
    /// The time zone, in minutes east of UTC.
    pub utc_offset_minutes: i32,
}

/// A phrase as words. `now` tells whether an instant is today, and so needs no day.
pub fn words(phrase: &Phrase, locale: &Locale, now: DateTime<Utc>) -> String {
    let entry = catalogue::entry(phrase.key);
    let text = match locale.language {
        Language::English => entry.english,
        Language::French => entry.french,
    };
    let mut out = String::new();
    render::render(text, &phrase.args, locale, now, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Currency, Money, PhraseKey, PhraseValue};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// A phrase in both languages at noon in Paris, with plain spaces.
    fn written(phrase: &Phrase) -> [String; 2] {
        [Language::English, Language::French].map(|language| {
            let locale = Locale { language, utc_offset_minutes: 60 };
            words(phrase, &locale, at("2026-11-02T11:00:00Z")).replace('\u{202f}', " ")
        })
    }

    #[test]
    fn the_product_pages_own_words_are_kept() {
        for (key, english, french) in [
            (PhraseKey::RestartConversation, "Restart the conversation", "Relancer la conversation"),
            (PhraseKey::SendTemplate, "Send the WhatsApp template", "Envoyer le template WhatsApp"),
            (PhraseKey::NotSeen, "(not seen)", "(non vu)"),
            (PhraseKey::Seen, "(seen)", "(vu)"),
        ] {
            assert_eq!(written(&Phrase::new(key)), [english, french]);
        }
    }

    #[test]
    fn an_end_today_is_a_time_and_another_day_is_named() {
        let until = |time| Phrase::new(PhraseKey::WindowOpenUntil).with("until", PhraseValue::At(at(time)));
        assert_eq!(
            written(&until("2026-11-02T13:05:00Z")),
            ["You can reply until 14:05.", "Vous pouvez répondre jusqu’à 14 h 05."]
        );
        assert_eq!(
            written(&until("2026-11-03T09:00:00Z")),
            ["You can reply until tomorrow at 10:00.", "Vous pouvez répondre jusqu’à demain à 10 h 00."]
        );
    }

    #[test]
    fn a_price_is_written_exactly() {
        let price = Money { micros: 50_000, currency: Currency::EUR };
        let costs = Phrase::new(PhraseKey::QuoteCosts).with("price", PhraseValue::Money(price));
        assert_eq!(written(&costs), ["Costs €0.05", "Coût : 0,05 €"]);
    }

    #[test]
    fn what_is_left_is_counted_in_each_languages_way() {
        let left = |left| Phrase::new(PhraseKey::QuoteGrant).with("left", PhraseValue::Number(left));
        assert_eq!(
            written(&left(1_000)),
            ["Free: 1,000 free messages left", "Gratuit : il reste 1 000 messages gratuits"]
        );
        assert_eq!(written(&left(1)), ["Free: 1 free message left", "Gratuit : il reste 1 message gratuit"]);
    }

    #[test]
    fn a_locale_names_a_language_and_english_is_the_fallback() {
        for locale in ["fr", "fr-CA", "fr_FR.UTF-8", "FR"] {
            assert_eq!(Language::of_locale(locale), Language::French, "{locale}");
        }
        for locale in ["en-GB", "de", "fro", ""] {
            assert_eq!(Language::of_locale(locale), Language::English, "{locale}");
        }
    }
}
