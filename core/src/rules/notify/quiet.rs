//! Are these quiet hours, and until when?
//!
//! The hours are those on the wall: they may go past midnight, and keep their names when the
//! clocks change. On the night when an hour is left out, quiet hours that end in it end when the
//! clocks jump; when an hour comes twice, its first coming counts.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::model::{QuietHours, WallClock};
use crate::rules::time::plus_ms;

const MINUTE_MS: i64 = 60_000;

/// The end of the quiet hours that `now` lies in; none when it lies in none.
pub fn quiet_until(hours: Option<QuietHours>, wall_clock: &WallClock, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let hours = hours?;
    if hours.from_minute == hours.until_minute {
        return None;
    }
    let today = local(wall_clock, now)?.date();
    // Those of yesterday may go on into today.
    [today.checked_sub_days(Days::new(1)), Some(today)].into_iter().flatten().find_map(|day| {
        let (from, until) = of_day(hours, wall_clock, day)?;
        (from <= now && now < until).then_some(until)
    })
}

/// The quiet hours that begin on a day.
fn of_day(hours: QuietHours, wall_clock: &WallClock, day: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let over_midnight = hours.until_minute <= hours.from_minute;
    let last_day = if over_midnight { day.checked_add_days(Days::new(1))? } else { day };
    let from = first_showing(wall_clock, day.and_time(time(hours.from_minute)?));
    Some((from, first_showing(wall_clock, last_day.and_time(time(hours.until_minute)?))))
}

fn time(minute: u16) -> Option<NaiveTime> {
    NaiveTime::from_hms_opt(u32::from(minute / 60), u32::from(minute % 60), 0)
}

/// The first instant at which the clock on the wall shows `time` or later.
fn first_showing(wall_clock: &WallClock, time: NaiveDateTime) -> DateTime<Utc> {
    let mut begins = DateTime::<Utc>::MIN_UTC;
    let mut offset = wall_clock.utc_offset_minutes;
    for change in &wall_clock.changes {
        let shown = instant_of(time, offset).max(begins);
        if shown < change.at {
            return shown;
        }
        (begins, offset) = (change.at, change.utc_offset_minutes);
    }
    instant_of(time, offset).max(begins)
}

fn instant_of(time: NaiveDateTime, offset_minutes: i32) -> DateTime<Utc> {
    plus_ms(time.and_utc(), -i64::from(offset_minutes) * MINUTE_MS)
}

