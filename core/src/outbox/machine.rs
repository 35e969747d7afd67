//! What may leave now, what has to wait, and what must be asked of the agent?
//!
//! Pure: the waiting commands and the facts go in, steps come out. The task does the steps, writes
//! what happened, and asks again.
//!
//! One lane per conversation, first in first out; commands of no conversation share a lane. Only
//! read marks pass, because they say nothing to the customer.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{ClientKey, Command, ConversationId, DecisionReason, OutboxEntry, OutboxState, Outgoing};

/// For how long a command is tried by itself.
pub(crate) const TRIED_FOR: TimeDelta = TimeDelta::hours(24);

/// For how long the server can say what became of a key: it keeps them seven days, and *never
/// executed* must not be believed of one that it may have forgotten.
pub(crate) const KNOWN_FOR: TimeDelta = TimeDelta::days(6);

/// The longest that anything here waits for: what a server may ask for at most (a quarter of an hour)
/// and the longest pause after a failure.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(16);

/// A reply this young was written just now and did not wait: in the window's last minute it goes
/// out and the server judges it.
const JUST_WRITTEN: TimeDelta = TimeDelta::seconds(5);

/// What the machine has to know besides the commands.
pub(crate) struct Facts<'a> {
    /// The server's time.
    pub(crate) now: DateTime<Utc>,
    /// There is an answering server and a session.
    pub(crate) online: bool,
    /// What changed during an absence has been read.
    pub(crate) caught_up: bool,
    /// It has not, but waiting for it took too long: until then what nothing speaks against leaves,
    /// and the server judges it. What this phone last knew is never a reason to trouble the agent.
    pub(crate) not_held_until: Option<DateTime<Utc>>,
    /// The server's history that this phone follows.
    pub(crate) epoch: Option<&'a str>,
    /// The conversations that commands wait for. One that is missing has left this agent's view.
    pub(crate) conversations: &'a HashMap<ConversationId, WindowNow>,
    /// Commands that a step is at work on.
    pub(crate) busy: &'a HashSet<ClientKey>,
    /// Commands whose attachment the server has.
    pub(crate) uploaded: &'a HashSet<ClientKey>,
    /// When a command of unknown fate, or one that the server has, may be asked for again.
    pub(crate) ask_at: &'a HashMap<ClientKey, DateTime<Utc>>,
}

/// The messaging window of a conversation, as far as sending is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WindowNow {
    /// Free text goes.
    pub(crate) open: bool,
    /// When the unbroken window was opened.
    pub(crate) opened_at: Option<DateTime<Utc>>,
    /// Until when a reply that has waited may still leave. None: no limit.
    pub(crate) sendable_until: Option<DateTime<Utc>>,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Read what changed before anything leaves.
    CatchUp,
    /// Ask the server what became of a key.
    Ask(ClientKey),
    /// Bring the attachment to the server.
    Upload(ClientKey),
    /// Commit as in flight, then send.
    Send(ClientKey),
    /// Stop and ask the agent.
    Stop(ClientKey, DecisionReason),
    /// Forget it: nobody needs to hear of it.
    Drop(ClientKey),
}

/// What to do, and when to look again although nothing happened.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// At most one step a lane.
    pub(crate) steps: Vec<Step>,
    /// The next moment at which a waiting command may go.
    pub(crate) look_again: Option<DateTime<Utc>>,
}

impl Plan {
    fn wait_until(&mut self, at: DateTime<Utc>) {
        self.look_again = Some(self.look_again.map_or(at, |earlier| earlier.min(at)));
    }
}

/// Plans the next steps for `entries`, which come in the order of composing.
pub(crate) fn plan(entries: &[OutboxEntry], facts: &Facts<'_>) -> Plan {
    let mut plan = Plan::default();
    let mut taken: HashSet<Option<ConversationId>> = HashSet::new();
    for entry in entries {
        let passes = is_read_mark(entry);
        if !passes && taken.contains(&entry.conversation_id) {
            continue;
        }
        let (todo, holds) = match next(entry, facts) {
            Next::Rests(todo) => (todo, false),
            Next::Holds(todo) => (todo, !passes),
        };
        match todo {
            None => {}
            Some(Todo::At(at)) => plan.wait_until(at),
            // Catching up serves every lane, so it is asked for once.
            Some(Todo::Now(Step::CatchUp)) if plan.steps.contains(&Step::CatchUp) => {}
            Some(Todo::Now(step)) => plan.steps.push(step),
        }
        if holds {
            taken.insert(entry.conversation_id);
        }
    }
    plan
}

