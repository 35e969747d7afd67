//! What is held does not grow for ever, and is what was written: looked after when all is quiet.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::syncer::Shared;

/// How long a message is held. Older ones are fetched again when somebody scrolls to them.
const HELD_FOR: TimeDelta = TimeDelta::days(365);

/// So many of the newest messages of a conversation are held whatever their age.
const NEWEST: u32 = 200;

/// How often to look; in boot time.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// After a start and then once a day: lets go of old messages, and looks whether what is held is still
/// what was written. What fails now is done another day: it holds up nothing.
pub(super) async fn when_quiet(shared: &Arc<Shared>) {
    let now = shared.parts.clock.boot();
    if shared.kept_house.borrow().is_some_and(|last| now < last.saturating_add(EVERY)) {
        return;
    }
    shared.kept_house.send_replace(Some(now));
    let before = shared.now() - HELD_FOR;
    shared.parts.store.write(move |cache| cache.evict_messages(before, NEWEST)).await.ok();
    // What is damaged is set aside, and whoever watches for that has it fetched anew.
    shared.parts.store.look_through().await.ok();
}
