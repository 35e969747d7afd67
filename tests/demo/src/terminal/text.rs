//! How wide is a text, where does it break, and in which order are its letters drawn?
//!
//! Widths are counted a grapheme at a time, as the terminal's cells are: an emoji or a Chinese
//! character takes two. Right-to-left text is put into the order in which it is seen here, and the
//! terminal is asked not to reorder it again (see [`tty`](super::tty)).

use unicode_bidi::{BidiInfo, Level};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// What of a text may be drawn on one line: no control characters, which could steer the
/// terminal, and no direction marks, which have done their work by then.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { c }).filter(|c| !steers(*c)).collect()
}

fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// As much of a line as fits into `most` columns; what is cut off is shown as `…`.
pub(super) fn cut(text: &str, most: usize) -> String {
    let text = plain(text);
    if width(&text) <= most {
        return text;
    }
    let mut kept = head(&text, most.saturating_sub(1)).trim_end().to_owned();
    if most > 0 {
        kept.push('…');
    }
    kept
}

/// The longest beginning of a text that fits into `most` columns.
pub(super) fn head(text: &str, most: usize) -> &str {
    let (mut end, mut used) = (0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme.width();
        if used > most {
            break;
        }
        end = at + grapheme.len();
    }
    text.get(..end).unwrap_or_default()
}

/// Breaks a text at its line ends, at spaces where it is too wide, between wide characters (which
/// know no spaces), and inside a word only when nothing else is left.
pub(super) fn wrap(text: &str, most: usize) -> Vec<String> {
    let most = most.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let paragraph = plain(paragraph);
        let (mut line, mut used) = (String::new(), 0);
        for piece in pieces(&paragraph) {
            if used > 0 && used + width(piece.trim_end()) > most {
                lines.push(line.trim_end().to_owned());
                (line, used) = (String::new(), 0);
            }
            let mut rest = piece;
            while width(rest.trim_end()) > most {
                let first = head(rest, most);
                // One grapheme may be wider than the line: it is still shown.
                let first = if first.is_empty() { rest.graphemes(true).next().unwrap_or(rest) } else { first };
                lines.push(first.to_owned());
                rest = rest.get(first.len()..).unwrap_or_default();
            }
            line.push_str(rest);
            used += width(rest);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Words with the spaces after them; a wide character is a word of its own.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut from, mut end_of_word) = (0, false);
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = grapheme.width() > 1;
        let blank = grapheme.trim().is_empty();
        if at > from && !blank && (end_of_word || wide) {
            pieces.push(text.get(from..at).unwrap_or_default());
            from = at;
        }
        end_of_word = blank || wide;
    }
    pieces.push(text.get(from..).unwrap_or_default());
    pieces
}

/// A line in the order in which it is seen from left to right, and whether it is read from the
/// right.
pub(super) fn seen(line: &str) -> (String, bool) {
    // Everything before the Hebrew block is written from the left.
    if line.chars().all(|c| c < '\u{590}') {
        return (line.to_owned(), false);
    }
    let info = BidiInfo::new(line, None);
    let Some(paragraph) = info.paragraphs.first() else { return (line.to_owned(), false) };
    let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
    let mut seen = String::with_capacity(line.len());
    for run in runs {
        let piece = line.get(run.clone()).unwrap_or_default();
        if levels.get(run.start).is_some_and(Level::is_rtl) {
            seen.extend(piece.graphemes(true).rev().map(mirrored));
        } else {
            seen.push_str(piece);
        }
    }
    (seen, paragraph.level.is_rtl())
}

/// A bracket that is read from the right opens to the other side.
fn mirrored(grapheme: &str) -> &str {
    match grapheme {
        "(" => ")",
        ")" => "(",
        "[" => "]",
        "]" => "[",
        "«" => "»",
        "»" => "«",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_wide_as_its_cells() {
        for (text, columns) in [("Léa", 3), ("山田", 4), ("👍", 2), ("e\u{301}", 1), ("ليلى", 4), ("👩‍👧", 2)]
        {
            assert_eq!(width(text), columns, "{text}");
        }
    }

    #[test]
    fn what_is_cut_off_is_said_and_no_character_is_halved() {
        assert_eq!(cut("Atelier Nord", 12), "Atelier Nord");
        assert_eq!(cut("Atelier Nord", 9), "Atelier…");
        assert_eq!(cut("山田優希", 6), "山田…");
        assert_eq!(cut("one\ntwo", 9), "one two");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn a_text_breaks_at_spaces_between_wide_characters_and_in_a_word_last() {
        assert_eq!(wrap("Hello Léa, it leaves", 10), ["Hello Léa,", "it leaves"]);
        assert_eq!(wrap("注文の状況を", 5), ["注文", "の状", "況を"]);
        assert_eq!(wrap("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrap("one\n\ntwo", 9), ["one", "", "two"]);
        assert_eq!(wrap("👍", 1), ["👍", ""]);
    }

    #[test]
    fn a_line_from_the_right_is_put_in_the_order_it_is_seen() {
        assert_eq!(seen("Léa"), ("Léa".to_owned(), false));
        assert_eq!(seen("אבג 12"), ("12 גבא".to_owned(), true));
        assert_eq!(seen("Order אב ok"), ("Order בא ok".to_owned(), false));
        assert_eq!(seen("(אב)"), ("(בא)".to_owned(), true));
    }

    #[test]
    fn a_customers_text_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c\u{7}"), "a[2Jbc");
    }
}
