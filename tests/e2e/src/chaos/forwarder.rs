//! A forwarder between one phone and the server that loses, cuts, repeats and reorders what goes
//! through it, in the protocol's own terms.
//!
//! Pages are cut small, skipped, answered with an older page, cut off in the middle or never answered;
//! snapshots are asked for at any time; commands arrive twice or not at all, or their answers get
//! lost; the doorbell rings twice, late or not. None of that is against the protocol.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use riposte::clock::SharedClock;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::Dice;

/// The largest body of a call that a phone makes.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// A misbehaving way to the server. Ends when dropped.
pub struct Forwarder {
    address: SocketAddr,
    way: Arc<Way>,
    task: JoinHandle<()>,
}

struct Way {
    server: String,
    client: reqwest::Client,
    clock: SharedClock,
    state: Mutex<Mischief>,
    /// Rung when calm returns, so that live streams begin again.
    calm: Notify,
}

struct Mischief {
    dice: Dice,
    /// How many of a hundred calls go wrong; 0 once calm.
    percent: u64,
    /// Pages that were answered before, to be answered again.
    old_pages: VecDeque<Bytes>,
    counts: Counts,
}

/// What went wrong so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that came.
    pub calls: u64,
    /// Calls that never reached the server.
    pub requests_lost: u64,
    /// Calls that did, and whose answers were lost or cut off.
    pub answers_lost: u64,
    /// Older pages that were answered again.
    pub pages_repeated: u64,
    /// Pages that were cut small.
    pub pages_cut: u64,
    /// Pages that were lost: the one after them was answered.
    pub pages_skipped: u64,
    /// Snapshots that were asked for without need.
    pub snapshots_asked: u64,
    /// Commands that reached the server twice.
    pub commands_doubled: u64,
    /// Rings of the doorbell that were lost or doubled.
    pub rings_tampered: u64,
}

/// What happens to a call.
enum Fate {
    Fine,
    RequestLost,
    AnswerLost,
    AnswerCut,
    OldPage(Bytes),
    SmallPage(u64),
    SnapshotAsked,
    PageSkipped,
    Doubled,
}

