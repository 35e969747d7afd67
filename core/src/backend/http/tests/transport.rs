//! Cut connections, endless answers, packed ones, addresses, files and the live stream.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{clock, config, ok, refusal, signed_in, signed_in_at};
use crate::backend::http::{ConfigError, HttpBackend};
use crate::backend::{Backend, BackendError, Ring};
use crate::model::{Cursor, MediaId};

/// A server that answers every connection with these bytes and hangs up.
async fn saying(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            if socket.read(&mut request).await.is_ok() {
                socket.write_all(&answer).await.ok();
                socket.shutdown().await.ok();
            }
        }
    });
    url
}

async fn changes_of(url: &str) -> Result<(), BackendError> {
    signed_in_at(url).0.changes(&Cursor("e7.1".to_owned()), 500).await.map(drop)
}

#[tokio::test]
async fn an_answer_that_is_cut_on_its_way_is_no_answer() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let promised = format!("{head}content-length: 500\r\n\r\n{{\"from\":\"e7.1\",\"to\":");
    let until_the_end = format!("{head}connection: close\r\n\r\n{{\"from\":\"e7.1\",\"to\":");
    let nothing = String::new();
    for answer in [promised, until_the_end, nothing] {
        let url = saying(answer.into_bytes()).await;
        assert_eq!(changes_of(&url).await, Err(BackendError::NoAnswer));
    }
}

#[tokio::test]
async fn an_address_without_a_server_is_no_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(changes_of(&url).await, Err(BackendError::NoAnswer));
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_read_to_it() {
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n\"".to_vec();
    answer.resize(17 * 1024 * 1024, b'x');
    let url = saying(answer).await;
    assert_eq!(changes_of(&url).await, Err(BackendError::NotOurs("it is longer than 16 MiB")));
}

#[tokio::test]
async fn packed_answers_are_asked_for_and_unpacked() {
    // {"from":"e7.1","to":"e7.1","more":false,"items":[],"now":1790000000123}
    const PACKED: &[u8] = &[
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 74, 43, 202, 207, 85, 178, 82, 74, 53, 215, 51, 84, 210, 81, 42, 201,
        71, 176, 115, 243, 139, 82, 149, 172, 210, 18, 115, 138, 83, 117, 148, 50, 75, 82, 115, 139, 149, 172, 162, 99,
        117, 148, 242, 242, 203, 149, 172, 12, 205, 45, 13, 32, 192, 208, 200, 184, 22, 0, 38, 56, 196, 42, 71, 0, 0,
        0,
    ];
    let server = MockServer::start().await;
    let answer =
        ResponseTemplate::new(200).set_body_raw(PACKED, "application/json").insert_header("content-encoding", "gzip");
    Mock::given(header("accept-encoding", "gzip")).respond_with(answer).expect(1).mount(&server).await;
    changes_of(&server.uri()).await.unwrap();
}

#[test]
fn plain_http_goes_only_to_this_machine() {
    let made = |url: &str| HttpBackend::new(config(url, Arc::new(clock()))).map(drop);
    for url in [
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://[::1]:8080/",
        "http://localhost",
        "https://x.example/inbox",
    ] {
        assert_eq!(made(url), Ok(()), "{url}");
    }
    for url in ["http://x.example", "http://10.0.2.2", "http://localhost.example.com", "http://127.0.0.1.example.com"] {
        assert_eq!(made(url), Err(ConfigError::PlainHttp), "{url}");
    }
    for url in ["", "inbox", "ftp://x.example", "data:,x", "file:///etc"] {
        assert_eq!(made(url), Err(ConfigError::Address), "{url}");
    }
}

#[test]
fn an_address_with_other_letters_is_asked_for_in_its_ascii_form() {
    let made = |url: &str| HttpBackend::new(config(url, Arc::new(clock()))).map(drop);
    for url in ["https://büro.example", "https://受信.example/inbox"] {
        assert_eq!(made(url), Err(ConfigError::AddressLetters), "{url}");
    }
    assert_eq!(made("https://xn--bro-hoa.example"), Ok(()));
}

#[tokio::test]
async fn a_path_in_the_address_is_kept() {
    let server = MockServer::start().await;
    Mock::given(path("/inbox/v1/about"))
        .respond_with(ok(json!({ "protocol": 1, "server_id": "s", "name": "n", "upload_most_bytes": 1 })))
        .expect(2)
        .mount(&server)
        .await;
    for end in ["/inbox", "/inbox/"] {
        let backend = HttpBackend::new(config(&(server.uri() + end), Arc::new(clock()))).unwrap();
        assert_eq!(backend.about().await.unwrap().server_id, "s");
    }
}

