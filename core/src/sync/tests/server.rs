//! An inbox server in memory, with the faults that a test orders.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use secrecy::SecretString;
use tokio::sync::{Semaphore, broadcast, watch};

use super::feed::LISTED_PER_PAGE;
use super::world::World;
use crate::backend::{
    About, Backend, BackendError, ClockSample, CommandState, Download, MessagesRequest, Page, Ring, Rows, Session,
    SignIn, SnapshotPage, SnapshotReason, Tokens,
};
use crate::model::{
    ClientKey, Command, Conversation, ConversationId, Cursor, ListPosition, MediaId, Message, Row, Versioned,
};

/// What becomes of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Executed; the answer does not arrive.
    Lost,
    /// Events to wait so many seconds.
    Busy(u64),
    /// Never answered: the caller waits until the call is dropped.
    Hangs,
    /// Read at once, and on its way until the test lets it arrive.
    Late,
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
    /// An unreadable answer.
    Garbled,
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
    world: Mutex<World>,
    orders: Mutex<Orders>,
    bell: broadcast::Sender<Ring>,
    /// Whether the live stream carries anything.
    bell_works: AtomicBool,
    /// How many calls have come in.
    calls: watch::Sender<u64>,
    /// One permit for each late answer that may arrive.
    arrivals: Semaphore,
}

type Meanwhile = Box<dyn FnOnce(&mut World) + Send>;

/// What a test ordered, and what it can look up afterwards.
#[derive(Default)]
struct Orders {
    fates: VecDeque<(CallKind, Fate)>,
    /// What happens just before the next pages of a snapshot are read.
    meanwhile: VecDeque<Meanwhile>,
    log: Vec<CallKind>,
    /// The tokens with which pages of snapshots were asked for.
    tokens: Vec<Option<String>>,
}

impl Server {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner {
            world: Mutex::new(World::new()),
            orders: Mutex::default(),
            bell: broadcast::Sender::new(64),
            bell_works: AtomicBool::new(true),
            calls: watch::Sender::default(),
            arrivals: Semaphore::new(0),
        }))
    }

    /// Something happens, and the doorbell rings.
    pub(super) fn happens<T>(&self, what: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.0.world.lock().unwrap();
        let what = what(&mut world);
        if self.0.bell_works.load(Ordering::SeqCst) {
            self.0.bell.send(Ring::At(world.cursor())).ok();
        }
        what
    }

    /// Looks without ringing.
    pub(super) fn look<T>(&self, at: impl FnOnce(&World) -> T) -> T {
        at(&self.0.world.lock().unwrap())
    }

    /// What becomes of the next calls of a kind, in order.
    pub(super) fn next(&self, kind: CallKind, fates: impl IntoIterator<Item = Fate>) {
        self.orders().fates.extend(fates.into_iter().map(|fate| (kind, fate)));
    }

    /// Happens just before the next page of a snapshot is read.
    pub(super) fn meanwhile(&self, what: impl FnOnce(&mut World) + Send + 'static) {
        self.orders().meanwhile.push_back(Box::new(what));
    }

    /// A late answer arrives.
    pub(super) fn arrives(&self) {
        self.0.arrivals.add_permits(1);
    }

    pub(super) fn ring(&self, ring: Ring) {
        self.0.bell.send(ring).ok();
    }

    /// The live stream is silent from now on, or carries again.
    pub(super) fn set_bell(&self, works: bool) {
        self.0.bell_works.store(works, Ordering::SeqCst);
    }

    pub(super) fn count(&self, kind: CallKind) -> usize {
        self.orders().log.iter().filter(|call| **call == kind).count()
    }

    /// How many calls of any kind have come in.
    pub(super) fn calls(&self) -> usize {
        self.orders().log.len()
    }

    /// How many snapshots were begun.
    pub(super) fn snapshots_begun(&self) -> usize {
        self.orders().tokens.iter().filter(|token| token.is_none()).count()
    }

    /// Whatever was ordered to go wrong does not.
    pub(super) fn faults_stop(&self) {
        let mut orders = self.orders();
        orders.fates.clear();
        orders.meanwhile.clear();
    }

    fn orders(&self) -> MutexGuard<'_, Orders> {
        self.0.orders.lock().unwrap()
    }

    /// Ends once so many calls of a kind have come in.
    pub(super) async fn has_been_asked(&self, kind: CallKind, times: usize) {
        let mut calls = self.0.calls.subscribe();
        calls.wait_for(|_| self.count(kind) >= times).await.unwrap();
    }

    /// Counts a call and does to it what was ordered.
    async fn call(&self, kind: CallKind) -> Result<Option<Fate>, BackendError> {
        let fate = {
            let mut orders = self.orders();
            orders.log.push(kind);
            let place = orders.fates.iter().position(|(of, _)| *of == kind);
            place.and_then(|place| orders.fates.remove(place)).map(|(_, fate)| fate)
        };
        self.0.calls.send_modify(|calls| *calls += 1);
        match fate {
            Some(Fate::Lost) => Err(BackendError::NoAnswer),
            Some(Fate::Busy(secs)) => Err(BackendError::Busy { retry_after: Some(Duration::from_secs(secs)) }),
            Some(Fate::Hangs) => std::future::pending().await,
            Some(Fate::Needed(reason)) => Err(BackendError::SnapshotNeeded(reason)),
            Some(Fate::Forgotten) => Err(BackendError::NotFound),
            Some(Fate::Garbled) => Err(BackendError::NotOurs("it is not readable")),
            Some(Fate::Revoked) => Err(BackendError::SessionRevoked),
            Some(Fate::Locked) => Err(BackendError::Locked),
            Some(Fate::Late | Fate::Stale | Fate::Cut(_) | Fate::Turned) | None => Ok(fate),
        }
    }

    /// A late answer waits here.
    async fn on_its_way(&self, fate: Option<Fate>) {
        if fate == Some(Fate::Late) {
            self.0.arrivals.acquire().await.unwrap().forget();
        }
    }

    fn rows(&self, more: bool, rows: impl FnOnce(&World) -> Vec<Versioned>) -> Rows {
        self.look(|world| Rows { at: world.cursor(), more, rows: rows(world) })
    }
}

