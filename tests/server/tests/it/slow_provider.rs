//! What holds while the provider has not answered yet: a provider of these tests' own, that
//! answers when the test lets it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use riposte::model::{ChannelKind, Content, DeliveryStatus, ProviderError};
use riposte_server::channels::event::{Addressed, Customer, Event, InboundMessage, Parsed, StatusReport};
use riposte_server::{ChannelLink, NewChannel, Options, start};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::{Office, Phone, data, reply};

#[derive(Clone)]
struct Gate {
    asked: Arc<AtomicUsize>,
    /// One permit for each request that has come in.
    came: Arc<Semaphore>,
    /// One permit for each answer that may leave.
    may_answer: Arc<Semaphore>,
}

impl Gate {
    async fn open() -> (Self, String) {
        let gate =
            Self { asked: Arc::default(), came: Arc::new(Semaphore::new(0)), may_answer: Arc::new(Semaphore::new(0)) };
        let router = Router::new().fallback(post(answer)).with_state(gate.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (gate, base)
    }

    async fn was_asked(&self) {
        self.came.acquire().await.unwrap().forget();
    }

    fn answer(&self) {
        self.may_answer.add_permits(1);
    }
}

async fn answer(State(gate): State<Gate>) -> Json<Value> {
    let number = gate.asked.fetch_add(1, Ordering::SeqCst);
    gate.came.add_permits(1);
    gate.may_answer.acquire().await.unwrap().forget();
    Json(json!({ "messaging_product": "whatsapp", "messages": [{ "id": format!("wamid.{number}") }] }))
}

/// Léa wrote on a number whose provider is the gate. Gives her conversation.
async fn lea_wrote(office: &Office, phone: &Phone, base: &str) -> i64 {
    let link = ChannelLink {
        base: base.to_owned(),
        version: "v24.0".into(),
        provider_id: "gate".into(),
        business_id: None,
        token: "t".into(),
        app_secret: "s".into(),
        verify_token: "v".into(),
        site_key: None,
    };
    office.admin.add_channel(NewChannel::new(ChannelKind::Whatsapp, "Slow"), link).await.unwrap();
    let message = InboundMessage {
        customer: Customer { phone: Some("33612345678".into()), ..Customer::default() },
        message_id: "wamid.hers".into(),
        at: "2026-11-02T08:59:00Z".parse().unwrap(),
        content: Content::Text { body: "Bonjour ?".into() },
        media: None,
        refers_to: None,
        echo: false,
        free_entry: false,
        new_phone: None,
        new_bsuid: None,
        standby: false,
        part_of: None,
    };
    let events = vec![Addressed { account: "gate".into(), event: Event::Message(Box::new(message)) }];
    let parsed = Parsed { events, unreadable: Vec::new() };
    office.running.inbox().receive(ChannelKind::Whatsapp, parsed).await.unwrap();
    phone.conversations().await[0]["id"].as_i64().unwrap()
}

#[tokio::test]
async fn while_it_is_executed_a_key_is_pending_and_no_agent_sees_the_message() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let (gate, base) = Gate::open().await;
    let id = lea_wrote(&office, &phone, &base).await;
    let key = phone.key();
    let first = tokio::spawn({
        let (phone, key) = (phone.clone(), key.clone());
        async move { phone.command_under(&key, reply(id, "Un instant")).await }
    });
    gate.was_asked().await;

    let (status, answer) = phone.command_under(&key, reply(id, "Un instant")).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (409, Some("pending")));
    assert_eq!(phone.get(&format!("/v1/commands/{key}")).await.1["result"], "pending");
    assert_eq!(phone.post(&format!("/v1/commands/{key}/cancel"), &json!({})).await.1["result"], "pending");
    assert_eq!(phone.messages(id).await.len(), 1);

    gate.answer();
    assert_eq!(first.await.unwrap().0, 202);
    assert_eq!(phone.messages(id).await.len(), 2);
    assert_eq!(gate.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_caller_who_goes_away_stops_nothing() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let (gate, base) = Gate::open().await;
    let id = lea_wrote(&office, &phone, &base).await;
    let key = phone.key();
    let caller = tokio::spawn({
        let (phone, key) = (phone.clone(), key.clone());
        async move { phone.command_under(&key, reply(id, "Un instant")).await }
    });
    gate.was_asked().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    gate.answer();
    office.running.idle().await;
    assert_eq!(phone.get(&format!("/v1/commands/{key}")).await.1["result"], "accepted");
}

async fn reported(office: &Office, id: &str, status: DeliveryStatus) {
    let at = "2026-11-02T09:00:01Z".parse().unwrap();
    let error = ProviderError { code: 131026, subcode: None, detail: String::new() };
    let error = (status == DeliveryStatus::Failed).then_some(error);
    let report = StatusReport { message_id: id.into(), key: None, status, at, error, billable: None, free_until: None };
    let events = vec![Addressed { account: "gate".into(), event: Event::Status(report) }];
    let parsed = Parsed { events, unreadable: Vec::new() };
    office.running.inbox().receive(ChannelKind::Whatsapp, parsed).await.unwrap();
}

