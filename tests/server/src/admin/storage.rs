//! What the server holds of each kind, and how long it keeps it.

use std::fs;
use std::path::Path;

use super::{Admin, AdminError};
use crate::retention::{self, Keep, Kind, Stored};

impl Admin {
    /// What there is of each kind.
    pub async fn storage(&self) -> Result<Vec<Stored>, AdminError> {
        let parts = self.app.files.folder().join("uploads");
        let unfinished = tokio::task::spawn_blocking(move || in_folder(&parts)).await.unwrap_or_default();
        self.app
            .read(move |tx| {
                let mut all = Vec::new();
                for kind in Kind::ALL {
                    let sql = match kind {
                        Kind::Files => {
                            "SELECT count(*), coalesce(sum(size_bytes), 0) FROM file
                             WHERE sha256 IN (SELECT sha256 FROM media)"
                        }
                        Kind::Uploads => {
                            "SELECT count(*), coalesce(sum(size_bytes), 0) FROM upload
                             WHERE sha256 NOT IN (SELECT sha256 FROM media)"
                        }
                        Kind::SetAside => "SELECT count(*), coalesce(sum(length(raw)), 0) FROM set_aside",
                        Kind::Sessions => "SELECT count(*), 0 FROM session WHERE ended_at IS NOT NULL",
                    };
                    let (count, bytes): (i64, i64) = tx.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
                    let more = if kind == Kind::Uploads { unfinished } else { (0, 0) };
                    let count = u64::try_from(count).unwrap_or(0) + more.0;
                    let bytes = u64::try_from(bytes).unwrap_or(0) + more.1;
                    all.push(Stored { kind, count, bytes, keep: retention::keep(tx, kind)? });
                }
                Ok(all)
            })
            .await
    }

    /// Changes how long a kind is kept, and how much of it. The next sweep goes by it.
    pub async fn set_keep(&self, kind: Kind, keep: Keep) -> Result<(), AdminError> {
        self.app.write(move |w| Ok(retention::set_keep(w.tx, kind, keep)?)).await
    }

    /// Removes what is not kept, now. The server does it by itself every hour.
    pub async fn sweep(&self) -> Result<(), AdminError> {
        Ok(retention::sweep(&self.app).await?)
    }
}

fn in_folder(folder: &Path) -> (u64, u64) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| entry.metadata().ok()).map(|found| found.len());
    sizes.fold((0, 0), |(count, bytes), size| (count + 1, bytes + size))
}
