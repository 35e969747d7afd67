//! What a support ticket says when a phone cannot reach its server: the cause in words, and nothing private.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use riposte::facade::{Config, MemorySecretStore, Riposte};
use riposte_e2e::pocket::Pocket;
use riposte_e2e::story::{Story, folder};
use riposte_e2e::world::World;
use riposte_server::faults::{Fault, Plan, Rule};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The diagnosis of a phone that tried to sign in at this address.
async fn diagnosis_at(server_url: String) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_string_lossy().into_owned();
    let app = Riposte::open(Config::new(path, Arc::new(MemorySecretStore::new()))).unwrap();
    app.sign_in(server_url, "marc@example.com".into(), "correct horse".into()).await.err().unwrap();
    app.diagnosis()
}

/// Something that answers every connection with these bytes.
async fn answering(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            if socket.read(&mut request).await.is_ok() {
                socket.write_all(bytes).await.ok();
                socket.shutdown().await.ok();
            }
        }
    });
    port
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_said_by_its_cause() {
    let name = diagnosis_at("https://inbox.invalid/secret-path".into()).await;
    assert!(name.contains("The server's name has no address"), "{name}");
    let port = answering(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>Welcome, Marc").await;
    let portal = diagnosis_at(format!("http://127.0.0.1:{port}/secret-path")).await;
    assert!(portal.contains("sign in to this network"), "{portal}");
    let no_tls = diagnosis_at(format!("https://localhost:{port}")).await;
    assert!(no_tls.contains("speaks no TLS"), "{no_tls}");
    for text in [name, portal, no_tls] {
        for private in ["secret-path", "marc", "Marc", "horse"] {
            assert!(!text.contains(private), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_says_how_it_stands_while_something_else_answers() {
    let cast = std::fs::read_to_string(folder().join("cast.json")).unwrap();
    let story = Story::parse(&cast, r#"{ "story": "diagnosis", "steps": [] }"#).unwrap();
    let world = World::start(&story.cast).await.unwrap();
    let mut pocket = Pocket::new(world.clock()).unwrap();
    let account = pocket.sign_in(world.server_url(), "marc").await.unwrap();
    assert!(account.settled(20_000).await.unwrap());
    let text = account.diagnosis().await.unwrap();
    assert!(text.contains("Connection: up to date") && text.contains("Outbox: nothing waits"), "{text}");
    world.server().faults().set(Plan { seed: 1, rules: vec![Rule { on: None, fault: Fault::NotJson, percent: 100 }] });
    account.network_available();
    let said = async {
        while !account.diagnosis().await.unwrap().contains("captive_portal") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), said).await.unwrap();
    account.pause().await.unwrap();
    let text = account.diagnosis().await.unwrap();
    assert!(text.contains("paused by the app") && text.contains("Outbox: cannot be read now"), "{text}");
}
