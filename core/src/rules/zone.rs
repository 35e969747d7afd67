//! When does a day or a month begin where the account is?
//!
//! Free messages of a month, plan periods, reports and Meta's price changes ("12am in the time
//! zone of the WhatsApp Business account") all begin at a midnight of the account, not of UTC and
//! not of the phone.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use crate::model::WallClock;

/// How far the account's clocks are ahead of UTC at an instant.
fn offset_at(zone: &WallClock, at: DateTime<Utc>) -> TimeDelta {
    let newest = zone.changes.iter().filter(|change| change.at <= at).max_by_key(|change| change.at);
    let minutes = newest.map_or(zone.utc_offset_minutes, |change| change.utc_offset_minutes);
    TimeDelta::minutes(i64::from(minutes))
}

/// The first instant of a day. None for a day beyond the calendar.
///
/// Where the clocks jump over midnight the day begins when they land; where midnight comes twice,
/// at the first one.
pub fn midnight(zone: &WallClock, day: NaiveDate) -> Option<DateTime<Utc>> {
    let local = day.and_hms_opt(0, 0, 0)?.and_utc();
    let offsets = zone.changes.iter().map(|change| change.utc_offset_minutes);
    let offsets = std::iter::once(zone.utc_offset_minutes).chain(offsets);
    let under = |minutes: i32| local.checked_sub_signed(TimeDelta::minutes(i64::from(minutes)));
    let shown = offsets.filter_map(under).filter(|at| local_day(zone, *at) == Some(day));
    let landed = zone.changes.iter().map(|change| change.at).filter(|at| local_day(zone, *at) == Some(day));
    shown.chain(landed).min()
}

/// The day it is where the account is.
pub fn local_day(zone: &WallClock, at: DateTime<Utc>) -> Option<NaiveDate> {
    Some(at.checked_add_signed(offset_at(zone, at))?.date_naive())
}

/// The calendar month an instant falls into: its first instant and the next month's.
pub fn month_around(zone: &WallClock, at: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let day = local_day(zone, at)?;
    month(zone, day.year(), day.month())
}

/// A calendar month (from 1): its first instant and the next month's. None when there is no such month.
pub fn month(zone: &WallClock, year: i32, month: u32) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let (next_year, next) = if month == 12 { (year.checked_add(1)?, 1) } else { (year, month.checked_add(1)?) };
    let begins = |year, month| midnight(zone, NaiveDate::from_ymd_opt(year, month, 1)?);
    Some((begins(year, month)?, begins(next_year, next)?))
}

