//! Whose secret signed a webhook, and whom it may speak for.

use riposte::model::ChannelKind;
use riposte_server::channels::signature;
use riposte_server::{ChannelLink, NewChannel, Running};
use serde_json::{Value, json};

use crate::support::Office;

async fn add(office: &Office, kind: ChannelKind, id: &str, business: &str, secret: &str) {
    let link = ChannelLink {
        base: "http://127.0.0.1:9".into(),
        version: "v26.0".into(),
        provider_id: id.into(),
        business_id: Some(business.into()),
        token: "t".into(),
        app_secret: secret.into(),
        verify_token: "v".into(),
        site_key: None,
    };
    office.admin.add_channel(NewChannel::new(kind, id), link).await.unwrap();
}

async fn posts(server: &Running, path: &str, body: &Value, secret: &str) {
    let body = body.to_string();
    let client = riposte_server::channels::graph::client().unwrap().build().unwrap();
    let request = client.post(format!("{}/webhooks/{path}", server.url()));
    let request = request.header(signature::HEADER, signature::sign(secret, body.as_bytes())).body(body);
    assert_eq!(request.send().await.unwrap().status(), 200, "genuine, so that the provider does not come again");
}

fn whatsapp(number: &str) -> Value {
    let message = json!({ "from": "33612345678", "id": format!("wamid.{number}"), "timestamp": "1793606400",
                          "type": "text", "text": { "body": "Bonjour" } });
    let value =
        json!({ "messaging_product": "whatsapp", "metadata": { "phone_number_id": number }, "messages": [message] });
    let entry = json!({ "id": "1", "changes": [{ "field": "messages", "value": value }] });
    json!({ "object": "whatsapp_business_account", "entry": [entry] })
}

fn page(object: &str, id: &str) -> Value {
    let event = json!({ "sender": { "id": "500" }, "recipient": { "id": id }, "timestamp": 1_793_606_400_000_i64,
                        "message": { "mid": format!("m_{id}"), "text": "Bonjour" } });
    json!({ "object": object, "entry": [{ "id": id, "time": 1_793_606_400_000_i64, "messaging": [event] }] })
}

async fn set_aside(office: &Office) -> Vec<String> {
    office.admin.set_aside(50).await.unwrap().into_iter().map(|item| item.why).collect()
}

const ANOTHERS: &str = "another account's secret signed it";

#[tokio::test]
async fn a_secret_speaks_for_the_numbers_that_have_it() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    add(&office, ChannelKind::Whatsapp, "number-a", "a", "secret a").await;
    add(&office, ChannelKind::Whatsapp, "number-b", "b", "secret b").await;
    posts(&office.running, "whatsapp", &whatsapp("number-b"), "secret a").await;
    assert_eq!(phone.conversations().await.len(), 0);
    assert_eq!(set_aside(&office).await, [ANOTHERS]);
    posts(&office.running, "whatsapp", &whatsapp("number-b"), "secret b").await;
    assert_eq!(phone.conversations().await.len(), 1);
}

#[tokio::test]
async fn a_messenger_pages_secret_does_not_speak_for_an_instagram_account() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    add(&office, ChannelKind::Messenger, "page", "a", "secret a").await;
    add(&office, ChannelKind::Instagram, "account", "b", "secret b").await;
    posts(&office.running, "messenger", &page("instagram", "account"), "secret a").await;
    posts(&office.running, "messenger", &page("page", "page"), "secret b").await;
    assert_eq!(phone.conversations().await.len(), 0);
    assert_eq!(set_aside(&office).await, [ANOTHERS, ANOTHERS]);
    posts(&office.running, "messenger", &page("instagram", "account"), "secret b").await;
    assert_eq!(phone.conversations().await.len(), 1);
}

#[tokio::test]
async fn one_app_may_have_a_page_and_an_instagram_account() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    add(&office, ChannelKind::Messenger, "page", "a", "one secret").await;
    add(&office, ChannelKind::Instagram, "account", "a", "one secret").await;
    posts(&office.running, "messenger", &page("instagram", "account"), "one secret").await;
    posts(&office.running, "messenger", &page("page", "page"), "one secret").await;
    assert_eq!(phone.conversations().await.len(), 2);
    assert_eq!(set_aside(&office).await, Vec::<String>::new());
}

#[tokio::test]
async fn news_of_templates_are_believed_of_the_business_account_that_signed() {
    let office = Office::open().await;
    add(&office, ChannelKind::Whatsapp, "number-a", "business a", "secret a").await;
    add(&office, ChannelKind::Whatsapp, "number-b", "business b", "secret b").await;
    let value = json!({ "event": "APPROVED", "message_template_id": 1, "message_template_name": "ready",
                        "message_template_language": "fr", "reason": "NONE" });
    let change = json!({ "field": "message_template_status_update", "value": value });
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "business b", "time": 1_793_606_400,
                       "changes": [change] }] });
    posts(&office.running, "whatsapp", &body, "secret a").await;
    assert_eq!(set_aside(&office).await, [ANOTHERS]);
    posts(&office.running, "whatsapp", &body, "secret b").await;
    assert_eq!(set_aside(&office).await.len(), 1);
}
