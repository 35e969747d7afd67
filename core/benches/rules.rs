//! What does each rule cost? `cargo bench -p riposte --bench rules` prints a line per rule.
//!
//! Rules run at each keystroke and for each row of a list, on a phone that is slower than this
//! machine. The one budget that is held here: `check` of a draft of 4,096 characters, 99 of 100
//! times within 100 microseconds; beyond it the bench fails. `cargo test` does not run this.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout, clippy::panic)]

#[path = "rules/money.rs"]
mod money;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use riposte::model::*;
use riposte::rules::attention::{AttentionFacts, dot};
use riposte::rules::compose::{
    check_media, check_text, composer, fill_saved_reply, media_fixes, reply_variable, unfilled,
};
use riposte::rules::delivery::{KnownFact, join, shown};
use riposte::rules::failure::failure;
use riposte::rules::notify::{NotifyFacts, notify, quiet_until, reminders};
use riposte::rules::policy::channel_policy;
use riposte::rules::template::{check_new, fill, preview, provider_payload, usability};
use riposte::rules::window::{reply_window, sendable_until, window_facts};
use riposte::texts::{Language, Locale, words};
use rustix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 3_000;
const CHECK_P99_MOST: Duration = Duration::from_micros(100);

struct Measured {
    name: &'static str,
    median: Duration,
    p99: Duration,
}

/// A rule that takes less than the clock can tell: a round is a hundred times.
fn measure<T>(name: &'static str, rule: impl FnMut() -> T) -> Measured {
    measure_rounds(name, 100, rule)
}

/// Each round is measured by itself, so that the slow ones are seen. What takes longer than half a
/// millisecond is measured in fewer rounds, once each.
fn measure_rounds<T>(name: &'static str, times: u32, mut rule: impl FnMut() -> T) -> Measured {
    let start = thread_time();
    black_box(rule());
    let slow = thread_time().saturating_sub(start) > Duration::from_micros(500);
    let (count, times) = if slow { (ROUNDS / 50, 1) } else { (ROUNDS, times) };
    let mut rounds: Vec<Duration> = (0..count)
        .map(|_| {
            let start = thread_time();
            for _ in 0..times {
                black_box(rule());
            }
            thread_time().saturating_sub(start) / times
        })
        .collect();
    rounds.sort_unstable();
    let measured = Measured { name, median: rounds[count / 2], p99: rounds[count * 99 / 100] };
    println!("{:<58} {:>10.2} µs {:>10.2} µs", measured.name, micros(measured.median), micros(measured.p99));
    measured
}

/// The time this thread has had on a processor: what else the machine does in between is not the
/// rule's.
fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

fn micros(span: Duration) -> f64 {
    span.as_secs_f64() * 1e6
}

