//! Webhooks in Meta's documented shapes (`tests/fixtures/whatsapp`) and what they mean.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use riposte::model::{
    AnswerKind, ContactCard, Content, DeliveryStatus, Media, MediaKind, ProviderError, TemplateButton,
    TemplateCategory, TemplateComponent, TemplateStatus,
};
use serde_json::json;

use super::webhook::read;
use crate::channels::event::{
    AccountChange, Addressed, Customer, Event, InboundMessage, Parsed, ProviderMedia, StatusReport, TemplateChange,
    TemplateNews,
};
use crate::channels::test_fixtures::{body, damaged, fixtures};

const NUMBER: &str = "100000001";
const BUSINESS: &str = "200000001";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn parsed(name: &str) -> Parsed {
    read(&body("whatsapp", name))
}

/// The only event of a fixture, which belongs to `account`.
fn only(name: &str, account: &str) -> Event {
    let parsed = parsed(name);
    assert_eq!(parsed.unreadable, [], "{name}");
    let [Addressed { account: of, event }] = parsed.events.as_slice() else { panic!("{name}: {:?}", parsed.events) };
    assert_eq!(of, account, "{name}");
    event.clone()
}

fn message(name: &str) -> InboundMessage {
    match only(name, NUMBER) {
        Event::Message(message) => *message,
        other => panic!("{name}: {other:?}"),
    }
}

fn status(name: &str) -> StatusReport {
    match only(name, NUMBER) {
        Event::Status(report) => report,
        other => panic!("{name}: {other:?}"),
    }
}

fn template(name: &str) -> TemplateChange {
    match only(name, BUSINESS) {
        Event::Template(TemplateNews { provider_id, name, language, change, .. }) => {
            assert_eq!([provider_id.as_str(), &name, &language], ["700000001", "suite_commande", "fr"]);
            change
        }
        other => panic!("{name}: {other:?}"),
    }
}

fn text(body: &str) -> Content {
    Content::Text { body: body.to_owned() }
}

fn lea() -> Customer {
    Customer {
        phone: Some("33612345678".to_owned()),
        bsuid: Some("FR.8c2Kd01".to_owned()),
        scoped_id: None,
        name: Some("Léa Martin".to_owned()),
        username: None,
    }
}

