//! What the sample shows, and that it touches nothing.

mod told;

use std::sync::Arc;
use std::time::Duration;

use self::told::told;
use crate::clock::ManualClock;
use crate::facade::{
    Account, Around, Composer, ConnectionState, Draft, Error, InboxQuery, MessageRow, SendProgress, SignOut,
    TimelineRow, WindowBadge,
};
use crate::model::{AgentId, Assignee, ChannelKind, ConversationId, MediaId};

fn sample(locale: &str) -> Arc<Account> {
    Account::sample(locale.into(), None).unwrap()
}

async fn bubbles(account: &Account, id: i64) -> Vec<MessageRow> {
    let rows = account.conversation(ConversationId(id)).screen(Around::Newest, 50).await.unwrap().rows;
    let bubbles = rows.into_iter().filter_map(|row| match row {
        TimelineRow::Message(bubble) => Some(bubble),
        TimelineRow::Comment(_) | TimelineRow::Event(_) | TimelineRow::Gap(_) => None,
    });
    bubbles.collect()
}

#[tokio::test]
async fn two_samples_show_the_same_in_each_language() {
    for locale in ["fr-FR", "en"] {
        let shown = told(&sample(locale)).await;
        assert_eq!(shown, told(&sample(locale)).await);
        // What Kotlin, Swift and Python compare with, too. RIPOSTE_UPDATE=1 writes it again.
        let file = format!("{}/../tests/fixtures/sample.{}.txt", env!("CARGO_MANIFEST_DIR"), &locale[..2]);
        if std::env::var_os("RIPOSTE_UPDATE").is_some() {
            std::fs::write(&file, &shown).unwrap();
        }
        assert_eq!(shown, std::fs::read_to_string(file).unwrap());
    }
}

#[tokio::test]
async fn there_is_something_of_everything_an_inbox_can_show() {
    let account = sample("en");
    assert_eq!(account.connection(), ConnectionState::Live);
    let page = account.inbox().page(InboxQuery::default()).await.unwrap();
    let kinds: Vec<_> = page.rows.iter().filter_map(|row| Some(row.channel.as_ref()?.kind)).collect();
    for kind in [ChannelKind::Whatsapp, ChannelKind::Messenger, ChannelKind::Instagram, ChannelKind::Widget] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
    let window = |wanted: fn(&WindowBadge) -> bool| page.rows.iter().filter_map(|row| row.window.as_ref()).any(wanted);
    assert!(window(|badge| matches!(badge, WindowBadge::Open { urgent: false, .. })));
    assert!(window(|badge| matches!(badge, WindowBadge::Open { urgent: true, .. })));
    assert!(window(|badge| matches!(badge, WindowBadge::Closed)));
    assert!(page.rows.iter().any(|row| row.unread) && page.rows.iter().any(|row| !row.unread));

    let last = |bubbles: Vec<MessageRow>| bubbles.into_iter().next_back().unwrap();
    assert!(last(bubbles(&account, 2).await).tick, "delivered just now");
    assert!(!bubbles(&account, 1).await[0].tick, "read long ago");
    assert!(matches!(last(bubbles(&account, 3).await).progress, Some(SendProgress::Failed)));
    assert_eq!(last(bubbles(&account, 8).await).progress, Some(SendProgress::Queued));
    assert!(matches!(last(bubbles(&account, 7).await).progress, Some(SendProgress::NeedsDecision { .. })));
    let screen = |id| {
        let handle = account.conversation(ConversationId(id));
        async move { handle.screen(Around::Newest, 50).await.unwrap() }
    };
    assert!(matches!(screen(1).await.composer, Composer::Open { .. }));
    assert!(matches!(screen(3).await.composer, Composer::RestartOnly { .. }));
    assert!(screen(1).await.draft.is_some() && screen(1).await.times_confirmed);
    assert!(screen(4).await.colleagues[0].answering);
    let month = account.usage().month(2026, 11).await.unwrap();
    assert_eq!((month.lines.len(), account.usage().this_month().await.unwrap()), (2, month));
}

#[tokio::test]
async fn what_is_done_in_it_is_done_at_once() {
    let account = sample("fr");
    let paul = account.conversation(ConversationId(2));
    let text = Draft::Text { body: "À bientôt".into(), reply_to: None };
    paul.send(text, None).await.unwrap();
    paul.comment("Pour moi".into(), vec![AgentId(2)]).await.unwrap();
    paul.assign(Assignee::Agent(AgentId(2))).await.unwrap();
    paul.set_open(false).await.unwrap();
    assert!(account.settled(20_000).await.unwrap());
    let screen = paul.screen(Around::Newest, 50).await.unwrap();
    assert!(!screen.open && screen.assignee.unwrap().id == AgentId(2));
    let sent = bubbles(&account, 2).await.pop().unwrap();
    assert_eq!((sent.text.as_str(), sent.progress), ("À bientôt", Some(SendProgress::Sent)));
    // What waited for a decision still does.
    assert!(!account.outbox().waiting().await.unwrap().is_empty());
    let Err(Error::Refused { code, .. }) = paul.media(MediaId(1)).await else { panic!("there is no file") };
    assert_eq!(code, "not_supported");
}

#[tokio::test]
async fn its_clock_stands_still_until_it_is_moved() {
    let clock = Arc::new(ManualClock::new("2030-03-04T15:00:00Z".parse().unwrap()));
    let account = Account::sample("en".into(), Some(clock.clone())).unwrap();
    let closing = account.conversation(ConversationId(2));
    let screen = closing.screen(Around::Newest, 50).await.unwrap();
    assert!(matches!(screen.composer, Composer::Open { remaining_ms: Some(2_700_000), .. }), "{:?}", screen.composer);
    clock.advance(Duration::from_secs(45 * 60));
    let screen = closing.screen(Around::Newest, 50).await.unwrap();
    assert!(matches!(screen.composer, Composer::RestartOnly { .. }), "{:?}", screen.composer);
}

#[tokio::test]
async fn it_can_be_paused_and_left_and_keeps_nothing_open() {
    let account = sample("en");
    account.pause().await.unwrap();
    assert_eq!(account.inbox().counts().await.unwrap_err(), Error::Paused);
    account.resume().await.unwrap();
    assert_eq!(account.inbox().page(InboxQuery::default()).await.unwrap().rows.len(), 8);
    assert_eq!(account.sign_out(true).await.unwrap(), SignOut::Done);
}
