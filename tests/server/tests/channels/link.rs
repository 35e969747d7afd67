//! A phone's network: carried, cut, hanging, up again.

use std::time::Duration;

use axum::Router;
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use futures_util::{StreamExt, stream};
use riposte_server::sim::{Link, LinkState};
use tokio::sync::watch;

/// A server with an ordinary call and a live stream that stays open, and a link to it.
async fn server() -> Link {
    counting_server().await.0
}

/// The same, and how many ordinary calls have arrived.
async fn counting_server() -> (Link, watch::Receiver<u32>) {
    let (calls, arrived) = watch::channel(0);
    let live = || async {
        let first = stream::once(async { Ok::<_, std::convert::Infallible>(Event::default().data("e1.1")) });
        Sse::new(first.chain(stream::pending()))
    };
    let about = move || {
        calls.send_modify(|count| *count += 1);
        async { "here" }
    };
    let router = Router::new().route("/v1/about", get(about)).route("/v1/live", get(live));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (Link::open(address).await.unwrap(), arrived)
}

/// A phone: connections are kept between calls, as apps do.
fn phone() -> reqwest::Client {
    // The provider's client is not the phone's; any will do that speaks plain HTTP.
    riposte_server::channels::graph::client().unwrap().build().unwrap()
}

async fn about(phone: &reqwest::Client, link: &Link) -> Result<String, reqwest::Error> {
    phone.get(format!("{}/v1/about", link.url())).timeout(Duration::from_secs(10)).send().await?.text().await
}

async fn live(phone: &reqwest::Client, link: &Link) -> Result<reqwest::Response, reqwest::Error> {
    let mut stream = phone.get(format!("{}/v1/live", link.url())).send().await?;
    assert!(stream.chunk().await?.is_some());
    Ok(stream)
}

#[tokio::test]
async fn up_it_carries_both_ways() {
    let (link, phone) = (server().await, phone());
    assert_eq!(about(&phone, &link).await.unwrap(), "here");
}

#[tokio::test]
async fn down_it_refuses_as_if_there_were_no_network() {
    let (link, kept) = (server().await, phone());
    about(&kept, &link).await.unwrap();
    link.set(LinkState::Down).await.unwrap();
    assert!(about(&kept, &link).await.is_err());
    // A new connection that fails has sent nothing.
    let error = about(&phone(), &link).await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
}

#[tokio::test]
async fn after_a_cut_it_carries_again_on_the_same_address() {
    let (link, phone) = (server().await, phone());
    for _ in 0..20 {
        link.set(LinkState::Down).await.unwrap();
        assert!(about(&phone, &link).await.is_err());
        link.set(LinkState::Up).await.unwrap();
        assert_eq!(about(&phone, &link).await.unwrap(), "here");
    }
}

#[tokio::test]
async fn cut_under_an_open_stream_it_breaks_it() {
    let (link, phone) = (server().await, phone());
    let mut stream = live(&phone, &link).await.unwrap();
    link.set(LinkState::Down).await.unwrap();
    assert!(!matches!(stream.chunk().await, Ok(Some(_))));
}

#[tokio::test]
async fn hanging_it_delivers_and_answers_nothing_until_it_changes() {
    let (link, mut arrived) = counting_server().await;
    link.set(LinkState::Hanging).await.unwrap();
    let asked = tokio::spawn({
        let (phone, link) = (phone(), link.clone());
        async move { about(&phone, &link).await }
    });
    arrived.wait_for(|count| *count == 1).await.unwrap();
    assert!(!asked.is_finished());
    link.set(LinkState::Up).await.unwrap();
    assert!(asked.await.unwrap().is_err(), "the answer is lost for good");
    assert_eq!(about(&phone(), &link).await.unwrap(), "here");
}

#[tokio::test]
async fn without_its_doorbell_calls_still_work() {
    let (link, phone) = (server().await, phone());
    let mut stream = live(&phone, &link).await.unwrap();
    link.set_doorbell(false);
    assert!(!matches!(stream.chunk().await, Ok(Some(_))));
    assert_eq!(about(&phone, &link).await.unwrap(), "here");
    assert!(live(&phone, &link).await.is_err());
    link.set_doorbell(true);
    live(&phone, &link).await.unwrap();
}

#[tokio::test]
async fn a_server_that_came_back_elsewhere_is_found_on_the_same_address() {
    let (link, other) = (server().await, server().await);
    let address = other.url().strip_prefix("http://").unwrap().parse().unwrap();
    other.set(LinkState::Down).await.unwrap();
    link.lead_to(address);
    assert!(about(&phone(), &link).await.is_err());
    other.set(LinkState::Up).await.unwrap();
    assert_eq!(about(&phone(), &link).await.unwrap(), "here");
}
