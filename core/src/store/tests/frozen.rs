//! Files as every version left them, and migrations as they were shipped: neither is ever edited.
//!
//! A new migration needs a digest in [`MIGRATIONS`] and a file in [`FILES`]. The test says which are
//! missing; `RIPOSTE_FREEZE=1 cargo test -p riposte store::tests::frozen` writes the file of the newest
//! version, filled by the store as it is then.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use ring::digest::{SHA256, digest};
use serde_json::value::RawValue;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::model::{AgentId, ClientKey, Command, OutboxState, Outgoing, ServerWindow};
use crate::store::migrations::Migration;
use crate::store::{Around, Draft, Enqueued, NewEntry, Store};

struct Frozen {
    name: &'static str,
    kind: &'static open::Kind,
    version: usize,
    sha256: &'static str,
}

const fn cache(version: usize, name: &'static str, sha256: &'static str) -> Frozen {
    Frozen { name, kind: &open::CACHE, version, sha256 }
}

const fn outbox(version: usize, name: &'static str, sha256: &'static str) -> Frozen {
    Frozen { name, kind: &open::OUTBOX, version, sha256 }
}

/// What each version left, compressed.
const FILES: &[Frozen] = &[
    cache(1, "cache-1.db.gz", "4e7a5892080ade45ce5a1efddca8d3c2a1ae50ff81a14a0e22e41adcc3721c11"),
    cache(2, "cache-2.db.gz", "d7573d270d87151ac49675c8d77a08d5a6bec68e811a2017a790162d69047870"),
    cache(3, "cache-3.db.gz", "9f2231e489a2f937349ce22caab5f4d6382e498a084cd9585ca84fcede566459"),
    cache(4, "cache-4.db.gz", "f055b30561e13fd9067d1f81380fcd18470118d2031424946bf31138c175fbe8"),
    cache(5, "cache-5.db.gz", "91f8da0862d60c42e1169b10a138a7a4faab290af94a896aa2aafcb96e89221d"),
    cache(6, "cache-6.db.gz", "d4abded0f459910605692da29599f29cb1cea1c374655e726e66e53e2873ecfd"),
    outbox(1, "outbox-1.db.gz", "eabeeb045a23ba56e29d70d38af05e8db5b70b5b2cdafa895d732cceac686a34"),
    outbox(2, "outbox-2.db.gz", "6e1f6e312c0729f9fa19ad70ab3580350bf48d0368e762a35fc8e0489f62f0d9"),
];

/// Of each migration, the SHA-256 of its statements.
const MIGRATIONS: [(&open::Kind, &[&str]); 2] = [
    (
        &open::CACHE,
        &[
            "33c000403c05e91e6b73cd1ec118a58e25c2742dadca4e577335f9b33fc78c07",
            "cacca6fa3dbab0f997830fecc3ce6aaac6f4d9288f75c2115d9e944775a1af0d",
            "75f7a4163941a75770f54392256fbeecb093f6f1b93ddfc486ed484d94873475",
            "896f6c8496422d802fdd5a0779a7061fdb097e68ac94020c5059f3edd1fb34d5",
            "26fe55968dfe8e2b9b7c432d9bd9b064a48e96dd055c966c85c2be9438cdff6a",
            "c7c1372b1aea8ae2cc65f1aeca8116a657a0e70185a72d68e5d6b85e68d572eb",
        ],
    ),
    (
        &open::OUTBOX,
        &[
            "30acf3988d8eb2c5799a6e600a5553566637a1ba89541ee100ffa3660a6b3c30",
            "afdbaeda5548eb0133386d2c61593e9667e59f5e40c86240962ede1993b9f797",
        ],
    ),
];

fn frozen_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/tests/frozen")
}

fn hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Frozen {
    /// Puts the file where a phone of that version would have it.
    fn thaw(&self, folder: &Path) -> PathBuf {
        let packed = fs::read(frozen_folder().join(self.name)).unwrap();
        let mut content = Vec::new();
        GzDecoder::new(packed.as_slice()).read_to_end(&mut content).unwrap();
        let path = folder.join(if self.is_cache() { "cache.db" } else { "outbox.db" });
        fs::write(&path, content).unwrap();
        path
    }

    fn is_cache(&self) -> bool {
        self.kind.application_id == open::CACHE.application_id
    }
}

