//! The normal form of a text.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

use super::plain::{self, Plain};

/// A text as it is indexed: compatibility forms made plain (NFKC), cases folded, scripts that
/// write without spaces as overlapping pairs, everything that is no word as a space.
pub(crate) fn normal(text: &str) -> String {
    cut_text(text, true)
}

/// The same for a word that is looked for: without the last lone character of a run, which is
/// only there so that every character begins a word of the index.
pub(super) fn normal_query(text: &str) -> String {
    cut_text(text, false)
}

/// Word by word: nothing composes or is reordered across a space. Most words are of characters
/// that stand for themselves whatever is beside them, and need no normalising as a whole.
fn cut_text(text: &str, with_last: bool) -> String {
    let mut words = String::with_capacity(text.len() + text.len() / 2);
    for word in text.split(' ') {
        space(&mut words);
        let before = words.len();
        if !cut_plain(word, with_last, &mut words) {
            words.truncate(before);
            cut(&folded(word), with_last, &mut words);
        }
    }
    words.truncate(words.trim_end().len());
    words
}

/// False when some character needs a closer look; then what was written is worth nothing.
fn cut_plain(word: &str, with_last: bool, words: &mut String) -> bool {
    let mut run = Run::default();
    for c in word.chars() {
        match plain::of(c) {
            Plain::Letter(c) => {
                run.end(with_last, words);
                words.push(c);
            }
            Plain::Unspaced(c) => run.push(c, words),
            Plain::Separator => {
                run.end(with_last, words);
                space(words);
            }
            Plain::No => return false,
        }
    }
    run.end(with_last, words);
    true
}

/// NFKC with cases folded. Upper case first: `ß`, the final sigma and the dotless i meet their kin.
pub(super) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let cases = text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    cases.nfkc().filter(|c| !is_vowel_point(*c)).map(without_accent).collect()
}

/// The accents people leave out that the index does not strip itself: it knows Latin ones only.
/// (The breve of й makes another letter and stays.)
fn without_accent(c: char) -> char {
    match c {
        'ё' => 'е',
        '\u{0370}'..='\u{03FF}' | '\u{1F00}'..='\u{1FFF}' => {
            let mut letter = None;
            decompose_canonical(c, |part| letter = letter.or(Some(part)));
            letter.unwrap_or(c)
        }
        _ => c,
    }
}

fn cut(text: &str, with_last: bool, words: &mut String) {
    let mut run = Run::default();
    for c in text.chars() {
        if is_unspaced(c) {
            run.push(c, words);
        } else {
            run.end(with_last, words);
            if is_part_of_word(c) {
                words.push(c);
            } else {
                space(words);
            }
        }
    }
    run.end(with_last, words);
}

/// A run of characters of scripts without spaces, on its way to being pairs.
#[derive(Default)]
struct Run {
    last: Option<char>,
    /// A pair was written: the last character is in one.
    paired: bool,
}

impl Run {
    fn push(&mut self, c: char, words: &mut String) {
        match self.last.replace(c) {
            Some(before) => {
                words.extend([before, c, ' ']);
                self.paired = true;
            }
            None => space(words),
        }
    }

    fn end(&mut self, with_last: bool, words: &mut String) {
        if let Some(last) = self.last.take().filter(|_| with_last || !self.paired) {
            words.extend([last, ' ']);
        }
        self.paired = false;
    }
}

fn space(words: &mut String) {
    if !words.is_empty() && !words.ends_with(' ') {
        words.push(' ');
    }
}

pub(super) fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Arabic and Hebrew vowels, which most people leave out.
fn is_vowel_point(c: char) -> bool {
    matches!(c, '\u{0591}'..='\u{05C7}' | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{0640}')
}

/// Scripts that write without spaces between words: Han, Kana, Hangul, Thai, Lao, Khmer, Myanmar.
/// (Hangul has spaces, but its words carry endings; pairs find them all the same.)
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0E01}'..='\u{0E3A}' | '\u{0E40}'..='\u{0E4E}'      // Thai
        | '\u{0E81}'..='\u{0EDF}'                               // Lao
        | '\u{1000}'..='\u{109F}'                               // Myanmar
        | '\u{1100}'..='\u{11FF}'                               // Hangul, single letters
        | '\u{1780}'..='\u{17DD}'                               // Khmer
        | '\u{3005}'..='\u{3007}'                               // Han marks
        | '\u{3041}'..='\u{30FF}'                               // Kana
        | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'     // Han
        | '\u{A9E0}'..='\u{A9FE}' | '\u{AA60}'..='\u{AA7F}'     // Myanmar, more
        | '\u{AC00}'..='\u{D7FB}'                               // Hangul
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
        && is_part_of_word(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The normal form without any short way.
    fn the_long_way(text: &str, with_last: bool) -> String {
        let mut words = String::new();
        cut(&folded(text), with_last, &mut words);
        words.truncate(words.trim_end().len());
        words
    }

    #[test]
    fn every_character_alone_and_between_others_is_what_the_long_way_makes_of_it() {
        // Beyond the basic plane there is no short way: some of it is enough.
        let beyond = ('\u{10000}'..=char::MAX).step_by(97);
        for c in ('\0'..'\u{10000}').chain(beyond) {
            for text in [format!("{c}"), format!("e{c}x"), format!("京{c}\u{301} {c}")] {
                assert_eq!(normal(&text), the_long_way(&text, true), "U+{:04X}", u32::from(c));
            }
        }
    }

    proptest! {
        #[test]
        fn the_short_way_and_the_long_way_end_alike(
            text in "([a-zA-ZÀ-ž ]|[\u{300}-\u{36F}]|[\u{370}-\u{5FF}]|[\u{600}-\u{6FF}]|[\u{900}-\u{97F}]|[\u{E00}-\u{E7F}]|[\u{1100}-\u{11FF}]|[\u{3000}-\u{30FF}]|[가-힣]|[一-丿]|[\u{FF00}-\u{FFEF}]|[ -~]|\\PC){0,24}",
            with_last in any::<bool>(),
        ) {
            prop_assert_eq!(cut_text(&text, with_last), the_long_way(&text, with_last));
        }
    }

    #[test]
    fn case_and_width_make_no_difference() {
        assert_eq!(normal("STRASSE"), normal("Straße"));
        assert_eq!(normal("ΟΔΟΣ"), normal("οδος"));
        assert_eq!(normal("ＡＢＣ １２３"), "abc 123");
        assert_eq!(normal("ﬁn"), "fin");
    }

    #[test]
    fn scripts_without_spaces_become_pairs_and_every_character_begins_one() {
        assert_eq!(normal("東京都へ"), "東京 京都 都へ へ");
        assert_eq!(normal("ok東京ok"), "ok 東京 京 ok");
        assert_eq!(normal_query("東京都"), "東京 京都");
        assert_eq!(normal_query("京"), "京");
    }

    #[test]
    fn what_is_no_word_separates_words() {
        assert_eq!(normal("  Bonjour, \"ma\"  commande?! 🎁 "), "bonjour ma commande");
        assert_eq!(normal("🎁"), "");
    }

    #[test]
    fn vowel_points_can_be_left_out() {
        assert_eq!(normal("שָׁלוֹם"), normal("שלום"));
        assert_eq!(normal("مَرْحَبًا"), normal("مرحبا"));
    }
}