fn plain(content: Content) -> InboundMessage {
    InboundMessage {
        customer: lea(),
        message_id: "wamid.A1".to_owned(),
        at: at(1_793_610_000),
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

fn file(kind: MediaKind, mime: &str, name: &str, caption: &str, voice: bool) -> Content {
    let (mime, name, caption) = (mime.to_owned(), name.to_owned(), caption.to_owned());
    Content::Media(Media { kind, media_id: None, mime, size_bytes: None, name, caption, voice })
}

fn with_file(content: Content, id: &str) -> InboundMessage {
    InboundMessage { media: Some(ProviderMedia::Id(id.to_owned())), ..plain(content) }
}

fn about_ours(content: Content) -> InboundMessage {
    InboundMessage { refers_to: Some("wamid.OURS".to_owned()), ..plain(content) }
}

fn answer(kind: AnswerKind, title: &str) -> Content {
    Content::Answer { kind, title: title.to_owned() }
}

#[test]
fn a_text_is_who_when_and_what() {
    assert_eq!(message("text"), plain(text("Bonjour, ma commande ?")));
}

#[test]
fn a_quote_names_the_quoted_message_and_a_forwarded_one_names_none() {
    assert_eq!(message("text_quoting"), about_ours(text("Oui, celle-là")));
    assert_eq!(message("text_forwarded"), plain(text("À voir")));
}

#[test]
fn who_came_by_an_advertisement_comes_by_a_free_entry_point() {
    assert_eq!(
        message("text_by_advertisement"),
        InboundMessage { free_entry: true, ..plain(text("C'est encore en stock ?")) }
    );
}

#[test]
fn a_customer_without_a_number_is_known_by_the_user_id() {
    let yuki = Customer {
        bsuid: Some("JP.7kQ2mZ81".to_owned()),
        name: Some("山田 優希".to_owned()),
        username: Some("yuki.y".to_owned()),
        ..Customer::default()
    };
    assert_eq!(message("text_without_phone"), InboundMessage { customer: yuki, ..plain(text("はじめまして")) });
}

#[test]
fn files_come_with_the_id_they_are_fetched_by() {
    let image = file(MediaKind::Image, "image/jpeg", "", "Le pied est cassé", false);
    assert_eq!(message("image"), with_file(image, "900001"));
    assert_eq!(message("video"), with_file(file(MediaKind::Video, "video/mp4", "", "", false), "900002"));
    let voice = file(MediaKind::Audio, "audio/ogg; codecs=opus", "", "", true);
    assert_eq!(message("voice"), with_file(voice, "900003"));
    let document = file(MediaKind::Document, "application/pdf", "facture 4711.pdf", "La facture", false);
    assert_eq!(message("document"), with_file(document, "900004"));
    assert_eq!(message("sticker"), with_file(file(MediaKind::Sticker, "image/webp", "", "", false), "900005"));
}

#[test]
fn a_place_is_kept_to_a_millionth_of_a_degree() {
    let place = |latitude_e6, longitude_e6, name: &str, address: &str| Content::Location {
        latitude_e6,
        longitude_e6,
        name: name.to_owned(),
        address: address.to_owned(),
    };
    assert_eq!(message("location").content, place(44_837_789, -579_180, "Atelier", "3 quai Nord, Bordeaux"));
    assert_eq!(message("location_bare").content, place(-33_900_000, 18_420_000, "", ""));
}

#[test]
fn address_cards_keep_names_and_numbers_as_written() {
    let card = |name: &str, phones: &[&str]| ContactCard {
        name: name.to_owned(),
        phones: phones.iter().map(|phone| (*phone).to_owned()).collect(),
        company: String::new(),
        emails: Vec::new(),
    };
    let cards = vec![card("Paul Roux", &["+33 6 98 76 54 32", "33556000000"]), card("Inès Ferrand", &[])];
    assert_eq!(message("contacts"), plain(Content::Contacts { cards }));
}

#[test]
fn a_card_says_company_and_e_mail() {
    let card = json!([{ "name": { "formatted_name": "Ana Ruiz" }, "org": { "company": "Atelier Sud" },
                        "emails": [{ "email": "ana@example.com", "type": "WORK" }] }]);
    let Event::Message(message) = single("messages", json!({ "messages": [item("contacts", card)] })) else { panic!() };
    let (company, emails) = ("Atelier Sud".to_owned(), vec!["ana@example.com".to_owned()]);
    let card = ContactCard { name: "Ana Ruiz".to_owned(), phones: Vec::new(), company, emails };
    assert_eq!(message.content, Content::Contacts { cards: vec![card] });
}

#[test]
fn a_reaction_without_an_emoji_takes_it_away() {
    let reaction = |emoji: Option<&str>| about_ours(Content::Reaction { to: None, emoji: emoji.map(str::to_owned) });
    assert_eq!(message("reaction"), reaction(Some("👍")));
    assert_eq!(message("reaction_removed"), reaction(None));
    assert_eq!(message("reaction_emptied"), reaction(None));
}

#[test]
fn taps_and_forms_are_answers() {
    assert_eq!(message("template_button"), about_ours(answer(AnswerKind::Button, "Merci")));
    assert_eq!(message("button"), about_ours(answer(AnswerKind::Button, "Oui")));
    assert_eq!(message("list"), plain(answer(AnswerKind::List, "Mardi matin")));
    assert_eq!(message("flow"), plain(answer(AnswerKind::Flow, "size: L")));
}

#[test]
fn an_order_counts_its_products() {
    assert_eq!(message("order"), plain(Content::Order { products: 2, body: "Livré si possible".to_owned() }));
}

#[test]
fn a_new_number_is_an_event_with_the_number() {
    let message = message("number_changed");
    assert_eq!(message.content, Content::System { event: "user_changed_number".to_owned() });
    assert_eq!(message.new_phone.as_deref(), Some("33700000007"));
    assert_eq!(message.customer.phone.as_deref(), Some("33612345678"));
}

#[test]
fn a_new_user_id_is_an_event_with_the_id() {
    let message = message("user_id_changed");
    assert_eq!(message.content, Content::System { event: "user_changed_user_id".to_owned() });
    assert_eq!((message.new_phone, message.new_bsuid.as_deref()), (None, Some("FR.9zNew77")));
    assert_eq!(message.customer.bsuid.as_deref(), Some("FR.8c2Kd01"));
}

#[test]
fn other_events_say_what_happened() {
    let system = Content::System { event: "customer_identity_changed".to_owned() };
    assert_eq!(message("identity_changed"), plain(system));
    assert_eq!(message("request_welcome"), plain(Content::RequestWelcome));
}

#[test]
fn what_cannot_be_shown_still_came_from_the_customer() {
    for name in ["unsupported", "type_of_tomorrow", "call_permission", "interactive_lost"] {
        assert_eq!(message(name), plain(Content::Unsupported), "{name}");
    }
}

#[test]
fn changes_and_withdrawals_name_the_message_they_are_about() {
    let (message_id, at) = ("wamid.A0".to_owned(), at(1_793_610_000));
    let content = text("Ma commande 4711 ?");
    assert_eq!(only("edit", NUMBER), Event::Edited { message_id: message_id.clone(), at, content });
    assert_eq!(only("revoke", NUMBER), Event::Revoked { message_id, at });
}

#[test]
fn what_the_company_wrote_on_its_phone_is_an_echo_to_the_customer() {
    let customer = Customer { phone: Some("33612345678".to_owned()), ..Customer::default() };
    let echo = plain(text("Je vous rappelle"));
    assert_eq!(message("echo"), InboundMessage { customer, message_id: "wamid.E1".to_owned(), echo: true, ..echo });
}

#[test]
fn a_call_counts_once_from_its_beginning() {
    let call = |length_ms| plain(Content::Call { length_ms });
    let id = "wacid.C1".to_owned();
    assert_eq!(message("call"), InboundMessage { message_id: id.clone(), ..call(Some(90_000)) });
    let missed = InboundMessage { message_id: id, at: at(1_793_610_090), ..call(None) };
    assert_eq!(message("call_missed"), missed);
    assert_eq!(only("call_begins", NUMBER), Event::Ignored);
}

#[test]
fn a_report_says_what_became_of_which_message() {
    let plain = |status| StatusReport {
        message_id: "wamid.OURS".to_owned(),
        key: None,
        status,
        at: at(1_793_610_000),
        error: None,
        billable: None,
        free_until: None,
    };
    let sent = StatusReport { key: Some("key-1".to_owned()), billable: Some(true), ..plain(DeliveryStatus::Sent) };
    assert_eq!(status("sent"), sent);
    assert_eq!(status("read"), plain(DeliveryStatus::Read));
    assert_eq!(status("played"), plain(DeliveryStatus::Played));
    assert_eq!(status("status_of_tomorrow"), plain(DeliveryStatus::Other("teleported".to_owned())));
    let detail = "More than 24 hours have passed since the customer last replied.".to_owned();
    let error = Some(ProviderError { code: 131047, subcode: None, detail });
    assert_eq!(status("failed"), StatusReport { error, ..plain(DeliveryStatus::Failed) });
}

#[test]
fn whether_it_is_charged_stands_in_either_of_two_places() {
    assert_eq!(status("sent_free_entry").billable, Some(false));
    assert_eq!(status("delivered_conversation").billable, Some(true));
}

#[test]
fn a_reply_inside_the_months_free_ones_uses_one_up() {
    assert_eq!(status("delivered").billable, Some(true));
}

#[test]
fn only_a_free_entry_point_has_an_end_of_its_own() {
    assert_eq!(status("sent_free_entry").free_until, Some(at(1_793_869_200)));
    assert_eq!(status("delivered_conversation").free_until, None);
}

#[test]
fn templates_are_approved_rejected_and_paused_with_a_reason() {
    let change = |status, reason: Option<&str>| TemplateChange::Status { status, reason: reason.map(str::to_owned) };
    assert_eq!(template("template_approved"), change(TemplateStatus::Approved, None));
    let rejected = change(TemplateStatus::Rejected, Some("Two variables touch each other."));
    assert_eq!(template("template_rejected"), rejected);
    let paused = change(TemplateStatus::Paused, Some("Paused for three hours after feedback."));
    assert_eq!(template("template_paused"), paused);
}

#[test]
fn a_new_category_changes_a_template_and_an_announced_one_does_not_yet() {
    assert_eq!(template("template_category"), TemplateChange::Category(TemplateCategory::Marketing));
    assert_eq!(only("template_category_announced", BUSINESS), Event::Ignored);
}

#[test]
fn new_parts_of_a_template_are_read_from_their_own_names() {
    let words = str::to_owned;
    let buttons = vec![
        TemplateButton::Phone { text: words("Appeler"), phone: words("+33556000000") },
        TemplateButton::Url { text: words("Suivre"), url: words("https://suivi.example/{{1}}") },
    ];
    let parts = vec![
        TemplateComponent::HeaderText { text: words("Commande {{1}}") },
        TemplateComponent::Body { text: words("Bonjour, elle part {{1}}. Merci !") },
        TemplateComponent::Footer { text: words("Atelier Nord") },
        TemplateComponent::Buttons { buttons },
    ];
    assert_eq!(template("template_components"), TemplateChange::Components(parts));
}

#[test]
fn reports_about_groups_are_passed_over() {
    assert_eq!(only("status_of_group", NUMBER), Event::Ignored);
}

/// A webhook with one change.
fn change(field: &str, value: serde_json::Value) -> Parsed {
    let mut value = value;
    value["metadata"] = json!({ "display_phone_number": "33199000001", "phone_number_id": NUMBER });
    let entry = json!({ "id": BUSINESS, "time": 1_793_610_000, "changes": [{ "field": field, "value": value }] });
    read(json!({ "object": "whatsapp_business_account", "entry": [entry] }).to_string().as_bytes())
}

fn single(field: &str, value: serde_json::Value) -> Event {
    let mut parsed = change(field, value);
    assert_eq!(parsed.unreadable, []);
    assert_eq!(parsed.events.len(), 1);
    parsed.events.remove(0).event
}

/// A message of this type and content, as the only one of a webhook.
fn item(kind: &str, content: serde_json::Value) -> serde_json::Value {
    json!({ "from": "33612345678", "from_user_id": "FR.8c2Kd01", "id": "wamid.A1", "timestamp": "1793610000",
            "type": kind, kind: content })
}

#[test]
fn content_that_cannot_be_read_is_a_bubble_with_author_and_time() {
    for (kind, content) in [
        ("location", json!({ "latitude": "44.8", "longitude": "-0.5" })),
        ("location", json!({ "latitude": 144.8, "longitude": -0.5 })),
        ("image", json!({ "mime_type": "image/jpeg" })),
        ("text", json!({ "body": "" })),
        ("text", json!({ "body": "  " })),
        ("text", json!({ "body": 7 })),
        ("text", json!("no object")),
        ("contacts", json!([])),
        ("interactive", json!({ "type": "button_reply" })),
        ("button", json!({})),
    ] {
        let parsed = change("messages", json!({ "messages": [item(kind, content.clone())] }));
        let [Addressed { event: Event::Message(message), .. }] = parsed.events.as_slice() else { panic!("{content}") };
        assert_eq!((&message.content, message.at), (&Content::Unsupported, at(1_793_610_000)), "{content}");
        assert_eq!(message.customer.phone.as_deref(), Some("33612345678"));
        // What it said stays readable for the operator.
        assert_eq!((parsed.unreadable.len(), parsed.unreadable[0].name.as_str()), (1, "messages"), "{content}");
    }
    let mut without_type = item("text", json!({ "body": "Bonjour" }));
    without_type.as_object_mut().unwrap().remove("type");
    assert_eq!(change("messages", json!({ "messages": [without_type] })).events.len(), 1);
}

#[test]
fn one_bad_character_costs_no_other_item() {
    let webhook = json!({ "object": "whatsapp_business_account", "entry": [{ "id": BUSINESS, "changes": [{
        "field": "messages", "value": {
            "metadata": { "display_phone_number": "33199000001", "phone_number_id": NUMBER },
            "messages": [item("text", json!({ "body": "un" })), item("text", json!({ "body": "BAD" })),
                         item("text", json!({ "body": "trois" }))] } }] }] });
    let webhook = webhook.to_string();
    for bad in [&b"a\\ud83d b"[..], b"a\xff b", b"a\x01 b"] {
        let place = webhook.find("BAD").unwrap();
        let mut body = webhook.clone().into_bytes();
        body.splice(place..place + 3, bad.iter().copied());
        let parsed = read(&body);
        assert_eq!((parsed.events.len(), parsed.unreadable.len()), (3, 0), "{bad:?}");
    }
    let huge = webhook.replace("\"BAD\"", &"9".repeat(400));
    let parsed = read(huge.as_bytes());
    assert_eq!((parsed.events.len(), parsed.unreadable.len()), (3, 1));
}

#[test]
fn seconds_and_milliseconds_are_told_apart_by_their_size() {
    for written in [json!("1793610000"), json!(1_793_610_000), json!("1793610000000"), json!(1_793_610_000_000_i64)] {
        let mut item = item("text", json!({ "body": "Bonjour" }));
        item["timestamp"] = written.clone();
        let Event::Message(message) = single("messages", json!({ "messages": [item] })) else { panic!("{written}") };
        assert_eq!(message.at, at(1_793_610_000), "{written}");
    }
}

#[test]
fn while_a_bot_has_the_conversation_customers_and_bot_are_read_all_the_same() {
    let said = item("text", json!({ "body": "Quels sont vos horaires ?" }));
    let beside = json!({ "standby": true, "messages": [said.clone()] });
    let inside = json!({ "standby": { "messages": [said] } });
    for value in [beside, inside] {
        let Event::Message(message) = single("standby", value) else { panic!() };
        assert!(message.standby && !message.echo);
        assert_eq!(message.content, text("Quels sont vos horaires ?"));
    }
    let flat = json!({ "id": "wamid.B1", "to": "33612345678", "timestamp": "1793610000", "type": "text",
                       "text": { "body": "De 9 h à 18 h" } });
    let wrapped = json!({ "id": "wamid.B1", "timestamp": "1793610000",
                          "message": { "to": "33612345678", "type": "text", "text": { "body": "De 9 h à 18 h" } } });
    for echo in [flat, wrapped] {
        let Event::Message(message) = single("standby", json!({ "standby": { "message_echoes": [echo] } })) else {
            panic!()
        };
        assert!(message.standby && message.echo);
        assert_eq!((message.content, message.customer.phone.as_deref()), (text("De 9 h à 18 h"), Some("33612345678")));
    }
}

#[test]
fn a_handover_says_who_has_the_conversation_now() {
    for (kind, event) in
        [("control_passed", "control_passed_to_inbox"), ("control_taken", "control_taken_by_automation")]
    {
        let value = json!({ "type": kind, "timestamp": "1793610000", "sender": { "phone_number": "33612345678" },
                            "recipient": { "phone_number_id": NUMBER }, kind: { "previous_owner_role": "ai_agent" } });
        let Event::Message(message) = single("messaging_handovers", value) else { panic!() };
        assert_eq!(message.content, Content::System { event: event.to_owned() });
        assert_eq!(message.customer.phone.as_deref(), Some("33612345678"));
    }
}

#[test]
fn every_field_that_the_inbox_has_no_use_for_is_set_aside_under_its_name() {
    for field in ["history", "user_preferences", "message_template_quality_update", "a_field_of_next_year"] {
        let parsed = change(field, json!({ "something": 1 }));
        assert_eq!((parsed.events.len(), parsed.unreadable.len()), (0, 1), "{field}");
        let aside = &parsed.unreadable[0];
        assert_eq!(aside.name, field);
        assert!(aside.raw.contains("something"), "as it came");
    }
}

#[test]
fn news_of_the_account_say_whether_it_works() {
    let account = |value| match single("account_update", value) {
        Event::Account(news) => news,
        other => panic!("{other:?}"),
    };
    let removed = account(json!({ "event": "PARTNER_REMOVED", "phone_number": "+33 1 99 00 00 01" }));
    assert_eq!(removed.phone.as_deref(), Some("33199000001"));
    assert_eq!(removed.at, Some(at(1_793_610_000)));
    assert_eq!(removed.change, AccountChange::Disconnected { why: "PARTNER_REMOVED".to_owned() });
    assert_eq!(account(json!({ "event": "ACCOUNT_RECONNECTED" })).change, AccountChange::Connected);
    let restriction = |why: &str, until| AccountChange::Restricted { why: why.to_owned(), until };
    let parts = json!([{ "restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1_793_696_400 }]);
    let restricted = account(json!({ "event": "ACCOUNT_RESTRICTION", "restriction_info": parts }));
    assert_eq!(restricted.change, restriction("RESTRICTED_BIZ_INITIATED_MESSAGING", Some(at(1_793_696_400))));
    assert_eq!(account(json!({ "event": "ACCOUNT_VIOLATION" })).change, restriction("ACCOUNT_VIOLATION", None));
    let ban = |state| account(json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": state } })).change;
    assert_eq!(ban("DISABLE"), AccountChange::Disconnected { why: "DISABLED_UPDATE".to_owned() });
    assert_eq!(ban("REINSTATE"), AccountChange::Connected);
    assert_eq!(change("account_update", json!({ "event": "AD_ACCOUNT_LINKED" })).unreadable[0].name, "account_update");
}

#[test]
fn a_failure_without_a_code_is_a_failure() {
    for code in [json!(null), json!("soon"), json!({})] {
        let status = json!({ "id": "wamid.OURS", "status": "failed", "timestamp": "1793610000",
                             "errors": [{ "code": code, "title": "Something went wrong" }] });
        let Event::Status(report) = single("messages", json!({ "statuses": [status] })) else { panic!() };
        assert_eq!(report.status, DeliveryStatus::Failed);
        assert_eq!(report.error.unwrap().detail, "Something went wrong");
    }
}

#[test]
fn the_old_shape_of_a_voice_message_is_one() {
    let voice = item("voice", json!({ "id": "900003", "mime_type": "audio/ogg; codecs=opus" }));
    let Event::Message(message) = single("messages", json!({ "messages": [voice] })) else { panic!() };
    assert_eq!(message.content, file(MediaKind::Audio, "audio/ogg; codecs=opus", "", "", true));
}

#[test]
fn news_that_change_no_status_keep_it() {
    for event in ["FLAGGED", "LOCKED", "UNARCHIVED", "A_WORD_OF_TOMORROW"] {
        let news = json!({ "event": event, "message_template_id": 1, "message_template_name": "a",
                           "message_template_language": "en-US" });
        let parsed = change("message_template_status_update", news);
        assert_eq!((parsed.events.len(), parsed.unreadable.len()), (0, 1), "{event}");
    }
    let approved = json!({ "event": "APPROVED", "message_template_id": 1, "message_template_language": "en-US" });
    let Event::Template(news) = single("message_template_status_update", approved) else { panic!() };
    assert_eq!((news.provider_id.as_str(), news.language.as_str()), ("1", "en_US"));
}

#[test]
fn a_bad_item_is_set_aside_and_the_others_go_on() {
    let parsed = parsed("some_items_bad");
    let ids: Vec<&str> = parsed
        .events
        .iter()
        .map(|addressed| match &addressed.event {
            Event::Message(message) => message.message_id.as_str(),
            Event::Status(_) => "status",
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, ["wamid.A1", "wamid.A3", "wamid.A5", "status"]);
    let reported: Vec<&str> = parsed.unreadable.iter().map(|item| item.why.as_str()).collect();
    assert_eq!(
        reported,
        [
            "entry[0].changes[0].value.messages[1].timestamp: is missing",
            "entry[0].changes[0].value.messages[3].type: is missing",
            "entry[0].changes[0].value.messages[4].image: neither an id nor an address of the file",
            "entry[1].changes[0].value.metadata: is missing",
            "entry[1].changes[1].value.statuses[0].timestamp: a whole number was expected",
        ]
    );
    assert!(parsed.unreadable[0].raw.contains("wamid.A2"), "the item itself is kept");
}

#[test]
fn what_is_not_a_webhook_is_set_aside_whole() {
    for body in [&b""[..], b"{", b"\xff\xfe", b"[]", b"null", b"{\"object\":\"page\"}", b"{\"object\":3}"] {
        let parsed = read(body);
        assert_eq!((parsed.events.len(), parsed.unreadable.len()), (0, 1), "{body:?}");
    }
}

#[test]
fn reports_name_places_and_never_what_a_customer_wrote() {
    for unreadable in parsed("some_items_bad").unreadable {
        assert!(!unreadable.why.contains("sans heure") && !unreadable.why.contains("33612345678"));
    }
}

proptest! {
    #[test]
    fn no_damage_to_a_webhook_makes_it_panic(
        name in prop::sample::select(fixtures("whatsapp")),
        damage in prop::collection::vec((any::<u16>(), 0_u8..8), 1..6),
    ) {
        read(damaged(&body("whatsapp", &name), &damage).as_bytes());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&bytes);
    }
}
