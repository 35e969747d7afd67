//! What the task works with, and the small traits by which it meets the rooms of its own rank.

use std::sync::Arc;

use async_trait::async_trait;

use crate::backend::{Backend, BackendError};
use crate::clock::SharedClock;
use crate::model::ConversationId;
use crate::session::ServerClock;
use crate::store::Store;

/// What the outbox asks of whoever reads the change feed. Wired by the facade.
#[async_trait]
pub(crate) trait Feed: Send + Sync {
    /// The server answers, and somebody is signed in.
    fn online(&self) -> bool;
    /// Nothing was missed since the last absence.
    fn caught_up(&self) -> bool;
    /// Reads what changed. Returns when everything is here, or with false when it could not be had.
    async fn catch_up(&self) -> bool;
    /// Ends when everything is being paused.
    async fn paused(&self);
    /// The server did not answer a command: look for it, and wake the outbox when it is there.
    fn no_answer(&self);
}

/// What the outbox asks of whoever keeps files. Wired by the facade.
#[async_trait]
pub(crate) trait Uploads: Send + Sync {
    /// Brings a file, named as it was kept, to the server, going on where an earlier try ended.
    async fn upload(&self, file: &str) -> Result<(), BackendError>;
}

/// Who hears that what waits changed. Wired by the facade.
pub(crate) trait Listener: Send + Sync {
    /// A command came, went or stands elsewhere.
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
}