/// The period of a plan that an instant falls into: from one billing date to the next, at midnight
/// of the account. A plan billed on the 31st is billed on the last day of shorter months, and on
/// the 31st again after them. None before the plan began.
pub fn plan_period(zone: &WallClock, began: NaiveDate, at: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let day = local_day(zone, at)?;
    let months = |date: NaiveDate| date.year().checked_mul(12)?.checked_add(i32::try_from(date.month0()).ok()?);
    let since = u32::try_from(months(day)?.checked_sub(months(began)?)?).ok()?;
    let billed = |after: u32| midnight(zone, began.checked_add_months(chrono::Months::new(after))?);
    let current = if billed(since)? <= at { since } else { since.checked_sub(1)? };
    Some((billed(current)?, billed(current.checked_add(1)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::OffsetChange;
    use proptest::prelude::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Paris, with the changes of 2026.
    fn paris() -> WallClock {
        let change = |at: &str, utc_offset_minutes| OffsetChange { at: utc(at), utc_offset_minutes };
        WallClock {
            utc_offset_minutes: 60,
            changes: vec![change("2026-03-29T01:00:00Z", 120), change("2026-10-25T01:00:00Z", 60)],
        }
    }

    #[test]
    fn a_month_begins_at_midnight_of_the_account_in_summer_and_in_winter() {
        assert_eq!(month(&paris(), 2026, 7), Some((utc("2026-06-30T22:00:00Z"), utc("2026-07-31T22:00:00Z"))));
        assert_eq!(month(&paris(), 2026, 12), Some((utc("2026-11-30T23:00:00Z"), utc("2026-12-31T23:00:00Z"))));
        let march = Some((utc("2026-02-28T23:00:00Z"), utc("2026-03-31T22:00:00Z")));
        assert_eq!(month(&paris(), 2026, 3), march, "the clocks change within it");
        assert_eq!(month(&paris(), 2026, 13), None);
        assert_eq!(month(&paris(), 2026, 0), None);
    }

    #[test]
    fn half_past_eleven_in_utc_may_be_the_next_month() {
        let november = month(&paris(), 2026, 11);
        assert_eq!(month_around(&paris(), utc("2026-10-31T23:30:00Z")), november);
        assert_eq!(
            month_around(&WallClock::fixed(0), utc("2026-10-31T23:30:00Z")),
            month(&WallClock::fixed(0), 2026, 10)
        );
        let los_angeles = WallClock::fixed(-480);
        assert_eq!(month_around(&los_angeles, utc("2026-11-01T07:59:59.999Z")), month(&los_angeles, 2026, 10));
        assert_eq!(month_around(&los_angeles, utc("2026-11-01T08:00:00Z")), month(&los_angeles, 2026, 11));
    }

    #[test]
    fn where_the_clocks_jump_over_midnight_the_day_begins_when_they_land() {
        // Beirut, 29 March 2026: at midnight it is one o'clock.
        let jump = OffsetChange { at: utc("2026-03-28T22:00:00Z"), utc_offset_minutes: 180 };
        let beirut = WallClock { utc_offset_minutes: 120, changes: vec![jump] };
        assert_eq!(midnight(&beirut, day("2026-03-29")), Some(utc("2026-03-28T22:00:00Z")));
        assert_eq!(midnight(&beirut, day("2026-03-30")), Some(utc("2026-03-29T21:00:00Z")));
    }

    #[test]
    fn where_midnight_comes_twice_the_day_begins_at_the_first() {
        // Havana, 1 November 2026: at one o'clock it is midnight again.
        let back = OffsetChange { at: utc("2026-11-01T05:00:00Z"), utc_offset_minutes: -300 };
        let havana = WallClock { utc_offset_minutes: -240, changes: vec![back] };
        assert_eq!(midnight(&havana, day("2026-11-01")), Some(utc("2026-11-01T04:00:00Z")));
        assert_eq!(midnight(&havana, day("2026-11-02")), Some(utc("2026-11-02T05:00:00Z")));
    }

    #[test]
    fn a_plan_runs_from_billing_date_to_billing_date() {
        let period = |at: &str| plan_period(&paris(), day("2026-01-15"), utc(at));
        let october_november = Some((utc("2026-10-14T22:00:00Z"), utc("2026-11-14T23:00:00Z")));
        assert_eq!(period("2026-11-02T09:00:00Z"), october_november);
        assert_eq!(period("2026-11-14T22:59:59.999Z"), october_november);
        assert_eq!(period("2026-11-14T23:00:00Z").unwrap().0, utc("2026-11-14T23:00:00Z"));
        assert_eq!(period("2026-01-14T22:59:59.999Z"), None, "before it began");
    }

    #[test]
    fn a_plan_billed_on_the_31st_is_billed_on_the_last_day_of_shorter_months() {
        let period = |at: &str| plan_period(&WallClock::fixed(0), day("2026-01-31"), utc(at));
        assert_eq!(period("2026-02-15T00:00:00Z"), Some((utc("2026-01-31T00:00:00Z"), utc("2026-02-28T00:00:00Z"))));
        assert_eq!(period("2026-02-28T00:00:00Z"), Some((utc("2026-02-28T00:00:00Z"), utc("2026-03-31T00:00:00Z"))));
    }

    proptest! {
        #[test]
        fn each_instant_is_in_one_month_and_in_one_period(at in 0_i64..4_102_444_800, offset in -720_i32..841, dom in 1_u32..32) {
            let at = DateTime::from_timestamp(at, 0).unwrap();
            let zone = WallClock::fixed(offset);
            let (from, to) = month_around(&zone, at).unwrap();
            prop_assert!(from <= at && at < to);
            prop_assert_eq!(month_around(&zone, from).unwrap(), (from, to));
            let began = NaiveDate::from_ymd_opt(1969, 1, dom).unwrap();
            let (from, to) = plan_period(&zone, began, at).unwrap();
            prop_assert!(from <= at && at < to);
            prop_assert_eq!(plan_period(&zone, began, to).unwrap().0, to, "one period begins where the last one ends");
        }
    }
}
