//! Which waiting command leaves now, and what do the others wait for?
//!
//! Each conversation is a lane: first in, first out. Commands of no conversation share one lane. Only
//! read marks overtake, because the customer receives nothing from them. The waiting commands and the
//! facts go in, steps come out; the task in `outbox` does the steps, writes what happened and asks again.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::{Facts, is_read_mark};
use super::stops::stopped_by;
use crate::model::{ClientKey, ConversationId, DecisionReason, OutboxEntry, OutboxState};

/// How long the server can say what became of a key. It keeps keys for seven days; of a key that it
/// may have forgotten, *never executed* must not be believed.
pub const KEY_KNOWN_FOR: TimeDelta = TimeDelta::days(6);

/// How long catching up may take before a message leaves without it.
pub const CATCH_UP_AT_MOST_MS: u64 = 3_000;

/// How long messages leave without catching up once it has timed out. Then it is tried again.
pub const NOT_HELD_FOR: TimeDelta = TimeDelta::seconds(30);

/// The longest that a command waits: what a server may ask for at most (15 minutes), and the
/// longest pause after a failure.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(16);

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Read what changed before anything leaves.
    CatchUp,
    /// Ask the server what became of a key.
    Ask(ClientKey),
    /// Bring the attachment to the server.
    Upload(ClientKey),
    /// Write down that it is in flight, then send it.
    Send(ClientKey),
    /// Stop and ask the agent.
    Stop(ClientKey, DecisionReason),
    /// Remove it: the agent need not know.
    Drop(ClientKey),
}

/// What to do now, and when to plan again although nothing happened.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// At most one step per lane.
    pub steps: Vec<Step>,
    /// The next instant at which a waiting command may leave.
    pub plan_again_at: Option<DateTime<Utc>>,
}

impl Plan {
    fn wait_until(&mut self, at: DateTime<Utc>) {
        self.plan_again_at = Some(self.plan_again_at.map_or(at, |earlier| earlier.min(at)));
    }
}

/// Plans the next steps for `entries`, which are in the order of composing.
pub fn plan(entries: &[OutboxEntry], facts: &Facts<'_>) -> Plan {
    let mut plan = Plan::default();
    let mut taken: HashSet<Option<ConversationId>> = HashSet::new();
    for entry in entries {
        let overtakes = is_read_mark(&entry.command);
        if !overtakes && taken.contains(&entry.conversation_id) {
            continue;
        }
        let (todo, blocks) = match next(entry, facts) {
            Next::Frees(todo) => (todo, false),
            Next::Blocks(todo) => (todo, !overtakes),
        };
        match todo {
            None => {}
            Some(Todo::At(at)) => plan.wait_until(at),
            // Catching up serves every lane: once is enough.
            Some(Todo::Now(Step::CatchUp)) if plan.steps.contains(&Step::CatchUp) => {}
            Some(Todo::Now(step)) => plan.steps.push(step),
        }
        if blocks {
            taken.insert(entry.conversation_id);
        }
    }
    plan
}

/// Whether the head of a lane blocks it, and what is done for it.
enum Next {
    /// It is out of the queue: the next command of the lane may leave.
    Frees(Option<Todo>),
    /// The commands behind it wait.
    Blocks(Option<Todo>),
}

enum Todo {
    Now(Step),
    /// Nothing before that instant.
    At(DateTime<Utc>),
}

const WAITS: Next = Next::Blocks(None);

fn does(step: Step) -> Next {
    Next::Blocks(Some(Todo::Now(step)))
}

fn waits_until(at: DateTime<Utc>) -> Next {
    Next::Blocks(Some(Todo::At(at)))
}

