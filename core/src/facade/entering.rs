//! A conversation comes on screen: what is held of it, and what of it has to be fetched first.

use super::Error;
use super::core::Core;
use crate::model::ConversationId;
use crate::store::{self, HistoryPart, Slice, StoredConversation};

/// How many gaps in the newest messages are filled when a conversation comes on screen.
const GAPS_FILLED: usize = 3;
/// How many messages one screen shows at first.
const FIRST_MESSAGES: usize = 50;

/// What is held of a conversation, of one moment.
pub(super) struct Held {
    pub(super) stored: StoredConversation,
    /// The newest messages.
    pub(super) newest: Slice,
}

/// Reads what is held of a conversation; none if it is not on this phone.
pub(super) async fn held(core: &Core, id: ConversationId) -> Result<Option<Held>, Error> {
    let read = core.store.read(move |cache| {
        let Some(stored) = cache.conversation(id)? else { return Ok(None) };
        let newest = cache.messages(id, store::Around::Newest, FIRST_MESSAGES)?;
        Ok(Some(Held { stored, newest }))
    });
    Ok(read.await?)
}

/// Fetches what is missing, if there is a network, and returns what is then held. If nothing is missing, this
/// is one read.
///
/// Fails with [`Error::NotFound`] if the conversation is not in this agent's view.
pub(super) async fn fill_what_is_missing(core: &Core, id: ConversationId) -> Result<Held, Error> {
    let mut now = held(core, id).await?;
    if core.outbox.feed.online() {
        match fill(core, id, &mut now).await {
            // What is here is shown; the rest is fetched when the network is back.
            Ok(()) | Err(Error::Offline) => {}
            Err(error) => return Err(error),
        }
    }
    now.ok_or(Error::NotFound)
}

async fn fill(core: &Core, id: ConversationId, now: &mut Option<Held>) -> Result<(), Error> {
    if now.as_ref().is_none_or(|held| held.stored.stale) {
        core.syncer.refetch(id).await?;
        *now = held(core, id).await?;
    }
    if now.as_ref().is_none_or(|held| missing_at_the_end(&held.newest)) {
        core.syncer.fill(id, HistoryPart::Newest).await?;
        *now = held(core, id).await?;
    }
    for _ in 0..GAPS_FILLED {
        let newest_gap = |held: &Held| held.newest.holes.iter().rev().find_map(|hole| hole.after.and(hole.before));
        let Some(before) = now.as_ref().and_then(newest_gap) else { break };
        core.syncer.fill(id, HistoryPart::Before(before)).await?;
        *now = held(core, id).await?;
    }
    Ok(())
}

/// The newest messages may not be all here.
fn missing_at_the_end(slice: &Slice) -> bool {
    slice.stale || slice.messages.is_empty() || slice.holes.iter().any(|hole| hole.before.is_none())
}
