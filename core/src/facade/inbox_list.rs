//! How the list of conversations is made: rows of the store, what waits laid over them, and what
//! the rules say of each.

use chrono::{DateTime, Utc};

use super::core::Core;
use super::names::{Names, badge, title};
use super::overlay::overlays;
use super::{
    AssigneeFilter, Error, GroupCount, InboxCounts, InboxPage, InboxQuery, InboxRow, PreviewLine, SearchHit,
    WindowBadge,
};
use crate::model::{ListPosition, Phrase};
use crate::rules::attention::{AttentionFacts, dot, is_unread};
use crate::rules::inbox::{closes_soon, closing_changes_at, closing_soon_until};
use crate::rules::labels::{self, Empty};
use crate::rules::window::{ReplyWindow, reply_window};
use crate::store::{self, CacheReader, Closing, InboxFilter, StoreError, StoredConversation};

/// The most rows of one page.
const MOST_ROWS: u32 = 500;
/// The most hits of one search.
const MOST_HITS: usize = 100;

pub(super) async fn page(core: &Core, query: InboxQuery) -> Result<InboxPage, Error> {
    if !core.record.account.conversations {
        let notice = Some(labels::empty(Empty::Plan));
        return Ok(InboxPage { rows: Vec::new(), next: None, notice, valid_until: None });
    }
    let overlays = overlays(&core.store.outbox(|outbox| outbox.entries()).await?);
    let (me, now) = (core.me(), core.now());
    let asked = query.clone();
    let limit = usize::try_from(query.limit.clamp(1, MOST_ROWS)).unwrap_or(1);
    let (stored, agents, groups) = core
        .store
        .read(move |cache| {
            let filter = InboxFilter {
                whose: match asked.assignee {
                    AssigneeFilter::Mine => store::Whose::Mine(me),
                    AssigneeFilter::Unassigned => store::Whose::Unassigned,
                    AssigneeFilter::All => store::Whose::All,
                    AssigneeFilter::AgentGroup { id } => store::Whose::Group(id),
                },
                channel: asked.channel,
                open: asked.open,
                unread_only: asked.unread_only,
                unanswered_only: asked.unanswered_only,
                closing: asked.closing_soon.then(|| Closing { after: now, before: closing_soon_until(now) }),
                overlays,
            };
            // One more than asked for says whether there is another page.
            Ok((cache.inbox(&filter, asked.before, limit + 1)?, cache.agents()?, cache.groups()?))
        })
        .await?;

    let names = Names { me, agents: &agents, groups: &groups };
    let more = stored.len() > limit;
    let mut valid_until = None;
    let rows: Vec<InboxRow> =
        stored.iter().take(limit).map(|stored| row(stored, &names, now, &mut valid_until)).collect();
    let next = rows.last().filter(|_| more).map(|row| ListPosition { activity_at: row.at, id: row.id });
    let notice = rows.is_empty().then(|| notice(&query)).filter(|_| query.before.is_none());
    Ok(InboxPage { rows, next, notice, valid_until })
}

fn notice(query: &InboxQuery) -> Phrase {
    let all = InboxQuery { limit: query.limit, open: query.open, ..InboxQuery::default() };
    labels::empty(if *query == all { Empty::Inbox } else { Empty::Filter })
}

fn row(
    stored: &StoredConversation,
    names: &Names<'_>,
    now: DateTime<Utc>,
    valid_until: &mut Option<DateTime<Utc>>,
) -> InboxRow {
    let conversation = &stored.conversation;
    let title = title(stored.contact.as_ref());
    let facts = AttentionFacts { conversation, me: names.me, my_marker: stored.marker, agents: names.agents };
    let (dot, dot_until) = dot(&facts, now);
    sooner(valid_until, dot_until);
    let waits = conversation.waiting_since.is_some();
    let window = stored
        .channel
        .as_ref()
        .and_then(|channel| window(reply_window(&channel.window, &conversation.window, now), waits, now, valid_until));
    InboxRow {
        id: conversation.id,
        channel: stored.channel.as_ref().map(|channel| badge(channel)),
        preview: conversation.preview.as_ref().map(|preview| PreviewLine {
            author: names.who(&preview.author, &title),
            text: preview.text.clone(),
            phrase: labels::preview(preview),
        }),
        title,
        at: conversation.activity_at,
        dot,
        unread: is_unread(conversation, stored.marker),
        waiting_since: conversation.waiting_since,
        open: conversation.open,
        window,
        assignee: conversation.assignee.and_then(|id| names.agent(id)),
        group: conversation.group.and_then(|id| names.group(id)),
    }
}

fn window(
    window: ReplyWindow,
    waits: bool,
    now: DateTime<Utc>,
    valid_until: &mut Option<DateTime<Utc>>,
) -> Option<WindowBadge> {
    match window {
        ReplyWindow::Unlimited => None,
        ReplyWindow::Closed { .. } => Some(WindowBadge::Closed),
        ReplyWindow::Open { closes_at, .. } => {
            sooner(valid_until, closing_changes_at(&window, now));
            let urgent = closes_soon(&window, now) && waits;
            Some(WindowBadge::Open { remaining_ms: (closes_at - now).num_milliseconds(), urgent })
        }
    }
}

/// Keeps the sooner of two moments at which something changes by itself.
pub(super) fn sooner(valid_until: &mut Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) {
    *valid_until = match (*valid_until, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
}

pub(super) async fn counts(core: &Core) -> Result<InboxCounts, Error> {
    if !core.record.account.conversations {
        return Ok(InboxCounts::default());
    }
    let overlays = overlays(&core.store.outbox(|outbox| outbox.entries()).await?);
    let me = core.me();
    let counts = core.store.read(move |cache| cache.inbox_counts(me, &overlays)).await?;
    let groups = counts.groups.iter();
    Ok(InboxCounts {
        mine: counts.mine.open,
        unassigned: counts.unassigned.open,
        all: counts.all.open,
        unread: counts.all.unread,
        groups: groups.map(|(id, count)| GroupCount { id: *id, open: count.open, unread: count.unread }).collect(),
    })
}

pub(super) async fn search(core: &Core, text: String) -> Result<Vec<SearchHit>, Error> {
    // Without conversations in the plan there is nothing to find, whatever is here.
    if !core.record.account.conversations {
        return Ok(Vec::new());
    }
    Ok(core
        .store
        .read(move |cache| {
            let hits = cache.search(&text, MOST_HITS)?;
            hits.into_iter().filter_map(|hit| found(cache, hit).transpose()).collect()
        })
        .await?)
}

fn found(cache: &CacheReader<'_>, hit: store::SearchHit) -> Result<Option<SearchHit>, StoreError> {
    let Some(stored) = cache.conversation(hit.conversation_id)? else { return Ok(None) };
    let message = match hit.message_id {
        Some(id) => cache.message(id)?,
        None => None,
    };
    let conversation = &stored.conversation;
    let preview = || conversation.preview.as_ref().map(|preview| preview.text.clone()).unwrap_or_default();
    Ok(Some(SearchHit {
        conversation_id: hit.conversation_id,
        message_id: hit.message_id,
        title: title(stored.contact.as_ref()),
        channel: stored.channel.as_ref().map(|channel| badge(channel)),
        at: message.as_ref().map_or(conversation.activity_at, |stored| stored.message.at),
        text: message.map_or_else(preview, |stored| stored.message.content.text().to_owned()),
    }))
}
