//! The change feed: every row of the wire with its version, who sees it, and the ways to read it.
//!
//! A row is written here whole, and reading the feed is reading the rows in the order of their
//! versions. What a row says is decided elsewhere; this room knows kinds, versions and views.

mod account;
mod cursor;
mod history;
mod page;
mod snapshot;
mod view;
mod writer;

pub(crate) use account::{Account, account, zone};
pub(crate) use cursor::Place;
pub(crate) use history::{Listed, conversation_list, conversation_rows, ledger_between, messages, refer, rows_by_ref};
pub use page::PageLimits;
pub(crate) use page::{Item, PageError, changes, something_new};
pub use snapshot::SnapshotLimits;
pub(crate) use snapshot::{SnapshotError, snapshot};
pub(crate) use view::{agents_changed, conversation_moved, group_is_public, in_view, new_agent};
pub(crate) use writer::{Writer, row, rows_of};
