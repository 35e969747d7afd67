//! What the agent sees.

use std::time::Duration;

use super::{LEA, Phone, open, text};
use crate::facade::{
    Around, AssigneeFilter, AuthorLabel, BubbleFill, Changed, Composer, ConnectionState, Dot, Error, InboxQuery,
    SavedDraft, SendProgress, Side, WindowBadge,
};
use crate::model::{ChannelKind, Command, ConversationId, DeliveryStatus, MediaId, PhraseKey};

impl Phone {
    pub(super) async fn screen_error(&self) -> Error {
        self.lea().screen(Around::Newest, 50).await.unwrap_err()
    }
}

#[tokio::test]
async fn whatsapp_is_recognised_in_the_list_at_each_message_and_in_the_channel_section() {
    let phone = Phone::ready().await;
    let list = phone.account.inbox().page(InboxQuery::default()).await.unwrap();
    let badge = list.rows[0].channel.clone().unwrap();
    assert_eq!((badge.kind, badge.account_name.as_str()), (ChannelKind::Whatsapp, "Atelier Nord"));
    let screen = phone.screen().await;
    assert_eq!(screen.channel.unwrap().name, "Atelier Nord");
    assert_eq!(phone.last().await.channel, ChannelKind::Whatsapp);
}

#[tokio::test]
async fn the_list_shows_who_waits_and_how_long_the_window_is_open() {
    let phone = Phone::ready().await;
    phone.hours_pass(23);
    let list = phone.account.inbox().page(InboxQuery::default()).await.unwrap();
    let row = &list.rows[0];
    assert_eq!((row.title.as_str(), row.unread), ("Léa Martin", true));
    assert_eq!(row.window, Some(WindowBadge::Open { remaining_ms: 3_600_000, urgent: true }));
    assert_eq!(row.preview.clone().unwrap().author, AuthorLabel::Person { name: "Léa Martin".into() });
    assert_ne!(row.dot, Dot::None);

    phone.hours_pass(1);
    let list = phone.account.inbox().page(InboxQuery::default()).await.unwrap();
    assert_eq!(list.rows[0].window, Some(WindowBadge::Closed));
}

#[tokio::test]
async fn a_window_that_the_server_states_counts_and_a_difference_is_said() {
    let phone = Phone::ready().await;
    assert_eq!(phone.screen().await.window_difference, None);
    phone.server.says_of_the_window(None);
    phone.settled().await;
    let screen = phone.screen().await;
    let Composer::RestartOnly { why, .. } = screen.composer else { panic!("{:?}", screen.composer) };
    assert_eq!(why.key, PhraseKey::WindowClosedByServer);
    assert_eq!(screen.window_difference.unwrap().key, PhraseKey::WindowDiffersClosed);
    let refused = phone.lea().send(text("Bonjour"), None).await.unwrap_err();
    assert!(matches!(refused, Error::Refused { code, .. } if code == "window_closed"));

    phone.hours_pass(1);
    phone.server.customer_says("Allô ?");
    phone.settled().await;
    let screen = phone.screen().await;
    assert!(matches!(screen.composer, Composer::Open { .. }), "the customer wrote after the server's word");
    assert_eq!(screen.window_difference, None);
}

#[tokio::test]
async fn what_is_on_screen_is_read_now_and_as_it_arrives_and_colleagues_see_who_looks() {
    let phone = Phone::ready().await;
    let handle = phone.lea();
    handle.enter().await.unwrap();
    let unread = |phone: &Phone| {
        let inbox = phone.account.inbox();
        async move { inbox.page(InboxQuery::default()).await.unwrap().rows[0].unread }
    };
    assert!(!unread(&phone).await);
    let newer = phone.server.customer_says("Allô ?");
    phone.settled().await;
    assert!(!unread(&phone).await);
    assert!(
        matches!(phone.server.executed().last(), Some(Command::MarkRead { up_to, tell_customer: true, .. }) if *up_to == newer)
    );

    handle.save_draft(SavedDraft { text: "Je".into(), reply_to: None }).await.unwrap();
    handle.leave().await.unwrap();
    phone.server.customer_says("Encore");
    phone.settled().await;
    assert!(unread(&phone).await);
    assert!(phone.server.presence_told().contains(&(Some(LEA), false)));
}

#[tokio::test]
async fn a_bubble_is_grey_until_it_was_read() {
    let phone = Phone::ready().await;
    phone.replies("Oui").await;
    phone.settled().await;
    let looks = |bubble: super::MessageRow| (bubble.side, bubble.fill, bubble.tick, bubble.note.map(|note| note.key));
    assert_eq!(looks(phone.last().await), (Side::Ours, BubbleFill::Grey, false, None));

    phone.server.report(DeliveryStatus::Delivered);
    phone.settled().await;
    assert_eq!(looks(phone.last().await), (Side::Ours, BubbleFill::Grey, true, Some(PhraseKey::NotSeen)));
    phone.clock.advance(Duration::from_secs(6));
    assert_eq!(looks(phone.last().await), (Side::Ours, BubbleFill::Grey, false, Some(PhraseKey::NotSeen)));

    phone.server.report(DeliveryStatus::Read);
    phone.settled().await;
    assert_eq!(looks(phone.last().await), (Side::Ours, BubbleFill::White, false, Some(PhraseKey::Seen)));
    phone.clock.advance(Duration::from_secs(6));
    assert_eq!(looks(phone.last().await), (Side::Ours, BubbleFill::White, false, None));
    assert_eq!(phone.last().await.progress, Some(SendProgress::Read));
}