#[tokio::test]
async fn a_late_report_of_the_first_attempt_does_not_fail_the_second_one() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let (gate, base) = Gate::open().await;
    let id = lea_wrote(&office, &phone, &base).await;
    gate.answer();
    assert_eq!(phone.reply(id, "Un instant").await.0, 202);
    gate.was_asked().await;
    reported(&office, "wamid.0", DeliveryStatus::Failed).await;
    let again = json!({ "kind": "message.retry", "message_id": phone.messages(id).await[1]["id"] });
    let second = tokio::spawn({
        let (phone, again) = (phone.clone(), again.clone());
        async move { phone.command(again).await }
    });
    gate.was_asked().await;

    reported(&office, "wamid.0", DeliveryStatus::Sent).await;
    let (status, answer) = phone.command(again.clone()).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (409, Some("conflict")), "{answer}");
    gate.answer();
    assert_eq!(second.await.unwrap().0, 202);
    assert_eq!(phone.command(again).await.0, 409);
    assert_eq!(gate.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn after_a_power_cut_in_between_the_outcome_is_ambiguous_and_nothing_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open_with(|options| options.data = Some(folder.path().into())).await;
    let phone = office.phone("marc").await;
    let (gate, base) = Gate::open().await;
    let id = lea_wrote(&office, &phone, &base).await;
    let key = phone.key();
    let _caller = tokio::spawn({
        let (phone, key) = (phone.clone(), key.clone());
        async move { phone.command_under(&key, reply(id, "Un instant")).await }
    });
    gate.was_asked().await;

    // What a power cut leaves: the files as they are at this moment.
    let left = tempfile::tempdir().unwrap();
    for file in ["inbox.db", "inbox.db-wal"] {
        std::fs::copy(folder.path().join(file), left.path().join(file)).unwrap();
    }
    let after = start(Options { data: Some(left.path().into()), ..Options::story(&office.clock) }).await.unwrap();
    let phone = phone.at(&after.url());
    let (_, known) = phone.get(&format!("/v1/commands/{key}")).await;
    assert_eq!(known["result"], "ambiguous", "{known}");
    assert_eq!(data(&known["rows"], "message")[0]["client_key"], key.as_str());
    let (_, again) = phone.command_under(&key, reply(id, "Un instant")).await;
    assert_eq!(again["result"], "ambiguous");
    assert_eq!(gate.asked.load(Ordering::SeqCst), 1);
    gate.answer();
    after.stop().await;
}

#[tokio::test]
async fn what_the_provider_took_is_written_down_once_the_disk_has_room_again() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open_with(|options| options.data = Some(folder.path().into())).await;
    let phone = office.phone("marc").await;
    let (gate, base) = Gate::open().await;
    let id = lea_wrote(&office, &phone, &base).await;
    let key = phone.key();
    let caller = tokio::spawn({
        let (phone, key) = (phone.clone(), key.clone());
        async move { phone.command_under(&key, reply(id, "Un instant")).await }
    });
    gate.was_asked().await;
    // From here on the outcome of a command cannot be written.
    let disk = rusqlite::Connection::open(folder.path().join("inbox.db")).unwrap();
    disk.execute_batch(
        "CREATE TRIGGER full BEFORE UPDATE OF state ON command BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    )
    .unwrap();
    gate.answer();
    let (status, answer) = caller.await.unwrap();
    assert_eq!((status, answer["error"]["code"].as_str()), (500, Some("internal")));
    assert_eq!(phone.get(&format!("/v1/commands/{key}")).await.1["result"], "pending");
    assert_eq!(phone.messages(id).await.len(), 1);
    office.clock.advance(std::time::Duration::from_secs(1));
    office.running.idle().await;
    assert_eq!(phone.get(&format!("/v1/commands/{key}")).await.1["result"], "pending", "the disk is still full");

    disk.execute_batch("DROP TRIGGER full").unwrap();
    let accepted = async || {
        loop {
            office.clock.advance(std::time::Duration::from_secs(60));
            office.running.idle().await;
            tokio::task::yield_now().await;
            let phone = office.sign_in("marc", phone.agent).await;
            let (_, known) = phone.get(&format!("/v1/commands/{key}")).await;
            if known["result"] != "pending" {
                return known;
            }
        }
    };
    let known = tokio::time::timeout(std::time::Duration::from_secs(60), accepted()).await.unwrap();
    assert_eq!(known["result"], "accepted", "{known}");
    assert_eq!(gate.asked.load(Ordering::SeqCst), 1, "the provider was asked once");
}