fn main() -> ExitCode {
    println!("{:<58} {:>13} {:>13}", "rule", "median", "p99");
    let scene = Scene::new();
    window(&scene);
    delivery(&scene);
    templates(&scene);
    let check = compose(&scene);
    attention(&scene);
    money::measure_all();
    if check.p99 > CHECK_P99_MOST {
        println!("\nover budget: {} takes {:.1} µs, {:?} at most", check.name, micros(check.p99), CHECK_P99_MOST);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// One conversation on WhatsApp at eleven, with an agent at it.
struct Scene {
    now: DateTime<Utc>,
    channel: ChannelAccount,
    conversation: Conversation,
    me: Agent,
    contact: Contact,
    template: Template,
    values: Vec<TemplateValue>,
}

impl Scene {
    fn new() -> Self {
        let policy = channel_policy(ChannelKind::Whatsapp).expect("the data of a known channel");
        let from_json = |text: &str| serde_json::from_str(text).expect("a row");
        let window = window_facts(&policy.window, &[at("2026-11-02T10:00:00Z")], &[], None);
        let conversation: Conversation = serde_json::from_str(
            r#"{ "id": 1, "channel_id": 1, "contact_id": 1, "open": true, "assignee": 3, "activity_at": 0,
                 "last_customer_message_id": 10, "waiting_since": 1793613600000, "window": {} }"#,
        )
        .expect("a conversation");
        let template: Template = serde_json::from_str(
            r#"{ "id": 5, "channel_id": 1, "name": "order_update", "language": "fr", "category": "utility",
                 "source": "conversations", "status": "approved", "components": [
                   { "part": "header_text", "text": "Commande {{1}}" },
                   { "part": "body", "text": "Bonjour {{1}}, votre {{2}} est prête et vous attend à {{3}}. À bientôt !" },
                   { "part": "footer", "text": "Atelier Nord" },
                   { "part": "buttons", "buttons": [ { "button": "quick_reply", "text": "Merci" },
                     { "button": "url", "text": "Suivre", "url": "https://example.com/{{1}}" } ] } ] }"#,
        )
        .expect("a template");
        let value = |name: &str, value: &str| TemplateValue { name: name.to_owned(), value: value.to_owned() };
        Self {
            now: at("2026-11-02T11:00:00Z"),
            channel: ChannelAccount {
                id: ChannelId(1),
                kind: ChannelKind::Whatsapp,
                name: "Atelier Nord".to_owned(),
                address: None,
                state: ChannelState::Connected,
                notice: None,
                window: policy.window,
                capabilities: policy.capabilities,
                tariff: None,
            },
            conversation: Conversation { window, ..conversation },
            me: from_json(r#"{ "id": 3, "name": "Marc", "status": "online", "status_since": 0, "groups": [2] }"#),
            contact: serde_json::from_str(r#"{ "id": 1, "name": "Léa Martin", "phone": "33612345678" }"#)
                .expect("a contact"),
            template,
            values: vec![
                value("header.1", "42"),
                value("1", "Léa"),
                value("2", "table"),
                value("3", "Lille"),
                value("button.2", "c42"),
            ],
        }
    }
}

fn window(scene: &Scene) {
    let Scene { channel, conversation, now, .. } = scene;
    let wrote: Vec<_> = (0..1_000).map(|minute| *now - TimeDelta::minutes(minute * 7)).collect();
    let refused = [*now - TimeDelta::days(2)];
    measure("window: where it stands", || reply_window(&channel.window, &conversation.window, *now));
    measure("window: until when what waits may leave", || sendable_until(&channel.window, &conversation.window, 500));
    measure("window: the facts of 1,000 messages", || window_facts(&channel.window, &wrote, &refused, None));
}

fn delivery(scene: &Scene) {
    let report =
        |status, minute| DeliveryFact { attempt: 1, status, at: scene.now - TimeDelta::minutes(minute), error: None };
    let facts =
        [report(DeliveryStatus::Sent, 9), report(DeliveryStatus::Delivered, 8), report(DeliveryStatus::Read, 1)];
    let known = facts.clone().map(|fact| KnownFact { first_known_at: fact.at, fact });
    measure("delivery: joining two sets of three", || join(&facts, &facts));
    measure("delivery: how a message looks", || {
        shown(1, &known, scene.channel.kind, &scene.channel.capabilities, scene.now)
    });
    let error = ProviderError { code: 131_047, subcode: None, detail: String::new() };
    measure("failure: what a code means", || failure(ChannelKind::Whatsapp, &error));
}

fn templates(scene: &Scene) {
    let Scene { template, values, channel, .. } = scene;
    measure("template: usable or not", || usability(template, channel));
    measure("template: filled in", || fill(template, values));
    measure("template: preview with values missing", || preview(template, &values[..1]));
    measure("template: payload for the provider", || provider_payload(template, values));
    measure("template: check of a new one", || {
        check_new(&template.name, &template.language, template.category, &template.components, values)
    });
}

fn compose(scene: &Scene) -> Measured {
    let Scene { channel, conversation, now, contact, me, .. } = scene;
    measure("compose: what stands where one writes", || composer(Some(channel), &conversation.window, *now));
    let reply = "Bonjour {{first_name}}, c’est {{agent}}. Votre commande {{order}} part ce soir. ".repeat(4);
    measure("compose: a saved reply filled in", || {
        fill_saved_reply(&reply, |name| reply_variable(contact, Some(me), name))
    });
    let film = "video/mp4; codecs=\"hvc1.1.6.L93.B0, mp4a.40.2\"";
    measure("compose: check of a file, and what to make of it", || {
        let faults = check_media(MediaKind::Video, film, 20 << 20, &channel.capabilities, Some(100 << 20));
        (faults, media_fixes(MediaKind::Video, film, 20 << 20, &channel.capabilities, Some(100 << 20)))
    });
    // Accents, emoji and braces: the dearest text of the length that WhatsApp takes.
    let body: String = "Élan 👍🏽 {{x ".chars().cycle().take(4_096).collect();
    measure_rounds("compose: check of a draft, 4,096 characters", 1, || {
        let open = composer(Some(channel), &conversation.window, *now);
        (open, check_text(&body, &channel.capabilities), unfilled(&body))
    })
}

fn attention(scene: &Scene) {
    let Scene { conversation, me, now, channel, .. } = scene;
    let agents = vec![me.clone(); 50];
    let marker = Some(MessageId(9));
    measure("attention: the dot, among 50 agents", || {
        dot(&AttentionFacts { conversation, me: me.id, my_marker: marker, agents: &agents }, *now)
    });
    let quiet_hours = Some(QuietHours { from_minute: 22 * 60, until_minute: 7 * 60 });
    let preferences = NotificationPreferences { quiet_hours, ..NotificationPreferences::default() };
    let wall_clock = WallClock {
        utc_offset_minutes: 60,
        changes: vec![OffsetChange { at: at("2027-03-28T01:00:00Z"), utc_offset_minutes: 120 }],
    };
    let message: Message = serde_json::from_str(
        r#"{ "id": 10, "conversation_id": 1, "author": { "by": "customer" }, "at": 0,
             "content": { "type": "text", "body": "Bonjour" } }"#,
    )
    .expect("a message");
    measure("attention: who is notified", || {
        let facts = NotifyFacts {
            message: &message,
            conversation,
            me,
            my_marker: marker,
            on_screen: false,
            preferences: &preferences,
            wall_clock: &wall_clock,
        };
        notify(&facts, *now)
    });
    measure("attention: quiet hours", || quiet_until(quiet_hours, &wall_clock, *now));
    measure("attention: the reminders of a conversation", || {
        reminders(&channel.window, conversation, me, &preferences, &wall_clock, *now)
    });
    let phrase = Phrase::new(PhraseKey::WindowOpenUntil).with("until", PhraseValue::At(*now));
    let place = Locale { language: Language::French, utc_offset_minutes: 60 };
    measure("texts: a sentence in French", || words(&phrase, &place, *now));
}
