//! An inbox server in memory: rows by kind and id, each with the seq of its last change.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use secrecy::SecretString;
use tokio::sync::{broadcast, watch};

use crate::backend::{
    About, Backend, BackendError, ClockSample, CommandState, MessagesRequest, Page, Ring, Rows, Session, SignIn,
    SnapshotPage, SnapshotReason, Tokens,
};
use crate::model::{
    Agent, AgentId, AgentStatus, Author, Change, ChannelId, ClientKey, Command, Contact, ContactId, Content,
    Conversation, ConversationId, Cursor, HeldFrom, ListPlace, MediaId, Message, MessageId, Op, ReadMarker, Row,
    RowKind, Seq, Versioned, VisibleConversation, WindowFacts,
};

/// Small, so that a handful of rows already takes several pages.
const CONVERSATIONS_IN_SNAPSHOT: usize = 4;
const MESSAGES_IN_SNAPSHOT: usize = 3;
const WITH_MESSAGES: usize = 2;
const LISTED_PER_PAGE: usize = 3;

/// What becomes of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Executed; the answer does not arrive.
    Lost,
    /// Told to wait so many seconds.
    Busy(u64),
    /// Never answered; whoever asks waits until the call is dropped.
    Hangs,
    /// The page that follows another cursor: something on the way answers from memory.
    Stale,
    /// At most so many items, and more is waiting.
    Cut(usize),
    /// The items in the wrong order.
    Turned,
    /// Refused, with a snapshot asked for.
    Needed(SnapshotReason),
    /// A token of a snapshot that is not known any more.
    Forgotten,
    /// The session is over.
    Revoked,
    /// The keys are locked away.
    Locked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum CallKind {
    Changes,
    Snapshot,
    History,
    Live,
}

/// A handle; clones are one server.
#[derive(Clone)]
pub(super) struct Server(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    bell: broadcast::Sender<Ring>,
    /// Whether the live stream carries anything.
    bell_works: AtomicBool,
    /// How many calls have come in.
    calls: watch::Sender<u64>,
}

type Meanwhile = Box<dyn FnOnce(&mut State) + Send>;

/// What the server knows.
pub(super) struct State {
    pub(super) epoch: u32,
    seq: i64,
    next_id: i64,
    now: DateTime<Utc>,
    rows: BTreeMap<(u8, i64), Kept>,
    /// The feed does not reach back further.
    horizon: i64,
    /// More items than this behind is too many.
    pub(super) most_behind: usize,
    fates: VecDeque<(CallKind, Fate)>,
    /// What happens just before the next pages of a snapshot are read.
    meanwhile: VecDeque<Meanwhile>,
    pub(super) log: Vec<CallKind>,
    /// The tokens with which pages of snapshots were asked for.
    pub(super) tokens: Vec<Option<String>>,
}

#[derive(Clone)]
struct Kept {
    seq: i64,
    /// None: deleted, or out of the agent's view.
    row: Option<Row>,
    /// Out of view, to come back with its messages.
    hidden: Option<Row>,
    kind: RowKind,
}

impl State {
    fn change(&mut self, row: Row) -> i64 {
        self.seq += 1;
        let kept = Kept { seq: self.seq, kind: row.kind(), row: Some(row), hidden: None };
        let row = kept.row.as_ref().unwrap();
        self.rows.insert((rank(row.kind()), row.id()), kept);
        self.seq
    }

    fn new_id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    fn minute_passes(&mut self) -> DateTime<Utc> {
        self.now += TimeDelta::minutes(1);
        self.now
    }

    /// A customer writes for the first time.
    pub(super) fn customer_appears(&mut self, name: &str) -> ConversationId {
        let (contact, conversation) = (self.new_id(), self.new_id());
        self.contact_is_called(ContactId(contact), name);
        let id = ConversationId(conversation);
        let at = self.minute_passes();
        self.change(Row::Conversation(Conversation {
            id,
            channel_id: ChannelId(1),
            contact_id: ContactId(contact),
            open: true,
            assignee: None,
            group: None,
            activity_at: at,
            preview: None,
            last_customer_message_id: None,
            waiting_since: None,
            window: WindowFacts::default(),
            cover: None,
            visible_since: Seq(0),
            messages_seq: Seq(0),
        }));
        self.customer_says(id, "Bonjour");
        id
    }

