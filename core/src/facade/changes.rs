//! What has to be read again? A bounded stream, pulled in batches.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};

use tokio::sync::Notify;

use crate::model::ConversationId;
use crate::store::StoreEvent;
use crate::task::sync::{AtomicU64, Mutex, MutexGuard};

/// More different changes than this at once are worth one [`Changed::Overflow`].
const MOST_WAITING: usize = 256;

/// Something on a screen may have changed: read that screen again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Changed {
    /// The list of conversations.
    Inbox,
    /// One conversation.
    Conversation {
        /// Which.
        id: ConversationId,
    },
    /// Agents, groups, saved replies, channels, templates.
    Directory,
    /// Charges and allowances.
    Usage,
    /// What waits to leave.
    Outbox,
    /// How the phone is connected.
    Connection,
    /// More than could be kept: read everything that is shown again.
    Overflow,
}

/// A stream of changes, pulled in batches. It holds a bounded number of them: a slow reader gets
/// [`Changed::Overflow`], never an endless queue.
///
/// ```no_run
/// # async fn show(account: &riposte::facade::Account) {
/// let changes = account.changes();
/// while let Some(batch) = changes.next().await {
///     // Read again what is on screen and stands in the batch.
/// }
/// # }
/// ```
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct ChangeStream {
    inner: Arc<Waiting>,
}

#[derive(Default)]
struct Waiting {
    state: Mutex<State>,
    something: Notify,
}

#[derive(Default)]
struct State {
    changes: BTreeSet<Changed>,
    stopped: bool,
}

impl Waiting {
    fn state(&self) -> MutexGuard<'_, State> {
        // A set and a flag: a panic elsewhere cannot have left them half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, changes: &[Changed]) {
        let mut state = self.state();
        if !state.changes.contains(&Changed::Overflow) {
            state.changes.extend(changes);
            if state.changes.len() > MOST_WAITING {
                state.changes = BTreeSet::from([Changed::Overflow]);
            }
        }
        drop(state);
        self.something.notify_one();
    }

    fn stop(&self) {
        self.state().stopped = true;
        self.something.notify_one();
    }
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl ChangeStream {
    /// Waits for changes and takes all there are, each once. None after [`stop`](Self::stop) or
    /// when the account is gone or signed out. A call that is cancelled loses nothing.
    pub async fn next(&self) -> Option<Vec<Changed>> {
        loop {
            {
                let mut state = self.inner.state();
                if !state.changes.is_empty() {
                    return Some(std::mem::take(&mut state.changes).into_iter().collect());
                }
                if state.stopped {
                    // Another call that waits on this stream has to end, too.
                    self.inner.something.notify_one();
                    return None;
                }
            }
            self.inner.something.notified().await;
        }
    }

    /// Ends the stream: once what is there has been taken, `next` returns none.
    pub fn stop(&self) {
        self.inner.stop();
    }
}

/// Where changes are announced and streams are handed out.
#[derive(Default)]
pub(super) struct Hub {
    streams: Mutex<Vec<Weak<Waiting>>>,
    announced: AtomicU64,
}

impl Hub {
    pub(super) fn stream(&self) -> Arc<ChangeStream> {
        let inner = Arc::new(Waiting::default());
        self.streams().push(Arc::downgrade(&inner));
        Arc::new(ChangeStream { inner })
    }

    pub(super) fn announce(&self, changes: &[Changed]) {
        if changes.is_empty() {
            return;
        }
        self.announced.fetch_add(1, Ordering::AcqRel);
        self.streams().retain(|stream| match stream.upgrade() {
            Some(stream) => {
                stream.add(changes);
                true
            }
            None => false,
        });
    }

    /// The number of announcements so far: a caller that waits for quiet compares two of them.
    pub(super) fn announced(&self) -> u64 {
        self.announced.load(Ordering::Acquire)
    }

    fn streams(&self) -> MutexGuard<'_, Vec<Weak<Waiting>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// Ends every stream: there will be no more changes.
    pub(super) fn end(&self) {
        self.streams().iter().filter_map(Weak::upgrade).for_each(|stream| stream.stop());
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.end();
    }
}

impl From<StoreEvent> for Changed {
    fn from(event: StoreEvent) -> Self {
        match event {
            StoreEvent::InboxChanged => Self::Inbox,
            StoreEvent::ConversationChanged(id) => Self::Conversation { id },
            StoreEvent::DirectoryChanged(_) => Self::Directory,
            StoreEvent::UsageChanged => Self::Usage,
            StoreEvent::EverythingChanged => Self::Overflow,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(id: i64) -> Changed {
        Changed::Conversation { id: ConversationId(id) }
    }

    #[tokio::test]
    async fn a_batch_holds_each_change_once() {
        let hub = Hub::default();
        let stream = hub.stream();
        hub.announce(&[conversation(1), Changed::Inbox]);
        hub.announce(&[conversation(1)]);
        assert_eq!(stream.next().await, Some(vec![Changed::Inbox, conversation(1)]));
    }

    #[tokio::test]
    async fn a_slow_reader_gets_one_change_that_stands_for_everything() {
        let hub = Hub::default();
        let stream = hub.stream();
        for id in 0..10_000 {
            hub.announce(&[conversation(id)]);
        }
        assert_eq!(stream.next().await, Some(vec![Changed::Overflow]));
        hub.announce(&[Changed::Inbox]);
        assert_eq!(stream.next().await, Some(vec![Changed::Inbox]));
    }

    #[tokio::test]
    async fn a_stopped_stream_gives_what_it_has_and_ends_and_so_does_one_whose_account_is_gone() {
        let hub = Hub::default();
        let (stopped, orphan) = (hub.stream(), hub.stream());
        hub.announce(&[Changed::Inbox]);
        stopped.stop();
        assert_eq!(stopped.next().await, Some(vec![Changed::Inbox]));
        assert_eq!(stopped.next().await, None);
        assert_eq!(stopped.next().await, None);
        let signed_out = hub.stream();
        hub.end();
        assert_eq!(signed_out.next().await, None);
        drop(hub);
        assert_eq!(orphan.next().await, Some(vec![Changed::Inbox]));
        assert_eq!(orphan.next().await, None);
    }

    #[tokio::test]
    async fn a_call_that_is_given_up_loses_nothing() {
        let hub = Hub::default();
        let stream = hub.stream();
        {
            let mut next = std::pin::pin!(stream.next());
            assert!(futures_util::poll!(next.as_mut()).is_pending());
            hub.announce(&[Changed::Usage]);
        }
        assert_eq!(stream.next().await, Some(vec![Changed::Usage]));
    }
}
