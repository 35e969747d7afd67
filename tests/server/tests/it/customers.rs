use riposte::model::{ChannelKind, Content, DeliveryStatus, ProviderError};
use riposte_server::channels::event::{Addressed, Customer, Event, InboundMessage, Parsed, StatusReport};
use serde_json::json;

use crate::support::{Office, data, hours, minutes};

/// An inbox without a webhook in between: events in any order, as often as one likes.
async fn receive(office: &Office, events: &[Event]) {
    let account = office.world.accounts().remove(0).provider_id;
    let addressed = events.iter().map(|event| Addressed { account: account.clone(), event: event.clone() });
    let parsed = Parsed { events: addressed.collect(), unreadable: Vec::new() };
    office.running.inbox().receive(ChannelKind::Whatsapp, parsed).await.unwrap();
}

fn said(customer: Customer, id: &str, at: &str, text: &str) -> Event {
    Event::Message(Box::new(InboundMessage {
        customer,
        message_id: id.to_owned(),
        at: at.parse().unwrap(),
        content: Content::Text { body: text.to_owned() },
        media: None,
        refers_to: None,
        echo: false,
        free_entry: false,
        new_phone: None,
        new_bsuid: None,
        standby: false,
        part_of: None,
    }))
}

fn by_phone() -> Customer {
    Customer { phone: Some("33612345678".into()), name: Some("Léa".into()), ..Customer::default() }
}

fn by_bsuid() -> Customer {
    Customer { bsuid: Some("FR.123abc".into()), username: Some("lea.m".into()), ..Customer::default() }
}

fn by_both() -> Customer {
    Customer { bsuid: by_bsuid().bsuid, ..by_phone() }
}

#[tokio::test]
async fn the_window_is_the_same_whatever_the_order_in_which_messages_arrive() {
    let times = ["2026-11-01T10:00:00Z", "2026-11-01T20:00:00Z", "2026-11-02T08:00:00Z"];
    let events: Vec<Event> =
        times.iter().enumerate().map(|(n, at)| said(by_phone(), &format!("wamid.{n}"), at, "Bonjour")).collect();
    let mut seen = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
        let office = Office::open().await;
        let phone = office.phone("marc").await;
        for index in order {
            receive(&office, &events[index..=index]).await;
            receive(&office, &events[index..=index]).await;
        }
        let conversation = phone.conversations().await.remove(0);
        assert_eq!(phone.messages(conversation["id"].as_i64().unwrap()).await.len(), 3);
        seen.push((
            conversation["window"].clone(),
            conversation["waiting_since"].clone(),
            conversation["activity_at"].clone(),
        ));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
    assert_eq!(seen[0].0, json!({ "last_customer_at": 1_793_606_400_000_i64, "opened_at": 1_793_527_200_000_i64 }));
}

#[tokio::test]
async fn only_what_the_customer_does_moves_the_window_whatever_else_happens() {
    let office = Office::open().await;
    office.wait(hours(12)).await;
    let phone = office.phone("marc").await;
    let like = |id: &str, at: &str, change: &dyn Fn(&mut InboundMessage)| {
        let mut event = said(by_phone(), id, at, "");
        if let Event::Message(message) = &mut event {
            change(message);
        }
        event
    };
    let content = |content: Content| move |message: &mut InboundMessage| message.content = content.clone();
    let later = |hour: u32| format!("2026-11-02T{hour:02}:00:00Z");
    receive(
        &office,
        &[said(by_phone(), "1", &later(8), "Bonjour"), said(by_phone(), "2", &later(9), "Vous êtes là ?")],
    )
    .await;
    let nothing_new = [
        Event::Revoked { message_id: "2".into(), at: later(10).parse().unwrap() },
        Event::Edited {
            message_id: "1".into(),
            at: later(10).parse().unwrap(),
            content: Content::Text { body: "Bonsoir".into() },
        },
        like("3", &later(11), &|message| message.echo = true),
        like("4", &later(12), &content(Content::System { event: "user_changed_number".into() })),
        like("5", &later(13), &content(Content::Reaction { to: None, emoji: Some("👍".into()) })),
        like("6", &later(14), &content(Content::RequestWelcome)),
    ];
    receive(&office, &nothing_new).await;
    let last = async || phone.conversations().await[0]["window"]["last_customer_at"].as_i64().unwrap();
    let at = |hour: u32| later(hour).parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis();
    assert_eq!(last().await, at(9), "taken back, it had counted all the same");
    receive(&office, &[like("7", &later(15), &content(Content::Call { length_ms: None }))]).await;
    assert_eq!(last().await, at(15), "a call counts, a missed one too");
    receive(&office, &[like("8", &later(16), &content(Content::Unsupported))]).await;
    assert_eq!(last().await, at(16));
}

