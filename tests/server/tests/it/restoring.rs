//! A server restored from a backup, again and again.

use std::path::Path;

use riposte::clock::{Clock, SystemClock};
use riposte::model::ChannelKind;
use riposte_server::{ChannelLink, NewAgent, NewChannel, Options, Running, start};
use serde_json::{Value, json};

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

async fn open(folder: &Path) -> Running {
    start(Options { data: Some(folder.into()), ..Options::default() }).await.unwrap()
}

struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    async fn sign_in(server: &Running) -> Self {
        let http = riposte_server::channels::graph::client().unwrap().build().unwrap();
        let body = json!({ "email": "marc@example.com", "password": "correct horse", "device_id": "d",
                           "device_name": "d", "platform": "script" });
        let session = http.post(format!("{}/v1/session", server.url())).json(&body).send().await.unwrap();
        let session: Value = session.json().await.unwrap();
        Self { http, url: server.url(), token: session["access_token"].as_str().unwrap().to_owned() }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn comment(&self, key: &str, epoch: &Value) -> (u16, Value) {
        let body =
            json!({ "epoch": epoch, "kind": "comment.add", "conversation_id": 1, "body": "once", "mentions": [] });
        let request = self.http.post(format!("{}/v1/commands", self.url)).bearer_auth(&self.token);
        let answer = request.header("Idempotency-Key", key).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

async fn visitor_writes(server: &Running, text: &str) {
    use riposte_server::channels::event::{Addressed, Customer, Event, InboundMessage, Parsed};
    let message = InboundMessage {
        customer: Customer { scoped_id: Some("v".into()), ..Customer::default() },
        message_id: text.into(),
        at: SystemClock.wall(),
        content: riposte::model::Content::Text { body: text.into() },
        media: None,
        refers_to: None,
        echo: false,
        free_entry: false,
        new_phone: None,
        new_bsuid: None,
        standby: false,
        part_of: None,
    };
    let events = vec![Addressed { account: "w1".into(), event: Event::Message(Box::new(message)) }];
    server.inbox().receive(ChannelKind::Widget, Parsed { events, unreadable: Vec::new() }).await.unwrap();
}

/// A folder with an agent, a widget and a visitor's message.
async fn backup() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let server = open(folder.path()).await;
    let marc = NewAgent {
        name: "Marc".into(),
        email: "marc@example.com".into(),
        password: "correct horse".into(),
        administrator: true,
        groups: Vec::new(),
    };
    server.admin().add_agent(marc).await.unwrap();
    let link = ChannelLink {
        base: "https://localhost".into(),
        version: "v1".into(),
        provider_id: "w1".into(),
        business_id: None,
        token: String::new(),
        app_secret: String::new(),
        verify_token: String::new(),
        site_key: Some("k".into()),
    };
    server.admin().add_channel(NewChannel::new(ChannelKind::Widget, "site"), link).await.unwrap();
    visitor_writes(&server, "before the backup").await;
    server.stop().await;
    folder
}

/// A new folder restored from a backup.
async fn restored(backup: &Path) -> (tempfile::TempDir, Running) {
    let folder = tempfile::tempdir().unwrap();
    copy(backup, folder.path());
    let server = open(folder.path()).await;
    server.admin().restored().await.unwrap();
    (folder, server)
}

fn new_key() -> String {
    let now = u64::try_from(SystemClock.wall().timestamp_millis()).unwrap();
    uuid::Builder::from_unix_timestamp_millis(now, &[7; 10]).into_uuid().to_string()
}

fn message_ids(answer: &Value) -> Vec<i64> {
    let rows = answer.get("rows").or(answer.get("items")).and_then(Value::as_array).cloned().unwrap_or_default();
    rows.iter().filter(|row| row["kind"] == "message").filter_map(|row| row["id"].as_i64()).collect()
}

#[tokio::test]
async fn the_same_backup_restored_twice_begins_two_histories() {
    let backup = backup().await;
    let key = new_key();

    let (_first_folder, server) = restored(backup.path()).await;
    let phone = Client::sign_in(&server).await;
    let (_, first) = phone.get("/v1/snapshot").await;
    visitor_writes(&server, "in the first history").await;
    let (status, done) = phone.comment(&key, &first["epoch"]).await;
    assert_eq!(status, 200, "{done}");
    let (_, messages) = phone.get("/v1/conversations/1/messages").await;
    let first_ids = message_ids(&messages);
    server.stop().await;

    let (_second_folder, server) = restored(backup.path()).await;
    let phone = Client::sign_in(&server).await;
    let (_, second) = phone.get("/v1/snapshot").await;
    assert_ne!(first["epoch"], second["epoch"]);
    for number in 0..5 {
        visitor_writes(&server, &format!("in the second history {number}")).await;
    }
    // A phone of the first history reads everything again, and its key is not executed a second time.
    let (status, answer) = phone.get(&format!("/v1/changes?since={}", done["at"].as_str().unwrap())).await;
    assert_eq!((status, &answer["error"]["reason"]), (410, &json!("epoch")), "{answer}");
    let (status, answer) = phone.comment(&key, &first["epoch"]).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("epoch_changed")), "{answer}");
    // No id of the first history means something else in the second one.
    let (_, messages) = phone.get("/v1/conversations/1/messages").await;
    let second_ids = message_ids(&messages);
    let common: Vec<&i64> = second_ids.iter().filter(|id| first_ids.contains(id)).collect();
    assert_eq!(common, [&1], "only the message of the backup is in both");
    server.stop().await;
}

