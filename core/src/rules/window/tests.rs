use super::*;
use crate::model::{AnswerKind, MessageId};
use crate::rules::table::{HOUR, at, messenger_window, whatsapp_window, widget_window};
use proptest::prelude::*;

fn customer_wrote(times: &[&str]) -> WindowFacts {
    window_facts(&whatsapp_window(), &times.iter().map(|time| at(time)).collect::<Vec<_>>(), &[], None)
}

fn refused(wrote: &[&str], refused: &[&str]) -> WindowFacts {
    let times = |texts: &[&str]| texts.iter().map(|time| at(time)).collect::<Vec<_>>();
    window_facts(&whatsapp_window(), &times(wrote), &times(refused), None)
}

fn open_until(closes_at: &str) -> ReplyWindow {
    ReplyWindow::Open { closes_at: at(closes_at), human_agent: false }
}

fn closed(since: &str, why: ClosedWhy) -> ReplyWindow {
    ReplyWindow::Closed { since: Some(at(since)), why }
}

fn whatsapp(facts: &WindowFacts, now: &str) -> ReplyWindow {
    reply_window(&whatsapp_window(), facts, at(now))
}

#[test]
fn at_twenty_four_hours_it_is_closed() {
    let facts = customer_wrote(&["2 10:00"]);
    assert_eq!(whatsapp(&facts, "2 10:00"), open_until("3 10:00"));
    assert_eq!(whatsapp(&facts, "3 09:59:59.999"), open_until("3 10:00"));
    assert_eq!(whatsapp(&facts, "3 10:00"), closed("3 10:00", ClosedWhy::Ended));
    assert_eq!(whatsapp(&facts, "3 10:00:00.001"), closed("3 10:00", ClosedWhy::Ended));
}

#[test]
fn before_the_customers_first_message_it_was_never_open() {
    let never = ReplyWindow::Closed { since: None, why: ClosedWhy::NeverOpened };
    assert_eq!(whatsapp(&WindowFacts::default(), "2 10:00"), never);
}

#[test]
fn each_further_message_counts_it_afresh() {
    let facts = customer_wrote(&["2 10:00", "3 09:00"]);
    assert_eq!(whatsapp(&facts, "4 08:59:59.999"), open_until("4 09:00"));
    assert_eq!(facts.opened_at, Some(at("2 10:00")), "the window never closed in between");
}

#[test]
fn a_message_at_the_very_end_opens_a_new_window() {
    assert_eq!(customer_wrote(&["2 10:00", "3 09:59:59.999"]).opened_at, Some(at("2 10:00")));
    assert_eq!(customer_wrote(&["2 10:00", "3 10:00"]).opened_at, Some(at("3 10:00")));
}

#[test]
fn a_late_message_of_yesterday_does_not_shorten_todays_window() {
    assert_eq!(customer_wrote(&["3 09:00", "2 10:00"]), customer_wrote(&["2 10:00", "3 09:00"]));
}

#[test]
fn a_refusal_closes_it_as_of_the_attempt() {
    let facts = refused(&["2 10:00"], &["2 12:00"]);
    assert_eq!(whatsapp(&facts, "2 12:00"), closed("2 12:00", ClosedWhy::Refused));
    assert_eq!(whatsapp(&facts, "5 12:00"), closed("2 12:00", ClosedWhy::Refused));
}

#[test]
fn only_a_message_later_than_the_refused_attempt_opens_it_again() {
    let refused_at_noon = |wrote| whatsapp(&refused(&["2 10:00", wrote], &["2 12:00"]), "2 13:00");
    assert_eq!(refused_at_noon("2 11:59:59"), closed("2 12:00", ClosedWhy::Refused));
    assert_eq!(refused_at_noon("2 12:00"), closed("2 12:00", ClosedWhy::Refused), "the same second is not later");
    assert_eq!(refused_at_noon("2 12:00:00.001"), open_until("3 12:00:00.001"));
}

#[test]
fn a_refusal_breaks_the_window_in_two() {
    assert_eq!(refused(&["2 10:00", "2 13:00"], &["2 12:00"]).opened_at, Some(at("2 13:00")));
    assert_eq!(refused(&["2 10:00", "2 13:00"], &["2 09:00"]).opened_at, Some(at("2 10:00")));
}

#[test]
fn what_was_sent_fell_into_the_window_of_its_time() {
    let wrote = [at("2 10:00"), at("2 20:00"), at("4 10:00")];
    let fell_into = |time: &str| window_opened_at(&whatsapp_window(), &wrote, &[at("4 11:00")], at(time));
    assert_eq!(fell_into("2 09:59"), None);
    assert_eq!(fell_into("3 19:59:59.999"), Some(at("2 10:00")));
    assert_eq!(fell_into("3 20:00"), None);
    assert_eq!(fell_into("4 10:00"), Some(at("4 10:00")));
    assert_eq!(fell_into("4 11:00"), None, "that attempt was refused");
}

