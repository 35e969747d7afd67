//! A page's webhooks (`tests/fixtures/messenger`) and what they mean.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use riposte::model::{AnswerKind, ChannelKind, Content, DeliveryStatus, Media, MediaKind};
use serde_json::json;

use super::webhook::read;
use crate::channels::event::{Addressed, Customer, Event, InboundMessage, ProviderMedia, StatusReport};
use crate::channels::test_fixtures::{body, damaged, fixtures};

fn at(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap()
}

fn events(name: &str) -> Vec<Event> {
    let (_, parsed) = read(&body("messenger", name));
    assert_eq!(parsed.unreadable, [], "{name}");
    let of_page = |Addressed { account, event }: Addressed| {
        assert_eq!(account, "100000002", "{name}");
        event
    };
    parsed.events.into_iter().map(of_page).collect()
}

fn written(content: Content) -> InboundMessage {
    InboundMessage {
        customer: Customer { scoped_id: Some("500000001".to_owned()), ..Customer::default() },
        message_id: "m_A1".to_owned(),
        at: at(1_793_610_000_123),
        content,
        media: None,
        refers_to: None,
        echo: false,
        free_entry: false,
        new_phone: None,
        new_bsuid: None,
        standby: false,
        part_of: None,
    }
}

fn one(message: InboundMessage) -> Vec<Event> {
    vec![Event::Message(Box::new(message))]
}

fn text(body: &str) -> Content {
    Content::Text { body: body.to_owned() }
}

fn tap(title: &str) -> Content {
    Content::Answer { kind: AnswerKind::Button, title: title.to_owned() }
}

#[test]
fn a_page_and_an_instagram_account_are_told_in_one_shape() {
    assert_eq!(read(&body("messenger", "text")).0, Some(ChannelKind::Messenger));
    assert_eq!(read(&body("messenger", "instagram_text")).0, Some(ChannelKind::Instagram));
    assert_eq!(events("text"), one(written(text("Vous livrez à Lyon ?"))));
    assert_eq!(events("instagram_text"), one(written(text("Encore en stock ?"))));
}

#[test]
fn a_quote_and_a_tap_are_told_apart_from_plain_words() {
    let quote = InboundMessage { refers_to: Some("m_OURS".to_owned()), ..written(text("Celui-ci")) };
    assert_eq!(events("text_quoting"), one(quote));
    assert_eq!(events("quick_reply"), one(written(tap("Oui"))));
    assert_eq!(events("postback"), one(written(tap("Voir les horaires"))));
}

#[test]
fn a_text_with_two_files_becomes_three_messages_with_ids_of_their_own() {
    let file = |kind, name: &str, id: &str, url: &str| InboundMessage {
        message_id: id.to_owned(),
        media: Some(ProviderMedia::Url(url.to_owned())),
        part_of: Some("m_A1".to_owned()),
        ..written(Content::Media(Media {
            kind,
            media_id: None,
            mime: "application/octet-stream".to_owned(),
            size_bytes: None,
            name: name.to_owned(),
            caption: String::new(),
            voice: false,
        }))
    };
    let expected = [
        written(text("Voilà")),
        file(MediaKind::Image, "", "m_A1#1", "https://files.example/1.jpg"),
        file(MediaKind::Document, "devis.pdf", "m_A1#2", "https://files.example/2.pdf"),
    ];
    assert_eq!(events("text_and_two_files"), expected.map(|message| Event::Message(Box::new(message))));
}

#[test]
fn a_story_that_names_the_page_is_its_picture() {
    let url = "https://files.example/3";
    assert_eq!(events("story_mention"), one(with_file(MediaKind::Image, url)));
}

fn with_file(kind: MediaKind, url: &str) -> InboundMessage {
    let media = Some(ProviderMedia::Url(url.to_owned()));
    InboundMessage { media, ..written(Content::Media(a_file(kind))) }
}

fn a_file(kind: MediaKind) -> Media {
    let mime = "application/octet-stream".to_owned();
    Media { kind, media_id: None, mime, size_bytes: None, name: String::new(), caption: String::new(), voice: false }
}

/// The events of one item of a page's webhook.
fn item(mut item: serde_json::Value) -> Vec<Event> {
    item["sender"] = json!({ "id": "500000001" });
    item["recipient"] = json!({ "id": "100000002" });
    item["timestamp"] = json!(1_793_610_000_123_i64);
    let body = json!({ "object": "page", "entry": [{ "id": "100000002", "messaging": [item] }] }).to_string();
    let (_, parsed) = read(body.as_bytes());
    assert_eq!(parsed.unreadable, []);
    parsed.events.into_iter().map(|addressed| addressed.event).collect()
}

