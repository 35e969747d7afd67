//! The readers of the cache: opened when one is first needed, kept while they are idle.

use std::sync::Arc;

use rusqlite::Connection;

use super::unpoisoned::Unpoisoned;
use crate::store::StoreError;

/// The idle readers of a cache; none while it is closed.
pub(super) struct Readers(Unpoisoned<Option<Idle>>);

struct Idle {
    /// Which opening of the cache they belong to.
    opening: u64,
    /// Last in first out: the one used last has its pages at hand.
    connections: Vec<Connection>,
}

impl Readers {
    pub(super) fn closed() -> Self {
        Self(Unpoisoned::new(None))
    }

    pub(super) fn open(&self, opening: u64) {
        self.0.with(|idle| *idle = Some(Idle { opening, connections: Vec::new() }));
    }

    pub(super) fn close(&self) {
        // Closing a connection may write: not under the lock.
        let closed = self.0.with(Option::take);
        drop(closed);
    }

    /// An idle reader, or a new one. None if the cache is closed.
    pub(super) fn borrow(
        self: &Arc<Self>,
        connect: impl FnOnce() -> Result<Connection, StoreError>,
    ) -> Result<Option<BorrowedReader>, StoreError> {
        let Some((opening, idle)) =
            self.0.with(|idle| idle.as_mut().map(|idle| (idle.opening, idle.connections.pop())))
        else {
            return Ok(None);
        };
        let connection = idle.map_or_else(connect, Ok)?;
        Ok(Some(BorrowedReader { connection: Some(connection), opening, readers: self.clone() }))
    }
}

/// A reader in use. It is idle again afterwards, even if the operation panics; one of a cache that was
/// closed meanwhile is closed.
pub(super) struct BorrowedReader {
    connection: Option<Connection>,
    opening: u64,
    readers: Arc<Readers>,
}

impl BorrowedReader {
    pub(super) fn connection(&mut self) -> Option<&mut Connection> {
        self.connection.as_mut()
    }
}

impl Drop for BorrowedReader {
    fn drop(&mut self) {
        let mut connection = self.connection.take();
        self.readers.0.with(|idle| match idle {
            Some(idle) if idle.opening == self.opening => idle.connections.extend(connection.take()),
            Some(_) | None => {}
        });
    }
}
