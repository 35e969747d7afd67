//! What an administrator does: agents, groups, channels, saved replies, templates, tariffs,
//! allowances. A library only; the command line (`main.rs`) offers the everyday part of it.

mod access;
mod backup;
mod channel;
mod copy;
mod directory;
mod people;
mod set_aside;
mod setup;
mod storage;

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use riposte::model::{AgentId, AgentStatus, Assignee, ConversationId};

use crate::app::Shared;
use crate::db::DbError;
use crate::sim::Simulator;

pub use crate::inbox::Joining;
pub use access::OpenSession;
pub use backup::Backup;
pub use channel::{ChannelLink, NewChannel, NewTemplate};
pub(crate) use channel::{play_again, silence_played};
pub use copy::{Copied, restore};
pub use directory::NewAgent;
pub use set_aside::SetAside;
pub(crate) use setup::{another_history, page_rule, set_up};

/// What an administrator does.
#[derive(Clone)]
pub struct Admin {
    app: Shared,
    simulator: Option<Simulator>,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// An agent signs in with this address already.
    #[error("an agent with this address exists already")]
    AddressTaken,
    /// A password that is too short, or that cannot be hashed.
    #[error("a password has at least 8 characters")]
    BadPassword,
    /// There is no row of this id.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The account had its first purchase before.
    #[error("the free messages of the first purchase were granted already")]
    GrantedBefore,
    /// The simulator does not run.
    #[error("the simulator does not run")]
    NoSimulator,
    /// A real number in the simulator's folder.
    #[error("this data folder is the simulator's: a real number or page belongs in a folder of its own")]
    Simulated,
    /// The address of the provider's API would carry the token in clear.
    #[error("the provider's API is reached over https; plain http only on this machine")]
    BadBase,
    /// A folder that is to be made holds something.
    #[error("the folder {0} is not empty")]
    NotEmpty(PathBuf),
    /// A folder that is not a backup.
    #[error("the folder {0} is not a backup of this server's")]
    NoBackup(PathBuf),
    /// The copy of the database is not sound.
    #[error("the database is damaged: the copy of it is not sound")]
    Damaged,
    /// The machine's files say no.
    #[error("a file cannot be read or written: {0}")]
    Files(#[from] std::io::Error),
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers")]
    NoRandom,
    /// The provider's number or page is connected already.
    #[error("this number or page is connected already")]
    Connected,
    /// A kind of channel that cannot be connected.
    #[error("this kind of channel cannot be connected")]
    UnknownKind,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Admin {
    /// The newest change of the feed: who waits for rest looks whether it still moves.
    pub(crate) fn head(&self) -> i64 {
        *self.app.doorbell.borrow()
    }
}

impl From<rusqlite::Error> for AdminError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Db(error.into())
    }
}

impl Admin {
    pub(crate) fn new(app: Shared, simulator: Option<Simulator>) -> Self {
        Self { app, simulator }
    }

    /// Sets an agent's status, as the agent's other device would.
    pub async fn set_status(&self, agent: AgentId, status: AgentStatus) -> Result<(), AdminError> {
        self.app.write(move |w| directory::set_status(w, agent, status)).await
    }

    /// How many changes a phone may be behind before it must take a snapshot, from now on.
    pub fn set_most_items(&self, most_items: i64) {
        self.app.most_items.store(most_items, Ordering::Relaxed);
    }

    /// Assigns a conversation, as a routing rule would.
    pub async fn assign(&self, id: ConversationId, to: Assignee) -> Result<(), AdminError> {
        self.app
            .write(move |w| {
                crate::inbox::stored(w.tx, id)?.ok_or(AdminError::NotFound("conversation"))?;
                Ok(crate::inbox::assign(w, id, to)?)
            })
            .await
    }
}
