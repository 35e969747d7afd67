//! What the store returns when it returns nothing else.

use crate::log::Cause;

/// Why the store gave nothing. Carries no content: nothing here may show up in a log with a
/// customer's words in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The device has no room left. Nothing was written.
    #[error("the device is full")]
    Full,
    /// A file is damaged, or is not ours. It has been set aside when this is returned: the next
    /// operation finds an empty cache, or what could be read of the outbox.
    #[error("a file of the store is damaged")]
    Corrupt,
    /// A newer build wrote the file; this one does not touch it.
    #[error("a file of the store was written by a newer build")]
    Newer,
    /// The store is closed ([`super::Store::close`]); [`super::Store::reopen`] opens it again.
    #[error("the store is closed")]
    Closed,
    /// The system refused a file: no permission, no folder, a failing disk.
    #[error("the system refused a file of the store")]
    Io,
    /// A page or an answer does not belong on what is held. Nothing was written.
    #[error("the page does not apply: {0}")]
    Page(PageFault),
    /// Too many commands wait in the outbox, or too many bytes of attachments.
    #[error("the outbox is full")]
    OutboxFull,
    /// A fault of this program, with SQLite's extended code where there is one.
    #[error("a fault in the store (code {0})")]
    Bug(i32),
}

/// Why a page or an answer does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageFault {
    /// It follows another cursor than the one held: ask again from the held one.
    #[error("it does not follow the cursor that is held")]
    NotMine,
    /// Its items do not rise.
    #[error("its items do not rise")]
    NotRising,
    /// The page of a snapshot does not follow the one applied last: begin the snapshot again.
    #[error("it is not the next page of the snapshot")]
    NotNext,
    /// The conversation left the view, came back or was read again since the history was asked
    /// for: ask again.
    #[error("it was asked for before things changed")]
    Outdated,
}

impl StoreError {
    /// Why, for the log.
    #[must_use]
    pub fn cause(self) -> Cause {
        match self {
            Self::Full => Cause::DiskFull,
            Self::Corrupt => Cause::Damaged,
            Self::Newer => Cause::NewerFiles,
            Self::Closed => Cause::Paused,
            Self::Io => Cause::DiskFault,
            Self::Page(_) => Cause::PageRefused,
            Self::OutboxFull => Cause::OutboxFull,
            Self::Bug(_) => Cause::Bug,
        }
    }

    /// SQLite's extended code, where there is one; 0 otherwise.
    #[must_use]
    pub fn sqlite_code(self) -> i64 {
        if let Self::Bug(code) = self { code.into() } else { 0 }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{Error, ErrorCode};
        // SQLite's messages are dropped on purpose: they quote values.
        match error {
            Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DiskFull => Self::Full,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt,
                ErrorCode::CannotOpen
                | ErrorCode::SystemIoFailure
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::OutOfMemory => Self::Io,
                // Only closing interrupts anything.
                ErrorCode::OperationInterrupted => Self::Closed,
                _ => Self::Bug(failure.extended_code),
            },
            // A statement that SQLite does not understand: ours, or a table that is not what it was.
            Error::SqlInputError { error, .. } => Self::Bug(error.extended_code),
            // A column of a STRICT table holds what no build of ours writes.
            Error::InvalidColumnType(..) | Error::FromSqlConversionFailure(..) | Error::IntegralValueOutOfRange(..) => {
                Self::Corrupt
            }
            _ => Self::Bug(0),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io,
        }
    }
}