#[test]
fn a_refusal_after_the_end_changes_nothing() {
    assert_eq!(whatsapp(&refused(&["2 10:00"], &["3 11:00"]), "3 12:00"), closed("3 10:00", ClosedWhy::Ended));
}

#[test]
fn a_free_entry_point_changes_no_permission() {
    let facts = window_facts(&whatsapp_window(), &[at("2 10:00")], &[], Some(at("5 10:00")));
    assert_eq!(whatsapp(&facts, "3 10:00"), closed("3 10:00", ClosedWhy::Ended));
    assert_eq!(facts.free_until, Some(at("5 10:00")));
}

#[test]
fn on_messenger_a_person_may_answer_for_seven_days() {
    let policy = messenger_window();
    let facts = window_facts(&policy, &[at("2 10:00")], &[], None);
    let late = ReplyWindow::Open { closes_at: at("9 10:00"), human_agent: true };
    assert_eq!(reply_window(&policy, &facts, at("3 09:59:59.999")), open_until("3 10:00"));
    assert_eq!(reply_window(&policy, &facts, at("3 10:00")), late);
    assert_eq!(reply_window(&policy, &facts, at("9 09:59:59.999")), late);
    assert_eq!(reply_window(&policy, &facts, at("9 10:00")), closed("9 10:00", ClosedWhy::Ended));
}

#[test]
fn the_widget_has_no_window() {
    assert_eq!(reply_window(&widget_window(), &WindowFacts::default(), at("2 10:00")), ReplyWindow::Unlimited);
    assert_eq!(sendable_until(&widget_window(), &WindowFacts::default(), 0), None);
}

#[test]
fn what_has_waited_leaves_up_to_a_minute_before_the_end_less_the_clocks_error() {
    let facts = customer_wrote(&["2 10:00"]);
    assert_eq!(sendable_until(&whatsapp_window(), &facts, 0), Some(at("3 09:59")));
    assert_eq!(sendable_until(&whatsapp_window(), &facts, 1_500), Some(at("3 09:58:58.500")));
}

#[test]
fn nothing_that_has_waited_leaves_into_a_closed_window() {
    assert!(sendable_until(&whatsapp_window(), &WindowFacts::default(), 0) < Some(at("2 10:00")));
    let facts = refused(&["2 10:00"], &["2 12:00"]);
    assert!(sendable_until(&whatsapp_window(), &facts, 0) < Some(at("2 10:00")));
}

#[test]
fn a_refusal_is_recorded_in_the_providers_whole_seconds() {
    assert_eq!(refusal_time(at("2 12:00:05.999")), at("2 12:00:05"));
}

#[test]
fn what_the_customer_does_opens_it_and_what_happens_to_them_does_not() {
    let policy = whatsapp_window();
    let reaction = |emoji: Option<&str>| Content::Reaction { to: Some(MessageId(1)), emoji: emoji.map(str::to_owned) };
    for counts in [
        Content::Text { body: "Bonjour".to_owned() },
        Content::Answer { kind: AnswerKind::Button, title: "Merci".to_owned() },
        Content::Order { products: 2, body: String::new() },
        Content::Call { length_ms: None },
        Content::Location { latitude_e6: 0, longitude_e6: 0, name: String::new(), address: String::new() },
        Content::Contacts { cards: Vec::new() },
        Content::Unsupported,
    ] {
        assert!(qualifies(&policy, &counts), "{counts:?}");
    }
    for does_not in [
        reaction(Some("👍")),
        reaction(None),
        Content::System { event: "user_changed_number".to_owned() },
        Content::RequestWelcome,
        Content::Comment { body: String::new(), mentions: Vec::new() },
    ] {
        assert!(!qualifies(&policy, &does_not), "{does_not:?}");
    }
    let generous = WindowPolicy { reactions_count: true, request_welcome_counts: true, ..policy };
    assert!(qualifies(&generous, &reaction(Some("👍"))) && qualifies(&generous, &Content::RequestWelcome));
    assert!(!qualifies(&generous, &reaction(None)), "taking a reaction away never counts");
    assert!(!qualifies(&generous, &reaction(Some(""))), "an empty emoji takes it away too");
}

#[test]
fn the_end_of_time_does_no_harm() {
    let facts = window_facts(&whatsapp_window(), &[DateTime::<Utc>::MAX_UTC], &[DateTime::<Utc>::MIN_UTC], None);
    let closes_at = DateTime::<Utc>::MAX_UTC;
    assert_eq!(whatsapp(&facts, "2 10:00"), ReplyWindow::Open { closes_at, human_agent: false });
}

