//! An inbox server in memory, with a network that can be cut and answers that can be lost.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use secrecy::SecretString;
use tokio::sync::watch;

use crate::backend::{
    About, AccountInfo, Backend, BackendError, ClockSample, CommandState, Download, HeldFrom, ListPosition,
    MessagesRequest, Page, Rejection, Ring, Rows, Session, SignIn, SnapshotPage, Tokens, VisibleConversation,
};
use crate::clock::{Clock, ManualClock};
use crate::model::{
    Agent, AgentId, AgentStatus, Author, Change, ChannelAccount, ChannelCapabilities, ChannelId, ChannelKind,
    ChannelState, ClientKey, Command, Contact, ContactId, Content, Conversation, ConversationId, Cursor, DeliveryFact,
    DeliveryStatus, Media, MediaId, MediaKind, MediaLimit, Message, MessageId, Op, Outgoing, Preview, ReadMarker, Row,
    RowKind, Seq, ServerWindow, Template, TemplateCategory, TemplateComponent, TemplateId, TemplateSource,
    TemplateStatus, Versioned, WindowFacts, WindowPolicy,
};

pub(super) const LEA: ConversationId = ConversationId(1);
pub(super) const MARC: AgentId = AgentId(3);
pub(super) const WHATSAPP: ChannelId = ChannelId(1);
pub(super) const BACK_SOON: TemplateId = TemplateId(5);

/// The only file that customers send.
const PHOTO: &[u8] = b"a photo";