#[tokio::test]
async fn the_composer_gives_way_to_restart_when_the_window_closes() {
    let phone = Phone::ready().await;
    let screen = phone.screen().await;
    assert!(matches!(screen.composer, Composer::Open { remaining_ms: Some(86_400_000), .. }));
    assert!(screen.reply_price.is_some());
    assert!(screen.valid_until.is_some());
    phone.hours_pass(24);
    let screen = phone.screen().await;
    assert!(matches!(screen.composer, Composer::RestartOnly { .. }));
    assert_eq!(screen.reply_price, None);
    let choices = phone.account.templates(screen.channel.unwrap().id).list(Some(LEA)).await.unwrap();
    assert_eq!((choices.len(), choices[0].usable), (1, true));
}

#[tokio::test]
async fn closing_shows_at_once_and_a_draft_is_kept_until_it_is_sent() {
    let phone = Phone::ready().await;
    phone.offline().await;
    phone.lea().set_open(false).await.unwrap();
    let open = |open| InboxQuery { open: Some(open), ..InboxQuery::default() };
    let inbox = phone.account.inbox();
    assert_eq!(inbox.page(open(true)).await.unwrap().rows.len(), 0);
    assert_eq!(inbox.page(open(false)).await.unwrap().rows.len(), 1);

    phone.lea().save_draft(SavedDraft { text: "Bonj".into(), reply_to: None }).await.unwrap();
    assert_eq!(phone.screen().await.draft.unwrap().text, "Bonj");
    phone.replies("Bonjour").await;
    assert_eq!(phone.screen().await.draft, None);
}

#[tokio::test]
async fn an_account_without_conversations_shows_a_notice_in_place_of_its_list() {
    let phone = Phone::ready().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let account = open(elsewhere.path(), &phone.clock, &phone.server, phone.secrets.clone(), true, false).await;
    let list = account.inbox().page(InboxQuery::default()).await.unwrap();
    assert_eq!((list.rows.len(), list.notice), (0, account.info().notice));
    assert!(!account.words(&account.info().notice.unwrap()).is_empty());
}

#[tokio::test]
async fn an_empty_filter_has_a_sentence_of_its_own() {
    let phone = Phone::ready().await;
    let mine = InboxQuery { assignee: AssigneeFilter::Mine, ..InboxQuery::default() };
    assert_eq!(phone.account.inbox().page(mine).await.unwrap().notice.unwrap().key, PhraseKey::EmptyFilter);
}

#[tokio::test]
async fn the_stream_tells_what_to_read_again_and_the_connection_is_known() {
    let phone = Phone::ready().await;
    let changes = phone.account.changes();
    assert_eq!(phone.account.connection(), ConnectionState::Live);
    phone.server.customer_says("Allô ?");
    phone.settled().await;
    let batch = changes.next().await.unwrap();
    assert!(batch.contains(&Changed::Inbox) && batch.contains(&Changed::Conversation { id: LEA }), "{batch:?}");
    phone.offline().await;
    assert_eq!(phone.account.connection(), ConnectionState::Offline);
}

#[tokio::test]
async fn searching_finds_names_and_words_without_a_network() {
    let phone = Phone::ready().await;
    phone.offline().await;
    let inbox = phone.account.inbox();
    let by_name = inbox.search("lea".into()).await.unwrap();
    assert_eq!((by_name[0].conversation_id, by_name[0].message_id), (LEA, None));
    let by_word = inbox.search("commande".into()).await.unwrap();
    assert_eq!((by_word[0].title.as_str(), by_word[0].text.as_str()), ("Léa Martin", "Bonjour, ma commande ?"));
}

#[tokio::test]
async fn a_file_is_fetched_once_and_then_is_here() {
    let phone = Phone::ready().await;
    let file = phone.lea().media(MediaId(9)).await.unwrap();
    assert_eq!(std::fs::read(&file.path).unwrap(), b"a photo");
    phone.offline().await;
    assert_eq!(phone.lea().media(MediaId(9)).await, Ok(file));
    assert_eq!(phone.lea().media(MediaId(10)).await, Err(Error::Offline));
}

#[tokio::test]
async fn half_a_file_is_never_taken_for_the_file_and_is_gone_on_with() {
    let phone = Phone::ready().await;
    phone.server.cut_download_to(3);
    assert_eq!(phone.lea().media(MediaId(9)).await, Err(Error::Offline));
    let file = phone.lea().media(MediaId(9)).await.unwrap();
    assert_eq!(std::fs::read(&file.path).unwrap(), b"a photo");
}

