use std::time::Duration;

use riposte::model::{ChannelId, TemplateCategory, TemplateComponent, TemplateStatus};
use riposte_server::NewTemplate;
use riposte_server::sim::templates::GivenTemplate;
use serde_json::{Value, json};

use crate::support::{Office, Phone, data, hours, minutes};

/// An office with Léa's conversation, and the phone signed in whatever the time.
async fn lea() -> (Office, Phone, i64) {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    (office, phone, id)
}

async fn later(office: &Office, phone: &Phone, span: Duration) -> Phone {
    office.wait(span).await;
    office.sign_in("marc", phone.agent).await
}

fn charged(ledger: &[Value]) -> Vec<(i64, String)> {
    ledger.iter().map(|row| (row["message_id"].as_i64().unwrap(), row["state"].as_str().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn a_window_without_an_answer_costs_nothing() {
    let (office, phone, _) = lea().await;
    let phone = later(&office, &phone, hours(30)).await;
    assert!(phone.ledger().await.is_empty());
}

#[tokio::test]
async fn the_first_answer_costs_and_covers_what_follows_until_its_end() {
    let (office, phone, id) = lea().await;
    let phone = later(&office, &phone, hours(1)).await;
    phone.reply(id, "une heure").await;
    let phone = later(&office, &phone, hours(19)).await;
    office.writes("lea", "vingt heures").await;
    let phone = later(&office, &phone, hours(2)).await;
    phone.reply(id, "vingt-deux heures").await;
    office.world.idle().await;
    assert_eq!(phone.ledger().await.len(), 1);
    let phone = later(&office, &phone, hours(8)).await;
    phone.reply(id, "trente heures").await;
    office.world.idle().await;

    let ledger = phone.ledger().await;
    assert_eq!(ledger.len(), 2);
    assert!(ledger.iter().all(|row| row["state"] == "final" && row["kind"] == "reply" && row["market"].is_string()));
    assert!(ledger[0]["price"]["micros"].as_i64().unwrap() > 0);
    let cover = phone.conversation(id).await["cover"].clone();
    assert_eq!((&cover["charge"], &cover["message_id"]), (&ledger[1]["id"], &ledger[1]["message_id"]));
    assert_eq!(cover["started_at"], ledger[1]["at"]);
}

#[tokio::test]
async fn a_refusal_ends_the_window_and_what_was_paid_in_it_covers_nothing_after() {
    let (office, phone, id) = lea().await;
    let phone = later(&office, &phone, minutes(10)).await;
    assert_eq!(phone.reply(id, "payé").await.0, 202);
    let phone = later(&office, &phone, minutes(10)).await;
    office.world.refuse_next(131047);
    assert_eq!(phone.reply(id, "refusé").await.0, 422);
    let phone = later(&office, &phone, minutes(10)).await;
    office.writes("lea", "Je suis là").await;
    let phone = later(&office, &phone, minutes(10)).await;
    assert_eq!(phone.reply(id, "payé encore").await.0, 202);
    office.world.idle().await;
    let ledger = phone.ledger().await;
    let states: Vec<&Value> = ledger.iter().map(|row| &row["state"]).collect();
    assert_eq!(states, ["final", "void", "final"], "{ledger:?}");

    // A later refusal changes nothing about which window the replies before it fell into.
    let phone = later(&office, &phone, minutes(10)).await;
    office.world.refuse_next(131047);
    assert_eq!(phone.reply(id, "refusé encore").await.0, 422);
    office.world.idle().await;
    let later = phone.ledger().await;
    assert_eq!(later[..3], ledger, "{later:?}");
    assert!(later[3..].iter().all(|row| row["state"] == "void"), "{later:?}");
}

#[tokio::test]
async fn when_the_charged_reply_fails_charge_and_cover_pass_to_the_next_one() {
    let (office, phone, id) = lea().await;
    office.world.fail_next(131026);
    phone.reply(id, "celle-ci échoue").await;
    office.world.idle().await;
    assert_eq!(charged(&phone.ledger().await), [(2, "void".to_owned())]);
    assert!(phone.conversation(id).await.get("cover").is_none());
    office.wait(minutes(1)).await;
    phone.reply(id, "celle-là arrive").await;
    office.world.idle().await;
    assert_eq!(charged(&phone.ledger().await), [(2, "void".to_owned()), (3, "final".to_owned())]);
    assert_eq!(phone.conversation(id).await["cover"]["message_id"], 3);
}

async fn left(phone: &Phone) -> Vec<i64> {
    let pages = phone.snapshot().await;
    let rows = json!(pages.iter().flat_map(|page| page["rows"].as_array().unwrap().clone()).collect::<Vec<_>>());
    data(&rows, "allowance").iter().map(|row| row["left"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn granted_messages_pay_and_a_failed_one_gives_its_unit_back() {
    let (office, phone, id) = lea().await;
    let grant = office.admin.grant(1000).await.unwrap();
    assert!(office.admin.grant(1000).await.is_err(), "once for ever");
    phone.reply(id, "payé par le crédit").await;
    office.world.idle().await;
    assert_eq!(left(&phone).await, [999]);
    assert_eq!(phone.ledger().await[0]["allowance_id"], json!(grant));

    let phone = later(&office, &phone, hours(23)).await;
    office.writes("lea", "encore").await;
    let phone = later(&office, &phone, hours(2)).await;
    office.world.fail_next(131026);
    let (status, answer) = phone.reply(id, "celle-ci échoue").await;
    assert_eq!(status, 202, "{answer}");
    office.world.idle().await;
    assert_eq!(left(&phone).await, [999]);
    let void = phone.ledger().await.remove(1);
    assert_eq!((&void["state"], void.get("allowance_id")), (&json!("void"), None));
}

fn body(text: &str) -> Vec<TemplateComponent> {
    vec![TemplateComponent::Body { text: text.to_owned() }]
}

async fn template(office: &Office, name: &str, made_here: bool, status: TemplateStatus) -> i64 {
    let components = body("Bonjour {{1}}, votre commande est prête.");
    let given = json!({ "name": name, "language": "fr", "category": "utility", "status": "approved",
                        "components": [{ "part": "body", "text": "Bonjour {{1}}, votre commande est prête." }] });
    let given: GivenTemplate = serde_json::from_value(given).unwrap();
    office.world.add_template("atelier", &given).unwrap();
    let new = NewTemplate {
        channel: ChannelId(office.channel.0),
        provider_id: format!("t-{name}"),
        name: name.to_owned(),
        language: "fr".to_owned(),
        category: TemplateCategory::Utility,
        status,
        reason: None,
        components,
        made_here,
    };
    office.admin.add_template(new).await.unwrap().0
}

fn send_template(id: i64, template: i64) -> Value {
    json!({ "kind": "message.send", "conversation_id": id,
            "content": { "type": "template", "template_id": template, "values": [{ "name": "1", "value": "Léa" }] } })
}

#[tokio::test]
async fn a_template_goes_after_the_window_costs_each_time_and_opens_nothing() {
    let (office, phone, id) = lea().await;
    let template = template(&office, "order_ready", true, TemplateStatus::Approved).await;
    let phone = later(&office, &phone, hours(25)).await;
    let (status, answer) = phone.command(send_template(id, template)).await;
    assert_eq!(status, 202, "{answer}");
    office.world.idle().await;
    let message = phone.messages(id).await.remove(1);
    assert_eq!(message["content"]["text"], "Bonjour Léa, votre commande est prête.");
    phone.command(send_template(id, template)).await;
    office.world.idle().await;
    let ledger = phone.ledger().await;
    assert_eq!(ledger.len(), 2);
    assert!(ledger.iter().all(|row| row["kind"] == "template"));
    assert_eq!(phone.reply(id, "Et du texte ?").await.1["error"]["code"], "window_closed");

    office.writes("lea", "Merci !").await;
    assert_eq!(phone.reply(id, "Avec plaisir").await.0, 202);
    office.world.idle().await;
    assert_eq!(phone.ledger().await.len(), 3, "a template covers no reply");
}

#[tokio::test]
async fn only_approved_templates_made_in_the_inbox_may_be_sent() {
    let (office, phone, id) = lea().await;
    let elsewhere = template(&office, "campaign", false, TemplateStatus::Approved).await;
    let paused = template(&office, "paused", true, TemplateStatus::Paused).await;
    for template in [elsewhere, paused] {
        let (status, answer) = phone.command(send_template(id, template)).await;
        assert_eq!((status, answer["error"]["code"].as_str()), (422, Some("template_not_usable")), "{answer}");
    }
    let (status, _) = phone.command(send_template(id, 999)).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_new_template_waits_for_approval_and_the_list_keeps_its_origin() {
    let (office, phone, _) = lea().await;
    let create = json!({ "kind": "template.create", "channel_id": office.channel, "name": "merci", "language": "fr",
                         "category": "utility", "components": [{ "part": "body", "text": "Merci de votre visite, à bientôt." }],
                         "samples": [] });
    let (status, answer) = phone.command(create.clone()).await;
    assert_eq!(status, 200, "{answer}");
    let made = data(&answer["rows"], "template").remove(0);
    assert_eq!((&made["status"], &made["source"]), (&json!("pending"), &json!("conversations")));
    assert_eq!(phone.command(create).await.1["error"]["code"], "conflict");

    office.world.approve("merci").unwrap();
    office.world.idle().await;
    let given = json!({ "name": "campaign", "language": "fr", "category": "marketing", "status": "approved",
                        "components": [{ "part": "body", "text": "Soldes chez nous, venez vite." }] });
    office.world.add_template("atelier", &serde_json::from_value(given).unwrap()).unwrap();
    let (status, answer) = phone.command(json!({ "kind": "template.refresh", "channel_id": office.channel })).await;
    assert_eq!(status, 200, "{answer}");
    let listed = data(&answer["rows"], "template");
    let sources: Vec<_> = listed.iter().map(|row| (row["name"].clone(), row["source"].clone())).collect();
    assert_eq!(sources, [(json!("merci"), json!("conversations")), (json!("campaign"), json!("automation"))]);
    assert_eq!(listed[0]["status"], "approved");
}

#[tokio::test]
async fn a_refused_creation_does_not_make_a_template_of_that_name_ours() {
    let (office, phone, _) = lea().await;
    // It was made on Meta's page, and this server does not know of it yet.
    let given = json!({ "name": "campaign", "language": "fr", "category": "marketing", "status": "approved",
                        "components": [{ "part": "body", "text": "Soldes chez nous, venez vite." }] });
    office.world.add_template("atelier", &serde_json::from_value(given).unwrap()).unwrap();
    let create = json!({ "kind": "template.create", "channel_id": office.channel, "name": "campaign", "language": "fr",
                         "category": "marketing", "components": [{ "part": "body", "text": "Soldes dans tout l'atelier !" }],
                         "samples": [] });
    let (status, answer) = phone.command(create).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (422, Some("provider_refused")), "{answer}");
    let (status, answer) = phone.command(json!({ "kind": "template.refresh", "channel_id": office.channel })).await;
    assert_eq!(status, 200, "{answer}");
    let listed = data(&answer["rows"], "template");
    assert_eq!((listed.len(), &listed[0]["source"]), (1, &json!("automation")), "{answer}");
}

#[tokio::test]
async fn a_month_of_charges_is_the_accounts_month() {
    let (office, phone, id) = lea().await;
    // 23:30 UTC on the last of November is December where the account is.
    let phone = later(&office, &phone, hours(28 * 24 + 14)).await;
    office.writes("lea", "Tard").await;
    office.wait(minutes(30)).await;
    let phone = office.sign_in("marc", phone.agent).await;
    phone.reply(id, "Très tard").await;
    office.world.idle().await;
    assert!(phone.ledger().await.is_empty());
    let december = phone.get("/v1/ledger?month=2026-12").await.1;
    assert_eq!(data(&december["rows"], "ledger").len(), 1);
}
