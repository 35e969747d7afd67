use std::time::Duration;

use super::phone::{Phone, Seen};
use super::server::{CallKind, Fate, Server};
use crate::backend::BackendError;
use crate::model::ConversationId;
use crate::store::{Around, HistoryPart};
use crate::sync::SyncError;

/// A phone that took a snapshot of one long conversation.
async fn phone_and_long_talk() -> (Server, Phone, ConversationId) {
    let server = Server::new();
    let lea = server.happens(|world| {
        let lea = world.customer_appears("Léa");
        for n in 1..120 {
            world.customer_says(lea, &format!("message {n}"));
        }
        lea
    });
    let phone = Phone::new(&server).await;
    phone.has_all().await;
    (server, phone, lea)
}

#[tokio::test]
async fn older_messages_come_when_the_agent_scrolls_to_them() {
    let (server, phone, lea) = phone_and_long_talk().await;
    let slice = phone.store.read(move |cache| cache.messages(lea, Around::Newest, 200)).await.unwrap();
    let oldest = slice.messages[0].message.id;
    assert_eq!(slice.holes.len(), 1, "the gap is known");
    assert!(phone.sync.fill(lea, HistoryPart::Before(oldest)).await.unwrap(), "there is more");
    let more = phone.store.read(move |cache| cache.messages(lea, Around::Newest, 200)).await.unwrap();
    assert_eq!(more.messages.len(), slice.messages.len() + 50);
    phone.scrolls_everywhere().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn a_failed_fetch_is_reported_and_can_be_retried() {
    let (server, phone, lea) = phone_and_long_talk().await;
    server.next(CallKind::History, [Fate::Lost]);
    let lost = phone.sync.fill(lea, HistoryPart::Newest).await;
    assert_eq!(lost, Err(SyncError::Backend(BackendError::NoAnswer)));
    phone.sync.fill(lea, HistoryPart::Newest).await.unwrap();
}

#[tokio::test]
async fn a_conversation_that_is_gone_when_it_is_opened_is_forgotten() {
    let (server, phone, lea) = phone_and_long_talk().await;
    server.set_bell(false);
    server.happens(|world| world.leaves(lea));
    let gone = phone.sync.refetch(lea).await;
    assert_eq!(gone, Err(SyncError::Backend(BackendError::NotFound)));
    assert!(phone.sees().await.conversations.is_empty());
    phone.has_all().await;
    assert!(phone.sees().await.conversations.is_empty());
}

#[tokio::test]
async fn an_answer_that_was_on_its_way_when_the_conversation_left_brings_nothing_back() {
    let (server, phone, lea) = phone_and_long_talk().await;
    server.next(CallKind::History, [Fate::Late]);
    let asked = server.count(CallKind::History);
    let (filled, ()) = tokio::join!(phone.sync.fill(lea, HistoryPart::Newest), async {
        server.has_been_asked(CallKind::History, asked + 1).await;
        server.happens(|world| world.leaves(lea));
        phone.has_all().await;
        server.arrives();
    });
    assert_eq!(filled, Err(SyncError::Backend(BackendError::NotFound)));
    assert!(phone.texts(lea).await.is_empty());
}

#[tokio::test]
async fn a_no_that_was_on_its_way_when_the_conversation_came_back_takes_nothing_away() {
    let (server, phone, lea) = phone_and_long_talk().await;
    server.happens(|world| world.leaves(lea));
    phone.has_all().await;
    server.next(CallKind::History, [Fate::Late]);
    let asked = server.count(CallKind::History);
    let (filled, ()) = tokio::join!(phone.sync.fill(lea, HistoryPart::Newest), async {
        server.has_been_asked(CallKind::History, asked + 1).await;
        server.happens(|world| world.returns(lea));
        phone.has_all().await;
        server.arrives();
    });
    assert_eq!(filled, Ok(true));
    assert!(phone.sees().await.conversations.contains_key(&lea));
}

#[tokio::test]
async fn the_list_is_walked_down_page_by_page() {
    let server = Server::new();
    server.happens(|world| {
        for n in 0..60 {
            world.customer_appears(&format!("customer {n}"));
        }
    });
    let phone = Phone::new(&server).await;
    phone.has_all().await;
    let held = phone.sees().await.conversations.len();
    assert!(held < 60, "a long list is not fetched before the agent looks: {held}");
    while phone.sync.fill_list().await.unwrap() {}
    assert_eq!(phone.sees().await.conversations.len(), 60);
    assert!(!phone.sync.fill_list().await.unwrap(), "it has an end");
}

#[tokio::test]
async fn messages_fetched_before_the_snapshot_are_not_trusted_after_it() {
    let server = Server::new();
    let lea = server.happens(|world| world.customer_appears("Léa"));
    server.next(CallKind::Snapshot, [Fate::Hangs]);
    let phone = Phone::new(&server).await;
    server.has_been_asked(CallKind::Snapshot, 1).await;
    // A notification opens a conversation on a phone that has nothing yet, which is then killed.
    phone.sync.fill(lea, HistoryPart::Newest).await.unwrap();
    server.happens(|world| {
        for n in 0..6 {
            world.customer_says(lea, &format!("message {n}"));
        }
        // Enough others, so that the snapshot brings only the newest message of this one.
        for n in 0..2 {
            world.customer_appears(&format!("customer {n}"));
        }
    });
    let phone = phone.killed_and_started().await;
    phone.has_all().await;
    phone.holds_nothing_wrong().await;
    phone.scrolls_everywhere().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn messages_fetched_while_a_snapshot_is_read_are_not_trusted_when_the_feed_breaks_off_after_it() {
    let server = Server::new();
    let lea = server.happens(|world| world.customer_appears("Léa"));
    server.next(CallKind::Snapshot, [Fate::Cut(0), Fate::Hangs]);
    let phone = Phone::new(&server).await;
    server.has_been_asked(CallKind::Snapshot, 2).await;
    phone.sync.fill(lea, HistoryPart::Newest).await.unwrap();
    server.happens(|world| {
        for n in 0..6 {
            world.customer_says(lea, &format!("message {n}"));
        }
        for n in 0..2 {
            world.customer_appears(&format!("customer {n}"));
        }
        // What happened between the snapshot's beginning and its end is in no feed.
        world.feed_is_pruned();
    });
    let phone = phone.killed_and_started().await;
    phone.has_all().await;
    assert_eq!(server.snapshots_begun(), 2);
    phone.holds_nothing_wrong().await;
    phone.scrolls_everywhere().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn old_messages_are_evicted_when_idle_and_fetched_again() {
    let (server, phone, lea) = phone_and_long_talk().await;
    server.happens(|world| {
        for n in 120..230 {
            world.customer_says(lea, &format!("message {n}"));
        }
    });
    phone.has_all().await;
    phone.scrolls_everywhere().await;
    assert_eq!(phone.texts(lea).await.len(), 230);
    phone.clock.advance(Duration::from_secs(400 * 86_400));
    phone.as_time_passes(async { while phone.texts(lea).await.len() != 200 {} }).await;
    phone.scrolls_everywhere().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}
