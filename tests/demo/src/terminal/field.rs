//! A text field.

use unicode_segmentation::UnicodeSegmentation;

/// A text and the position of the cursor in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Field {
    text: String,
    /// In bytes, always between two graphemes.
    cursor: usize,
}

/// Edits besides typing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edit {
    /// Removes the grapheme before the cursor.
    Backspace,
    /// Removes the grapheme after it.
    Delete,
    /// Removes the word before it.
    Word,
    /// Empties the field.
    Clear,
    /// One to the left.
    Left,
    /// One to the right.
    Right,
    /// To the beginning.
    Home,
    /// To the end.
    End,
}

impl Field {
    pub(super) fn of(text: &str) -> Self {
        Self { text: text.to_owned(), cursor: text.len() }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text before the cursor.
    pub(super) fn before(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or_default()
    }

    fn after(&self) -> &str {
        self.text.get(self.cursor..).unwrap_or_default()
    }

    /// Takes the text out.
    pub(super) fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// Types something.
    pub(super) fn insert(&mut self, typed: &str) {
        let (before, after) = (self.before().to_owned(), self.after().to_owned());
        self.text = format!("{before}{typed}{after}");
        self.cursor = before.len() + typed.len();
    }

    pub(super) fn edit(&mut self, edit: Edit) {
        let left = self.before().graphemes(true).next_back().map_or(0, str::len);
        let right = self.after().graphemes(true).next().map_or(0, str::len);
        match edit {
            Edit::Backspace => self.remove_before(left),
            Edit::Delete => {
                self.cursor += right;
                self.remove_before(right);
            }
            Edit::Word => {
                let kept = self.before().trim_end();
                let from = kept.rfind(char::is_whitespace).map_or(0, |at| at + 1);
                // The blank may be wider than a byte.
                let from = (from..=kept.len()).find(|at| kept.is_char_boundary(*at)).unwrap_or(0);
                self.remove_before(self.cursor.saturating_sub(from));
            }
            Edit::Clear => drop(self.take()),
            Edit::Left => self.cursor -= left,
            Edit::Right => self.cursor += right,
            Edit::Home => self.cursor = 0,
            Edit::End => self.cursor = self.text.len(),
        }
    }

    fn remove_before(&mut self, bytes: usize) {
        let from = self.cursor.saturating_sub(bytes);
        self.text.replace_range(from..self.cursor, "");
        self.cursor = from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_as_one_character_is_moved_over_and_removed_as_one() {
        let mut field = Field::of("aé👩‍👧");
        field.edit(Edit::Backspace);
        assert_eq!(field.text(), "aé");
        field.edit(Edit::Left);
        field.insert("x");
        assert_eq!((field.text(), field.before()), ("axé", "ax"));
        field.edit(Edit::Delete);
        assert_eq!(field.text(), "ax");
    }

    #[test]
    fn a_word_goes_with_the_blanks_after_it() {
        let mut field = Field::of("Bonjour\u{a0}Léa et  ");
        field.edit(Edit::Word);
        assert_eq!(field.text(), "Bonjour\u{a0}Léa ");
        field.edit(Edit::Word);
        assert_eq!(field.text(), "Bonjour\u{a0}");
        field.edit(Edit::Clear);
        field.edit(Edit::Word);
        field.edit(Edit::Left);
        assert!(field.is_empty());
    }
}
