//! What is kept, for how long and how much of it.

use std::path::Path;
use std::time::{Duration, SystemTime};

use riposte::model::ChannelKind;
use riposte_server::channels::event::{Addressed, Event, Parsed, Unreadable};
use riposte_server::retention::{Keep, Kind, Stored};
use riposte_server::sim::customer::{Manner, Saying};
use serde_json::json;

use crate::support::{Office, Phone, hours};

async fn office(folder: &Path) -> (Office, Phone) {
    let office = Office::open_with(|options| options.data = Some(folder.into())).await;
    let phone = office.phone("marc").await;
    office.customer("lea", "33612345678");
    (office, phone)
}

async fn sends_a_picture(office: &Office, base64: &str) {
    let picture = json!({ "type": "media", "kind": "image", "mime": "image/jpeg", "base64": base64 });
    let saying: Saying = serde_json::from_value(picture).unwrap();
    office.world.says("lea", "atelier", &saying, Manner::default()).await.unwrap();
    office.world.idle().await;
}

fn files(folder: &Path, part: &str) -> usize {
    std::fs::read_dir(folder.join(part)).unwrap().count()
}

/// Every file in a part of the folder was written long ago.
fn long_ago(folder: &Path, part: &str) {
    for entry in std::fs::read_dir(folder.join(part)).unwrap() {
        let file = std::fs::OpenOptions::new().write(true).open(entry.unwrap().path()).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(30 * 24 * 60 * 60)).unwrap();
    }
}

async fn stored(office: &Office, kind: Kind) -> Stored {
    office.admin.storage().await.unwrap().into_iter().find(|stored| stored.kind == kind).unwrap()
}

async fn revoked(office: &Office, id: &str) {
    let event = Event::Revoked { message_id: id.into(), at: "2026-11-02T10:00:00Z".parse().unwrap() };
    let account = office.world.accounts().remove(0).provider_id;
    let parsed = Parsed { events: vec![Addressed { account, event }], unreadable: Vec::new() };
    office.running.inbox().receive(ChannelKind::Whatsapp, parsed).await.unwrap();
    office.running.idle().await;
}

/// The provider's ids of the customers' messages, oldest first.
fn provider_ids(folder: &Path) -> Vec<String> {
    let db = rusqlite::Connection::open(folder.join("inbox.db")).unwrap();
    let mut statement = db.prepare("SELECT provider_id FROM attempt ORDER BY message_id").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_file_goes_with_the_message_that_was_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let (office, phone) = office(folder.path()).await;
    sends_a_picture(&office, "aGVsbG8=").await;
    let id = phone.conversations().await[0]["id"].as_i64().unwrap();
    let path = format!("/v1/media/{}", phone.messages(id).await[0]["content"]["media_id"]);
    assert_eq!(files(folder.path(), "files"), 1);
    revoked(&office, &provider_ids(folder.path())[0]).await;
    assert_eq!(files(folder.path(), "files"), 0);
    assert_eq!(phone.get(&path).await.0, 404);
}

#[tokio::test]
async fn a_file_that_another_message_carries_stays_until_that_one_goes_too() {
    let folder = tempfile::tempdir().unwrap();
    let (office, _phone) = office(folder.path()).await;
    sends_a_picture(&office, "aGVsbG8=").await;
    sends_a_picture(&office, "aGVsbG8=").await;
    let ids = provider_ids(folder.path());
    revoked(&office, &ids[0]).await;
    assert_eq!(files(folder.path(), "files"), 1);
    revoked(&office, &ids[1]).await;
    assert_eq!(files(folder.path(), "files"), 0);
}

#[tokio::test]
async fn files_are_kept_for_so_many_days_and_their_messages_longer() {
    let folder = tempfile::tempdir().unwrap();
    let (office, phone) = office(folder.path()).await;
    sends_a_picture(&office, "aGVsbG8=").await;
    office.admin.set_keep(Kind::Files, Keep { days: Some(30), bytes: None }).await.unwrap();
    office.clock.advance(hours(24 * 29));
    sends_a_picture(&office, "d29ybGQ=").await;
    let cursor = office.sign_in("marc", phone.agent).await.cursor().await;
    office.clock.advance(hours(24 * 2));
    long_ago(folder.path(), "files");
    office.admin.sweep().await.unwrap();
    let phone = office.sign_in("marc", phone.agent).await;
    let id = phone.conversations().await[0]["id"].as_i64().unwrap();
    let held: Vec<bool> =
        phone.messages(id).await.iter().map(|message| message["content"].get("media_id").is_some()).collect();
    assert_eq!((held, files(folder.path(), "files")), (vec![false, true], 1));
    let (items, _) = phone.changes(&cursor).await;
    assert_eq!(items.iter().filter(|item| item["kind"] == "message").count(), 1, "phones learn of it");
}

