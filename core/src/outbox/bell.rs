//! Waking the task, and hearing when it rests.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::{Notify, watch};

use crate::task::sync::{AtomicBool, AtomicU64};

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

    /// The newest ring, and whether one since the last look hurried.
    pub(super) fn listen(&self) -> (u64, bool) {
        let ring = self.inner.rung.load(Ordering::Acquire);
        (ring, self.inner.hurry.swap(false, Ordering::AcqRel))
    }

    /// Ends when the bell was rung since the last wait.
    pub(super) async fn rung(&self) {
        self.inner.wake.notified().await;
    }

    /// Whatever this ring was about has been looked at, and nothing is left to do for it.
    pub(super) fn rested(&self, ring: u64) {
        self.inner.rested.send_replace(ring);
    }

    /// Hurries, and waits until the task has seen it and has nothing that it could do now.
    pub(crate) async fn hurry_and_rest(&self) {
        let ring = self.hurry();
        // An error would mean that the bell is gone, and it is held here.
        self.inner.rested.subscribe().wait_for(|rested| *rested >= ring).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic;

    use futures_util::FutureExt;

    use super::*;
    use crate::task::model::{explore, thread, threads};

    /// What there is to do, how much of it was seen, and the end.
    #[derive(Default)]
    struct Work {
        given: atomic::AtomicU64,
        seen: atomic::AtomicU64,
        over: atomic::AtomicBool,
    }

    /// The outbox's loop: look, rest, wait.
    async fn looks(bell: Bell, work: Arc<Work>) {
        while !work.over.load(Ordering::SeqCst) {
            let (ring, _) = bell.listen();
            crate::task::model::point();
            work.seen.store(work.given.load(Ordering::SeqCst), Ordering::SeqCst);
            bell.rested(ring);
            bell.rung().await;
        }
    }

    #[test]
    fn model_who_waits_for_rest_was_looked_at_and_no_ring_is_lost() {
        explore("bell: two give and wait for rest, one only rings", 2_000, || {
            let (bell, work) = (Bell::new(), Arc::new(Work::default()));
            let looking = thread(looks(bell.clone(), work.clone()));
            let gives = || {
                let (bell, work) = (bell.clone(), work.clone());
                async move {
                    let number = work.given.fetch_add(1, Ordering::SeqCst) + 1;
                    bell.hurry_and_rest().await;
                    assert!(work.seen.load(Ordering::SeqCst) >= number, "it rested without having looked");
                }
            };
            let rings = {
                let bell = bell.clone();
                async move {
                    bell.ring();
                }
            };
            threads([gives().boxed(), gives().boxed(), rings.boxed()]);
            work.over.store(true, Ordering::SeqCst);
            bell.ring();
            looking.join().unwrap();
        });
    }
}
