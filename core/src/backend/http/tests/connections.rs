//! Which connection carries a call: kept, made again after a change of network, or by way of a proxy.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::trust::{authority, server_of};
use super::{clock, config};
use crate::backend::Backend;
use crate::backend::http::{HttpBackend, HttpConfig, ProxySetting};

const ABOUT: &str = "{\"protocol\":1,\"server_id\":\"srv\",\"name\":\"n\",\"upload_most_bytes\":1,\"now\":1}";

/// A server that keeps its connections open. Gives its address and counts the connections.
async fn keeping() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while socket.read(&mut request).await.is_ok_and(|bytes| bytes > 0) {
                    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
                    let answer = format!("{head} {}\r\n\r\n{ABOUT}", ABOUT.len());
                    socket.write_all(answer.as_bytes()).await.ok();
                }
            });
        }
    });
    (url, connections)
}

#[tokio::test]
async fn calls_share_a_connection_until_the_network_changes() {
    let (url, connections) = keeping().await;
    let backend = HttpBackend::new(config(&url, Arc::new(clock()))).unwrap();
    for _ in 0..3 {
        backend.about().await.unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    backend.network_changed();
    for _ in 0..3 {
        backend.about().await.unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

/// A proxy that connects wherever it is asked to. Gives its port and counts what it carried.
async fn proxy() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let carried = Arc::new(AtomicUsize::new(0));
    let counted = carried.clone();
    tokio::spawn(async move {
        while let Ok((mut phone, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(phone.read_u8().await.unwrap());
            }
            let request = String::from_utf8(request).unwrap();
            let target = request.strip_prefix("CONNECT ").unwrap().split(' ').next().unwrap();
            let mut server = TcpStream::connect(target).await.unwrap();
            phone.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move { copy_bidirectional(&mut phone, &mut server).await });
        }
    });
    (port, carried)
}

#[tokio::test]
async fn a_proxy_that_is_set_while_running_carries_the_next_call_and_port_0_ends_it() {
    let authority = authority();
    let url = server_of(&authority).await;
    let (port, carried) = proxy().await;
    let setting = ProxySetting::none();
    let backend = HttpBackend::new(HttpConfig {
        extra_roots_pem: Some(authority.pem()),
        proxy: setting.clone(),
        ..config(&url, Arc::new(clock()))
    })
    .unwrap();
    let mut carried_after = Vec::new();
    let by_proxy = format!("127.0.0.1:{port}");
    for address in [None, Some(by_proxy.as_str()), Some(":0")] {
        setting.set(address).unwrap();
        backend.about().await.unwrap();
        carried_after.push(carried.load(Ordering::SeqCst));
    }
    assert_eq!(carried_after, [0, 1, 1]);
}
