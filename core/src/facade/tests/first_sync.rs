//! Waiting for the first sync, before lists are read for the first time.

use std::sync::Arc;

use super::fake::FakeInbox;
use super::open;
use crate::clock::ManualClock;
use crate::facade::{Error, InboxQuery};
use crate::session::MemorySecretStore;

/// Longer than any of these takes; only a fault reaches it.
const LONG_MS: u64 = 20_000;

#[tokio::test]
async fn the_first_sync_is_waited_for_and_every_later_start_has_done_it() {
    let clock = ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap());
    let server = FakeInbox::new(&clock);
    let folder = tempfile::tempdir().unwrap();
    let secrets = Arc::new(MemorySecretStore::new());
    server.set_network(false);
    let account = open(folder.path(), &clock, &server, secrets.clone(), true, true).await;
    assert_eq!(account.wait_for_first_sync(50).await, Ok(false), "no network: nothing was read");
    assert!(account.inbox().page(InboxQuery::default()).await.unwrap().rows.is_empty());

    server.set_network(true);
    account.network_available();
    assert_eq!(account.wait_for_first_sync(LONG_MS).await, Ok(true));
    assert_eq!(account.inbox().page(InboxQuery::default()).await.unwrap().rows.len(), 1);

    server.set_network(false);
    account.pause().await.unwrap();
    assert_eq!(account.wait_for_first_sync(LONG_MS).await, Err(Error::Paused));
    drop(account);
    let later = open(folder.path(), &clock, &server, secrets, false, true).await;
    assert_eq!(later.wait_for_first_sync(LONG_MS).await, Ok(true), "done at the first start");
}
