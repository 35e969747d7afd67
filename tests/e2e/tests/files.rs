//! Files that are lost or changed, that may not be written, that were being made: what becomes of
//! photos, of a read-only folder, and of a cache that was being filled beside another.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use riposte::clock::ManualClock;
use riposte::facade::{Account, Around, Config, Draft, Error, MemorySecretStore, Riposte, SendProgress, TimelineRow};
use riposte::model::{Content, MediaId, MediaKind};
use riposte_e2e::chaos::Dice;
use riposte_e2e::pocket::Pocket;
use riposte_e2e::shown::{all, conversations, rest};
use riposte_e2e::story::{Story, folder};
use riposte_e2e::tamper::{Damage, copy_folder};
use riposte_e2e::world::World;
use riposte_server::faults::{Endpoint, Fault, Plan, Rule};
use riposte_server::sim::LinkState;
use riposte_server::sim::customer::{Manner, Saying};

async fn office() -> World {
    let cast = fs::read_to_string(folder().join("cast.json")).unwrap();
    let story = Story::parse(&cast, r#"{ "story": "files", "steps": [] }"#).unwrap();
    let world = World::start(&story.cast).await.unwrap();
    world.simulator().writes("lea", "whatsapp", "Bonjour").await.unwrap();
    world
}

/// What waits of the account's files that carry content: photos, not databases.
fn photos(phone: &Pocket, account: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(phone.account_folder(account).join("media")).unwrap();
    files.map(|file| file.unwrap().path()).filter(|path| path.is_file()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_waits_and_was_lost_or_changed_is_refused_and_never_sent() {
    let world = office().await;
    let link = world.simulator().link("marc").await.unwrap();
    let mut phone = Pocket::new(world.clock()).unwrap();
    let account = phone.sign_in(link.url(), "marc").await.unwrap();
    rest(&world, &account).await.unwrap();
    let id = conversations(&account).await.unwrap()["Léa Martin"];
    let chosen = phone.folder().join("chosen.jpg");
    for (number, damage) in [Damage::Missing, Damage::FlippedBits, Damage::Truncated, Damage::Emptied, Damage::Folder]
        .into_iter()
        .enumerate()
    {
        link.set(LinkState::Down).await.unwrap();
        account.settled(20_000).await.unwrap();
        fs::write(&chosen, format!("a photo, number {number}").repeat(1_000)).unwrap();
        let draft = Draft::Media {
            path: chosen.to_string_lossy().into_owned(),
            mime: "image/jpeg".to_owned(),
            name: "table.jpg".to_owned(),
            caption: format!("La voici, {number}"),
            voice: false,
            reply_to: None,
        };
        let before = photos(&phone, &account.id());
        account.conversation(id).send(draft, None).await.unwrap();
        let kept = photos(&phone, &account.id()).into_iter().find(|file| !before.contains(file)).unwrap();
        assert!(damage.happens_to(&kept, "photo", &mut Dice::new(7)).unwrap());
        link.set(LinkState::Up).await.unwrap();
        account.network_available();
        rest(&world, &account).await.unwrap();
        let waiting = account.outbox().waiting().await.unwrap();
        let [refused] = &waiting[..] else { panic!("{damage:?}: {waiting:?}") };
        assert_eq!(refused.text, format!("La voici, {number}"));
        let SendProgress::Refused { code } = &refused.progress else { panic!("{damage:?}: {:?}", refused.progress) };
        assert!(code == "upload_missing" || code == "upload_mismatch", "{damage:?}: {code}");
        assert!(world.taken_by_provider(None).await.unwrap().is_empty(), "{damage:?}");
        account.outbox().cancel(refused.key).await.unwrap();
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_that_was_lost_or_changed_on_the_phone_is_fetched_again() {
    let world = office().await;
    let saying = Saying::Media {
        kind: MediaKind::Image,
        mime: "image/jpeg".to_owned(),
        caption: String::new(),
        name: String::new(),
        voice: false,
        base64: None,
    };
    world.simulator().says("lea", "whatsapp", &saying, Manner::default()).await.unwrap();
    let mut phone = Pocket::new(world.clock()).unwrap();
    let account = phone.sign_in(world.server_url(), "marc").await.unwrap();
    rest(&world, &account).await.unwrap();
    let conversation = account.conversation(conversations(&account).await.unwrap()["Léa Martin"]);
    let photo = photo_of(&account).await;
    let first = conversation.media(photo).await.unwrap();
    let content = fs::read(&first.path).unwrap();
    let mut dice = Dice::new(3);
    for damage in Damage::ALL.into_iter().filter(|damage| !matches!(damage, Damage::Newer)) {
        if !damage.happens_to(Path::new(&first.path), "photo", &mut dice).unwrap() {
            continue;
        }
        if damage == Damage::Folder {
            fs::remove_dir(&first.path).unwrap();
        }
        let again = conversation.media(photo).await.unwrap();
        assert_eq!(fs::read(&again.path).unwrap(), content, "{damage:?}");
        assert_eq!(again.sha256, first.sha256, "{damage:?}");
    }
    // The note of which file it is.
    let note = phone.account_folder(&account.id()).join("media/ids").join(photo.to_string());
    for content_of_note in ["../outbox.db", "", "0000"] {
        fs::write(&note, content_of_note).unwrap();
        assert_eq!(fs::read(conversation.media(photo).await.unwrap().path).unwrap(), content);
    }
    world.stop().await;
}

async fn photo_of(account: &Account) -> MediaId {
    let id = conversations(account).await.unwrap()["Léa Martin"];
    let rows = account.conversation(id).screen(Around::Newest, 10).await.unwrap().rows;
    let photo = rows.iter().find_map(|row| match row {
        TimelineRow::Message(bubble) => match &bubble.content {
            Content::Media(media) => media.media_id,
            _ => None,
        },
        TimelineRow::Comment(_) | TimelineRow::Event(_) | TimelineRow::Gap(_) => None,
    });
    photo.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cache_that_was_being_filled_beside_another_and_was_damaged_costs_the_snapshot_and_nothing_else() {
    let mut world = office().await;
    let mut phone = Pocket::new(world.clock()).unwrap();
    let account = phone.sign_in(world.server_url(), "marc").await.unwrap();
    rest(&world, &account).await.unwrap();
    let id = account.id();
    drop(account);
    phone.close().await.unwrap();
    // Another history begins, and its snapshot is cut in the middle.
    let admin = world.admin();
    admin.restore(&admin.back_up().await.unwrap()).await.unwrap();
    world.simulator().writes("lea", "whatsapp", "Allô ?").await.unwrap();
    let mut begun = None;
    for seed in 0..200 {
        let rules = vec![Rule { on: Some(Endpoint::Snapshot), percent: 50, fault: Fault::DroppedBefore }];
        world.server().faults().set(Plan { seed, rules });
        let mut tried = phone.killed().unwrap();
        let account = tried.account(&id).await.unwrap();
        account.settled(20_000).await.unwrap();
        if tried.account_folder(&id).join("cache.new.db").exists() {
            begun = Some(tried.killed().unwrap());
        }
        drop(account);
        tried.close().await.unwrap();
        if begun.is_some() {
            break;
        }
    }
    world.server().faults().calm();
    let begun = begun.expect("no snapshot was cut in the middle");
    let mut dice = Dice::new(11);
    let mut damaged = 0;
    for name in ["cache.new.db", "cache.new.db-wal", "cache.new.db-shm"] {
        for damage in Damage::ALL {
            let mut phone = begun.killed().unwrap();
            if !damage.happens_to(&phone.account_folder(&id).join(name), "Bonjour", &mut dice).unwrap() {
                continue;
            }
            damaged += 1;
            let account = phone.account(&id).await.unwrap_or_else(|error| panic!("{name}, {damage:?}: {error}"));
            for _ in 0..3 {
                // What the integrity check finds damaged is reported once, and then fetched again.
                rest(&world, &account).await.ok();
                world.go_to("+6s").unwrap();
                account.network_available();
            }
            rest(&world, &account).await.unwrap_or_else(|error| panic!("{name}, {damage:?}: {error}"));
            let mut fresh = Pocket::new(world.clock()).unwrap();
            let clean = fresh.sign_in(world.server_url(), "marc").await.unwrap();
            rest(&world, &clean).await.unwrap();
            assert_eq!(all(&account).await.unwrap(), all(&clean).await.unwrap(), "{name}, {damage:?}");
            drop((account, clean));
            phone.close().await.unwrap();
            fresh.close().await.unwrap();
        }
    }
    println!("{damaged} cases");
    assert!(damaged > 15, "{damaged}");
    world.stop().await;
}

/// The folder of a phone in the other process, which may not write there.
const READ_ONLY: &str = "RIPOSTE_TEST_READ_ONLY";

/// What the test below asks of a process that is not root.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the next test runs it in another process"]
async fn as_somebody_who_may_not_write() {
    let folder = std::env::var(READ_ONLY).unwrap();
    let open = || {
        let mut config = Config::new(folder.clone(), Arc::new(MemorySecretStore::new()));
        config.clock = Some(Arc::new(ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap())));
        Riposte::open(config)
    };
    // Who is signed in can be read; an account needs its files.
    let core = open().unwrap();
    let id = core.accounts()[0].id.clone();
    let opened = core.account(id.clone()).await;
    assert!(matches!(opened, Err(Error::Storage { .. })), "{:?}", opened.err());
    assert!(matches!(core.account(id).await, Err(Error::Storage { .. })), "and the same again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_may_not_be_written_is_a_typed_error_and_costs_nothing() {
    let world = office().await;
    let link = world.simulator().link("marc").await.unwrap();
    let mut phone = Pocket::new(world.clock()).unwrap();
    let account = phone.sign_in(link.url(), "marc").await.unwrap();
    rest(&world, &account).await.unwrap();
    let (id, lea) = (account.id(), conversations(&account).await.unwrap()["Léa Martin"]);
    link.set(LinkState::Down).await.unwrap();
    account.settled(20_000).await.unwrap();
    let draft = Draft::Text { body: "Elle part ce soir.".to_owned(), reply_to: None };
    account.conversation(lea).send(draft, None).await.unwrap();
    drop(account);
    phone.close().await.unwrap();

    // Root may write everywhere: the other process runs as the user `nobody`, and finds it all read-only.
    let place = tempfile::tempdir().unwrap();
    let (copy, program) = (place.path().join("phone"), place.path().join("test"));
    copy_folder(phone.folder(), &copy).unwrap();
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    set_modes(place.path(), 0o555);
    let mut other = Command::new(&program);
    other.args(["--ignored", "--exact", "as_somebody_who_may_not_write"]).env(READ_ONLY, &copy).current_dir("/");
    if fs::write(copy.join("may I"), b"").is_ok() {
        other.uid(65_534).gid(65_534);
    }
    let ended = other.output().unwrap();
    set_modes(place.path(), 0o755);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    assert!(String::from_utf8_lossy(&ended.stdout).contains("1 passed"));

    // As soon as it may be written again, nothing is missing.
    fs::remove_dir_all(phone.account_folder(&id)).unwrap();
    copy_folder(&copy.join("accounts").join(&id), &phone.account_folder(&id)).unwrap();
    link.set(LinkState::Up).await.unwrap();
    let account = phone.account(&id).await.unwrap();
    rest(&world, &account).await.unwrap();
    assert_eq!(world.taken_by_provider(None).await.unwrap(), ["Elle part ce soir."]);
    assert_eq!(account.outbox().waiting().await.unwrap(), []);
    world.stop().await;
}

fn set_modes(folder: &Path, mode: u32) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            set_modes(&path, mode);
        } else {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
}
