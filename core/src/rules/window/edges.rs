//! The millisecond before, at and after each edge of a window.

use super::*;
use crate::model::{AnswerKind, Media, MediaKind, MessageId};
use crate::rules::compose::{Composer, composer};
use crate::rules::table::{DAY, HOUR, at, messenger, messenger_window, whatsapp, whatsapp_window, widget_window};

/// The millisecond before an instant, the instant, and the millisecond after it.
fn around(time: &str) -> [DateTime<Utc>; 3] {
    [-1, 0, 1].map(|ms| plus_ms(at(time), ms))
}

fn facts(policy: &WindowPolicy, wrote: &[&str], refused: &[&str]) -> WindowFacts {
    let times = |texts: &[&str]| texts.iter().map(|text| at(text)).collect::<Vec<_>>();
    window_facts(policy, &times(wrote), &times(refused), None)
}

/// `O` open, `H` open for a person only, `C` closed, in the three milliseconds around an instant.
fn seen(policy: &WindowPolicy, facts: &WindowFacts, edge: &str) -> String {
    let letter = |now| match reply_window(policy, facts, now) {
        ReplyWindow::Open { human_agent: false, .. } => 'O',
        ReplyWindow::Open { human_agent: true, .. } => 'H',
        ReplyWindow::Closed { .. } => 'C',
        ReplyWindow::Unlimited => 'U',
    };
    around(edge).map(letter).iter().collect()
}

#[test]
fn the_end_of_a_window() {
    assert_eq!(seen(&whatsapp_window(), &facts(&whatsapp_window(), &["2 10:00"], &[]), "3 10:00"), "OCC");
}

#[test]
fn the_end_of_the_standard_window_and_of_the_days_for_a_person() {
    let facts = facts(&messenger_window(), &["2 10:00"], &[]);
    assert_eq!(seen(&messenger_window(), &facts, "3 10:00"), "OHH");
    assert_eq!(seen(&messenger_window(), &facts, "9 10:00"), "HCC");
}

#[test]
fn a_channel_without_a_window_has_no_edge() {
    assert_eq!(seen(&widget_window(), &facts(&widget_window(), &["2 10:00"], &["2 10:00"]), "3 10:00"), "UUU");
}

#[test]
fn the_moment_of_a_refusal_against_the_customers_message() {
    let policy = whatsapp_window();
    let after = |wrote: &str| {
        let facts = facts(&policy, &["2 10:00", wrote], &["2 12:00"]);
        matches!(reply_window(&policy, &facts, at("2 13:00")), ReplyWindow::Open { .. })
    };
    assert_eq!(["2 11:59:59.999", "2 12:00", "2 12:00:00.001"].map(after), [false, false, true]);
}

#[test]
fn a_refusal_at_the_very_end_changes_nothing() {
    let policy = whatsapp_window();
    let why = |refused: &str| match reply_window(&policy, &facts(&policy, &["2 10:00"], &[refused]), at("4 10:00")) {
        ReplyWindow::Closed { since, why } => (since, why),
        other => panic!("{other:?}"),
    };
    let just_before = "3 09:59:59.999";
    assert_eq!(why(just_before), (Some(at(just_before)), ClosedWhy::Refused));
    assert_eq!(why("3 10:00"), (Some(at("3 10:00")), ClosedWhy::Ended));
    assert_eq!(why("3 10:00:00.001"), (Some(at("3 10:00")), ClosedWhy::Ended));
}

#[test]
fn of_several_refusals_the_first_one_closed_the_window() {
    let policy = whatsapp_window();
    let closed = |refused: &[&str]| reply_window(&policy, &facts(&policy, &["2 10:00"], refused), at("2 13:00"));
    let at_noon = ReplyWindow::Closed { since: Some(at("2 12:00")), why: ClosedWhy::Refused };
    assert_eq!(closed(&["2 12:30", "2 12:00"]), at_noon);
    assert_eq!(closed(&["2 12:00", "3 11:00"]), at_noon, "one after the end hides nothing");
    assert_eq!(closed(&["1 12:00", "2 12:00"]), at_noon, "nor does one before the customer wrote");
}

#[test]
fn a_message_at_the_end_of_the_window_before_it() {
    let policy = whatsapp_window();
    let opened = |second: DateTime<Utc>| window_facts(&policy, &[at("2 10:00"), second], &[], None).opened_at;
    let [before, end, after] = around("3 10:00");
    assert_eq!([before, end, after].map(opened), [Some(at("2 10:00")), Some(end), Some(after)]);
}

#[test]
fn what_was_sent_at_the_edges_of_a_window() {
    let policy = whatsapp_window();
    let fell = |sent| window_opened_at(&policy, &[at("2 10:00")], &[], sent).is_some();
    assert_eq!(around("2 10:00").map(fell), [false, true, true]);
    assert_eq!(around("3 10:00").map(fell), [true, false, false]);
}

#[test]
fn what_has_waited_stops_leaving_a_minute_before_the_end() {
    let policy = whatsapp_window();
    let until = sendable_until(&policy, &facts(&policy, &["2 10:00"], &[]), 0).unwrap();
    assert_eq!(around("3 09:59").map(|now| now < until), [true, false, false]);
}

