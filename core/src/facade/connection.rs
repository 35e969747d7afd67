//! How is the connection to the inbox server shown?

use chrono::{DateTime, TimeDelta, Utc};

use crate::rules::labels::ConnectionState;
use crate::sync::{SyncState, SyncStatus};

/// For this long after the phone caught up, reading a few more changes is not shown as catching up.
const JUST_NOW: TimeDelta = TimeDelta::seconds(60);

/// The connection as the app shows it. Reading the few changes that a doorbell announced does not count as
/// catching up: the display would flicker with every message.
pub(super) fn connection_state(status: &SyncStatus, now: DateTime<Utc>) -> ConnectionState {
    let just_now = status.caught_up_at.is_some_and(|at| (now - at).abs() <= JUST_NOW);
    match status.state {
        SyncState::Paused => ConnectionState::Paused,
        SyncState::CatchingUp { snapshot: false } if status.live && just_now => ConnectionState::Live,
        SyncState::Connecting | SyncState::CatchingUp { .. } => ConnectionState::CatchingUp,
        SyncState::CaughtUp => ConnectionState::Live,
        SyncState::Waiting(_) => ConnectionState::Offline,
        SyncState::Locked => ConnectionState::Locked,
        SyncState::SignedOut => ConnectionState::SignedOut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::{SyncState as Sync, Trouble};

    #[test]
    fn a_doorbell_does_not_make_the_connection_flicker_and_an_absence_shows() {
        let now: DateTime<Utc> = "2026-11-02T09:00:00Z".parse().unwrap();
        let shown = |connection, live, seconds| {
            let caught_up_at = Some(now - TimeDelta::seconds(seconds));
            connection_state(&SyncStatus { state: connection, live, caught_up_at, cursor: None }, now)
        };
        let (few, snapshot) = (Sync::CatchingUp { snapshot: false }, Sync::CatchingUp { snapshot: true });
        let table = [
            (Sync::CaughtUp, true, 0, ConnectionState::Live),
            (few, true, 1, ConnectionState::Live),
            (few, false, 1, ConnectionState::CatchingUp),
            (few, true, 3600, ConnectionState::CatchingUp),
            (snapshot, true, 1, ConnectionState::CatchingUp),
            (Sync::Connecting, false, 1, ConnectionState::CatchingUp),
            (Sync::Waiting(Trouble::NoAnswer), true, 1, ConnectionState::Offline),
            (Sync::Paused, false, 1, ConnectionState::Paused),
            (Sync::Locked, false, 1, ConnectionState::Locked),
            (Sync::SignedOut, false, 1, ConnectionState::SignedOut),
        ];
        for (connection, live, seconds, expected) in table {
            assert_eq!(shown(connection, live, seconds), expected, "{connection:?} live {live} {seconds} s");
        }
    }
}
