//! Customers that were taken for one person.

use super::{Admin, AdminError};
use crate::inbox::{self, Joining};

impl Admin {
    /// The newest joinings of two customers, at most `limit`, newest first.
    pub async fn joinings(&self, limit: u32) -> Result<Vec<Joining>, AdminError> {
        Ok(self.app.read(move |tx| inbox::joinings(tx, limit)).await?)
    }

    /// Undoes a joining: the two are two again, and are not joined by a number any more.
    pub async fn separate(&self, joining: i64) -> Result<(), AdminError> {
        let undone = self.app.write(move |w| inbox::separate(w, joining)).await?;
        if undone { Ok(()) } else { Err(AdminError::NotFound("joining that can be undone")) }
    }
}