#[tokio::test]
async fn a_draft_is_judged_without_waiting_by_the_screen_before_it() {
    let phone = Phone::ready().await;
    let handle = phone.lea();
    assert_eq!(handle.check(text("Oui")).faults, []);
    handle.screen(Around::Newest, 10).await.unwrap();
    assert_eq!(handle.check(text("Oui")).length, 3);
    phone.hours_pass(25);
    assert_eq!(handle.check(text("Oui")).faults.len(), 1);
}

#[tokio::test]
async fn a_conversation_that_is_not_there_is_not_found() {
    let phone = Phone::ready().await;
    let nowhere = phone.account.conversation(ConversationId(99));
    assert_eq!(nowhere.enter().await, Err(Error::NotFound));
    assert_eq!(nowhere.send(text("Oui"), None).await, Err(Error::NotFound));
}

#[tokio::test]
async fn a_file_that_two_screens_ask_for_at_once_is_whole() {
    let phone = Phone::ready().await;
    let (one, other) = (phone.lea(), phone.lea());
    let (one, other) = tokio::join!(one.media(MediaId(9)), other.media(MediaId(9)));
    let one = one.unwrap();
    assert_eq!(std::fs::read(&one.path).unwrap(), b"a photo");
    assert_eq!(one, other.unwrap());
}

#[tokio::test]
async fn a_visit_that_ended_before_it_had_begun_marks_nothing_as_read() {
    let phone = Phone::ready().await;
    phone.server.break_history(true);
    phone.server.comes_back_into_view();
    phone.settled().await;
    phone.server.break_history(false);
    phone.server.answer_history(false);
    let before = phone.server.history_asked();
    let (handle, entering) = (phone.lea(), phone.lea());
    let mut entering = Box::pin(entering.enter());
    tokio::select! {
        // First it begins: history may have been asked for by the phone itself already.
        biased;
        entered = &mut entering => panic!("it does not wait for what is missing: {entered:?}"),
        () = phone.server.history_is_asked(before) => {}
    }
    handle.leave().await.unwrap();
    phone.server.answer_history(true);
    entering.await.unwrap();
    phone.settled().await;
    phone.server.customer_says("Allô ?");
    phone.settled().await;
    assert_eq!(phone.server.read_marks(), [], "nobody has looked at it");
    assert_eq!(phone.server.presence_told().iter().filter(|(shown, _)| shown.is_some()).count(), 0);
}

#[tokio::test]
async fn nothing_is_marked_as_read_over_a_hole() {
    let phone = Phone::ready().await;
    let newest = phone.server.customer_says("Allô ?");
    phone.settled().await;
    phone.server.break_history(true);
    phone.server.comes_back_into_view();
    phone.settled().await;
    // It comes on screen without a network: what was written is not here, so nobody has read it.
    phone.offline().await;
    let handle = phone.lea();
    handle.enter().await.unwrap();
    assert!(phone.account.inbox().page(InboxQuery::default()).await.unwrap().rows[0].unread);
    phone.online().await;
    assert_eq!(phone.server.read_marks(), []);
    phone.server.break_history(false);
    // The phone may still rest from what was refused: then the next visit fetches it.
    let comes_back = async {
        while phone.server.read_marks().is_empty() {
            handle.enter().await.unwrap();
            phone.settled().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), comes_back).await.expect("it was never fetched");
    // How often it is said is nobody's matter: a visit may begin while the last one's mark is on its way.
    assert!(phone.server.read_marks().iter().all(|mark| *mark == newest), "and once it is here, it is");
}

#[tokio::test]
async fn presence_is_sent_repeatedly_and_ends_when_the_conversation_leaves_the_screen() {
    let phone = Phone::ready().await;
    let told = |count: usize| {
        let server = phone.server.clone();
        async move {
            while server.presence_told().len() < count {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            server.presence_told()
        }
    };
    let told = |count| tokio::time::timeout(Duration::from_secs(20), told(count));
    let handle = phone.lea();
    handle.enter().await.unwrap();
    assert_eq!(told(1).await.unwrap(), [(Some(LEA), false)]);
    let draft = |text: &str| SavedDraft { text: text.into(), reply_to: None };
    handle.save_draft(draft("Bon")).await.unwrap();
    assert_eq!(told(2).await.unwrap()[1], (Some(LEA), true));
    // The server forgets after thirty seconds.
    phone.clock.advance(Duration::from_secs(20));
    assert_eq!(told(3).await.unwrap()[2], (Some(LEA), true));
    handle.save_draft(draft("")).await.unwrap();
    assert_eq!(told(4).await.unwrap()[3], (Some(LEA), false));
    handle.leave().await.unwrap();
    assert_eq!(told(5).await.unwrap()[4], (None, false));
    // Nobody looks any more: there is nothing to tell.
    phone.clock.advance(Duration::from_secs(20));
    phone.settled().await;
    assert_eq!(phone.server.presence_told().len(), 5);
}