#[tokio::test]
async fn a_phone_number_and_a_business_scoped_id_that_come_together_are_one_person() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    receive(&office, &[said(by_phone(), "1", "2026-11-02T08:00:00Z", "un")]).await;
    receive(&office, &[said(by_bsuid(), "2", "2026-11-02T08:01:00Z", "deux")]).await;
    assert_eq!(phone.conversations().await.len(), 2);
    let gone = phone.conversations().await[0].clone();
    let cursor = phone.cursor().await;

    receive(&office, &[said(by_both(), "3", "2026-11-02T08:02:00Z", "trois")]).await;
    let left = phone.conversations().await;
    assert_eq!(left.len(), 1);
    let texts: Vec<_> =
        phone.messages(left[0]["id"].as_i64().unwrap()).await.iter().map(|m| m["content"]["body"].clone()).collect();
    assert_eq!(texts, ["un", "deux", "trois"]);

    // A phone that follows the feed has the same in the end.
    let (items, _) = phone.changes(&cursor).await;
    let dels: Vec<_> =
        items.iter().filter(|item| item["op"] == "del").map(|item| (&item["kind"], &item["id"])).collect();
    assert!(dels.contains(&(&json!("conversation"), &gone["id"])), "{dels:?}");
    assert!(dels.contains(&(&json!("contact"), &gone["contact_id"])), "{dels:?}");
    let moved = items.iter().filter(|item| item["kind"] == "message" && item["op"] == "put").count();
    assert_eq!(moved, 2, "the one that moved, and the new one");
    let contact = items.iter().rfind(|item| item["kind"] == "contact" && item["op"] == "put").unwrap();
    assert_eq!((&contact["data"]["phone"], &contact["data"]["bsuid"]), (&json!("33612345678"), &json!("FR.123abc")));
    assert_eq!(contact["data"]["name"], "Léa");
}

#[tokio::test]
async fn put_together_they_keep_the_name_that_was_given_and_a_closed_talk_does_not_wait_again() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let nameless = Customer { phone: Some("33612345678".into()), ..Customer::default() };
    let named = Customer { name: Some("Léa".into()), ..by_bsuid() };
    receive(&office, &[said(nameless.clone(), "1", "2026-11-02T08:02:00Z", "un")]).await;
    receive(&office, &[said(named, "2", "2026-11-02T08:01:00Z", "deux")]).await;
    let closed = phone.conversations().await[1]["id"].clone();
    phone.command(json!({ "kind": "conversation.set_open", "conversation_id": closed, "open": false })).await;

    let both = Customer { bsuid: by_bsuid().bsuid, ..nameless };
    receive(&office, &[said(both, "3", "2026-11-02T08:03:00Z", "trois")]).await;
    let (_, answer) = phone.get("/v1/conversations").await;
    let one = data(&answer["rows"], "conversation");
    assert_eq!((one.len(), &one[0]["waiting_since"]), (1, &json!(1_793_606_520_000_i64)));
    assert_eq!(data(&answer["rows"], "contact")[0]["name"], "Léa");
}

#[tokio::test]
async fn a_customer_who_hides_their_number_is_called_by_their_username() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    receive(&office, &[said(by_bsuid(), "1", "2026-11-02T08:00:00Z", "un")]).await;
    let (items, _) = phone.changes("e1.0").await;
    let contact = items.iter().find(|item| item["kind"] == "contact").unwrap();
    assert_eq!(contact["data"]["name"], "lea.m");
}

fn report(id: &str, status: DeliveryStatus, at: &str, error: Option<i64>) -> Event {
    let error = error.map(|code| ProviderError { code, subcode: None, detail: String::new() });
    let (message_id, at) = (id.to_owned(), at.parse().unwrap());
    Event::Status(StatusReport { message_id, key: None, status, at, error, billable: None, free_until: None })
}

#[tokio::test]
async fn reports_edits_and_quotes_that_come_first_wait_for_their_message() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let (at, later) = ("2026-11-02T08:00:00Z", "2026-11-02T08:05:00Z");
    let mut quoting = said(by_phone(), "quoting", later, "celle-ci");
    if let Event::Message(message) = &mut quoting {
        message.refers_to = Some("original".into());
    }
    let mut echo = said(by_phone(), "ours", later, "du téléphone de l'atelier");
    if let Event::Message(message) = &mut echo {
        message.echo = true;
    }
    receive(
        &office,
        &[
            report("ours", DeliveryStatus::Read, later, None),
            report("ours", DeliveryStatus::Sent, at, None),
            Event::Edited {
                message_id: "original".into(),
                at: later.parse().unwrap(),
                content: Content::Text { body: "corrigé".into() },
            },
            Event::Revoked { message_id: "gone".into(), at: later.parse().unwrap() },
            quoting,
        ],
    )
    .await;
    receive(&office, &[said(by_phone(), "original", at, "erroné"), said(by_phone(), "gone", at, "effacé"), echo]).await;

    let id = phone.conversations().await[0]["id"].as_i64().unwrap();
    let messages = phone.messages(id).await;
    let original = &messages[1];
    assert_eq!((&original["content"]["body"], original["edited_at"].is_i64()), (&json!("corrigé"), true));
    assert_eq!(messages[0]["reply_to"], original["id"]);
    assert_eq!(messages[2]["content"], json!({ "type": "text", "body": "" }));
    assert!(messages[2]["deleted_at"].is_i64());
    assert_eq!(messages[3]["author"], json!({ "by": "phone_app" }));
    assert_eq!(messages[3]["delivery"].as_array().unwrap().len(), 2);
    // The company's own phone answered; that opens no window and costs nothing.
    assert!(phone.conversation(id).await.get("waiting_since").is_none());
    assert!(phone.ledger().await.is_empty());
}

