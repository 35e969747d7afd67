//! The locks and flags that threads of the core meet at. The standard ones; under test the same with
//! a point before and after each, at which a model may change to another thread.

#[cfg(not(test))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64};
#[cfg(not(test))]
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(test)]
pub(crate) use watched::{AtomicBool, AtomicU64, Mutex, MutexGuard};

#[cfg(test)]
mod watched {
    use std::ops::{Deref, DerefMut};
    use std::sync::atomic::{self, Ordering};
    use std::sync::{LockResult, PoisonError, TryLockError};

    use crate::task::model::{point, runs};

    #[derive(Default)]
    pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

    pub(crate) struct MutexGuard<'a, T>(Option<std::sync::MutexGuard<'a, T>>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(std::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
            point();
            // Without a model no point changes to the thread that holds it: this one has to wait.
            if !runs() {
                return match self.0.lock() {
                    Ok(held) => Ok(MutexGuard(Some(held))),
                    Err(poisoned) => Err(PoisonError::new(MutexGuard(Some(poisoned.into_inner())))),
                };
            }
            loop {
                match self.0.try_lock() {
                    Ok(held) => return Ok(MutexGuard(Some(held))),
                    Err(TryLockError::Poisoned(poisoned)) => {
                        return Err(PoisonError::new(MutexGuard(Some(poisoned.into_inner()))));
                    }
                    Err(TryLockError::WouldBlock) => point(),
                }
            }
        }
    }

    impl<T> Deref for MutexGuard<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            self.0.as_ref().unwrap()
        }
    }

    impl<T> DerefMut for MutexGuard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            self.0.as_mut().unwrap()
        }
    }

    impl<T> Drop for MutexGuard<'_, T> {
        fn drop(&mut self) {
            self.0 = None;
            point();
        }
    }

    macro_rules! flag {
        ($name:ident, $value:ty) => {
            #[derive(Default)]
            pub(crate) struct $name(atomic::$name);

            impl $name {
                pub(crate) fn new(value: $value) -> Self {
                    Self(atomic::$name::new(value))
                }

                pub(crate) fn load(&self, order: Ordering) -> $value {
                    point();
                    self.0.load(order)
                }
            }
        };
    }

    flag!(AtomicBool, bool);
    flag!(AtomicU64, u64);

    impl AtomicBool {
        pub(crate) fn store(&self, value: bool, order: Ordering) {
            point();
            self.0.store(value, order);
            point();
        }

        pub(crate) fn swap(&self, value: bool, order: Ordering) -> bool {
            point();
            self.0.swap(value, order)
        }
    }

    impl AtomicU64 {
        pub(crate) fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
            point();
            let before = self.0.fetch_add(value, order);
            point();
            before
        }
    }
}