/// What happens to the next command instead of being executed and answered.
#[derive(Debug, Clone)]
pub(super) enum Fate {
    /// Executed, and the answer is lost.
    AnswerLost,
    /// Lost on the way there.
    NeverArrives,
    /// Refused under its key.
    Refused(&'static str),
    /// Not executed.
    Busy(Duration),
    /// Executed, and the provider's answer is lost.
    Ambiguous,
    /// Executed, and its row comes neither with the answer nor with the feed: a snapshot jumped over it.
    Unseen,
}

/// The server. Clones are the same.
#[derive(Clone)]
pub(super) struct FakeInbox {
    clock: ManualClock,
    state: Arc<Mutex<State>>,
    seq: watch::Sender<i64>,
    online: watch::Sender<bool>,
    /// Questions for old messages are answered.
    history: watch::Sender<bool>,
    /// How many such questions came.
    history_asked: watch::Sender<u32>,
}

#[derive(Default)]
struct State {
    rows: BTreeMap<(RowKind, i64), Versioned>,
    log: Vec<Change>,
    became: BTreeMap<ClientKey, CommandState>,
    executed: Vec<Command>,
    fates: VecDeque<Fate>,
    presence: Vec<(Option<ConversationId>, bool)>,
    uploads: BTreeMap<String, Vec<u8>>,
    /// Where each piece of a file began, and how long it was.
    pieces: Vec<(u64, usize)>,
    /// Pieces of files that still go through before the connection is cut, once.
    cut_after_pieces: Option<usize>,
    /// So many pieces find that the server is still at work on another's.
    busy_with_pieces: usize,
    /// The next file that is fetched ends after so many bytes, as if that were all of it.
    cut_downloads_to: Option<usize>,
    /// Questions for old messages are refused.
    history_broken: bool,
    /// Keys are older than the server remembers.
    keys_expired: bool,
    /// Questions what became of a key get no useful answer.
    forgetful: bool,
    next_id: i64,
}

impl FakeInbox {
    /// A connected WhatsApp number, Marc, one template, and Léa who wrote just now.
    pub(super) fn new(clock: &ManualClock) -> Self {
        let inbox = Self {
            clock: clock.clone(),
            state: Arc::default(),
            seq: watch::Sender::new(100),
            online: watch::Sender::new(true),
            history: watch::Sender::new(true),
            history_asked: watch::Sender::default(),
        };
        inbox.state().next_id = 1000;
        inbox.put(Row::Channel(whatsapp()));
        inbox.put(Row::Agent(marc()));
        inbox.put(Row::Template(back_soon()));
        inbox.put(Row::Contact(lea()));
        inbox.put(Row::Conversation(conversation(clock.wall())));
        inbox.customer_says("Bonjour, ma commande ?");
        inbox
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn set_network(&self, there: bool) {
        self.online.send_replace(there);
    }

    pub(super) fn next_command(&self, fate: Fate) {
        self.state().fates.push_back(fate);
    }

    /// What was executed, in order.
    pub(super) fn executed(&self) -> Vec<Command> {
        self.state().executed.clone()
    }

    /// The texts that went to the customer, in order.
    pub(super) fn sent(&self) -> Vec<String> {
        let text = |command: &Command| match command {
            Command::SendMessage { content: Outgoing::Text { body }, .. } => Some(body.clone()),
            Command::SendMessage { content: Outgoing::Template { .. }, .. } => Some("(template)".to_owned()),
            _ => None,
        };
        self.executed().iter().filter_map(text).collect()
    }

    pub(super) fn presence_told(&self) -> Vec<(Option<ConversationId>, bool)> {
        self.state().presence.clone()
    }

    pub(super) fn put(&self, row: Row) -> Versioned {
        let mut state = self.state();
        let seq = Seq(*self.seq.borrow() + 1);
        let versioned = Versioned { seq, row: row.clone() };
        state.rows.insert((row.kind(), row.id()), versioned.clone());
        state.log.push(Change { seq, op: Op::Put(row) });
        self.seq.send_replace(seq.0);
        versioned
    }

    pub(super) fn take_away(&self, id: ConversationId) {
        let mut state = self.state();
        let seq = Seq(*self.seq.borrow() + 1);
        state.rows.remove(&(RowKind::Conversation, id.0));
        state.log.push(Change { seq, op: Op::Delete { kind: RowKind::Conversation, id: id.0 } });
        self.seq.send_replace(seq.0);
    }

    /// It leaves this agent's view and comes back: what is held of it is dropped and has to be
    /// fetched again.
    pub(super) fn comes_back_into_view(&self) {
        let mut row = self.conversation_row();
        row.visible_since = Seq(*self.seq.borrow() + 1);
        self.put(Row::Conversation(row));
    }

    /// Whether questions for old messages are answered.
    pub(super) fn answer_history(&self, answered: bool) {
        self.history.send_replace(answered);
    }

    /// Whether questions for old messages are refused.
    pub(super) fn break_history(&self, broken: bool) {
        self.state().history_broken = broken;
    }

    /// How often somebody has asked for old messages.
    pub(super) fn history_asked(&self) -> u32 {
        *self.history_asked.borrow()
    }

    /// Ends when somebody has asked for old messages more often than that.
    pub(super) async fn history_is_asked(&self, before: u32) {
        self.history_asked.subscribe().wait_for(|asked| *asked > before).await.unwrap();
    }

    /// How far this agent has read, by what was executed.
    pub(super) fn read_marks(&self) -> Vec<MessageId> {
        let mark = |command: &Command| match command {
            Command::MarkRead { up_to, .. } => Some(*up_to),
            _ => None,
        };
        self.executed().iter().filter_map(mark).collect()
    }

    /// The server has forgotten every key that is cancelled from now on.
    pub(super) fn forget_keys(&self) {
        self.state().keys_expired = true;
    }

    /// Cuts the connection once, after so many pieces of a file.
    pub(super) fn cut_upload_after(&self, pieces: usize) {
        self.state().cut_after_pieces = Some(pieces);
    }

    /// Refuses so many pieces of a file, because another connection is still bringing it.
    pub(super) fn refuse_pieces(&self, pieces: usize) {
        self.state().busy_with_pieces = pieces;
    }

    /// Where each piece of a file began, and how long it was.
    pub(super) fn pieces(&self) -> Vec<(u64, usize)> {
        self.state().pieces.clone()
    }

    /// Ends the next file that is fetched after so many bytes, without an error.
    pub(super) fn cut_download_to(&self, bytes: usize) {
        self.state().cut_downloads_to = Some(bytes);
    }

    /// Whether questions what became of a key get a useful answer.
    pub(super) fn set_forgetful(&self, forgetful: bool) {
        self.state().forgetful = forgetful;
    }

    /// The files that are here, by their hash.
    pub(super) fn uploads(&self) -> BTreeMap<String, Vec<u8>> {
        self.state().uploads.clone()
    }

    fn conversation_row(&self) -> Conversation {
        match self.state().rows.get(&(RowKind::Conversation, LEA.0)) {
            Some(Versioned { row: Row::Conversation(row), .. }) => row.clone(),
            _ => conversation(self.clock.wall()),
        }
    }

    pub(super) fn customer_says(&self, body: &str) -> MessageId {
        let at = self.clock.wall();
        let content = Content::Text { body: body.to_owned() };
        let message = self.message(Author::Customer, content, None);
        let mut row = self.conversation_row();
        let said = row.window.said;
        row.window = WindowFacts { last_customer_at: Some(at), opened_at: Some(at), said, ..WindowFacts::default() };
        row.last_customer_message_id = Some(message.id);
        row.waiting_since = row.waiting_since.or(Some(at));
        row.activity_at = at;
        let text = body.to_owned();
        row.preview = Some(Preview { message_id: message.id, author: Author::Customer, at, kind: "text".into(), text });
        self.put(Row::Message(message.clone()));
        self.put(Row::Conversation(row));
        message.id
    }

    /// The inbox server states a window of its own for Léa.
    pub(super) fn says_of_the_window(&self, closes_at: Option<DateTime<Utc>>) {
        let mut row = self.conversation_row();
        row.window.said = Some(ServerWindow { said_at: self.clock.wall(), closes_at });
        self.put(Row::Conversation(row));
    }

    /// The provider reports on the newest message of ours.
    pub(super) fn report(&self, status: DeliveryStatus) {
        let newest = self.state().rows.values().rev().find_map(|versioned| match &versioned.row {
            Row::Message(message) if message.author.is_ours() => Some(message.clone()),
            _ => None,
        });
        let mut message = newest.unwrap();
        message.delivery.push(DeliveryFact { attempt: 1, status, at: self.clock.wall(), error: None });
        self.put(Row::Message(message));
    }

    fn message(&self, author: Author, content: Content, client_key: Option<ClientKey>) -> Message {
        let mut state = self.state();
        state.next_id += 1;
        Message {
            id: MessageId(state.next_id),
            conversation_id: LEA,
            client_key,
            author,
            at: self.clock.wall(),
            content,
            reply_to: None,
            edited_at: None,
            deleted_at: None,
            attempt: 1,
            delivery: Vec::new(),
        }
    }

    fn there(&self) -> Result<(), BackendError> {
        if *self.online.borrow() { Ok(()) } else { Err(BackendError::NoAnswer) }
    }

    fn rows(&self, rows: Vec<Versioned>) -> Rows {
        Rows { at: Cursor(format!("e1.{}", *self.seq.borrow())), rows, more: false }
    }

    fn carry_out(&self, key: ClientKey, command: &Command) -> CommandState {
        self.state().executed.push(command.clone());
        let mut row = self.conversation_row();
        let rows = match command {
            Command::SendMessage { content, .. } => {
                let content = match content {
                    Outgoing::Text { body } => Content::Text { body: body.clone() },
                    Outgoing::Template { template_id, values } => Content::Template {
                        template_id: *template_id,
                        name: "back_soon".into(),
                        text: "Nous revenons vers vous.".into(),
                        values: values.clone(),
                    },
                    Outgoing::Reaction { to, emoji } => Content::Reaction { to: Some(*to), emoji: emoji.clone() },
                    Outgoing::Media { kind, mime, size_bytes, name, caption, voice, .. } => Content::Media(Media {
                        kind: *kind,
                        media_id: Some(MediaId(9)),
                        mime: mime.clone(),
                        size_bytes: Some(*size_bytes),
                        name: name.clone(),
                        caption: caption.clone(),
                        voice: *voice,
                    }),
                };
                let message = self.message(Author::Agent { id: MARC }, content, Some(key));
                row.waiting_since = None;
                vec![self.put(Row::Message(message)), self.put(Row::Conversation(row))]
            }
            Command::AddComment { body, mentions, .. } => {
                let content = Content::Comment { body: body.clone(), mentions: mentions.clone() };
                vec![self.put(Row::Message(self.message(Author::Agent { id: MARC }, content, Some(key))))]
            }
            Command::SetOpen { open, .. } => {
                row.open = *open;
                vec![self.put(Row::Conversation(row))]
            }
            Command::MarkRead { conversation_id, up_to, .. } => {
                vec![self.put(Row::ReadMarker(ReadMarker { conversation_id: *conversation_id, up_to: *up_to }))]
            }
            _ => Vec::new(),
        };
        CommandState::Applied(self.rows(rows))
    }
}

#[async_trait]
impl Backend for FakeInbox {
    async fn about(&self) -> Result<About, BackendError> {
        self.there()?;
        Ok(About { server_id: "fake".into(), name: "Fake".into(), protocol: 1, upload_most_bytes: 3_000_000 })
    }

