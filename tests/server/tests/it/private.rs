//! What only the owner of the server reads: the data folder, and secrets.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use riposte::model::ChannelKind;
use riposte_server::channels::provider::ProviderAccount;
use riposte_server::inbox::WebhookSecrets;
use riposte_server::sim::cast::SignIn;
use riposte_server::{ChannelLink, NewAgent};

use crate::support::Office;

const PROGRAM: &str = env!("CARGO_BIN_EXE_riposte-server");

/// Runs the program under a umask.
fn run(umask: &str, data: &Path, args: &[&str]) {
    let line = format!("umask {umask}; exec \"$0\" \"$@\"");
    let output = Command::new("sh").args(["-c", &line, PROGRAM]).args(args).arg("--data").arg(data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Every folder and file in a folder, and the folder itself, with its mode.
fn modes(path: &Path, found: &mut Vec<(String, u32)>) {
    found.push((path.file_name().unwrap().to_string_lossy().into_owned(), mode(path)));
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            modes(&entry.unwrap().path(), found);
        }
    }
}

fn assert_private(data: &Path) {
    let mut found = Vec::new();
    modes(data, &mut found);
    assert!(found.len() >= 4, "{found:?}");
    for (name, mode) in found {
        assert!([0o700, 0o600].contains(&mode), "{name} has {mode:o}");
    }
}

#[test]
fn the_data_folder_is_its_owners_whatever_the_umask() {
    let folder = tempfile::tempdir().unwrap();
    for umask in ["000", "022", "077"] {
        let data = folder.path().join(umask);
        run(umask, &data, &["list"]);
        assert_private(&data);
    }
}

#[test]
fn a_folder_that_an_earlier_version_left_open_is_closed_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    run("022", &data, &["list"]);
    std::fs::write(data.join("files/0123"), "a customer's").unwrap();
    let mut found = Vec::new();
    modes(&data, &mut found);
    for path in ["", "files", "uploads"] {
        std::fs::set_permissions(data.join(path), Permissions::from_mode(0o755)).unwrap();
    }
    for path in ["inbox.db", "files/0123"] {
        std::fs::set_permissions(data.join(path), Permissions::from_mode(0o644)).unwrap();
    }
    run("022", &data, &["list"]);
    assert_private(&data);
}

#[test]
fn a_folder_that_holds_another_programs_files_keeps_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    let shared = folder.path().join("shared");
    std::fs::create_dir(&shared).unwrap();
    std::fs::set_permissions(&shared, Permissions::from_mode(0o755)).unwrap();
    std::fs::write(shared.join("another program's"), "").unwrap();
    run("022", &shared, &["list"]);
    assert_eq!(mode(&shared), 0o755);
    assert_eq!((mode(&shared.join("inbox.db")), mode(&shared.join("files"))), (0o600, 0o700));
}

#[tokio::test]
async fn uploads_and_fetched_files_are_their_owners() {
    use riposte_server::sim::customer::{Manner, Saying};
    use sha2::Digest;
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open_with(|options| options.data = Some(folder.path().into())).await;
    let phone = office.phone("marc").await;
    let name: String = sha2::Sha256::digest(b"whole").iter().map(|byte| format!("{byte:02x}")).collect();
    let put = phone.request(reqwest::Method::PUT, &format!("/v1/uploads/{name}"));
    let (status, _) = phone.ask(put.header("Upload-Offset", 0).header("Upload-Length", 5).body("who")).await;
    assert_eq!(status, 200);
    office.customer("lea", "33612345678");
    let picture = serde_json::json!({ "type": "media", "kind": "image", "mime": "image/jpeg", "base64": "aGVsbG8=" });
    let saying: Saying = serde_json::from_value(picture).unwrap();
    office.world.says("lea", "atelier", &saying, Manner::default()).await.unwrap();
    office.world.idle().await;
    assert_private(folder.path());
    for part in ["files", "uploads"] {
        assert_eq!(std::fs::read_dir(folder.path().join(part)).unwrap().count(), 1, "{part}");
    }
}

#[tokio::test]
async fn debug_prints_no_secret() {
    let secret = || "EAAG-secret".to_owned();
    let agent =
        NewAgent { name: "Marc".into(), email: "m@example.com".into(), password: secret(), ..NewAgent::default() };
    let link = ChannelLink {
        base: "https://graph.facebook.com".into(),
        version: "v26.0".into(),
        provider_id: "1".into(),
        business_id: None,
        token: secret(),
        app_secret: secret(),
        verify_token: secret(),
        site_key: None,
    };
    let account = ProviderAccount {
        kind: ChannelKind::Whatsapp,
        base: String::new(),
        version: String::new(),
        provider_id: String::new(),
        business_id: None,
        token: secret(),
    };
    let office = Office::open().await;
    let played = office.world.accounts().remove(0);
    let webhooks: Vec<WebhookSecrets> = office.running.inbox().webhook_secrets(ChannelKind::Whatsapp).await.unwrap();
    let sign_in = SignIn { id: 1, email: String::new(), password: secret() };
    let printed = format!("{agent:?} {link:?} {account:?} {played:?} {webhooks:?} {sign_in:?}");
    for secret in ["EAAG", &played.token, &played.app_secret, &played.verify_token, &webhooks[0].app_secret] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
