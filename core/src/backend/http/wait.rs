//! How long does the server ask us to wait?
//!
//! `retry_after_ms` in the error, else the header `Retry-After`: seconds, or a date. Whatever
//! it says, a phone that stays silent for hours because of one proxy's mistake is worse than
//! one request too many.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The longest wait that is believed.
const MOST: Duration = Duration::from_secs(15 * 60);

/// The wait asked for; none when nothing was said or it cannot be read. A date counts from
/// the server's own clock; without that clock a date says nothing.
pub(super) fn retry_after(ms: Option<u64>, header: Option<&str>, now: Option<DateTime<Utc>>) -> Option<Duration> {
    let asked = ms.map(Duration::from_millis).or_else(|| in_header(header?.trim(), now))?;
    Some(asked.min(MOST))
}

fn in_header(header: &str, now: Option<DateTime<Utc>>) -> Option<Duration> {
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that fit nowhere are a very long time.
        return Some(header.parse().map_or(MOST, Duration::from_secs));
    }
    let until = DateTime::parse_from_rfc2822(header).ok()?.to_utc();
    Some((until - now?).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(n: u64) -> Option<Duration> {
        Some(Duration::from_secs(n))
    }

    #[test]
    fn a_wait_is_read_in_milliseconds_seconds_or_a_date() {
        let now = "2026-11-02T09:00:00Z".parse().ok();
        assert_eq!(retry_after(Some(2500), Some("9"), now), Some(Duration::from_millis(2500)));
        assert_eq!(retry_after(None, Some(" 9 "), now), secs(9));
        assert_eq!(retry_after(None, Some("Mon, 02 Nov 2026 09:00:30 GMT"), now), secs(30));
        assert_eq!(retry_after(None, Some("Mon, 02 Nov 2026 08:00:00 GMT"), now), secs(0));
    }

    #[test]
    fn an_absurd_wait_is_cut_to_a_quarter_of_an_hour() {
        let now = "2026-11-02T09:00:00Z".parse().ok();
        for header in ["999999999", "99999999999999999999999999", "Tue, 02 Nov 2066 09:00:30 GMT"] {
            assert_eq!(retry_after(None, Some(header), now), secs(900), "{header}");
        }
        assert_eq!(retry_after(Some(u64::MAX), None, now), secs(900));
    }

    #[test]
    fn what_cannot_be_read_gives_no_wait() {
        let now = "2026-11-02T09:00:00Z".parse().ok();
        for header in ["", "soon", "-5", "1.5"] {
            assert_eq!(retry_after(None, Some(header), now), None, "{header}");
        }
        assert_eq!(retry_after(None, Some("Mon, 02 Nov 2026 09:00:30 GMT"), None), None);
        assert_eq!(retry_after(None, None, now), None);
    }
}
