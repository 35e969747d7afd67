//! Is the cache still what was written?

use rusqlite::{Connection, InterruptHandle};

use super::{Inner, Store};
use crate::store::{CacheReader, StoreError, files, open, sum};

/// A look through the cache.
pub(super) enum Look {
    /// It waits for a reader.
    Waits,
    /// It reads, and can be ended with this.
    Reads(InterruptHandle),
}

impl Store {
    /// Looks whether the cache is whole: every page, every index and every row. Reads all of it, beside
    /// whatever else is read. One that is damaged is set aside, as after any operation that meets damage
    /// ([`StoreError::Corrupt`]). Closing ends it early ([`StoreError::Closed`]).
    pub async fn look_through(&self) -> Result<(), StoreError> {
        self.inner.looking.with(|looking| *looking = Some(Look::Waits));
        let inner = self.inner.clone();
        // In a reader's turn: nobody closes the file under it.
        let looks = move |_: &CacheReader<'_>| {
            let db = inner.new_reader()?;
            let handle = db.get_interrupt_handle();
            inner.looking.with(|looking| *looking = looking.take().map(|_| Look::Reads(handle)));
            let looked = inner.look_through(&db);
            inner.looking.with(|looking| *looking = None);
            looked
        };
        self.read(looks).await
    }

    /// Whether somebody looks through it just now.
    #[cfg(test)]
    pub(in crate::store) fn is_looked_through(&self) -> bool {
        self.inner.looking.with(|looking| matches!(looking, Some(Look::Reads(_))))
    }
}

impl Inner {
    fn look_through(&self, db: &Connection) -> Result<(), StoreError> {
        let holds = |whole: bool| if whole { Ok(()) } else { Err(StoreError::Corrupt) };
        let goes_on = || if self.looking.with(|looking| looking.is_some()) { Ok(()) } else { Err(StoreError::Closed) };
        goes_on()?;
        holds(open::its_pages_are_whole(db)?)?;
        for table in sum::tables(db)? {
            goes_on()?;
            holds(sum::every_row_holds(db, &table)?)?;
        }
        Ok(())
    }

    /// Ends it soon, if it is under way: between two statements or in the middle of one.
    pub(super) fn end_look_through(&self) {
        self.looking.with(|looking| {
            if let Some(Look::Reads(handle)) = looking.take() {
                handle.interrupt();
            }
        });
    }

    /// A reader that was never used. One that was remembers how the index of words was built the last
    /// time, SQLite's own check believes it, and what was written since would look like damage.
    fn new_reader(&self) -> Result<Connection, StoreError> {
        match &self.memory {
            None => files::reader(&self.folder),
            Some(memory) => memory.reader(),
        }
    }
}
