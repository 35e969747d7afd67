//! The change feed into the store: pages, gaps, snapshots and the doorbell.
//!
//! Live stream, push and timers are hints: each only asks the reading task of [`Syncer`] to look.
//! With all of them silent, it looks by itself, later.
//!
//! - `plan`: what to do next, from what is known (pure);
//! - `shared`: what the handle and the tasks share;
//! - `syncer`: the handle: start, pause, resume, ask, wait;
//! - `feed`: the task that reads pages and snapshots and repairs what is stale;
//! - `live`: the task that listens for the doorbell;
//! - `fill`: older messages and conversations, when the agent scrolls to them;
//! - `clean_up`: evicts old messages when nothing else is to do.
//!
//! Does not live here: whether a page applies and what it replaces (`store`), commands (`outbox`).

mod clean_up;
mod feed;
mod fill;
mod live;
mod plan;
mod shared;
mod status;
mod syncer;

#[cfg(test)]
mod tests;

pub use shared::{SyncError, SyncParts, Trigger};
pub use status::{SyncState, SyncStatus, Trouble};
pub use syncer::Syncer;
