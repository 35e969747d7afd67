//! Adding to an instant, without a panic at the end of time.

use chrono::{DateTime, TimeDelta, Utc};

/// `at` and a span more, or the end of time if that is too far.
pub(crate) fn plus(at: DateTime<Utc>, span: TimeDelta) -> DateTime<Utc> {
    let end = if span < TimeDelta::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    at.checked_add_signed(span).unwrap_or(end)
}

/// `at` and `ms` milliseconds more, or the end of time if that is too far.
pub(crate) fn plus_ms(at: DateTime<Utc>, ms: i64) -> DateTime<Utc> {
    let end = if ms < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    TimeDelta::try_milliseconds(ms).and_then(|span| at.checked_add_signed(span)).unwrap_or(end)
}
