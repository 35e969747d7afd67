//! What an app does: it hears the stream of changes and reads again what it shows. No test here waits until all is idle.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use riposte::facade::{Account, Around, Changed, Draft, InboxQuery, MessageRow, SendProgress, TimelineRow};
use riposte::model::ConversationId;
use riposte_e2e::story::{Network, Story, folder};
use riposte_e2e::world::World;

/// Longer than any of this takes; only a failure reaches it.
const LONG: Duration = Duration::from_secs(20);

async fn office() -> World {
    let cast = std::fs::read_to_string(folder().join("cast.json")).unwrap();
    let story = Story::parse(&cast, r#"{ "story": "in real time", "steps": [] }"#).unwrap();
    World::start(&story.cast).await.unwrap()
}

async fn signed_in(world: &mut World, phone: &str) -> Arc<Account> {
    let phone = world.phone(phone).await.unwrap();
    phone.sign_in().await.unwrap();
    phone.account().unwrap().clone()
}

/// Hears changes until one of `reasons` is among them.
async fn hears(changes: &riposte::facade::ChangeStream, reasons: &[Changed]) {
    let heard = async { while !changes.next().await.unwrap().iter().any(|changed| reasons.contains(changed)) {} };
    tokio::time::timeout(LONG, heard).await.expect("no change announced it");
}

async fn bubbles(account: &Account, id: ConversationId) -> Vec<MessageRow> {
    let screen = account.conversation(id).screen(Around::Newest, 50).await.unwrap();
    let bubbles = screen.rows.into_iter().filter_map(|row| match row {
        TimelineRow::Message(bubble) => Some(bubble),
        TimelineRow::Comment(_) | TimelineRow::Event(_) | TimelineRow::Gap(_) => None,
    });
    bubbles.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customers_message_is_announced_and_there_while_the_app_is_open() {
    let mut world = office().await;
    let account = signed_in(&mut world, "marc").await;
    let changes = account.changes();
    let list = || async { account.inbox().page(InboxQuery::default()).await.unwrap().rows };

    world.simulator().writes("lea", "whatsapp", "Bonjour").await.unwrap();
    let id = loop {
        if let Some(row) = list().await.first() {
            break row.id;
        }
        hears(&changes, &[Changed::Inbox, Changed::Overflow]).await;
    };
    let here = [Changed::Conversation { id }, Changed::Overflow];
    while bubbles(&account, id).await.is_empty() {
        hears(&changes, &here).await;
    }

    // With the conversation in front, the next one comes the same way, and only that is announced.
    account.conversation(id).enter().await.unwrap();
    world.simulator().writes("lea", "whatsapp", "Allô ?").await.unwrap();
    while bubbles(&account, id).await.last().unwrap().content.text() != "Allô ?" {
        hears(&changes, &here).await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_refused_at_once_is_the_same_row_on_every_phone_and_takes_the_echos_place() {
    let mut world = office().await;
    let marc = signed_in(&mut world, "marc").await;
    world.simulator().writes("lea", "whatsapp", "Bonjour").await.unwrap();
    world.settle().await.unwrap();
    let id = marc.inbox().page(InboxQuery::default()).await.unwrap().rows[0].id;

    world.network("marc", Network::Off).await.unwrap();
    let draft = |body: &str| Draft::Text { body: body.to_owned(), reply_to: None };
    let key = marc.conversation(id).send(draft("Refusé"), None).await.unwrap();
    let behind = marc.conversation(id).send(draft("Derrière"), None).await.unwrap();
    let echo = bubbles(&marc, id).await.remove(1);
    assert_eq!((echo.row_key.as_str(), echo.message_id), (key.to_string().as_str(), None));
    world.simulator().refuse_next(131_026);
    world.network("marc", Network::On).await.unwrap();
    world.settle().await.unwrap();

    let shown = bubbles(&marc, id).await;
    let refused = shown.iter().find(|bubble| bubble.client_key == Some(key)).unwrap();
    assert_eq!((refused.row_key.as_str(), &refused.progress), (echo.row_key.as_str(), &Some(SendProgress::Failed)));
    assert!(refused.message_id.is_some() && refused.note.is_some());
    // What was behind it is asked about: order matters to a customer. Nothing else waits.
    let waiting = marc.outbox().waiting().await.unwrap();
    assert_eq!(waiting.iter().map(|waiting| waiting.key).collect::<Vec<_>>(), [behind]);

    // A phone that comes later has the server's state and nothing else.
    let ines = signed_in(&mut world, "ines").await;
    world.settle().await.unwrap();
    let hers = bubbles(&ines, id).await;
    let look = |bubble: &MessageRow| {
        (bubble.row_key.clone(), bubble.message_id, bubble.progress.clone(), bubble.note.clone(), bubble.cost.clone())
    };
    let server_side = |bubble: &&MessageRow| bubble.message_id.is_some();
    let his: Vec<_> = shown.iter().filter(server_side).map(look).collect();
    assert_eq!(hers.iter().map(look).collect::<Vec<_>>(), his);
    assert!(world.taken_by_provider(None).await.unwrap().is_empty(), "and the customer got nothing");
    world.stop().await;
}