/// Of each kind one, the agent's own message last.
fn rows() -> Vec<Row> {
    const DIRECTORIES: &[(RowKind, &str)] = &[
        (
            RowKind::Agent,
            r#"{"id":3,"name":"Marc","status":"online","status_since":1789990000000,"administrator":true,"groups":[2,5]}"#,
        ),
        (RowKind::Group, r#"{"id":2,"name":"Ventes","public":true}"#),
        (RowKind::SavedReply, r#"{"id":7,"title":"Merci","text":"Merci {{name}} !"}"#),
        (
            RowKind::Template,
            r#"{"id":5,"channel_id":1,"name":"order_update","language":"fr","category":"utility","source":"conversations",
            "status":"approved","components":[{"part":"body","text":"Bonjour {{1}}"}]}"#,
        ),
        (
            RowKind::Tariff,
            r#"{"id":1,"name":"Page tariff","versions":[{"source":"example","example":true,"currency":"EUR",
            "model":{"model":"paid_cover","cover_ms":86400000},"markets":{"prefixes":[]},"rates":[{"market":"france","micros":50000}]}]}"#,
        ),
        (
            RowKind::Allowance,
            r#"{"id":9,"kind":"plan","total":100,"left":98,"until":1790000000000,"from":1780000000000,"channel_id":1}"#,
        ),
        (
            RowKind::Ledger,
            r#"{"id":4,"conversation_id":1,"message_id":2,"channel_id":1,"at":1789990000000,"kind":"reply",
            "market":"france","country":"FR","price":{"micros":50000,"currency":"EUR"},"state":"final"}"#,
        ),
    ];
    let mut conversation = conversation(1);
    conversation.window.last_customer_at = Some(at(1));
    conversation.window.said = Some(ServerWindow { said_at: at(2), closes_at: Some(at(1_441)) });
    let mut reply = saying(message(2, 1), "Elle part ce soir.");
    reply.client_key = Some(ClientKey(Uuid::from_u128(5)));
    reply.author = Author::Agent { id: AgentId(3) };
    reply.attempt = 2;
    reply.delivery = vec![report(DeliveryStatus::Sent, 2), report(DeliveryStatus::Read, 3)];
    let mut rows = vec![
        channel(1, ChannelKind::Whatsapp, Some(24)).into(),
        contact(1, "Léa Martin", Some("33699000001")).into(),
        conversation.into(),
        marker(1, 1),
        saying(message(1, 1), "Bonjour, ma commande ?").into(),
    ];
    rows.extend(
        DIRECTORIES
            .iter()
            .map(|(kind, json)| Row::from_json(*kind, &RawValue::from_string((*json).to_owned()).unwrap()).unwrap()),
    );
    rows.push(reply.into());
    rows
}

/// The same row as that version of the cache could hold it.
fn as_held_by(version: usize, mut row: Row) -> Row {
    match &mut row {
        Row::Message(message) if version < 2 => message.attempt = 1,
        Row::Conversation(conversation) if version < 3 => conversation.window.said = None,
        Row::Ledger(charge) if version < 4 => charge.country = None,
        Row::Allowance(allowance) if version < 4 => (allowance.from, allowance.channel_id) = (None, None),
        _ => {}
    }
    row
}

