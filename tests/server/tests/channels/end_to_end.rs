//! From a customer's words to the agent's feed and back, through the whole server over HTTP. The
//! simulator is driven over HTTP too, as a story in another language would.

use riposte::clock::ManualClock;
use riposte_server::channels::signature;
use riposte_server::{Options, Running, start};
use serde_json::{Value, json};

use crate::phone::Phone;

pub(crate) struct Stage {
    server: Running,
    http: reqwest::Client,
    cast: Value,
}

async fn stage() -> Stage {
    let clock = ManualClock::new("2026-11-02T08:00:00Z".parse().unwrap());
    let server = start(Options::story(&clock)).await.unwrap();
    let http = riposte_server::channels::graph::client().unwrap().build().unwrap();
    let mut stage = Stage { server, http, cast: Value::Null };
    let cast = json!({
        "account": { "name": "Atelier Nord", "utc_offset_minutes": 60, "first_day": "2026-11-02" },
        "groups": { "sav": { "name": "Service", "public": true } },
        "agents": { "marc": { "name": "Marc", "groups": ["sav"], "administrator": true } },
        "channels": {
            "whatsapp": { "kind": "whatsapp", "name": "Atelier Nord", "address": "33199000001" },
            "messenger": { "kind": "messenger", "name": "Atelier", "address": "104001", "tariff": false },
            "widget": { "kind": "widget", "name": "atelier.example", "address": "atelier.example", "tariff": false }
        },
        "customers": {
            "lea": { "name": "Léa Martin", "phone": "33612345678", "channel": "whatsapp" },
            "tom": { "name": "Tom Becker", "channel": "messenger" },
            "visitor": { "name": "Visiteur 12", "channel": "widget" }
        },
        "saved_replies": { "hours": { "title": "Hours", "text": "From 9 to 6" } },
        "templates": {
            "ready": { "channel": "whatsapp", "name": "ready", "language": "fr", "category": "utility",
                       "source": "conversations", "status": "approved",
                       "components": [{ "part": "body", "text": "Bonjour {{1}}, c'est prêt." }] },
            "refused": { "channel": "whatsapp", "name": "refused", "language": "fr", "category": "marketing",
                         "source": "conversations", "status": "rejected", "reason": "TAG_CONTENT_MISMATCH",
                         "components": [{ "part": "body", "text": "Promo" }] }
        },
        "grant": { "messages": 10 }
    });
    stage.cast = stage.sim("cast", cast).await;
    stage
}

