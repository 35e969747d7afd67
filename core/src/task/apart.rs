//! Threads without a caller that waits for them.

use std::io;
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

/// Every thread of this kind that was not joined yet.
static APART: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

/// Begins work on a thread of its own; the caller does not wait for it. If no thread can be started, the work
/// is dropped.
///
/// A thread that has ended is joined when the next one begins, and never detached: glibc reads what it keeps
/// of a thread after it has released it (`pthread_detach`), and a thread that ends at that
/// moment takes the process with it.
pub(crate) fn apart(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    // Before the lock: work that is dropped instead may begin another one.
    let begun = Builder::new().name(name.to_owned()).spawn(work)?;
    // A list of whole threads: a panic elsewhere cannot have left it half written.
    let mut threads = APART.lock().unwrap_or_else(PoisonError::into_inner);
    for ended in threads.extract_if(.., |thread| thread.is_finished()) {
        ended.join().ok();
    }
    threads.push(begun);
    Ok(())
}

/// Waits until every thread of this kind has ended, with those that they begin meanwhile.
pub(crate) fn join_apart() {
    loop {
        let threads = mem::take(&mut *APART.lock().unwrap_or_else(PoisonError::into_inner));
        if threads.is_empty() {
            return;
        }
        for thread in threads {
            thread.join().ok();
        }
    }
}
