//! The task that empties the outbox: wait for a reason, read what waits, ask the machine what to
//! do, do it, write what happened.
//!
//! It may be stopped at any point. What was on the wire is then unknown and asked for by its key.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::answer::Tries;
use super::bell::Bell;
use super::machine::{self, Facts, Plan, Step};
use super::outcome::put_with_followers;
use super::parts::Parts;
use super::step::Finished;
use super::{look, outcome, step};
use crate::model::{ClientKey, OutboxEntry, OutboxState};
use crate::store::{DAMAGED, StoreError};
use crate::task;

/// How long to rest after the store could not be read or written.
const AFTER_A_FAULT: Duration = Duration::from_secs(5);

/// The task's memory between two rounds. Losing it costs a question to the server at most.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) busy: HashSet<ClientKey>,
    pub(super) uploaded: HashSet<ClientKey>,
    pub(super) ask_at: HashMap<ClientKey, DateTime<Utc>>,
    /// How often in a row a command could not be brought on.
    pub(super) failures: HashMap<ClientKey, u32>,
    pub(super) catching_up: bool,
    /// Commands may stand as on the wire that nobody is at work on.
    pub(super) recover: bool,
    /// An answer was lost: whatever the feed says, something may have been missed since.
    pub(super) behind: bool,
    /// Catching up took too long, and messages are not held back for it until then.
    pub(super) not_held_until: Option<DateTime<Utc>>,
}

impl Memory {
    /// What the pause would be if the step that begins now failed.
    pub(super) fn next_failure(&self, key: ClientKey) -> Tries {
        let failures = self.failures.get(&key).copied().unwrap_or_default().saturating_add(1);
        Tries { failures, jitter: outcome::random_share() }
    }

    pub(super) fn failed(&mut self, key: ClientKey) {
        let failures = self.failures.entry(key).or_default();
        *failures = failures.saturating_add(1);
    }
}

/// Runs until the store is closed or `stopped` loses its sender. Then none of its steps is at work
/// any more.
pub(crate) async fn run(parts: Arc<Parts>, bell: Bell, mut stopped: watch::Receiver<()>) {
    // Tasks of their own: a step that waits for the files goes on while this loop waits for them.
    let mut at_work: JoinSet<Finished> = JoinSet::new();
    tokio::select! {
        biased;
        _ = stopped.changed() => {}
        () = turns(&parts, &bell, &mut at_work) => {}
    }
    at_work.shutdown().await;
}

async fn turns(parts: &Arc<Parts>, bell: &Bell, at_work: &mut JoinSet<Finished>) {
    let mut memory = Memory { recover: true, ..Memory::default() };
    loop {
        match turn(parts, bell, &mut memory, at_work).await {
            Ok(()) => {}
            Err(StoreError::Closed) => return,
            // Nothing could be written or read: what was on its way is unknown once that is over.
            Err(_) => {
                memory.recover = true;
                parts.clock.sleep(AFTER_A_FAULT).await;
            }
        }
    }
}

/// One look at what waits, the steps that follow from it, and one thing that happens then.
async fn turn(
    parts: &Arc<Parts>,
    bell: &Bell,
    memory: &mut Memory,
    at_work: &mut JoinSet<Finished>,
) -> Result<(), StoreError> {
    let (ring, hurried) = bell.listen();
    if hurried {
        memory.ask_at.clear();
        memory.failures.clear();
    }
    if at_work.is_empty() {
        // Whatever a step that panicked was at work on is not worked on any more.
        memory.busy.clear();
        memory.catching_up = false;
        if memory.recover {
            recover(parts).await?;
            memory.recover = false;
        }
    }
    let plan = round(parts, memory).await?;
    for step in plan.steps {
        task::spawn_in(at_work, step::begin(parts, memory, step));
    }
    if at_work.is_empty() {
        // What cannot be written back now, on a full disk say, stays in the log.
        parts.store.outbox_rests().await.ok();
        bell.rested(ring);
    }
    let timer = async {
        match plan.look_again {
            Some(at) => {
                let rest = (at - parts.server_clock.now().at).to_std().unwrap_or_default();
                parts.clock.sleep(rest).await;
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        Some(joined) = at_work.join_next(), if !at_work.is_empty() => match joined {
            Ok(finished) => outcome::write(parts, memory, finished).await,
            // It panicked, and its command stands as it was written last.
            Err(_) => {
                memory.recover = true;
                Ok(())
            }
        },
        () = bell.rung() => Ok(()),
        () = timer => Ok(()),
    }
}

/// What was on the wire when the last run ended may have been executed; a file was only on its way.
async fn recover(parts: &Parts) -> Result<(), StoreError> {
    let since = parts.server_clock.now().at;
    parts
        .store
        .outbox(move |outbox| {
            outbox.in_flight_is_unknown()?;
            for entry in outbox.entries()? {
                if entry.state == OutboxState::Uploading {
                    outbox.set_state(entry.key, &OutboxState::Queued { not_before: None })?;
                }
            }
            // What was damaged here never leaves by itself: what was written behind it is asked about.
            for entry in outbox.entries()? {
                if matches!(&entry.state, OutboxState::Failed { code, .. } if code == DAMAGED) {
                    put_with_followers(outbox, &entry, &entry.state, since)?;
                }
            }
            Ok(())
        })
        .await
}

async fn round(parts: &Parts, memory: &mut Memory) -> Result<Plan, StoreError> {
    // Asked before the store is read: what is read after *caught up* was said has been caught up.
    let online = parts.feed.online();
    let caught_up = parts.feed.caught_up() && !memory.behind;
    let entries = parts.store.outbox(|outbox| outbox.entries()).await?;
    if entries.is_empty() {
        return Ok(Plan::default());
    }
    let time = parts.server_clock.now();
    let waiting = entries.clone();
    let (epoch, mut settled, conversations) = parts
        .store
        .read(move |cache| {
            Ok((
                cache.epoch()?,
                look::settled(cache, &waiting)?,
                look::windows(cache, &waiting, time.at, time.error_ms)?,
            ))
        })
        .await?;
    // A cache that was set aside a moment ago knows nothing, whatever was said before.
    let caught_up = caught_up && epoch.is_some();
    // Before everything is here, a missing conversation may be our own ignorance.
    if caught_up {
        settled.extend(look::out_of_sight(&entries, &conversations));
    }
    if !settled.is_empty() {
        sweep(parts, settled.clone()).await?;
    }
    let entries: Vec<OutboxEntry> =
        entries.into_iter().filter(|entry| !settled.iter().any(|gone| gone.key == entry.key)).collect();

    memory.failures.retain(|key, _| entries.iter().any(|entry| entry.key == *key));
    // It ends, or what must not leave before all is here would wait for a catching up that nobody asks for.
    // Further ahead than that, it was reckoned before the server's clock was set back.
    let holds = |until: &DateTime<Utc>| time.at < *until && *until - time.at <= outcome::NOT_HELD_FOR;
    memory.not_held_until = memory.not_held_until.filter(|until| online && !caught_up && holds(until));
    let mut plan = machine::plan(
        &entries,
        &Facts {
            now: time.at,
            online,
            caught_up,
            not_held_until: memory.not_held_until,
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

async fn sweep(parts: &Parts, settled: Vec<OutboxEntry>) -> Result<(), StoreError> {
    let keys: Vec<ClientKey> = settled.iter().map(|entry| entry.key).collect();
    parts.store.outbox(move |outbox| keys.iter().try_for_each(|key| outbox.remove(*key).map(|_| ()))).await?;
    settled.iter().for_each(|entry| parts.listener.outbox_changed(entry.conversation_id));
    Ok(())
}
