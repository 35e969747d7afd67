//! What each answer of the server means to who reads.

use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{NOW, at_ms, clock, config, empty_page, error, ok, refusal, signed_in};
use crate::backend::http::HttpBackend;
use crate::backend::http::wire::ErrorDetail;
use crate::backend::{Backend, BackendError, CommandState, ListPosition, MessagesRequest, SnapshotReason};
use crate::clock::Clock;
use crate::model::{ClientKey, ConversationId, Cursor, MessageId, Op, Row, RowKind, Seq};

fn cursor() -> Cursor {
    Cursor("e7.1".to_owned())
}

/// What `changes` makes of this answer.
async fn changes_when(answer: ResponseTemplate) -> Result<Vec<Op>, BackendError> {
    let server = MockServer::start().await;
    Mock::given(path("/v1/changes")).respond_with(answer).mount(&server).await;
    let (backend, _) = signed_in(&server);
    Ok(backend.changes(&cursor(), 500).await?.items.into_iter().map(|item| item.op).collect())
}

#[tokio::test]
async fn a_page_is_asked_for_after_the_cursor() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/v1/changes"))
        .and(query_param("since", "e7.1"))
        .and(query_param("limit", "500"))
        .and(header("authorization", "Bearer a.1"))
        .respond_with(ok(empty_page()))
        .expect(1)
        .mount(&server)
        .await;
    let (backend, _) = signed_in(&server);
    let page = backend.changes(&cursor(), 500).await.unwrap();
    assert_eq!((page.from, page.to, page.more), (cursor(), cursor(), false));
}

#[tokio::test]
async fn what_cannot_be_read_is_skipped_and_the_page_goes_on() {
    let group = json!({ "id": 2, "name": "Nord", "public": true });
    let page = json!({ "from": "e7.1", "to": "e7.9", "more": false, "novelty": 1, "items": [
        { "seq": 2, "kind": "hologram", "op": "put", "id": 1, "data": {} },
        { "seq": 3, "kind": "group", "op": "fold", "id": 2, "data": group },
        { "seq": 4, "kind": "group", "op": "put", "id": 2, "data": { "id": 2 } },
        { "seq": 5, "kind": "group", "op": "put", "id": 2 },
        { "seq": 6, "kind": "group", "op": "put", "id": 3, "data": group },
        { "seq": 7, "kind": 12, "id": "x" },
        { "kind": "group", "op": "del", "id": 2 },
        "nonsense",
        { "seq": 8, "kind": "group", "op": "put", "id": 2, "data": { "id": 2, "name": "Nord", "public": true, "colour": "red" } },
        { "seq": 9, "kind": "conversation", "op": "del", "id": 4712 },
    ]});
    let ops = changes_when(ok(page)).await.unwrap();
    let [skipped @ .., Op::Put(Row::Group(read)), Op::Delete { kind: RowKind::Conversation, id: 4712 }] =
        ops.as_slice()
    else {
        panic!("{ops:?}")
    };
    assert_eq!(read.name, "Nord");
    assert_eq!(skipped, vec![Op::Skip; 6]);
}

