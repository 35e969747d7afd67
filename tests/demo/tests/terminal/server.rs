//! `--server`: on another inbox, with nothing of the demo.

use riposte_server::sim::cast::{Cast, PASSWORD, bring_in};
use riposte_server::{Options, Running, start};

use super::pty::*;

const CAST: &str = include_str!("../../../scenarios/cast.json");

/// An inbox with one conversation in it.
pub(crate) async fn inbox() -> Running {
    let running = start(Options { simulator: true, ..Options::default() }).await.unwrap();
    let simulator = running.simulator().unwrap();
    let cast: Cast = serde_json::from_str(CAST).unwrap();
    bring_in(&cast, &running.admin(), &simulator).await.unwrap();
    simulator.writes("lea", "whatsapp", "Bonjour, ma commande ?").await.unwrap();
    simulator.idle().await;
    running
}

pub(crate) fn client(url: &str, data: &std::path::Path) -> Pty {
    let data = data.to_str().unwrap();
    Pty::start(&["--lang", "en", "--server", url, "--data", data], &[], (80, 24))
}

#[test]
fn it_signs_in_on_any_server_stays_signed_in_and_signs_out() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let running = runtime.block_on(inbox());
    let (url, folder) = (running.url(), tempfile::tempdir().unwrap());

    let mut pty = client(&url, folder.path());
    pty.wait_for("Sign in");
    pty.wait_for(&url);
    pty.press(&format!("marc@example.com{TAB}wrong password{ENTER}"));
    let screen = pty.wait_for("The e-mail address or the password is wrong.");
    assert!(!screen.contains("wrong password"), "a password is not shown:\n{screen}");
    pty.press(&format!("{CLEAR}{PASSWORD}{ENTER}"));
    pty.wait_for("ma commande ?");
    pty.press(ENTER);
    pty.wait_for("Costs");
    // The keys of the demo do nothing here, and are not offered.
    pty.press(F2);
    pty.press(F5);
    let screen = pty.wait_for("Up to date");
    assert!(!screen.contains("F2") && !screen.contains("Demo"), "{screen}");
    pty.press(&format!("Elle part ce soir.{ENTER}"));
    pty.wait_for("Elle part ce soir. ░");
    pty.press(CTRL_C);
    assert!(pty.end().success());

    let mut pty = client(&url, folder.path());
    pty.wait_for("Elle part ce soir.");
    let mut second = client(&url, folder.path());
    assert!(!second.end().success(), "one client a folder");
    pty.press(",");
    pty.wait_for("in a file only you can read");
    pty.press(&format!("{DOWN}{ENTER}"));
    pty.wait_for("E-mail");
    pty.press(CTRL_C);
    assert!(pty.end().success());
    let secrets = std::fs::read_to_string(folder.path().join("secrets.json")).unwrap();
    assert_eq!(secrets, "{}", "signed out, no token is left");
    runtime.block_on(running.stop());
}