    async fn sign_in(&self, _: SignIn) -> Result<Session, BackendError> {
        self.there()?;
        let access_until = "2027-01-01T00:00:00Z".parse().unwrap();
        let tokens = Tokens { access: "a".into(), access_until, refresh: "r".into() };
        Ok(Session { tokens, agent: marc(), account: atelier_nord(true) })
    }

    async fn refresh(&self, _: &SecretString) -> Result<Tokens, BackendError> {
        Err(BackendError::NoAnswer)
    }

    async fn sign_out(&self) -> Result<(), BackendError> {
        self.there()
    }

    async fn changes(&self, since: &Cursor, _: u32) -> Result<Page, BackendError> {
        self.there()?;
        let from: i64 = since.0.strip_prefix("e1.").unwrap().parse().unwrap();
        let state = self.state();
        let to = Cursor(format!("e1.{}", *self.seq.borrow()));
        let items = state.log.iter().filter(|change| change.seq.0 > from).cloned().collect();
        Ok(Page { from: since.clone(), to, more: false, items })
    }

    async fn snapshot(&self, _: Option<&str>) -> Result<SnapshotPage, BackendError> {
        self.there()?;
        let state = self.state();
        let rows: Vec<Versioned> = state.rows.values().cloned().collect();
        let visible = rows.iter().filter_map(|versioned| match &versioned.row {
            Row::Conversation(row) => {
                Some(VisibleConversation { id: row.id, seq: versioned.seq, messages_seq: row.messages_seq })
            }
            _ => None,
        });
        Ok(SnapshotPage {
            epoch: "e1".into(),
            at: Cursor(format!("e1.{}", *self.seq.borrow())),
            next: None,
            newest: vec![HeldFrom { conversation_id: LEA, from: None }],
            visible: visible.collect(),
            rows,
            complete: true,
        })
    }