    pub(super) fn contact_is_called(&mut self, id: ContactId, name: &str) {
        self.change(Row::Contact(Contact {
            id,
            name: name.to_owned(),
            phone: None,
            bsuid: None,
            username: None,
            language: None,
            attributes: BTreeMap::new(),
        }));
    }

    pub(super) fn customer_says(&mut self, conversation: ConversationId, body: &str) -> MessageId {
        let id = MessageId(self.new_id());
        let at = self.minute_passes();
        self.write(Message {
            id,
            conversation_id: conversation,
            client_key: None,
            author: Author::Customer,
            at,
            content: Content::Text { body: body.to_owned() },
            reply_to: None,
            edited_at: None,
            deleted_at: None,
            delivery: Vec::new(),
        });
        id
    }

    pub(super) fn message_is_changed(&mut self, id: MessageId, body: &str) {
        let Some(Kept { row: Some(Row::Message(message)), .. }) = self.rows.get(&(rank(RowKind::Message), id.0)) else {
            return;
        };
        let content = Content::Text { body: body.to_owned() };
        self.write(Message { content, edited_at: Some(self.now), ..message.clone() });
    }

    /// A message and, as the protocol says, its conversation with the new `messages_seq`.
    fn write(&mut self, message: Message) {
        let (at, conversation) = (message.at, message.conversation_id);
        let messages_seq = Seq(self.change(Row::Message(message)));
        if let Some(row) = self.conversation(conversation) {
            let activity_at = row.activity_at.max(at);
            self.change(Row::Conversation(Conversation { messages_seq, activity_at, ..row }));
        } else if let Some(kept) = self.rows.get_mut(&(rank(RowKind::Conversation), conversation.0))
            && let Some(Row::Conversation(row)) = &mut kept.hidden
        {
            row.messages_seq = messages_seq;
        }
    }

    pub(super) fn assign(&mut self, id: ConversationId, to: Option<AgentId>) {
        if let Some(row) = self.conversation(id) {
            self.change(Row::Conversation(Conversation { assignee: to, ..row }));
        }
    }

    pub(super) fn agent(&mut self, id: i64, name: &str) {
        self.change(Row::Agent(Agent {
            id: AgentId(id),
            name: name.to_owned(),
            status: AgentStatus::Online,
            status_since: self.now,
            administrator: false,
            groups: Vec::new(),
        }));
    }

    pub(super) fn agent_is_gone(&mut self, id: i64) {
        self.seq += 1;
        let kept = Kept { seq: self.seq, row: None, hidden: None, kind: RowKind::Agent };
        self.rows.insert((rank(RowKind::Agent), id), kept);
    }

    pub(super) fn read_up_to(&mut self, id: ConversationId, up_to: MessageId) {
        if self.conversation(id).is_some() {
            self.change(Row::ReadMarker(ReadMarker { conversation_id: id, up_to }));
        }
    }

    /// It leaves the agent's view.
    pub(super) fn leaves(&mut self, id: ConversationId) {
        if let Some(row) = self.conversation(id) {
            self.seq += 1;
            let kept =
                Kept { seq: self.seq, row: None, hidden: Some(Row::Conversation(row)), kind: RowKind::Conversation };
            self.rows.insert((rank(RowKind::Conversation), id.0), kept);
        }
    }

    /// It comes back into view, and its read marker with it.
    pub(super) fn returns(&mut self, id: ConversationId) {
        let kept = self.rows.get(&(rank(RowKind::Conversation), id.0)).cloned();
        if let Some(Kept { hidden: Some(Row::Conversation(row)), .. }) = kept {
            let visible_since = Seq(self.seq + 1);
            self.change(Row::Conversation(Conversation { visible_since, ..row }));
            if let Some(up_to) = self.marker(id) {
                self.change(Row::ReadMarker(ReadMarker { conversation_id: id, up_to }));
            }
        }
    }

    /// The feed forgets everything so far.
    pub(super) fn feed_is_pruned(&mut self) {
        self.horizon = self.seq;
    }

