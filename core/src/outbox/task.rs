//! The task that empties the outbox: wait for a reason, read what waits, ask the rules what to
//! do, do it, write what happened.
//!
//! It may be stopped at any point. A command that was in flight is then unknown, and the server is
//! asked about its key.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::bell::Bell;
use super::followers::put_with_followers;
use super::parts::Parts;
use super::step::Finished;
use super::task_state::TaskState;
use super::{cached, finish, step};
use crate::model::{ClientKey, OutboxEntry, OutboxState};
use crate::rules::sending::facts::Facts;
use crate::rules::sending::queue::{Plan, Step, plan, still_not_held};
use crate::rules::sending::settled::out_of_view;
use crate::store::{DAMAGED, StoreError};
use crate::task;

/// The pause after the store could not be read or written.
const AFTER_A_FAULT: Duration = Duration::from_secs(5);

/// Runs until the store is closed or `stopped` loses its sender. When it returns, none of its steps
/// is running.
pub(crate) async fn run(parts: Arc<Parts>, bell: Bell, mut stopped: watch::Receiver<()>) {
    // Each step is a task of its own: it goes on while this loop waits for the store.
    let mut steps: JoinSet<Finished> = JoinSet::new();
    tokio::select! {
        biased;
        _ = stopped.changed() => {}
        () = turns(&parts, &bell, &mut steps) => {}
    }
    steps.shutdown().await;
}

async fn turns(parts: &Arc<Parts>, bell: &Bell, steps: &mut JoinSet<Finished>) {
    let mut state = TaskState { recover: true, ..TaskState::default() };
    loop {
        match turn(parts, bell, &mut state, steps).await {
            Ok(()) => {}
            Err(StoreError::Closed) => return,
            // Nothing could be read or written: afterwards, a command in flight is unknown.
            Err(_) => {
                state.recover = true;
                parts.clock.sleep(AFTER_A_FAULT).await;
            }
        }
    }
}

/// One round: plan, begin the steps, and wait for one thing to happen.
async fn turn(
    parts: &Arc<Parts>,
    bell: &Bell,
    state: &mut TaskState,
    steps: &mut JoinSet<Finished>,
) -> Result<(), StoreError> {
    let (ring, hurried) = bell.listen();
    if hurried {
        state.ask_at.clear();
        state.failures.clear();
    }
    if steps.is_empty() {
        // A step that panicked no longer works on its command.
        state.busy.clear();
        state.catching_up = false;
        if state.recover {
            recover(parts).await?;
            state.recover = false;
        }
    }
    let Round { plan, epoch } = planned(parts, state).await?;
    for step in plan.steps {
        task::spawn_in(steps, step::begin(parts, state, step, epoch.as_deref()));
    }
    if steps.is_empty() {
        // If the log cannot be written back now, for instance on a full disk, it stays.
        parts.store.outbox_is_idle().await.ok();
        bell.idle(ring);
    }
    let timer = async {
        match plan.plan_again_at {
            Some(at) => {
                let wait = (at - parts.server_clock.now().at).to_std().unwrap_or_default();
                parts.clock.sleep(wait).await;
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        Some(joined) = steps.join_next(), if !steps.is_empty() => match joined {
            Ok(finished) => finish::write(parts, state, finished).await,
            // It panicked, and its command is in the state that was written last.
            Err(_) => {
                state.recover = true;
                Ok(())
            }
        },
        () = bell.rung() => Ok(()),
        () = timer => Ok(()),
    }
}

/// A command that was in flight when the last run ended may have been executed; an upload only ended.
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
            // A damaged command never leaves by itself: the messages behind it stop.
            for entry in outbox.entries()? {
                if matches!(&entry.state, OutboxState::Failed { code, .. } if code == DAMAGED) {
                    put_with_followers(outbox, &entry, &entry.state, since)?;
                }
            }
            Ok(())
        })
        .await
}

/// What to do in this round, and the server's history it was planned for.
#[derive(Default)]
struct Round {
    plan: Plan,
    epoch: Option<String>,
}

async fn planned(parts: &Parts, state: &mut TaskState) -> Result<Round, StoreError> {
    // Asked before the store is read: if the feed is caught up now, what is read next is up to date.
    let online = parts.feed.online();
    let caught_up = parts.feed.caught_up() && !state.behind;
    let entries = parts.store.outbox(|outbox| outbox.entries()).await?;
    if entries.is_empty() {
        return Ok(Round::default());
    }
    let time = parts.server_clock.now();
    let waiting = entries.clone();
    let (epoch, mut settled, conversations) = parts
        .store
        .read(move |cache| {
            Ok((
                cache.epoch()?,
                cached::settled(cache, &waiting)?,
                cached::windows(cache, &waiting, time.at, time.error_ms)?,
            ))
        })
        .await?;
    // If the cache was set aside a moment ago, it knows nothing, whatever the feed reported before.
    let caught_up = caught_up && epoch.is_some();
    // Before everything is here, a conversation may be missing because this phone does not know it yet.
    if caught_up {
        settled.extend(out_of_view(&entries, &conversations));
    }
    if !settled.is_empty() {
        sweep(parts, settled.clone()).await?;
    }
    let entries: Vec<OutboxEntry> =
        entries.into_iter().filter(|entry| !settled.iter().any(|gone| gone.key == entry.key)).collect();

    state.failures.retain(|key, _| entries.iter().any(|entry| entry.key == *key));
    state.not_held_until = still_not_held(state.not_held_until, time.at, online, caught_up);
    let mut plan = plan(
        &entries,
        &Facts {
            now: time.at,
            online,
            caught_up,
            not_held_until: state.not_held_until,
            epoch: epoch.as_deref(),
            conversations: &conversations,
            busy: &state.busy,
            uploaded: &state.uploaded,
            ask_at: &state.ask_at,
        },
    );
    if state.catching_up {
        plan.steps.retain(|step| *step != Step::CatchUp);
    }
    Ok(Round { plan, epoch })
}

async fn sweep(parts: &Parts, settled: Vec<OutboxEntry>) -> Result<(), StoreError> {
    let keys: Vec<ClientKey> = settled.iter().map(|entry| entry.key).collect();
    parts.store.outbox(move |outbox| keys.iter().try_for_each(|key| outbox.remove(*key).map(|_| ()))).await?;
    settled.iter().for_each(|entry| parts.listener.outbox_changed(entry.conversation_id));
    Ok(())
}
