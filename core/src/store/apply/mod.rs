//! Rows of the server become rows of the cache.
//!
//! All of them, whether from a page of the feed, a snapshot, history or a command's answer, go
//! through [`rows::Applying`]; only pages and snapshots move the cursor. [`writer`] is what a caller
//! holds inside a transaction.

mod history;
mod page;
mod rows;
mod snapshot;
#[cfg(test)]
mod tests;
mod ticket;
mod writer;

pub use history::{HistoryAnswer, HistoryPart};
pub(super) use snapshot::apply as apply_snapshot;
pub(super) use snapshot::progress;
pub use snapshot::{SnapshotPart, SnapshotProgress};
pub use ticket::HistoryTicket;
pub(super) use ticket::ticket as history_ticket;
pub use writer::CacheWriter;