    async fn messages(&self, _: MessagesRequest) -> Result<Rows, BackendError> {
        self.there()?;
        self.history_asked.send_modify(|asked| *asked += 1);
        if self.state().history_broken {
            return Err(BackendError::Refused { code: "not_allowed".into(), detail: String::new() });
        }
        self.history.subscribe().wait_for(|open| *open).await.ok();
        let messages = self.state().rows.values().filter(|row| row.row.kind() == RowKind::Message).cloned().collect();
        Ok(self.rows(messages))
    }

    async fn conversation(&self, id: ConversationId) -> Result<Rows, BackendError> {
        self.there()?;
        let row = self.state().rows.get(&(RowKind::Conversation, id.0)).cloned().ok_or(BackendError::NotFound)?;
        Ok(self.rows(vec![row]))
    }

    async fn conversations(&self, _: Option<ListPosition>, _: u32) -> Result<Rows, BackendError> {
        self.there()?;
        Ok(self.rows(Vec::new()))
    }

    async fn ledger(&self, _: i32, _: u32) -> Result<Rows, BackendError> {
        self.there()?;
        Ok(self.rows(Vec::new()))
    }

    async fn execute(&self, key: ClientKey, _: &str, command: &Command) -> Result<CommandState, BackendError> {
        self.there()?;
        if let Some(state) = self.state().became.get(&key) {
            return Ok(state.clone());
        }
        let fate = match command {
            Command::SendMessage { .. } => self.state().fates.pop_front(),
            _ => None,
        };
        let (state, answer) = match fate {
            None => {
                let state = self.carry_out(key, command);
                (Some(state.clone()), Ok(state))
            }
            Some(Fate::AnswerLost) => (Some(self.carry_out(key, command)), Err(BackendError::NoAnswer)),
            Some(Fate::NeverArrives) => (None, Err(BackendError::NoAnswer)),
            Some(Fate::Busy(span)) => (None, Err(BackendError::Busy { retry_after: Some(span) })),
            Some(Fate::Refused(code)) => {
                let rejection = Rejection { code: code.into(), detail: String::new(), window: None };
                let state = CommandState::Rejected(rejection);
                (Some(state.clone()), Ok(state))
            }
            Some(Fate::Unseen) => {
                let changes = self.state().log.len();
                let CommandState::Applied(rows) = self.carry_out(key, command) else { unreachable!() };
                self.state().log.truncate(changes);
                (Some(CommandState::Accepted(rows)), Ok(CommandState::Accepted(self.rows(Vec::new()))))
            }
            Some(Fate::Ambiguous) => {
                let CommandState::Applied(rows) = self.carry_out(key, command) else { unreachable!() };
                let state = CommandState::Ambiguous(rows);
                (Some(state.clone()), Ok(state))
            }
        };
        if let Some(state) = state {
            self.state().became.insert(key, state);
        }
        answer
    }

