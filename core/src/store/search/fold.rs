//! Which letters count as the same, and which characters are parts of words?

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

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
