//! The catalogue as a whole, and how the rest of the core uses it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::DateTime;

use super::render::{NARROW, Piece, pieces};
use super::{Language, Locale, catalogue, words};
use crate::model::{Phrase, PhraseKey, PhraseValue};

/// The arguments that a text uses, those inside choices included.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for piece in pieces(text) {
        match piece {
            Piece::Literal(_) => {}
            Piece::Value(name) => {
                names.insert(name);
            }
            Piece::Plural { name, one, many } => {
                names.insert(name);
                names.extend(placeholders(one));
                names.extend(placeholders(many));
            }
        }
    }
    names
}

/// A phrase with something in each of its places.
fn sample(key: PhraseKey) -> Phrase {
    key.args().iter().fold(Phrase::new(key), |phrase, name| phrase.with(name, PhraseValue::Number(2)))
}

fn written(key: PhraseKey, language: Language) -> String {
    words(&sample(key), &Locale { language, utc_offset_minutes: 0 }, DateTime::UNIX_EPOCH)
}

#[test]
fn both_languages_use_exactly_the_arguments_of_the_key() {
    for key in PhraseKey::ALL {
        let entry = catalogue::entry(*key);
        let declared: BTreeSet<&str> = key.args().iter().copied().collect();
        assert_eq!(placeholders(entry.english), declared, "{key:?} in English");
        assert_eq!(placeholders(entry.french), declared, "{key:?} in French");
    }
}

#[test]
fn no_sentence_is_empty_or_left_with_braces() {
    for key in PhraseKey::ALL {
        for language in [Language::English, Language::French] {
            let text = written(*key, language);
            assert!(!text.trim().is_empty(), "{key:?}");
            assert!(!text.contains(['{', '}', '…']) || text.ends_with('…') && !text.contains('{'), "{key:?}: {text}");
        }
    }
}

#[test]
fn french_marks_have_their_narrow_space_and_english_ones_none() {
    for key in PhraseKey::ALL {
        let french = written(*key, Language::French).replace("://", "");
        let chars: Vec<char> = french.chars().collect();
        for (at, char) in chars.iter().enumerate() {
            match char {
                ';' | ':' | '!' | '?' | '»' => assert_eq!(chars[at - 1], NARROW, "{key:?}: {french}"),
                '«' => assert_eq!(chars[at + 1], NARROW, "{key:?}: {french}"),
                _ => {}
            }
        }
        let english = written(*key, Language::English);
        for spaced in [" :", " ;", " ?", " !"] {
            assert!(!english.contains(spaced), "{key:?}: {english}");
        }
    }
}

#[test]
fn apostrophes_are_curved() {
    for key in PhraseKey::ALL {
        let entry = catalogue::entry(*key);
        assert!(!entry.english.contains(['\'', '"']), "{key:?}");
        assert!(!entry.french.contains(['\'', '"']), "{key:?}");
    }
}

/// The core's own sources, without the list of keys, without the catalogue and without tests.
fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 20, "the sources were not found");
    files
}

fn gather(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // A sentence that only a test uses is unused.
            if !path.ends_with("tests") && !path.ends_with("texts/catalogue") {
                gather(&path, files);
            }
        } else if path.extension().is_some_and(|ext| ext == "rs")
            && !["phrase_key.rs", "checks.rs", "tests.rs"].iter().any(|name| path.ends_with(name))
        {
            let text = std::fs::read_to_string(&path).unwrap();
            files.push((path, without_tests(&text).to_owned()));
        }
    }
}

/// A file up to the tests that stand at its end.
fn without_tests(text: &str) -> &str {
    let inline = |at: usize| text[at..].lines().nth(1).is_some_and(|line| line.ends_with('{'));
    let end = text.match_indices("#[cfg(test)]\nmod ").map(|(at, _)| at).find(|at| inline(*at));
    &text[..end.unwrap_or(text.len())]
}

#[test]
fn every_sentence_is_used_somewhere() {
    let sources = sources();
    let used = |key: &PhraseKey| {
        let name = format!("PhraseKey::{key:?}");
        sources.iter().any(|(_, text)| {
            text.match_indices(&name)
                .any(|(at, _)| !text[at + name.len()..].starts_with(|next: char| next.is_alphanumeric()))
        })
    };
    let unused: Vec<_> = PhraseKey::ALL.iter().filter(|key| !used(key)).collect();
    assert!(unused.is_empty(), "no rule uses: {unused:?}");
}

#[test]
fn every_sentence_is_given_its_arguments() {
    for (path, text) in sources() {
        for (at, _) in text.match_indices("PhraseKey::") {
            let name: String = text[at + 11..].chars().take_while(|char| char.is_alphanumeric()).collect();
            let Some(key) = PhraseKey::ALL.iter().find(|key| format!("{key:?}") == name) else { continue };
            let built = text[..at].ends_with("Phrase::new(");
            let given = if built { arguments(&text[at + 11 + name.len()..]) } else { BTreeSet::new() };
            let declared: BTreeSet<&str> = key.args().iter().copied().collect();
            assert_eq!(given, declared, "{name} in {}", path.display());
        }
    }
}

/// The names in the `.with("name", ...)` that follow `Phrase::new(PhraseKey::X`.
fn arguments(after_key: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut rest = after_key.strip_prefix(')').unwrap_or(after_key);
    while let Some(call) = rest.trim_start().strip_prefix(".with(") {
        names.extend(call.trim_start().strip_prefix('"').and_then(|name| name.split('"').next()));
        let mut depth = 1;
        let end = call.find(|char| {
            match char {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        rest = &call[end.unwrap() + 1..];
    }
    names
}

#[test]
fn a_chain_of_arguments_is_read_to_its_end() {
    let chain = ").with(\"until\", PhraseValue::At(plus_ms(at, 5)))\n    .with(\n \"price\", money(x)) }";
    assert_eq!(arguments(chain), BTreeSet::from(["until", "price"]));
    assert_eq!(arguments(");"), BTreeSet::new());
}
