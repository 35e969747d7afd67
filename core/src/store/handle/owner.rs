//! One folder, one owner: the store that opens the files of an account last owns them, and the owner before
//! it in this process has closed them first.
//!
//! The next cache takes the place of the old one by its name. A store that still had the old one open would
//! use a file that has no name any more, and what it writes would be lost. That happens to an app that drops
//! everything and opens it again at once, because files are closed a moment later on another thread; and to
//! one whose language has not yet collected the objects it dropped.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Which store opened the files of each folder last, by the folder's canonical name.
pub(super) struct Owners<T>(Mutex<Vec<(PathBuf, Gate<T>)>>);

/// A store takes it before any other lock to open the files of a folder. It holds their owner.
pub(super) type Gate<T> = Arc<tokio::sync::Mutex<Owner<T>>>;

/// The store that opened the files last.
pub(super) struct Owner<T>(Weak<T>);

impl<T> Owners<T> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// The gate of a folder.
    pub(super) fn gate(&self, folder: &Path) -> Gate<T> {
        // A list of names: a panic elsewhere cannot have left it half written.
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gates.retain(|(_, gate)| Arc::strong_count(gate) > 1 || gate.try_lock().is_ok_and(|owner| owner.is_there()));
        if let Some((_, gate)) = gates.iter().find(|(name, _)| name == folder) {
            return gate.clone();
        }
        let gate = Gate::new(tokio::sync::Mutex::new(Owner(Weak::new())));
        gates.push((folder.to_owned(), gate.clone()));
        gate
    }
}

impl<T> Owner<T> {
    /// The files are `mine` from now on. Returns the owner before, which has to close them first.
    pub(super) fn becomes(&mut self, mine: &Arc<T>) -> Option<Arc<T>> {
        let before = std::mem::replace(&mut self.0, Arc::downgrade(mine)).upgrade()?;
        (!Arc::ptr_eq(&before, mine)).then_some(before)
    }

    /// The owner still exists.
    pub(super) fn is_there(&self) -> bool {
        self.0.strong_count() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_that_opens_a_folder_last_owns_it() {
        let owners = Owners::new();
        let becomes = |folder: &str, who: &Arc<i32>| owners.gate(Path::new(folder)).try_lock().unwrap().becomes(who);
        let (one, two) = (Arc::new(1), Arc::new(2));
        assert_eq!(becomes("here", &one), None);
        assert_eq!(becomes("here", &one), None, "mine already");
        assert_eq!(becomes("there", &two), None);
        assert_eq!(becomes("here", &two), Some(one.clone()));
        drop(two);
        assert_eq!(becomes("here", &one), None, "a dropped owner has closed them");
        drop(one);
        owners.gate(Path::new("elsewhere"));
        assert_eq!(owners.0.lock().unwrap().len(), 1, "a folder without an owner is forgotten");
    }
}