fn next(entry: &OutboxEntry, facts: &Facts<'_>) -> Next {
    match &entry.state {
        OutboxState::Accepted => accepted(entry, facts),
        _ if facts.busy.contains(&entry.key) => WAITS,
        OutboxState::NeedsDecision { .. } | OutboxState::Failed { .. } => Next::Frees(None),
        // Its step wrote this state; after a restart it is unknown or queued.
        OutboxState::InFlight | OutboxState::Uploading => WAITS,
        OutboxState::Unknown => ask(entry, facts),
        OutboxState::Queued { .. } if !facts.online => WAITS,
        OutboxState::Queued { not_before } => match (stopped_by(entry, facts), not_before) {
            (Some(reason), _) if facts.caught_up => does(Step::Stop(entry.key, reason)),
            // The obstacle may be out of date: the customer may have written again. The command neither
            // becomes a question nor leaves before catching up, which is tried again then.
            (Some(_), _) => facts.not_held_until.map_or(WAITS, waits_until),
            (None, Some(at)) if is_ahead(*at, facts) => waits_until(*at),
            (None, _) => leave(entry, facts),
        },
    }
}

/// The server has it, and its row will end it. If catching up did not bring that row (a snapshot has
/// the newest messages only, and a conversation may have been out of view), the server is asked.
fn accepted(entry: &OutboxEntry, facts: &Facts<'_>) -> Next {
    let busy = facts.busy.contains(&entry.key);
    if !facts.online {
        return Next::Frees(None);
    }
    if !facts.caught_up {
        // Its row may be on the way, and nothing else may be reading what changed.
        return Next::Frees(Some(facts.not_held_until.map_or(Todo::Now(Step::CatchUp), Todo::At)));
    }
    // The history that accepted it is gone, and its row is not in the new one: it never comes.
    if facts.history_is_gone(entry) {
        return if busy { WAITS } else { does(Step::Stop(entry.key, DecisionReason::ServerRestored)) };
    }
    if busy {
        return Next::Frees(None);
    }
    // The agent finds the message by scrolling to it; the server no longer knows the key.
    if facts.now - entry.created_at >= KEY_KNOWN_FOR {
        return does(Step::Drop(entry.key));
    }
    let later = facts.ask_at.get(&entry.key).filter(|at| is_ahead(**at, facts));
    Next::Frees(Some(later.map_or(Todo::Now(Step::Ask(entry.key)), |at| Todo::At(*at))))
}

fn ask(entry: &OutboxEntry, facts: &Facts<'_>) -> Next {
    // A read mark never becomes a question: a later one says the same and more.
    if facts.now - entry.created_at >= KEY_KNOWN_FOR && !is_read_mark(&entry.command) {
        return does(Step::Stop(entry.key, DecisionReason::TooOld));
    }
    if facts.history_is_gone(entry) {
        return does(if is_read_mark(&entry.command) {
            Step::Drop(entry.key)
        } else {
            Step::Stop(entry.key, DecisionReason::ServerRestored)
        });
    }
    if !facts.online {
        return WAITS;
    }
    match facts.ask_at.get(&entry.key) {
        Some(at) if is_ahead(*at, facts) => waits_until(*at),
        _ => does(Step::Ask(entry.key)),
    }
}

/// Whether an instant that a command waits for is still to come. One further ahead than the longest
/// wait was computed before the server's clock was set back.
fn is_ahead(at: DateTime<Utc>, facts: &Facts<'_>) -> bool {
    at > facts.now && at - facts.now <= LONGEST_WAIT
}

fn leave(entry: &OutboxEntry, facts: &Facts<'_>) -> Next {
    if !facts.caught_up && facts.not_held_until.is_none() {
        return does(Step::CatchUp);
    }
    // No history of the server is known yet: the first snapshot brings one and wakes the task.
    if facts.epoch.is_none() {
        return WAITS;
    }
    if entry.file.is_some() && !facts.uploaded.contains(&entry.key) {
        return does(Step::Upload(entry.key));
    }
    does(Step::Send(entry.key))
}

/// Until when messages still leave without catching up. None: they wait for it again.
///
/// The time ends by itself, because a message could otherwise wait for a catching up that nothing
/// starts. An end further ahead than [`NOT_HELD_FOR`] was computed before the server's clock was set back.
pub fn still_not_held(
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    online: bool,
    caught_up: bool,
) -> Option<DateTime<Utc>> {
    until.filter(|until| online && !caught_up && now < *until && *until - now <= NOT_HELD_FOR)
}
