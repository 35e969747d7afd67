//! What changed in the cache, and who receives it.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use crate::model::{ConversationId, RowKind};
use crate::task::sync::Mutex;

/// What changed, so that the screen in front can be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StoreEvent {
    /// The list of conversations, or a row of it.
    InboxChanged,
    /// One conversation: its row, its messages, its customer or its read marker.
    ConversationChanged(ConversationId),
    /// A directory: agents, groups, saved replies, channels, templates, contacts.
    DirectoryChanged(RowKind),
    /// Tariffs, allowances, the ledger.
    UsageChanged,
    /// A cache of another epoch took the place of the one that was shown.
    EverythingChanged,
}

type Subscriber = Box<dyn Fn(&[StoreEvent]) + Send + Sync>;

/// Those who receive what changed.
pub(super) struct Subscribers(Mutex<Vec<Subscriber>>);

impl Subscribers {
    pub(super) fn none() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    pub(super) fn add(&self, subscriber: Subscriber) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(subscriber);
    }

    /// The caller has committed and holds the writer's lock: events come in the order of the commits.
    pub(super) fn publish(&self, events: BTreeSet<StoreEvent>) {
        if events.is_empty() {
            return;
        }
        let events: Vec<StoreEvent> = events.into_iter().collect();
        // A list of whole subscribers: a panic elsewhere cannot have left it half written.
        let subscribers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        subscribers.iter().for_each(|subscriber| subscriber(&events));
    }
}
