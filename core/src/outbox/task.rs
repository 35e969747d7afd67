//! The task that empties the outbox: wait for a reason, read what waits, ask the machine what to
//! do, do it, write what happened.
//!
//! It may be ended at any point. What was on the wire is then unknown and asked for by its key.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::answer::{self, Reading, Verdict};
use super::machine::{self, Facts, Plan, Step, WindowNow};
use crate::backend::{Backend, BackendError, CommandState};
use crate::clock::SharedClock;
use crate::model::{ClientKey, ConversationId, DecisionReason, OutboxEntry, OutboxState};
use crate::rules::window::{ReplyWindow, reply_window, sendable_until};
use crate::session::ServerClock;
use crate::store::{CacheReader, OutboxWriter, Store, StoreError, StoreEvent};

/// How long a message waits at most for the phone to catch up before it leaves.
const CATCH_UP: Duration = Duration::from_secs(3);
/// How long to rest after the store could not be read or written.
const AFTER_A_FAULT: Duration = Duration::from_secs(5);
/// Conversations known by id only are looked for among this many.
const KNOWN_BY_ID: usize = 10_000;

/// What the outbox asks of whoever reads the change feed. Wired by the facade.
#[async_trait]
pub(crate) trait Feed: Send + Sync {
    /// The server answers, and somebody is signed in.
    fn online(&self) -> bool;
    /// Nothing was missed since the last absence.
    fn caught_up(&self) -> bool;
    /// Reads what changed. Returns when everything is here, or with false when it could not be had.
    async fn catch_up(&self) -> bool;
    /// The server did not answer a command: look for it, and wake the outbox when it is there.
    fn no_answer(&self);
}

/// What the outbox asks of whoever keeps files. Wired by the facade.
#[async_trait]
pub(crate) trait Uploads: Send + Sync {
    /// Brings a file, named as it was kept, to the server, going on where an earlier try ended.
    async fn upload(&self, file: &str) -> Result<(), BackendError>;
}

/// Who hears what changed. Wired by the facade.
pub(crate) trait Listener: Send + Sync {
    /// Rows changed.
    fn stored(&self, events: &[StoreEvent]);
    /// What waits changed.
    fn outbox_changed(&self, conversation: Option<ConversationId>);
}

/// What the task works with.
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) clock: SharedClock,
    pub(crate) server_clock: Arc<ServerClock>,
    pub(crate) feed: Arc<dyn Feed>,
    pub(crate) uploads: Arc<dyn Uploads>,
    pub(crate) listener: Arc<dyn Listener>,
}

/// Wakes the task and hears when it rests.
#[derive(Clone)]
pub(crate) struct Bell {
    inner: Arc<Rope>,
}

struct Rope {
    wake: Notify,
    rung: AtomicU64,
    hurry: AtomicBool,
    rested: watch::Sender<u64>,
}

impl Bell {
    pub(crate) fn new() -> Self {
        let rope = Rope {
            wake: Notify::new(),
            rung: AtomicU64::new(0),
            hurry: AtomicBool::new(false),
            rested: watch::Sender::default(),
        };
        Self { inner: Arc::new(rope) }
    }

    /// Something may be able to leave now.
    pub(crate) fn ring(&self) -> u64 {
        let ring = self.inner.rung.fetch_add(1, Ordering::AcqRel) + 1;
        self.inner.wake.notify_one();
        ring
    }

    /// Rings, and there is no reason any more to wait after a lost answer.
    pub(crate) fn hurry(&self) -> u64 {
        self.inner.hurry.store(true, Ordering::Release);
        self.ring()
    }

    /// Hurries, and waits until the task has seen it and has nothing that it could do now.
    pub(crate) async fn hurry_and_rest(&self) {
        let ring = self.hurry();
        // An error would mean that the bell is gone, and it is held here.
        self.inner.rested.subscribe().wait_for(|rested| *rested >= ring).await.ok();
    }
}

