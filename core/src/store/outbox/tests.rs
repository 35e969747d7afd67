use std::path::Path;

use rusqlite::Connection;
use uuid::Uuid;

use super::{Draft, Enqueued, NewEntry, OUTBOX_MOST_BYTES, OUTBOX_MOST_COMMANDS, OutboxWriter};
use crate::model::{
    ClientKey, Command, ConversationId, DecisionReason, MediaKind, MessageId, OutboxEntry, OutboxState, Outgoing,
};
use crate::store::tests::at;
use crate::store::{StoreError, open};

fn outbox() -> Connection {
    open::writer(Path::new(":memory:"), &open::OUTBOX).unwrap()
}

fn key(n: u128) -> ClientKey {
    ClientKey(Uuid::from_u128(n))
}

fn says(n: u128, conversation: i64) -> NewEntry {
    let conversation_id = ConversationId(conversation);
    NewEntry {
        key: key(n),
        once_key: None,
        conversation_id: Some(conversation_id),
        command: Command::SendMessage {
            conversation_id,
            content: Outgoing::Text { body: "Elle part ce soir.".to_owned() },
            reply_to: Some(MessageId(4)),
        },
        epoch: "e7".to_owned(),
        created_at: at(1),
        state: OutboxState::Queued { not_before: None },
        file: None,
    }
}

fn sends_file(n: u128, size_bytes: i64) -> NewEntry {
    let content = Outgoing::Media {
        kind: MediaKind::Image,
        sha256: "ab".to_owned(),
        mime: "image/png".to_owned(),
        size_bytes,
        name: String::new(),
        caption: String::new(),
        voice: false,
    };
    let command = Command::SendMessage { conversation_id: ConversationId(1), content, reply_to: None };
    NewEntry { command, file: Some("media/ab".to_owned()), ..says(n, 1) }
}

fn keys(entries: Vec<OutboxEntry>) -> Vec<u128> {
    entries.into_iter().map(|entry| entry.key.0.as_u128()).collect()
}

#[test]
fn commands_wait_in_the_order_of_composing() {
    let db = outbox();
    let mut outbox = OutboxWriter::new(&db);
    // Whatever the keys say.
    for (n, conversation) in [(9, 1), (3, 2), (5, 1)] {
        outbox.enqueue(says(n, conversation)).unwrap();
    }
    assert_eq!(keys(outbox.entries().unwrap()), [9, 3, 5]);
    assert_eq!(keys(outbox.entries_of(ConversationId(1)).unwrap()), [9, 5]);
    let Enqueued::New(last) = outbox.enqueue(says(1, 1)).unwrap() else { panic!("it is new") };
    assert!(outbox.remove(last.key).unwrap());
    let Enqueued::New(next) = outbox.enqueue(says(2, 1)).unwrap() else { panic!("it is new") };
    assert!(next.position > last.position, "a position is never given twice");
}

#[test]
fn an_entry_comes_back_as_it_was_given() {
    let db = outbox();
    let mut outbox = OutboxWriter::new(&db);
    let given = NewEntry { once_key: Some("notification 7".to_owned()), ..sends_file(1, 1_000) };
    let Enqueued::New(entry) = outbox.enqueue(given.clone()).unwrap() else { panic!("it is new") };
    assert_eq!(outbox.entry(key(1)).unwrap().as_ref(), Some(&entry));
    let back = NewEntry {
        key: entry.key,
        once_key: entry.once_key,
        conversation_id: entry.conversation_id,
        command: entry.command,
        epoch: entry.epoch,
        created_at: entry.created_at,
        state: entry.state,
        file: entry.file,
    };
    assert_eq!((back, entry.attempts), (given, 0));
}

#[test]
fn the_same_key_given_twice_is_one_command() {
    let db = outbox();
    let mut outbox = OutboxWriter::new(&db);
    let Enqueued::New(first) = outbox.enqueue(says(1, 1)).unwrap() else { panic!("it is new") };
    assert_eq!(outbox.enqueue(says(1, 2)).unwrap(), Enqueued::Existing(first));
    assert_eq!(outbox.entries().unwrap().len(), 1);
}

#[test]
fn a_callers_key_makes_a_command_one_even_after_it_has_left() {
    let db = outbox();
    let mut outbox = OutboxWriter::new(&db);
    let answer = |n| NewEntry { once_key: Some("notification 7".to_owned()), ..says(n, 1) };
    let Enqueued::New(first) = outbox.enqueue(answer(1)).unwrap() else { panic!("it is new") };
    assert_eq!(outbox.enqueue(answer(2)).unwrap(), Enqueued::Existing(first));
    outbox.remove(key(1)).unwrap();
    assert_eq!(outbox.enqueue(answer(3)).unwrap(), Enqueued::Gone(key(1)));
    assert_eq!(outbox.entries().unwrap(), []);
}

#[test]
fn a_callers_key_is_forgotten_after_a_month_but_not_while_its_command_waits() {
    let db = outbox();
    let mut outbox = OutboxWriter::new(&db);
    let mut give = |n: u128, once: &str, day: i64| {
        let once_key = Some(once.to_owned());
        outbox.enqueue(NewEntry { once_key, created_at: at(day * 24 * 60), ..says(n, 1) }).unwrap()
    };
    give(1, "waits", 0);
    give(2, "left", 0);
    OutboxWriter::new(&db).remove(key(2)).unwrap();
    assert_eq!(give(3, "left", 29), Enqueued::Gone(key(2)));
    give(4, "another", 31);
    assert!(matches!(give(5, "waits", 31), Enqueued::Existing(_)));
    assert!(matches!(give(6, "left", 31), Enqueued::New(_)));
}

