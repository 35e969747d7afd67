//! Every file of `tests/scenarios`, told with real phones against a real server. `tell` tells them once more
//! with the phones of each language, Rust's too, and knows then which phrases no story names any more.
//!
//! `RIPOSTE_UPDATE=1` writes the phrases that stories name into `tests/scenarios/phrases.*.txt`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use riposte_e2e::phrases;
use riposte_e2e::story::{Story, names};
use riposte_e2e::teller::tell;

macro_rules! stories {
    ($($name:ident),+ $(,)?) => {
        const STORIES: &[&str] = &[$(stringify!($name)),+];

        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            run(stringify!($name)).await;
        })+
    };
}

stories! {
    a_template_is_always_charged,
    all_four_channels_in_one_list,
    answer_lost_on_the_way,
    attention,
    channel_states,
    charge_passes_to_the_next_reply,
    comments_and_saved_replies,
    each_message_counts_the_window_afresh,
    each_message_is_charged,
    every_kind_of_message,
    free_messages_of_the_first_purchase,
    late_doubled_and_shuffled_reports,
    leaves_and_reenters_the_view,
    left_and_came_back_while_away,
    left_the_view_with_a_reply_queued,
    main,
    messenger_and_widget,
    not_known_whether_it_arrived,
    offline_reply_is_sent_once,
    photos_and_files,
    plan_without_conversations,
    refused_and_tried_again,
    refused_because_the_window_is_closed,
    retried_and_taken_back,
    saved_replies_agents_and_groups,
    templates_made_here_and_approved,
    the_rate_is_the_customers_country,
    the_server_is_restored,
    three_weeks_away,
    too_late_to_ask,
    two_agents,
    unanswered_window_costs_nothing,
    what_a_long_talk_costs,
    who_waits_for_an_answer,
    window_closes_while_a_reply_waits,
}

async fn run(name: &'static str) {
    let story = Story::named(name).unwrap_or_else(|error| panic!("{error}"));
    let met = tell(&story).await.unwrap_or_else(|failure| panic!("{failure}"));
    phrases::settle(&met).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
}

#[test]
fn every_story_of_the_folder_is_told() {
    assert_eq!(names().unwrap(), STORIES);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_untrue_story_says_at_which_step_and_on_whose_screen() {
    let cast = std::fs::read_to_string(riposte_e2e::story::folder().join("cast.json")).unwrap();
    let story = r#"{ "story": "untrue", "steps": [
        { "at": "09:00", "customer": "lea", "says": "Bonjour" },
        { "expect": { "phone": "marc", "inbox": [{ "customer": "paul" }] } } ] }"#;
    let failure = tell(&Story::parse(&cast, story).unwrap()).await.unwrap_err().to_string();
    assert!(
        failure.starts_with(r#"untrue, step 2 (09:00): marc's inbox[0].customer: expected "paul", there is "lea""#),
        "{failure}"
    );
    assert!(failure.contains(r#"marc's connection: "live""#), "{failure}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expectation_that_cannot_be_false_is_an_error_that_names_its_step() {
    let cast = std::fs::read_to_string(riposte_e2e::story::folder().join("cast.json")).unwrap();
    for (expected, said) in [
        (
            r#"{ "phone": "marc", "conversation": { "with": "lea", "last_rows": [{ "nots": null }] } }"#,
            "no field is called \"nots\"",
        ),
        (r#"{ "phone": "marc", "inbox": [{ "dotz": null }] }"#, "no field is called \"dotz\""),
        (r#"{ "phone": "marc", "conversation": { "with": "lea" } }"#, "an empty expectation says nothing"),
        (r#"{ "phone": "marc", "inbox": [{}] }"#, "an empty expectation says nothing"),
        (r#"{ "phone": "marc", "conversation": { "with": "lea", "last_rows": [] } }"#, "an empty end of a list"),
        (r#"{ "phone": "marc" }"#, "an expectation names a screen"),
        (r#"{}"#, "an expectation names a screen"),
        (r#"{ "phone": "marc", "inbocks": [] }"#, "no screen is called"),
        (r#"{ "provider": { "recieved": null } }"#, "no field is called \"recieved\""),
    ] {
        let story = format!(
            r#"{{ "story": "vague", "steps": [ {{ "at": "09:00", "customer": "lea", "says": "Bonjour" }}, {{ "expect": {expected} }} ] }}"#
        );
        let failure = tell(&Story::parse(&cast, &story).unwrap()).await.unwrap_err().to_string();
        assert!(failure.starts_with("vague, step 2 (09:00)") && failure.contains(said), "{expected}: {failure}");
    }
}
