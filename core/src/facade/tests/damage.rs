//! A file turns out to be damaged while the app is open.

use std::time::Duration;

use super::{LEA, Phone, text};
use crate::facade::{Changed, CommandOutcome, Decision, Error, MessageAction, SendProgress, TimelineRow};
use crate::model::{Command, Outgoing};
use crate::outbox::Given;
use crate::store::StoreError;

#[tokio::test]
async fn a_cache_that_was_set_aside_is_filled_again_at_once_and_asks_no_decision_of_the_agent() {
    let phone = Phone::ready().await;
    let core = phone.account.core();
    let changes = phone.account.changes();
    assert_eq!(core.store.write(|_| Err::<(), _>(StoreError::Corrupt)).await, Err(StoreError::Corrupt));
    // As far as anybody has said everything is here, and nothing is.
    let content = Outgoing::Text { body: "Elle part ce soir.".to_owned() };
    let reply = Command::SendMessage { conversation_id: LEA, content, reply_to: None };
    core.give(Given::of(reply)).await.unwrap();
    // Nobody rings: neither a doorbell nor a timer.
    while !changes.next().await.unwrap().contains(&Changed::Overflow) {}
    let filled = async {
        while phone.lea().screen(crate::facade::Around::Newest, 50).await.is_err() {
            changes.next().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), filled).await.unwrap();
    phone.settled().await;
    assert_eq!(phone.account.outbox().waiting().await.unwrap(), []);
    assert_eq!(phone.server.sent(), ["Elle part ce soir."]);
}

#[tokio::test]
async fn what_was_damaged_here_is_told_and_never_leaves_and_what_is_behind_it_is_asked_about() {
    let phone = Phone::ready().await;
    phone.offline().await;
    let damaged = phone.replies("Elle part ce soir.").await;
    let behind = phone.replies("Bonne journée !").await;
    phone.account.pause().await.unwrap();
    let file = phone.folder.path().join("account/outbox.db");
    let mut content = std::fs::read(&file).unwrap();
    let at = content.windows(4).position(|bytes| bytes == b"soir").unwrap();
    content[at] = b'n';
    std::fs::write(&file, content).unwrap();
    phone.account.resume().await.unwrap();
    phone.online().await;

    assert!(phone.server.sent().is_empty());
    let waiting = phone.account.outbox().waiting().await.unwrap();
    let [first, second] = &waiting[..] else { panic!("{waiting:?}") };
    assert_eq!((first.key, &first.progress), (damaged, &SendProgress::Refused { code: "damaged".into() }));
    assert_eq!(first.actions, [MessageAction::Edit, MessageAction::Discard]);
    assert_eq!(second.key, behind);
    assert!(matches!(second.progress, SendProgress::NeedsDecision { .. }), "order matters to a customer");
    // In the conversation too, and it cannot be sent by mistake.
    let rows = phone.screen().await.rows;
    let shown =
        rows.iter().any(|row| matches!(row, TimelineRow::Message(bubble) if bubble.client_key == Some(damaged)));
    assert!(shown);
    let outbox = phone.account.outbox();
    assert!(matches!(outbox.retry(damaged).await, Err(Error::Refused { code, .. }) if code == "damaged"));
    // The agent reads its words and writes it anew.
    let given_back = outbox.decide(damaged, Decision::Edit).await.unwrap();
    assert_eq!(given_back, CommandOutcome::Withdrawn { text: "Elle part ce noir.".into() });
    phone.lea().send(text("Elle part ce soir."), None).await.unwrap();
    outbox.decide(behind, Decision::Send).await.unwrap();
    phone.settled().await;
    assert_eq!(phone.server.sent(), ["Elle part ce soir.", "Bonne journée !"]);
}

#[tokio::test]
async fn what_cannot_be_read_at_all_is_shown_until_the_agent_has_seen_it() {
    let phone = Phone::ready().await;
    phone.offline().await;
    phone.replies("Elle part ce soir.").await;
    phone.account.pause().await.unwrap();
    std::fs::write(phone.folder.path().join("account/outbox.db"), b"noise".repeat(4000)).unwrap();
    phone.account.resume().await.unwrap();
    phone.online().await;
    let phone = phone.restarted().await;
    let waiting = phone.account.outbox().waiting().await.unwrap();
    let [loss] = &waiting[..] else { panic!("{waiting:?}") };
    assert_eq!(loss.progress, SendProgress::Refused { code: "outbox_damaged".into() });
    assert_eq!((loss.kind.as_str(), &loss.actions[..]), ("outbox", &[MessageAction::Discard][..]));
    assert!(phone.account.words(loss.note.as_ref().unwrap()).contains("endommagé"));
    let outbox = phone.account.outbox();
    assert!(outbox.retry(loss.key).await.is_err());
    outbox.decide(loss.key, Decision::Discard).await.unwrap();
    assert_eq!(outbox.waiting().await.unwrap(), []);
}