/// The task's memory between two rounds. Losing it costs a question to the server at most.
#[derive(Default)]
struct Memory {
    busy: HashSet<ClientKey>,
    uploaded: HashSet<ClientKey>,
    ask_at: HashMap<ClientKey, DateTime<Utc>>,
    catching_up: bool,
    /// An answer was lost: whatever the feed says, something may have been missed since.
    behind: bool,
    /// Catching up took too long, and messages are not held back for it any more.
    waited: bool,
}

enum Caught {
    Up,
    NotYet,
    TookTooLong,
}

enum Finished {
    CaughtUp(Caught),
    Uploaded(ClientKey, Result<(), BackendError>),
    Answered {
        entry: OutboxEntry,
        reading: Box<Reading>,
    },
    /// It was not there any more, or not in the state it was planned for.
    Overtaken(ClientKey),
    Stopped(ClientKey),
    Fault(ClientKey, StoreError),
}

/// Runs until the store is closed or the task is ended.
pub(crate) async fn run(parts: Arc<Parts>, bell: Bell) {
    let mut memory = Memory::default();
    // Tasks of their own: a step that waits for the files goes on while this loop waits for them.
    let mut at_work: JoinSet<Finished> = JoinSet::new();
    if let Err(error) = recover(&parts).await
        && error == StoreError::Closed
    {
        return;
    }
    loop {
        let ring = bell.inner.rung.load(Ordering::Acquire);
        if bell.inner.hurry.swap(false, Ordering::AcqRel) {
            memory.ask_at.clear();
        }
        let rest = match round(&parts, &mut memory, at_work.is_empty()).await {
            Ok(plan) => {
                for step in plan.steps {
                    at_work.spawn(begin(&parts, &mut memory, step));
                }
                if at_work.is_empty() {
                    bell.inner.rested.send_replace(ring);
                }
                plan.look_again.map(|at| (at - parts.server_clock.now().at).to_std().unwrap_or_default())
            }
            Err(StoreError::Closed) => return,
            Err(_) => Some(AFTER_A_FAULT),
        };
        let timer = async {
            match rest {
                Some(span) => parts.clock.sleep(span).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(finished) = at_work.join_next(), if !at_work.is_empty() => {
                // A step that panicked left its command as it was on disk: unknown at the next start.
                let Ok(finished) = finished else { continue };
                if finish(&parts, &mut memory, finished).await == Err(StoreError::Closed) {
                    return;
                }
            }
            () = bell.inner.wake.notified() => {}
            () = timer => {}
        }
    }
}

/// What was on the wire when the last run ended may have been executed; a file was only on its way.
async fn recover(parts: &Parts) -> Result<(), StoreError> {
    parts
        .store
        .outbox(|outbox| {
            outbox.in_flight_is_unknown()?;
            for entry in outbox.entries()? {
                if entry.state == OutboxState::Uploading {
                    outbox.set_state(entry.key, &OutboxState::Queued { not_before: None })?;
                }
            }
            Ok(())
        })
        .await
}

async fn round(parts: &Parts, memory: &mut Memory, nothing_at_work: bool) -> Result<Plan, StoreError> {
    // Asked before the store is read: what is read after *caught up* was said has been caught up.
    let online = parts.feed.online();
    let caught_up = parts.feed.caught_up() && !memory.behind;
    let entries = parts.store.outbox(|outbox| outbox.entries()).await?;
    if nothing_at_work {
        memory.busy.clear();
    }
    let time = parts.server_clock.now();
    let waiting = entries.clone();
    let (epoch, settled, conversations) = parts
        .store
        .read(move |cache| {
            Ok((cache.epoch()?, settled(cache, &waiting)?, windows(cache, &waiting, time.at, time.error_ms)?))
        })
        .await?;
    if !settled.is_empty() {
        sweep(parts, settled.clone()).await?;
    }
    let entries: Vec<OutboxEntry> =
        entries.into_iter().filter(|entry| !settled.iter().any(|gone| gone.key == entry.key)).collect();

    memory.waited = memory.waited && online && !caught_up;
    let mut plan = machine::plan(
        &entries,
        &Facts {
            now: time.at,
            online,
            caught_up: caught_up || memory.waited,
            epoch: epoch.as_deref(),
            conversations: &conversations,
            busy: &memory.busy,
            uploaded: &memory.uploaded,
            ask_at: &memory.ask_at,
        },
    );
    if memory.catching_up {
        plan.steps.retain(|step| *step != Step::CatchUp);
    }
    Ok(plan)
}

/// Commands whose end the cache already shows.
fn settled(cache: &CacheReader<'_>, entries: &[OutboxEntry]) -> Result<Vec<OutboxEntry>, StoreError> {
    let mut settled = Vec::new();
    for entry in entries {
        let needs_report = match &entry.state {
            OutboxState::Accepted => false,
            OutboxState::Unknown | OutboxState::NeedsDecision { reason: DecisionReason::Ambiguous, .. } => true,
            OutboxState::Queued { .. }
            | OutboxState::Uploading
            | OutboxState::InFlight
            | OutboxState::NeedsDecision { .. }
            | OutboxState::Failed { .. } => continue,
        };
        if let Some(stored) = cache.message_by_key(entry.key)?
            && !(needs_report && stored.message.delivery.is_empty())
        {
            settled.push(entry.clone());
        }
    }
    Ok(settled)
}

async fn sweep(parts: &Parts, settled: Vec<OutboxEntry>) -> Result<(), StoreError> {
    let keys: Vec<ClientKey> = settled.iter().map(|entry| entry.key).collect();
    parts.store.outbox(move |outbox| keys.iter().try_for_each(|key| outbox.remove(*key).map(|_| ()))).await?;
    settled.iter().for_each(|entry| parts.listener.outbox_changed(entry.conversation_id));
    Ok(())
}

/// The windows of the conversations that commands wait for.
fn windows(
    cache: &CacheReader<'_>,
    entries: &[OutboxEntry],
    now: DateTime<Utc>,
    clock_error_ms: i64,
) -> Result<HashMap<ConversationId, WindowNow>, StoreError> {
    let ids: HashSet<ConversationId> = entries.iter().filter_map(|entry| entry.conversation_id).collect();
    let mut windows = HashMap::new();
    let mut missing = Vec::new();
    for id in ids {
        match cache.conversation(id)? {
            Some(stored) => {
                let facts = &stored.conversation.window;
                // Without the channel's row nothing is known of its window: the server judges.
                let window = stored.channel.as_ref().map_or(JUDGED_BY_SERVER, |channel| WindowNow {
                    open: !matches!(reply_window(&channel.window, facts, now), ReplyWindow::Closed { .. }),
                    opened_at: facts.opened_at,
                    sendable_until: sendable_until(&channel.window, facts, clock_error_ms),
                });
                windows.insert(id, window);
            }
            None => missing.push(id),
        }
    }
    if !missing.is_empty() {
        // After a snapshot some conversations are known by their id only: they have not left.
        let known = cache.conversations_wanted(KNOWN_BY_ID)?;
        windows.extend(missing.into_iter().filter(|id| known.contains(id)).map(|id| (id, JUDGED_BY_SERVER)));
    }
    Ok(windows)
}

const JUDGED_BY_SERVER: WindowNow = WindowNow { open: true, opened_at: None, sendable_until: None };

fn begin(parts: &Arc<Parts>, memory: &mut Memory, step: Step) -> BoxFuture<'static, Finished> {
    let parts = parts.clone();
    match step {
        Step::CatchUp => {
            memory.catching_up = true;
            Box::pin(async move {
                Finished::CaughtUp(tokio::select! {
                    caught_up = parts.feed.catch_up() => if caught_up { Caught::Up } else { Caught::NotYet },
                    () = parts.clock.sleep(CATCH_UP) => Caught::TookTooLong,
                })
            })
        }
        Step::Upload(key) => {
            memory.busy.insert(key);
            Box::pin(async move { upload(&parts, key).await })
        }
        Step::Send(key) => {
            memory.busy.insert(key);
            Box::pin(async move { send(&parts, key).await.unwrap_or_else(|error| Finished::Fault(key, error)) })
        }
        Step::Ask(key) => {
            memory.busy.insert(key);
            Box::pin(async move { ask(&parts, key).await.unwrap_or_else(|error| Finished::Fault(key, error)) })
        }
        Step::Stop(key, reason) => {
            memory.busy.insert(key);
            Box::pin(async move { stop(&parts, key, reason).await.unwrap_or_else(|error| Finished::Fault(key, error)) })
        }
    }
}