    /// The server is restored: another history, with ids and seqs above a reserve.
    pub(super) fn restored(&mut self) {
        self.epoch += 1;
        self.next_id += 10_000;
        let mut rows: Vec<Kept> = std::mem::take(&mut self.rows).into_values().collect();
        rows.sort_by_key(|kept| kept.seq);
        self.seq += 10_000;
        for kept in rows {
            self.seq += 1;
            if let Some(row) = kept.row.as_ref().or(kept.hidden.as_ref()) {
                self.rows.insert((rank(row.kind()), row.id()), Kept { seq: self.seq, ..kept });
            }
        }
        self.horizon = self.seq;
    }

    /// Whatever was ordered to go wrong does not.
    pub(super) fn faults_stop(&mut self) {
        self.fates.clear();
        self.meanwhile.clear();
        self.most_behind = 10_000;
    }

    fn conversation(&self, id: ConversationId) -> Option<Conversation> {
        match &self.rows.get(&(rank(RowKind::Conversation), id.0))?.row {
            Some(Row::Conversation(row)) => Some(row.clone()),
            _ => None,
        }
    }

    pub(super) fn visible(&self) -> Vec<Conversation> {
        let all = self.rows.values().filter_map(|kept| match &kept.row {
            Some(Row::Conversation(row)) => Some(row.clone()),
            _ => None,
        });
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|row| std::cmp::Reverse((row.activity_at, row.id)));
        all
    }

    /// Messages of a conversation, oldest first.
    pub(super) fn messages(&self, id: ConversationId) -> Vec<Message> {
        let of = |kept: &Kept| match &kept.row {
            Some(Row::Message(row)) if row.conversation_id == id => Some(row.clone()),
            _ => None,
        };
        self.rows.values().filter_map(of).collect()
    }

    /// Every message of every conversation in view.
    pub(super) fn all_messages(&self) -> Vec<MessageId> {
        self.visible().iter().flat_map(|row| self.messages(row.id)).map(|message| message.id).collect()
    }

    pub(super) fn agents(&self) -> Vec<Agent> {
        let of = |kept: &Kept| match &kept.row {
            Some(Row::Agent(row)) => Some(row.clone()),
            _ => None,
        };
        self.rows.values().filter_map(of).collect()
    }

    pub(super) fn contact_name(&self, id: ContactId) -> Option<String> {
        match &self.rows.get(&(rank(RowKind::Contact), id.0))?.row {
            Some(Row::Contact(row)) => Some(row.name.clone()),
            _ => None,
        }
    }

    pub(super) fn marker(&self, id: ConversationId) -> Option<MessageId> {
        match &self.rows.get(&(rank(RowKind::ReadMarker), id.0))?.row {
            Some(Row::ReadMarker(row)) => Some(row.up_to),
            _ => None,
        }
    }

    fn is_visible(&self, kept: &Kept) -> bool {
        match &kept.row {
            Some(Row::Message(row)) => self.conversation(row.conversation_id).is_some(),
            Some(Row::ReadMarker(row)) => self.conversation(row.conversation_id).is_some(),
            Some(_) | None => true,
        }
    }

    fn cursor(&self) -> Cursor {
        self.cursor_at(self.seq)
    }

    fn cursor_at(&self, seq: i64) -> Cursor {
        Cursor(format!("e{}.{seq}", self.epoch))
    }

    fn place(&self, cursor: &Cursor) -> Result<i64, BackendError> {
        let (epoch, seq) = cursor.0.split_once('.').unwrap();
        if epoch != format!("e{}", self.epoch) {
            return Err(BackendError::SnapshotNeeded(SnapshotReason::Epoch));
        }
        let seq = seq.parse().unwrap();
        if seq < self.horizon {
            return Err(BackendError::SnapshotNeeded(SnapshotReason::TooOld));
        }
        Ok(seq)
    }

    fn page(&self, since: &Cursor, most: usize) -> Result<Page, BackendError> {
        let from = self.place(since)?;
        let mut items: Vec<Change> = self
            .rows
            .iter()
            .filter(|(_, kept)| kept.seq > from && self.is_visible(kept))
            .map(|((_, id), kept)| {
                let op = kept.row.clone().map_or(Op::Delete { kind: kept.kind, id: *id }, Op::Put);
                Change { seq: Seq(kept.seq), op }
            })
            .collect();
        items.sort_by_key(|item| item.seq);
        if items.len() > self.most_behind {
            return Err(BackendError::SnapshotNeeded(SnapshotReason::TooMany));
        }
        let more = items.len() > most;
        items.truncate(most);
        let to = if more { self.cursor_at(items.last().unwrap().seq.0) } else { self.cursor() };
        Ok(Page { from: since.clone(), to, more, items })
    }

    fn versioned(&self, row: &Row) -> Versioned {
        let kept = &self.rows[&(rank(row.kind()), row.id())];
        Versioned { seq: Seq(kept.seq), row: kept.row.clone().unwrap() }
    }

    fn with_contact(&self, row: &Conversation) -> Vec<Versioned> {
        let contact = self.rows.get(&(rank(RowKind::Contact), row.contact_id.0)).and_then(|kept| kept.row.clone());
        let rows = [Some(Row::Conversation(row.clone())), contact];
        rows.iter().flatten().map(|row| self.versioned(row)).collect()
    }

    /// The token says the cursor, which page, and after which id the list goes on: `p12.3.4711`.
    fn snapshot(&mut self, token: Option<&str>) -> SnapshotPage {
        self.tokens.push(token.map(str::to_owned));
        let (at, number, after) = match token {
            None => (self.seq, 0, 0),
            Some(token) => {
                let parts: Vec<i64> = token[1..].split('.').map(|part| part.parse().unwrap()).collect();
                (parts[0], parts[1], parts[2])
            }
        };
        let (mut rows, mut newest, mut visible, mut complete) = (Vec::new(), Vec::new(), Vec::new(), false);
        let mut listed = after;
        match number {
            0 => rows = self.directories(),
            1 => (rows, newest) = self.top(),
            _ => {
                // From id to id: what leaves the view meanwhile must not let another slip through.
                let mut rest: Vec<_> = self.visible().into_iter().filter(|row| row.id.0 > after).collect();
                rest.sort_by_key(|row| row.id);
                complete = rest.len() <= LISTED_PER_PAGE;
                for row in rest.into_iter().take(LISTED_PER_PAGE) {
                    let seq = self.versioned(&Row::Conversation(row.clone())).seq;
                    visible.push(VisibleConversation { id: row.id, seq, messages_seq: row.messages_seq });
                    listed = row.id.0;
                }
            }
        }
        let next = (!complete).then(|| format!("p{at}.{}.{listed}", number + 1));
        let epoch = format!("e{}", self.epoch);
        SnapshotPage { epoch, at: self.cursor_at(at), next, rows, newest, visible, complete }
    }

    fn directories(&self) -> Vec<Versioned> {
        let of = |kept: &Kept| match &kept.row {
            Some(Row::Agent(_) | Row::ReadMarker(_)) if self.is_visible(kept) => kept.row.clone(),
            _ => None,
        };
        self.rows.values().filter_map(|kept| Some(Versioned { seq: Seq(kept.seq), row: of(kept)? })).collect()
    }

    /// The newest conversations with their newest messages.
    fn top(&self) -> (Vec<Versioned>, Vec<HeldFrom>) {
        let (mut rows, mut newest) = (Vec::new(), Vec::new());
        for (n, row) in self.visible().iter().take(CONVERSATIONS_IN_SNAPSHOT).enumerate() {
            rows.extend(self.with_contact(row));
            let messages = self.messages(row.id);
            let most = if n < WITH_MESSAGES { MESSAGES_IN_SNAPSHOT } else { 1 };
            let held = &messages[messages.len().saturating_sub(most)..];
            rows.extend(held.iter().map(|message| self.versioned(&Row::Message(message.clone()))));
            let from = (held.len() < messages.len()).then(|| held[0].id);
            newest.push(HeldFrom { conversation_id: row.id, from });
        }
        (rows, newest)
    }
}