/// What the clock on the wall shows; none at the end of time.
fn local(wall_clock: &WallClock, now: DateTime<Utc>) -> Option<NaiveDateTime> {
    let changed = wall_clock.changes.iter().rev().find(|change| change.at <= now);
    let minutes = changed.map_or(wall_clock.utc_offset_minutes, |change| change.utc_offset_minutes);
    now.naive_utc().checked_add_offset(FixedOffset::east_opt(minutes.checked_mul(60)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::OffsetChange;
    use proptest::prelude::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Paris from the summer of 2026 to that of 2027.
    fn paris() -> WallClock {
        let change = |at, utc_offset_minutes| OffsetChange { at: utc(at), utc_offset_minutes };
        let changes = vec![change("2026-10-25T01:00:00Z", 60), change("2027-03-28T01:00:00Z", 120)];
        WallClock { utc_offset_minutes: 120, changes }
    }

    fn hours(from: &str, until: &str) -> Option<QuietHours> {
        let minute = |text: &str| {
            let (hour, minute) = text.split_once(':').unwrap();
            hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap()
        };
        Some(QuietHours { from_minute: minute(from), until_minute: minute(until) })
    }

    fn in_paris(from: &str, until: &str, now: &str) -> Option<DateTime<Utc>> {
        quiet_until(hours(from, until), &paris(), utc(now))
    }

    #[test]
    fn a_quiet_night_goes_past_midnight() {
        let end = Some(utc("2026-11-03T06:00:00Z"));
        assert_eq!(in_paris("22:00", "07:00", "2026-11-02T20:59:59.999Z"), None);
        assert_eq!(in_paris("22:00", "07:00", "2026-11-02T21:00:00Z"), end);
        assert_eq!(in_paris("22:00", "07:00", "2026-11-02T23:30:00Z"), end, "after midnight in Paris");
        assert_eq!(in_paris("22:00", "07:00", "2026-11-03T05:59:59.999Z"), end);
        assert_eq!(in_paris("22:00", "07:00", "2026-11-03T06:00:00Z"), None);
    }

    #[test]
    fn a_quiet_lunch_is_within_one_day() {
        let end = Some(utc("2026-11-02T13:00:00Z"));
        assert_eq!(in_paris("12:30", "14:00", "2026-11-02T11:29:59.999Z"), None);
        assert_eq!(in_paris("12:30", "14:00", "2026-11-02T11:30:00Z"), end);
        assert_eq!(in_paris("12:30", "14:00", "2026-11-02T13:00:00Z"), None);
    }

    #[test]
    fn they_are_the_hours_on_the_wall_in_winter_and_in_summer() {
        assert_eq!(in_paris("22:00", "07:00", "2026-10-20T20:00:00Z"), Some(utc("2026-10-21T05:00:00Z")));
        assert_eq!(in_paris("22:00", "07:00", "2026-11-20T20:00:00Z"), None);
        assert_eq!(in_paris("22:00", "07:00", "2026-11-20T21:00:00Z"), Some(utc("2026-11-21T06:00:00Z")));
    }

    #[test]
    fn the_night_in_which_the_clocks_change_keeps_its_ends_on_the_wall() {
        let back = in_paris("22:00", "07:00", "2026-10-24T20:00:00Z");
        assert_eq!(back, Some(utc("2026-10-25T06:00:00Z")), "ten hours long");
        let forward = in_paris("22:00", "07:00", "2027-03-27T21:00:00Z");
        assert_eq!(forward, Some(utc("2027-03-28T05:00:00Z")), "eight hours long");
    }

    #[test]
    fn an_end_in_the_hour_that_is_left_out_is_when_the_clocks_jump() {
        assert_eq!(in_paris("22:00", "02:30", "2027-03-28T00:59:59.999Z"), Some(utc("2027-03-28T01:00:00Z")));
        assert_eq!(in_paris("22:00", "02:30", "2027-03-28T01:00:00Z"), None);
    }

    #[test]
    fn of_an_hour_that_comes_twice_the_first_counts() {
        assert_eq!(in_paris("22:00", "02:30", "2026-10-25T00:29:59.999Z"), Some(utc("2026-10-25T00:30:00Z")));
        assert_eq!(in_paris("22:00", "02:30", "2026-10-25T00:30:00Z"), None);
        assert_eq!(in_paris("22:00", "02:30", "2026-10-25T01:15:00Z"), None, "the second 02:15 is not quiet again");
    }

    #[test]
    fn the_same_minute_or_none_is_never_quiet() {
        assert_eq!(in_paris("22:00", "22:00", "2026-11-02T22:00:00Z"), None);
        assert_eq!(quiet_until(None, &paris(), utc("2026-11-02T22:00:00Z")), None);
        let absurd = Some(QuietHours { from_minute: 5_000, until_minute: 60 });
        assert_eq!(quiet_until(absurd, &paris(), utc("2026-11-02T22:00:00Z")), None);
    }

    #[test]
    fn east_and_west_of_the_date_line() {
        let at = |minutes| WallClock { utc_offset_minutes: minutes, changes: Vec::new() };
        let night = hours("22:00", "07:00");
        let noon = utc("2026-11-02T12:00:00Z");
        // 02:00 of the next day in Kiritimati, 00:30 in Adelaide, 02:00 of the same day west.
        assert_eq!(quiet_until(night, &at(840), noon), Some(utc("2026-11-02T17:00:00Z")));
        assert_eq!(quiet_until(night, &at(630 + 120), noon), Some(utc("2026-11-02T18:30:00Z")));
        assert_eq!(quiet_until(night, &at(-600), noon), Some(utc("2026-11-02T17:00:00Z")));
    }

    proptest! {
        #[test]
        fn it_stays_quiet_until_the_end_it_names(
            from in 0_u16..1_440, until in 0_u16..1_440, minute in 0_i64..(400 * 1_440), step in 1_i64..600,
        ) {
            let hours = Some(QuietHours { from_minute: from, until_minute: until });
            let now = plus_ms(utc("2026-09-01T00:00:00Z"), minute * MINUTE_MS);
            if let Some(end) = quiet_until(hours, &paris(), now) {
                prop_assert!(now < end);
                let later = plus_ms(now, step * MINUTE_MS).min(plus_ms(end, -1));
                prop_assert_eq!(quiet_until(hours, &paris(), later), Some(end));
                prop_assert_eq!(quiet_until(hours, &paris(), end), None);
            }
        }
    }
}
