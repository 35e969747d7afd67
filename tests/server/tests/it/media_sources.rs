//! Where customers' files are fetched from, and where the API token goes.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use riposte::model::{ChannelKind, Content, Media, MediaKind};
use riposte_server::channels::event::{Addressed, Customer, Event, InboundMessage, Parsed, ProviderMedia};
use riposte_server::channels::media::MediaHosts;
use riposte_server::{ChannelLink, NewChannel, Options, Running, start};
use serde_json::json;
use tokio::sync::Semaphore;

/// Paths in order, each with the token that came along.
type Calls = Arc<Mutex<Vec<(String, Option<String>)>>>;

/// A host that writes down what it is asked. `/v1/{id}` answers `{"url"}` as the API does; `/to/{url}` redirects;
/// `/slow...` never answers; anything else is a file.
#[derive(Clone)]
struct Host {
    url: String,
    asked: Calls,
    came: Arc<Semaphore>,
    /// What the API says for any id.
    says: Arc<Mutex<String>>,
}

impl Host {
    async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let host = Self { url, asked: Arc::default(), came: Arc::new(Semaphore::new(0)), says: Arc::default() };
        let router = Router::new().fallback(answer).with_state(host.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        host
    }

    /// Paths that were asked for, and whether the token came along.
    fn asked(&self) -> Vec<(String, bool)> {
        self.asked.lock().unwrap().iter().map(|(path, token)| (path.clone(), token.is_some())).collect()
    }
}

async fn answer(State(host): State<Host>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let token = request.headers().get("authorization").map(|token| token.to_str().unwrap().to_owned());
    host.asked.lock().unwrap().push((path.clone(), token));
    host.came.add_permits(1);
    if path.contains("/slow") {
        std::future::pending::<()>().await;
    }
    if let Some(to) = path.strip_prefix("/to/") {
        return Redirect::temporary(&format!("http://{to}/photo")).into_response();
    }
    if path.starts_with("/v1/") {
        let url = host.says.lock().unwrap().clone();
        return axum::Json(json!({ "url": url })).into_response();
    }
    (StatusCode::OK, [("content-type", "image/jpeg")], "hello").into_response()
}

/// A server with a number `n` whose provider is that host.
async fn server(provider: &Host, change: impl FnOnce(&mut Options)) -> Running {
    let mut options = Options::default();
    change(&mut options);
    let server = start(options).await.unwrap();
    add_number(&server, "n", provider).await;
    server
}

async fn add_number(server: &Running, number: &str, provider: &Host) {
    let link = ChannelLink {
        base: provider.url.clone(),
        version: "v1".into(),
        provider_id: number.into(),
        business_id: None,
        token: "the token".into(),
        app_secret: "s".into(),
        verify_token: "v".into(),
        site_key: None,
    };
    server.admin().add_channel(NewChannel::new(ChannelKind::Whatsapp, "Number"), link).await.unwrap();
}

/// A customer's picture arrives on a number.
async fn arrives(server: &Running, number: &str, source: ProviderMedia) {
    let media = Media {
        kind: MediaKind::Image,
        media_id: None,
        mime: "image/jpeg".into(),
        size_bytes: None,
        name: String::new(),
        caption: String::new(),
        voice: false,
    };
    let message = InboundMessage {
        customer: Customer { phone: Some("33612345678".into()), ..Customer::default() },
        message_id: format!("{number}.{source:?}"),
        at: "2026-11-02T08:59:00Z".parse().unwrap(),
        content: Content::Media(media),
        media: Some(source),
        refers_to: None,
        echo: false,
        free_entry: false,
        new_phone: None,
        new_bsuid: None,
        standby: false,
        part_of: None,
    };
    let events = vec![Addressed { account: number.into(), event: Event::Message(Box::new(message)) }];
    server.inbox().receive(ChannelKind::Whatsapp, Parsed { events, unreadable: Vec::new() }).await.unwrap();
}

fn id(id: &str) -> ProviderMedia {
    ProviderMedia::Id(id.into())
}

fn url(url: impl Into<String>) -> ProviderMedia {
    ProviderMedia::Url(url.into())
}

#[tokio::test]
async fn an_address_that_a_webhook_names_is_not_asked_and_gets_no_token() {
    let (provider, stranger) = (Host::open().await, Host::open().await);
    let server = server(&provider, |_| {}).await;
    for address in
        [format!("{}/photo", stranger.url), stranger.url.replace("http:", "https:"), "file:///etc/passwd".into()]
    {
        arrives(&server, "n", url(address)).await;
    }
    server.idle().await;
    assert_eq!(stranger.asked(), []);
    assert_eq!(provider.asked(), []);
}

