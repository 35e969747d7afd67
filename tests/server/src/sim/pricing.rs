//! What does the provider's report say that a message costs?
//!
//! Written apart from `riposte::rules` on purpose, from Meta's pages alone ("Pricing", "Status
//! messages webhook reference"): a free entry point makes everything free; until 30 September 2026
//! replies are free, and so are utility templates while the window is open; since 1 October 2026
//! the first 1,000 replies of a number in a calendar month are free and everything else is charged.

use chrono::{DateTime, NaiveDate, Utc};

/// Replies of one number that are free in a month since 1 October 2026.
pub(super) const FREE_REPLIES_A_MONTH: u32 = 1_000;

/// The `pricing` object of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Price {
    pub(super) billable: bool,
    pub(super) kind: &'static str,
    pub(super) category: String,
    /// It is one of the month's free replies.
    pub(super) uses_free_reply: bool,
}

/// What is known when a message leaves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances<'a> {
    /// `service` for a reply, else the category of the template.
    pub(super) category: &'a str,
    pub(super) window_open: bool,
    pub(super) free_entry_point: bool,
    /// Free replies of the month that are used up.
    pub(super) free_replies_used: u32,
    /// The day in the time zone of the business account.
    pub(super) day: NaiveDate,
}

/// The day on which something happens, for an account so many minutes east of UTC.
pub(super) fn day_of(at: DateTime<Utc>, utc_offset_minutes: i32) -> NaiveDate {
    (at + chrono::TimeDelta::minutes(i64::from(utc_offset_minutes))).date_naive()
}

pub(super) fn price(of: Circumstances<'_>) -> Price {
    let category = of.category.to_owned();
    if of.free_entry_point {
        let category = "referral_conversion".to_owned();
        return Price { billable: false, kind: "free_entry_point", category, uses_free_reply: false };
    }
    let replies_are_charged = NaiveDate::from_ymd_opt(2026, 10, 1).is_some_and(|first| of.day >= first);
    let uses_free_reply =
        replies_are_charged && of.category == "service" && of.free_replies_used < FREE_REPLIES_A_MONTH;
    let free_by_window = !replies_are_charged && of.window_open && matches!(of.category, "service" | "utility");
    if uses_free_reply || free_by_window {
        return Price { billable: false, kind: "free_customer_service", category, uses_free_reply };
    }
    Price { billable: true, kind: "regular", category, uses_free_reply: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(category: &str, window_open: bool, used: u32, day: &str) -> &'static str {
        let day = day.parse().unwrap();
        let of = Circumstances { category, window_open, free_entry_point: false, free_replies_used: used, day };
        price(of).kind
    }

    #[test]
    fn the_thousandth_reply_of_a_month_is_free_and_the_next_is_not() {
        assert_eq!(kind("service", true, 999, "2026-11-02"), "free_customer_service");
        assert_eq!(kind("service", true, 1_000, "2026-11-02"), "regular");
    }

    #[test]
    fn a_utility_template_in_the_window_was_free_until_september() {
        assert_eq!(kind("utility", true, 0, "2026-09-30"), "free_customer_service");
        assert_eq!(kind("utility", false, 0, "2026-09-30"), "regular");
        assert_eq!(kind("utility", true, 0, "2026-10-01"), "regular");
    }

    #[test]
    fn replies_were_free_without_limit_until_september() {
        assert_eq!(kind("service", true, 5_000, "2026-09-30"), "free_customer_service");
    }

    #[test]
    fn marketing_is_always_charged_outside_a_free_entry_point() {
        assert_eq!(kind("marketing", true, 0, "2026-09-30"), "regular");
        let day = "2026-11-02".parse().unwrap();
        let category = "marketing";
        let free = Circumstances { category, window_open: true, free_entry_point: true, free_replies_used: 0, day };
        assert_eq!((price(free).kind, price(free).billable), ("free_entry_point", false));
    }

    #[test]
    fn the_day_is_that_of_the_accounts_time_zone() {
        let late: DateTime<Utc> = "2026-09-30T23:30:00Z".parse().unwrap();
        assert_eq!(day_of(late, 60).to_string(), "2026-10-01");
        assert_eq!(day_of(late, 0).to_string(), "2026-09-30");
    }
}
