use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Office, Phone};

/// A live stream, event by event.
struct Stream {
    answer: Response,
    buffer: String,
}

impl Stream {
    async fn open(phone: &Phone, last: Option<&str>) -> Self {
        let mut request = phone.request(Method::GET, "/v1/live");
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, buffer: String::new() }
    }

    /// The next event, as its lines; none when the stream ended.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let event = event.to_owned();
                self.buffer = rest.to_owned();
                return Some(event);
            }
            let piece = self.answer.chunk().await.unwrap()?;
            self.buffer.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    async fn presence(&mut self) -> Value {
        let event = self.next().await.unwrap();
        let data = event.strip_prefix("event: presence\ndata: ").unwrap_or_else(|| panic!("{event}"));
        serde_json::from_str(data).unwrap()
    }
}

fn at(cursor: &str) -> String {
    format!("event: at\nid: {cursor}\ndata: {cursor}")
}

#[tokio::test]
async fn it_rings_when_there_is_something_new() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let mut stream = Stream::open(&phone, None).await;
    assert_eq!(stream.next().await.unwrap(), at(&phone.cursor().await));
    office.lea_wrote(&phone).await;
    assert_eq!(stream.next().await.unwrap(), at(&phone.cursor().await));
}

#[tokio::test]
async fn resumed_it_rings_at_once_for_what_was_missed_and_not_for_what_was_not() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let before = phone.cursor().await;
    office.lea_wrote(&phone).await;
    let now = phone.cursor().await;
    assert_eq!(Stream::open(&phone, Some(&before)).await.next().await.unwrap(), at(&now));
    let mut quiet = Stream::open(&phone, Some(&now)).await;
    office.clock.advance(Duration::from_secs(15));
    assert_eq!(quiet.next().await.unwrap(), ": beat");
}

#[tokio::test]
async fn it_does_not_ring_for_what_the_agent_does_not_see() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let id = office.lea_wrote(&marc).await;
    let newest = marc.messages(id).await[0]["id"].clone();
    let mut stream = Stream::open(&anne, Some(&anne.cursor().await)).await;
    let read =
        json!({ "kind": "conversation.mark_read", "conversation_id": id, "up_to": newest, "tell_customer": false });
    assert_eq!(marc.command(read).await.0, 200);
    office.clock.advance(Duration::from_secs(15));
    assert_eq!(stream.next().await.unwrap(), ": beat");
}

#[tokio::test]
async fn a_beat_comes_every_fifteen_seconds() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let mut stream = Stream::open(&phone, None).await;
    stream.next().await.unwrap();
    for _ in 0..3 {
        office.clock.advance(Duration::from_secs(15));
        assert_eq!(stream.next().await.unwrap(), ": beat");
    }
}

#[tokio::test]
async fn colleagues_see_who_answers_and_it_is_forgotten_after_thirty_seconds() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let id = office.lea_wrote(&marc).await;
    marc.command(json!({ "kind": "agent.set_status", "status": "online" })).await;
    let mut stream = Stream::open(&anne, None).await;
    stream.next().await.unwrap();
    marc.post("/v1/presence", &json!({ "conversation_id": id, "answering": true })).await;
    let seen = json!([{ "agent_id": marc.agent, "conversation_id": id, "answering": true }]);
    assert_eq!(stream.presence().await, seen);
    // A stream that is opened now sees it too.
    let mut late = Stream::open(&anne, None).await;
    late.next().await.unwrap();
    assert_eq!(late.presence().await, seen);

    marc.post("/v1/presence", &json!(null)).await;
    assert_eq!(stream.presence().await, json!([]));
    marc.post("/v1/presence", &json!({ "conversation_id": id })).await;
    assert_eq!(stream.presence().await[0]["answering"], false);
    office.clock.advance(Duration::from_secs(15));
    assert_eq!(stream.next().await.unwrap(), ": beat");
    office.clock.advance(Duration::from_secs(15));
    assert_eq!(stream.presence().await, json!([]));
}

#[tokio::test]
async fn presence_is_shown_only_where_the_conversation_is_seen_and_not_of_the_invisible() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let id = office.lea_wrote(&marc).await;
    marc.command(json!({ "kind": "agent.set_status", "status": "invisible" })).await;
    let cursor = anne.cursor().await;
    let mut stream = Stream::open(&anne, Some(&cursor)).await;
    marc.post("/v1/presence", &json!({ "conversation_id": id, "answering": true })).await;
    office.clock.advance(Duration::from_secs(15));
    assert_eq!(stream.next().await.unwrap(), ": beat");

    let assign =
        json!({ "kind": "conversation.assign", "conversation_id": id, "to": { "kind": "agent", "id": marc.agent } });
    marc.command(assign).await;
    let (status, _) = anne.post("/v1/presence", &json!({ "conversation_id": id, "answering": true })).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn the_stream_ends_with_the_session_and_with_the_server() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let (mut marcs, mut annes) = (Stream::open(&marc, None).await, Stream::open(&anne, None).await);
    marcs.next().await.unwrap();
    annes.next().await.unwrap();
    marc.ask(marc.request(Method::DELETE, "/v1/session")).await;
    assert_eq!(marcs.next().await, None);
    office.running.stop().await;
    assert_eq!(annes.next().await, None);
}
