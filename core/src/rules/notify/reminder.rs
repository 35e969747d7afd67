//! When is an agent reminded that a window closes while its customer waits?
//!
//! At 2 hours and at 30 minutes before the end, as the agent set it, and only while no agent has
//! answered. What would come in quiet hours comes when they end, if the window is still open then.

use chrono::{DateTime, Utc};

use super::{is_wanted, quiet_until};
use crate::model::{
    Agent, Conversation, NotificationPreferences, Phrase, PhraseKey, PhraseValue, WallClock, WindowPolicy,
};
use crate::rules::time::plus_ms;
use crate::rules::window::ends_at;

/// A reminder to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// When it comes.
    pub at: DateTime<Utc>,
    /// The end of the window it speaks of.
    pub closes_at: DateTime<Utc>,
}

/// The reminders of a conversation that come after `now`, the next one first. They hold until
/// something changes: an answer, a new message, an assignment.
pub fn reminders(
    policy: &WindowPolicy,
    conversation: &Conversation,
    me: &Agent,
    preferences: &NotificationPreferences,
    wall_clock: &WallClock,
    now: DateTime<Utc>,
) -> Vec<Reminder> {
    let waits = conversation.open && conversation.waiting_since.is_some();
    if !waits || !is_wanted(conversation, me, preferences) {
        return Vec::new();
    }
    // The last end counts: where a person has longer, a person is who is reminded.
    let Some(closes_at) = ends_at(policy, &conversation.window, now) else { return Vec::new() };
    let moments = preferences.remind_before_ms.iter().filter(|before| **before > 0).map(|before| {
        let at = plus_ms(closes_at, before.saturating_neg());
        quiet_until(preferences.quiet_hours, wall_clock, at).unwrap_or(at)
    });
    let mut moments: Vec<DateTime<Utc>> = moments.filter(|at| now < *at && *at < closes_at).collect();
    moments.sort_unstable();
    moments.dedup();
    moments.into_iter().map(|at| Reminder { at, closes_at }).collect()
}

/// A reminder in words.
pub fn phrase(reminder: &Reminder, customer: &str) -> Phrase {
    Phrase::new(PhraseKey::ReminderClosing)
        .with("name", PhraseValue::Text(customer.to_owned()))
        .with("until", PhraseValue::At(reminder.closes_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AgentId, QuietHours};
    use crate::rules::notify::tests::{assigned_to, marc, waiting};
    use crate::rules::table::{HOUR, at, messenger_window, whatsapp_window, widget_window};
    use crate::rules::window::window_facts;

    const NONE: [DateTime<Utc>; 0] = [];

    /// The customer wrote at ten on the second and waits.
    fn waits() -> Conversation {
        let window = window_facts(&whatsapp_window(), &[at("2 10:00")], &[], None);
        Conversation { window, ..assigned_to(AgentId(3)) }
    }

    fn moments(conversation: &Conversation, preferences: &NotificationPreferences, now: &str) -> Vec<DateTime<Utc>> {
        let found = reminders(&whatsapp_window(), conversation, &marc(), preferences, &WallClock::default(), at(now));
        found.into_iter().map(|reminder| reminder.at).collect()
    }

    fn by_default(conversation: &Conversation, now: &str) -> Vec<DateTime<Utc>> {
        moments(conversation, &NotificationPreferences::default(), now)
    }

    #[test]
    fn at_two_hours_and_at_thirty_minutes_before_the_end() {
        assert_eq!(by_default(&waits(), "2 11:00"), [at("3 08:00"), at("3 09:30")]);
        assert_eq!(by_default(&waits(), "3 07:59:59.999"), [at("3 08:00"), at("3 09:30")]);
        assert_eq!(by_default(&waits(), "3 08:00"), [at("3 09:30")], "what was due is not due again");
        assert_eq!(by_default(&waits(), "3 09:30"), NONE);
    }

    #[test]
    fn only_while_the_customer_waits_in_an_open_talk() {
        assert_eq!(by_default(&Conversation { waiting_since: None, ..waits() }, "2 11:00"), NONE);
        assert_eq!(by_default(&Conversation { open: false, ..waits() }, "2 11:00"), NONE);
    }

    #[test]
    fn only_in_an_open_window_that_ends() {
        assert_eq!(by_default(&waits(), "3 10:00"), NONE);
        let refused = window_facts(&whatsapp_window(), &[at("2 10:00")], &[at("2 12:00")], None);
        assert_eq!(by_default(&Conversation { window: refused, ..waits() }, "2 13:00"), NONE);
        let clock = WallClock::default();
        let none =
            reminders(&widget_window(), &waits(), &marc(), &NotificationPreferences::default(), &clock, at("2 11:00"));
        assert_eq!(none, []);
    }

    #[test]
    fn where_a_person_has_seven_days_it_is_their_end() {
        let clock = WallClock::default();
        let preferences = NotificationPreferences::default();
        let found = reminders(&messenger_window(), &waits(), &marc(), &preferences, &clock, at("2 11:00"));
        assert_eq!(found.first(), Some(&Reminder { at: at("9 08:00"), closes_at: at("9 10:00") }));
    }

    #[test]
    fn the_agent_sets_when_and_whether() {
        let set = |remind_before_ms| NotificationPreferences { remind_before_ms, ..Default::default() };
        assert_eq!(moments(&waits(), &set(vec![HOUR, 4 * HOUR, HOUR]), "2 11:00"), [at("3 06:00"), at("3 09:00")]);
        assert_eq!(moments(&waits(), &set(Vec::new()), "2 11:00"), NONE);
        assert_eq!(moments(&waits(), &set(vec![0, -1, i64::MAX]), "2 11:00"), NONE);
    }

    #[test]
    fn a_colleagues_customer_is_not_ours_to_be_reminded_of() {
        assert_eq!(by_default(&Conversation { assignee: Some(AgentId(4)), ..waits() }, "2 11:00"), NONE);
        let nobodys = Conversation { window: waits().window, ..waiting() };
        assert_eq!(by_default(&nobodys, "2 11:00").len(), 2);
        let muted = NotificationPreferences { muted_channels: vec![waits().channel_id], ..Default::default() };
        assert_eq!(moments(&waits(), &muted, "2 11:00"), NONE);
    }

    #[test]
    fn what_falls_into_quiet_hours_comes_when_they_end_if_there_is_still_time() {
        let quiet = |until_minute| {
            let quiet_hours = Some(QuietHours { from_minute: 22 * 60, until_minute });
            NotificationPreferences { quiet_hours, ..NotificationPreferences::default() }
        };
        assert_eq!(moments(&waits(), &quiet(9 * 60), "2 11:00"), [at("3 09:00"), at("3 09:30")]);
        assert_eq!(moments(&waits(), &quiet(9 * 60 + 45), "2 11:00"), [at("3 09:45")], "one word, not two");
        assert_eq!(moments(&waits(), &quiet(10 * 60), "2 11:00"), NONE, "too late to answer");
    }

    #[test]
    fn it_says_who_waits_and_until_when() {
        let said = phrase(&Reminder { at: at("3 08:00"), closes_at: at("3 10:00") }, "Léa");
        assert_eq!(said.key, PhraseKey::ReminderClosing);
        assert_eq!(said.args[1].value, PhraseValue::At(at("3 10:00")));
    }
}
