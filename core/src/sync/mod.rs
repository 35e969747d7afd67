//! The change feed into the store: pages, gaps, snapshots and the doorbell.
//!
//! Live stream, push and timers are hints: any of them only asks the one task of [`Syncer`] to
//! look, and with all of them silent it looks by itself, later. What to do next is decided in
//! `plan`, which is pure; the rest of the room does it:
//!
//! - `plan`: from what is known to the next step;
//! - `syncer`: the handle, and what the tasks share;
//! - `feed`: the task that reads pages and snapshots and mends what is stale;
//! - `live`: the task that listens for the doorbell;
//! - `fill`: older messages and conversations, when somebody scrolls to them;
//! - `keep_house`: lets go of old messages when all is quiet.
//!
//! Nothing is decided here about rows: whether a page applies, and what it replaces, is the
//! store's to say. Commands are the outbox's.

mod feed;
mod fill;
mod keep_house;
mod live;
mod plan;
mod status;
mod syncer;

#[cfg(test)]
mod tests;

pub use status::{Connection, SyncStatus, Trouble};
pub use syncer::{Reason, SyncError, SyncParts, Syncer};
