//! The normal form of a text.

use super::fold::{folded, is_part_of_word, is_unspaced};
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
