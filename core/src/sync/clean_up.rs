//! Evicting old messages and checking the cache, when nothing else is to do.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::shared::Shared;

/// How long a message is held. Older ones are fetched again when the agent scrolls to them.
const HELD_FOR: TimeDelta = TimeDelta::days(365);

/// How many of the newest messages of a conversation are held, whatever their age.
const NEWEST: u32 = 200;

/// How often to clean up, in boot time.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// After a start and then once a day: evicts old messages and runs the integrity check. What fails now
/// is done another day and holds up nothing.
pub(super) async fn when_quiet(shared: &Arc<Shared>) {
    let now = shared.parts.clock.boot();
    if shared.last_cleaned.borrow().is_some_and(|last| now < last.saturating_add(EVERY)) {
        return;
    }
    shared.last_cleaned.send_replace(Some(now));
    let before = shared.now() - HELD_FOR;
    shared.parts.store.write(move |cache| cache.evict_messages(before, NEWEST)).await.ok();
    // A damaged cache is set aside, and its watcher has it fetched again.
    shared.parts.store.check_integrity().await.ok();
}