impl Stage {
    async fn sim(&self, call: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}/sim/{call}", self.server.url())).json(&body);
        let answer = request.send().await.unwrap();
        let (status, body) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{call}: {status} {body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn says(&self, customer: &str, on: &str, body: &str) {
        let said = json!({ "on": on, "content": { "type": "text", "body": body } });
        self.sim(&format!("customers/{customer}/says"), said).await;
        self.sim("idle", json!({})).await;
    }

    async fn ledger(&self) -> Value {
        let answer = self.http.get(format!("{}/sim/ledger", self.server.url())).send().await.unwrap();
        answer.json().await.unwrap()
    }

    async fn marc(&self) -> Phone {
        let marc = &self.cast["agents"]["marc"];
        Phone::sign_in(&self.server.url(), marc["email"].as_str().unwrap(), marc["password"].as_str().unwrap()).await
    }
}

#[tokio::test]
async fn a_cast_is_brought_in_whole() {
    let stage = stage().await;
    let marc = stage.marc().await;
    assert_eq!(marc.rows("agent").len(), 1);
    assert_eq!(marc.rows("channel").len(), 3);
    assert_eq!(marc.rows("saved_reply")[0]["title"], "Hours");
    assert_eq!(marc.rows("allowance")[0]["left"], 10);
    let refused = marc.rows("template").into_iter().find(|template| template["name"] == "refused").unwrap();
    assert_eq!((&refused["status"], &refused["reason"]), (&json!("rejected"), &json!("TAG_CONTENT_MISMATCH")));
}

#[tokio::test]
async fn what_a_customer_says_is_in_the_feed() {
    let stage = stage().await;
    let mut marc = stage.marc().await;
    stage.says("lea", "whatsapp", "Bonjour, ma commande ?").await;
    marc.catch_up().await;
    let message = marc.newest("message");
    assert_eq!(message["content"], json!({ "type": "text", "body": "Bonjour, ma commande ?" }));
    assert_eq!(message["author"], json!({ "by": "customer" }));
    assert_eq!(marc.newest("contact")["name"], "Léa Martin");
    assert_eq!(marc.newest("contact")["phone"], "33612345678");
}

#[tokio::test]
async fn an_answer_reaches_the_customer_and_its_reports_come_back() {
    let stage = stage().await;
    let mut marc = stage.marc().await;
    stage.says("lea", "whatsapp", "Bonjour").await;
    marc.catch_up().await;
    let conversation = marc.newest("conversation")["id"].clone();
    marc.sends(&conversation, json!({ "type": "text", "body": "Elle part ce soir." })).await;
    stage.sim("idle", json!({})).await;
    let sends = stage.ledger().await["sends"].clone();
    assert_eq!(sends.as_array().unwrap().len(), 1);
    assert_eq!((&sends[0]["text"], &sends[0]["customer"]), (&json!("Elle part ce soir."), &json!("lea")));
    marc.catch_up().await;
    assert_eq!(marc.statuses(), ["sent", "delivered"]);
    stage.sim("customers/lea/reads", json!({ "on": "whatsapp" })).await;
    stage.sim("idle", json!({})).await;
    marc.catch_up().await;
    assert_eq!(marc.statuses(), ["sent", "delivered", "read"]);
}

#[tokio::test]
async fn after_a_day_a_template_goes_and_the_answer_to_it_opens_the_talk() {
    let stage = stage().await;
    let mut marc = stage.marc().await;
    stage.says("lea", "whatsapp", "Bonjour").await;
    marc.catch_up().await;
    let conversation = marc.newest("conversation")["id"].clone();
    stage.sim("clock", json!({ "advance_ms": 24 * 3_600_000 })).await;
    let mut marc = stage.marc().await;
    let late = marc.tries_to_send(&conversation, json!({ "type": "text", "body": "Trop tard" })).await;
    assert_eq!(late["error"]["code"], "window_closed");
    let values = json!([{ "name": "1", "value": "Léa" }]);
    let template = &stage.cast["templates"]["ready"];
    marc.sends(&conversation, json!({ "type": "template", "template_id": template, "values": values })).await;
    stage.sim("idle", json!({})).await;
    let sends = stage.ledger().await["sends"].clone();
    assert_eq!(sends.as_array().unwrap().len(), 1, "the text never left");
    assert_eq!((&sends[0]["template"], &sends[0]["text"]), (&json!("ready"), &json!("Léa")));
    let tap = json!({ "on": "whatsapp", "content": { "type": "answer", "title": "Merci" } });
    stage.sim("customers/lea/says", tap).await;
    stage.sim("idle", json!({})).await;
    marc.catch_up().await;
    assert_eq!(marc.newest("message")["content"]["type"], "answer");
    marc.sends(&conversation, json!({ "type": "text", "body": "Avec plaisir" })).await;
}

#[tokio::test]
async fn reports_that_come_late_twice_and_in_disorder_end_the_same() {
    let stage = stage().await;
    let mut marc = stage.marc().await;
    stage.says("lea", "whatsapp", "Bonjour").await;
    marc.catch_up().await;
    let conversation = marc.newest("conversation")["id"].clone();
    stage.sim("provider", json!({ "reports": "held" })).await;
    marc.sends(&conversation, json!({ "type": "text", "body": "Bonjour Léa" })).await;
    stage.sim("customers/lea/reads", json!({ "on": "whatsapp" })).await;
    stage.sim("provider", json!({ "reports": "shuffled_doubled" })).await;
    stage.sim("idle", json!({})).await;
    marc.catch_up().await;
    assert_eq!(marc.statuses(), ["sent", "delivered", "read"]);
}

#[tokio::test]
async fn an_answer_of_the_provider_that_is_lost_is_made_good_by_its_report() {
    let stage = stage().await;
    let mut marc = stage.marc().await;
    stage.says("lea", "whatsapp", "Bonjour").await;
    marc.catch_up().await;
    let conversation = marc.newest("conversation")["id"].clone();
    stage.sim("provider", json!({ "lose_next_answer": true })).await;
    marc.sends(&conversation, json!({ "type": "text", "body": "Parti ?" })).await;
    stage.sim("idle", json!({})).await;
    marc.catch_up().await;
    assert_eq!(stage.ledger().await["sends"].as_array().unwrap().len(), 1);
    assert_eq!(marc.statuses(), ["sent", "delivered"]);
}

#[tokio::test]
async fn a_page_and_a_widget_are_answered_on_their_own_ways() {
    let stage = stage().await;
    let mut marc = stage.marc().await;
    stage.says("tom", "messenger", "Liefern Sie?").await;
    marc.catch_up().await;
    let toms = marc.newest("conversation")["id"].clone();
    assert_eq!(marc.newest("contact")["name"], "Tom Becker", "asked of the page, whose webhooks say no name");
    marc.sends(&toms, json!({ "type": "text", "body": "Ja" })).await;
    stage.sim("idle", json!({})).await;
    assert_eq!(stage.ledger().await["sends"][0]["account"], "messenger");

    stage.says("visitor", "widget", "Bonjour").await;
    marc.catch_up().await;
    let visitors = marc.newest("conversation")["id"].clone();
    assert_ne!(toms, visitors);
    marc.sends(&visitors, json!({ "type": "text", "body": "Comment puis-je aider ?" })).await;
    let page = format!("{}/sim/customers/visitor/sees?on=widget", stage.server.url());
    let sees: Value = stage.http.get(page).send().await.unwrap().json().await.unwrap();
    assert_eq!(sees, json!({ "texts": ["Comment puis-je aider ?"] }));
}

#[tokio::test]
async fn a_phone_behind_a_cut_link_catches_up_when_it_is_mended() {
    let stage = stage().await;
    let link = stage.sim("links/marc", json!({})).await;
    let marc = &stage.cast["agents"]["marc"];
    let (email, password) = (marc["email"].as_str().unwrap(), marc["password"].as_str().unwrap());
    let mut marc = Phone::sign_in(link["url"].as_str().unwrap(), email, password).await;
    stage.sim("links/marc", json!({ "state": "down" })).await;
    stage.says("lea", "whatsapp", "Bonjour").await;
    assert!(marc.try_to_catch_up().await.is_err());
    stage.sim("links/marc", json!({ "state": "up" })).await;
    marc.catch_up().await;
    assert_eq!(marc.newest("message")["content"]["body"], "Bonjour");
}

#[tokio::test]
async fn who_changes_the_number_stays_the_same_person() {
    let stage = stage().await;
    let mut marc = stage.marc().await;
    stage.says("lea", "whatsapp", "Bonjour").await;
    let moved = json!({ "on": "whatsapp", "content": { "type": "number_change", "phone": "33700000007" } });
    stage.sim("customers/lea/says", moved).await;
    stage.says("lea", "whatsapp", "Me revoilà").await;
    marc.catch_up().await;
    assert_eq!(marc.rows("contact").len(), 1);
    assert_eq!(marc.newest("contact")["phone"], "33700000007");
    assert_eq!(marc.rows("conversation").len(), 1);
    marc.sends(&marc.newest("conversation")["id"], json!({ "type": "text", "body": "Bonjour Léa" })).await;
    stage.sim("idle", json!({})).await;
    assert_eq!(stage.ledger().await["sends"][0]["customer"], "lea");
}

#[tokio::test]
async fn what_the_simulator_cannot_do_is_said() {
    let stage = stage().await;
    let ask = async |call: &str, body: Value| {
        let request = stage.http.post(format!("{}/sim/{call}", stage.server.url())).json(&body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let reads = json!({ "on": "whatsapp" });
    assert_eq!(ask("customers/nobody/reads", reads.clone()).await.0, 404);
    assert_eq!(ask("customers/lea/phone", json!({ "reachable": false })).await.0, 200);
    assert_eq!(ask("customers/lea/reads", reads).await.0, 409);
    assert_eq!(ask("clock", json!({ "to": 0 })).await.0, 409);
    assert_eq!(ask("clock", json!({ "to": 1_793_610_000_000_i64 })).await, (200, "{\"now\":1793610000000}".to_owned()));
    assert_eq!(ask("clock", json!({ "back_ms": 5 })).await.0, 422);
    assert_eq!(ask("templates/none", json!({ "decision": "approved" })).await.0, 404);
    let mut stranger = json!({ "account": { "name": "Atelier Nord", "utc_offset_minutes": 60, "first_day": "2026-11-02" },
                               "agents": { "ines": { "name": "Inès", "groups": ["nowhere"] } } });
    assert_eq!(ask("cast", stranger.clone()).await.0, 409);
    stranger["agents"]["ines"]["grups"] = json!([]);
    assert_eq!(ask("cast", stranger).await.0, 422, "an unknown field");
}

/// A customer's message as Meta would post it, in the name of the stage's number.
fn webhook(stage: &Stage, id: &str, body: &str) -> (String, String) {
    let simulator = stage.server.simulator().unwrap();
    let account = simulator.accounts().into_iter().find(|account| account.key == "whatsapp").unwrap();
    let message = json!({ "from": "33612345678", "id": id, "timestamp": "1793606400", "type": "text",
                          "text": { "body": body } });
    let metadata = json!({ "display_phone_number": account.address, "phone_number_id": account.provider_id });
    let value = json!({ "messaging_product": "whatsapp", "metadata": metadata, "messages": [message] });
    let entry = json!({ "id": account.business_id, "changes": [{ "field": "messages", "value": value }] });
    (json!({ "object": "whatsapp_business_account", "entry": [entry] }).to_string(), account.app_secret)
}

impl Stage {
    async fn posts(&self, body: &str, signed: Option<String>) -> u16 {
        let url = format!("{}/webhooks/whatsapp", self.server.url());
        let mut request = self.http.post(url).body(body.to_owned());
        if let Some(signed) = signed {
            request = request.header(signature::HEADER, signed);
        }
        request.send().await.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn an_unsigned_or_wrongly_signed_webhook_is_401_and_changes_nothing() {
    let stage = stage().await;
    let mut marc = stage.marc().await;
    let (body, secret) = webhook(&stage, "wamid.1", "Bonjour");
    assert_eq!(stage.posts(&body, None).await, 401);
    assert_eq!(stage.posts(&body, Some(signature::sign("another", body.as_bytes()))).await, 401);
    let changed = body.replace("Bonjour", "Bonsoir");
    assert_eq!(stage.posts(&changed, Some(signature::sign(&secret, body.as_bytes()))).await, 401);
    assert_eq!(marc.catch_up().await, 0);
    assert_eq!(stage.posts(&body, Some(signature::sign(&secret, body.as_bytes()))).await, 200);
    assert_ne!(marc.catch_up().await, 0);
}

#[tokio::test]
async fn a_webhook_that_comes_twice_changes_nothing_the_second_time() {
    let stage = stage().await;
    let mut marc = stage.marc().await;
    let (body, secret) = webhook(&stage, "wamid.1", "Bonjour");
    let signed = signature::sign(&secret, body.as_bytes());
    assert_eq!(stage.posts(&body, Some(signed.clone())).await, 200);
    marc.catch_up().await;
    assert_eq!(stage.posts(&body, Some(signed)).await, 200);
    assert_eq!(marc.catch_up().await, 0);
}

#[tokio::test]
async fn what_cannot_be_read_is_taken_and_set_aside() {
    let stage = stage().await;
    let mut marc = stage.marc().await;
    let (body, secret) = webhook(&stage, "wamid.1", "Bonjour");
    let strange = body.replace("\"timestamp\":\"1793606400\"", "\"timestamp\":\"soon\"");
    for body in ["{ not JSON", "[]", &strange] {
        assert_eq!(stage.posts(body, Some(signature::sign(&secret, body.as_bytes()))).await, 200, "{body}");
    }
    assert_eq!(marc.catch_up().await, 0);
}

#[tokio::test]
async fn the_address_is_verified_by_its_token_alone() {
    let stage = stage().await;
    let simulator = stage.server.simulator().unwrap();
    let account = simulator.accounts().into_iter().find(|account| account.key == "whatsapp").unwrap();
    let ask = |token: &str, mode: &str| {
        let url = format!("{}/webhooks/whatsapp", stage.server.url());
        let query = [("hub.mode", mode), ("hub.verify_token", token), ("hub.challenge", "4711")];
        stage.http.get(url).query(&query).send()
    };
    let answer = ask(&account.verify_token, "subscribe").await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, "4711"));
    assert_eq!(ask("another", "subscribe").await.unwrap().status().as_u16(), 403);
    assert_eq!(ask("", "subscribe").await.unwrap().status().as_u16(), 403);
    assert_eq!(ask(&account.verify_token, "unsubscribe").await.unwrap().status().as_u16(), 403);
}

#[tokio::test]
async fn a_widget_takes_only_what_its_site_key_opens() {
    let stage = stage().await;
    let url = format!("{}/widget/messages", stage.server.url());
    let write = |body: Value| stage.http.post(&url).json(&body).send();
    let said = |site_key: &str, text: &str| json!({ "site_key": site_key, "visitor": "v", "id": "1", "text": text });
    assert_eq!(write(said("another", "Bonjour")).await.unwrap().status().as_u16(), 401);
    assert_eq!(write(json!({ "text": "Bonjour" })).await.unwrap().status().as_u16(), 400);
    let simulator = stage.server.simulator().unwrap();
    let account = simulator.accounts().into_iter().find(|account| account.key == "widget").unwrap();
    assert_eq!(write(said(&account.site_key, "  ")).await.unwrap().status().as_u16(), 400);
    assert_eq!(write(said(&account.site_key, &"x".repeat(10_001))).await.unwrap().status().as_u16(), 413);
    assert_eq!(write(said(&account.site_key, "Bonjour")).await.unwrap().status().as_u16(), 200);
}
