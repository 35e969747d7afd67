//! Webhooks in Meta's documented shapes (`tests/fixtures/whatsapp`) and what they mean.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use riposte::model::{
    AnswerKind, ContactCard, Content, DeliveryStatus, Media, MediaKind, ProviderError, TemplateButton,
    TemplateCategory, TemplateComponent, TemplateStatus,
};

use super::webhook::read;
use crate::channels::event::{
    Addressed, Customer, Event, InboundMessage, Parsed, ProviderMedia, StatusReport, TemplateChange, TemplateNews,
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
        Event::Template(TemplateNews { provider_id, name, language, change }) => {
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
    };
    let cards = vec![card("Paul Roux", &["+33 6 98 76 54 32", "33556000000"]), card("Inès Ferrand", &[])];
    assert_eq!(message("contacts"), plain(Content::Contacts { cards }));
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
    assert_eq!(message("flow"), plain(answer(AnswerKind::Flow, "Envoyé")));
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
    assert_eq!(status("delivered").billable, Some(false));
    assert_eq!(status("delivered_conversation").billable, Some(true));
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
fn fields_and_groups_that_are_no_business_of_the_inbox_are_passed_over() {
    assert_eq!(parsed("account_update"), Parsed::default());
    assert_eq!(only("status_of_group", NUMBER), Event::Ignored);
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
    assert_eq!(ids, ["wamid.A1", "wamid.A3", "status"]);
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
