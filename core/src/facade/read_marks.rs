//! What the agent has in front of them is marked as read.

use super::Error;
use super::core::Core;
use super::entering::{Held, held};
use super::overlay::overlays;
use crate::model::{Author, Command, ConversationId, MessageId};
use crate::outbox::Given;
use crate::rules::attention::is_unread;
use crate::store::Slice;

/// Marks what is on screen as read, if a conversation is. What fails now is marked with the next message.
pub(super) async fn mark_what_is_on_screen(core: &Core) {
    if let Some(shown) = core.visits.now()
        && let Ok(Some(held)) = held(core, shown.conversation).await
    {
        mark(core, &held, shown.visit).await.ok();
    }
}

/// Marks what was read from the store as read by the agent, unless the visit has ended, it is marked already,
/// or the mark that this visit has queued waits.
pub(super) async fn mark(core: &Core, held: &Held, visit: u64) -> Result<(), Error> {
    let stored = &held.stored;
    if !is_unread(&stored.conversation, stored.marker) {
        return Ok(());
    }
    let Some(up_to) = newest_of_customer(&held.newest) else { return Ok(()) };
    if stored.marker.is_some_and(|read| read >= up_to) {
        return Ok(());
    }
    // A mark that waits already is found by the outbox, in the transaction that queues this one. The mark of
    // this visit may have been refused since.
    let first = core.visits.marks(visit, up_to);
    if !first && (!core.visits.is_visited(visit) || is_on_its_way_up_to(core, stored.conversation.id, up_to).await?) {
        return Ok(());
    }
    let tell_customer = stored.channel.as_ref().is_some_and(|channel| channel.capabilities.tells_customer_read);
    let mark = Command::MarkRead { conversation_id: stored.conversation.id, up_to, tell_customer };
    let given = core.give(Given::of(mark)).await;
    if given.is_err() {
        core.visits.forgets_marks(visit);
    }
    given.map(drop)
}

/// Whether a mark that goes as far waits to be executed.
async fn is_on_its_way_up_to(core: &Core, id: ConversationId, up_to: MessageId) -> Result<bool, Error> {
    let entries = core.store.outbox(move |outbox| outbox.entries_of(id)).await?;
    Ok(overlays(&entries).read_up_to.get(&id).is_some_and(|read| *read >= up_to))
}

/// The customer's newest message that is really here; none where newer ones are missing.
fn newest_of_customer(slice: &Slice) -> Option<MessageId> {
    if slice.holes.iter().any(|hole| hole.before.is_none()) {
        return None;
    }
    let messages = slice.messages.iter().rev().map(|stored| &stored.message);
    messages.into_iter().find(|message| message.author == Author::Customer).map(|message| message.id)
}