#[async_trait]
impl Backend for Server {
    async fn changes(&self, since: &Cursor, limit: u32) -> Result<Page, BackendError> {
        let fate = self.call(CallKind::Changes).await?;
        self.look(|world| match fate {
            Some(Fate::Cut(most)) => world.page(since, most),
            Some(Fate::Stale) => world.page(&world.cursor_at(world.horizon), limit as usize),
            Some(Fate::Turned) => {
                let mut page = world.page(since, limit as usize)?;
                page.items.reverse();
                Ok(page)
            }
            _ => world.page(since, limit as usize),
        })
    }

    async fn snapshot(&self, page: Option<&str>) -> Result<SnapshotPage, BackendError> {
        self.call(CallKind::Snapshot).await?;
        let meanwhile = {
            let mut orders = self.orders();
            orders.tokens.push(page.map(str::to_owned));
            orders.meanwhile.pop_front()
        };
        let mut world = self.0.world.lock().unwrap();
        if let Some(meanwhile) = meanwhile {
            meanwhile(&mut world);
        }
        Ok(world.snapshot(page))
    }

    async fn messages(&self, request: MessagesRequest) -> Result<Rows, BackendError> {
        let fate = self.call(CallKind::History).await?;
        let id = request.conversation_id;
        if self.look(|world| world.conversation(id)).is_none() {
            self.on_its_way(fate).await;
            return Err(BackendError::NotFound);
        }
        let (all, limit) = (self.look(|world| world.messages(id)), request.limit as usize);
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
        let rows = self
            .rows(more, |world| chosen.into_iter().map(|message| world.versioned(&Row::Message(message))).collect());
        self.on_its_way(fate).await;
        Ok(rows)
    }

    async fn conversation(&self, id: ConversationId) -> Result<Rows, BackendError> {
        self.call(CallKind::History).await?;
        let row = self.look(|world| world.conversation(id)).ok_or(BackendError::NotFound)?;
        Ok(self.rows(false, |world| world.with_contact(&row)))
    }

    async fn conversations(&self, before: Option<ListPosition>, _limit: u32) -> Result<Rows, BackendError> {
        self.call(CallKind::History).await?;
        let below =
            |row: &Conversation| before.is_none_or(|place| (row.activity_at, row.id) < (place.activity_at, place.id));
        let rows: Vec<_> = self.look(World::visible).into_iter().filter(below).collect();
        let more = rows.len() > LISTED_PER_PAGE;
        Ok(self.rows(more, |world| rows.iter().take(LISTED_PER_PAGE).flat_map(|row| world.with_contact(row)).collect()))
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

    async fn download(&self, _id: MediaId, _offset: u64) -> Result<Download, BackendError> {
        Err(BackendError::NotFound)
    }
}
