//! What the task works with, and the small traits through which it meets rooms of its own rank.

use std::sync::Arc;

use async_trait::async_trait;

use crate::backend::{Backend, BackendError};
use crate::clock::SharedClock;
use crate::log::Log;
use crate::model::ConversationId;
use crate::session::ServerClock;
use crate::store::Store;

/// What the outbox needs from the change feed. The facade joins the two.
#[async_trait]
pub(crate) trait Feed: Send + Sync {
    /// The server answers and the agent is signed in.
    fn online(&self) -> bool;
    /// Everything that changed during the last absence has been read.
    fn caught_up(&self) -> bool;
    /// Reads what changed. True: everything is here. False: it could not be read.
    async fn catch_up(&self) -> bool;
    /// Ends when the account is being paused.
    async fn paused(&self);
    /// The server did not answer a command: try to reach it, and wake the outbox once it answers.
    fn no_answer(&self);
}

/// What the outbox needs from the room that keeps files. The facade joins the two.
#[async_trait]
pub(crate) trait Uploads: Send + Sync {
    /// Uploads a file, named as it was kept, and resumes where an earlier try ended.
    async fn upload(&self, file: &str) -> Result<(), BackendError>;
}

/// Is notified that the waiting commands changed. The facade joins the two.
pub(crate) trait Listener: Send + Sync {
    /// A command came, went or changed its state.
    fn outbox_changed(&self, conversation: Option<ConversationId>);
}

/// What the task works with.
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) clock: SharedClock,
    pub(crate) server_clock: Arc<ServerClock>,
    pub(crate) feed: Arc<dyn Feed>,
    pub(crate) uploads: Arc<dyn Uploads>,
    pub(crate) listener: Arc<dyn Listener>,
    pub(crate) log: Log,
}
