//! What customers and agents write, in twelve languages and seven scripts. Written for this bench.

use crate::measure::Dice;

/// The first line of each file holds things that are sold, the others sentences with places for
/// `{thing}`, `{n}` (a number), `{time}` and `{price}`.
const LANGUAGES: [(&str, &str); 12] = [
    ("ar", include_str!("../texts/ar.txt")),
    ("de", include_str!("../texts/de.txt")),
    ("el", include_str!("../texts/el.txt")),
    ("en", include_str!("../texts/en.txt")),
    ("es", include_str!("../texts/es.txt")),
    ("fr", include_str!("../texts/fr.txt")),
    ("hi", include_str!("../texts/hi.txt")),
    ("ja", include_str!("../texts/ja.txt")),
    ("pl", include_str!("../texts/pl.txt")),
    ("ru", include_str!("../texts/ru.txt")),
    ("th", include_str!("../texts/th.txt")),
    ("zh", include_str!("../texts/zh.txt")),
];

const NAMES: [&str; 24] = [
    "Léa Fontaine",
    "Marc Bertrand",
    "Inès Moreau",
    "Tom Whitaker",
    "Grace Ellery",
    "Jürgen Weiß",
    "Annika Bär",
    "Lucía Ibáñez",
    "Joaquín Peña",
    "Wojciech Żak",
    "Małgorzata Sęk",
    "Алёна Журавлёва",
    "Пётр Соловьёв",
    "Ελένη Παππά",
    "Γιώργος Δήμου",
    "ليلى الحسن",
    "سامي خليل",
    "प्रिया शर्मा",
    "अर्जुन वर्मा",
    "สมชาย ใจดี",
    "高橋 さくら",
    "中村 健",
    "王小红",
    "陈立",
];

/// One language of the bench.
pub(crate) struct Language {
    pub(crate) code: &'static str,
    things: Vec<&'static str>,
    sentences: Vec<&'static str>,
}

/// All twelve.
pub(crate) fn languages() -> Vec<Language> {
    let read = |(code, text): (&'static str, &'static str)| {
        let mut lines = text.lines().filter(|line| !line.is_empty());
        let things = lines.next().map(|line| line.split('|').collect()).unwrap_or_default();
        Language { code, things, sentences: lines.collect() }
    };
    LANGUAGES.into_iter().map(read).collect()
}

impl Language {
    /// One to three sentences.
    pub(crate) fn message(&self, dice: &mut Dice) -> String {
        let mut text = String::new();
        for _ in 0..=dice.below(3) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&self.sentence(dice));
        }
        text
    }

    fn sentence(&self, dice: &mut Dice) -> String {
        let sentence = dice.one_of(&self.sentences).unwrap_or_default();
        if !sentence.contains('{') {
            return sentence.to_owned();
        }
        let thing = dice.one_of(&self.things).unwrap_or_default();
        sentence
            .replace("{thing}", thing)
            .replace("{n}", &(100_000 + dice.below(900_000)).to_string())
            .replace("{time}", &format!("{:02}:{:02}", 8 + dice.below(11), 15 * dice.below(4)))
            .replace("{price}", &format!("{},{:02} €", 5 + dice.below(195), dice.below(100)))
    }

    /// What an agent would look for: one or two words of a sentence, the last perhaps unfinished.
    pub(crate) fn question(&self, dice: &mut Dice) -> String {
        let sentence = self.sentence(dice);
        let words: Vec<&str> = sentence
            .split(|c: char| c.is_whitespace() || "，。？、！".contains(c))
            .filter(|word| !word.is_empty())
            .collect();
        let first = dice.below(words.len());
        let last = (first + dice.below(2)).min(words.len().saturating_sub(1));
        let mut question = words.get(first..=last).unwrap_or_default().join(" ");
        let letters = question.chars().count();
        // An agent does not type a whole sentence, and scripts without spaces have nothing else.
        let keep =
            if letters > 16 { 4 + dice.below(4) } else { letters - dice.below(3).min(letters.saturating_sub(3)) };
        if let Some((end, _)) = question.char_indices().nth(keep) {
            question.truncate(end);
        }
        question
    }
}

/// A customer's name.
pub(crate) fn name(dice: &mut Dice) -> String {
    let first = dice.one_of(&NAMES).unwrap_or_default();
    format!("{first} {}", 1 + dice.below(999))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twelve_languages_and_each_has_enough_to_say() {
        let languages = languages();
        assert_eq!(languages.len(), 12);
        for language in &languages {
            assert_eq!(language.things.len(), 12, "{}", language.code);
            assert!(language.sentences.len() >= 24, "{}", language.code);
        }
    }

    #[test]
    fn no_place_in_a_sentence_stays_empty() {
        let mut dice = Dice::new(7);
        for language in &languages() {
            for _ in 0..200 {
                let text = language.message(&mut dice);
                assert!(!text.contains('{') && !text.is_empty(), "{}: {text}", language.code);
                assert!(!language.question(&mut dice).is_empty(), "{}", language.code);
            }
        }
    }
}
