//! Faults on request: what a network, a proxy or a failing server does to a phone's calls, by
//! endpoint and by share of the calls, from one seed.
//!
//! A [`Rule`] says what goes wrong where and how often; [`Faults`] is the handle of a running
//! server (also `POST /sim/faults`, and `--faults` on the command line). Nothing here touches what
//! the server knows: a fault stands between the phone and a handler that is whole. Webhooks and the
//! simulator's own calls are left alone.

mod apply;
mod dice;
mod rule;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

pub(crate) use apply::apply;
pub use dice::Dice;
pub use rule::{Endpoint, Fault, Plan, RetryAfter, Rule};

/// What goes wrong at a server. Clones are the same.
#[derive(Clone)]
pub struct Faults {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    /// Counts the calms: the next one releases what hangs or is delayed.
    calms: watch::Sender<u64>,
}

struct State {
    rules: Vec<Rule>,
    dice: Dice,
    counts: BTreeMap<&'static str, u64>,
}

impl Default for Faults {
    fn default() -> Self {
        let state = State { rules: Vec::new(), dice: Dice::new(0), counts: BTreeMap::new() };
        Self { inner: Arc::new(Inner { state: Mutex::new(state), calms: watch::Sender::new(0) }) }
    }
}

impl Faults {
    /// From now on these go wrong, decided by the plan's seed. What went wrong before is forgotten.
    pub fn set(&self, plan: Plan) {
        let mut state = self.state();
        *state = State { rules: plan.rules, dice: Dice::new(plan.seed), counts: BTreeMap::new() };
    }

    /// From now on nothing goes wrong. It releases calls that hang or wait: their connections break.
    pub fn calm(&self) {
        self.state().rules.clear();
        self.inner.calms.send_modify(|calms| *calms += 1);
    }

    /// How often each fault happened since the plan was set, by its name on the wire.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.state().counts.clone()
    }

    /// What happens to a call: the first rule for it whose share it falls into; and before which
    /// calm that was.
    fn fate(&self, endpoint: Endpoint) -> Option<(Fault, u64)> {
        let mut state = self.state();
        let State { rules, dice, counts } = &mut *state;
        let hit = rules.iter().find(|rule| rule.is_about(endpoint) && dice.happens(u64::from(rule.percent)))?;
        *counts.entry(hit.fault.name()).or_default() += 1;
        // Under the lock: a calm that comes from now on is a later one.
        Some((hit.fault, *self.inner.calms.borrow()))
    }

    /// A number below `end`, from the plan's seed.
    fn throw(&self, end: u64) -> u64 {
        self.state().dice.below(end)
    }

    /// Ends with the first calm after that one.
    async fn until_calm(&self, before: u64) {
        let mut calms = self.inner.calms.subscribe();
        // The sender lives as long as `self`: waiting cannot fail.
        let _ = calms.wait_for(|calms| *calms > before).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Rules and numbers: a panic elsewhere cannot have left them half written.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