fn with_attachments(attachments: serde_json::Value) -> Vec<Event> {
    item(json!({ "message": { "mid": "m_A1", "attachments": attachments } }))
}

#[test]
fn a_sticker_is_one_picture_however_often_it_comes() {
    let cat = "https://files.example/cat.png";
    let sticker = json!({ "type": "sticker", "payload": { "url": cat, "sticker_id": 1001 } });
    let image = json!({ "type": "image", "payload": { "url": cat, "sticker_id": 1001 } });
    for attachments in [json!([sticker]), json!([image]), json!([image, sticker]), json!([sticker, image])] {
        assert_eq!(with_attachments(attachments), one(with_file(MediaKind::Sticker, cat)));
    }
}

#[test]
fn links_and_shared_posts_come_once_and_can_be_opened() {
    let url = "https://shop.example/lampe";
    for shape in [
        json!({ "type": "fallback", "title": "Lampe", "url": url }),
        json!({ "type": "share", "payload": { "title": "Lampe", "url": url } }),
        json!({ "type": "ig_post", "payload": { "title": "Lampe", "url": url } }),
    ] {
        assert_eq!(with_attachments(json!([shape])), one(written(text(&format!("Lampe\n{url}")))));
        let body = format!("Celle-ci : {url}");
        let both = item(json!({ "message": { "mid": "m_A1", "text": body, "attachments": [shape] } }));
        assert_eq!(both, one(written(text(&body))));
    }
}

#[test]
fn hearts_and_places_are_what_they_are() {
    assert_eq!(with_attachments(json!([{ "type": "like_heart" }])), one(written(text("❤️"))));
    let place = json!([{ "type": "location", "payload": { "coordinates": { "lat": 44.8, "long": -0.5 } } }]);
    let (name, address) = (String::new(), String::new());
    let place_e6 = Content::Location { latitude_e6: 44_800_000, longitude_e6: -500_000, name, address };
    assert_eq!(with_attachments(place), one(written(place_e6)));
}

#[test]
fn what_has_no_words_here_still_came_from_the_customer() {
    for attachment in
        [json!({ "type": "hologram", "payload": { "url": "https://files.example/x" } }), json!({ "type": "image" })]
    {
        assert_eq!(with_attachments(json!([attachment])), one(written(Content::Unsupported)));
    }
}

#[test]
fn a_tap_without_an_id_gets_one() {
    let tapped = item(json!({ "postback": { "title": "Horaires", "payload": "HOURS" } }));
    let message_id = "postback#500000001#HOURS#1793610000123".to_owned();
    assert_eq!(tapped, one(InboundMessage { message_id, ..written(tap("Horaires")) }));
}

#[test]
fn a_referral_into_a_known_conversation_is_a_message_of_the_customer() {
    let came = item(json!({ "referral": { "ref": "printemps", "source": "SHORTLINK", "type": "OPEN_THREAD" } }));
    let [Event::Message(message)] = came.as_slice() else { panic!("{came:?}") };
    let title = "printemps".to_owned();
    assert_eq!(message.content, Content::Answer { kind: AnswerKind::Unknown, title });
    assert!(!message.echo && message.free_entry);
}

