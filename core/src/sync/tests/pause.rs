use std::time::Duration;

use super::phone::Phone;
use super::server::{CallKind, Fate, Server};
use crate::model::ConversationId;
use crate::store::HistoryPart;
use crate::sync::{SyncError, SyncState};

async fn phone_and_lea() -> (Server, Phone, ConversationId) {
    let server = Server::new();
    let lea = server.happens(|world| world.customer_appears("Léa"));
    let phone = Phone::new(&server).await;
    phone.has_all().await;
    (server, phone, lea)
}

#[tokio::test]
async fn a_pause_does_not_wait_for_the_network() {
    let (server, phone, lea) = phone_and_lea().await;
    server.next(CallKind::Changes, [Fate::Hangs]);
    let asked = server.count(CallKind::Changes);
    server.happens(|world| world.customer_says(lea, "Ma commande ?"));
    server.has_been_asked(CallKind::Changes, asked + 1).await;
    tokio::time::timeout(Duration::from_secs(10), phone.sync.pause()).await.unwrap();
    assert_eq!(phone.status().state, SyncState::Paused);
    assert!(!phone.status().live);
}

#[tokio::test]
async fn while_paused_the_server_is_asked_nothing() {
    let (server, phone, lea) = phone_and_lea().await;
    phone.sync.pause().await;
    let asked = server.calls();
    server.happens(|world| world.customer_says(lea, "Ma commande ?"));
    phone.clock.advance(Duration::from_secs(86_400));
    phone.sync.network_available();
    assert!(!phone.sync.catch_up().await);
    assert_eq!(phone.sync.fill(lea, HistoryPart::Newest).await, Err(SyncError::Paused));
    assert_eq!(server.calls(), asked);
}

#[tokio::test]
async fn a_waiting_call_ends_when_it_is_paused() {
    let (server, phone, lea) = phone_and_lea().await;
    server.next(CallKind::Changes, [Fate::Hangs]);
    server.next(CallKind::History, [Fate::Hangs]);
    let asked = server.count(CallKind::Changes);
    let (caught_up, filled, ()) =
        tokio::join!(phone.sync.catch_up(), phone.sync.fill(lea, HistoryPart::Newest), async {
            server.has_been_asked(CallKind::Changes, asked + 1).await;
            server.has_been_asked(CallKind::History, 1).await;
            phone.sync.pause().await;
        });
    assert!(!caught_up);
    assert_eq!(filled, Err(SyncError::Paused));
}

#[tokio::test]
async fn after_a_pause_changes_are_asked_for_at_once() {
    let (server, phone, lea) = phone_and_lea().await;
    phone.sync.pause().await;
    phone.store.close().await;
    server.happens(|world| world.customer_says(lea, "Ma commande ?"));
    phone.store.reopen().await.unwrap();
    phone.sync.resume().await;
    // No time passes.
    phone.is(SyncState::CaughtUp).await;
    assert_eq!(phone.texts(lea).await, ["Bonjour", "Ma commande ?"]);
}

#[tokio::test]
async fn pausing_and_resuming_twice_is_once() {
    let (_, phone, _) = phone_and_lea().await;
    phone.sync.resume().await;
    phone.sync.pause().await;
    phone.sync.pause().await;
    phone.sync.resume().await;
    phone.sync.resume().await;
    assert!(phone.sync.catch_up().await);
}
