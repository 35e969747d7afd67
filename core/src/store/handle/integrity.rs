//! Are the pages and indexes of the cache whole?

use super::Store;
use crate::store::{CacheReader, StoreError, open};

impl Store {
    /// Checks every page and every index of the cache, by SQLite's own check. Reads the whole file, beside
    /// other reads. A damaged cache is set aside, as after any operation that meets damage
    /// ([`StoreError::Corrupt`]). Closing cancels the check ([`StoreError::Closed`]).
    ///
    /// A letter that became another one inside a value is no damage to SQLite. The cache can be fetched
    /// again, so no row carries a sum of its own; the outbox cannot, and its rows do.
    pub async fn check_integrity(&self) -> Result<(), StoreError> {
        self.inner.check.request();
        let inner = self.inner.clone();
        // As a reader: the file is not closed while it reads. With a connection of its own: one that was used
        // remembers how the index of words was built the last time; SQLite's check believes that, and takes
        // what was written since for damage.
        let checks = move |_: &CacheReader<'_>| {
            let db = inner.new_reader()?;
            if !inner.check.begin(db.get_interrupt_handle()) {
                return Err(StoreError::Closed);
            }
            let whole = open::passes_integrity_check(&db);
            inner.check.end();
            if whole? { Ok(()) } else { Err(StoreError::Corrupt) }
        };
        self.read(checks).await
    }

    /// Whether a check is running now.
    #[cfg(test)]
    pub(in crate::store) fn integrity_check_is_running(&self) -> bool {
        self.inner.check.is_running()
    }
}
