//! One module per table or small family of tables: its statements, named and written once, and
//! the one place where its rows become model types and back.
//!
//! `put` writes a row when it is newer than the one held ([`Newer`] defines that) and
//! returns whether it did. `delete` removes it unless a newer one is held.

pub(super) mod channel;
pub(super) mod contact;
pub(super) mod conversation;
pub(super) mod feed;
pub(super) mod held_range;
pub(super) mod ledger;
pub(super) mod marker;
pub(super) mod message;
pub(super) mod people;
pub(super) mod price;
pub(super) mod snapshot;
pub(super) mod template;
pub(super) mod tombstone;

use crate::model::RowKind;

/// When a row replaces the one that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Newer {
    /// Its version is greater.
    Strictly,
    /// Its version is greater or the same. The content is the same too, but an older build may
    /// have understood less of it.
    OrEqual,
}

impl Newer {
    /// For statements that ask `excluded.seq + :or_equal > seq`.
    pub(super) fn or_equal(self) -> i64 {
        match self {
            Self::Strictly => 0,
            Self::OrEqual => 1,
        }
    }
}

/// The word for a kind of row in `tombstone` and `snapshot_row`.
pub(super) fn kind_word(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Conversation => "conversation",
        RowKind::Message => "message",
        RowKind::Contact => "contact",
        RowKind::Channel => "channel",
        RowKind::Agent => "agent",
        RowKind::Group => "group",
        RowKind::SavedReply => "saved_reply",
        RowKind::Template => "template",
        RowKind::Tariff => "tariff",
        RowKind::Allowance => "allowance",
        RowKind::Ledger => "ledger",
        RowKind::ReadMarker => "read_marker",
    }
}
