//! The catalogue: every sentence in English, then in French, in one file for each speaker.
//!
//! A key without words does not compile, nor does one with words in two places. In a text, `{name}`
//! is an argument and `{count?one|many}` chooses by the language's own plural (French counts 0 as
//! one). French is written here with plain spaces: [`typeset`](super::render::typeset) sets the
//! narrow ones before `; : ! ?` and inside `« »`.

mod composer;
mod failures;
mod inbox;
mod messages;
mod money;
mod outbox;
mod push;
mod refusals;
mod templates;

use crate::model::PhraseKey;

const SPEAKERS: &[&[Entry]] = &[
    composer::SENTENCES,
    inbox::SENTENCES,
    messages::SENTENCES,
    outbox::SENTENCES,
    money::SENTENCES,
    templates::SENTENCES,
    failures::SENTENCES,
    refusals::SENTENCES,
    push::SENTENCES,
];

/// The words of one key.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    key: PhraseKey,
    pub(super) english: &'static str,
    pub(super) french: &'static str,
}

/// A speaker's sentences: a key, its English words, its French words.
macro_rules! sentences {
    ($($key:ident $english:literal $french:literal;)+) => {
        pub(super) const SENTENCES: &[Entry] = &[
            $(Entry { key: crate::model::PhraseKey::$key, english: $english, french: $french }),+
        ];
    };
}
use sentences;

/// The words of a key.
pub(super) fn entry(key: PhraseKey) -> Entry {
    static WORDS: [Entry; PhraseKey::ALL.len()] = by_key();
    // The table has a place for each key: `by_key` does not compile otherwise.
    WORDS.get(key as usize).copied().unwrap_or(Entry { key, english: "", french: "" })
}

/// Every speaker's sentences in the order of the keys, put together by the compiler.
#[allow(clippy::indexing_slicing, reason = "an index out of bounds is an error of the build")]
const fn by_key() -> [Entry; PhraseKey::ALL.len()] {
    let mut words = [Entry { key: PhraseKey::ALL[0], english: "", french: "" }; PhraseKey::ALL.len()];
    let (mut speaker, mut filled) = (0, 0);
    while speaker < SPEAKERS.len() {
        let mut at = 0;
        while at < SPEAKERS[speaker].len() {
            let entry = SPEAKERS[speaker][at];
            assert!(words[entry.key as usize].english.is_empty(), "a key has words in two places");
            words[entry.key as usize] = entry;
            at += 1;
            filled += 1;
        }
        speaker += 1;
    }
    assert!(filled == PhraseKey::ALL.len(), "a key has no words");
    words
}
