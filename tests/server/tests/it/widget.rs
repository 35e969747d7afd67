//! A web site's widget: whose talk a page reads, which sites may call, and how much strangers may do.

use std::time::Duration;

use reqwest::header::HeaderMap;
use riposte::model::{ChannelId, ChannelKind};
use riposte_server::{ChannelLink, NewChannel, Options, Rate, TrustedProxies, WidgetLimits};
use serde_json::{Value, json};

use crate::support::{Office, minutes, reply};

/// A web site that calls the server as browsers do.
struct Site<'a> {
    office: &'a Office,
    key: &'a str,
    http: reqwest::Client,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl<'a> Site<'a> {
    async fn open(office: &'a Office, key: &'a str, origins: &[&str]) -> (Self, ChannelId) {
        let link = ChannelLink {
            base: "http://127.0.0.1:9".into(),
            version: "v1".into(),
            provider_id: format!("widget of {key}"),
            business_id: None,
            token: String::new(),
            app_secret: String::new(),
            verify_token: String::new(),
            site_key: Some(key.into()),
        };
        let origins = origins.iter().map(|origin| origin.parse().unwrap()).collect();
        let new = NewChannel { origins, ..NewChannel::new(ChannelKind::Widget, key) };
        let id = office.admin.add_channel(new, link).await.unwrap();
        let http = riposte_server::channels::graph::client().unwrap().build().unwrap();
        (Self { office, key, http }, id)
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.json().await.unwrap_or(Value::Null) }
    }

    fn url(&self) -> String {
        format!("{}/widget/messages", self.office.running.url())
    }

    fn post(&self, id: &str, text: &str) -> reqwest::RequestBuilder {
        self.http.post(self.url()).json(&json!({ "site_key": self.key, "id": id, "text": text, "name": "Visitor" }))
    }

    fn get(&self) -> reqwest::RequestBuilder {
        self.http.get(format!("{}?site_key={}", self.url(), self.key))
    }

    /// A visitor who wrote; gives the secret.
    async fn visitor(&self, text: &str) -> String {
        let answer = self.ask(self.post("1", text)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["secret"].as_str().unwrap().to_owned()
    }

    async fn writes(&self, secret: &str, id: &str, text: &str) -> Answer {
        self.ask(self.post(id, text).header("X-Visitor-Secret", secret)).await
    }

    async fn sees(&self, secret: &str) -> (u16, Vec<String>) {
        let answer = self.ask(self.get().header("X-Visitor-Secret", secret)).await;
        let texts = answer.body["messages"].as_array().into_iter().flatten();
        (answer.status, texts.map(|message| message["text"].as_str().unwrap().to_owned()).collect())
    }
}

#[tokio::test]
async fn a_page_reads_the_talk_of_the_visitor_whose_secret_it_shows() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let (site, _) = Site::open(&office, "shop", &[]).await;
    let first = site.visitor("Bonjour").await;
    let again = site.writes(&first, "2", "Vous êtes là ?").await;
    assert_eq!((again.status, again.body.get("secret")), (200, None), "the secret is sent once");
    let second = site.visitor("Hallo").await;
    assert!(first.len() > 40 && second.len() > 40 && first != second);

    for conversation in phone.conversations().await {
        let text = conversation["preview"]["text"].as_str().unwrap().to_owned();
        phone.command(reply(conversation["id"].as_i64().unwrap(), &format!("re: {text}"))).await;
    }
    assert_eq!(phone.conversations().await.len(), 2);
    assert_eq!(site.sees(&first).await, (200, vec!["re: Vous êtes là ?".to_owned()]));
    assert_eq!(site.sees(&second).await, (200, vec!["re: Hallo".to_owned()]));
}

#[tokio::test]
async fn without_its_secret_nothing_of_a_visitor_is_read_or_written() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let (site, _) = Site::open(&office, "shop", &[]).await;
    let (other, _) = Site::open(&office, "other", &[]).await;
    let secret = site.visitor("Bonjour").await;
    assert_eq!(site.ask(site.get()).await.status, 401);
    // A name in the address, as visitors once had, opens nothing.
    let named = format!("{}?site_key=shop&visitor=1&secret={secret}", site.url());
    assert_eq!(site.ask(site.http.get(named)).await.status, 401);
    for wrong in ["v.", "v.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &secret[..secret.len() - 1], ""] {
        assert_eq!(site.sees(wrong).await.0, 401, "{wrong}");
        assert_eq!(site.writes(wrong, "9", "Bonsoir").await.status, 401, "{wrong}");
    }
    // A secret is for its own site.
    assert_eq!(other.sees(&secret).await.0, 401);
    assert_eq!(other.writes(&secret, "9", "Bonsoir").await.status, 401);
    assert_eq!(phone.conversations().await.len(), 1);
}

