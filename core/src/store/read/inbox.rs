//! The list of conversations: filtered, in order, with waiting commands laid over it.
//!
//! A command that waits in the outbox changes what the list shows before the server knows of
//! it. It may take a row out of a list or bring one in, so it is laid over the rows before they
//! are filtered and counted into pages. Few rows have one. The list is therefore merged from
//! three sides: what the index gives for open ones and for closed ones, without the laid-over
//! rows; and the laid-over rows, each read by itself. One function, [`InboxFilter::admits`],
//! decides about every row; SQL only spares it rows that cannot be in the list.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, named_params};

use crate::model::{
    AgentGroupId, AgentId, Assignee, ChannelAccount, ChannelId, ChannelKind, Contact, Conversation, ConversationId,
    ListPosition, MessageId, Seq,
};
use crate::rules::attention::is_unread;
use crate::rules::window::{ReplyWindow, reply_window};
use crate::store::StoreError;
use crate::store::column::{all, ms, sql_limit, word};
use crate::store::table::{channel, conversation};

/// A conversation with what its screens need beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredConversation {
    /// The row, with overlays laid over it where the reader was given some.
    pub conversation: Conversation,
    /// Its version.
    pub seq: Seq,
    /// The customer, when held.
    pub contact: Option<Contact>,
    /// The number or page, when held.
    pub channel: Option<Arc<ChannelAccount>>,
    /// How far this agent has read.
    pub marker: Option<MessageId>,
    /// The server has a newer version that is not here yet.
    pub stale: bool,
}

/// Whose conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those assigned to this agent.
    Mine(AgentId),
    /// Those that no agent answers yet, whether or not a group has them.
    Unassigned,
    /// All that are visible.
    All,
    /// Those of a group.
    Group(AgentGroupId),
}

/// Windows that end in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// Open at this moment (usually now), so it ends later.
    pub after: DateTime<Utc>,
    /// Not later than this.
    pub before: DateTime<Utc>,
}

/// Which conversations a list shows. Everything given must hold.
#[derive(Debug, Clone)]
pub struct InboxFilter {
    /// Whose.
    pub whose: Whose,
    /// On which channel.
    pub channel: Option<ChannelKind>,
    /// Open ones, closed ones, or both.
    pub open: Option<bool>,
    /// Only those with a customer message newer than the agent's read marker.
    pub unread_only: bool,
    /// Only those where the customer waits for an answer.
    pub unanswered_only: bool,
    /// Only those whose messaging window is open and ends in this span.
    pub closing: Option<Closing>,
    /// Commands that wait in the outbox, laid over the rows before they are filtered.
    pub overlays: Overlays,
}

/// What commands that have not been executed yet will make of conversations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlays {
    /// Closed or reopened.
    pub open: BTreeMap<ConversationId, bool>,
    /// Assigned.
    pub assignee: BTreeMap<ConversationId, Assignee>,
    /// Read up to.
    pub read_up_to: BTreeMap<ConversationId, MessageId>,
}

impl Overlays {
    /// The conversations that anything is laid over.
    pub(super) fn conversations(&self) -> BTreeSet<ConversationId> {
        self.open.keys().chain(self.assignee.keys()).chain(self.read_up_to.keys()).copied().collect()
    }

    /// Lays what waits over a row.
    pub fn lay(&self, stored: &mut StoredConversation) {
        let conversation = &mut stored.conversation;
        if let Some(open) = self.open.get(&conversation.id) {
            conversation.open = *open;
        }
        match self.assignee.get(&conversation.id) {
            Some(Assignee::Agent(agent)) => conversation.assignee = Some(*agent),
            Some(Assignee::Group(group)) => {
                conversation.assignee = None;
                conversation.group = Some(*group);
            }
            Some(Assignee::None) => {
                conversation.assignee = None;
                conversation.group = None;
            }
            None => {}
        }
        // A marker never goes back: another device may have read further meanwhile.
        stored.marker = stored.marker.max(self.read_up_to.get(&conversation.id).copied());
    }
}

impl StoredConversation {
    /// Whether the customer's newest message is newer than the agent's read marker.
    pub fn is_unread(&self) -> bool {
        is_unread(&self.conversation, self.marker)
    }

    fn place(&self) -> Place {
        (ms(self.conversation.activity_at), self.conversation.id.0)
    }
}

impl InboxFilter {
    /// All that are visible.
    pub fn all() -> Self {
        Self {
            whose: Whose::All,
            channel: None,
            open: None,
            unread_only: false,
            unanswered_only: false,
            closing: None,
            overlays: Overlays::default(),
        }
    }

    fn admits(&self, stored: &StoredConversation) -> bool {
        let conversation = &stored.conversation;
        let whose = match self.whose {
            Whose::Mine(me) => conversation.assignee == Some(me),
            Whose::Unassigned => conversation.assignee.is_none(),
            Whose::All => true,
            Whose::Group(group) => conversation.group == Some(group),
        };
        let channel = self.channel.is_none_or(|kind| stored.channel.as_ref().is_some_and(|held| held.kind == kind));
        whose
            && channel
            && self.open.is_none_or(|open| conversation.open == open)
            && (!self.unread_only || stored.is_unread())
            && (!self.unanswered_only || conversation.waiting_since.is_some())
            && self.closing.is_none_or(|closing| closing.holds(stored))
    }
}