#[test]
fn a_command_moves_from_state_to_state_and_counts_its_attempts() {
    let db = outbox();
    let mut outbox = OutboxWriter::new(&db);
    outbox.enqueue(says(1, 1)).unwrap();
    assert!(outbox.begin_attempt(key(1), "e7").unwrap());
    assert!(outbox.begin_attempt(key(1), "e8").unwrap());
    let entry = outbox.entry(key(1)).unwrap().unwrap();
    assert_eq!((entry.state, entry.attempts), (OutboxState::InFlight, 2));
    assert_eq!(entry.epoch, "e7", "the first attempt says which history may have executed it");
    for state in [
        OutboxState::Queued { not_before: Some(at(9)) },
        OutboxState::Accepted,
        OutboxState::NeedsDecision { reason: DecisionReason::WindowClosed, since: at(3) },
        OutboxState::Failed { code: "window_closed".to_owned(), since: at(4) },
    ] {
        assert!(outbox.set_state(key(1), &state).unwrap());
        assert_eq!(outbox.entry(key(1)).unwrap().unwrap().state, state);
    }
    assert!(!outbox.set_state(key(2), &OutboxState::Accepted).unwrap());
    assert!(!outbox.begin_attempt(key(2), "e7").unwrap());
    assert!(outbox.remove(key(1)).unwrap() && !outbox.remove(key(1)).unwrap());
}

#[test]
fn at_the_next_start_nobody_knows_what_became_of_what_was_on_the_wire() {
    let db = outbox();
    let mut outbox = OutboxWriter::new(&db);
    for n in 1..=3 {
        outbox.enqueue(says(n, 1)).unwrap();
    }
    outbox.begin_attempt(key(2), "e7").unwrap();
    assert_eq!(outbox.in_flight_is_unknown().unwrap(), 1);
    let states: Vec<_> = outbox.entries().unwrap().into_iter().map(|entry| entry.state).collect();
    let queued = OutboxState::Queued { not_before: None };
    assert_eq!(states, [queued.clone(), OutboxState::Unknown, queued]);
}

#[test]
fn five_hundred_commands_are_enough() {
    let db = outbox();
    let mut outbox = OutboxWriter::new(&db);
    for n in 1..=u128::try_from(OUTBOX_MOST_COMMANDS).unwrap() {
        outbox.enqueue(says(n, 1)).unwrap();
    }
    assert_eq!(outbox.enqueue(says(1_000, 1)), Err(StoreError::OutboxFull));
    assert!(matches!(outbox.enqueue(says(7, 1)).unwrap(), Enqueued::Existing(_)), "a repetition needs no room");
    outbox.remove(key(1)).unwrap();
    assert!(outbox.enqueue(says(1_000, 1)).is_ok());
}

#[test]
fn attachments_that_wait_have_a_limit_together() {
    let db = outbox();
    let mut outbox = OutboxWriter::new(&db);
    outbox.enqueue(sends_file(1, OUTBOX_MOST_BYTES - 10)).unwrap();
    assert_eq!(outbox.enqueue(sends_file(2, 11)), Err(StoreError::OutboxFull));
    assert!(outbox.enqueue(sends_file(3, 10)).is_ok());
    assert!(outbox.enqueue(says(4, 1)).is_ok(), "words have room");
}

#[test]
fn a_draft_is_kept_until_it_is_empty() {
    let db = outbox();
    let mut outbox = OutboxWriter::new(&db);
    let id = ConversationId(1);
    let draft = Draft { text: "Elle p".to_owned(), reply_to: Some(MessageId(4)), changed_at: at(1) };
    outbox.save_draft(id, &draft).unwrap();
    assert_eq!(outbox.draft(id).unwrap(), Some(draft.clone()));
    let longer = Draft { text: "Elle part".to_owned(), reply_to: None, changed_at: at(2) };
    outbox.save_draft(id, &longer).unwrap();
    assert_eq!(outbox.draft(id).unwrap(), Some(longer));
    assert_eq!(outbox.draft(ConversationId(2)).unwrap(), None);
    outbox.save_draft(id, &Draft { text: String::new(), reply_to: None, ..draft }).unwrap();
    assert_eq!(outbox.draft(id).unwrap(), None);
}

#[test]
fn a_setting_that_does_not_read_any_more_is_as_if_it_were_not_there() {
    let db = outbox();
    let mut outbox = OutboxWriter::new(&db);
    outbox.put_setting("offset", &(5_i64, "boot".to_owned())).unwrap();
    assert_eq!(outbox.setting("offset").unwrap(), Some((5_i64, "boot".to_owned())));
    assert_eq!(outbox.setting::<bool>("offset").unwrap(), None);
    assert_eq!(outbox.setting::<bool>("other").unwrap(), None);
    outbox.put_setting("offset", &true).unwrap();
    assert_eq!(outbox.setting("offset").unwrap(), Some(true));
    outbox.remove_setting("offset").unwrap();
    assert_eq!(outbox.setting::<bool>("offset").unwrap(), None);
}