#[tokio::test]
async fn an_address_that_the_api_names_elsewhere_is_not_asked_either() {
    let (provider, stranger) = (Host::open().await, Host::open().await);
    let server = server(&provider, |_| {}).await;
    *provider.says.lock().unwrap() = format!("{}/photo", stranger.url);
    arrives(&server, "n", id("4711")).await;
    server.idle().await;
    assert_eq!(provider.asked(), [("/v1/4711".to_owned(), true)]);
    assert_eq!(stranger.asked(), []);
}

#[tokio::test]
async fn a_redirect_is_checked_like_an_address() {
    let (provider, stranger) = (Host::open().await, Host::open().await);
    let server = server(&provider, |_| {}).await;
    let (inside, outside) = (provider.url.replace("http://", ""), stranger.url.replace("http://", ""));
    *provider.says.lock().unwrap() = format!("{}/to/{outside}", provider.url);
    arrives(&server, "n", id("1")).await;
    server.idle().await;
    assert_eq!(stranger.asked(), []);
    // Within the base it is followed, without the token: the answering page named it, not the API.
    *provider.says.lock().unwrap() = format!("{}/to/{inside}", provider.url);
    arrives(&server, "n", id("2")).await;
    server.idle().await;
    assert_eq!(provider.asked().last(), Some(&("/photo".to_owned(), false)));
}

#[tokio::test]
async fn the_token_goes_to_the_api_and_not_where_a_webhook_points_within_it() {
    let provider = Host::open().await;
    let server = server(&provider, |_| {}).await;
    *provider.says.lock().unwrap() = format!("{}/photo", provider.url);
    arrives(&server, "n", id("4711")).await;
    server.idle().await;
    assert_eq!(provider.asked(), [("/v1/4711".to_owned(), true), ("/photo".to_owned(), true)]);
    arrives(&server, "n", url(format!("{}/me/accounts", provider.url))).await;
    arrives(&server, "n", id("me/accounts")).await;
    arrives(&server, "n", id("../me/accounts")).await;
    arrives(&server, "n", id("me/accounts?fields=access_token")).await;
    server.idle().await;
    assert_eq!(provider.asked().len(), 3);
    assert_eq!(provider.asked().last(), Some(&("/me/accounts".to_owned(), false)));
}

#[tokio::test]
async fn a_host_of_the_list_that_resolves_to_this_machine_is_not_connected_to() {
    let (provider, inside) = (Host::open().await, tokio::net::TcpListener::bind("127.0.0.1:443").await);
    // Port 443 needs rights that a test may not have; the address is refused before any port is.
    let hosts = MediaHosts { open: vec!["localhost".into()], with_token: vec!["localhost".into()] };
    let server = server(&provider, |options| options.media_hosts = hosts).await;
    arrives(&server, "n", url("https://localhost/photo")).await;
    server.idle().await;
    if let Ok(inside) = inside {
        let connection = tokio::time::timeout(std::time::Duration::from_millis(1), inside.accept()).await;
        assert!(connection.is_err(), "the server connected to itself");
    }
}

#[tokio::test]
async fn one_slow_file_holds_neither_the_next_one_nor_another_numbers() {
    let (slow, other) = (Host::open().await, Host::open().await);
    let server = server(&slow, |_| {}).await;
    add_number(&server, "m", &other).await;
    *other.says.lock().unwrap() = format!("{}/photo", other.url);
    let minute = std::time::Duration::from_secs(60);
    let came = async |host: &Host, requests: u32| {
        tokio::time::timeout(minute, host.came.acquire_many(requests)).await.unwrap().unwrap().forget();
    };
    // The first hangs; the second of the same host is asked for all the same.
    *slow.says.lock().unwrap() = format!("{}/slow", slow.url);
    arrives(&server, "n", id("1")).await;
    came(&slow, 2).await;
    arrives(&server, "n", id("2")).await;
    came(&slow, 2).await;
    // Now the host has all that it may have at a time; another one's file arrives whole.
    arrives(&server, "n", id("3")).await;
    arrives(&server, "m", id("4")).await;
    came(&other, 2).await;
    assert_eq!(slow.asked().len(), 4);
}
