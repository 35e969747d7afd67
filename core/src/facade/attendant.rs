//! Attends to the conversation on screen: marks as read what arrives, tells colleagues that this
//! agent looks at it, and passes on how the connection and the colleagues change. Has a cache that had
//! to be set aside read anew at once, and pauses when somebody else has opened the account's files.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::watch;

use super::ChangeStream;
use super::account::connection;
use super::changes::Changed;
use super::conversation::mark_what_is_read;
use super::core::{Call, Core};
use crate::backend::Presence;
use crate::model::ConversationId;
use crate::sync::{self, SyncStatus};
use crate::task;

/// The server forgets who looks at what after 30 seconds.
const PRESENCE_AGAIN: Duration = Duration::from_secs(20);

/// Runs until the account is gone or the task is ended. Holds the account only while at work.
pub(super) async fn run(
    core: Weak<Core>,
    mut taken: watch::Receiver<u64>,
    mut set_asides: watch::Receiver<u64>,
    mut status: watch::Receiver<SyncStatus>,
    mut presence: watch::Receiver<Vec<Presence>>,
    changes: Arc<ChangeStream>,
) {
    let mut known = presence.borrow_and_update().clone();
    let mut seen = None;
    // Outlives the rounds: what happens in between does not put it off.
    let Some(mut timer) = core.upgrade().map(|core| core.clock.sleep(PRESENCE_AGAIN)) else { return };
    loop {
        let reason = tokio::select! {
            changed = status.changed() => changed.map(|()| Reason::Connection).unwrap_or(Reason::Gone),
            changed = presence.changed() => changed.map(|()| Reason::Colleagues).unwrap_or(Reason::Gone),
            batch = changes.next() => batch.map_or(Reason::Gone, Reason::Changes),
            changed = taken.changed() => changed.map(|()| Reason::Taken).unwrap_or(Reason::Gone),
            changed = set_asides.changed() => changed.map(|()| Reason::SetAside).unwrap_or(Reason::Gone),
            () = &mut timer => Reason::Time,
        };
        let Some(core) = core.upgrade() else { return };
        match reason {
            Reason::Connection => {
                let shown = connection(&status.borrow_and_update(), core.now());
                if seen != Some(shown) {
                    seen = Some(shown);
                    core.hub.announce(&[Changed::Connection]);
                }
                core.bell.ring();
            }
            Reason::Colleagues => {
                let now = presence.borrow_and_update().clone();
                announce_colleagues(&core, &known, &now);
                known = now;
            }
            Reason::Changes(batch) => {
                let Some(shown) = *core.on_screen() else { continue };
                let here = Changed::Conversation { id: shown.conversation };
                if batch.contains(&here) || batch.contains(&Changed::Overflow) {
                    mark_what_is_on_screen(&core).await;
                }
            }
            Reason::SetAside => {
                // Nothing is in it: neither does a screen stay that shows what was, nor one that is empty.
                core.syncer.ask(sync::Trigger::ByHand);
                core.hub.announce(&[Changed::Overflow]);
            }
            Reason::Taken => {
                // Elsewhere: pausing ends this task, too.
                let call = Call::now();
                task::spawn(async move { core.pause(call).await });
                return;
            }
            Reason::Time => {
                timer = core.clock.sleep(PRESENCE_AGAIN);
                // Nobody waits for this: the bell has to be rung meanwhile.
                task::spawn(async move { tell_colleagues(&core).await });
            }
            Reason::Gone => return,
        }
    }
}

/// The agent looks at it. What fails now is marked with the next message.
pub(super) async fn mark_what_is_on_screen(core: &Core) {
    let shown = *core.on_screen();
    if let Some(shown) = shown {
        mark_what_is_read(core, shown.conversation, shown.visit).await.ok();
    }
}

enum Reason {
    Connection,
    Colleagues,
    Changes(Vec<Changed>),
    /// The cache was damaged, and is empty.
    SetAside,
    /// Somebody else of this process has opened the files anew.
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

/// Tells colleagues which conversation is on screen, if one is. Best effort: they forget anyway.
pub(super) async fn tell_colleagues(core: &Core) {
    let shown = *core.on_screen();
    if let Some(shown) = shown {
        tell(core, Some(shown.conversation), shown.answering).await;
    }
}

/// Tells colleagues that this agent looks at nothing any more.
pub(super) async fn tell_nobody_looks(core: &Core) {
    tell(core, None, false).await;
}

async fn tell(core: &Core, shown: Option<ConversationId>, answering: bool) {
    let told = async { Ok(core.backend.presence(shown, answering).await?) };
    core.while_active(told).await.ok();
}