/// Where the head of a lane stands, and what is to be done for it.
enum Next {
    /// It is out of the queue: what comes behind it may go.
    Rests(Option<Todo>),
    /// What comes behind it waits.
    Holds(Option<Todo>),
}

enum Todo {
    Now(Step),
    /// Nothing before that moment.
    At(DateTime<Utc>),
}

const WAITS: Next = Next::Holds(None);

fn does(step: Step) -> Next {
    Next::Holds(Some(Todo::Now(step)))
}

fn waits_until(at: DateTime<Utc>) -> Next {
    Next::Holds(Some(Todo::At(at)))
}

fn next(entry: &OutboxEntry, facts: &Facts<'_>) -> Next {
    match &entry.state {
        OutboxState::Accepted => accepted(entry, facts),
        _ if facts.busy.contains(&entry.key) => WAITS,
        OutboxState::NeedsDecision { .. } | OutboxState::Failed { .. } => Next::Rests(None),
        // Committed by the step that is at work on it; at a start these have become unknown.
        OutboxState::InFlight | OutboxState::Uploading => WAITS,
        OutboxState::Unknown => ask(entry, facts),
        OutboxState::Queued { .. } if !facts.online => WAITS,
        OutboxState::Queued { not_before } => match (stopped_by(entry, facts), not_before) {
            (Some(reason), _) if facts.caught_up => does(Step::Stop(entry.key, reason)),
            // What speaks against it may be out of date: the customer may have written meanwhile.
            // So it is neither asked about nor sent before that is known, which is tried anew then.
            (Some(_), _) => facts.not_held_until.map_or(WAITS, waits_until),
            (None, Some(at)) if is_ahead(*at, facts) => waits_until(*at),
            (None, _) => leave(entry, facts),
        },
    }
}

/// The server has it, and its row ends it. Where that is not among what was caught up (a snapshot has
/// the newest messages only, and a conversation may have been out of view), it is asked for.
fn accepted(entry: &OutboxEntry, facts: &Facts<'_>) -> Next {
    let busy = facts.busy.contains(&entry.key);
    if !facts.online {
        return Next::Rests(None);
    }
    if !facts.caught_up {
        // Its row may be on the way, and nobody else may be asking for what changed.
        return Next::Rests(Some(facts.not_held_until.map_or(Todo::Now(Step::CatchUp), Todo::At)));
    }
    // The history that took it on is gone, and in the new one its row is not: it never comes.
    if facts.epoch.is_some_and(|epoch| epoch != entry.epoch) {
        return if busy { WAITS } else { does(Step::Stop(entry.key, DecisionReason::ServerRestored)) };
    }
    if busy {
        return Next::Rests(None);
    }
    // Whoever scrolls there finds it; under its key the server can say nothing any more.
    if facts.now - entry.created_at >= KNOWN_FOR {
        return does(Step::Drop(entry.key));
    }
    let later = facts.ask_at.get(&entry.key).filter(|at| is_ahead(**at, facts));
    Next::Rests(Some(later.map_or(Todo::Now(Step::Ask(entry.key)), |at| Todo::At(*at))))
}