#[test]
fn while_a_bot_has_the_conversation_the_events_are_read_all_the_same() {
    let event = |message| {
        json!({ "sender": { "id": "500000001" }, "recipient": { "id": "100000002" },
                                  "timestamp": 1_793_610_000_123_i64, "message": message })
    };
    let entry = json!({ "id": "100000002", "standby": [event(json!({ "mid": "m_A1", "text": "Bonjour" }))] });
    let (_, parsed) = read(json!({ "object": "page", "entry": [entry] }).to_string().as_bytes());
    assert_eq!(
        parsed.events[0].event,
        Event::Message(Box::new(InboundMessage { standby: true, ..written(text("Bonjour")) }))
    );
    let change = json!({ "field": "messages", "value": event(json!({ "mid": "m_A1", "text": "Bonjour" })) });
    let comment = json!({ "field": "comments", "value": { "text": "Joli" } });
    let entry = json!({ "id": "100000002", "changes": [change, comment] });
    let (_, parsed) = read(json!({ "object": "instagram", "entry": [entry] }).to_string().as_bytes());
    assert_eq!(parsed.events[0].event, one(written(text("Bonjour")))[0]);
    assert_eq!(parsed.unreadable[0].name, "comments");
    for (key, event) in
        [("pass_thread_control", "control_passed_to_inbox"), ("take_thread_control", "control_taken_by_automation")]
    {
        let events = item(json!({ key: { "previous_owner_app_id": "1" } }));
        let [Event::Message(message)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(message.content, Content::System { event: event.to_owned() });
    }
}

#[test]
fn an_event_that_the_inbox_has_no_use_for_is_set_aside_under_its_name() {
    let event = json!({ "sender": { "id": "5" }, "recipient": { "id": "100000002" }, "timestamp": 1, "optin": {} });
    let body = json!({ "object": "page", "entry": [{ "id": "100000002", "messaging": [event] }] }).to_string();
    let (_, parsed) = read(body.as_bytes());
    assert_eq!((parsed.events.len(), parsed.unreadable[0].name.as_str()), (0, "optin"));
}

#[test]
fn an_echo_with_its_sides_swapped_is_to_the_customer() {
    let swapped = item(json!({ "message": { "mid": "m_A1", "text": "Oui", "is_echo": true } }));
    assert_eq!(swapped, one(InboundMessage { echo: true, ..written(text("Oui")) }));
}

#[test]
fn what_the_page_itself_wrote_is_an_echo_to_the_customer() {
    let echo = InboundMessage { message_id: "m_E1".to_owned(), echo: true, ..written(text("Oui, vendredi")) };
    assert_eq!(events("echo"), one(echo));
}

#[test]
fn an_advertisement_is_a_free_entry() {
    let came = InboundMessage { free_entry: true, ..written(text("Le bureau de la pub ?")) };
    assert_eq!(events("by_advertisement"), one(came));
}

#[test]
fn changes_and_withdrawals_name_the_message_they_are_about() {
    let (message_id, at) = ("m_A0".to_owned(), at(1_793_610_000_123));
    assert_eq!(events("unsent"), [Event::Revoked { message_id: message_id.clone(), at }]);
    let content = text("Vous livrez à Lyon 3e ?");
    assert_eq!(events("edited"), [Event::Edited { message_id, at, content }]);
}

#[test]
fn a_reaction_is_known_by_who_to_what_and_when() {
    let reaction = |emoji: Option<&str>| InboundMessage {
        message_id: "500000001#m_OURS#1793610000123".to_owned(),
        refers_to: Some("m_OURS".to_owned()),
        ..written(Content::Reaction { to: None, emoji: emoji.map(str::to_owned) })
    };
    assert_eq!(events("reaction"), one(reaction(Some("❤"))));
    assert_eq!(events("reaction_removed"), one(reaction(None)));
}

#[test]
fn a_watermark_speaks_of_everything_up_to_it() {
    let customer = "500000001".to_owned();
    let up_to = at(1_793_609_999_000);
    let report = |status, at| StatusReport {
        message_id: "m_OURS".to_owned(),
        key: None,
        status,
        at,
        error: None,
        billable: None,
        free_until: None,
    };
    let delivered = DeliveryStatus::Delivered;
    assert_eq!(
        events("delivery"),
        [
            Event::Status(report(delivered.clone(), up_to)),
            Event::Watermark { customer: customer.clone(), status: delivered, up_to },
        ]
    );
    let read = DeliveryStatus::Read;
    assert_eq!(events("read_watermark"), [Event::Watermark { customer, status: read.clone(), up_to }]);
    assert_eq!(events("read_message"), [Event::Status(report(read, at(1_793_610_000_123)))]);
}

#[test]
fn typing_is_of_no_consequence() {
    assert_eq!(events("typing"), [Event::Ignored]);
}

#[test]
fn a_bad_item_is_set_aside_and_the_others_go_on() {
    let (_, parsed) = read(&body("messenger", "some_items_bad"));
    assert_eq!(parsed.events.len(), 2);
    let [bad] = parsed.unreadable.as_slice() else { panic!("{:?}", parsed.unreadable) };
    assert_eq!(bad.why, "entry[0].messaging[1].message.mid: is missing");
}

#[test]
fn what_is_not_a_pages_webhook_is_set_aside_whole() {
    for body in [&b"{"[..], b"[]", b"{\"object\":\"whatsapp_business_account\"}"] {
        let (kind, parsed) = read(body);
        assert_eq!((kind, parsed.events.len(), parsed.unreadable.len()), (None, 0, 1), "{body:?}");
    }
}

proptest! {
    #[test]
    fn no_damage_to_a_webhook_makes_it_panic(
        name in prop::sample::select(fixtures("messenger")),
        damage in prop::collection::vec((any::<u16>(), 0_u8..8), 1..6),
    ) {
        read(damaged(&body("messenger", &name), &damage).as_bytes());
    }
}