impl Closing {
    /// Whether a messaging window is open and ends in this span.
    fn holds(&self, stored: &StoredConversation) -> bool {
        let Some(channel) = &stored.channel else { return false };
        match reply_window(&channel.window, &stored.conversation.window, self.after) {
            ReplyWindow::Open { closes_at, .. } => closes_at <= self.before,
            ReplyWindow::Closed { .. } | ReplyWindow::Unlimited => false,
        }
    }
}

/// Channel accounts, read once a list: there are few, and every row needs one.
#[derive(Default)]
pub(super) struct Channels(HashMap<ChannelId, Option<Arc<ChannelAccount>>>);

impl Channels {
    fn get(&mut self, db: &Connection, id: ChannelId) -> Result<Option<Arc<ChannelAccount>>, StoreError> {
        if let Some(held) = self.0.get(&id) {
            return Ok(held.clone());
        }
        let held = channel::get(db, id)?.map(Arc::new);
        self.0.insert(id, held.clone());
        Ok(held)
    }
}

/// One conversation with what belongs to it.
pub(super) fn conversation(
    db: &Connection,
    id: ConversationId,
    channels: &mut Channels,
) -> Result<Option<StoredConversation>, StoreError> {
    let Some(held) = conversation::get(db, id)? else { return Ok(None) };
    Ok(Some(StoredConversation {
        contact: held.contact,
        channel: channels.get(db, held.conversation.channel_id)?,
        seq: held.seq,
        marker: held.marker,
        stale: held.seq < held.fed_seq,
        conversation: held.conversation,
    }))
}

/// A place in the list: activity and id, the greatest first.
type Place = (i64, i64);

/// A page of the list.
pub(super) fn page(
    db: &Connection,
    filter: &InboxFilter,
    before: Option<ListPosition>,
    limit: usize,
) -> Result<Vec<StoredConversation>, StoreError> {
    let before = before.map_or((i64::MAX, i64::MAX), |place| (ms(place.activity_at), place.id.0));
    let mut channels = Channels::default();
    let laid_over = filter.overlays.conversations();
    let mut laid = Vec::new();
    for id in &laid_over {
        if let Some(mut stored) = conversation(db, *id, &mut channels)? {
            filter.overlays.lay(&mut stored);
            if stored.place() < before && filter.admits(&stored) {
                laid.push(stored);
            }
        }
    }
    // Last is next: the greatest place at the end.
    laid.sort_by_key(StoredConversation::place);

    let mut streams: Vec<Stream<'_>> = [true, false]
        .into_iter()
        .filter(|open| filter.open.is_none_or(|wanted| wanted == *open))
        .map(|open| Stream {
            db,
            filter,
            open,
            after: before,
            ids: VecDeque::new(),
            ended: false,
            chunk: limit.clamp(1, LARGEST_STEP),
        })
        .collect();
    let mut page = Vec::new();
    while page.len() < limit {
        let mut next: Option<(Place, &mut Stream<'_>)> = None;
        for stream in &mut streams {
            if let Some(place) = stream.peek()?
                && next.as_ref().is_none_or(|(greatest, _)| place > *greatest)
            {
                next = Some((place, stream));
            }
        }
        let laid_place = laid.last().map(StoredConversation::place);
        match next {
            Some((place, stream)) if laid_place.is_none_or(|laid| place > laid) => {
                stream.ids.pop_front();
                let id = ConversationId(place.1);
                if !laid_over.contains(&id)
                    && let Some(stored) = conversation(db, id, &mut channels)?
                    && filter.admits(&stored)
                {
                    page.push(stored);
                }
            }
            _ => match laid.pop() {
                Some(stored) => page.push(stored),
                None => break,
            },
        }
    }
    Ok(page)
}

/// The most ids that are read from the index at once.
const LARGEST_STEP: usize = 1_000;

/// Open or closed conversations in the order of the list, as the index gives them.
struct Stream<'a> {
    db: &'a Connection,
    filter: &'a InboxFilter,
    open: bool,
    after: Place,
    ids: VecDeque<Place>,
    ended: bool,
    chunk: usize,
}

impl Stream<'_> {
    fn peek(&mut self) -> Result<Option<Place>, StoreError> {
        if self.ids.is_empty() && !self.ended {
            let read = self.read()?;
            self.ended = read.len() < self.chunk;
            self.after = read.last().copied().unwrap_or(self.after);
            self.ids = read.into();
            // What the index cannot tell apart may be most of the rows: go through them in large steps.
            self.chunk = (self.chunk * 2).min(LARGEST_STEP);
        }
        Ok(self.ids.front().copied())
    }

    fn read(&self) -> Result<Vec<Place>, StoreError> {
        let (statement, whose) = match self.filter.whose {
            Whose::All => (conversation::LIST_ALL, None),
            Whose::Unassigned => (conversation::LIST_UNASSIGNED, None),
            Whose::Mine(me) => (conversation::LIST_MINE, Some(me.0)),
            Whose::Group(group) => (conversation::LIST_GROUP, Some(group.0)),
        };
        let kind = self.filter.channel.as_ref().map(word).transpose()?;
        let limit = sql_limit(self.chunk);
        let mut params = named_params! {
            ":open": self.open,
            ":activity_at": self.after.0,
            ":before_id": self.after.1,
            ":unread_only": self.filter.unread_only,
            ":unanswered_only": self.filter.unanswered_only,
            ":channel_kind": kind,
            ":limit": limit,
        }
        .to_vec();
        if let Some(whose) = &whose {
            params.push((":whose", whose));
        }
        all(self.db, statement, params.as_slice(), |row| Ok((row.get(1)?, row.get(0)?)))
    }
}
