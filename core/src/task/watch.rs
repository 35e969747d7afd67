//! Every point at which a task of the core waits, counted, and one of them held.
//!
//! A task that returns *pending* stands at an await point that really waits. A [`Watch`] counts
//! these. At the one it was [armed](Watch::arm) for everything it watches stands still until a task
//! that began later (a call of `pause`) has taken its first step. So the call comes exactly there.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::Notify;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Watch>>> = const { RefCell::new(None) };
}

/// How long a hop that begins at the held point is kept from its work: longer than a `pause` that
/// does not wait for it would take.
const HOP_HELD: Duration = Duration::from_millis(3);

/// Watches the tasks and hops that begin on this thread, and those that they begin.
#[derive(Default)]
pub(crate) struct Watch {
    state: Mutex<State>,
    reached: Notify,
}

#[derive(Default)]
struct State {
    /// The point at which everything is to stand still, counted from the last arming.
    at: Option<u64>,
    points: u64,
    standing: bool,
    /// Tasks so far: who has a higher number than the last of them when all stands still came later.
    tasks: u64,
    newest_standing: u64,
    parked: Vec<Waker>,
}

impl Watch {
    /// Watches whatever begins on this thread from now on.
    pub(crate) fn begin() -> Arc<Self> {
        let watch = Arc::new(Self::default());
        CURRENT.with_borrow_mut(|current| *current = Some(watch.clone()));
        watch
    }

    /// Counts from nothing; at point `at` everything stands still. None: nowhere.
    pub(crate) fn arm(&self, at: Option<u64>) {
        let mut state = self.state();
        state.at = at;
        state.points = 0;
    }

    /// Ends when everything stands still.
    pub(crate) async fn reached(&self) {
        self.reached.notified().await;
    }

    fn waits(&self) {
        let mut state = self.state();
        if state.at.is_some_and(|at| at == state.points) {
            state.at = None;
            state.standing = true;
            state.newest_standing = state.tasks;
            self.reached.notify_one();
        }
        state.points += 1;
    }

    fn go_on(&self) {
        let parked = {
            let mut state = self.state();
            state.standing = false;
            std::mem::take(&mut state.parked)
        };
        parked.into_iter().for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// A task that is watched.
pub(crate) struct Watched<F> {
    work: Pin<Box<F>>,
    watch: Option<(Arc<Watch>, u64)>,
}

pub(super) fn watched<F: Future>(work: F) -> Watched<F> {
    let watch = CURRENT.with_borrow(Clone::clone).map(|watch| {
        let number = {
            let mut state = watch.state();
            state.tasks += 1;
            state.tasks
        };
        (watch, number)
    });
    Watched { work: Box::pin(work), watch }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Some((watch, number)) = self.watch.clone() else { return self.work.as_mut().poll(cx) };
        let mut later = false;
        {
            let mut state = watch.state();
            if state.standing {
                if number <= state.newest_standing {
                    state.parked.push(cx.waker().clone());
                    return Poll::Pending;
                }
                later = true;
            }
        }
        let before = CURRENT.replace(Some(watch.clone()));
        let polled = self.work.as_mut().poll(cx);
        CURRENT.set(before);
        if polled.is_pending() {
            watch.waits();
        }
        if later {
            watch.go_on();
        }
        polled
    }
}

/// A hop that begins while all stands still begins late.
pub(super) fn hopped<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let watch = CURRENT.with_borrow(Clone::clone);
    move || {
        if watch.is_some_and(|watch| watch.state().standing) {
            std::thread::sleep(HOP_HELD);
        }
        work()
    }
}