#[tokio::test]
async fn the_database_holds_no_visitors_secret() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open_with(|options| options.data = Some(folder.path().into())).await;
    let (site, _) = Site::open(&office, "shop", &[]).await;
    let secret = site.visitor("Bonjour").await;
    for file in ["inbox.db", "inbox.db-wal"] {
        let bytes = std::fs::read(folder.path().join(file)).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{file}");
    }
}

#[tokio::test]
async fn a_message_that_is_sent_again_is_there_once() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let (site, _) = Site::open(&office, "shop", &[]).await;
    let secret = site.visitor("Bonjour").await;
    for _ in 0..3 {
        assert_eq!(site.writes(&secret, "2", "Vous êtes là ?").await.status, 200);
    }
    let id = phone.conversations().await[0]["id"].as_i64().unwrap();
    assert_eq!(phone.messages(id).await.len(), 2);
}

#[tokio::test]
async fn a_shops_page_may_call_and_read_and_another_sites_may_not() {
    let office = Office::open().await;
    let (site, _) = Site::open(&office, "shop", &["https://shop.example"]).await;
    let (_other, _) = Site::open(&office, "other", &["https://other.example"]).await;
    let allowed = |answer: &Answer| {
        answer.headers.get("access-control-allow-origin").map(|origin| origin.to_str().unwrap().to_owned())
    };
    let preflight = async |origin: &str, query: &str| {
        let request = site.http.request(reqwest::Method::OPTIONS, format!("{}{query}", site.url()));
        let request = request.header("Origin", origin).header("Access-Control-Request-Method", "POST");
        site.ask(request.header("Access-Control-Request-Headers", "content-type, x-visitor-secret")).await
    };
    let asked = preflight("https://shop.example", "").await;
    assert_eq!((asked.status, allowed(&asked).as_deref()), (204, Some("https://shop.example")));
    assert!(asked.headers["access-control-allow-headers"].to_str().unwrap().contains("x-visitor-secret"));
    assert!(asked.headers["access-control-allow-methods"].to_str().unwrap().contains("POST"));
    for (origin, query) in [("https://evil.example", ""), ("https://other.example", "?site_key=shop"), ("null", "")] {
        let asked = preflight(origin, query).await;
        assert_eq!((asked.status, allowed(&asked)), (204, None), "{origin} {query}");
    }

    let wrote = site.ask(site.post("1", "Bonjour").header("Origin", "https://shop.example")).await;
    assert_eq!((wrote.status, allowed(&wrote).as_deref()), (200, Some("https://shop.example")));
    assert_eq!(
        (&wrote.headers["vary"], &wrote.headers["cache-control"]),
        (&"origin".parse().unwrap(), &"no-store".parse().unwrap())
    );
    let secret = wrote.body["secret"].as_str().unwrap();
    let read = site.get().header("X-Visitor-Secret", secret);
    let read = site.ask(read.header("Origin", "https://shop.example")).await;
    assert_eq!((read.status, allowed(&read).as_deref()), (200, Some("https://shop.example")));
    for origin in ["https://evil.example", "https://other.example", "null"] {
        let wrote = site.ask(site.post("2", "Bonjour").header("Origin", origin)).await;
        assert_eq!((wrote.status, allowed(&wrote)), (403, None), "{origin}");
        let read = site.ask(site.get().header("X-Visitor-Secret", secret).header("Origin", origin)).await;
        assert_eq!((read.status, allowed(&read)), (403, None), "{origin}");
    }
}

const MANY: Rate = Rate { most: 1_000_000, span: Duration::from_secs(60) };

fn limits(change: impl FnOnce(&mut WidgetLimits)) -> impl FnOnce(&mut Options) {
    move |options| change(&mut options.limits.widget)
}

async fn until_it_waits(mut once: impl AsyncFnMut(usize) -> Answer) -> (usize, Answer) {
    for number in 0.. {
        let answer = once(number).await;
        if answer.status != 200 {
            return (number, answer);
        }
    }
    unreachable!("a range without end")
}

#[tokio::test]
async fn a_visitor_over_the_rate_gets_429_and_when_to_go_on() {
    let office = Office::open_with(limits(|widget| widget.visitor = Rate::a_minute(3))).await;
    let (site, _) = Site::open(&office, "shop", &[]).await;
    let (eager, calm) = (site.visitor("Bonjour").await, site.visitor("Bonjour").await);
    let (taken, answer) = until_it_waits(async |n| site.writes(&eager, &format!("m{n}"), "encore").await).await;
    assert_eq!((taken, answer.status), (3, 429));
    assert_eq!(
        (&answer.body["error"]["retry_after_ms"], &answer.headers["retry-after"]),
        (&json!(20_000), &"20".parse().unwrap())
    );
    assert_eq!(site.writes(&calm, "2", "Vous êtes là ?").await.status, 200);
    office.clock.advance(minutes(1));
    assert_eq!(site.writes(&eager, "later", "Merci").await.status, 200);
}

