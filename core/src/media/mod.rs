//! Attachments: files by the hash of their content, brought to the server and fetched from it.
//!
//! Lives here: [`files`] (where a file lies, copying in, making room) and [`transfer`] (upload and
//! download, each going on where it was cut). Does not live here: which kinds and sizes a channel
//! takes (`rules::compose`), and when a file leaves (`outbox`).

mod files;
mod transfer;

pub(crate) use files::{Kept, MediaError, MediaFiles};
pub(crate) use transfer::{download, upload};
