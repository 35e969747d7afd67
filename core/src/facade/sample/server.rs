//! The sample's inbox server: everything is on the phone already, and every command is taken at
//! once.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use secrecy::SecretString;

use super::data::{Data, preview};
use crate::backend::{
    About, Backend, BackendError, ClockSample, CommandState, Download, ListPosition, MessagesRequest, Page, Presence,
    Rejection, Ring, Rows, Session, SignIn, SnapshotPage, Tokens,
};
use crate::clock::{Clock, ManualClock};
use crate::model::{
    Agent, Assignee, Author, Change, ClientKey, Command, Content, ConversationId, Cursor, DeliveryFact, DeliveryStatus,
    MediaId, Message, MessageId, Op, Outgoing, ReadMarker, Row, Seq, Template, TemplateId, TemplateSource,
    TemplateStatus, Versioned,
};
use crate::rules::template;
use crate::store::{CacheReader, Store, StoreError};

/// Versions and ids given from here on are above those of the file.
const FIRST: i64 = 1_000_000;

/// An inbox server in memory.
pub(super) struct SampleServer {
    /// Where the phone keeps what it knows, which is all there is.
    store: Store,
    desk: Arc<Desk>,
}

struct Desk {
    clock: Arc<ManualClock>,
    me: Agent,
    presence: Vec<Presence>,
    /// What a phone does not have that has read up to `from`.
    news: Page,
    next: AtomicI64,
}

impl SampleServer {
    /// A phone begins with what is in `store`, and at `from`.
    pub(super) fn new(store: Store, clock: Arc<ManualClock>, from: Cursor, data: Data) -> Self {
        let news: Vec<Change> =
            data.news.into_iter().zip((FIRST..).map(Seq)).map(|(row, seq)| Change { seq, op: Op::Put(row) }).collect();
        let next = FIRST.saturating_add(i64::try_from(news.len()).unwrap_or_default());
        let news = Page { from, to: Cursor("news".to_owned()), more: false, items: news };
        let desk = Desk { clock, me: data.me, presence: data.presence, news, next: AtomicI64::new(next) };
        Self { store, desk: Arc::new(desk) }
    }
}

impl Desk {
    fn next(&self) -> i64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn rows(&self, rows: Vec<Row>) -> Rows {
        let versioned = |row| Versioned { seq: Seq(self.next()), row };
        Rows { at: self.news.to.clone(), rows: rows.into_iter().map(versioned).collect(), more: false }
    }

    /// What a command changes; none: this server cannot do that.
    fn carry_out(
        &self,
        cache: &CacheReader<'_>,
        key: ClientKey,
        command: &Command,
    ) -> Result<Option<Vec<Row>>, StoreError> {
        let now = self.clock.now();
        let mut row = match command.conversation_id() {
            Some(id) => cache.conversation(id)?.map(|stored| stored.conversation),
            None => None,
        };
        let mut rows = Vec::new();
        match command {
            Command::SendMessage { conversation_id, content, reply_to } => {
                let Some(content) = said(cache, content)? else { return Ok(None) };
                let delivery = vec![sent(1, now)];
                let message = Message { delivery, ..self.message(*conversation_id, key, content, *reply_to, now) };
                if let Some(row) = &mut row {
                    row.activity_at = now;
                    row.waiting_since = None;
                    row.preview = Some(preview(&message));
                }
                rows.push(Row::Message(message));
            }
            Command::AddComment { conversation_id, body, mentions } => {
                let content = Content::Comment { body: body.clone(), mentions: mentions.clone() };
                rows.push(Row::Message(self.message(*conversation_id, key, content, None, now)));
            }
            Command::RetryMessage { message_id, .. } => {
                if let Some(mut message) = cache.message(*message_id)?.map(|stored| stored.message) {
                    message.attempt += 1;
                    message.delivery.push(sent(message.attempt, now));
                    rows.push(Row::Message(message));
                }
            }
            Command::Assign { to, .. } => {
                if let Some(row) = &mut row {
                    (row.assignee, row.group) = match to {
                        Assignee::Agent(id) => (Some(*id), None),
                        Assignee::Group(id) => (None, Some(*id)),
                        Assignee::None => (None, None),
                    };
                }
            }
            Command::SetOpen { open, .. } => row.iter_mut().for_each(|row| row.open = *open),
            Command::MarkRead { conversation_id, up_to, .. } => {
                rows.push(Row::ReadMarker(ReadMarker { conversation_id: *conversation_id, up_to: *up_to }));
            }
            Command::SetStatus { status } => {
                rows.push(Row::Agent(Agent { status: *status, status_since: now, ..self.me.clone() }));
            }
            Command::RefreshTemplates { .. } => {}
            Command::CreateTemplate { channel_id, name, language, category, components, .. } => {
                rows.push(Row::Template(Template {
                    id: TemplateId(self.next()),
                    channel_id: *channel_id,
                    name: name.clone(),
                    language: language.clone(),
                    category: *category,
                    source: TemplateSource::Conversations,
                    status: TemplateStatus::Pending,
                    reason: None,
                    components: components.clone(),
                }));
            }
        }
        rows.extend(row.map(Row::Conversation));
        Ok(Some(rows))
    }

