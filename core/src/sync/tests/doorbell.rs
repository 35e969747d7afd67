use std::time::Duration;

use super::phone::{Phone, Seen};
use super::server::{CallKind, Fate, Server};
use crate::backend::{Presence, Ring};
use crate::model::{AgentId, ConversationId};
use crate::sync::{SyncState, Trigger};

async fn phone_and_lea() -> (Server, Phone, ConversationId) {
    let server = Server::new();
    let lea = server.happens(|world| world.customer_appears("Léa"));
    let phone = Phone::new(&server).await;
    phone.sync.status().wait_for(|status| status.live).await.unwrap();
    phone.sync.settled().await;
    phone.is(SyncState::CaughtUp).await;
    (server, phone, lea)
}

/// Ends once the phone's cursor is the server's. No time passes.
async fn cursor_moves(phone: &Phone, from: Option<crate::model::Cursor>) {
    let mut status = phone.sync.status();
    let moved = status.wait_for(|status| status.cursor != from);
    tokio::time::timeout(Duration::from_secs(60), moved).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_doorbell_brings_news_without_any_time_passing() {
    let (server, phone, lea) = phone_and_lea().await;
    let before = phone.cursor().await;
    server.happens(|world| world.customer_says(lea, "Ma commande ?"));
    cursor_moves(&phone, before).await;
    assert_eq!(phone.texts(lea).await, ["Bonjour", "Ma commande ?"]);
}

#[tokio::test]
async fn a_doorbell_that_is_lost_delays_the_news_and_loses_none() {
    let (server, phone, lea) = phone_and_lea().await;
    server.set_bell(false);
    server.happens(|world| world.customer_says(lea, "Ma commande ?"));
    let before = phone.cursor().await;
    phone.clock.advance(Duration::from_secs(300));
    cursor_moves(&phone, before).await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn without_live_stream_push_or_hint_everything_still_comes() {
    let server = Server::new();
    server.set_bell(false);
    server.next(CallKind::Live, [Fate::Hangs]);
    let lea = server.happens(|world| world.customer_appears("Léa"));
    let phone = Phone::new(&server).await;
    phone.is(SyncState::CaughtUp).await;
    for n in 0..3 {
        let before = phone.cursor().await;
        server.happens(|world| world.customer_says(lea, &format!("message {n}")));
        phone.clock.advance(Duration::from_secs(60));
        cursor_moves(&phone, before).await;
    }
    assert!(!phone.status().live);
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn a_push_is_a_doorbell() {
    let (server, phone, lea) = phone_and_lea().await;
    server.set_bell(false);
    let before = phone.cursor().await;
    server.happens(|world| world.customer_says(lea, "Ma commande ?"));
    phone.sync.ask(Trigger::Push);
    cursor_moves(&phone, before).await;
}

#[tokio::test]
async fn a_doorbell_for_what_is_already_here_asks_nothing() {
    let (server, phone, _) = phone_and_lea().await;
    let asked = server.count(CallKind::Changes);
    for _ in 0..20 {
        server.ring(Ring::At(phone.cursor().await.unwrap()));
    }
    server.ring(Ring::Presence(Vec::new()));
    server.happens(|world| world.agent(3, "Marc"));
    phone.has_all().await;
    // One for the agent's row, one for the call that waits for everything.
    assert!(server.count(CallKind::Changes) <= asked + 2);
}

#[tokio::test]
async fn who_looks_at_what_is_passed_on_and_forgotten_with_the_stream() {
    let (server, phone, lea) = phone_and_lea().await;
    let list = vec![Presence { agent_id: AgentId(4), conversation_id: lea, answering: true }];
    server.ring(Ring::Presence(list.clone()));
    let mut presence = phone.sync.presence();
    presence.wait_for(|now| *now == list).await.unwrap();
    phone.sync.pause().await;
    assert!(presence.borrow().is_empty());
}

#[tokio::test]
async fn a_live_stream_that_cannot_be_opened_is_tried_again() {
    let server = Server::new();
    server.next(CallKind::Live, [Fate::Lost, Fate::Busy(20), Fate::Lost, Fate::Locked]);
    let phone = Phone::new(&server).await;
    let mut status = phone.sync.status();
    phone.as_time_passes(status.wait_for(|status| status.live)).await.unwrap();
    assert_eq!(server.count(CallKind::Live), 5);
}