#[tokio::test]
async fn the_bytes_of_a_visitor_and_of_a_site_are_limited() {
    let office = Office::open_with(limits(|widget| widget.visitor_bytes = Rate::a_day(10_000))).await;
    let (site, _) = Site::open(&office, "shop", &[]).await;
    let secret = site.visitor("Bonjour").await;
    let text = "x".repeat(4_000);
    let (taken, _) = until_it_waits(async |n| site.writes(&secret, &format!("m{n}"), &text).await).await;
    assert_eq!(taken, 2);

    let office = Office::open_with(limits(|widget| widget.site_bytes = Rate::a_day(10_000))).await;
    let (site, _) = Site::open(&office, "shop", &[]).await;
    let (taken, _) = until_it_waits(async |n| site.ask(site.post(&format!("m{n}"), &text)).await).await;
    assert_eq!(taken, 2);
}

#[tokio::test]
async fn an_address_makes_so_many_visitors_and_another_is_not_held_by_it() {
    let office = Office::open_with(|options| {
        options.trusted_proxies = TrustedProxies(vec!["127.0.0.1".parse().unwrap()]);
        options.limits.widget =
            WidgetLimits { new_visitors: Rate::a_minute(2), address: Rate::a_minute(5), ..options.limits.widget };
    })
    .await;
    let (site, _) = Site::open(&office, "shop", &[]).await;
    let from = |address: &str, id: usize| {
        site.post(&format!("m{id}"), "Bonjour").header("X-Forwarded-For", address.to_owned())
    };
    let (taken, answer) = until_it_waits(async |n| site.ask(from("203.0.113.1", n)).await).await;
    assert_eq!((taken, answer.status), (2, 429));
    let kept = site.ask(from("203.0.113.2", 0)).await.body["secret"].as_str().unwrap().to_owned();
    // The caller's own word stands before what the proxy saw.
    assert_eq!(site.ask(from("203.0.113.9, 203.0.113.1", 0)).await.status, 429);
    let again = |id| from("203.0.113.2", id).header("X-Visitor-Secret", &kept);
    let (taken, _) = until_it_waits(async |n| site.ask(again(n + 10)).await).await;
    assert_eq!(taken, 4, "five from this address, with the first");
}

#[tokio::test]
async fn the_messages_on_a_site_and_the_polls_of_a_page_are_limited() {
    let office = Office::open_with(limits(|widget| widget.site = Rate::a_minute(4))).await;
    let ((shop, _), (other, _)) = (Site::open(&office, "shop", &[]).await, Site::open(&office, "other", &[]).await);
    let (taken, _) = until_it_waits(async |n| shop.ask(shop.post(&format!("m{n}"), "Bonjour")).await).await;
    assert_eq!(taken, 4);
    other.visitor("Bonjour").await;

    let office = Office::open_with(limits(|widget| (widget.reads, widget.site) = (Rate::a_minute(3), MANY))).await;
    let (site, _) = Site::open(&office, "shop", &[]).await;
    let (eager, calm) = (site.visitor("Bonjour").await, site.visitor("Bonjour").await);
    let read = |secret: &str| site.get().header("X-Visitor-Secret", secret.to_owned());
    let (taken, _) = until_it_waits(async |_| site.ask(read(&eager)).await).await;
    assert_eq!(taken, 3);
    assert_eq!(site.sees(&calm).await.0, 200);
    let office = Office::open_with(limits(|widget| widget.address_reads = Rate::a_minute(3))).await;
    let (site, _) = Site::open(&office, "shop", &[]).await;
    for _ in 0..3 {
        assert_eq!(site.sees("v.guess").await.0, 401);
    }
    assert_eq!(site.sees("v.guess").await.0, 429, "guesses are counted too");
}

#[tokio::test]
async fn the_limits_are_those_that_the_readme_says() {
    let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    let WidgetLimits { visitor, visitor_bytes, address, new_visitors, site, site_bytes, reads, address_reads } =
        WidgetLimits::default();
    let kib = |rate: Rate| rate.most / 1024;
    for line in [
        format!("| messages of one visitor | {} a minute |", visitor.most),
        format!("| text of one visitor | {} KiB a day |", kib(visitor_bytes)),
        format!("| messages from one address | {} a minute |", address.most),
        format!("| new visitors from one address | {} an hour |", new_visitors.most),
        format!("| messages on one site | {} a minute |", site.most),
        format!("| text on one site | {} MiB a day |", kib(site_bytes) / 1024),
        format!("| polls of one visitor | {} a minute |", reads.most),
        format!("| polls from one address | {} a minute |", address_reads.most),
    ] {
        assert!(readme.contains(&line), "the README does not say: {line}");
    }
}
