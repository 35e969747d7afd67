//! Which conversation is on screen, and since which visit?

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use crate::model::{ConversationId, MessageId};
use crate::task::sync::{AtomicU64, Mutex, MutexGuard};

/// A conversation in front of the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OnScreen {
    pub(super) conversation: ConversationId,
    pub(super) answering: bool,
    /// Which visit: work that began for one visit must not count for the next.
    pub(super) visit: u64,
    /// Up to which message this visit has queued a read mark.
    marked: Option<MessageId>,
}

/// The conversation on screen, if one is.
#[derive(Default)]
pub(super) struct Visits {
    on_screen: Mutex<Option<OnScreen>>,
    begun: AtomicU64,
}

impl Visits {
    /// A conversation comes on screen. Returns which visit this is.
    pub(super) fn enter(&self, conversation: ConversationId) -> u64 {
        let visit = self.begun.fetch_add(1, Ordering::AcqRel);
        *self.on_screen() = Some(OnScreen { conversation, answering: false, visit, marked: None });
        visit
    }

    /// A conversation leaves the screen. False if it was not there.
    pub(super) fn leave(&self, conversation: ConversationId) -> bool {
        self.on_screen().take_if(|shown| shown.conversation == conversation).is_some()
    }

    /// Ends a visit, if it has not ended.
    pub(super) fn end(&self, visit: u64) {
        self.on_screen().take_if(|shown| shown.visit == visit);
    }

    /// The agent begins or stops writing. True if that changed while the conversation was on screen.
    pub(super) fn set_answering(&self, conversation: ConversationId, answering: bool) -> bool {
        match self.on_screen().as_mut().filter(|shown| shown.conversation == conversation) {
            Some(shown) => std::mem::replace(&mut shown.answering, answering) != answering,
            None => false,
        }
    }

    /// Notes a read mark of this visit. True if the visit has not ended and has noted none that goes as far.
    pub(super) fn marks(&self, visit: u64, up_to: MessageId) -> bool {
        let mut on_screen = self.on_screen();
        let Some(shown) = on_screen.as_mut().filter(|shown| shown.visit == visit) else { return false };
        let farther = shown.marked.is_none_or(|marked| marked < up_to);
        if farther {
            shown.marked = Some(up_to);
        }
        farther
    }

    /// The read mark could not be queued: the next occasion tries again.
    pub(super) fn forgets_marks(&self, visit: u64) {
        if let Some(shown) = self.on_screen().as_mut().filter(|shown| shown.visit == visit) {
            shown.marked = None;
        }
    }

    /// What is on screen now.
    pub(super) fn now(&self) -> Option<OnScreen> {
        *self.on_screen()
    }

    /// The visit has not ended.
    pub(super) fn is_visited(&self, visit: u64) -> bool {
        self.now().is_some_and(|shown| shown.visit == visit)
    }

    fn on_screen(&self) -> MutexGuard<'_, Option<OnScreen>> {
        // A plain value: a panic elsewhere cannot have left it half written.
        self.on_screen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