/// The row of that kind and id as the cache holds it now.
fn held(cache: &CacheReader<'_>, row: &Row) -> Option<Row> {
    let of_this_id = |row: &Row, held: Vec<Row>| held.into_iter().find(|held| held.id() == row.id());
    match row {
        Row::Conversation(row) => cache.conversation(row.id).unwrap().map(|held| Row::Conversation(held.conversation)),
        Row::Message(row) => cache.message(row.id).unwrap().map(|held| Row::Message(held.message)),
        Row::Contact(row) => cache.contact(row.id).unwrap().map(Row::Contact),
        Row::Channel(row) => cache.channel(row.id).unwrap().map(Row::Channel),
        Row::Template(row) => cache.template(row.id).unwrap().map(Row::Template),
        Row::Tariff(row) => cache.tariff(row.id).unwrap().map(Row::Tariff),
        Row::ReadMarker(marker) => cache
            .conversation(marker.conversation_id)
            .unwrap()
            .and_then(|held| held.marker)
            .map(|up_to| Row::ReadMarker(ReadMarker { up_to, ..*marker })),
        Row::Agent(_) => of_this_id(row, cache.agents().unwrap().into_iter().map(Row::Agent).collect()),
        Row::Group(_) => of_this_id(row, cache.groups().unwrap().into_iter().map(Row::Group).collect()),
        Row::SavedReply(_) => {
            of_this_id(row, cache.saved_replies().unwrap().into_iter().map(Row::SavedReply).collect())
        }
        Row::Allowance(_) => of_this_id(row, cache.allowances().unwrap().into_iter().map(Row::Allowance).collect()),
        Row::Ledger(charge) => {
            let charges = cache.ledger_of(charge.conversation_id).unwrap();
            of_this_id(row, charges.into_iter().map(Row::Ledger).collect())
        }
    }
}

fn queued() -> NewEntry {
    let conversation_id = ConversationId(1);
    NewEntry {
        key: ClientKey(Uuid::from_u128(7)),
        once_key: Some("notification 12".to_owned()),
        conversation_id: Some(conversation_id),
        command: Command::SendMessage {
            conversation_id,
            content: Outgoing::Text { body: "Bonjour".to_owned() },
            reply_to: None,
        },
        epoch: "e7".to_owned(),
        created_at: at(5),
        state: OutboxState::Queued { not_before: None },
        file: None,
    }
}

fn draft() -> Draft {
    Draft { text: "Et si".to_owned(), reply_to: Some(MessageId(1)), changed_at: at(6) }
}

/// What the store of this build leaves.
async fn fill(folder: &Path) {
    let (store, _) = Store::open(folder).unwrap();
    let rows = rows().into_iter().zip(1..).map(|(row, seq)| Versioned { seq: Seq(seq), row }).collect();
    let part = SnapshotPart { newest: vec![held_from(1, None)], ..snapshot(40, rows) };
    store.apply_snapshot_page(part, now()).await.unwrap();
    let queue = |outbox: &mut crate::store::OutboxWriter<'_>| {
        outbox.enqueue(queued())?;
        outbox.save_draft(ConversationId(1), &draft())?;
        outbox.put_setting("answer", &42)
    };
    store.outbox(queue).await.unwrap();
    store.close().await;
}

fn pack(file: &Path, name: &str) {
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::best());
    packed.write_all(&fs::read(file).unwrap()).unwrap();
    fs::write(frozen_folder().join(name), packed.finish().unwrap()).unwrap();
}

#[test]
fn a_migration_that_was_shipped_is_never_edited() {
    for (kind, recorded) in MIGRATIONS {
        let now: Vec<String> = kind
            .migrations
            .iter()
            .map(|migration| match migration {
                Migration::Sql(statements) => hex(statements.as_bytes()),
                Migration::SqlIf { question, sql } => hex(format!("{question};{sql}").as_bytes()),
            })
            .collect();
        assert_eq!(now, *recorded, "write another migration instead of editing one");
    }
}

#[tokio::test]
async fn the_file_of_every_version_is_there_as_it_was_left() {
    for (kind, name) in [(&open::CACHE, "cache"), (&open::OUTBOX, "outbox")] {
        let newest = kind.migrations.len();
        let newest_file = format!("{name}-{newest}.db.gz");
        if std::env::var_os("RIPOSTE_FREEZE").is_some() && !frozen_folder().join(&newest_file).exists() {
            let folder = TempDir::new().unwrap();
            fill(folder.path()).await;
            pack(&folder.path().join(format!("{name}.db")), &newest_file);
        }
        let versions: Vec<usize> = FILES
            .iter()
            .filter(|file| file.kind.application_id == kind.application_id)
            .map(|file| file.version)
            .collect();
        assert_eq!(versions, (1..=newest).collect::<Vec<_>>(), "{name}: see the first lines of this file");
    }
    for file in FILES {
        let packed = fs::read(frozen_folder().join(file.name)).unwrap();
        assert_eq!(hex(&packed), file.sha256, "{}", file.name);
        let folder = TempDir::new().unwrap();
        let db = Connection::open(file.thaw(folder.path())).unwrap();
        let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(usize::try_from(version), Ok(file.version), "{}", file.name);
    }
}

