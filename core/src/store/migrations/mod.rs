//! The numbered steps from one version of a file to the next.
//!
//! A step that was shipped is never edited: files of its version are out there. A test holds a digest of
//! each, and a file of each version.

/// What brings a database from one version to the next.
pub(super) enum Migration {
    /// Statements.
    Sql(&'static str),
    /// Statements for files in which a question is answered with yes; the others stay as they are.
    SqlIf { question: &'static str, sql: &'static str },
}

pub(super) const CACHE: &[Migration] = &[
    Migration::Sql(include_str!("cache/0001.sql")),
    Migration::Sql(include_str!("cache/0002.sql")),
    Migration::Sql(include_str!("cache/0003.sql")),
    Migration::Sql(include_str!("cache/0004.sql")),
    Migration::Sql(include_str!("cache/0005.sql")),
    Migration::SqlIf {
        // Only the builds of version 5 made that column.
        question: "SELECT EXISTS (SELECT 1 FROM pragma_table_xinfo('feed') WHERE name = 'sum')",
        sql: include_str!("cache/0006.sql"),
    },
];

pub(super) const OUTBOX: &[Migration] =
    &[Migration::Sql(include_str!("outbox/0001.sql")), Migration::Sql(include_str!("outbox/0002.sql"))];
