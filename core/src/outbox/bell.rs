//! Waking the task, and waiting until it is idle.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::{Notify, watch};

use crate::task::sync::{AtomicBool, AtomicU64};

/// Wakes the task, and reports when it is idle.
#[derive(Clone)]
pub(crate) struct Bell {
    inner: Arc<Inner>,
}

struct Inner {
    wake: Notify,
    rung: AtomicU64,
    hurry: AtomicBool,
    idle_after: watch::Sender<u64>,
}

impl Bell {
    pub(crate) fn new() -> Self {
        let inner = Inner {
            wake: Notify::new(),
            rung: AtomicU64::new(0),
            hurry: AtomicBool::new(false),
            idle_after: watch::Sender::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Something may be able to leave now.
    pub(crate) fn ring(&self) -> u64 {
        let ring = self.inner.rung.fetch_add(1, Ordering::AcqRel) + 1;
        self.inner.wake.notify_one();
        ring
    }

    /// Rings, and ends every wait after a lost answer.
    pub(crate) fn hurry(&self) -> u64 {
        self.inner.hurry.store(true, Ordering::Release);
        self.ring()
    }

    /// The newest ring, and whether one since the last round hurried.
    pub(super) fn listen(&self) -> (u64, bool) {
        let ring = self.inner.rung.load(Ordering::Acquire);
        (ring, self.inner.hurry.swap(false, Ordering::AcqRel))
    }

    /// Ends when the bell was rung since the last wait.
    pub(super) async fn rung(&self) {
        self.inner.wake.notified().await;
    }

    /// The task has planned after this ring, and nothing is left to do.
    pub(super) fn idle(&self, ring: u64) {
        self.inner.idle_after.send_replace(ring);
    }

    /// Hurries, and waits until the task has planned after it and is idle.
    pub(crate) async fn hurry_until_idle(&self) {
        let ring = self.hurry();
        // An error would mean that the bell is gone, and this handle keeps it.
        self.inner.idle_after.subscribe().wait_for(|idle_after| *idle_after >= ring).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic;

    use futures_util::FutureExt;

    use super::*;
    use crate::task::model::{explore, thread, threads};

    /// How much there is to do, how much the loop has seen, and whether it ends.
    #[derive(Default)]
    struct Work {
        given: atomic::AtomicU64,
        seen: atomic::AtomicU64,
        over: atomic::AtomicBool,
    }

    /// The task's loop: plan, be idle, wait.
    async fn plans(bell: Bell, work: Arc<Work>) {
        while !work.over.load(Ordering::SeqCst) {
            let (ring, _) = bell.listen();
            crate::task::model::point();
            work.seen.store(work.given.load(Ordering::SeqCst), Ordering::SeqCst);
            bell.idle(ring);
            bell.rung().await;
        }
    }

    #[test]
    fn model_a_caller_that_waits_until_idle_was_served_and_no_ring_is_lost() {
        explore("bell: two give and wait until idle, one only rings", 2_000, || {
            let (bell, work) = (Bell::new(), Arc::new(Work::default()));
            let planning = thread(plans(bell.clone(), work.clone()));
            let gives = || {
                let (bell, work) = (bell.clone(), work.clone());
                async move {
                    let number = work.given.fetch_add(1, Ordering::SeqCst) + 1;
                    bell.hurry_until_idle().await;
                    assert!(work.seen.load(Ordering::SeqCst) >= number, "it was idle without having planned");
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
            planning.join().unwrap();
        });
    }
}
