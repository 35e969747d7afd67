//! As much of a phone as is needed to see what the server tells phones.

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) struct Phone {
    http: reqwest::Client,
    url: String,
    token: String,
    cursor: String,
    epoch: String,
    rows: BTreeMap<(String, i64), Value>,
}

impl Phone {
    /// Signs in and takes the snapshot.
    pub(crate) async fn sign_in(url: &str, email: &str, password: &str) -> Self {
        let http = riposte_server::channels::graph::client().unwrap().build().unwrap();
        let body = json!({ "email": email, "password": password, "device_id": uuid::Uuid::new_v4(),
                           "device_name": "a phone", "platform": "android" });
        let answer = http.post(format!("{url}/v1/session")).json(&body).send().await.unwrap();
        let session: Value = answer.json().await.unwrap();
        let token = session["access_token"].as_str().unwrap_or_else(|| panic!("{session}")).to_owned();
        let (url, rows) = (url.to_owned(), BTreeMap::new());
        let mut phone = Self { http, url, token, cursor: String::new(), epoch: String::new(), rows };
        phone.take_snapshot().await;
        phone
    }

    async fn get(&self, path: &str) -> Result<Value, reqwest::Error> {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        request.send().await?.json().await
    }

    async fn take_snapshot(&mut self) {
        let mut page = String::new();
        loop {
            let answer = self.get(&format!("/v1/snapshot{page}")).await.unwrap();
            self.keep(&answer["rows"]);
            self.cursor = answer["at"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
            self.epoch = answer["epoch"].as_str().unwrap().to_owned();
            match answer["next"].as_str() {
                Some(next) => page = format!("?page={next}"),
                None => return,
            }
        }
    }

    fn keep(&mut self, items: &Value) {
        for item in items.as_array().unwrap() {
            let key = (item["kind"].as_str().unwrap().to_owned(), item["id"].as_i64().unwrap());
            match item.get("data") {
                Some(data) => self.rows.insert(key, data.clone()),
                None => self.rows.remove(&key),
            };
        }
    }

    /// Reads the feed to its end; gives how many items there were.
    pub(crate) async fn catch_up(&mut self) -> usize {
        self.try_to_catch_up().await.unwrap()
    }

    pub(crate) async fn try_to_catch_up(&mut self) -> Result<usize, reqwest::Error> {
        let mut count = 0;
        loop {
            let page = self.get(&format!("/v1/changes?since={}", self.cursor)).await?;
            self.keep(&page["items"]);
            count += page["items"].as_array().unwrap().len();
            self.cursor = page["to"].as_str().unwrap().to_owned();
            if page["more"] != true {
                return Ok(count);
            }
        }
    }

    /// All rows of a kind, by id.
    pub(crate) fn rows(&self, kind: &str) -> Vec<Value> {
        self.rows.iter().filter(|((of, _), _)| of == kind).map(|(_, row)| row.clone()).collect()
    }

    /// The row of a kind with the greatest id.
    pub(crate) fn newest(&self, kind: &str) -> Value {
        self.rows(kind).pop().unwrap_or_else(|| panic!("there is no {kind}"))
    }

    /// What was reported of the newest message.
    pub(crate) fn statuses(&self) -> Vec<String> {
        let message = self.newest("message");
        let mut facts = message["delivery"].as_array().cloned().unwrap_or_default();
        let rank =
            |fact: &Value| ["sent", "delivered", "read", "failed"].iter().position(|word| fact["status"] == *word);
        facts.sort_by_key(rank);
        facts.iter().map(|fact| fact["status"].as_str().unwrap().to_owned()).collect()
    }

    /// Sends, and expects that the server takes it.
    pub(crate) async fn sends(&self, conversation: &Value, content: Value) {
        let answer = self.tries_to_send(conversation, content).await;
        assert!(answer.get("error").is_none(), "{answer}");
    }

    pub(crate) async fn tries_to_send(&self, conversation: &Value, content: Value) -> Value {
        let command = json!({ "epoch": self.epoch, "kind": "message.send", "conversation_id": conversation,
                              "content": content });
        let about = self.get("/v1/about").await.unwrap();
        let random = uuid::Uuid::new_v4();
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&random.as_bytes()[..10]);
        let key = uuid::Builder::from_unix_timestamp_millis(about["now"].as_u64().unwrap(), &bytes).into_uuid();
        let request = self.http.post(format!("{}/v1/commands", self.url)).bearer_auth(&self.token);
        let answer = request.header("Idempotency-Key", key.to_string()).json(&command).send().await.unwrap();
        answer.json().await.unwrap()
    }
}
