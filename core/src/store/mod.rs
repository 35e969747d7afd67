//! What the phone remembers: two SQLite files, and the only place that knows SQL.
//!
//! - `outbox.db` is precious: commands that have not left, drafts, settings. It is written with
//!   `synchronous=FULL`: a command that was acknowledged survives a power cut. Each row carries a digest.
//!   What can be read of a damaged file is kept, and the agent sees that something may be lost.
//! - `cache.db` is a copy of what the server has. It can always be fetched again, so it is written with
//!   `synchronous=NORMAL`, set aside if it is damaged, and filled again beside the old one if the server's
//!   history begins again. SQLite checks its pages and indexes; a letter that changed inside a value is
//!   shown until the server sends the row again.
//!
//! [`Store`] is the handle. Every operation is one closure that runs on a blocking thread, in
//! one transaction: [`Store::write`] and [`Store::read`] for the cache, [`Store::outbox`] for
//! the outbox. What lives where:
//!
//! - `open`: one database: pragmas, whose file it is, running its migrations;
//! - `migrations`: the steps from one version of a file to the next;
//! - `durable`: small files and folders that survive a power cut;
//! - `files`: the files of one folder: making, setting aside, swapping;
//! - `memory`: the same two without a disk;
//! - `handle`: [`Store`]: one writer, two readers, one hop to a blocking thread per operation, one owner
//!   of a folder in a process;
//! - `table`: per table its statements and the one place where rows become model types;
//! - `ranges`: which stretches of messages are in hand;
//! - `apply`: pages, snapshots, history and answers of commands become rows;
//! - `event`: what changed, published after the commit to those who subscribed;
//! - `read`: the lists that screens are made of;
//! - `search`: the normal form that is indexed and asked for;
//! - `outbox`: the other file.
//!
//! No rule of the trade lives here, and nothing of the wire: rows come in as [`crate::model`]
//! types and leave as such. No error and no log carries a name, a number or a text.

mod apply;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
mod column;
mod durable;
mod error;
mod event;
mod files;
mod handle;
mod memory;
mod migrations;
mod open;
mod outbox;
mod ranges;
mod read;
mod search;
mod table;
#[cfg(test)]
mod tests;

pub use apply::{CacheWriter, HistoryAnswer, HistoryPart, HistoryTicket, SnapshotPart, SnapshotProgress};
pub(crate) use durable::{make_folder, replace_file, sweep_unfinished, sync_folder};
pub use error::{PageFault, StoreError};
pub use event::StoreEvent;
pub use files::OpenReport;
pub use handle::Store;
pub use outbox::{DAMAGED, Draft, Enqueued, Loss, NewEntry, OUTBOX_MOST_BYTES, OUTBOX_MOST_COMMANDS, OutboxWriter};
pub use read::{
    Around, CacheReader, Closing, FeedPosition, Hole, InboxCount, InboxCounts, InboxFilter, Overlays, SearchHit, Slice,
    StoredConversation, Whose,
};
pub use table::feed::SCHEMA_LEVEL;
pub use table::message::StoredMessage;

/// The version of SQLite that this library carries.
#[must_use]
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}