    async fn command(&self, key: ClientKey) -> Result<CommandState, BackendError> {
        self.there()?;
        if self.state().forgetful {
            return Ok(CommandState::Pending);
        }
        Ok(self.state().became.get(&key).cloned().unwrap_or(CommandState::NotFound))
    }

    async fn cancel(&self, key: ClientKey) -> Result<CommandState, BackendError> {
        self.there()?;
        if self.state().keys_expired {
            return Err(BackendError::Refused { code: "key_expired".into(), detail: String::new() });
        }
        Ok(self.state().became.entry(key).or_insert(CommandState::Cancelled).clone())
    }

    async fn live(&self, _: Option<&Cursor>) -> Result<BoxStream<'static, Result<Ring, BackendError>>, BackendError> {
        self.there()?;
        let online = self.online.subscribe();
        let rings = stream::unfold((self.seq.subscribe(), online), |(mut seq, mut online)| async move {
            let changed = tokio::select! {
                changed = seq.changed() => changed.is_ok(),
                _ = online.wait_for(|online| !online) => false,
            };
            if !changed {
                return None;
            }
            let at = Cursor(format!("e1.{}", *seq.borrow_and_update()));
            Some((Ok(Ring::At(at)), (seq, online)))
        });
        Ok(rings.boxed())
    }

    async fn presence(&self, conversation: Option<ConversationId>, answering: bool) -> Result<(), BackendError> {
        self.there()?;
        self.state().presence.push((conversation, answering));
        Ok(())
    }

    async fn uploaded_bytes(&self, sha256: &str) -> Result<u64, BackendError> {
        self.there()?;
        Ok(self.state().uploads.get(sha256).map_or(0, |held| held.len() as u64))
    }

