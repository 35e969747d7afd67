//! The list of conversations and the directories beside it.

use std::sync::Arc;

use super::core::Core;
use super::engine::Engine;
use super::{ChannelLine, Error, InboxCounts, InboxPage, InboxQuery, SearchHit, inbox_list};
use crate::model::{Agent, AgentGroup, SavedReply};
use crate::rules::labels;

/// The list of conversations and the directories beside it.
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct Inbox {
    engine: Engine,
    core: Arc<Core>,
}

impl Inbox {
    pub(super) fn new(engine: Engine, core: Arc<Core>) -> Self {
        Self { engine, core }
    }
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl Inbox {
    /// A page of the list. What waits in the outbox (closed, assigned, read) is laid over it.
    pub async fn page(&self, query: InboxQuery) -> Result<InboxPage, Error> {
        let core = self.core.clone();
        self.engine.run(async move { inbox_list::page(&core, query).await }).await
    }

    /// How many conversations are open, and whose.
    pub async fn counts(&self) -> Result<InboxCounts, Error> {
        let core = self.core.clone();
        self.engine.run(async move { inbox_list::counts(&core).await }).await
    }

    /// Looks for names, phone numbers and words, in what is on this phone. Needs no network.
    pub async fn search(&self, text: String) -> Result<Vec<SearchHit>, Error> {
        let core = self.core.clone();
        self.engine.run(async move { inbox_list::search(&core, text).await }).await
    }

    /// Fetches conversations from the server that are further down the list than what is on this
    /// phone. True when there are still more.
    pub async fn load_more(&self) -> Result<bool, Error> {
        let core = self.core.clone();
        self.engine.run(async move { Ok(core.syncer.fill_list().await?) }).await
    }

    /// Everybody who answers customers.
    pub async fn agents(&self) -> Result<Vec<Agent>, Error> {
        let core = self.core.clone();
        self.engine.run(async move { Ok(core.store.read(|cache| cache.agents()).await?) }).await
    }

    /// The groups that conversations can be assigned to.
    pub async fn groups(&self) -> Result<Vec<AgentGroup>, Error> {
        let core = self.core.clone();
        self.engine.run(async move { Ok(core.store.read(|cache| cache.groups()).await?) }).await
    }

    /// Texts kept to be sent again. [`ConversationHandle::saved_reply`](super::ConversationHandle::saved_reply)
    /// fills one in.
    pub async fn saved_replies(&self) -> Result<Vec<SavedReply>, Error> {
        let core = self.core.clone();
        self.engine.run(async move { Ok(core.store.read(|cache| cache.saved_replies()).await?) }).await
    }

    /// The connected numbers and pages, and how they are.
    pub async fn channels(&self) -> Result<Vec<ChannelLine>, Error> {
        let core = self.core.clone();
        self.engine
            .run(async move {
                let channels = core.store.read(|cache| cache.channels()).await?;
                Ok(channels
                    .into_iter()
                    .map(|channel| ChannelLine {
                        id: channel.id,
                        kind: channel.kind,
                        name: channel.name,
                        address: channel.address,
                        state: channel.state,
                        phrase: labels::channel_state(channel.state),
                        templates: channel.capabilities.templates,
                    })
                    .collect())
            })
            .await
    }
}
