//! What the feed does not bring: older messages, older conversations, and what a snapshot found to
//! be stale. Fetched when the agent scrolls there, or repaired when nothing else is to do.

use std::collections::HashSet;
use std::sync::Arc;

use super::shared::{Shared, SyncError, Walk};
use crate::backend::{BackendError, MessagesRequest, Rows};
use crate::model::{ConversationId, ListPosition, Row};
use crate::store::{HistoryAnswer, HistoryPart, HistoryTicket, PageFault, StoreError};

/// Messages or conversations asked for at once.
const PAGE: u32 = 50;

/// How many missing conversations are fetched one by one. More are a long list, which is read page by
/// page when the agent scrolls down.
const FEW: usize = 50;

/// Of how many conversations at the top of the list the newest messages are held.
const TOP: usize = 20;

/// How often history is asked for if it changes while the question is under way.
const TRIES: u32 = 3;

pub(super) async fn messages(shared: &Arc<Shared>, id: ConversationId, asked: HistoryPart) -> Result<bool, SyncError> {
    until_of_now(|| messages_once(shared, id, asked)).await
}

/// Asks again while the answer is outdated: meanwhile the conversation left the view, came back or
/// was fetched again.
async fn until_of_now<T, F>(ask: impl Fn() -> F) -> Result<T, SyncError>
where
    F: Future<Output = Result<T, SyncError>>,
{
    for _ in 1..TRIES {
        match ask().await {
            Err(SyncError::Store(StoreError::Page(PageFault::Outdated))) => {}
            ended => return ended,
        }
    }
    ask().await
}

async fn messages_once(shared: &Arc<Shared>, id: ConversationId, asked: HistoryPart) -> Result<bool, SyncError> {
    let parts = &shared.parts;
    let ticket = parts.store.read(move |cache| cache.history_ticket(id)).await?;
    let (before, after) = match asked {
        HistoryPart::Newest => (None, None),
        HistoryPart::Before(message) => (Some(message), None),
        HistoryPart::After(message) => (None, Some(message)),
    };
    let rows = parts.backend.messages(MessagesRequest { conversation_id: id, before, after, limit: PAGE }).await;
    shared.learn_time().await;
    let rows = found(shared, &ticket, rows).await?;
    let more = rows.more;
    let answer = HistoryAnswer { ticket, asked, rows: rows.rows, more };
    let now = shared.now();
    parts.store.write(move |cache| cache.apply_history(&answer, now)).await?;
    Ok(more)
}

pub(super) async fn conversation(shared: &Arc<Shared>, id: ConversationId) -> Result<(), SyncError> {
    until_of_now(|| conversation_once(shared, id)).await
}

async fn conversation_once(shared: &Arc<Shared>, id: ConversationId) -> Result<(), SyncError> {
    let ticket = shared.parts.store.read(move |cache| cache.history_ticket(id)).await?;
    let rows = shared.parts.backend.conversation(id).await;
    shared.learn_time().await;
    let rows = found(shared, &ticket, rows).await?;
    apply(shared, rows).await
}

/// A conversation that this agent can no longer see is forgotten here too, unless the feed has brought
/// it since the question was asked.
async fn found(
    shared: &Arc<Shared>,
    ticket: &HistoryTicket,
    rows: Result<Rows, BackendError>,
) -> Result<Rows, SyncError> {
    if rows == Err(BackendError::NotFound) {
        let ticket = ticket.clone();
        shared.parts.store.write(move |cache| cache.forget_conversation(&ticket)).await?;
    }
    Ok(rows?)
}

