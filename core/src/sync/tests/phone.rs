//! A phone in a temporary folder.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;

use super::server::Server;
use super::world::World;
use crate::clock::ManualClock;
use crate::log::Log;
use crate::model::{Agent, Conversation, ConversationId, Cursor, Message, MessageId};
use crate::session::{OffsetKeeper, SavedOffset, ServerClock};
use crate::store::{Around, HistoryPart, InboxFilter, Overlays, Slice, Store, StoreEvent, StoredConversation, Whose};
use crate::sync::{SyncParts, SyncState, SyncStatus, Syncer};

/// More than any test writes.
const ALL: usize = 10_000;

/// However slow the machine is, nothing here takes so long.
const STUCK: Duration = Duration::from_secs(60);

pub(super) struct Phone {
    folder: TempDir,
    pub(super) clock: ManualClock,
    pub(super) store: Store,
    pub(super) sync: Syncer,
    pub(super) events: Arc<Events>,
    server: Server,
}

/// The events that the app received.
#[derive(Default)]
pub(super) struct Events(Mutex<Vec<StoreEvent>>);

impl Events {
    pub(super) fn take(&self) -> Vec<StoreEvent> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Events {
    fn by(store: &Store) -> Arc<Self> {
        let events = Arc::new(Self::default());
        let hears = events.clone();
        store.subscribe(move |events| hears.0.lock().unwrap().extend(events));
        events
    }
}

struct Forgetful;

#[async_trait]
impl OffsetKeeper for Forgetful {
    async fn load(&self) -> Option<SavedOffset> {
        None
    }

    async fn save(&self, _offset: &SavedOffset) {}
}

/// What an agent can see, in comparable form.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) conversations: BTreeMap<ConversationId, SeenConversation>,
    pub(super) agents: Vec<Agent>,
}

#[derive(Debug, PartialEq)]
pub(super) struct SeenConversation {
    pub(super) row: Conversation,
    pub(super) contact: Option<String>,
    pub(super) marker: Option<MessageId>,
    pub(super) messages: Vec<Message>,
}

impl Seen {
    /// The same, piece by piece: a whole inbox is too long to read in a failure.
    pub(super) fn is(&self, other: &Self) {
        assert_eq!(self.agents, other.agents);
        let ids = |seen: &Self| seen.conversations.keys().copied().collect::<Vec<_>>();
        assert_eq!(ids(self), ids(other), "the conversations");
        for (id, mine) in &self.conversations {
            let theirs = &other.conversations[id];
            let ids = |seen: &SeenConversation| seen.messages.iter().map(|message| message.id).collect::<Vec<_>>();
            assert_eq!(ids(mine), ids(theirs), "the messages of {id}");
            assert_eq!(mine, theirs);
        }
    }

    /// The truth.
    pub(super) fn at(server: &Server) -> Self {
        server.look(|world: &World| {
            let seen = |row: Conversation| {
                let seen = SeenConversation {
                    contact: world.contact_name(row.contact_id),
                    marker: world.marker(row.id),
                    messages: world.messages(row.id),
                    row,
                };
                (seen.row.id, seen)
            };
            let mut agents = world.agents();
            agents.sort_by_key(|agent| agent.id);
            Self { conversations: world.visible().into_iter().map(seen).collect(), agents }
        })
    }
}

