//! What the phone tells its agent of.

use super::{LEA, Phone};
use crate::facade::{Error, NotificationDecision, NotificationReason, SilenceReason};
use crate::model::{NotificationPreferences, OffsetChange, PhraseKey, QuietHours};

/// From ten in the morning to six in the evening: Marc works at night.
const BY_DAY: QuietHours = QuietHours { from_minute: 10 * 60, until_minute: 18 * 60 };

async fn prefer(phone: &Phone, preferences: NotificationPreferences) {
    phone.account.push().set_preferences(preferences).await.unwrap();
}

#[tokio::test]
async fn the_badge_counts_what_is_unread_and_wanted() {
    let phone = Phone::ready().await;
    let push = phone.account.push();
    assert_eq!(push.badge().await.unwrap(), 1);
    prefer(&phone, NotificationPreferences { mine: false, unassigned: false, ..Default::default() }).await;
    assert_eq!(push.badge().await.unwrap(), 0);
    prefer(&phone, NotificationPreferences::default()).await;
    phone.lea().enter().await.unwrap();
    assert_eq!(push.badge().await.unwrap(), 0, "read, although the server does not know it yet");
}

#[tokio::test]
async fn preferences_outlive_the_app_and_nonsense_is_refused() {
    let phone = Phone::ready().await;
    let push = phone.account.push();
    assert_eq!(push.preferences().await.unwrap(), NotificationPreferences::default());
    let chosen = NotificationPreferences { quiet_hours: Some(BY_DAY), ..Default::default() };
    prefer(&phone, chosen.clone()).await;
    let absurd = Some(QuietHours { from_minute: 0, until_minute: 24 * 60 });
    let refused = push.set_preferences(NotificationPreferences { quiet_hours: absurd, ..Default::default() }).await;
    assert!(matches!(refused, Err(Error::Refused { code, .. }) if code == "bad_request"));
    let phone = phone.restarted().await;
    assert_eq!(phone.account.push().preferences().await.unwrap(), chosen);
}

#[tokio::test]
async fn quiet_hours_go_by_the_clock_on_the_wall() {
    let phone = Phone::ready().await;
    let push = phone.account.push();
    prefer(&phone, NotificationPreferences { quiet_hours: Some(BY_DAY), ..Default::default() }).await;
    // It is nine in UTC and ten in Paris, where the phone was set up.
    assert_eq!(push.quiet_until().await.unwrap(), Some("2026-11-02T17:00:00Z".parse().unwrap()));
    push.set_wall_clock(0, Vec::new()).await.unwrap();
    assert_eq!(push.quiet_until().await.unwrap(), None);
    let back = OffsetChange { at: "2026-11-02T08:00:00Z".parse().unwrap(), utc_offset_minutes: 120 };
    push.set_wall_clock(0, vec![back]).await.unwrap();
    assert_eq!(push.quiet_until().await.unwrap(), Some("2026-11-02T16:00:00Z".parse().unwrap()));
}

#[tokio::test]
async fn a_reminder_is_due_while_the_customer_waits_and_gone_once_answered() {
    let phone = Phone::ready().await;
    let push = phone.account.push();
    let coming = push.reminders().await.unwrap();
    let at: Vec<String> = coming.iter().map(|reminder| reminder.at.to_rfc3339()).collect();
    assert_eq!(at, ["2026-11-03T07:00:00+00:00", "2026-11-03T08:30:00+00:00"]);
    assert_eq!((coming[0].conversation_id, coming[0].phrase.key), (LEA, PhraseKey::ReminderClosing));
    prefer(&phone, NotificationPreferences { remind_before_ms: Vec::new(), ..Default::default() }).await;
    assert_eq!(push.reminders().await.unwrap(), []);
    prefer(&phone, NotificationPreferences::default()).await;
    assert_eq!(push.reminders().await.unwrap().len(), 2);
    phone.replies("Oui").await;
    phone.settled().await;
    assert_eq!(push.reminders().await.unwrap(), []);
}

#[tokio::test]
async fn whether_the_agent_is_told_depends_on_what_is_in_front_of_them() {
    let phone = Phone::ready().await;
    let push = phone.account.push();
    let message = phone.server.customer_says("Allô ?");
    phone.settled().await;
    let told = push.notification_decision(message).await.unwrap();
    assert!(
        matches!(
            told,
            NotificationDecision::Show { reason: NotificationReason::Mine | NotificationReason::Unassigned }
        ),
        "{told:?}"
    );
    phone.lea().enter().await.unwrap();
    assert_eq!(
        push.notification_decision(message).await.unwrap(),
        NotificationDecision::Silent { why: SilenceReason::OnScreen }
    );
    phone.lea().leave().await.unwrap();
    assert_eq!(
        push.notification_decision(message).await.unwrap(),
        NotificationDecision::Silent { why: SilenceReason::Read }
    );
    let unknown = push.notification_decision(crate::model::MessageId(999_999)).await;
    assert_eq!(unknown, Err(Error::NotFound));
}
