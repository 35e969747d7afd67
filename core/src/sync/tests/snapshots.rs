use super::phone::{Phone, Seen};
use super::server::{CallKind, Fate, Server};
use crate::backend::SnapshotReason;
use crate::model::{AgentId, ConversationId};
use crate::sync::SyncState;

/// A server with so many conversations, each with so many messages.
fn server_with(conversations: usize, messages: usize) -> (Server, Vec<ConversationId>) {
    let server = Server::new();
    let ids = server.happens(|world| {
        world.agent(3, "Marc");
        let appear = |n| world.customer_appears(&format!("customer {n}"));
        let ids: Vec<_> = (0..conversations).map(appear).collect();
        for id in &ids {
            for n in 1..messages {
                world.customer_says(*id, &format!("message {n}"));
            }
        }
        ids
    });
    (server, ids)
}

#[tokio::test]
async fn a_new_phone_reads_a_snapshot_and_knows_its_gaps() {
    let (server, ids) = server_with(9, 6);
    let phone = Phone::new(&server).await;
    phone.has_all().await;
    phone.holds_nothing_wrong().await;
    phone.scrolls_everywhere().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
    assert_eq!(phone.sees().await.conversations.len(), ids.len());
}

#[tokio::test]
async fn after_too_long_away_a_snapshot_brings_everything_up_to_date() {
    let (server, ids) = server_with(6, 4);
    let phone = Phone::new(&server).await;
    phone.has_all().await;
    phone.scrolls_everywhere().await;
    phone.sync.pause().await;

    server.happens(|world| {
        world.leaves(ids[0]);
        world.assign(ids[1], Some(AgentId(3)));
        world.customer_says(ids[2], "Encore moi");
        let changed = world.messages(ids[3])[1].id;
        world.message_is_changed(changed, "autrement");
        world.agent_is_gone(3);
        world.customer_appears("Noé");
        world.feed_is_pruned();
    });
    phone.sync.resume().await;
    phone.has_all().await;
    phone.holds_nothing_wrong().await;
    phone.scrolls_everywhere().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn too_many_changes_are_read_as_a_snapshot() {
    let (server, ids) = server_with(3, 2);
    let phone = Phone::new(&server).await;
    phone.has_all().await;
    phone.sync.pause().await;
    server.happens(|world| {
        world.most_behind = 10;
        for n in 0..30 {
            world.customer_says(ids[n % 3], &format!("message {n}"));
        }
    });
    phone.sync.resume().await;
    phone.has_all().await;
    phone.scrolls_everywhere().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn the_feed_may_break_off_between_two_pages() {
    let (server, ids) = server_with(3, 2);
    let phone = Phone::new(&server).await;
    phone.has_all().await;
    server.next(CallKind::Changes, [Fate::Cut(1), Fate::Needed(SnapshotReason::TooOld)]);
    server.happens(|world| {
        for id in &ids {
            world.customer_says(*id, "Encore moi");
        }
    });
    phone.has_all().await;
    phone.scrolls_everywhere().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn a_snapshot_that_was_cut_off_goes_on_where_it_was() {
    let (server, _) = server_with(9, 3);
    server.next(CallKind::Snapshot, [Fate::Cut(0), Fate::Cut(0), Fate::Hangs]);
    let phone = Phone::new(&server).await;
    server.has_been_asked(CallKind::Snapshot, 3).await;
    let phone = phone.killed_and_started().await;
    phone.has_all().await;
    let begun = server.snapshots_begun();
    assert_eq!(begun, 1, "the first page was read once");
    phone.scrolls_everywhere().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn a_snapshot_whose_token_is_forgotten_begins_again() {
    let (server, _) = server_with(9, 3);
    server.next(CallKind::Snapshot, [Fate::Cut(0), Fate::Cut(0), Fate::Forgotten]);
    let phone = Phone::new(&server).await;
    phone.has_all().await;
    let begun = server.snapshots_begun();
    assert_eq!(begun, 2);
    phone.scrolls_everywhere().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn rows_may_change_while_a_snapshot_is_read() {
    let (server, ids) = server_with(9, 4);
    let (first, second, fresh) = (ids[8], ids[7], ids[0]);
    server.meanwhile(|_| {});
    server.meanwhile(move |world| world.agent(4, "Inès"));
    server.meanwhile(move |world| {
        world.leaves(first);
        world.customer_says(second, "Encore moi");
    });
    server.meanwhile(move |world| {
        world.returns(first);
        world.leaves(fresh);
        world.customer_appears("Noé");
    });
    let phone = Phone::new(&server).await;
    phone.has_all().await;
    phone.holds_nothing_wrong().await;
    phone.scrolls_everywhere().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn nothing_is_deleted_before_the_list_of_what_is_visible_is_whole() {
    let (server, ids) = server_with(4, 2);
    let phone = Phone::new(&server).await;
    phone.has_all().await;
    phone.sync.pause().await;
    server.happens(|world| {
        world.leaves(ids[0]);
        world.feed_is_pruned();
    });
    server.next(CallKind::Snapshot, [Fate::Cut(0), Fate::Cut(0), Fate::Hangs]);
    let asked = server.count(CallKind::Snapshot);
    phone.sync.resume().await;
    server.has_been_asked(CallKind::Snapshot, asked + 3).await;
    phone.is(SyncState::CatchingUp { snapshot: true }).await;
    assert!(phone.sees().await.conversations.contains_key(&ids[0]));
    phone.sync.pause().await;
    phone.sync.resume().await;
    phone.has_all().await;
    assert!(!phone.sees().await.conversations.contains_key(&ids[0]));
}

#[tokio::test]
async fn what_was_not_found_and_is_listed_later_is_there_again() {
    let (server, ids) = server_with(6, 2);
    let phone = Phone::new(&server).await;
    phone.has_all().await;
    server.set_bell(false);
    server.happens(|world| world.leaves(ids[0]));
    assert!(phone.sync.refetch(ids[0]).await.is_err(), "it is not found, and forgotten");
    server.happens(|world| {
        world.returns(ids[0]);
        world.feed_is_pruned();
    });
    phone.has_all().await;
    phone.scrolls_everywhere().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}

#[tokio::test]
async fn a_restored_server_fills_a_new_cache_beside_the_old_one() {
    let (server, ids) = server_with(5, 3);
    let phone = Phone::new(&server).await;
    phone.has_all().await;
    phone.scrolls_everywhere().await;
    let before = phone.sees().await;
    phone.sync.pause().await;
    server.happens(|world| {
        world.restored();
        world.customer_says(ids[1], "Après la panne");
    });
    server.next(CallKind::Snapshot, [Fate::Cut(0), Fate::Cut(0), Fate::Hangs]);
    let asked = server.count(CallKind::Snapshot);
    phone.sync.resume().await;
    server.has_been_asked(CallKind::Snapshot, asked + 3).await;
    assert_eq!(phone.sees().await, before, "until the new one is whole the old one is read");

    let phone = phone.killed_and_started().await;
    phone.has_all().await;
    phone.scrolls_everywhere().await;
    assert_eq!(phone.sees().await, Seen::at(&server));
}
