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

use super::data::Data;
use crate::backend::{
    About, Backend, BackendError, ClockSample, CommandState, Download, ListPlace, MessagesRequest, Page, Presence,
    Rejection, Ring, Rows, Session, SignIn, SnapshotPage, Tokens,
};
use crate::clock::{Clock, ManualClock};
use crate::model::{
    Agent, Assignee, Author, ClientKey, Command, Content, Conversation, ConversationId, Cursor, DeliveryFact,
    DeliveryStatus, MediaId, Message, MessageId, Outgoing, Preview, ReadMarker, Row, Seq, Template, TemplateId,
    TemplateSource, TemplateStatus, Versioned,
};
use crate::rules::template::preview;
use crate::store::{Store, StoreError};

/// Versions and ids given from here on are above those of the file.
const FIRST: i64 = 1_000_000;

/// An inbox server in memory.
pub(super) struct SampleServer {
    /// Where the phone keeps what it knows, which is all there is.
    store: Store,
    clock: Arc<ManualClock>,
    at: Cursor,
    me: Agent,
    presence: Vec<Presence>,
    next: AtomicI64,
}

impl SampleServer {
    pub(super) fn new(store: Store, clock: Arc<ManualClock>, at: Cursor, data: Data) -> Self {
        Self { store, clock, at, me: data.me, presence: data.presence, next: AtomicI64::new(FIRST) }
    }

    fn next(&self) -> i64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn rows(&self, rows: Vec<Row>) -> Rows {
        let versioned = |row| Versioned { seq: Seq(self.next()), row };
        Rows { at: self.at.clone(), rows: rows.into_iter().map(versioned).collect(), more: false }
    }

    /// What a command changes; none: this server cannot do that.
    async fn carry_out(&self, key: ClientKey, command: &Command) -> Result<Option<Vec<Row>>, StoreError> {
        let now = self.clock.now();
        Ok(Some(match command {
            Command::SendMessage { conversation_id, content, reply_to } => {
                let Some(content) = self.content(content).await? else { return Ok(None) };
                let message = self.message(*conversation_id, key, content, *reply_to, now);
                self.moved(message, now).await?
            }
            Command::AddComment { conversation_id, body, mentions } => {
                let content = Content::Comment { body: body.clone(), mentions: mentions.clone() };
                vec![Row::Message(self.message(*conversation_id, key, content, None, now))]
            }
            Command::RetryMessage { message_id, .. } => {
                let id = *message_id;
                let held = self.store.read(move |cache| cache.message(id)).await?;
                let again = |mut message: Message| {
                    message.attempt += 1;
                    message.delivery.push(sent(message.attempt, now));
                    Row::Message(message)
                };
                held.into_iter().map(|stored| again(stored.message)).collect()
            }
            Command::Assign { conversation_id, to, .. } => {
                self.changed(*conversation_id, |row| {
                    (row.assignee, row.group) = match to {
                        Assignee::Agent(id) => (Some(*id), None),
                        Assignee::Group(id) => (None, Some(*id)),
                        Assignee::None => (None, None),
                    };
                })
                .await?
            }
            Command::SetOpen { conversation_id, open, .. } => {
                self.changed(*conversation_id, |row| row.open = *open).await?
            }
            Command::MarkRead { conversation_id, up_to, .. } => {
                vec![Row::ReadMarker(ReadMarker { conversation_id: *conversation_id, up_to: *up_to })]
            }
            Command::SetStatus { status } => {
                vec![Row::Agent(Agent { status: *status, status_since: now, ..self.me.clone() })]
            }
            Command::RefreshTemplates { .. } => Vec::new(),
            Command::CreateTemplate { channel_id, name, language, category, components, .. } => {
                vec![Row::Template(Template {
                    id: TemplateId(self.next()),
                    channel_id: *channel_id,
                    name: name.clone(),
                    language: language.clone(),
                    category: *category,
                    source: TemplateSource::Conversations,
                    status: TemplateStatus::Pending,
                    reason: None,
                    components: components.clone(),
                })]
            }
        }))
    }

    /// None: there is no file behind it.
    async fn content(&self, content: &Outgoing) -> Result<Option<Content>, StoreError> {
        Ok(match content {
            Outgoing::Text { body } => Some(Content::Text { body: body.clone() }),
            Outgoing::Reaction { to, emoji } => Some(Content::Reaction { to: Some(*to), emoji: emoji.clone() }),
            Outgoing::Template { template_id, values } => {
                let id = *template_id;
                let template = self.store.read(move |cache| cache.template(id)).await?;
                template.map(|template| Content::Template {
                    template_id: id,
                    text: preview(&template, values).text,
                    name: template.name,
                    values: values.clone(),
                })
            }
            Outgoing::Media { .. } => None,
        })
    }

    fn message(
        &self,
        conversation_id: ConversationId,
        key: ClientKey,
        content: Content,
        reply_to: Option<MessageId>,
        at: DateTime<Utc>,
    ) -> Message {
        let delivery = if matches!(content, Content::Comment { .. }) { Vec::new() } else { vec![sent(1, at)] };
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
            delivery,
        }
    }

    /// A message and its conversation, which moves up in the list.
    async fn moved(&self, message: Message, now: DateTime<Utc>) -> Result<Vec<Row>, StoreError> {
        let preview = Preview {
            message_id: message.id,
            author: message.author,
            at: now,
            kind: message.content.kind().to_owned(),
            text: message.content.text().to_owned(),
        };
        let mut rows = self
            .changed(message.conversation_id, |row| {
                row.activity_at = now;
                row.waiting_since = None;
                row.preview = Some(preview);
            })
            .await?;
        rows.push(Row::Message(message));
        Ok(rows)
    }

    async fn changed(
        &self,
        id: ConversationId,
        change: impl FnOnce(&mut Conversation),
    ) -> Result<Vec<Row>, StoreError> {
        let held = self.store.read(move |cache| cache.conversation(id)).await?;
        Ok(held
            .map(|stored| {
                let mut row = stored.conversation;
                change(&mut row);
                Row::Conversation(row)
            })
            .into_iter()
            .collect())
    }
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

    async fn conversations(&self, _: Option<ListPlace>, _: u32) -> Result<Rows, BackendError> {
        Ok(self.rows(Vec::new()))
    }

    async fn ledger(&self, _: i32, _: u32) -> Result<Rows, BackendError> {
        Ok(self.rows(Vec::new()))
    }

    async fn execute(&self, key: ClientKey, _: &str, command: &Command) -> Result<CommandState, BackendError> {
        let refused = || Rejection { code: "not_supported".to_owned(), detail: String::new(), window: None };
        match self.carry_out(key, command).await {
            Ok(Some(rows)) => Ok(CommandState::Applied(self.rows(rows))),
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
        let there = stream::iter([Ok(Ring::Presence(self.presence.clone()))]);
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
        vec![ClockSample { server: self.clock.wall(), boot: self.clock.boot(), round_trip: Duration::ZERO }]
    }
}
