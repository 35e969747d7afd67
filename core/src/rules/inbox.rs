//! Which conversations does a list of the inbox show, and whose window closes soon?
//!
//! The last two hours of a messaging window are *closing soon* (ours, from what agents ask for): the
//! list has a filter for them, and a conversation whose customer waits then gets a colour.

use chrono::{DateTime, Utc};

use super::time::plus_ms;
use super::window::ReplyWindow;

/// How long before its end a window is closing soon.
pub const CLOSING_SOON_MS: i64 = 2 * 60 * 60 * 1_000;

/// Until when a window must end to be closing soon at `now`.
pub fn closing_soon_until(now: DateTime<Utc>) -> DateTime<Utc> {
    plus_ms(now, CLOSING_SOON_MS)
}

/// Whether a window is open and closes soon.
pub fn closes_soon(window: &ReplyWindow, now: DateTime<Utc>) -> bool {
    match window {
        ReplyWindow::Open { closes_at, .. } => *closes_at <= closing_soon_until(now),
        ReplyWindow::Closed { .. } | ReplyWindow::Unlimited => false,
    }
}

/// When the answer of [`closes_soon`] changes by itself, or the window ends. None: it does not change.
pub fn closing_changes_at(window: &ReplyWindow, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match window {
        ReplyWindow::Open { closes_at, .. } if closes_soon(window, now) => Some(*closes_at),
        ReplyWindow::Open { closes_at, .. } => Some(plus_ms(*closes_at, -CLOSING_SOON_MS)),
        ReplyWindow::Closed { .. } | ReplyWindow::Unlimited => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::window::ClosedWhy;

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-02T{time}Z").parse().unwrap()
    }

    fn until_noon() -> ReplyWindow {
        ReplyWindow::Open { closes_at: at("12:00:00"), human_agent: false }
    }

    #[test]
    fn a_window_closes_soon_from_two_hours_before_its_end() {
        assert!(!closes_soon(&until_noon(), at("09:59:59.999")));
        assert!(closes_soon(&until_noon(), at("10:00:00")));
        assert!(closes_soon(&until_noon(), at("11:59:59.999")));
    }

    #[test]
    fn a_closed_window_and_a_channel_without_one_never_close_soon() {
        let closed = ReplyWindow::Closed { since: Some(at("10:00:00")), why: ClosedWhy::Ended };
        for window in [closed, ReplyWindow::Unlimited] {
            assert!(!closes_soon(&window, at("10:30:00")));
            assert_eq!(closing_changes_at(&window, at("10:30:00")), None);
        }
    }

    #[test]
    fn a_list_says_when_a_window_begins_to_close_soon_and_when_it_ends() {
        assert_eq!(closing_changes_at(&until_noon(), at("09:00:00")), Some(at("10:00:00")));
        assert_eq!(closing_changes_at(&until_noon(), at("10:00:00")), Some(at("12:00:00")));
    }
}
