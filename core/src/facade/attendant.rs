//! Attends to the conversation on screen: marks what arrives as read, shows colleagues that this agent
//! looks at it, and announces changes of the connection and of the colleagues. Fetches at once what was in
//! a cache that had to be set aside, and ends if another `Riposte` of this process opens the files.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::watch;

use super::ChangeStream;
use super::changes::Changed;
use super::connection::connection_state;
use super::core::Core;
use super::presence::tell_colleagues;
use super::read_marks::mark_what_is_on_screen;
use crate::backend::Presence;
use crate::sync::{self, SyncStatus};
use crate::task;

/// The server forgets who looks at what after 30 seconds.
const PRESENCE_AGAIN: Duration = Duration::from_secs(20);

/// Why the attendant ended.
pub(super) enum End {
    /// The account is gone.
    Gone,
    /// Another `Riposte` of this process has opened the account's files.
    Taken,
}

/// Runs until the account is gone or taken, or the task is ended. Holds the account only while at work.
pub(super) async fn run(
    core: Weak<Core>,
    mut taken: watch::Receiver<u64>,
    mut set_asides: watch::Receiver<u64>,
    mut status: watch::Receiver<SyncStatus>,
    mut presence: watch::Receiver<Vec<Presence>>,
    changes: Arc<ChangeStream>,
) -> End {
    let mut known = presence.borrow_and_update().clone();
    let mut seen = None;
    // Made outside the loop: what happens in between does not delay it.
    let Some(mut timer) = core.upgrade().map(|core| core.clock.sleep(PRESENCE_AGAIN)) else { return End::Gone };
    loop {
        let occasion = tokio::select! {
            changed = status.changed() => changed.map(|()| Occasion::Connection).unwrap_or(Occasion::Gone),
            changed = presence.changed() => changed.map(|()| Occasion::Colleagues).unwrap_or(Occasion::Gone),
            batch = changes.next() => batch.map_or(Occasion::Gone, Occasion::Changes),
            changed = taken.changed() => changed.map(|()| Occasion::Taken).unwrap_or(Occasion::Gone),
            changed = set_asides.changed() => changed.map(|()| Occasion::SetAside).unwrap_or(Occasion::Gone),
            () = &mut timer => Occasion::Time,
        };
        let Some(core) = core.upgrade() else { return End::Gone };
        match occasion {
            Occasion::Connection => {
                let shown = connection_state(&status.borrow_and_update(), core.now());
                if seen != Some(shown) {
                    seen = Some(shown);
                    core.hub.announce(&[Changed::Connection]);
                }
                core.bell.ring();
            }
            Occasion::Colleagues => {
                let now = presence.borrow_and_update().clone();
                announce_colleagues(&core, &known, &now);
                known = now;
            }
            Occasion::Changes(batch) => {
                let Some(shown) = core.visits.now() else { continue };
                let here = Changed::Conversation { id: shown.conversation };
                if batch.contains(&here) || batch.contains(&Changed::Overflow) {
                    mark_what_is_on_screen(&core).await;
                }
            }
            Occasion::SetAside => {
                // The new cache is empty: fetch its content, and let the app read its screens again.
                core.syncer.ask(sync::Trigger::ByHand);
                core.hub.announce(&[Changed::Overflow]);
            }
            Occasion::Taken => return End::Taken,
            Occasion::Time => {
                timer = core.clock.sleep(PRESENCE_AGAIN);
                // In a task of its own: a bell that rings meanwhile must not wait for the server's answer.
                task::spawn(async move { tell_colleagues(&core).await });
            }
            Occasion::Gone => return End::Gone,
        }
    }
}

enum Occasion {
    Connection,
    Colleagues,
    Changes(Vec<Changed>),
    /// The cache was damaged, and is empty.
    SetAside,
    /// Another `Riposte` of this process has opened the files.
    Taken,
    Time,
    Gone,
}

fn announce_colleagues(core: &Core, before: &[Presence], now: &[Presence]) {
    let differ = before.iter().filter(|one| !now.contains(one)).chain(now.iter().filter(|one| !before.contains(one)));
    let mut changes: Vec<Changed> = differ.map(|one| Changed::Conversation { id: one.conversation_id }).collect();
    changes.sort();
    changes.dedup();
    core.hub.announce(&changes);
}