#[tokio::test]
async fn two_new_folders_begin_two_histories() {
    let mut epochs = Vec::new();
    for _ in 0..2 {
        let folder = backup().await;
        let server = open(folder.path()).await;
        epochs.push(Client::sign_in(&server).await.get("/v1/snapshot").await.1["epoch"].clone());
        server.stop().await;
    }
    assert_ne!(epochs[0], epochs[1]);
}

/// A customer's picture on a WhatsApp number, in a folder of the simulator's.
async fn with_a_picture(folder: &Path) -> (Running, riposte::clock::ManualClock) {
    use riposte_server::sim::customer::{Customer, Manner, Saying};
    let clock = riposte::clock::ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap());
    let server = start(Options { data: Some(folder.into()), ..Options::story(&clock) }).await.unwrap();
    let marc = NewAgent {
        name: "Marc".into(),
        email: "marc@example.com".into(),
        password: "correct horse".into(),
        administrator: true,
        groups: Vec::new(),
    };
    server.admin().add_agent(marc).await.unwrap();
    let new = NewChannel::new(ChannelKind::Whatsapp, "Atelier").at("33199000001");
    server.admin().add_simulated_channel("atelier", new).await.unwrap();
    let world = server.simulator().unwrap();
    world
        .add_customer("lea", Customer { name: "Léa".into(), phone: Some("33612345678".into()), ..Customer::default() });
    let picture = json!({ "type": "media", "kind": "image", "mime": "image/jpeg", "base64": "aGVsbG8=" });
    let saying: Saying = serde_json::from_value(picture).unwrap();
    world.says("lea", "atelier", &saying, Manner::default()).await.unwrap();
    world.idle().await;
    (server, clock)
}

#[tokio::test]
async fn a_backup_made_while_the_server_runs_is_restored_whole_and_as_another_history() {
    let (folder, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (server, clock) = with_a_picture(folder.path()).await;
    let backup = place.path().join("backup");
    // Customers go on writing while the copy is made.
    let writing = {
        let world = server.simulator().unwrap();
        tokio::spawn(async move {
            for number in 0..20 {
                world.writes("lea", "atelier", &format!("encore {number}")).await.unwrap();
            }
        })
    };
    let copied = server.admin().back_up_to(&backup).await.unwrap();
    writing.await.unwrap();
    server.simulator().unwrap().idle().await;
    assert_eq!((copied.files, copied.missing), (1, 0));
    let again = server.admin().back_up_to(&backup).await;
    assert!(matches!(again, Err(riposte_server::AdminError::NotEmpty(_))), "{again:?}");
    let phone = Client::sign_in(&server).await;
    let first = phone.get("/v1/snapshot").await.1;
    assert_eq!(message_ids(&phone.get("/v1/conversations/1/messages").await.1).len(), 21);
    let refused = riposte_server::restore(&backup, folder.path());
    assert!(matches!(refused, Err(riposte_server::AdminError::NotEmpty(_))), "{refused:?}");
    server.stop().await;

    let mut epochs = vec![first["epoch"].clone()];
    for number in 0..2 {
        let data = place.path().join(format!("data {number}"));
        riposte_server::restore(&backup, &data).unwrap();
        let server = start(Options { data: Some(data.clone()), ..Options::story(&clock) }).await.unwrap();
        let phone = Client::sign_in(&server).await;
        let (_, page) = phone.get("/v1/snapshot").await;
        assert!(!epochs.contains(&page["epoch"]), "{epochs:?}");
        epochs.push(page["epoch"].clone());
        let (status, answer) = phone.get(&format!("/v1/changes?since={}", first["at"].as_str().unwrap())).await;
        assert_eq!((status, &answer["error"]["reason"]), (410, &json!("epoch")));
        let (_, messages) = phone.get("/v1/conversations/1/messages").await;
        let media = &messages["rows"][0]["data"]["content"]["media_id"];
        let file = phone.http.get(format!("{}/v1/media/{media}", phone.url)).bearer_auth(&phone.token).send().await;
        assert_eq!(file.unwrap().bytes().await.unwrap(), "hello");
        server.stop().await;
        // A second start of the same folder is no other history.
        let server = start(Options { data: Some(data), ..Options::story(&clock) }).await.unwrap();
        let phone = Client::sign_in(&server).await;
        assert_eq!(Some(&phone.get("/v1/snapshot").await.1["epoch"]), epochs.last());
        server.stop().await;
    }
}

#[tokio::test]
async fn a_backup_that_was_put_back_by_hand_begins_another_history_too() {
    let (folder, place) = (backup().await, tempfile::tempdir().unwrap());
    let server = open(folder.path()).await;
    let epoch = Client::sign_in(&server).await.get("/v1/snapshot").await.1["epoch"].clone();
    server.admin().back_up_to(&place.path().join("backup")).await.unwrap();
    server.stop().await;
    let by_hand = tempfile::tempdir().unwrap();
    copy(&place.path().join("backup"), by_hand.path());
    let server = open(by_hand.path()).await;
    assert_ne!(Client::sign_in(&server).await.get("/v1/snapshot").await.1["epoch"], epoch);
    server.stop().await;
}

#[test]
fn what_is_no_backup_is_not_restored() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    for name in ["nothing", "odd"] {
        std::fs::create_dir(place.path().join(name)).unwrap();
        if name == "odd" {
            std::fs::write(place.path().join("odd/inbox.db"), "not a database").unwrap();
        }
        let refused = riposte_server::restore(&place.path().join(name), &data);
        assert!(matches!(refused, Err(riposte_server::AdminError::NoBackup(_))), "{refused:?}");
        assert!(!data.exists());
    }
}