#[tokio::test]
async fn each_status_and_code_has_its_meaning() {
    use BackendError::{Busy, NoAnswer, NotFound, NotOurs, Refused, SessionRevoked, SnapshotNeeded, TokenExpired};
    let refused = |code: &str| Refused { code: code.to_owned(), detail: "d".to_owned() };
    let html = |status| ResponseTemplate::new(status).set_body_raw("<html>Sign in</html>", "text/html");
    let needed = |reason: &str| error(410, json!({ "code": "snapshot_needed", "reason": reason }));
    let busy = |secs| Busy { retry_after: Some(Duration::from_secs(secs)) };
    let cases = [
        (refusal(400, "bad_request"), refused("bad_request")),
        (refusal(401, "token_expired"), TokenExpired),
        (refusal(401, "session_revoked"), SessionRevoked),
        (refusal(401, "no_token"), refused("no_token")),
        (refusal(403, "not_allowed"), refused("not_allowed")),
        (refusal(404, "not_found"), NotFound),
        (needed("too_old"), SnapshotNeeded(SnapshotReason::TooOld)),
        (needed("epoch"), SnapshotNeeded(SnapshotReason::Epoch)),
        (needed("because"), SnapshotNeeded(SnapshotReason::Unknown)),
        (refusal(410, "snapshot_needed"), SnapshotNeeded(SnapshotReason::Unknown)),
        (refusal(410, "key_expired"), refused("key_expired")),
        (refusal(413, "too_large"), refused("too_large")),
        (refusal(422, "no_credit"), refused("no_credit")),
        (refusal(422, "Called +33612345678"), refused("unknown")),
        (refusal(429, "busy"), Busy { retry_after: None }),
        (refusal(503, "busy").insert_header("retry-after", "7"), busy(7)),
        (refusal(500, "internal"), NoAnswer),
        (html(200), NotOurs("it is not JSON")),
        (html(404), NotOurs("it is not JSON")),
        (html(401), NotOurs("it is not JSON")),
        (html(302), NotOurs("it leads elsewhere")),
        (html(511), NotOurs("it is not JSON")),
        (html(429), Busy { retry_after: None }),
        (html(502), NoAnswer),
        (html(503).insert_header("retry-after", "9"), busy(9)),
        (html(504), NoAnswer),
        (
            ResponseTemplate::new(200).set_body_json(json!({ "hello": "world" })),
            NotOurs("it is not the protocol's JSON"),
        ),
        (ResponseTemplate::new(200).set_body_raw("{ \"from\": \"e7", "application/json"), NoAnswer),
        (ResponseTemplate::new(204), NotOurs("it is not JSON")),
    ];
    for (n, (answer, meaning)) in cases.into_iter().enumerate() {
        assert_eq!(changes_when(answer).await, Err(meaning), "case {n}");
    }
}

#[tokio::test]
async fn milliseconds_in_the_error_are_believed_before_the_header() {
    let answer = error(429, json!({ "code": "busy", "retry_after_ms": 1500 })).insert_header("retry-after", "9");
    assert_eq!(changes_when(answer).await, Err(BackendError::Busy { retry_after: Some(Duration::from_millis(1500)) }));
}

#[tokio::test]
async fn a_date_to_wait_for_counts_from_the_servers_own_clock() {
    let date = at_ms(NOW + 30_000).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let asked = changes_when(refusal(503, "busy").insert_header("retry-after", date.as_str())).await;
    let Err(BackendError::Busy { retry_after: Some(span) }) = asked else { panic!("{asked:?}") };
    assert!((29..=30).contains(&span.as_secs()), "{span:?}");
}

#[tokio::test]
async fn history_is_asked_for_by_place() {
    let server = MockServer::start().await;
    let rows = || ok(json!({ "at": "e7.9", "more": true, "rows": [] }));
    let get = |at: &str| Mock::given(method("GET")).and(path(at));
    get("/v1/conversations/4711/messages")
        .and(query_param("before", "88"))
        .and(query_param("limit", "50"))
        .and(query_param_is_missing("after"))
        .respond_with(rows())
        .expect(1)
        .mount(&server)
        .await;
    get("/v1/conversations")
        .and(query_param("before", "1790000000123,4711"))
        .respond_with(rows())
        .expect(1)
        .mount(&server)
        .await;
    get("/v1/conversations/4711").respond_with(rows()).expect(1).mount(&server).await;
    get("/v1/ledger").and(query_param("month", "2026-03")).respond_with(rows()).expect(1).mount(&server).await;

    let (backend, _) = signed_in(&server);
    let conversation_id = ConversationId(4711);
    let request = MessagesRequest { conversation_id, before: Some(MessageId(88)), after: None, limit: 50 };
    assert!(backend.messages(request).await.unwrap().more);
    let place = ListPosition { activity_at: at_ms(NOW), id: conversation_id };
    backend.conversations(Some(place), 50).await.unwrap();
    backend.conversation(conversation_id).await.unwrap();
    backend.ledger(2026, 3).await.unwrap();
}

