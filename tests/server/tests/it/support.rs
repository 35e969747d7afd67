//! An office with a WhatsApp number, customers played by the simulator, and phones that speak
//! plain HTTP.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use riposte::clock::{Clock, ManualClock};
use riposte::model::{AgentGroupId, AgentId, ChannelId, ChannelKind};
use riposte_server::sim::Simulator;
use riposte_server::sim::customer::Customer;
use riposte_server::{Admin, NewAgent, NewChannel, Options, Running, start};
use serde_json::{Value, json};
use uuid::Builder;

pub const PASSWORD: &str = "correct horse";

/// A server with a WhatsApp number called `atelier`, its simulator and its clock.
pub struct Office {
    pub running: Running,
    pub clock: ManualClock,
    pub admin: Admin,
    pub world: Simulator,
    pub channel: ChannelId,
}

impl Office {
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// The same, with other sizes or spans.
    pub async fn open_with(change: impl FnOnce(&mut Options)) -> Self {
        let clock = ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap());
        let mut options = Options::story(&clock);
        change(&mut options);
        let running = start(options).await.unwrap();
        let (admin, world) = (running.admin(), running.simulator().unwrap());
        let channel = NewChannel::new(ChannelKind::Whatsapp, "Atelier Nord").at("33199000001");
        let channel = admin.add_simulated_channel("atelier", channel).await.unwrap();
        Self { running, clock, admin, world, channel }
    }

    /// An agent who is in no group, with a phone that is signed in.
    pub async fn phone(&self, name: &str) -> Phone {
        self.phone_in(name, false, &[]).await
    }

    pub async fn phone_in(&self, name: &str, administrator: bool, groups: &[AgentGroupId]) -> Phone {
        let agent = self.agent(name, administrator, groups).await;
        self.sign_in(name, agent).await
    }

    pub async fn agent(&self, name: &str, administrator: bool, groups: &[AgentGroupId]) -> AgentId {
        let email = format!("{name}@example.com");
        let new =
            NewAgent { name: name.into(), email, password: PASSWORD.into(), administrator, groups: groups.into() };
        self.admin.add_agent(new).await.unwrap()
    }

    pub async fn sign_in(&self, name: &str, agent: AgentId) -> Phone {
        let mut phone = Phone::new(self, agent);
        let (status, answer) = phone.sign_in(name, PASSWORD).await;
        assert_eq!(status, 200, "{answer}");
        phone.take_tokens(&answer);
        phone
    }

    /// A customer with a phone number.
    pub fn customer(&self, name: &str, phone: &str) {
        let customer = Customer { name: name.into(), phone: Some(phone.into()), ..Customer::default() };
        self.world.add_customer(name, customer);
    }

    /// A customer writes, and the server has it.
    pub async fn writes(&self, customer: &str, text: &str) {
        self.world.writes(customer, "atelier", text).await.unwrap();
        self.world.idle().await;
    }

    /// Léa has written, and her conversation is the only one. Gives its id.
    pub async fn lea_wrote(&self, phone: &Phone) -> i64 {
        self.customer("lea", "33612345678");
        self.writes("lea", "Bonjour, ma commande ?").await;
        phone.conversations().await[0]["id"].as_i64().unwrap()
    }

    /// Time passes, and whatever it brings is done.
    pub async fn wait(&self, span: Duration) {
        self.clock.advance(span);
        self.world.idle().await;
    }
}

pub const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

pub const fn hours(count: u64) -> Duration {
    minutes(count * 60)
}

/// A phone without a core: it sends what the test says and shows the answers as they came.
#[derive(Clone)]
pub struct Phone {
    client: reqwest::Client,
    url: String,
    clock: ManualClock,
    pub agent: AgentId,
    pub access: String,
    pub refresh: String,
}

impl Phone {
    pub fn new(office: &Office, agent: AgentId) -> Self {
        let (url, clock) = (office.running.url(), office.clock.clone());
        let client = riposte_server::channels::graph::client().unwrap().build().unwrap();
        Self { client, url, clock, agent, access: String::new(), refresh: String::new() }
    }

    /// The same phone, once the server came back elsewhere.
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    pub async fn sign_in(&self, name: &str, password: &str) -> (u16, Value) {
        self.sign_in_from(name, password, &format!("device of {name}")).await
    }

    /// The same from another device.
    pub async fn sign_in_from(&self, name: &str, password: &str, device: &str) -> (u16, Value) {
        let body = json!({ "email": format!("{name}@example.com"), "password": password,
                           "device_id": device, "device_name": name, "platform": "android" });
        self.post("/v1/session", &body).await
    }

