//! The provider's own judgement: may the business write freely now, and is it free of charge?
//!
//! Written apart from `riposte::rules` on purpose, from Meta's pages alone ("Send messages",
//! "Pricing on the WhatsApp Business Platform", "Messenger Platform policy").

use chrono::{DateTime, TimeDelta, Utc};

/// After the customer's last message a business may write freely for this long.
const SERVICE: TimeDelta = TimeDelta::hours(24);
/// On Messenger and Instagram a person may still answer for this long.
const HUMAN_AGENT: TimeDelta = TimeDelta::days(7);
/// The first answer to a customer from an advertisement makes everything free for this long.
const FREE_ENTRY: TimeDelta = TimeDelta::hours(72);

/// What happened between one customer and one number, as far as windows go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// When the customer last wrote something that counts; whole seconds, as in webhooks.
    last: Option<DateTime<Utc>>,
    /// When the customer came from an advertisement, until the first answer.
    invited: Option<DateTime<Utc>>,
    /// Until when nothing is charged.
    free_until: Option<DateTime<Utc>>,
}

impl Standing {
    /// The customer wrote. Messages may come in any order.
    pub fn customer_wrote(&mut self, at: DateTime<Utc>, by_advertisement: bool) {
        self.last = self.last.max(Some(at));
        if by_advertisement {
            self.invited = Some(at);
        }
    }

    /// The business answered; whether that began a free entry point.
    pub fn business_wrote(&mut self, at: DateTime<Utc>) -> bool {
        let Some(invited) = self.invited.take() else { return false };
        let began = at < invited + SERVICE && !self.is_free(at);
        if began {
            self.free_until = Some(at + FREE_ENTRY);
        }
        began
    }

    /// Free text may go.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.last.is_some_and(|last| now < last + SERVICE)
    }

    /// A person's answer may go, where the channel knows such a thing.
    pub fn is_open_to_a_person(&self, now: DateTime<Utc>) -> bool {
        self.last.is_some_and(|last| now < last + HUMAN_AGENT)
    }

    /// Nothing is charged.
    pub fn is_free(&self, now: DateTime<Utc>) -> bool {
        self.free_until.is_some_and(|until| now < until)
    }

    /// The end of the free entry point.
    pub fn free_until(&self) -> Option<DateTime<Utc>> {
        self.free_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    const MOMENT: TimeDelta = TimeDelta::milliseconds(1);

    #[test]
    fn without_a_message_of_the_customer_the_window_is_closed() {
        assert!(!Standing::default().is_open(at(0)));
    }

    #[test]
    fn it_is_open_up_to_the_last_moment_of_24_hours_and_closed_at_24() {
        let mut standing = Standing::default();
        standing.customer_wrote(at(10), false);
        assert!(standing.is_open(at(34) - MOMENT));
        assert!(!standing.is_open(at(34)));
    }

    #[test]
    fn a_person_may_answer_up_to_the_last_moment_of_seven_days() {
        let mut standing = Standing::default();
        standing.customer_wrote(at(0), false);
        assert!(standing.is_open_to_a_person(at(168) - MOMENT));
        assert!(!standing.is_open_to_a_person(at(168)));
    }

    #[test]
    fn an_older_message_that_comes_late_does_not_shorten_the_window() {
        let mut standing = Standing::default();
        standing.customer_wrote(at(10), false);
        standing.customer_wrote(at(2), false);
        assert!(standing.is_open(at(33)));
    }

    #[test]
    fn nothing_of_the_business_opens_a_window() {
        let mut standing = Standing::default();
        standing.business_wrote(at(0));
        assert!(!standing.is_open(at(0)));
    }

    #[test]
    fn an_answer_to_an_advertisement_makes_72_hours_free_from_the_answer() {
        let mut standing = Standing::default();
        standing.customer_wrote(at(0), true);
        assert!(!standing.is_free(at(1)));
        assert!(standing.business_wrote(at(5)));
        assert!(standing.is_free(at(77) - MOMENT));
        assert!(!standing.is_free(at(77)));
        assert!(!standing.is_open(at(24)), "free of charge is not permission");
    }

    #[test]
    fn an_answer_after_24_hours_is_not_free() {
        let mut standing = Standing::default();
        standing.customer_wrote(at(0), true);
        assert!(!standing.business_wrote(at(24)));
        assert!(!standing.is_free(at(24)));
    }
}
