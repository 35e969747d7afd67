use std::time::Duration;

use super::phone::{Phone, Seen};
use super::server::{CallKind, Fate, Server};
use crate::model::{AgentId, ConversationId};
use crate::store::StoreEvent;
use crate::sync::{SyncState, Trouble};

/// A phone that has everything, and the conversation with Léa.
async fn phone_and_lea() -> (Server, Phone, ConversationId) {
    let server = Server::new();
    let lea = server.happens(|world| {
        world.agent(3, "Marc");
        world.customer_appears("Léa")
    });
    let phone = Phone::new(&server).await;
    phone.has_all().await;
    phone.sync.settled().await;
    phone.events.take();
    (server, phone, lea)
}

#[tokio::test]
async fn what_happens_at_the_server_is_soon_here() {
    let (server, phone, lea) = phone_and_lea().await;
    server.happens(|world| {
        world.customer_says(lea, "Ma commande ?");
        world.assign(lea, Some(AgentId(3)));
    });
    phone.has_all().await;
    assert_eq!(phone.texts(lea).await, ["Bonjour", "Ma commande ?"]);
    assert_eq!(phone.sees().await, Seen::at(&server));
    let events = phone.events.take();
    assert!(events.contains(&StoreEvent::ConversationChanged(lea)), "{events:?}");
}

#[tokio::test]
async fn pages_may_be_cut_anywhere() {
    let (server, phone, lea) = phone_and_lea().await;
    server.next(CallKind::Changes, [Fate::Cut(1), Fate::Cut(2), Fate::Cut(1), Fate::Lost, Fate::Cut(3)]);
    server.happens(|world| {
        for n in 0..10 {
            world.customer_says(lea, &format!("message {n}"));
        }
        world.customer_appears("Noé");
    });
    phone.has_all().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn a_page_that_does_not_follow_the_cursor_is_not_applied() {
    let (server, phone, lea) = phone_and_lea().await;
    let before = phone.cursor().await;
    server.next(CallKind::Changes, [Fate::Stale]);
    server.happens(|world| world.customer_says(lea, "Ma commande ?"));
    phone.is(SyncState::Waiting(Trouble::Storage)).await;
    assert_eq!(phone.cursor().await, before);
    phone.has_all().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn a_page_whose_items_do_not_rise_is_replaced_by_a_snapshot() {
    let (server, phone, lea) = phone_and_lea().await;
    let snapshots = server.count(CallKind::Snapshot);
    server.next(CallKind::Changes, [Fate::Turned]);
    server.happens(|world| world.customer_says(lea, "Ma commande ?"));
    phone.has_all().await;
    assert!(server.count(CallKind::Snapshot) > snapshots);
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn without_a_network_it_retries_and_reports_it() {
    let (server, phone, lea) = phone_and_lea().await;
    server.next(CallKind::Changes, [Fate::Lost]);
    server.happens(|world| world.customer_says(lea, "Ma commande ?"));
    phone.is(SyncState::Waiting(Trouble::NoAnswer)).await;
    // No time passes: only the network coming back can end the wait.
    phone.sync.network_available();
    phone.is(SyncState::CaughtUp).await;
    assert_eq!(phone.texts(lea).await, ["Bonjour", "Ma commande ?"]);
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_left_alone_even_when_the_network_comes_back() {
    let (server, phone, lea) = phone_and_lea().await;
    server.next(CallKind::Changes, [Fate::Busy(30)]);
    server.happens(|world| world.customer_says(lea, "Ma commande ?"));
    phone.is(SyncState::Waiting(Trouble::Busy)).await;
    let asked = server.count(CallKind::Changes);
    phone.clock.advance(Duration::from_secs(29));
    assert!(!phone.sync.catch_up().await);
    assert_eq!(server.count(CallKind::Changes), asked);
    phone.clock.advance(Duration::from_secs(1));
    phone.is(SyncState::CaughtUp).await;
}

#[tokio::test]
async fn a_catch_up_that_fails_returns_at_once() {
    let (server, phone, _) = phone_and_lea().await;
    server.next(CallKind::Changes, [Fate::Lost]);
    assert!(!phone.sync.catch_up().await);
    assert!(phone.sync.catch_up().await);
}

#[tokio::test]
async fn a_conversation_that_left_the_view_takes_its_messages_along() {
    let (server, phone, lea) = phone_and_lea().await;
    server.happens(|world| world.leaves(lea));
    phone.has_all().await;
    assert!(phone.sees().await.conversations.is_empty());
    assert!(phone.texts(lea).await.is_empty());
}

#[tokio::test]
async fn a_conversation_that_came_back_is_fetched_again() {
    let (server, phone, lea) = phone_and_lea().await;
    let first = server.look(|world| world.messages(lea)[0].id);
    // Leaving, unseen changes, and the return: the feed shows one put.
    server.happens(|world| {
        world.leaves(lea);
        world.message_is_changed(first, "Bonsoir");
        world.customer_says(lea, "Ma commande ?");
        world.returns(lea);
    });
    phone.has_all().await;
    phone.as_time_passes(async { while phone.texts(lea).await != ["Bonsoir", "Ma commande ?"] {} }).await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn when_the_session_is_over_nothing_is_asked_any_more() {
    let (server, phone, lea) = phone_and_lea().await;
    server.next(CallKind::Changes, [Fate::Revoked]);
    server.happens(|world| world.customer_says(lea, "Ma commande ?"));
    phone.is(SyncState::SignedOut).await;
    let asked = server.count(CallKind::Changes);
    phone.clock.advance(Duration::from_secs(86_400));
    phone.sync.network_available();
    assert!(!phone.sync.catch_up().await);
    assert_eq!(server.count(CallKind::Changes), asked);
    assert_eq!(phone.texts(lea).await, ["Bonjour"], "what is here can still be read");
}

#[tokio::test]
async fn with_the_keys_locked_it_waits_for_the_device_to_be_unlocked() {
    let (server, phone, lea) = phone_and_lea().await;
    server.next(CallKind::Changes, [Fate::Locked]);
    server.happens(|world| world.customer_says(lea, "Ma commande ?"));
    phone.is(SyncState::Locked).await;
    phone.clock.advance(Duration::from_secs(30));
    phone.is(SyncState::CaughtUp).await;
}

#[tokio::test]
async fn a_conversation_that_cannot_be_read_holds_up_nothing_else() {
    let (server, phone, lea) = phone_and_lea().await;
    let noe = server.happens(|world| world.customer_appears("Noé"));
    phone.has_all().await;
    let asked = server.count(CallKind::History);
    server.next(CallKind::History, [Fate::Garbled]);
    server.happens(|world| {
        for id in [lea, noe] {
            world.leaves(id);
            world.returns(id);
        }
    });
    // No time passes: after a failure that counts for everything nothing more would be asked.
    server.has_been_asked(CallKind::History, asked + 2).await;
    phone.is(SyncState::CaughtUp).await;
}

#[tokio::test]
async fn a_server_that_is_silent_about_one_conversation_is_not_taken_for_unreachable() {
    let (server, phone, lea) = phone_and_lea().await;
    let asked = server.count(CallKind::History);
    server.next(CallKind::History, [Fate::Lost, Fate::Lost]);
    server.happens(|world| {
        world.leaves(lea);
        world.returns(lea);
    });
    phone.as_time_passes(server.has_been_asked(CallKind::History, asked + 2)).await;
    // No time passes any more: it has answered everything else.
    phone.is(SyncState::CaughtUp).await;
}