    pub fn take_tokens(&mut self, answer: &Value) {
        self.access = answer["access_token"].as_str().unwrap().to_owned();
        self.refresh = answer["refresh_token"].as_str().unwrap().to_owned();
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        if self.access.is_empty() { request } else { request.bearer_auth(&self.access) }
    }

    pub async fn ask(&self, request: RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{status}: {body:?}")))
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask(self.request(Method::POST, path).json(body)).await
    }

    /// A key as a phone makes it now.
    pub fn key(&self) -> String {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let ms = u64::try_from(self.clock.wall().timestamp_millis()).unwrap();
        let number = MADE.fetch_add(1, Ordering::SeqCst);
        let mut random = [0; 10];
        random[2..].copy_from_slice(&number.to_be_bytes());
        Builder::from_unix_timestamp_millis(ms, &random).into_uuid().to_string()
    }

    pub async fn command_under(&self, key: &str, mut body: Value) -> (u16, Value) {
        if body.get("epoch").is_none() {
            body["epoch"] = json!("e1");
        }
        self.ask(self.request(Method::POST, "/v1/commands").header("Idempotency-Key", key).json(&body)).await
    }

    pub async fn command(&self, body: Value) -> (u16, Value) {
        self.command_under(&self.key(), body).await
    }

    pub async fn reply(&self, conversation: i64, text: &str) -> (u16, Value) {
        self.command(reply(conversation, text)).await
    }

    /// Every page from a cursor on: the items, and the cursor after them.
    pub async fn changes(&self, since: &str) -> (Vec<Value>, String) {
        let (mut items, mut cursor) = (Vec::new(), since.to_owned());
        loop {
            let (status, page) = self.get(&format!("/v1/changes?since={cursor}")).await;
            assert_eq!(status, 200, "{page}");
            assert_eq!(page["from"], cursor.as_str());
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            cursor = page["to"].as_str().unwrap().to_owned();
            if page["more"] == false {
                return (items, cursor);
            }
        }
    }

    /// The cursor of now.
    pub async fn cursor(&self) -> String {
        self.get("/v1/conversations?limit=1").await.1["at"].as_str().unwrap().to_owned()
    }

    /// All pages of a snapshot.
    pub async fn snapshot(&self) -> Vec<Value> {
        let (mut pages, mut next) = (Vec::new(), String::new());
        loop {
            let path = if next.is_empty() { "/v1/snapshot".to_owned() } else { format!("/v1/snapshot?page={next}") };
            let (status, page) = self.get(&path).await;
            assert_eq!(status, 200, "{page}");
            pages.push(page);
            match pages.last().unwrap()["next"].as_str() {
                Some(token) => next = token.to_owned(),
                None => return pages,
            }
        }
    }

    pub async fn conversations(&self) -> Vec<Value> {
        let (_, answer) = self.get("/v1/conversations?limit=200").await;
        data(&answer["rows"], "conversation")
    }

    pub async fn conversation(&self, id: i64) -> Value {
        let (status, answer) = self.get(&format!("/v1/conversations/{id}")).await;
        assert_eq!(status, 200, "{answer}");
        data(&answer["rows"], "conversation").remove(0)
    }

    pub async fn messages(&self, conversation: i64) -> Vec<Value> {
        let (status, answer) = self.get(&format!("/v1/conversations/{conversation}/messages?limit=200")).await;
        assert_eq!(status, 200, "{answer}");
        data(&answer["rows"], "message")
    }

    pub async fn ledger(&self) -> Vec<Value> {
        data(&self.get("/v1/ledger?month=2026-11").await.1["rows"], "ledger")
    }
}

pub fn reply(conversation: i64, text: &str) -> Value {
    json!({ "kind": "message.send", "conversation_id": conversation, "content": { "type": "text", "body": text } })
}

/// The `data` of the rows of a kind.
pub fn data(rows: &Value, kind: &str) -> Vec<Value> {
    let rows = rows.as_array().unwrap().iter();
    rows.filter(|row| row["kind"] == kind).map(|row| row["data"].clone()).collect()
}

/// `kind`, `id` and what happened, in the order of the feed.
pub fn told(items: &[Value]) -> Vec<(String, i64, String)> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    items.iter().map(|item| (word(&item["kind"]), item["id"].as_i64().unwrap(), word(&item["op"]))).collect()
}