#[tokio::test]
async fn a_month_of_charges_is_read_to_its_last_page() {
    let server = MockServer::start().await;
    let charge = |id: i64| {
        json!({ "seq": id, "kind": "ledger", "id": id, "data": { "id": id, "conversation_id": 1, "message_id": id,
                "channel_id": 1, "at": NOW, "kind": "reply", "state": "final" } })
    };
    let page = |ids: &[i64], more: bool| {
        ok(json!({ "at": "e7.9", "more": more, "rows": ids.iter().map(|id| charge(*id)).collect::<Vec<_>>() }))
    };
    let get = || Mock::given(method("GET")).and(path("/v1/ledger")).and(query_param("month", "2026-03"));
    get().and(query_param_is_missing("after")).respond_with(page(&[1, 2], true)).expect(1).mount(&server).await;
    get().and(query_param("after", "2")).respond_with(page(&[3], true)).expect(1).mount(&server).await;
    // A server that says *more* and gives nothing does not keep the phone asking.
    get().and(query_param("after", "3")).respond_with(page(&[], true)).expect(1).mount(&server).await;
    let (backend, _) = signed_in(&server);
    let month = backend.ledger(2026, 3).await.unwrap();
    assert_eq!(month.rows.iter().map(|held| held.row.id()).collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test]
async fn a_snapshot_goes_on_with_its_token() {
    let server = MockServer::start().await;
    let page = json!({
        "epoch": "e7", "at": "e7.9", "complete": true,
        "rows": [{ "seq": 5, "kind": "group", "id": 2, "data": { "id": 2, "name": "Nord", "public": true } },
                 { "seq": 6, "kind": "hologram", "id": 2, "data": {} }],
        "newest": [{ "conversation_id": 4711 }, { "conversation_id": "x" }],
        "visible": [{ "id": 4711, "seq": 8, "messages_seq": 7 }],
    });
    Mock::given(path("/v1/snapshot")).and(query_param("page", "p2.9b")).respond_with(ok(page)).mount(&server).await;
    let (backend, _) = signed_in(&server);
    let page = backend.snapshot(Some("p2.9b")).await.unwrap();
    assert_eq!((page.rows.len(), page.newest.len(), page.visible.len()), (1, 1, 1));
    assert_eq!(page.rows[0].seq, Seq(5));
    assert!(page.complete && page.next.is_none());
}

#[tokio::test]
async fn a_snapshot_whose_list_cannot_be_read_whole_is_no_snapshot() {
    let server = MockServer::start().await;
    let page = json!({ "epoch": "e7", "at": "e7.9", "complete": true, "rows": [], "visible": [{ "id": 4711 }] });
    Mock::given(path("/v1/snapshot")).respond_with(ok(page)).mount(&server).await;
    let (backend, _) = signed_in(&server);
    assert_eq!(backend.snapshot(None).await, Err(BackendError::NotOurs("it is not the protocol's JSON")));
}

#[tokio::test]
async fn every_answer_tells_the_time_once() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/changes")).respond_with(ok(empty_page())).mount(&server).await;
    Mock::given(path("/v1/about"))
        .respond_with(ok(json!({ "protocol": 1, "server_id": "s", "name": "n", "upload_most_bytes": 1 })))
        .mount(&server)
        .await;
    Mock::given(method("GET")).respond_with(refusal(404, "not_found")).with_priority(9).mount(&server).await;
    let clock = clock();
    let alone = HttpBackend::new(config(&server.uri(), std::sync::Arc::new(clock.clone()))).unwrap();
    let signed_in = alone.with_credentials(std::sync::Arc::new(super::Wallet::default()));
    alone.about().await.unwrap();
    for _ in 0..11 {
        signed_in.changes(&cursor(), 500).await.unwrap();
    }
    let samples = alone.take_clock_samples();
    assert_eq!(samples.len(), 10, "the ten newest are kept");
    assert!(samples.iter().all(|sample| sample.server == at_ms(NOW) && sample.boot == clock.boot()));
    assert!(signed_in.take_clock_samples().is_empty());
    // An error tells it, too.
    assert_eq!(signed_in.command(ClientKey(uuid::Uuid::nil())).await, Ok(CommandState::NotFound));
    assert_eq!(signed_in.take_clock_samples().len(), 1);
}

#[test]
fn a_long_detail_is_cut_short_and_none_is_printed() {
    let page = json!({ "code": "too_long", "detail": "Léa ".repeat(1000) });
    let error: ErrorDetail = serde_json::from_value(page).unwrap();
    assert_eq!(error.detail.chars().count(), 300);
    let refused = BackendError::Refused { code: "too_long".to_owned(), detail: error.detail };
    let shown = format!("{refused:?}");
    assert!(shown.contains("too_long") && !shown.contains("Léa"), "{shown}");
}