#[tokio::test]
async fn a_file_goes_up_in_pieces() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .and(path("/v1/uploads/ab12"))
        .and(header("upload-offset", "3"))
        .and(header("upload-length", "5"))
        .respond_with(ok(json!({})))
        .expect(1)
        .mount(&server)
        .await;
    let (backend, _) = signed_in(&server);
    backend.upload("ab12", 3, 5, Bytes::from_static(b"de")).await.unwrap();
    assert_eq!(server.received_requests().await.unwrap()[0].body, b"de");
}

/// Bytes 2 and on of `abcdef`, from a server that answers so.
async fn rest_of_file(answer: ResponseTemplate) -> Result<Vec<u8>, BackendError> {
    let server = MockServer::start().await;
    Mock::given(path("/v1/media/9")).and(header("range", "bytes=2-")).respond_with(answer).mount(&server).await;
    let (backend, _) = signed_in(&server);
    let pieces: Vec<Bytes> = backend.download(MediaId(9), 2).await?.pieces.try_collect().await?;
    Ok(pieces.concat())
}

/// How long it says that the file is, when asked from byte 2 on.
async fn length_told(answer: ResponseTemplate) -> Result<Option<u64>, BackendError> {
    let server = MockServer::start().await;
    Mock::given(path("/v1/media/9")).respond_with(answer).mount(&server).await;
    let (backend, _) = signed_in(&server);
    Ok(backend.download(MediaId(9), 2).await?.total_bytes)
}

#[tokio::test]
async fn a_file_says_how_long_it_is_so_that_half_of_one_is_not_taken_for_it() {
    let part = |range: &str| ResponseTemplate::new(206).set_body_bytes("cd").insert_header("content-range", range);
    assert_eq!(length_told(part("bytes 2-3/6")).await, Ok(Some(6)));
    assert_eq!(length_told(ResponseTemplate::new(200).set_body_bytes("abcdef")).await, Ok(Some(6)));
    assert_eq!(length_told(refusal(416, "bad_request").insert_header("content-range", "bytes */2")).await, Ok(Some(2)));
    assert_eq!(length_told(ResponseTemplate::new(206).set_body_bytes("cd")).await, Ok(None));
    let other = Err(BackendError::NotOurs("it is another part of the file"));
    assert_eq!(length_told(part("bytes 3-5/6")).await, other);
}

#[tokio::test]
async fn a_file_comes_down_from_where_it_was_cut() {
    assert_eq!(rest_of_file(ResponseTemplate::new(206).set_body_bytes("cdef")).await.unwrap(), b"cdef");
    assert_eq!(rest_of_file(ResponseTemplate::new(200).set_body_bytes("abcdef")).await.unwrap(), b"cdef");
    assert_eq!(rest_of_file(refusal(416, "bad_request")).await.unwrap(), b"");
    assert_eq!(rest_of_file(refusal(404, "not_found")).await, Err(BackendError::NotFound));
}

#[tokio::test]
async fn the_live_stream_resumes_after_the_last_event() {
    let server = MockServer::start().await;
    let events = ResponseTemplate::new(200).set_body_raw("event: at\nid: e7.2\ndata: e7.2\n\n", "text/event-stream");
    Mock::given(path("/v1/live"))
        .and(header("last-event-id", "e7.1"))
        .and(header("accept", "text/event-stream"))
        .and(header("accept-encoding", "identity"))
        .respond_with(events)
        .mount(&server)
        .await;
    let (backend, _) = signed_in(&server);
    let last = Cursor("e7.1".to_owned());
    let rings: Vec<_> = backend.live(Some(&last)).await.unwrap().collect().await;
    assert_eq!(rings, [Ok(Ring::At(Cursor("e7.2".to_owned())))]);
}

#[tokio::test]
async fn a_live_stream_that_is_none_is_refused() {
    let server = MockServer::start().await;
    let portal = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    Mock::given(path("/v1/live")).respond_with(portal).mount(&server).await;
    let (backend, _) = signed_in(&server);
    assert!(matches!(backend.live(None).await, Err(BackendError::NotOurs(_))));
}