fn ask(entry: &OutboxEntry, facts: &Facts<'_>) -> Next {
    // A read mark is never worth a question: whatever became of it, a later one says the same.
    if facts.now - entry.created_at >= KNOWN_FOR && !is_read_mark(entry) {
        return does(Step::Stop(entry.key, DecisionReason::TooOld));
    }
    if facts.epoch.is_some_and(|epoch| epoch != entry.epoch) {
        return does(if is_read_mark(entry) {
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

/// Whether a moment that was waited for is still to come. One that lies further ahead than anything
/// is waited for was reckoned before the server's clock was set back.
fn is_ahead(at: DateTime<Utc>, facts: &Facts<'_>) -> bool {
    at > facts.now && at - facts.now <= LONGEST_WAIT
}

fn leave(entry: &OutboxEntry, facts: &Facts<'_>) -> Next {
    if !facts.caught_up && facts.not_held_until.is_none() {
        return does(Step::CatchUp);
    }
    // No history is known yet to send it to: the first snapshot brings one, and wakes this.
    if facts.epoch.is_none() {
        return WAITS;
    }
    if entry.file.is_some() && !facts.uploaded.contains(&entry.key) {
        return does(Step::Upload(entry.key));
    }
    does(Step::Send(entry.key))
}

/// Why a queued command that could leave now has to be asked about instead.
fn stopped_by(entry: &OutboxEntry, facts: &Facts<'_>) -> Option<DecisionReason> {
    if is_read_mark(entry) || !(facts.caught_up || facts.not_held_until.is_some()) {
        return None;
    }
    // What was never sent cannot have been executed by the history that is gone; it leaves for the new one.
    if entry.attempts > 0 && facts.epoch.is_some_and(|epoch| epoch != entry.epoch) {
        return Some(DecisionReason::ServerRestored);
    }
    let about_its_conversation = match entry.conversation_id.map(|id| facts.conversations.get(&id)) {
        Some(Some(window)) => stopped_by_window(entry, window, facts.now),
        // Before everything is here, a missing conversation is most often our own ignorance: the
        // server knows, and refuses it if it has left.
        Some(None) => facts.caught_up.then_some(DecisionReason::LeftView),
        None => None,
    };
    about_its_conversation.or((facts.now - entry.created_at >= TRIED_FOR).then_some(DecisionReason::TooOld))
}

fn stopped_by_window(entry: &OutboxEntry, window: &WindowNow, now: DateTime<Utc>) -> Option<DecisionReason> {
    match words(entry)? {
        Words::Free => closed_for(entry, window, now).then_some(DecisionReason::WindowClosed),
        // Open at the time of writing means that the agent chose a template all the same.
        Words::Template => (window.open && window.opened_at.is_some_and(|opened| opened > entry.created_at))
            .then_some(DecisionReason::WindowReopened),
    }
}

fn closed_for(entry: &OutboxEntry, window: &WindowNow, now: DateTime<Utc>) -> bool {
    if !window.open {
        return true;
    }
    let just_written = entry.attempts == 0 && now - entry.created_at <= JUST_WRITTEN;
    window.sendable_until.is_some_and(|until| now >= until) && !just_written
}

/// What else has to be asked of the agent once `stopped` could not leave: the later messages of its
/// conversation, because order matters to a customer.
pub(crate) fn stopped_along(
    entries: &[OutboxEntry],
    stopped: &OutboxEntry,
    reason: DecisionReason,
) -> Vec<(ClientKey, DecisionReason)> {
    if words(stopped).is_none() || stopped.conversation_id.is_none() {
        return Vec::new();
    }
    let later = entries.iter().filter(|entry| {
        entry.position > stopped.position
            && entry.conversation_id == stopped.conversation_id
            && matches!(entry.state, OutboxState::Queued { .. })
    });
    later
        .filter_map(|entry| match (words(entry)?, reason) {
            (Words::Free, DecisionReason::WindowClosed) => Some((entry.key, DecisionReason::WindowClosed)),
            (_, DecisionReason::LeftView) => Some((entry.key, DecisionReason::LeftView)),
            // A template is what one sends when the window is closed; what came behind a template
            // that is no longer needed is not made wrong by it; and what nobody knows about has
            // most probably arrived.
            (Words::Template, DecisionReason::WindowClosed)
            | (_, DecisionReason::WindowReopened | DecisionReason::Ambiguous) => None,
            (_, DecisionReason::TooOld | DecisionReason::EarlierRefused | DecisionReason::ServerRestored) => {
                Some((entry.key, DecisionReason::EarlierRefused))
            }
        })
        .collect()
}

/// What a customer would get from a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    /// Something that needs an open window.
    Free,
    /// A template.
    Template,
}

/// What a customer would get from a command; none when it says nothing to the customer.
pub(crate) fn words(entry: &OutboxEntry) -> Option<Words> {
    match &entry.command {
        Command::SendMessage { content: Outgoing::Template { .. }, .. } => Some(Words::Template),
        Command::SendMessage {
            content: Outgoing::Text { .. } | Outgoing::Media { .. } | Outgoing::Reaction { .. },
            ..
        } => Some(Words::Free),
        // What is tried again may be a template, which needs no window; the server knows.
        Command::RetryMessage { .. }
        | Command::AddComment { .. }
        | Command::Assign { .. }
        | Command::SetOpen { .. }
        | Command::MarkRead { .. }
        | Command::SetStatus { .. }
        | Command::CreateTemplate { .. }
        | Command::RefreshTemplates { .. } => None,
    }
}

pub(crate) fn is_read_mark(entry: &OutboxEntry) -> bool {
    matches!(entry.command, Command::MarkRead { .. })
}