fn instants() -> impl Strategy<Value = Vec<DateTime<Utc>>> {
    prop::collection::vec((0_i64..2_000).prop_map(|step| plus_ms(at("2 00:00"), step * HOUR / 20)), 0..12)
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter(
        (wrote, shuffled) in instants().prop_flat_map(|times| {
            let doubled: Vec<_> = times.iter().chain(&times).copied().collect();
            (Just(times), Just(doubled).prop_shuffle())
        }),
        (refused, refused_shuffled) in instants().prop_flat_map(|times| {
            let doubled: Vec<_> = times.iter().chain(&times).copied().collect();
            (Just(times), Just(doubled).prop_shuffle())
        }),
    ) {
        for policy in [whatsapp_window(), messenger_window(), widget_window()] {
            let clean = window_facts(&policy, &wrote, &refused, None);
            prop_assert_eq!(&clean, &window_facts(&policy, &shuffled, &refused_shuffled, None));
        }
    }

    #[test]
    fn what_may_still_leave_leaves_into_an_open_window(
        wrote in instants(), refused in instants(), error_ms in 0_i64..5_000, before_ms in 1_i64..200_000_000,
    ) {
        for policy in [whatsapp_window(), messenger_window()] {
            let facts = window_facts(&policy, &wrote, &refused, None);
            let until = sendable_until(&policy, &facts, error_ms).unwrap();
            let late = plus_ms(until, -before_ms.min(1)).max(at("2 00:00"));
            let early = plus_ms(until, -before_ms).max(at("2 00:00"));
            for now in [early, late].into_iter().filter(|now| *now < until) {
                // The phone's clock may be wrong by the error in either direction.
                let truly = plus_ms(now, error_ms);
                let open = matches!(reply_window(&policy, &facts, truly), ReplyWindow::Open { .. });
                prop_assert!(open);
            }
        }
    }

    #[test]
    fn the_unbroken_window_was_open_at_each_message_in_it(wrote in instants(), refused in instants()) {
        let policy = whatsapp_window();
        let whole = window_facts(&policy, &wrote, &refused, None);
        for at in wrote.iter().filter(|at| Some(**at) > whole.opened_at) {
            let before: Vec<_> = wrote.iter().filter(|other| *other < at).copied().collect();
            let judged: Vec<_> = refused.iter().filter(|other| *other < at).copied().collect();
            let facts = window_facts(&policy, &before, &judged, None);
            let open = matches!(reply_window(&policy, &facts, *at), ReplyWindow::Open { .. });
            prop_assert!(open);
        }
    }
}

#[test]
fn a_new_number_has_no_window_until_it_writes_unless_the_policy_keeps_it() {
    let policy = whatsapp_window();
    let keeps = WindowPolicy { number_change_keeps_window: true, ..whatsapp_window() };
    let facts = |policy: &WindowPolicy, wrote: &[&str]| {
        let wrote: Vec<_> = wrote.iter().map(|time| at(time)).collect();
        window_facts_after_moves(policy, &wrote, &[], &[at("2 12:00")], None)
    };
    let window = |policy: &WindowPolicy, wrote: &[&str], now| reply_window(policy, &facts(policy, wrote), at(now));
    let moved = ReplyWindow::Closed { since: Some(at("2 12:00")), why: ClosedWhy::ServerSays };
    assert_eq!(window(&policy, &["2 10:00"], "2 12:00"), moved);
    assert_eq!(sendable_until(&policy, &facts(&policy, &["2 10:00"]), 0), Some(DateTime::UNIX_EPOCH));
    let until = |closes_at| ReplyWindow::Open { closes_at: at(closes_at), human_agent: false };
    assert_eq!(window(&policy, &["2 10:00", "2 13:00"], "2 14:00"), until("3 13:00"));
    assert_eq!(facts(&policy, &["2 10:00", "2 13:00"]).opened_at, Some(at("2 13:00")), "it is another window");
    assert_eq!(facts(&policy, &["2 10:00", "2 13:00"]).said, None, "the new number has written");
    assert_eq!(window(&policy, &["2 10:00", "2 11:00"], "2 14:00"), moved, "a late message of the old number");
    assert_eq!(window(&keeps, &["2 10:00"], "2 14:00"), until("3 10:00"));
    let nothing = ReplyWindow::Closed { since: None, why: ClosedWhy::NeverOpened };
    assert_eq!(window(&policy, &[], "2 14:00"), nothing, "a customer who never wrote");
}