fn rank(kind: RowKind) -> u8 {
    kind as u8
}

impl Server {
    pub(super) fn new() -> Self {
        let state = State {
            epoch: 7,
            seq: 100,
            next_id: 0,
            now: "2026-11-02T09:00:00Z".parse().unwrap(),
            rows: BTreeMap::new(),
            horizon: 100,
            most_behind: 10_000,
            fates: VecDeque::new(),
            meanwhile: VecDeque::new(),
            log: Vec::new(),
            tokens: Vec::new(),
        };
        Self(Arc::new(Inner {
            state: Mutex::new(state),
            bell: broadcast::Sender::new(64),
            bell_works: AtomicBool::new(true),
            calls: watch::Sender::default(),
        }))
    }

    /// Something happens, and the doorbell rings.
    pub(super) fn happens<T>(&self, what: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.0.state.lock().unwrap();
        let what = what(&mut state);
        if self.0.bell_works.load(Ordering::SeqCst) {
            self.0.bell.send(Ring::At(state.cursor())).ok();
        }
        what
    }

    /// Looks without ringing.
    pub(super) fn look<T>(&self, at: impl FnOnce(&State) -> T) -> T {
        at(&self.0.state.lock().unwrap())
    }

    /// What becomes of the next calls of a kind, in order.
    pub(super) fn next(&self, kind: CallKind, fates: impl IntoIterator<Item = Fate>) {
        self.0.state.lock().unwrap().fates.extend(fates.into_iter().map(|fate| (kind, fate)));
    }

