//! The task that listens: open the stream, pass on what it reports, open it again.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::watch;

use super::shared::{Shared, Trigger};
use crate::backend::{BackendError, Ring};
use crate::rules::backoff::Failures;

/// A stream that lived this long was a good one: the next is opened without waiting.
const GOOD: Duration = Duration::from_secs(10);

/// The wait while the keys are locked.
const LOCKED: Duration = Duration::from_secs(30);

/// Runs until `stopped` loses its sender, or the session is over.
pub(super) async fn run(shared: Arc<Shared>, mut stopped: watch::Receiver<()>) {
    tokio::select! {
        biased;
        _ = stopped.changed() => {}
        () = listen(&shared) => {}
    }
    shared.presence.send_replace(Vec::new());
    shared.say(|status| status.live = false);
}

async fn listen(shared: &Shared) {
    let mut failures = 0;
    loop {
        let mut asks = shared.requests.subscribe();
        let urgent = asks.borrow_and_update().urgent;
        let opened = shared.parts.clock.boot();
        let ended = stream(shared).await;
        shared.presence.send_replace(Vec::new());
        shared.say(|status| status.live = false);
        let lived = shared.parts.clock.boot().saturating_sub(opened);
        let wait = match ended {
            Ended::Over => return,
            Ended::Locked => LOCKED,
            Ended::Busy(span) => span,
            // A stream may end. One that ends as soon as it begins is a failure.
            Ended::Closed if lived >= GOOD => {
                failures = 0;
                Duration::ZERO
            }
            Ended::Closed | Ended::Failed => {
                failures += 1;
                Duration::from_millis(Failures { count: failures, random: shared.dice.roll() }.wait_ms())
            }
        };
        tokio::select! {
            () = shared.parts.clock.sleep(wait) => {}
            // An urgent request means that the network, the app or the keys are back.
            _ = asks.wait_for(|asked| asked.urgent > urgent), if !matches!(ended, Ended::Busy(_)) => failures = 0,
        }
    }
}

enum Ended {
    /// It was open and is not any more.
    Closed,
    /// It could not be opened.
    Failed,
    /// The server asks to wait.
    Busy(Duration),
    Locked,
    /// The session is over.
    Over,
}

/// One stream from its opening to its end.
async fn stream(shared: &Shared) -> Ended {
    let last = shared.status.borrow().cursor.clone();
    let mut rings = match shared.parts.backend.live(last.as_ref()).await {
        Ok(rings) => rings,
        Err(error) => return refused(&error),
    };
    shared.say(|status| status.live = true);
    // Changes from before the stream was open did not ring.
    shared.ask(Trigger::Doorbell);
    while let Some(ring) = rings.next().await {
        match ring {
            Ok(Ring::At(cursor)) => {
                if shared.status.borrow().cursor.as_ref() != Some(&cursor) {
                    shared.ask(Trigger::Doorbell);
                }
            }
            Ok(Ring::Presence(presence)) => {
                shared.presence.send_replace(presence);
            }
            Ok(Ring::Beat) => {}
            Err(_) => break,
        }
    }
    Ended::Closed
}

fn refused(error: &BackendError) -> Ended {
    match error {
        BackendError::SessionRevoked => Ended::Over,
        BackendError::Locked => Ended::Locked,
        BackendError::Busy { retry_after } => retry_after.map_or(Ended::Failed, Ended::Busy),
        BackendError::NoAnswer
        | BackendError::NotOurs(_)
        | BackendError::TokenExpired
        | BackendError::SnapshotNeeded(_)
        | BackendError::NotFound
        | BackendError::Refused { .. } => Ended::Failed,
    }
}