async fn upload(parts: &Parts, key: ClientKey) -> Finished {
    let begun = parts
        .store
        .outbox(move |outbox| {
            let entry = outbox.entry(key)?.filter(|entry| matches!(entry.state, OutboxState::Queued { .. }));
            if entry.is_some() {
                outbox.set_state(key, &OutboxState::Uploading)?;
            }
            Ok(entry)
        })
        .await;
    match begun {
        Ok(Some(OutboxEntry { file: Some(file), conversation_id, .. })) => {
            parts.listener.outbox_changed(conversation_id);
            Finished::Uploaded(key, parts.uploads.upload(&file).await)
        }
        Ok(_) => Finished::Overtaken(key),
        Err(error) => Finished::Fault(key, error),
    }
}

async fn send(parts: &Parts, key: ClientKey) -> Result<Finished, StoreError> {
    // On disk as in flight before the first byte leaves: after a kill it is asked for, not sent again.
    let entry = parts
        .store
        .outbox(move |outbox| {
            let entry = outbox.entry(key)?.filter(|entry| matches!(entry.state, OutboxState::Queued { .. }));
            if entry.is_some() {
                outbox.begin_attempt(key)?;
            }
            Ok(entry)
        })
        .await?;
    let Some(mut entry) = entry else { return Ok(Finished::Overtaken(key)) };
    // What was never sent belongs to no history yet but the one it now goes to.
    if entry.attempts == 0
        && let Some(epoch) = parts.store.read(|cache| cache.epoch()).await?
    {
        entry.epoch = epoch;
    }
    entry.attempts += 1;
    parts.listener.outbox_changed(entry.conversation_id);
    let answer = parts.backend.execute(key, &entry.epoch, &entry.command).await;
    Ok(answered(parts, entry, answer).await)
}