    /// Happens just before the next page of a snapshot is read.
    pub(super) fn meanwhile(&self, what: impl FnOnce(&mut State) + Send + 'static) {
        self.0.state.lock().unwrap().meanwhile.push_back(Box::new(what));
    }

    pub(super) fn ring(&self, ring: Ring) {
        self.0.bell.send(ring).ok();
    }

    /// The live stream is silent from now on, or carries again.
    pub(super) fn set_bell(&self, works: bool) {
        self.0.bell_works.store(works, Ordering::SeqCst);
    }

    pub(super) fn count(&self, kind: CallKind) -> usize {
        self.look(|state| state.log.iter().filter(|call| **call == kind).count())
    }

    /// Ends once so many calls of a kind have come in.
    pub(super) async fn has_been_asked(&self, kind: CallKind, times: usize) {
        let mut calls = self.0.calls.subscribe();
        calls.wait_for(|_| self.count(kind) >= times).await.unwrap();
    }

    /// Counts a call and does to it what was ordered.
    async fn call(&self, kind: CallKind) -> Result<Option<Fate>, BackendError> {
        let fate = {
            let mut state = self.0.state.lock().unwrap();
            state.log.push(kind);
            let place = state.fates.iter().position(|(of, _)| *of == kind);
            place.and_then(|place| state.fates.remove(place)).map(|(_, fate)| fate)
        };
        self.0.calls.send_modify(|calls| *calls += 1);
        match fate {
            Some(Fate::Lost) => Err(BackendError::NoAnswer),
            Some(Fate::Busy(secs)) => Err(BackendError::Busy { retry_after: Some(Duration::from_secs(secs)) }),
            Some(Fate::Hangs) => std::future::pending().await,
            Some(Fate::Needed(reason)) => Err(BackendError::SnapshotNeeded(reason)),
            Some(Fate::Forgotten) => Err(BackendError::NotFound),
            Some(Fate::Revoked) => Err(BackendError::SessionRevoked),
            Some(Fate::Locked) => Err(BackendError::Locked),
            Some(Fate::Stale | Fate::Cut(_) | Fate::Turned) | None => Ok(fate),
        }
    }

    fn rows(&self, more: bool, rows: impl FnOnce(&State) -> Vec<Versioned>) -> Rows {
        self.look(|state| Rows { at: state.cursor(), more, rows: rows(state) })
    }
}

#[async_trait]
impl Backend for Server {
    async fn changes(&self, since: &Cursor, limit: u32) -> Result<Page, BackendError> {
        let fate = self.call(CallKind::Changes).await?;
        self.look(|state| match fate {
            Some(Fate::Cut(most)) => state.page(since, most),
            Some(Fate::Stale) => state.page(&state.cursor_at(state.horizon), limit as usize),
            Some(Fate::Turned) => {
                let mut page = state.page(since, limit as usize)?;
                page.items.reverse();
                Ok(page)
            }
            _ => state.page(since, limit as usize),
        })
    }

    async fn snapshot(&self, page: Option<&str>) -> Result<SnapshotPage, BackendError> {
        self.call(CallKind::Snapshot).await?;
        let mut state = self.0.state.lock().unwrap();
        if let Some(meanwhile) = state.meanwhile.pop_front() {
            meanwhile(&mut state);
        }
        Ok(state.snapshot(page))
    }

