//! Paused while many calls are under way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::fake::LEA;
use super::super::text;
use super::app::App;
use super::{LONG, NEVER, PROMISED, in_a_runtime, open_below};
use crate::facade::{Account, Around, Error, InboxQuery};
use crate::model::MediaId;

const ROUNDS: u64 = 25;

/// One call after the other until one says that everything is paused. Returns what was sent.
async fn busy(account: Arc<Account>, number: usize) -> Vec<String> {
    let lea = account.conversation(LEA);
    let mut sent = Vec::new();
    for turn in 0.. {
        let words = format!("{number}.{turn}");
        let ended = match number % 6 {
            0 => lea.send(text(&words), None).await.map(|_| sent.push(words)),
            1 => lea.screen(Around::Newest, 50).await.map(drop),
            2 => lea.media(MediaId(9)).await.map(drop),
            3 => account.inbox().page(InboxQuery::default()).await.map(drop),
            4 => account.inbox().search("commande".into()).await.map(drop),
            _ => account.flush(60_000).await.map(drop),
        };
        match ended {
            Ok(()) => {}
            Err(Error::Paused) => break,
            Err(error) => panic!("{number}: {error:?}"),
        }
    }
    sent
}

#[test]
fn pause_under_load_leaves_nothing_open_and_everything_sent_once() {
    let mut took: Vec<Duration> = (0..ROUNDS).map(|round| in_a_runtime(paused_under_load(round))).collect();
    took.sort();
    let (middle, longest) = (took[took.len() / 2], took[took.len() - 1]);
    println!("{ROUNDS} rounds of 12 calls at once; pause(): half within {middle:.1?}, the longest {longest:.1?}");
    assert!(middle <= PROMISED && longest <= NEVER);
}

async fn paused_under_load(round: u64) -> Duration {
    let app = App::signed_in().await;
    app.settled().await.unwrap();
    let calls: Vec<_> = (0..12).map(|number| tokio::spawn(busy(app.account.clone(), number))).collect();
    for _ in 0..=round {
        app.server.customer_says("Allô ?");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let from = Instant::now();
    app.account.pause().await.unwrap();
    let took = from.elapsed();
    assert_eq!(open_below(app.folder.path()), [""; 0]);
    let mut told = Vec::new();
    for call in calls {
        told.extend(tokio::time::timeout(LONG, call).await.expect("a call hangs").unwrap());
    }
    assert_eq!(open_below(app.folder.path()), [""; 0]);
    app.account.resume().await.unwrap();
    app.online().await.unwrap();
    let mut sent = app.server.sent();
    sent.sort();
    told.sort();
    assert_eq!(sent, told, "what was said to be queued went out once, and nothing else");
    took
}
