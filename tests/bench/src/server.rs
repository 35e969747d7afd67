//! An inbox server that has its answers ready: enough for a phone to sign in, to catch up, and to
//! be told to wait with everything else. What it costs is counted, to be taken off.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use riposte::model::Cursor;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use crate::measure::thread_cpu;
use crate::{Outcome, directory};

/// Clones are the same server. Its threads end with the process.
#[derive(Clone)]
pub(crate) struct Server {
    address: String,
    state: Arc<Mutex<State>>,
    cpu_ns: Arc<AtomicU64>,
}

struct State {
    now: DateTime<Utc>,
    at: Cursor,
    /// Pages of the feed by the cursor they follow.
    pages: HashMap<String, Vec<u8>>,
    /// Messages of those pages, by their conversation.
    messages: HashMap<i64, BTreeMap<i64, Box<RawValue>>>,
}

/// The part of an item of the feed that shows where it belongs.
#[derive(Deserialize)]
struct Item<'a> {
    kind: &'a str,
    id: i64,
    #[serde(borrow)]
    data: &'a RawValue,
}

impl Server {
    /// Listens on a free port of this machine. `at` is where its feed begins.
    pub(crate) fn start(now: DateTime<Utc>, at: Cursor) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let server = Self {
            address: format!("http://{}", listener.local_addr()?),
            state: Arc::new(Mutex::new(State { now, at, pages: HashMap::new(), messages: HashMap::new() })),
            cpu_ns: Arc::default(),
        };
        let serving = server.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(&connection));
            }
        });
        Ok(server)
    }

    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    /// What its threads have taken so far.
    pub(crate) fn cpu(&self) -> Duration {
        Duration::from_nanos(self.cpu_ns.load(Ordering::SeqCst))
    }

    /// Has a page for a phone whose cursor is `from`, and its messages for a phone that asks for history.
    pub(crate) fn offer(&self, from: &Cursor, page: Vec<u8>, now: DateTime<Utc>) -> Outcome<()> {
        #[derive(Deserialize)]
        struct Page<'a> {
            #[serde(borrow)]
            items: Vec<&'a RawValue>,
        }
        #[derive(Deserialize)]
        struct Message {
            conversation_id: i64,
        }
        let mut state = self.state();
        for raw in serde_json::from_slice::<Page<'_>>(&page)?.items {
            let item: Item<'_> = serde_json::from_str(raw.get())?;
            if item.kind == "message" {
                let message: Message = serde_json::from_str(item.data.get())?;
                let messages = state.messages.entry(message.conversation_id).or_default();
                messages.insert(item.id, raw.to_owned());
            }
        }
        state.pages.insert(from.0.clone(), page);
        state.now = now;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that breaks is the phone's to notice.
    fn serve(&self, connection: &TcpStream) -> Option<()> {
        let mut lines = BufReader::new(connection);
        loop {
            let mut request = String::new();
            lines.read_line(&mut request).ok()?;
            let mut length = 0;
            loop {
                let mut header = String::new();
                if lines.read_line(&mut header).ok()? == 0 {
                    return None;
                }
                let header = header.trim().to_ascii_lowercase();
                if header.is_empty() {
                    break;
                }
                if let Some(value) = header.strip_prefix("content-length:") {
                    length = value.trim().parse().ok()?;
                }
            }
            let mut body = vec![0; length];
            lines.read_exact(&mut body).ok()?;
            let before = thread_cpu();
            let answered = self.answer(connection, request.split(' ').nth(1)?);
            let spent = thread_cpu().saturating_sub(before);
            self.cpu_ns.fetch_add(u64::try_from(spent.as_nanos()).unwrap_or(0), Ordering::SeqCst);
            answered?;
        }
    }

    fn answer(&self, mut connection: &TcpStream, path: &str) -> Option<()> {
        let (path, question) = path.split_once('?').unwrap_or((path, ""));
        if path == "/v1/live" {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: beat\n\n";
            connection.write_all(head.as_bytes()).ok()?;
            // Nothing rings: the stream stays open until the phone closes it.
            return connection.read(&mut [0; 1]).ok().filter(|read| *read > 0).map(drop);
        }
        let (status, body) = match path {
            "/v1/changes" => ("200 OK", self.changes(question)),
            "/v1/about" | "/v1/session" | "/v1/snapshot" | "/v1/presence" => ("200 OK", self.fixed(path)),
            _ if path.ends_with("/messages") => ("200 OK", self.messages(path)),
            _ => ("503 Service Unavailable", self.fixed("busy")),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nretry-after: 3600\r\n\r\n",
            body.len()
        );
        connection.write_all(&[head.as_bytes(), &body].concat()).ok()
    }

    fn changes(&self, question: &str) -> Vec<u8> {
        let since = question.split('&').find_map(|part| part.strip_prefix("since=")).unwrap_or_default();
        let state = self.state();
        state.pages.get(since).cloned().unwrap_or_else(|| {
            let now = state.now.timestamp_millis();
            json!({ "from": since, "to": since, "more": false, "items": [], "now": now }).to_string().into_bytes()
        })
    }

    /// The newest 50: of the conversations that anybody asks about there are no more.
    fn messages(&self, path: &str) -> Vec<u8> {
        let id = path.split('/').nth(3).and_then(|id| id.parse::<i64>().ok()).unwrap_or(0);
        let state = self.state();
        let rows: Vec<&RawValue> = state
            .messages
            .get(&id)
            .into_iter()
            .flat_map(|all| all.values().rev().take(50))
            .map(AsRef::as_ref)
            .collect();
        #[derive(Serialize)]
        struct Rows<'a> {
            at: &'a Cursor,
            more: bool,
            rows: Vec<&'a RawValue>,
            now: i64,
        }
        let answer = Rows { at: &state.at, more: false, rows, now: state.now.timestamp_millis() };
        serde_json::to_vec(&answer).unwrap_or_default()
    }

    fn fixed(&self, path: &str) -> Vec<u8> {
        let state = self.state();
        let now = state.now.timestamp_millis();
        let answer = match path {
            "/v1/about" => {
                json!({ "protocol": 1, "server_id": "bench", "name": "Bench", "upload_most_bytes": 104_857_600, "now": now })
            }
            "/v1/session" => json!({
                "access_token": "a", "access_until": now + 100_000_000_000_i64, "refresh_token": "r",
                "agent": directory::me(),
                "account": { "id": 1, "name": "Atelier Nord", "conversations": true, "utc_offset_minutes": 60 },
                "now": now
            }),
            "/v1/snapshot" => {
                let rows: Vec<serde_json::Value> = directory::rows()
                    .iter()
                    .map(|row| {
                        let (kind, id) = (row.row.kind(), row.row.id());
                        json!({ "seq": row.seq, "kind": kind, "id": id, "data": row.row.to_json().ok() })
                    })
                    .collect();
                json!({
                    "epoch": "e1", "at": state.at, "rows": rows, "newest": [], "visible": [], "complete": true,
                    "now": now
                })
            }
            "busy" => json!({ "error": { "code": "busy", "detail": "wait", "retry_after_ms": 3_600_000 }, "now": now }),
            _ => json!({ "now": now }),
        };
        answer.to_string().into_bytes()
    }
}