    async fn upload(&self, sha256: &str, offset: u64, _: u64, piece: Bytes) -> Result<(), BackendError> {
        self.there()?;
        let mut state = self.state();
        match state.cut_after_pieces {
            Some(0) => {
                state.cut_after_pieces = None;
                return Err(BackendError::NoAnswer);
            }
            Some(pieces) => state.cut_after_pieces = Some(pieces - 1),
            None => {}
        }
        let busy = state.busy_with_pieces > 0;
        state.busy_with_pieces = state.busy_with_pieces.saturating_sub(1);
        let held = state.uploads.entry(sha256.to_owned()).or_default();
        if busy || held.len() as u64 != offset {
            return Err(BackendError::Refused { code: "upload_offset".into(), detail: String::new() });
        }
        held.extend_from_slice(&piece);
        state.pieces.push((offset, piece.len()));
        Ok(())
    }

    async fn download(&self, _: MediaId, offset: u64) -> Result<Download, BackendError> {
        self.there()?;
        let rest = PHOTO.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
        // Some proxy ends the answer early and says nothing of it.
        let sent = self.state().cut_downloads_to.take().map_or(rest.len(), |most| most.min(rest.len()));
        let pieces = stream::iter([Ok(Bytes::from_static(&rest[..sent]))]).boxed();
        Ok(Download { total_bytes: Some(PHOTO.len() as u64), pieces })
    }

    fn take_clock_samples(&self) -> Vec<ClockSample> {
        vec![ClockSample { server: self.clock.wall(), boot: self.clock.boot(), round_trip: Duration::ZERO }]
    }
}

pub(super) fn atelier_nord(conversations: bool) -> AccountInfo {
    AccountInfo {
        id: 1,
        name: "Atelier Nord".into(),
        conversations,
        utc_offset_minutes: 60,
        offset_changes: Vec::new(),
    }
}

pub(super) fn marc() -> Agent {
    Agent {
        id: MARC,
        name: "Marc".into(),
        status: AgentStatus::Online,
        status_since: DateTime::UNIX_EPOCH,
        administrator: false,
        groups: Vec::new(),
    }
}

fn lea() -> Contact {
    Contact {
        id: ContactId(88),
        name: "Léa Martin".into(),
        phone: Some("33612345678".into()),
        bsuid: None,
        username: None,
        language: None,
        attributes: BTreeMap::new(),
    }
}

fn whatsapp() -> ChannelAccount {
    ChannelAccount {
        id: WHATSAPP,
        kind: ChannelKind::Whatsapp,
        name: "Atelier Nord".into(),
        address: Some("33199000001".into()),
        state: ChannelState::Connected,
        notice: None,
        window: WindowPolicy {
            length_ms: Some(TimeDelta::hours(24).num_milliseconds()),
            human_agent_ms: None,
            reactions_count: false,
            unsupported_counts: true,
            request_welcome_counts: false,
            number_change_keeps_window: false,
        },
        capabilities: ChannelCapabilities {
            media: vec![MediaLimit { kind: MediaKind::Image, max_bytes: 2_000_000, mime: vec!["image/jpeg".into()] }],
            templates: true,
            quotes: true,
            reactions: true,
            delivery_reports: true,
            read_reports: true,
            tells_customer_read: true,
            ..ChannelCapabilities::default()
        },
        tariff: None,
    }
}

fn back_soon() -> Template {
    Template {
        id: BACK_SOON,
        channel_id: WHATSAPP,
        name: "back_soon".into(),
        language: "fr".into(),
        category: TemplateCategory::Utility,
        source: TemplateSource::Conversations,
        status: TemplateStatus::Approved,
        reason: None,
        components: vec![TemplateComponent::Body { text: "Nous revenons vers vous.".into() }],
    }
}

fn conversation(now: DateTime<Utc>) -> Conversation {
    Conversation {
        id: LEA,
        channel_id: WHATSAPP,
        contact_id: ContactId(88),
        open: true,
        assignee: None,
        group: None,
        activity_at: now,
        preview: None,
        last_customer_message_id: None,
        waiting_since: None,
        window: WindowFacts::default(),
        cover: None,
        visible_since: Seq(1),
        messages_seq: Seq(0),
        joined: Vec::new(),
    }
}
