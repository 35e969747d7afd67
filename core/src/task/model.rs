//! Every order in which threads can come to the core's own locks and flags, by chance and by seed.
//!
//! A model is a few threads of the core's real code under shuttle, which runs one of them at a time
//! and changes to another at each point where it matters: before and after each lock and flag (see
//! `sync`), wherever a task waits, and before and after each hop to the disk. Each order is tried
//! from the beginning. `RIPOSTE_SCHEDULES=n` sets how many; one that fails prints its seed, and
//! `SHUTTLE_RANDOM_SEED=seed` tries it again.

use std::cell::Cell;
use std::future::Future;
use std::time::Instant;

use shuttle::scheduler::RandomScheduler;
use shuttle::{Config, Runner};

thread_local! {
    static RUNNING: Cell<bool> = const { Cell::new(false) };
}

/// SQLite needs more room than shuttle gives by itself.
const STACK_BYTES: usize = 1 << 20;

/// Tries a model in `usual` orders, or in as many as were asked for.
pub(crate) fn explore(name: &str, usual: usize, model: impl Fn() + Send + Sync + 'static) {
    let asked = std::env::var("RIPOSTE_SCHEDULES").ok();
    let schedules = asked.map_or(usual, |asked| asked.parse().unwrap());
    let mut config = Config::new();
    config.stack_size = STACK_BYTES;
    let from = Instant::now();
    let tried = Runner::new(RandomScheduler::new(schedules), config).run(move || {
        RUNNING.set(true);
        let _ended = Ended;
        model();
    });
    println!("model {name}: {tried} schedules, {:.1?}", from.elapsed());
    assert_eq!(tried, schedules);
}

struct Ended;

impl Drop for Ended {
    fn drop(&mut self) {
        RUNNING.set(false);
    }
}

/// Begins a thread of a model that polls one task.
pub(crate) fn thread(task: impl Future<Output = ()> + Send + 'static) -> shuttle::thread::JoinHandle<()> {
    shuttle::thread::spawn(move || shuttle::future::block_on(task))
}

/// Runs tasks as threads of a model, to their ends.
pub(crate) fn threads<const N: usize>(tasks: [futures_util::future::BoxFuture<'static, ()>; N]) {
    let threads = tasks.map(thread);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// Another thread may come here. Nothing where no model runs.
pub(crate) fn point() {
    if RUNNING.get() && !std::thread::panicking() {
        // Only a change to another thread: shuttle knows no time.
        shuttle::thread::sleep(std::time::Duration::ZERO);
    }
}

/// Whether this thread is one of a model.
pub(super) fn runs() -> bool {
    RUNNING.get()
}

/// A task beside its caller. A caller that stops waiting does not end it.
pub(super) async fn beside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    shuttle::future::spawn(async move {
        point();
        work.await
    })
    .await
    .unwrap()
}