pub(super) async fn list(shared: &Arc<Shared>) -> Result<bool, SyncError> {
    let walk = *shared.walk();
    if walk.ended {
        return Ok(false);
    }
    let rows = shared.parts.backend.conversations(walk.before, PAGE).await;
    shared.learn_time().await;
    let rows = rows?;
    let reached = furthest_down(&rows).filter(|place| Some(*place) != walk.before);
    // A page that leads no further down would be asked for without end.
    let more = rows.more && reached.is_some();
    apply(shared, rows).await?;
    let mut now = shared.walk();
    // If another call walked on meanwhile, or a snapshot restarted the list, that one counts.
    if *now == walk {
        *now = Walk { before: reached.or(walk.before), ended: !more, ..walk };
    }
    Ok(!now.ended)
}

fn furthest_down(rows: &Rows) -> Option<ListPosition> {
    let places = rows.rows.iter().filter_map(|versioned| match &versioned.row {
        Row::Conversation(row) => Some(ListPosition { activity_at: row.activity_at, id: row.id }),
        _ => None,
    });
    places.min_by_key(|place| (place.activity_at, place.id))
}

pub(super) async fn ledger(shared: &Arc<Shared>, year: i32, month: u32) -> Result<(), SyncError> {
    let rows = shared.parts.backend.ledger(year, month).await;
    shared.learn_time().await;
    apply(shared, rows?).await
}

async fn apply(shared: &Arc<Shared>, rows: Rows) -> Result<(), SyncError> {
    let now = shared.now();
    shared.parts.store.write(move |cache| cache.apply_rows(&rows.rows, now)).await?;
    Ok(())
}

/// Which stale or missing things were tried.
#[derive(Debug, Default)]
pub(super) struct Repairs {
    /// Tried since everything was here last, so that nothing is fetched in circles.
    tried: HashSet<ConversationId>,
    /// Brought no answer the last time.
    silent: HashSet<ConversationId>,
}

impl Repairs {
    /// Everything is here: all may be tried again.
    pub(super) fn begin_again(&mut self) {
        self.tried.clear();
    }

    /// Records how one repair ended. A conversation that cannot be read is left alone until the next
    /// round and holds up nothing else. An error is returned if it would stop every repair.
    fn ended(&mut self, id: ConversationId, ended: Result<(), SyncError>) -> Result<(), SyncError> {
        match ended {
            // After a failure the feed is asked first, so the server has answered in between: it
            // cannot answer for this one conversation.
            Err(SyncError::Backend(BackendError::NoAnswer)) => {
                if self.silent.insert(id) {
                    return ended;
                }
            }
            Err(SyncError::Backend(
                BackendError::Busy { .. }
                | BackendError::Locked
                | BackendError::SessionRevoked
                | BackendError::SnapshotNeeded(_),
            )) => return ended,
            Ok(()) | Err(_) => {
                self.silent.remove(&id);
            }
        }
        self.tried.insert(id);
        Ok(())
    }
}

/// Fetches one thing that is stale or missing and has not been tried; true when there may be
/// another.
pub(super) async fn repair(shared: &Arc<Shared>, repairs: &mut Repairs) -> Result<bool, SyncError> {
    let known = repairs.tried.clone();
    let wanted = shared
        .parts
        .store
        .read(move |cache| {
            let wanted = cache.conversations_wanted(FEW + 1)?;
            let many = wanted.len() > FEW;
            for id in wanted.into_iter().filter(|id| !known.contains(id)) {
                if !many || cache.conversation(id)?.is_some() {
                    return Ok(Some(Wanted::Row(id)));
                }
            }
            let mut history = cache.history_wanted(TOP)?.into_iter();
            Ok(history.find(|id| !known.contains(id)).map(Wanted::Messages))
        })
        .await?;
    let Some(wanted) = wanted else { return Ok(false) };
    let (id, ended) = match wanted {
        Wanted::Row(id) => (id, conversation(shared, id).await),
        Wanted::Messages(id) => (id, messages(shared, id, HistoryPart::Newest).await.map(drop)),
    };
    repairs.ended(id, ended)?;
    Ok(true)
}

enum Wanted {
    Row(ConversationId),
    Messages(ConversationId),
}
