//! Is a row still what was written? SQLite notices a damaged page, not a letter that became another one. So
//! each row of the outbox, which cannot be fetched again, carries a digest of its columns.
//!
//! It protects against a failing memory, not against a person: who can write the file can write the digest.

use ring::digest::{Context, SHA256};
use rusqlite::Row;
use rusqlite::types::ValueRef;

/// A digest in the making.
pub(super) struct Digest(Context);

impl Digest {
    /// For a row of a table: the same columns of two tables are two things.
    pub(super) fn of(table: &str) -> Self {
        Self(Context::new(&SHA256)).text(table)
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.part(b't', text.as_bytes())
    }

    pub(super) fn maybe_text(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(text),
            None => self.part(b'n', &[]),
        }
    }

    pub(super) fn number(self, number: i64) -> Self {
        self.part(b'i', &number.to_be_bytes())
    }

    pub(super) fn maybe_number(self, number: Option<i64>) -> Self {
        match number {
            Some(number) => self.number(number),
            None => self.part(b'n', &[]),
        }
    }

    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        self.part(b'b', bytes)
    }

    /// A column as it stands there.
    fn value(self, value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => self.part(b'n', &[]),
            ValueRef::Integer(number) => self.number(number),
            ValueRef::Real(number) => self.part(b'r', &number.to_be_bytes()),
            ValueRef::Text(text) => self.part(b't', text),
            ValueRef::Blob(bytes) => self.part(b'b', bytes),
        }
    }

    /// The columns of a row in `columns`, in their order.
    pub(super) fn columns(self, row: &Row<'_>, columns: std::ops::Range<usize>) -> rusqlite::Result<Self> {
        columns.into_iter().try_fold(self, |digest, column| Ok(digest.value(row.get_ref(column)?)))
    }

    fn part(mut self, kind: u8, bytes: &[u8]) -> Self {
        self.0.update(&[kind]);
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    pub(super) fn end(self) -> i64 {
        let digest = self.0.finish();
        let first = digest.as_ref().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        i64::from_be_bytes(first.to_be_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_changes_the_digest_changes() {
        let of = |text: &str, number: Option<i64>| Digest::of("draft").text(text).maybe_number(number).end();
        assert_eq!(of("Bonjour", Some(1)), of("Bonjour", Some(1)));
        assert_ne!(of("Bonjour", Some(1)), of("Bonjoux", Some(1)));
        assert_ne!(of("Bonjour", Some(1)), of("Bonjour", None));
        assert_ne!(Digest::of("a").text("b").end(), Digest::of("ab").end(), "where a column ends counts");
    }
}