async fn ask(parts: &Parts, key: ClientKey) -> Result<Finished, StoreError> {
    let entry = parts.store.outbox(move |outbox| outbox.entry(key)).await?;
    match entry {
        Some(entry) if entry.state == OutboxState::Unknown => {
            let answer = parts.backend.command(key).await;
            Ok(answered(parts, entry, answer).await)
        }
        _ => Ok(Finished::Overtaken(key)),
    }
}

async fn answered(parts: &Parts, entry: OutboxEntry, answer: Result<CommandState, BackendError>) -> Finished {
    parts.server_clock.observe(&parts.backend.take_clock_samples()).await;
    let reading = answer::read(&entry, answer, parts.server_clock.now().at, random_share());
    Finished::Answered { entry, reading: Box::new(reading) }
}

async fn stop(parts: &Parts, key: ClientKey, reason: DecisionReason) -> Result<Finished, StoreError> {
    let since = parts.server_clock.now().at;
    let stopped = parts
        .store
        .outbox(move |outbox| {
            let stopped = outbox.entry(key)?;
            if let Some(entry) = &stopped {
                put_with_followers(outbox, entry, &OutboxState::NeedsDecision { reason, since }, since)?;
            }
            Ok(stopped)
        })
        .await?;
    if let Some(entry) = stopped {
        parts.listener.outbox_changed(entry.conversation_id);
    }
    Ok(Finished::Stopped(key))
}

async fn finish(parts: &Parts, memory: &mut Memory, finished: Finished) -> Result<(), StoreError> {
    match finished {
        Finished::CaughtUp(caught) => {
            memory.catching_up = false;
            match caught {
                Caught::Up => memory.behind = false,
                // Failed means no network, mostly; where it does not, there is no use in waiting.
                Caught::NotYet => memory.waited = parts.feed.online(),
                Caught::TookTooLong => memory.waited = true,
            }
        }
        Finished::Overtaken(key) | Finished::Stopped(key) => {
            memory.busy.remove(&key);
        }
        Finished::Uploaded(key, result) => {
            memory.busy.remove(&key);
            uploaded(parts, memory, key, result).await?;
        }
        Finished::Answered { entry, reading } => {
            memory.busy.remove(&entry.key);
            write_answer(parts, memory, entry, *reading).await?;
        }
        Finished::Fault(key, error) => {
            memory.busy.remove(&key);
            return Err(error);
        }
    }
    Ok(())
}

