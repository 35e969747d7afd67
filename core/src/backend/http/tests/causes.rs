//! What the log says when a server cannot be reached: the cause, and the host, and nothing else.

use std::sync::Arc;

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair, date_time_ymd};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::trust::{authority, server_with};
use super::{clock, config};
use crate::backend::Backend;
use crate::backend::http::{HttpBackend, HttpConfig};

/// The log after one call to a server at this address.
async fn logged(url: &str, extra_roots_pem: Option<String>) -> String {
    let config = HttpConfig { extra_roots_pem, ..config(url, Arc::new(clock())) };
    let log = config.log.clone();
    HttpBackend::new(config).unwrap().about().await.unwrap_err();
    let lines: Vec<String> = log.last_failures().into_iter().map(|(record, _)| record.line).collect();
    lines.join("\n")
}

fn failed(cause: &str, url: &str) -> String {
    let host = url.split("://").last().unwrap().split('/').next().unwrap();
    format!("call_failed call=about cause={cause} host={host}")
}

#[tokio::test]
async fn a_name_that_does_not_resolve() {
    let url = "https://inbox.invalid/path-of-somebody";
    assert_eq!(logged(url, None).await, failed("name_not_resolved", url));
}

#[tokio::test]
async fn a_port_where_nothing_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(logged(&url, None).await, failed("connection_refused", &url));
}

#[tokio::test]
async fn a_server_that_speaks_no_tls() {
    let server = MockServer::start().await;
    let url = server.uri().replace("http://127.0.0.1", "https://localhost");
    assert_eq!(logged(&url, None).await, failed("not_tls", &url));
}

/// The cause when a server shows a certificate made so, by an authority that the phone trusts.
async fn cause_of(host: &str, change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
    let authority: CertifiedIssuer<'static, KeyPair> = authority();
    let mut params = CertificateParams::new([host.to_owned()]).unwrap();
    change(&mut params);
    let url = server_with(&authority, params).await;
    (logged(&url, Some(authority.pem())).await, url)
}

#[tokio::test]
async fn a_certificate_that_does_not_hold_is_named_by_what_is_wrong_with_it() {
    let (line, url) = cause_of("localhost", |params| params.not_after = date_time_ymd(2020, 1, 1)).await;
    assert_eq!(line, failed("certificate_expired", &url));
    let (line, url) = cause_of("localhost", |params| params.not_before = date_time_ymd(2999, 1, 1)).await;
    assert_eq!(line, failed("certificate_not_yet_valid", &url));
    let (line, url) = cause_of("other.example", |_| ()).await;
    assert_eq!(line, failed("certificate_of_another_host", &url));
    let stranger = server_with(&authority(), CertificateParams::new(["localhost".to_owned()]).unwrap()).await;
    assert_eq!(logged(&stranger, None).await, failed("certificate_of_unknown_issuer", &stranger));
}

#[tokio::test]
async fn what_answers_in_the_servers_place_is_named_by_its_status() {
    for (status, cause) in [
        (200, "captive_portal"),
        (302, "captive_portal"),
        (511, "captive_portal"),
        (407, "proxy"),
        (404, "not_the_server"),
        (502, "server_down"),
        (429, "rate_limit"),
    ] {
        let server = MockServer::start().await;
        let page = ResponseTemplate::new(status).set_body_raw("<html>Léa</html>", "text/html");
        Mock::given(any()).respond_with(page).mount(&server).await;
        let host = server.address();
        let line = format!("call_failed call=about cause={cause} status={status} host={host}");
        assert_eq!(logged(&server.uri(), None).await, line);
    }
}