#[test]
fn a_file_of_every_past_version_gets_the_tables_of_a_new_one() {
    for file in FILES {
        let folder = TempDir::new().unwrap();
        let db = open::writer(&file.thaw(folder.path()), file.kind).unwrap();
        assert!(open::is_whole(&db, file.kind).unwrap(), "{}", file.name);
    }
}

#[tokio::test]
async fn a_cache_of_every_past_version_shows_and_finds_what_it_held() {
    for file in FILES.iter().filter(|file| file.is_cache()) {
        let folder = TempDir::new().unwrap();
        file.thaw(folder.path());
        let (store, report) = Store::open(folder.path()).unwrap();
        assert!(!report.cache_new && !report.cache_set_aside, "{}", file.name);
        let version = file.version;
        let read = move |cache: &CacheReader<'_>| {
            for row in rows() {
                let row = as_held_by(version, row);
                assert_eq!(held(cache, &row), Some(row), "from version {version}");
            }
            assert_eq!(cache.cursor()?, Some(cursor(40)), "from version {version}");
            let all = cache.messages(ConversationId(1), Around::Newest, 10)?;
            assert_eq!((all.messages.len(), all.holes.len()), (2, 0), "from version {version}");
            for (words, hits) in [("commande", 1), ("ce soir", 1), ("léa", 1), ("neige", 0)] {
                assert_eq!(cache.search(words, 10)?.len(), hits, "{words} from version {version}");
            }
            Ok(())
        };
        store.read(read).await.unwrap();
    }
}

#[tokio::test]
async fn an_outbox_of_every_past_version_still_holds_what_was_queued() {
    for file in FILES.iter().filter(|file| !file.is_cache()) {
        let folder = TempDir::new().unwrap();
        let path = file.thaw(folder.path());
        if file.version == 2 {
            // As if that build had stopped between its migration and the first digests.
            let of_two =
                "UPDATE command SET digest = NULL; UPDATE draft SET digest = NULL; UPDATE setting SET digest = NULL";
            Connection::open(&path).unwrap().execute_batch(of_two).unwrap();
        }
        let (store, _) = Store::open(folder.path()).unwrap();
        let read = |outbox: &mut crate::store::OutboxWriter<'_>| {
            Ok((outbox.entries()?, outbox.draft(ConversationId(1))?, outbox.setting("answer")?, outbox.loss()?))
        };
        let (entries, kept, answer, loss) = store.outbox(read).await.unwrap();
        let expected = queued();
        assert_eq!(entries.len(), 1, "{}", file.name);
        assert_eq!((entries[0].key, &entries[0].command), (expected.key, &expected.command), "{}", file.name);
        assert_eq!((entries[0].created_at, &entries[0].state), (expected.created_at, &expected.state), "{}", file.name);
        assert_eq!((kept, answer, loss), (Some(draft()), Some(42), None), "{}", file.name);
        // A notification's answer that is given again after the update is still the same one.
        let again = NewEntry { key: ClientKey(Uuid::from_u128(8)), ..queued() };
        let given = store.outbox(move |outbox| outbox.enqueue(again)).await.unwrap();
        assert!(matches!(given, Enqueued::Existing(entry) if entry.key == queued().key), "{}", file.name);
        // From then on each row has its digest.
        store.close().await;
        let without = "SELECT (SELECT count(*) FROM command WHERE digest IS NULL)
            + (SELECT count(*) FROM draft WHERE digest IS NULL) + (SELECT count(*) FROM setting WHERE digest IS NULL)";
        let without: i64 = Connection::open(path).unwrap().query_row(without, [], |row| row.get(0)).unwrap();
        assert_eq!(without, 0, "{}", file.name);
    }
}
