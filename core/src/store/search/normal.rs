//! The normal form of a text.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// A text as it is indexed: compatibility forms made plain (NFKC), cases folded, scripts that
/// write without spaces as overlapping pairs, everything that is no word as a space.
pub(crate) fn normal(text: &str) -> String {
    cut(&folded(text), true)
}

/// The same for a word that is looked for: without the last lone character of a run, which is
/// only there so that every character begins a word of the index.
pub(super) fn normal_query(text: &str) -> String {
    cut(&folded(text), false)
}

/// NFKC with cases folded. Upper case first: `ß`, the final sigma and the dotless i meet their kin.
fn folded(text: &str) -> String {
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

fn cut(text: &str, with_last: bool) -> String {
    let mut words = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if !is_part_of_word(c) {
            space(&mut words);
        } else if is_unspaced(c) {
            space(&mut words);
            let mut run = vec![c];
            while let Some(next) = chars.next_if(|next| is_unspaced(*next)) {
                run.push(next);
            }
            pairs(&run, with_last, &mut words);
        } else {
            words.push(c);
        }
    }
    words.truncate(words.trim_end().len());
    words
}

fn pairs(run: &[char], with_last: bool, words: &mut String) {
    for pair in run.windows(2) {
        words.extend(pair);
        words.push(' ');
    }
    if let Some(last) = run.last().filter(|_| with_last || run.len() == 1) {
        words.push(*last);
        words.push(' ');
    }
}

fn space(words: &mut String) {
    if !words.is_empty() && !words.ends_with(' ') {
        words.push(' ');
    }
}

fn is_part_of_word(c: char) -> bool {
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
    use super::*;

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