    fn message(
        &self,
        conversation_id: ConversationId,
        key: ClientKey,
        content: Content,
        reply_to: Option<MessageId>,
        at: DateTime<Utc>,
    ) -> Message {
        Message {
            id: MessageId(self.next()),
            conversation_id,
            client_key: Some(key),
            author: Author::Agent { id: self.me.id },
            at,
            content,
            reply_to,
            edited_at: None,
            deleted_at: None,
            attempt: 1,
            delivery: Vec::new(),
        }
    }
}

/// None: there is no file behind it.
fn said(cache: &CacheReader<'_>, content: &Outgoing) -> Result<Option<Content>, StoreError> {
    Ok(match content {
        Outgoing::Text { body } => Some(Content::Text { body: body.clone() }),
        Outgoing::Reaction { to, emoji } => Some(Content::Reaction { to: Some(*to), emoji: emoji.clone() }),
        Outgoing::Template { template_id, values } => cache.template(*template_id)?.map(|template| Content::Template {
            template_id: *template_id,
            text: template::preview(&template, values).text,
            name: template.name,
            values: values.clone(),
        }),
        Outgoing::Media { .. } => None,
    })
}

fn sent(attempt: u32, at: DateTime<Utc>) -> DeliveryFact {
    DeliveryFact { attempt, status: DeliveryStatus::Sent, at, error: None }
}

#[async_trait]
impl Backend for SampleServer {
    async fn about(&self) -> Result<About, BackendError> {
        Err(BackendError::NoAnswer)
    }

    async fn sign_in(&self, _: SignIn) -> Result<Session, BackendError> {
        Err(BackendError::NoAnswer)
    }

    async fn refresh(&self, _: &SecretString) -> Result<Tokens, BackendError> {
        Err(BackendError::NoAnswer)
    }

    async fn sign_out(&self) -> Result<(), BackendError> {
        Ok(())
    }

    async fn changes(&self, since: &Cursor, _: u32) -> Result<Page, BackendError> {
        if *since == self.desk.news.from {
            return Ok(self.desk.news.clone());
        }
        Ok(Page { from: since.clone(), to: since.clone(), more: false, items: Vec::new() })
    }

    async fn snapshot(&self, _: Option<&str>) -> Result<SnapshotPage, BackendError> {
        Err(BackendError::NoAnswer)
    }

    async fn messages(&self, _: MessagesRequest) -> Result<Rows, BackendError> {
        Err(BackendError::NoAnswer)
    }

    async fn conversation(&self, _: ConversationId) -> Result<Rows, BackendError> {
        Err(BackendError::NotFound)
    }

    async fn conversations(&self, _: Option<ListPosition>, _: u32) -> Result<Rows, BackendError> {
        Ok(self.desk.rows(Vec::new()))
    }

    async fn ledger(&self, _: i32, _: u32) -> Result<Rows, BackendError> {
        Ok(self.desk.rows(Vec::new()))
    }

    async fn execute(&self, key: ClientKey, _: &str, command: &Command) -> Result<CommandState, BackendError> {
        let (desk, command) = (self.desk.clone(), command.clone());
        let refused = || Rejection { code: "not_supported".to_owned(), detail: String::new(), window: None };
        match self.store.read(move |cache| desk.carry_out(cache, key, &command)).await {
            Ok(Some(rows)) => Ok(CommandState::Applied(self.desk.rows(rows))),
            Ok(None) => Ok(CommandState::Rejected(refused())),
            Err(_) => Err(BackendError::NoAnswer),
        }
    }

    async fn command(&self, _: ClientKey) -> Result<CommandState, BackendError> {
        Ok(CommandState::NotFound)
    }

    async fn cancel(&self, _: ClientKey) -> Result<CommandState, BackendError> {
        Ok(CommandState::Cancelled)
    }

    async fn live(&self, _: Option<&Cursor>) -> Result<BoxStream<'static, Result<Ring, BackendError>>, BackendError> {
        let there = stream::iter([Ok(Ring::Presence(self.desk.presence.clone()))]);
        Ok(there.chain(stream::pending()).boxed())
    }

    async fn presence(&self, _: Option<ConversationId>, _: bool) -> Result<(), BackendError> {
        Ok(())
    }

    async fn uploaded_bytes(&self, _: &str) -> Result<u64, BackendError> {
        Err(BackendError::NoAnswer)
    }

    async fn upload(&self, _: &str, _: u64, _: u64, _: Bytes) -> Result<(), BackendError> {
        Err(BackendError::NoAnswer)
    }

    async fn download(&self, _: MediaId, _: u64) -> Result<Download, BackendError> {
        Err(BackendError::NotFound)
    }

    fn take_clock_samples(&self) -> Vec<ClockSample> {
        let clock = &self.desk.clock;
        vec![ClockSample { server: clock.wall(), boot: clock.boot(), round_trip: Duration::ZERO }]
    }
}
