//! What time is it, and wake me then.
//!
//! One trait for the phone and the reference server, so that a story moves both. Rules never
//! see it: they are given `now`.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// A future that ends when its time has come.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A clock that is handed around.
pub type SharedClock = Arc<dyn Clock>;

/// The time on the wall, the time since start, and timers.
pub trait Clock: Send + Sync {
    /// What the machine believes the time to be. A person can set it wrong.
    fn wall(&self) -> DateTime<Utc>;

    /// Time since the machine started, sleep included. It never goes back and cannot be set.
    fn boot(&self) -> Duration;

    /// Which start `boot` counts from; none when the machine does not say.
    fn boot_id(&self) -> Option<String>;

    /// Ends once `boot` has reached `at`. Dropping it forgets the timer.
    fn sleep_until(&self, at: Duration) -> Sleep;

    /// Ends after `span` of boot time.
    fn sleep(&self, span: Duration) -> Sleep {
        self.sleep_until(self.boot().saturating_add(span))
    }
}

/// Another machine's clock, seen once: what a server's answer said the time was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockSample {
    /// The server's time in the answer.
    pub server: DateTime<Utc>,
    /// Boot time of this device in the middle of the round trip.
    pub boot: Duration,
    /// The round trip: the answer's time is uncertain by half of it.
    pub round_trip: Duration,
}

/// A clock that stands still until it is moved. Clones share the time.
///
/// ```
/// use std::time::Duration;
/// use riposte::clock::{Clock, ManualClock};
///
/// let clock = ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap());
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.wall().to_rfc3339(), "2026-11-02T10:00:00+00:00");
/// ```
#[derive(Clone)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct ManualClock {
    state: Arc<Mutex<ManualState>>,
}

struct ManualState {
    wall: DateTime<Utc>,
    boot: Duration,
    boot_number: u32,
    sleepers: Vec<(Duration, Waker)>,
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl ManualClock {
    /// A clock that shows `wall`, an hour after its machine started.
    #[cfg_attr(feature = "uniffi", uniffi::constructor)]
    pub fn new(wall: DateTime<Utc>) -> Self {
        let state = ManualState { wall, boot: Duration::from_secs(3600), boot_number: 1, sleepers: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// What it shows.
    pub fn now(&self) -> DateTime<Utc> {
        self.lock().wall
    }

    /// Lets time pass and wakes the tasks that wait for it.
    pub fn advance(&self, span: Duration) {
        let mut state = self.lock();
        state.boot = state.boot.saturating_add(span);
        state.wall += TimeDelta::from_std(span).unwrap_or(TimeDelta::zero());
        let now = state.boot;
        let due: Vec<Waker> = state.sleepers.extract_if(.., |(at, _)| *at <= now).map(|(_, waker)| waker).collect();
        drop(state);
        due.into_iter().for_each(Waker::wake);
    }

    /// Sets the clock on the wall, as a person would. No time passes.
    pub fn set_wall(&self, wall: DateTime<Utc>) {
        self.lock().wall = wall;
    }

    /// Restarts the machine: the time since start begins again, timers are gone with their tasks.
    pub fn reboot(&self) {
        let mut state = self.lock();
        state.boot = Duration::from_secs(1);
        state.boot_number += 1;
        let forgotten = std::mem::take(&mut state.sleepers);
        drop(state);
        forgotten.into_iter().for_each(|(_, waker)| waker.wake());
    }
}

impl ManualClock {
    fn lock(&self) -> MutexGuard<'_, ManualState> {
        // The state is plain numbers: a panic elsewhere cannot have left it half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> DateTime<Utc> {
        self.lock().wall
    }

    fn boot(&self) -> Duration {
        self.lock().boot
    }

    fn boot_id(&self) -> Option<String> {
        Some(format!("manual-{}", self.lock().boot_number))
    }

    fn sleep_until(&self, at: Duration) -> Sleep {
        Box::pin(ManualSleep { clock: self.clone(), at })
    }
}

struct ManualSleep {
    clock: ManualClock,
    at: Duration,
}

impl Future for ManualSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.lock();
        if state.boot >= self.at {
            return Poll::Ready(());
        }
        // One entry a waker: a task that polls often would otherwise fill the list.
        if !state.sleepers.iter().any(|(at, waker)| *at == self.at && waker.will_wake(cx.waker())) {
            state.sleepers.push((self.at, cx.waker().clone()));
        }
        Poll::Pending
    }
}

#[cfg(feature = "clock")]
pub use system::SystemClock;

#[cfg(feature = "clock")]
mod system {
    use super::*;

    /// The longest nap of a timer. The runtime's timers stand still while the machine sleeps,
    /// so each looks at the boot clock again at least this often.
    const NAP: Duration = Duration::from_secs(15);

    /// The machine's own clock. Its timers need a tokio runtime.
    #[derive(Debug, Clone, Copy, Default)]
    pub struct SystemClock;

    fn boot() -> Duration {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let read = {
            use rustix::time::{DynamicClockId, clock_gettime_dynamic};
            clock_gettime_dynamic(DynamicClockId::Boottime)
        };
        // On Apple systems the monotonic clock counts sleep.
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let read = Ok::<_, rustix::io::Errno>(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic));
        read.ok().and_then(|time| Duration::try_from(time).ok()).unwrap_or_default()
    }

    impl Clock for SystemClock {
        fn wall(&self) -> DateTime<Utc> {
            std::time::SystemTime::now().into()
        }

        fn boot(&self) -> Duration {
            boot()
        }

        fn boot_id(&self) -> Option<String> {
            let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
            Some(id.trim().to_owned())
        }

        fn sleep_until(&self, at: Duration) -> Sleep {
            Box::pin(async move {
                loop {
                    let left = at.saturating_sub(boot());
                    if left.is_zero() {
                        return;
                    }
                    tokio::time::sleep(left.min(NAP)).await;
                }
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_timer_wakes_once_its_time_has_come_and_not_before() {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(count.clone());
        let mut cx = Context::from_waker(&waker);
        let mut sleep = clock.sleep(Duration::from_secs(10));

        assert!(sleep.as_mut().poll(&mut cx).is_pending());
        clock.advance(Duration::from_millis(9_999));
        assert_eq!(count.0.load(Ordering::SeqCst), 0);
        clock.advance(Duration::from_millis(1));
        assert_eq!(count.0.load(Ordering::SeqCst), 1);
        assert!(sleep.as_mut().poll(&mut cx).is_ready());
    }

    #[test]
    fn setting_the_wall_clock_lets_no_time_pass() {
        let clock = ManualClock::new(DateTime::UNIX_EPOCH);
        let before = clock.boot();
        clock.set_wall(DateTime::UNIX_EPOCH + TimeDelta::days(2));
        assert_eq!(clock.boot(), before);
    }
}
