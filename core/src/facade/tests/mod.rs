//! A phone and a scripted server: what the agent sees and what the server executes.

mod damage;
mod fake;
mod first_sync;
mod models;
mod pauses;
mod reading;
mod sending;
mod telling;
mod wire;

use std::path::Path;
use std::sync::{Arc, Weak};

use chrono::TimeDelta;
use tempfile::TempDir;

use self::fake::{FakeInbox, LEA, atelier_nord, marc};
use super::core::{Core, Opening};
use super::engine::Engine;
use super::installation::opened;
use super::record::AccountRecord;
use super::riposte::House;
use super::{Account, Around, ConversationHandle, ConversationScreen, Draft, MessageRow, TimelineRow};
use crate::clock::ManualClock;
use crate::model::Tokens;
use crate::session::MemorySecretStore;
use crate::texts::{Language, Locale};

/// Longer than any of these takes; only a fault reaches it.
const LONG_MS: u64 = 20_000;

struct Phone {
    clock: ManualClock,
    server: FakeInbox,
    account: Arc<Account>,
    secrets: Arc<MemorySecretStore>,
    folder: TempDir,
}

impl Phone {
    /// Signed in as Marc, everything read, at nine o'clock; Léa wrote just now.
    async fn ready() -> Self {
        let clock = ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap());
        let server = FakeInbox::new(&clock);
        let folder = tempfile::tempdir().unwrap();
        let secrets = Arc::new(MemorySecretStore::new());
        let account = open(folder.path(), &clock, &server, secrets.clone(), true, true).await;
        let phone = Self { clock, server, account, secrets, folder };
        phone.settled().await;
        phone
    }

    /// Killed, and started again on the same files.
    async fn restarted(self) -> Self {
        let Self { clock, server, account, secrets, folder } = self;
        drop(account);
        let account = open(folder.path(), &clock, &server, secrets.clone(), false, true).await;
        Self { clock, server, account, secrets, folder }
    }

    /// The same account opened anew, while this one is still held by somebody.
    async fn opened_again(&self) -> Arc<Account> {
        open(self.folder.path(), &self.clock, &self.server, self.secrets.clone(), false, true).await
    }

    async fn settled(&self) {
        assert!(self.account.settled(LONG_MS).await.unwrap(), "it did not come to rest");
    }

    fn lea(&self) -> Arc<ConversationHandle> {
        self.account.conversation(LEA)
    }

    async fn screen(&self) -> ConversationScreen {
        self.lea().screen(Around::Newest, 50).await.unwrap()
    }

    async fn bubbles(&self) -> Vec<MessageRow> {
        let bubbles = self.screen().await.rows.into_iter().filter_map(|row| match row {
            TimelineRow::Message(bubble) => Some(bubble),
            TimelineRow::Comment(_) | TimelineRow::Event(_) | TimelineRow::Gap(_) => None,
        });
        bubbles.collect()
    }

    async fn last(&self) -> MessageRow {
        self.bubbles().await.pop().unwrap()
    }

    async fn replies(&self, body: &str) -> crate::model::ClientKey {
        self.lea().send(text(body), None).await.unwrap()
    }

    /// The network goes, and the phone has noticed.
    async fn offline(&self) {
        self.server.set_network(false);
        self.settled().await;
    }

    async fn online(&self) {
        self.server.set_network(true);
        self.account.network_available();
        self.settled().await;
    }

    fn hours_pass(&self, hours: i64) {
        self.clock.advance(TimeDelta::hours(hours).to_std().unwrap());
    }
}

fn text(body: &str) -> Draft {
    Draft::Text { body: body.to_owned(), reply_to: None }
}

async fn open(
    folder: &Path,
    clock: &ManualClock,
    server: &FakeInbox,
    secrets: Arc<MemorySecretStore>,
    first: bool,
    conversations: bool,
) -> Arc<Account> {
    let record = AccountRecord {
        id: "a-1-3".into(),
        server_url: "https://inbox.example.com".into(),
        agent: marc(),
        account: atelier_nord(conversations),
        upload_most_bytes: 3_000_000,
    };
    let tokens =
        Tokens { access: "a".into(), access_until: "2027-01-01T00:00:00Z".parse().unwrap(), refresh: "r".into() };
    let signed_in = server.clone();
    let engine = Engine::start().unwrap();
    let folder = folder.join("account");
    let (store, files) = engine.run(opened(folder)).await.unwrap();
    let opening = Opening {
        store,
        files,
        record,
        locale: Locale { language: Language::French, utc_offset_minutes: 60 },
        clock: Arc::new(clock.clone()),
        secrets,
        server: Arc::new(server.clone()),
        signed_in: Box::new(move |_| Arc::new(signed_in)),
        log: crate::log::Log::without_sink(Arc::new(clock.clone())),
        tokens: first.then_some(tokens),
    };
    let core = engine.run(Core::open(opening)).await.unwrap();
    Account::new(engine, core, Some(Weak::<House>::new()))
}
