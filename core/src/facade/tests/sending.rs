//! What leaves, once and in order, and what is asked of the agent instead.

use std::time::Duration;

use super::fake::{BACK_SOON, Fate};
use super::{LEA, LONG_MS, Phone, text};
use crate::facade::{
    Changed, CommandOutcome, ConnectionState, Decision, Draft, Error, MessageAction, SendProgress, SignOut, TimelineRow,
};
use crate::model::{Command, DecisionReason, DeliveryStatus, Outgoing};

#[tokio::test]
async fn a_reply_is_on_screen_at_once_and_the_servers_row_takes_its_place() {
    let phone = Phone::ready().await;
    phone.offline().await;
    phone.replies("Elle part ce soir.").await;
    let echo = phone.last().await;
    assert_eq!((echo.message_id, &echo.progress), (None, &Some(SendProgress::Queued)));

    phone.online().await;
    let row = phone.last().await;
    assert_eq!(row.row_key, echo.row_key);
    assert!(row.message_id.is_some());
    assert_eq!(phone.bubbles().await.len(), 2);
    assert_eq!(phone.account.outbox().waiting().await.unwrap(), []);
    assert_eq!(phone.server.sent(), ["Elle part ce soir."]);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_and_the_message_sent_once() {
    let phone = Phone::ready().await;
    phone.server.next_command(Fate::AnswerLost);
    phone.replies("Oui").await;
    phone.settled().await;
    assert_eq!(phone.server.sent(), ["Oui"]);
    assert_eq!(phone.account.outbox().waiting().await.unwrap(), []);
}

#[tokio::test]
async fn a_message_that_never_arrived_is_sent_again_under_its_key_and_in_its_place() {
    let phone = Phone::ready().await;
    phone.server.next_command(Fate::NeverArrives);
    phone.replies("Un").await;
    phone.replies("Deux").await;
    phone.settled().await;
    assert_eq!(phone.server.sent(), ["Un", "Deux"]);
}

#[tokio::test]
async fn what_the_server_has_and_did_not_show_is_asked_for() {
    let phone = Phone::ready().await;
    phone.server.next_command(Fate::Unseen);
    phone.replies("Un").await;
    phone.replies("Deux").await;
    phone.settled().await;
    assert_eq!(phone.account.outbox().waiting().await.unwrap(), []);
    assert!(phone.bubbles().await.iter().all(|bubble| bubble.message_id.is_some()));
    assert_eq!(phone.server.sent(), ["Un", "Deux"]);
}

#[tokio::test]
async fn what_waited_offline_leaves_in_order_after_a_kill() {
    let phone = Phone::ready().await;
    phone.offline().await;
    for body in ["Un", "Deux", "Trois"] {
        phone.replies(body).await;
    }
    let phone = phone.restarted().await;
    phone.online().await;
    assert_eq!(phone.server.sent(), ["Un", "Deux", "Trois"]);
}

#[tokio::test]
async fn a_pause_is_not_undone_by_an_earlier_resume() {
    let phone = Phone::ready().await;
    for _ in 0..200 {
        phone.account.pause().await.unwrap();
        let mut resuming = Box::pin(phone.account.resume());
        assert!(futures_util::poll!(&mut resuming).is_pending());
        phone.account.pause().await.unwrap();
        assert_eq!(phone.account.connection(), ConnectionState::Paused);
        let resumed = resuming.await;
        assert!(matches!(resumed, Ok(()) | Err(Error::Paused)), "{resumed:?}");
        assert_eq!(phone.account.connection(), ConnectionState::Paused, "{resumed:?}");
    }
    phone.account.resume().await.unwrap();
    phone.settled().await;
}

#[tokio::test]
async fn an_account_that_is_opened_again_runs_there_and_the_earlier_object_is_paused() {
    let phone = Phone::ready().await;
    phone.offline().await;
    phone.replies("Un").await;
    let changes = phone.account.changes();
    let anew = phone.opened_again().await;
    while phone.account.connection() != ConnectionState::Paused {
        tokio::time::timeout(Duration::from_secs(20), changes.next()).await.expect("it goes on");
    }
    assert_eq!(phone.lea().send(text("Trop tard"), None).await.err(), Some(Error::Paused));

    phone.server.set_network(true);
    anew.network_available();
    assert!(anew.settled(LONG_MS).await.unwrap());
    assert_eq!(phone.server.sent(), ["Un"]);
    assert_eq!(anew.outbox().waiting().await.unwrap(), []);

    // Resumed, the first has the files back.
    phone.account.resume().await.unwrap();
    phone.settled().await;
    assert_eq!(phone.bubbles().await.len(), 2);
    assert_eq!(anew.outbox().waiting().await.err(), Some(Error::Paused));
}

#[tokio::test]
async fn a_reply_that_waited_past_the_window_is_never_sent_late_and_the_agent_decides() {
    let phone = Phone::ready().await;
    phone.offline().await;
    let first = phone.replies("Un").await;
    phone.replies("Deux").await;
    phone.hours_pass(24);
    phone.online().await;

    assert_eq!(phone.server.sent(), [""; 0]);
    let waiting = phone.account.outbox().waiting().await.unwrap();
    let closed = SendProgress::NeedsDecision { reason: DecisionReason::WindowClosed };
    assert!(waiting.iter().all(|command| command.progress == closed), "{waiting:?}");
    assert_eq!(waiting[0].actions, [MessageAction::Restart, MessageAction::Edit, MessageAction::Discard]);

    let outbox = phone.account.outbox();
    assert!(
        matches!(outbox.decide(first, Decision::Send).await, Err(Error::Refused { code, .. }) if code == "window_closed")
    );
    assert_eq!(outbox.decide(first, Decision::Edit).await, Ok(CommandOutcome::Withdrawn { text: "Un".into() }));
    assert_eq!(outbox.waiting().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_template_that_waited_while_the_customer_wrote_is_asked_about() {
    let phone = Phone::ready().await;
    phone.hours_pass(25);
    phone.settled().await;
    assert!(
        matches!(phone.lea().send(text("Trop tard"), None).await, Err(Error::Refused { code, .. }) if code == "window_closed")
    );

    phone.offline().await;
    let template = Draft::Template { template_id: BACK_SOON, values: vec![] };
    let key = phone.lea().send(template, None).await.unwrap();
    phone.clock.advance(Duration::from_secs(60));
    phone.server.customer_says("Toujours rien ?");
    phone.online().await;
    assert_eq!(phone.server.sent(), [""; 0]);
    let reopened = SendProgress::NeedsDecision { reason: DecisionReason::WindowReopened };
    assert_eq!(phone.account.outbox().waiting().await.unwrap()[0].progress, reopened);

    assert!(matches!(phone.account.outbox().decide(key, Decision::Send).await, Ok(CommandOutcome::Queued { .. })));
    phone.settled().await;
    assert_eq!(phone.server.sent(), ["(template)"]);
}

#[tokio::test]
async fn a_refused_reply_keeps_its_words_and_those_behind_it_are_asked_about() {
    let phone = Phone::ready().await;
    phone.offline().await;
    let first = phone.replies("Un").await;
    phone.replies("Deux").await;
    phone.server.next_command(Fate::Refused("provider_refused"));
    phone.online().await;
    let bubbles = phone.bubbles().await;
    let progress: Vec<_> = bubbles[1..].iter().map(|bubble| bubble.progress.clone().unwrap()).collect();
    let asked = SendProgress::NeedsDecision { reason: DecisionReason::EarlierRefused };
    assert_eq!(progress, [SendProgress::Refused { code: "provider_refused".into() }, asked]);
    assert_eq!(phone.server.sent(), [""; 0]);

    let CommandOutcome::Queued { key } = phone.account.outbox().retry(first).await.unwrap() else { panic!() };
    assert_ne!(key, first);
    phone.settled().await;
    assert_eq!(phone.server.sent(), ["Un"]);
}

#[tokio::test]
async fn a_message_of_unknown_fate_shows_it_until_the_provider_reports() {
    let phone = Phone::ready().await;
    phone.server.next_command(Fate::Ambiguous);
    phone.replies("Oui").await;
    phone.settled().await;
    let ambiguous = Some(SendProgress::NeedsDecision { reason: DecisionReason::Ambiguous });
    assert_eq!(phone.last().await.progress, ambiguous);
    assert_eq!(phone.bubbles().await.len(), 2);

    phone.server.report(DeliveryStatus::Sent);
    phone.settled().await;
    assert_eq!(phone.last().await.progress, Some(SendProgress::Sent));
    assert_eq!(phone.account.outbox().waiting().await.unwrap(), []);
}

#[tokio::test]
async fn a_busy_server_is_left_alone_for_as_long_as_it_asks() {
    let phone = Phone::ready().await;
    phone.server.next_command(Fate::Busy(Duration::from_secs(30)));
    phone.replies("Oui").await;
    phone.settled().await;
    assert_eq!(phone.server.sent(), [""; 0]);
    phone.clock.advance(Duration::from_secs(31));
    phone.settled().await;
    assert_eq!(phone.server.sent(), ["Oui"]);
}

#[tokio::test]
async fn a_conversation_that_left_my_view_is_not_written_to() {
    let phone = Phone::ready().await;
    phone.offline().await;
    phone.replies("Oui").await;
    phone.server.take_away(LEA);
    phone.online().await;
    assert_eq!(phone.server.sent(), [""; 0]);
    let left = SendProgress::NeedsDecision { reason: DecisionReason::LeftView };
    assert_eq!(phone.account.outbox().waiting().await.unwrap()[0].progress, left);
    assert_eq!(phone.screen_error().await, Error::NotFound);
}

#[tokio::test]
async fn given_twice_under_one_key_of_the_caller_it_is_sent_once() {
    let phone = Phone::ready().await;
    let once = Some("notification-7".to_owned());
    let first = phone.lea().send(text("Oui"), once.clone()).await.unwrap();
    phone.settled().await;
    assert_eq!(phone.lea().send(text("Oui"), once).await.unwrap(), first);
    phone.settled().await;
    assert_eq!(phone.server.sent(), ["Oui"]);
}

#[tokio::test]
async fn cancelling_is_free_while_it_waits_and_too_late_once_it_has_left() {
    let phone = Phone::ready().await;
    phone.offline().await;
    let key = phone.replies("Non").await;
    assert_eq!(phone.account.outbox().cancel(key).await, Ok(CommandOutcome::Withdrawn { text: "Non".into() }));
    phone.online().await;
    assert_eq!(phone.server.sent(), [""; 0]);
    assert_eq!(phone.account.outbox().cancel(key).await, Err(Error::NotFound));
}

#[tokio::test]
async fn signing_out_returns_what_has_not_been_sent() {
    let phone = Phone::ready().await;
    phone.offline().await;
    phone.replies("Oui").await;
    let SignOut::Unsent { waiting } = phone.account.sign_out(false).await.unwrap() else { panic!() };
    assert_eq!(waiting[0].text, "Oui");
    assert_eq!(waiting[0].conversation_title.as_deref(), Some("Léa Martin"));
}

#[tokio::test]
async fn paused_nothing_works_and_resumed_everything_goes_on() {
    let phone = Phone::ready().await;
    phone.offline().await;
    phone.replies("Oui").await;
    phone.account.pause().await.unwrap();
    assert_eq!(phone.screen_error().await, Error::Paused);
    assert_eq!(phone.lea().send(text("Non"), None).await, Err(Error::Paused));
    phone.server.set_network(true);
    phone.account.resume().await.unwrap();
    phone.settled().await;
    assert_eq!(phone.server.sent(), ["Oui"]);
}

#[tokio::test]
async fn what_leaves_while_there_is_time_is_counted() {
    let phone = Phone::ready().await;
    phone.offline().await;
    phone.replies("Oui").await;
    assert_eq!(phone.account.flush(LONG_MS).await, Ok(1));
    phone.server.set_network(true);
    assert_eq!(phone.account.flush(LONG_MS).await, Ok(0));
}

#[tokio::test]
async fn a_comment_goes_to_colleagues_only_and_a_reaction_stands_on_its_message() {
    let phone = Phone::ready().await;
    let question = phone.last().await.message_id.unwrap();
    phone.offline().await;
    phone.lea().comment("Client fidèle".into(), vec![]).await.unwrap();
    phone.lea().react(question, Some("👍".into())).await.unwrap();
    for _ in 0..2 {
        let rows = phone.screen().await.rows;
        let [TimelineRow::Message(bubble), TimelineRow::Comment(comment)] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((bubble.reactions[0].emoji.as_str(), comment.body.as_str()), ("👍", "Client fidèle"));
        phone.online().await;
    }
    assert!(matches!(phone.server.executed().as_slice(), [Command::AddComment { .. }, Command::SendMessage { .. }]));
}

fn photo(phone: &Phone, bytes: usize) -> Draft {
    let path = phone.folder.path().join("photo.jpg");
    let content: Vec<u8> = (0..bytes).map(|number| (number % 251) as u8).collect();
    std::fs::write(&path, content).unwrap();
    Draft::Media {
        path: path.to_string_lossy().into_owned(),
        mime: "image/jpeg".into(),
        name: String::new(),
        caption: "Voilà".into(),
        voice: false,
        reply_to: None,
    }
}

#[tokio::test]
async fn a_photo_travels_before_its_message_and_goes_on_where_it_was_cut() {
    let phone = Phone::ready().await;
    phone.server.cut_upload_after(2);
    phone.lea().send(photo(&phone, 1_300_000), None).await.unwrap();
    // It was copied in: the agent may delete their own.
    std::fs::remove_file(phone.folder.path().join("photo.jpg")).unwrap();
    phone.settled().await;
    assert_eq!(phone.server.executed().len(), 0);
    let echo = phone.last().await;
    assert_eq!((&echo.progress, echo.content.text()), (&Some(SendProgress::Queued), "Voilà"));

    phone.clock.advance(Duration::from_secs(61));
    phone.settled().await;
    let executed = phone.server.executed();
    let [Command::SendMessage { content: Outgoing::Media { sha256, name, .. }, .. }] = executed.as_slice() else {
        panic!("{executed:?}")
    };
    assert_eq!(name, "photo.jpg");
    assert_eq!(phone.server.uploads()[sha256].len(), 1_300_000);
    assert_eq!(phone.last().await.row_key, echo.row_key);
}

/// After a kill in the middle of an upload the server may still be reading what came of it.
#[tokio::test]
async fn an_upload_that_the_server_is_still_busy_with_is_retried_without_asking_the_agent() {
    let phone = Phone::ready().await;
    phone.server.refuse_pieces(20);
    phone.lea().send(photo(&phone, 100_000), None).await.unwrap();
    for _ in 0..4 {
        phone.settled().await;
        if phone.server.executed().is_empty() {
            assert_eq!(phone.last().await.progress, Some(SendProgress::Queued));
        }
        phone.clock.advance(Duration::from_secs(61));
    }
    phone.settled().await;
    assert_eq!(phone.server.executed().len(), 1);
}

/// It may have every byte and not have put the file away yet, or have been stopped before it did.
#[tokio::test]
async fn a_file_that_the_server_has_by_its_own_word_is_checked_before_its_message_leaves() {
    let phone = Phone::ready().await;
    for _ in 0..2 {
        phone.lea().send(photo(&phone, 100_000), None).await.unwrap();
        phone.settled().await;
    }
    assert_eq!(phone.server.pieces(), [(0, 100_000), (100_000, 0)]);
    assert_eq!(phone.server.executed().len(), 2);
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_and_the_limit_named() {
    let phone = Phone::ready().await;
    let refused = phone.lea().send(photo(&phone, 2_500_000), None).await.unwrap_err();
    let Error::Refused { code, phrase, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(code, "too_large");
    assert!(phone.account.words(&phrase).contains('2'), "{}", phone.account.words(&phrase));
    assert_eq!(phone.account.outbox().waiting().await.unwrap(), []);
}

#[tokio::test]
async fn a_message_of_unknown_fate_can_be_sent_again_or_discarded() {
    for (decision, sent) in [(Decision::Send, 2), (Decision::Discard, 1)] {
        let phone = Phone::ready().await;
        phone.server.next_command(Fate::Ambiguous);
        let key = phone.replies("Oui").await;
        phone.settled().await;
        phone.account.outbox().decide(key, decision).await.unwrap();
        phone.settled().await;
        assert_eq!(phone.server.sent().len(), sent);
        assert_eq!(phone.account.outbox().waiting().await.unwrap(), []);
    }
}

#[tokio::test]
async fn what_may_have_left_is_burnt_at_the_server_before_it_is_given_up() {
    let phone = Phone::ready().await;
    phone.server.next_command(Fate::NeverArrives);
    let key = phone.replies("Oui").await;
    // The server is there for everything but the question what became of the key.
    phone.server.set_forgetful(true);
    let unknown = |phone: &Phone| {
        let outbox = phone.account.outbox();
        async move { outbox.waiting().await.unwrap()[0].progress == SendProgress::Unknown }
    };
    let changes = phone.account.changes();
    while !unknown(&phone).await {
        changes.next().await.unwrap();
    }
    assert_eq!(phone.account.outbox().cancel(key).await, Ok(CommandOutcome::Withdrawn { text: "Oui".into() }));
    phone.server.set_forgetful(false);
    phone.settled().await;
    assert_eq!(phone.server.sent(), [""; 0]);
}

#[tokio::test]
async fn a_key_that_the_server_has_forgotten_is_not_burnt_and_its_fate_is_shown_as_unknown() {
    let phone = Phone::ready().await;
    phone.server.next_command(Fate::AnswerLost);
    phone.server.set_forgetful(true);
    let key = phone.replies("Oui").await;
    let outbox = phone.account.outbox();
    let changes = phone.account.changes();
    while outbox.waiting().await.unwrap()[0].progress != SendProgress::Unknown {
        changes.next().await.unwrap();
    }
    phone.server.forget_keys();
    assert_eq!(outbox.cancel(key).await, Ok(CommandOutcome::AlreadySent));
    let [left] = &outbox.waiting().await.unwrap()[..] else { panic!("it is still asked about") };
    assert_eq!(left.progress, SendProgress::NeedsDecision { reason: DecisionReason::Ambiguous });
    assert_eq!(outbox.decide(key, Decision::Discard).await, Ok(CommandOutcome::Withdrawn { text: "Oui".into() }));
    assert_eq!(phone.server.sent(), ["Oui"], "it had left, and nothing was sent again");
}

#[tokio::test]
async fn a_send_that_races_a_sign_out_is_refused_or_reported_and_never_forgotten() {
    let mut seen = [0, 0];
    for round in 0..24 {
        let phone = Phone::ready().await;
        phone.offline().await;
        let (handle, account) = (phone.lea(), phone.account.clone());
        let after = |turns: usize| async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        };
        let sending = async {
            after(round % 6).await;
            handle.send(text("Oui"), None).await
        };
        let leaving = async {
            after(round / 6).await;
            account.sign_out(false).await
        };
        match tokio::join!(sending, leaving) {
            (Ok(_), Ok(SignOut::Unsent { waiting })) => {
                assert_eq!(waiting[0].text, "Oui");
                seen[0] += 1;
            }
            (Err(Error::SignedOut | Error::Paused), _) => seen[1] += 1,
            (sent, left) => panic!("said to be queued, and forgotten: {sent:?}, {left:?}"),
        }
    }
    assert_eq!(seen.iter().sum::<i32>(), 24, "{seen:?}");
}

#[tokio::test]
async fn a_resume_announces_that_everything_may_have_changed() {
    let phone = Phone::ready().await;
    let changes = phone.account.changes();
    phone.account.pause().await.unwrap();
    phone.server.customer_says("Allô ?");
    phone.account.resume().await.unwrap();
    let mut announced = Vec::new();
    while !announced.contains(&Changed::Overflow) {
        announced.extend(tokio::time::timeout(Duration::from_secs(20), changes.next()).await.unwrap().unwrap());
    }
    assert!(announced.contains(&Changed::Connection), "{announced:?}");
    // Who reads everything again now has what came in meanwhile, or is told once it is here.
    while phone.last().await.content.text() != "Allô ?" {
        tokio::time::timeout(Duration::from_secs(20), changes.next()).await.unwrap().unwrap();
    }
}
