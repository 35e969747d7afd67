//! What a conversation on a server holds besides texts: cards, and a hole after an absence.

use riposte_server::faults::{Endpoint, Fault, Plan, Rule};
use riposte_server::sim::cast::PASSWORD;
use riposte_server::sim::customer::{Manner, Saying};
use serde_json::json;

use super::pty::*;
use super::server::{client, inbox};

/// High enough for the newest fifty messages, what was held before them, and the hole between.
const TALL: u16 = 320;
/// So many more than are fetched when a conversation is opened that a hole is left.
const MEANWHILE: usize = 120;

#[test]
fn files_places_and_people_are_cards_and_a_gap_is_shown_and_filled() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let running = runtime.block_on(inbox());
    let simulator = running.simulator().unwrap();
    let shared = [
        json!({ "type": "media", "kind": "image", "mime": "image/jpeg", "caption": "La lampe 💡" }),
        json!({ "type": "media", "kind": "audio", "mime": "audio/ogg", "voice": true }),
        json!({ "type": "media", "kind": "document", "mime": "application/pdf", "name": "facture.pdf" }),
        json!({ "type": "location", "latitude_e6": 47_218_371, "longitude_e6": -1_553_621, "name": "Atelier",
                "address": "3 rue Crébillon, Nantes" }),
        json!({ "type": "contacts", "cards": [{ "name": "Paul Roux", "phones": ["+33 6 12 34 56 78"] }] }),
    ];
    runtime.block_on(async {
        for saying in shared {
            let saying: Saying = serde_json::from_value(saying).unwrap();
            simulator.says("lea", "whatsapp", &saying, Manner::default()).await.unwrap();
        }
        simulator.idle().await;
    });
    let folder = tempfile::tempdir().unwrap();
    let mut pty = client(&running.url(), folder.path());
    pty.wait_for("Sign in");
    pty.press(&format!("marc@example.com{TAB}{PASSWORD}{ENTER}"));
    pty.wait_for("Contact");
    pty.press(ENTER);
    pty.wait_for("Costs");
    pty.resize(100, TALL);
    for card in [
        "▣ Photo",
        "La lampe 💡",
        "▣ Voice message",
        "▣ Document · facture.pdf",
        "▣ Location",
        "Atelier",
        "3 rue Crébillon, Nantes",
        "47.21837, -1.55362",
        "▣ Contact",
        "Paul Roux +33 6 12 34 56 78",
    ] {
        pty.wait_for(card);
    }
    pty.press(CTRL_C);
    assert!(pty.end().success());

    runtime.block_on(async {
        for number in 1..=MEANWHILE {
            simulator.writes("lea", "whatsapp", &format!("Message {number}.")).await.unwrap();
        }
        simulator.idle().await;
    });
    // Away for so long that the feed no longer reaches back: a snapshot takes its place, which has
    // the newest of each conversation. Nothing before that can be had for now.
    let rule = |on: Endpoint, fault: Fault| Rule { on: Some(on), percent: 100, fault };
    let nothing_older = rule(Endpoint::History, Fault::DroppedBefore);
    running.faults().set(Plan { seed: 1, rules: vec![rule(Endpoint::Changes, Fault::Gone), nothing_older] });
    let mut pty = client(&running.url(), folder.path());
    pty.wait_for("Message 120.");
    running.faults().set(Plan { seed: 1, rules: vec![nothing_older] });
    pty.press(ENTER);
    pty.wait_for("Costs");
    pty.resize(100, TALL);
    let hole = "Some messages are not on this phone yet.";
    let screen = pty.wait("the hole between what is held and what is new", |screen| {
        comes_before(screen, "▣ Contact", hole) && comes_before(screen, hole, "Message 119.")
    });
    assert!(!screen.contains("Message 1."), "{screen}");
    running.faults().calm();
    pty.click(hole);
    pty.press(ENTER);
    pty.wait_for("Message 71.");
    // The rest of it is further up.
    pty.press(UP);
    pty.press(HOME);
    pty.wait_for("Message 21.");
    pty.press(HOME);
    pty.wait("all of it", |screen| comes_before(screen, "▣ Contact", "Message 1.") && !screen.contains(hole));
    pty.press(CTRL_C);
    assert!(pty.end().success());
    runtime.block_on(running.stop());
}

fn comes_before(screen: &str, first: &str, second: &str) -> bool {
    screen.find(first).zip(screen.find(second)).is_some_and(|(first, second)| first < second)
}