#[tokio::test]
async fn of_too_many_bytes_the_oldest_files_go() {
    let folder = tempfile::tempdir().unwrap();
    let (office, _phone) = office(folder.path()).await;
    for base64 in ["aGVsbG8x", "aGVsbG8y", "aGVsbG8z"] {
        sends_a_picture(&office, base64).await;
        office.clock.advance(hours(1));
    }
    assert_eq!((stored(&office, Kind::Files).await.count, stored(&office, Kind::Files).await.bytes), (3, 18));
    office.admin.set_keep(Kind::Files, Keep { days: None, bytes: Some(12) }).await.unwrap();
    long_ago(folder.path(), "files");
    office.admin.sweep().await.unwrap();
    assert_eq!(stored(&office, Kind::Files).await.bytes, 12);
    assert_eq!(files(folder.path(), "files"), 2);
}

#[tokio::test]
async fn uploads_that_no_message_carries_go_after_a_week() {
    use sha2::Digest;
    let folder = tempfile::tempdir().unwrap();
    let (office, phone) = office(folder.path()).await;
    let hash =
        |bytes: &[u8]| -> String { sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect() };
    for (file, length) in [("whole", 5), ("half", 9)] {
        let name = if length == 5 { hash(b"whole") } else { hash(b"half of it") };
        let put = phone.request(reqwest::Method::PUT, &format!("/v1/uploads/{name}"));
        let put = put.header("Upload-Offset", 0).header("Upload-Length", length).body(file);
        assert_eq!(phone.ask(put).await.0, 200);
    }
    assert_eq!((stored(&office, Kind::Uploads).await.count, stored(&office, Kind::Uploads).await.bytes), (2, 9));
    long_ago(folder.path(), "files");
    office.admin.sweep().await.unwrap();
    assert_eq!((files(folder.path(), "files"), files(folder.path(), "uploads")), (1, 1), "a week is not over");
    long_ago(folder.path(), "uploads");
    office.clock.advance(hours(24 * 7));
    office.admin.sweep().await.unwrap();
    assert_eq!((files(folder.path(), "files"), files(folder.path(), "uploads")), (0, 0));
    assert_eq!(stored(&office, Kind::Uploads).await.count, 0);
}

async fn set_aside(office: &Office, raw: &str) {
    let item = Unreadable { name: String::new(), place: String::new(), why: "odd".into(), raw: raw.into() };
    let parsed = Parsed { events: Vec::new(), unreadable: vec![item] };
    office.running.inbox().receive(ChannelKind::Whatsapp, parsed).await.unwrap();
}

#[tokio::test]
async fn what_was_set_aside_is_emptied_by_age_and_by_size() {
    let folder = tempfile::tempdir().unwrap();
    let (office, _phone) = office(folder.path()).await;
    set_aside(&office, "old").await;
    office.clock.advance(hours(24 * 30));
    for raw in ["first", "second", "third"] {
        set_aside(&office, raw).await;
    }
    office.admin.sweep().await.unwrap();
    let raw = async || office.admin.set_aside(50).await.unwrap().into_iter().map(|item| item.raw).collect::<Vec<_>>();
    assert_eq!(raw().await, ["first", "second", "third"]);
    office.admin.set_keep(Kind::SetAside, Keep { days: None, bytes: Some(11) }).await.unwrap();
    office.admin.sweep().await.unwrap();
    assert_eq!(raw().await, ["second", "third"]);
    assert_eq!(stored(&office, Kind::SetAside).await.bytes, 11);
}

#[tokio::test]
async fn the_server_sweeps_by_itself_every_hour() {
    let folder = tempfile::tempdir().unwrap();
    let (office, _phone) = office(folder.path()).await;
    set_aside(&office, "old").await;
    let swept = async {
        while stored(&office, Kind::SetAside).await.count > 0 {
            office.clock.advance(hours(24 * 31));
            office.running.idle().await;
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), swept).await.unwrap();
}
