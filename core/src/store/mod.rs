//! What the phone remembers: two SQLite files, and the only place that knows SQL.
//!
//! - `outbox.db` is precious: commands that have not left, drafts, settings. It is written with
//!   `synchronous=FULL`: what was said to be queued survives a power cut. What can be read of a damaged
//!   one is kept, and that something may be lost is told.
//! - `cache.db` is what the server said. It can always be fetched again, so it is written with
//!   `synchronous=NORMAL`, set aside when it is damaged, and built anew beside itself when the
//!   server's history begins again.
//!
//! [`Store`] is the handle. Every operation is one closure that runs on a blocking thread, in
//! one transaction: [`Store::write`] and [`Store::read`] for the cache, [`Store::outbox`] for
//! the outbox. What lives where:
//!
//! - `open`: one database: pragmas, whose file it is, migrations;
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
//! - `sum`: what each row of the cache adds up to, so that a changed one is found;
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
mod open;
mod outbox;
mod ranges;
mod read;
mod search;
mod sum;
mod table;
#[cfg(test)]
mod tests;

pub use apply::{
    Asked, CacheWriter, HistoryAnswer, HistoryTicket, PageFault, SCHEMA_LEVEL, SnapshotPart, SnapshotProgress,
};
pub(crate) use durable::{make_folder, replace_file, sweep_unfinished, sync_folder};
pub use error::StoreError;
pub use event::StoreEvent;
pub use files::OpenReport;
pub use handle::Store;
pub use outbox::{DAMAGED, Draft, Enqueued, Loss, NewEntry, OUTBOX_MOST_BYTES, OUTBOX_MOST_COMMANDS, OutboxWriter};
pub use read::{
    Around, CacheReader, Closing, FeedPlace, Hole, InboxCount, InboxCounts, InboxFilter, Overlays, SearchHit, Slice,
    StoredConversation, StoredMessage, Whose,
};