impl Forwarder {
    /// A way to the server on a loopback port of its own.
    pub async fn open(server: &str, clock: SharedClock, seed: u64, percent: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Mischief { dice: Dice::new(seed), percent, old_pages: VecDeque::new(), counts: Counts::default() };
        let way = Arc::new(Way {
            server: server.to_owned(),
            client: client()?,
            clock,
            state: Mutex::new(state),
            calm: Notify::new(),
        });
        let router = Router::new().fallback(forward).with_state(way.clone());
        let task = tokio::spawn(async move {
            // It ends with the test: no caller is left that could use the error.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, way, task })
    }

    /// The address the phone is given for the server's.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on everything goes through as it is.
    pub fn calm(&self) {
        self.way.lock().percent = 0;
        self.way.calm.notify_waiters();
    }

    /// What went wrong so far.
    pub fn counts(&self) -> Counts {
        self.way.lock().counts
    }
}

/// It passes on what it gets, compressed or not.
fn client() -> io::Result<reqwest::Client> {
    let builder = riposte_server::channels::graph::client().map_err(io::Error::other)?;
    builder.no_gzip().build().map_err(io::Error::other)
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Way {
    /// The query that asks for the page after the one it asks for; the same when there is no page.
    async fn after_the_next_page(&self, headers: &HeaderMap, query: &str) -> String {
        let url = format!("{}/v1/changes?{}", self.server, with(query, "limit", "1"));
        let Ok(answer) = self.client.get(url).headers(passed_on(headers)).send().await else { return query.to_owned() };
        let page: serde_json::Value = answer.json().await.unwrap_or_default();
        let to = page.get("to").and_then(serde_json::Value::as_str);
        to.map_or_else(|| query.to_owned(), |to| with(query, "since", to))
    }

    fn lock(&self) -> MutexGuard<'_, Mischief> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mischief {
    /// Decides what happens to a call. Signing in always works: without it there is no phone.
    fn fate(&mut self, method: &Method, path: &str) -> Fate {
        self.counts.calls += 1;
        let percent = self.percent;
        if path.starts_with("/v1/session") || path == "/v1/about" || !self.dice.happens(percent) {
            return Fate::Fine;
        }
        let fate = match (self.dice.below(9), path) {
            (0, _) => Fate::RequestLost,
            (1, _) => Fate::AnswerLost,
            (2, _) => Fate::AnswerCut,
            (3, "/v1/changes") => self.old_page(),
            (4 | 5, "/v1/changes") => Fate::SmallPage(1 + self.dice.below(3)),
            (6 | 7, "/v1/changes") => Fate::SnapshotAsked,
            (8, "/v1/changes") => Fate::PageSkipped,
            (3..=5, "/v1/commands") if method == Method::POST => Fate::Doubled,
            _ => Fate::Fine,
        };
        match &fate {
            Fate::Fine => {}
            Fate::RequestLost => self.counts.requests_lost += 1,
            Fate::AnswerLost | Fate::AnswerCut => self.counts.answers_lost += 1,
            Fate::OldPage(_) => self.counts.pages_repeated += 1,
            Fate::SmallPage(_) => self.counts.pages_cut += 1,
            Fate::SnapshotAsked => self.counts.snapshots_asked += 1,
            Fate::PageSkipped => self.counts.pages_skipped += 1,
            Fate::Doubled => self.counts.commands_doubled += 1,
        }
        fate
    }

    fn old_page(&mut self) -> Fate {
        let pages: Vec<Bytes> = self.old_pages.iter().cloned().collect();
        self.dice.pick(&pages).map_or(Fate::Fine, |page| Fate::OldPage(page.clone()))
    }

    fn keep_page(&mut self, page: &Bytes) {
        self.old_pages.push_back(page.clone());
        if self.old_pages.len() > 8 {
            self.old_pages.pop_front();
        }
    }
}

async fn forward(State(way): State<Arc<Way>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else { return nothing() };
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let fate = way.lock().fate(&parts.method, &path);
    if path == "/v1/live" {
        return live(way, &parts.headers, fate).await;
    }
    let query = match fate {
        Fate::RequestLost => return nothing(),
        Fate::OldPage(page) => return json(StatusCode::OK, page),
        Fate::SnapshotAsked => return snapshot_asked(&way),
        Fate::SmallPage(limit) => with(&query, "limit", &limit.to_string()),
        Fate::PageSkipped => way.after_the_next_page(&parts.headers, &query).await,
        Fate::Fine | Fate::AnswerLost | Fate::AnswerCut | Fate::Doubled => query,
    };
    let url = format!("{}{path}?{query}", way.server);
    let call = || {
        let call = way.client.request(parts.method.clone(), &url).headers(passed_on(&parts.headers));
        call.body(body.clone()).send()
    };
    if matches!(fate, Fate::Doubled) {
        let _ = call().await;
    }
    let Ok(answer) = call().await else { return nothing() };
    let status = answer.status();
    let headers = answered(answer.headers());
    let Ok(bytes) = answer.bytes().await else { return nothing() };
    if path == "/v1/changes" && status == StatusCode::OK && !headers.contains_key(header::CONTENT_ENCODING) {
        way.lock().keep_page(&bytes);
    }
    match fate {
        Fate::AnswerLost => nothing(),
        Fate::AnswerCut => cut(status, headers, &bytes),
        _ => (status, headers, bytes).into_response(),
    }
}

/// The live stream: rings get lost and doubled until calm returns, which ends it.
async fn live(way: Arc<Way>, headers: &HeaderMap, fate: Fate) -> Response {
    if !matches!(fate, Fate::Fine | Fate::Doubled) {
        return nothing();
    }
    let call = way.client.get(format!("{}/v1/live", way.server)).headers(passed_on(headers)).send();
    let Ok(answer) = call.await else { return nothing() };
    let status = answer.status();
    let headers = answered(answer.headers());
    let tampered = way.clone();
    let rings = answer.bytes_stream().flat_map(move |ring| {
        let Ok(ring) = ring else { return stream::iter(Vec::new()) };
        let mut state = tampered.lock();
        let percent = state.percent;
        let copies = match state.dice.happens(percent) {
            false => 1,
            true => {
                state.counts.rings_tampered += 1;
                if state.dice.happens(50) { 0 } else { 2 }
            }
        };
        stream::iter(std::iter::repeat_n(ring, copies).map(Ok::<_, io::Error>).collect::<Vec<_>>())
    });
    let ended = async move { way.calm.notified().await };
    (status, headers, Body::from_stream(rings.take_until(Box::pin(ended)))).into_response()
}

/// No answer at all: the connection breaks.
fn nothing() -> Response {
    let broken = stream::once(async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset)) });
    (StatusCode::OK, Body::from_stream(broken)).into_response()
}

/// Half an answer.
fn cut(status: StatusCode, headers: HeaderMap, bytes: &Bytes) -> Response {
    let half = bytes.slice(..bytes.len() / 2);
    let broken = stream::iter([Ok(half), Err(io::Error::from(io::ErrorKind::ConnectionReset))]);
    (status, headers, Body::from_stream(broken)).into_response()
}

fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}

fn snapshot_asked(way: &Way) -> Response {
    let now = way.clock.wall().timestamp_millis();
    let body = format!(r#"{{"error":{{"code":"snapshot_needed","reason":"too_old","detail":""}},"now":{now}}}"#);
    json(StatusCode::GONE, body)
}

/// A query with another value under a name. Cursors and limits need no escaping.
fn with(query: &str, name: &str, value: &str) -> String {
    let is_other = |part: &&str| part.split('=').next() != Some(name) && !part.is_empty();
    let others = query.split('&').filter(is_other).map(str::to_owned);
    others.chain([format!("{name}={value}")]).collect::<Vec<_>>().join("&")
}

/// The headers of a call. Without compression: cutting and repeating need to see the page.
fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    for name in [header::HOST, header::CONTENT_LENGTH, header::CONNECTION, header::ACCEPT_ENCODING] {
        kept.remove(name);
    }
    kept
}

fn answered(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION] {
        kept.remove(name);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_by_asking_for_fewer() {
        assert_eq!(with("since=e1.4&limit=500", "limit", "2"), "since=e1.4&limit=2");
        assert_eq!(with("", "limit", "2"), "limit=2");
    }

    #[test]
    fn signing_in_always_goes_through() {
        let mut mischief =
            Mischief { dice: Dice::new(1), percent: 100, old_pages: VecDeque::new(), counts: Counts::default() };
        for _ in 0..50 {
            assert!(matches!(mischief.fate(&Method::POST, "/v1/session"), Fate::Fine));
        }
    }
}