    async fn messages(&self, request: MessagesRequest) -> Result<Rows, BackendError> {
        self.call(CallKind::History).await?;
        let id = request.conversation_id;
        self.look(|state| state.conversation(id)).ok_or(BackendError::NotFound)?;
        let (all, limit) = (self.look(|state| state.messages(id)), request.limit as usize);
        let (chosen, more): (Vec<Message>, bool) = if let Some(after) = request.after {
            let newer: Vec<_> = all.into_iter().filter(|message| message.id > after).collect();
            let more = newer.len() > limit;
            (newer.into_iter().take(limit).collect(), more)
        } else {
            let older: Vec<_> =
                all.into_iter().filter(|message| request.before.is_none_or(|before| message.id < before)).collect();
            let skipped = older.len().saturating_sub(limit);
            (older.into_iter().skip(skipped).collect(), skipped > 0)
        };
        Ok(self.rows(more, |state| chosen.into_iter().map(|message| state.versioned(&Row::Message(message))).collect()))
    }

    async fn conversation(&self, id: ConversationId) -> Result<Rows, BackendError> {
        self.call(CallKind::History).await?;
        let row = self.look(|state| state.conversation(id)).ok_or(BackendError::NotFound)?;
        Ok(self.rows(false, |state| state.with_contact(&row)))
    }

    async fn conversations(&self, before: Option<ListPlace>, _limit: u32) -> Result<Rows, BackendError> {
        self.call(CallKind::History).await?;
        let below =
            |row: &Conversation| before.is_none_or(|place| (row.activity_at, row.id) < (place.activity_at, place.id));
        let rows: Vec<_> = self.look(State::visible).into_iter().filter(below).collect();
        let more = rows.len() > LISTED_PER_PAGE;
        Ok(self.rows(more, |state| rows.iter().take(LISTED_PER_PAGE).flat_map(|row| state.with_contact(row)).collect()))
    }

    async fn live(
        &self,
        _last: Option<&Cursor>,
    ) -> Result<BoxStream<'static, Result<Ring, BackendError>>, BackendError> {
        let bell = self.0.bell.subscribe();
        self.call(CallKind::Live).await?;
        let rings = stream::unfold(bell, |mut bell| async {
            loop {
                match bell.recv().await {
                    Ok(ring) => return Some((Ok(ring), bell)),
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            }
        });
        Ok(rings.boxed())
    }

    fn take_clock_samples(&self) -> Vec<ClockSample> {
        Vec::new()
    }

    // ---- what syncing never calls ----

    async fn about(&self) -> Result<About, BackendError> {
        Err(BackendError::NotFound)
    }

    async fn sign_in(&self, _request: SignIn) -> Result<Session, BackendError> {
        Err(BackendError::NotFound)
    }

    async fn refresh(&self, _refresh_token: &SecretString) -> Result<Tokens, BackendError> {
        Err(BackendError::NotFound)
    }

    async fn sign_out(&self) -> Result<(), BackendError> {
        Err(BackendError::NotFound)
    }

    async fn ledger(&self, _year: i32, _month: u32) -> Result<Rows, BackendError> {
        Err(BackendError::NotFound)
    }

    async fn execute(&self, _: ClientKey, _: &str, _: &Command) -> Result<CommandState, BackendError> {
        Err(BackendError::NotFound)
    }

    async fn command(&self, _key: ClientKey) -> Result<CommandState, BackendError> {
        Err(BackendError::NotFound)
    }

    async fn cancel(&self, _key: ClientKey) -> Result<CommandState, BackendError> {
        Err(BackendError::NotFound)
    }

    async fn presence(&self, _: Option<ConversationId>, _: bool) -> Result<(), BackendError> {
        Err(BackendError::NotFound)
    }

    async fn uploaded_bytes(&self, _sha256: &str) -> Result<u64, BackendError> {
        Err(BackendError::NotFound)
    }

    async fn upload(&self, _: &str, _: u64, _: u64, _: Bytes) -> Result<(), BackendError> {
        Err(BackendError::NotFound)
    }

    async fn download(
        &self,
        _id: MediaId,
        _offset: u64,
    ) -> Result<BoxStream<'static, Result<Bytes, BackendError>>, BackendError> {
        Err(BackendError::NotFound)
    }
}