async fn uploaded(
    parts: &Parts,
    memory: &mut Memory,
    key: ClientKey,
    result: Result<(), BackendError>,
) -> Result<(), StoreError> {
    let now = parts.server_clock.now().at;
    let after = match result {
        Ok(()) => {
            memory.uploaded.insert(key);
            OutboxState::Queued { not_before: None }
        }
        Err(BackendError::Refused { code, .. }) => OutboxState::Failed { code, since: now },
        Err(error) => {
            if matches!(error, BackendError::NoAnswer | BackendError::NotOurs(_)) {
                parts.feed.no_answer();
            }
            // A file is resumed where it was cut, so one pause is as good as a longer one.
            OutboxState::Queued { not_before: Some(now + answer::pause(2, random_share())) }
        }
    };
    let entry = parts
        .store
        .outbox(move |outbox| {
            let entry = outbox.entry(key)?.filter(|entry| entry.state == OutboxState::Uploading);
            if let Some(entry) = &entry {
                put_with_followers(outbox, entry, &after, now)?;
            }
            Ok(entry)
        })
        .await?;
    parts.listener.outbox_changed(entry.and_then(|entry| entry.conversation_id));
    Ok(())
}

/// Rows first, then the verdict: the echo goes only when what replaces it is there.
async fn write_answer(
    parts: &Parts,
    memory: &mut Memory,
    entry: OutboxEntry,
    reading: Reading,
) -> Result<(), StoreError> {
    let now = parts.server_clock.now().at;
    if reading.offline {
        memory.behind = true;
        memory.waited = false;
        parts.feed.no_answer();
    }
    if reading.upload_again {
        memory.uploaded.remove(&entry.key);
    }
    if let Some(rows) = reading.rows {
        let events = parts.store.write(move |cache| cache.apply_rows(&rows.rows, now)).await?;
        parts.listener.stored(&events);
    }
    memory.ask_at.remove(&entry.key);
    if let Verdict::AskAgain { at } = reading.verdict {
        memory.ask_at.insert(entry.key, at);
    }
    let conversation = entry.conversation_id;
    parts
        .store
        .outbox(move |outbox| match reading.verdict {
            Verdict::Done | Verdict::Dropped => outbox.remove(entry.key).map(|_| ()),
            Verdict::AskAgain { .. } => outbox.set_state(entry.key, &OutboxState::Unknown).map(|_| ()),
            Verdict::Now(state) => put_with_followers(outbox, &entry, &state, now),
        })
        .await?;
    parts.listener.outbox_changed(conversation);
    Ok(())
}

/// Writes where a command stands, and what that means for the messages behind it.
fn put_with_followers(
    outbox: &mut OutboxWriter<'_>,
    entry: &OutboxEntry,
    state: &OutboxState,
    since: DateTime<Utc>,
) -> Result<(), StoreError> {
    // Taken back in the meantime: nothing behind it has to be asked about.
    if !outbox.set_state(entry.key, state)? {
        return Ok(());
    }
    let reason = match state {
        OutboxState::NeedsDecision { reason, .. } => *reason,
        OutboxState::Failed { code, .. } if code == "window_closed" => DecisionReason::WindowClosed,
        OutboxState::Failed { .. } => DecisionReason::EarlierRefused,
        OutboxState::Queued { .. }
        | OutboxState::Uploading
        | OutboxState::InFlight
        | OutboxState::Unknown
        | OutboxState::Accepted => return Ok(()),
    };
    for (key, reason) in machine::stopped_along(&outbox.entries()?, entry, reason) {
        outbox.set_state(key, &OutboxState::NeedsDecision { reason, since })?;
    }
    Ok(())
}

/// A number between 0 and 1 that differs from phone to phone. Nothing secret hangs on it.
fn random_share() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 11;
    bits as f64 / (1_u64 << 53) as f64
}
