//! What agents gave to send, and what the core reported of it.

use riposte::facade::SendProgress;
use riposte::model::{ClientKey, DecisionReason};

/// What the core reported to an agent about something given to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// It leaves once, in its turn.
    Queued,
    /// The agent had it sent although something spoke against it: once at most, and not in its turn.
    Again,
    /// It will never leave.
    Gone,
    /// Retried, or discarded although it may have left: how often it arrived is open.
    Open,
}

/// Something given to send.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    /// Words that are in nothing else: the text, the caption, a template's value.
    pub(crate) words: String,
    /// The key it waits under, or waited last.
    pub(crate) key: ClientKey,
    pub(crate) phone: &'static str,
    pub(crate) customer: String,
    pub(crate) told: Told,
}

/// All that was given, in the order of composing.
#[derive(Debug, Default)]
pub(crate) struct AllGiven(Vec<Given>);

impl AllGiven {
    pub(crate) fn add(&mut self, given: Given) {
        self.0.push(given);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Given> {
        self.0.iter()
    }

    /// The core reports what became of the command under a key. What is open once stays so.
    pub(crate) fn tell(&mut self, key: ClientKey, told: Told) {
        for given in self.0.iter_mut().filter(|given| given.key == key && given.told != Told::Open) {
            given.told = told;
        }
    }

    /// It waits under another key now.
    pub(crate) fn goes_on(&mut self, key: ClientKey, next: ClientKey) {
        self.0.iter_mut().filter(|given| given.key == key).for_each(|given| given.key = next);
    }

    /// What is shown with these words is tried again.
    pub(crate) fn is_tried_again(&mut self, shown: &str) {
        let tried = self.0.iter_mut().filter(|given| shown.contains(&given.words));
        tried.for_each(|given| given.told = Told::Open);
    }
}

/// Whether it is certain that what is asked about has not left, or is before it is decided: its key is
/// burnt at the server then. Nobody knows of what the provider did not answer, nor what a server that
/// was restored had done.
pub(crate) fn has_certainly_not_left(asked: &SendProgress) -> bool {
    match asked {
        SendProgress::NeedsDecision { reason } => {
            !matches!(reason, DecisionReason::Ambiguous | DecisionReason::ServerRestored)
        }
        SendProgress::Refused { .. } => true,
        _ => false,
    }
}