#[tokio::test]
async fn a_late_customer_message_still_waits_although_its_time_is_before_our_answer() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.wait(minutes(5)).await;
    phone.reply(id, "Elle part ce soir.").await;
    office.world.idle().await;
    receive(&office, &[said(by_phone(), "late", "2026-11-02T09:01:00Z", "et l'autre ?")]).await;
    let waiting = phone.conversation(id).await["waiting_since"].clone();
    assert_eq!(waiting, json!(1_793_610_060_000_i64));
}

#[tokio::test]
async fn what_belongs_to_no_account_is_set_aside_and_the_others_go_on() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let account = office.world.accounts().remove(0).provider_id;
    let event = said(by_phone(), "1", "2026-11-02T08:00:00Z", "un");
    let nobody = said(Customer::default(), "2", "2026-11-02T08:00:00Z", "deux");
    let parsed = Parsed {
        events: vec![
            Addressed { account: "someone else's".into(), event: event.clone() },
            Addressed { account: account.clone(), event: nobody },
            Addressed { account, event },
        ],
        unreadable: Vec::new(),
    };
    let taken = office.running.inbox().receive(ChannelKind::Whatsapp, parsed).await.unwrap();
    assert_eq!((taken.stored, taken.set_aside), (1, 2));
    assert_eq!(phone.conversations().await.len(), 1);
}

#[tokio::test]
async fn a_reaction_neither_waits_nor_counts_nor_reopens() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    phone.reply(id, "Elle part ce soir.").await;
    phone.command(json!({ "kind": "conversation.set_open", "conversation_id": id, "open": false })).await;
    office.wait(hours(1)).await;
    let phone = office.sign_in("marc", phone.agent).await;
    let before = phone.conversation(id).await;
    let mut reaction = said(by_phone(), "reaction", "2026-11-02T10:00:00Z", "");
    if let Event::Message(message) = &mut reaction {
        message.content = Content::Reaction { to: None, emoji: Some("👍".into()) };
    }
    receive(&office, &[reaction]).await;
    let after = phone.conversation(id).await;
    for field in ["open", "window", "waiting_since", "activity_at", "preview", "last_customer_message_id"] {
        assert_eq!(after.get(field), before.get(field), "{field}");
    }
    assert_eq!(phone.messages(id).await.len(), 3);
}

fn moved(id: &str, at: &str, phone: &str) -> Event {
    let mut event = said(by_phone(), id, at, "");
    if let Event::Message(message) = &mut event {
        message.content = Content::System { event: "user_changed_number".to_owned() };
        message.new_phone = Some(phone.to_owned());
    }
    event
}

#[tokio::test]
async fn a_new_number_has_no_window_until_it_writes() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    receive(&office, &[said(by_phone(), "1", "2026-11-02T08:00:00Z", "un")]).await;
    receive(&office, &[moved("2", "2026-11-02T08:30:00Z", "33700000007")]).await;
    let conversation = phone.conversations().await.remove(0);
    assert_eq!(conversation["window"]["said"], json!({ "said_at": 1_793_608_200_000_i64 }), "closed, by the server");
    let id = conversation["id"].as_i64().unwrap();
    assert_eq!(phone.reply(id, "Toujours là ?").await.1["error"]["code"], "window_closed");

    let new_number = Customer { phone: Some("33700000007".into()), ..by_phone() };
    receive(&office, &[said(new_number, "3", "2026-11-02T08:40:00Z", "deux")]).await;
    let window = phone.conversation(id).await["window"].clone();
    assert_eq!((&window["opened_at"], window.get("said")), (&json!(1_793_608_800_000_i64), None));
}

#[tokio::test]
async fn a_second_refusal_of_one_attempt_does_not_close_the_window_of_the_next() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.wait(minutes(3)).await;
    office.world.fail_next(131047);
    phone.reply(id, "Elle part ce soir.").await;
    office.world.idle().await;
    let first = office.world.ledger().pop().unwrap().id.unwrap();
    let refused_at = phone.conversation(id).await["window"]["refused_at"].clone();
    assert!(refused_at.is_i64());

    office.wait(minutes(3)).await;
    office.writes("lea", "Je suis là").await;
    office.wait(minutes(3)).await;
    let message = phone.messages(id).await.into_iter().find(|message| message["author"]["by"] == "agent").unwrap();
    phone.command(json!({ "kind": "message.retry", "message_id": message["id"] })).await;
    office.world.idle().await;
    receive(&office, &[report(&first, DeliveryStatus::Failed, "2026-11-02T09:10:00Z", Some(131047))]).await;
    assert_eq!(phone.conversation(id).await["window"]["refused_at"], refused_at);
}