impl Phone {
    /// A new phone that has begun to sync.
    pub(super) async fn new(server: &Server) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap());
        Self::start(folder, clock, server).await
    }

    async fn start(folder: TempDir, clock: ManualClock, server: &Server) -> Self {
        let (store, _) = Store::open(folder.path()).unwrap();
        let events = Events::by(&store);
        let shared = Arc::new(clock.clone());
        let parts = SyncParts {
            store: store.clone(),
            backend: Arc::new(server.clone()),
            clock: shared.clone(),
            log: Log::without_sink(shared.clone()),
            server_clock: Arc::new(ServerClock::open(shared, Arc::new(Forgetful)).await),
        };
        Self { folder, clock, store, sync: Syncer::start(parts).await, events, server: server.clone() }
    }

    /// The process is killed and started again.
    pub(super) async fn killed_and_started(self) -> Self {
        let Self { folder, clock, store, sync, server, .. } = self;
        drop(sync);
        store.close().await;
        Self::start(folder, clock, &server).await
    }

    /// Lets time pass until `done` ends.
    pub(super) async fn as_time_passes<T>(&self, done: impl Future<Output = T>) -> T {
        let mut done = std::pin::pin!(done);
        let begun = std::time::Instant::now();
        loop {
            tokio::select! {
                biased;
                ended = &mut done => return ended,
                () = tokio::time::sleep(Duration::from_millis(1)) => self.clock.advance(Duration::from_secs(2)),
            }
            assert!(begun.elapsed() < STUCK, "stuck: {:?}", self.status());
        }
    }

    /// Ends when everything that is at the server now is here, however often it takes.
    pub(super) async fn has_all(&self) {
        self.as_time_passes(async { while !self.sync.catch_up().await {} }).await;
    }

    pub(super) fn status(&self) -> SyncStatus {
        self.sync.status().borrow().clone()
    }

    /// Ends when this can be said of the connection.
    pub(super) async fn is(&self, state: SyncState) {
        let mut status = self.sync.status();
        let reached = status.wait_for(|status| status.state == state);
        let reached = tokio::time::timeout(STUCK, reached).await;
        assert!(reached.is_ok(), "never {state:?}: {:?}", self.status());
    }

    pub(super) async fn cursor(&self) -> Option<Cursor> {
        self.store.read(|cache| cache.cursor()).await.unwrap()
    }

    /// The bodies of the messages in hand, oldest first.
    pub(super) async fn texts(&self, id: ConversationId) -> Vec<String> {
        let slice = self.store.read(move |cache| cache.messages(id, Around::Newest, ALL)).await.unwrap();
        slice.messages.iter().map(|held| held.message.content.text().to_owned()).collect()
    }

    /// Scrolls down the whole list and up every conversation.
    pub(super) async fn scrolls_everywhere(&self) {
        while self.sync.fill_list().await.unwrap() {}
        for id in self.list().await {
            for _ in 0..ALL {
                let slice = self.store.read(move |cache| cache.messages(id, Around::Newest, ALL)).await.unwrap();
                let asked = match slice.holes.last() {
                    _ if slice.stale => HistoryPart::Newest,
                    Some(hole) => hole.before.map_or(HistoryPart::Newest, HistoryPart::Before),
                    None => break,
                };
                self.sync.fill(id, asked).await.unwrap();
            }
        }
    }

    async fn list(&self) -> Vec<ConversationId> {
        let rows = self.store.read(|cache| cache.inbox(&everything(), None, ALL)).await.unwrap();
        rows.into_iter().map(|held| held.conversation.id).collect()
    }

    /// What this phone shows, as far as it is in hand.
    pub(super) async fn sees(&self) -> Seen {
        let mut agents = self.store.read(|cache| cache.agents()).await.unwrap();
        agents.sort_by_key(|agent| agent.id);
        let seen = |(held, slice): (StoredConversation, Slice)| {
            let conversation = SeenConversation {
                row: held.conversation,
                contact: held.contact.map(|contact| contact.name),
                marker: held.marker,
                messages: slice.messages.into_iter().map(|held| held.message).collect(),
            };
            (conversation.row.id, conversation)
        };
        Seen { conversations: self.in_hand().await.into_iter().map(seen).collect(), agents }
    }

    /// Nothing in hand differs from the server without being known to be stale.
    pub(super) async fn holds_nothing_wrong(&self) {
        let truth = Seen::at(&self.server);
        assert_eq!(self.sees().await.agents, truth.agents);
        for (held, slice) in self.in_hand().await {
            let id = held.conversation.id;
            let real = truth.conversations.get(&id).unwrap_or_else(|| panic!("{id} is not in view and in hand"));
            if !held.stale {
                assert_eq!(held.conversation, real.row);
            }
            if slice.stale {
                continue;
            }
            let messages: Vec<Message> = slice.messages.into_iter().map(|held| held.message).collect();
            if slice.holes.is_empty() {
                assert_eq!(messages, real.messages, "of {id}");
            }
            for message in messages {
                assert!(real.messages.contains(&message), "{} of {id} is not as at the server", message.id);
            }
        }
    }

    /// Every conversation with its messages, all of one moment.
    async fn in_hand(&self) -> Vec<(StoredConversation, Slice)> {
        self.store
            .read(|cache| {
                let rows = cache.inbox(&everything(), None, ALL)?.into_iter();
                rows.map(|row| Ok((row.clone(), cache.messages(row.conversation.id, Around::Newest, ALL)?))).collect()
            })
            .await
            .unwrap()
    }
}

fn everything() -> InboxFilter {
    InboxFilter {
        whose: Whose::All,
        channel: None,
        open: None,
        unread_only: false,
        unanswered_only: false,
        closing: None,
        overlays: Overlays::default(),
    }
}
