//! What is kept, for how long and how much of it; and the sweep that removes the rest.
//!
//! Messages are not here: they are the inbox. Kinds with a time of their own (keys of commands, reports
//! that came early, the feed) are swept where they are written.

mod sweep;

use std::time::Duration;

use rusqlite::{Connection, params};

use crate::app::Shared;
use crate::db::DbError;

pub(crate) use sweep::{remove_gone, sweep};

/// How often the sweep runs.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// A kind of data that a server would pile up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Files of messages, customers' and agents'. The message stays when its file goes.
    Files,
    /// Uploads that no message carries, whole or not.
    Uploads,
    /// Items of webhooks that could not be used.
    SetAside,
    /// Sessions that have ended.
    Sessions,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Files, Self::Uploads, Self::SetAside, Self::Sessions];

    /// Its name in the database and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Uploads => "uploads",
            Self::SetAside => "set_aside",
            Self::Sessions => "sessions",
        }
    }
}

/// How long a kind is kept, and how much of it. None: without end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// In days since it came.
    pub days: Option<u32>,
    /// In bytes: the oldest goes first.
    pub bytes: Option<u64>,
}

/// What there is of a kind, and what is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Which.
    pub kind: Kind,
    /// How many.
    pub count: u64,
    /// Bytes in all.
    pub bytes: u64,
    /// What is kept.
    pub keep: Keep,
}

/// What is kept of a kind.
pub(crate) fn keep(db: &Connection, kind: Kind) -> Result<Keep, DbError> {
    const SQL: &str = "SELECT days, bytes FROM retention WHERE kind = ?1";
    let (days, bytes): (Option<u32>, Option<i64>) =
        db.query_row(SQL, [kind.name()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Keep { days, bytes: bytes.and_then(|bytes| u64::try_from(bytes).ok()) })
}

/// Changes it.
pub(crate) fn set_keep(db: &Connection, kind: Kind, keep: Keep) -> Result<(), DbError> {
    const SQL: &str = "UPDATE retention SET days = ?2, bytes = ?3 WHERE kind = ?1";
    let bytes = keep.bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
    db.execute(SQL, params![kind.name(), keep.days, bytes])?;
    Ok(())
}

/// Sweeps now and every hour, as long as the server is there.
pub(crate) fn begin(app: &Shared) {
    let shared = app.clone();
    drop(app.tasks.spawn(async move {
        // A sweep that failed comes again with the next one.
        if let Err(error) = sweep(&shared).await {
            eprintln!("riposte-server: the sweep failed: {error}");
        }
        let (alarm, app) = (shared.clock.sleep(EVERY), std::sync::Arc::downgrade(&shared));
        tokio::spawn(async move {
            alarm.await;
            if let Some(app) = app.upgrade().filter(|app| !*app.stopping.borrow()) {
                begin(&app);
            }
        });
    }));
}
