//! Which characters have a normal form of their own, whatever stands beside them?
//!
//! Normalising and folding a text takes most of the time that indexing takes outside SQLite, and
//! nearly all of it goes to looking up the same few hundred characters again and again. What they
//! become is remembered here: a block of 256 characters is worked out when the first of them is met.

use std::sync::OnceLock;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::fold::{folded, is_part_of_word, is_unspaced};

/// What becomes of a character by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    /// A part of a word.
    Letter(char),
    /// A part of a run without spaces.
    Unspaced(char),
    /// No part of any word.
    Separator,
    /// That depends on its neighbours, or it becomes several.
    No,
}

type Block = Box<[Plain]>;

/// The basic plane; what lies beyond is rare.
static BLOCKS: [OnceLock<Block>; 256] = [const { OnceLock::new() }; 256];

const BLOCK: u32 = 256;

pub(super) fn of(c: char) -> Plain {
    // Thousands of characters that all stand for themselves: nothing to remember.
    if matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}') {
        return Plain::Unspaced(c);
    }
    let code = u32::from(c);
    let Some(block) = usize::try_from(code / BLOCK).ok().and_then(|number| BLOCKS.get(number)) else {
        return Plain::No;
    };
    let block = block.get_or_init(|| {
        let first = code - code % BLOCK;
        (first..first + BLOCK).map(|code| char::from_u32(code).map_or(Plain::No, worked_out)).collect()
    });
    usize::try_from(code % BLOCK).ok().and_then(|place| block.get(place)).copied().unwrap_or(Plain::No)
}

fn worked_out(c: char) -> Plain {
    // The composed form, and what folding makes of it, must be one character each that nothing
    // before it can join with and that keeps its place.
    let composed = only(std::iter::once(c).nfkc());
    let folded = only(folded(c.encode_utf8(&mut [0; 4])).chars());
    match (composed.filter(stands_alone), folded.filter(stands_alone)) {
        (Some(_), Some(c)) if is_unspaced(c) => Plain::Unspaced(c),
        (Some(_), Some(c)) if is_part_of_word(c) => Plain::Letter(c),
        (Some(_), Some(_)) => Plain::Separator,
        _ => Plain::No,
    }
}

fn only(mut chars: impl Iterator<Item = char>) -> Option<char> {
    chars.next().filter(|_| chars.next().is_none())
}

fn stands_alone(c: &char) -> bool {
    canonical_combining_class(*c) == 0 && is_nfkc_quick(std::iter::once(*c)) == IsNormalized::Yes
}