#[test]
fn the_time_left_runs_to_one_millisecond_and_the_screen_says_when_to_read_again() {
    let stands = |now, channel: &crate::model::ChannelAccount| {
        let facts = facts(&channel.window, &["2 10:00"], &[]);
        match composer(Some(channel), &facts, now) {
            (Composer::Open { remaining_ms, .. }, valid_until) => (remaining_ms, valid_until),
            (Composer::RestartOnly { .. } | Composer::Blocked { .. }, valid_until) => (None, valid_until),
        }
    };
    let [before, end, after] = around("3 10:00");
    assert_eq!(stands(at("2 10:00"), &whatsapp()), (Some(DAY), Some(end)));
    assert_eq!(stands(before, &whatsapp()), (Some(1), Some(end)));
    assert_eq!(stands(end, &whatsapp()), (None, None));
    assert_eq!(stands(after, &whatsapp()), (None, None));
    // On Messenger the days for a person begin there.
    assert_eq!(stands(before, &messenger()), (Some(1), Some(end)));
    assert_eq!(stands(end, &messenger()), (Some(6 * DAY), Some(at("9 10:00"))));
}

#[test]
fn a_free_entry_point_runs_from_the_first_answer_if_that_came_within_a_day() {
    let until = |answers: &[DateTime<Utc>]| free_entry_until(&[at("2 10:00")], answers, DAY, 72 * HOUR);
    assert_eq!(until(&[at("2 10:05"), at("2 18:00")]), Some(at("5 10:05")), "the first answer counts");
    let [before, day, after] = around("3 10:00");
    assert_eq!(until(&[before]), Some(plus_ms(at("6 10:00"), -1)));
    assert_eq!((until(&[day]), until(&[after])), (None, None), "too late: an ordinary talk");
    assert_eq!(until(&[at("2 09:59:59.999")]), None, "what was sent before is no answer");
    assert_eq!(until(&[]), None);
    let twice = free_entry_until(&[at("2 10:00"), at("4 10:00")], &[at("2 11:00"), at("4 12:00")], DAY, 72 * HOUR);
    assert_eq!(twice, Some(at("7 12:00")), "the customer came twice: the later end");
}

fn file(kind: MediaKind, voice: bool) -> Content {
    let (mime, name, caption) = (String::new(), String::new(), String::new());
    Content::Media(Media { kind, media_id: None, mime, size_bytes: None, name, caption, voice })
}

/// Every kind of the webhooks, in the words of Meta, and whether it opens the window when a
/// customer sends it under the default policy.
#[test]
fn every_kind_of_message_does_to_the_window_what_the_table_says() {
    let words = |text: &str| text.to_owned();
    let answer = |kind| Content::Answer { kind, title: words("Oui") };
    let reaction = |emoji: Option<&str>| Content::Reaction { to: Some(MessageId(1)), emoji: emoji.map(words) };
    let system = |event: &str| Content::System { event: words(event) };
    let template = Content::Template {
        template_id: crate::model::TemplateId(1),
        name: words(""),
        text: words(""),
        values: vec![],
    };
    let table = [
        ("text", Content::Text { body: words("Bonjour") }, true),
        ("image", file(MediaKind::Image, false), true),
        ("video, Instagram's ig_reel", file(MediaKind::Video, false), true),
        ("audio", file(MediaKind::Audio, false), true),
        ("audio with voice", file(MediaKind::Audio, true), true),
        ("document, Messenger's file", file(MediaKind::Document, false), true),
        ("sticker", file(MediaKind::Sticker, false), true),
        ("a file of a new kind", file(MediaKind::Unknown, false), true),
        ("location", Content::Location { latitude_e6: 0, longitude_e6: 0, name: words(""), address: words("") }, true),
        ("contacts, also the answer to a request for the number", Content::Contacts { cards: Vec::new() }, true),
        ("interactive.button_reply, button, quick_reply, postback", answer(AnswerKind::Button), true),
        ("interactive.list_reply", answer(AnswerKind::List), true),
        ("interactive.nfm_reply", answer(AnswerKind::Flow), true),
        ("an answer of a new kind", answer(AnswerKind::Unknown), true),
        ("order", Content::Order { products: 1, body: words("") }, true),
        ("a call that was taken", Content::Call { length_ms: Some(60_000) }, true),
        ("a call that was missed", Content::Call { length_ms: None }, true),
        ("unsupported, story_mention, share, fallback, is_unsupported", Content::Unsupported, true),
        ("a type of next year", Content::Unknown, true),
        ("reaction", reaction(Some("👍")), false),
        ("reaction taken away, Messenger's unreact", reaction(None), false),
        ("reaction with an empty emoji", reaction(Some("")), false),
        ("request_welcome", Content::RequestWelcome, false),
        ("system user_changed_number", system("user_changed_number"), false),
        ("system customer_identity_changed", system("customer_identity_changed"), false),
        ("system user_changed_user_id", system("user_changed_user_id"), false),
        ("an internal comment", Content::Comment { body: words(""), mentions: Vec::new() }, false),
        ("a template", template, false),
    ];
    use crate::model::AgentId;
    let ours =
        [Author::Agent { id: AgentId(3) }, Author::PhoneApp, Author::Automation, Author::System, Author::Unknown];
    for (name, content, opens) in table {
        assert_eq!(counts(&whatsapp_window(), Author::Customer, &content), opens, "{name}");
        for author in ours {
            assert!(!counts(&whatsapp_window(), author, &content), "{name} by {author:?}");
        }
    }
}
