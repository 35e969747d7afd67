use super::{holes, ids, messages};
use crate::model::{
    Agent, AgentId, AgentStatus, ContactId, Conversation, ConversationId, MessageId, Row, SavedReply, SavedReplyId,
    Seq, Versioned,
};
use crate::store::tests::{
    Cache, at, contact, conversation, cursor, held_from, listed, marker, message, now, put, row, saying, snapshot,
};
use crate::store::{HistoryAnswer, HistoryPart, PageFault, SCHEMA_LEVEL, SnapshotPart, StoreError};

fn agent(seq: i64, id: i64) -> Versioned {
    let agent = Agent {
        id: AgentId(id),
        name: "Marc".to_owned(),
        status: AgentStatus::Online,
        status_since: at(0),
        administrator: false,
        groups: Vec::new(),
    };
    Versioned { seq: Seq(seq), row: Row::Agent(agent) }
}

fn with_messages(id: i64, messages_seq: i64) -> Conversation {
    Conversation { messages_seq: Seq(messages_seq), ..conversation(id) }
}

/// Conversations 1 to 3 with a message each, all whole, at cursor 100.
fn cache() -> Cache {
    let mut cache = Cache::blank();
    let mut rows = vec![agent(1, 3), row(2, contact(1, "Léa", None)), row(2, contact(2, "Noé", None))];
    let mut newest = Vec::new();
    for id in 1..=3 {
        rows.extend([row(50 + id, with_messages(id, 40 + id)), row(40 + id, message(id * 10, id))]);
        newest.push(held_from(id, None));
    }
    cache.snapshot(&SnapshotPart { newest, ..snapshot(100, rows) }).unwrap();
    cache
}

fn stale(cache: &Cache, id: i64) -> bool {
    cache.read().conversation(ConversationId(id)).unwrap().unwrap().stale
}

#[test]
fn a_snapshot_in_pages_moves_the_cursor_only_with_the_last() {
    let mut cache = Cache::blank();
    let whole = snapshot(100, vec![row(50, conversation(1))]);
    let first = SnapshotPart { next: Some("p2".to_owned()), complete: false, ..whole.clone() };
    let last = SnapshotPart { asked: Some("p2".to_owned()), rows: Vec::new(), ..whole };
    cache.snapshot(&first).unwrap();
    assert_eq!(cache.read().cursor().unwrap(), None);
    assert!(cache.read().conversation(ConversationId(1)).unwrap().is_some(), "rows are shown at once");
    cache.snapshot(&last).unwrap();
    let place = cache.read().feed().unwrap();
    assert_eq!((place.epoch.as_deref(), place.cursor), (Some("e7"), Some(cursor(100))));
    assert!(!place.snapshot_needed);
}

#[test]
fn a_page_of_a_snapshot_is_applied_once_and_in_its_turn() {
    let mut cache = Cache::blank();
    let whole = snapshot(100, vec![row(50, conversation(1))]);
    let first = SnapshotPart { next: Some("p2".to_owned()), complete: false, ..whole.clone() };
    let second = SnapshotPart { asked: Some("p2".to_owned()), next: Some("p3".to_owned()), complete: false, ..whole };
    cache.snapshot(&first).unwrap();
    cache.snapshot(&second).unwrap();
    let not_next = Err(StoreError::Page(PageFault::NotNext));
    assert_eq!(cache.snapshot(&second), not_next);
    let other_token = SnapshotPart { asked: Some("p9".to_owned()), ..second.clone() };
    assert_eq!(cache.snapshot(&other_token), not_next);
    let other_place = SnapshotPart { asked: Some("p3".to_owned()), at: cursor(101), ..second.clone() };
    assert_eq!(cache.snapshot(&other_place), not_next);
    let endless = SnapshotPart { asked: Some("p3".to_owned()), next: None, ..second };
    assert_eq!(cache.snapshot(&endless), not_next);
    assert!(cache.snapshot(&first).is_ok(), "the first page begins again");
}

#[test]
fn what_is_held_and_not_listed_is_deleted_with_the_last_page_and_not_before() {
    let mut cache = cache();
    let whole = snapshot(200, vec![row(51, with_messages(1, 41))]);
    let first = SnapshotPart { next: Some("p2".to_owned()), complete: false, ..whole.clone() };
    cache.snapshot(&first).unwrap();
    assert_eq!(ids(&cache, 2), [20]);
    let last = SnapshotPart { asked: Some("p2".to_owned()), rows: vec![agent(1, 3)], ..whole };
    cache.snapshot(&last).unwrap();
    assert_eq!(cache.read().conversation(ConversationId(2)).unwrap(), None);
    assert_eq!(ids(&cache, 2), [0; 0]);
    assert_eq!(cache.read().contact(ContactId(2)).unwrap(), None);
    assert_eq!(ids(&cache, 1), [10], "history is kept");
    assert!(cache.read().contact(ContactId(1)).unwrap().is_some());
    // An answer that was read before does not bring it back, the feed does.
    cache.rows(&[row(52, conversation(2))]);
    assert_eq!(cache.read().conversation(ConversationId(2)).unwrap(), None);
    cache.page(&[put(201, conversation(2))]);
    assert!(cache.read().conversation(ConversationId(2)).unwrap().is_some());
}

#[test]
fn a_directory_row_that_the_snapshot_does_not_bring_is_gone() {
    let mut cache = cache();
    let reply = SavedReply { id: SavedReplyId(1), title: "Merci".to_owned(), text: "Merci !".to_owned() };
    cache.page(&[put(101, Row::SavedReply(reply))]);
    cache.snapshot(&snapshot(200, vec![agent(150, 4)])).unwrap();
    let agents: Vec<i64> = cache.read().agents().unwrap().iter().map(|agent| agent.id.0).collect();
    assert_eq!(agents, [4]);
    assert_eq!(cache.read().saved_replies().unwrap(), []);
}

#[test]
fn listed_with_the_same_numbers_it_is_still_whole() {
    let mut cache = cache();
    let visible = vec![listed(1, 51, 41), listed(2, 52, 42), listed(3, 53, 43)];
    cache.snapshot(&SnapshotPart { visible, ..snapshot(200, Vec::new()) }).unwrap();
    for id in 1..=3 {
        assert!(!stale(&cache, id) && !messages(&cache, id).stale);
        assert_eq!(holes(&cache, id), []);
    }
    cache.page(&[put(201, message(11, 1))]);
    assert_eq!(holes(&cache, 1), [], "the feed goes on keeping it whole");
}

#[test]
fn listed_with_other_numbers_it_is_stale_and_its_end_is_open_to_doubt() {
    let mut cache = cache();
    let visible = vec![listed(1, 151, 141), listed(2, 152, 42), listed(3, 53, 43)];
    cache.snapshot(&SnapshotPart { visible, ..snapshot(200, Vec::new()) }).unwrap();
    assert!(stale(&cache, 1) && stale(&cache, 2) && !stale(&cache, 3));
    assert!(messages(&cache, 1).stale && !messages(&cache, 2).stale);
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![10], vec![(10, 0)]), "what is held is still shown");
    assert_eq!(cache.read().conversations_wanted(10).unwrap(), [ConversationId(1), ConversationId(2)]);
    assert_eq!(cache.read().history_wanted(10).unwrap(), [ConversationId(1)]);

    // Fetched again, nothing is stale.
    cache.rows(&[row(151, with_messages(1, 141)), row(152, with_messages(2, 42))]);
    let ticket = cache.read().history_ticket(ConversationId(1)).unwrap();
    let rows = vec![row(41, message(10, 1)), row(141, message(12, 1))];
    let answer = HistoryAnswer { ticket, asked: HistoryPart::Newest, rows, more: false };
    cache.write(|cache| cache.apply_history(&answer, now())).unwrap();
    assert!(!stale(&cache, 1) && !messages(&cache, 1).stale);
    assert_eq!(holes(&cache, 1), []);
    assert_eq!(cache.read().conversations_wanted(10).unwrap(), []);
}

#[test]
fn a_conversation_the_snapshot_brings_anew_is_whole_only_from_where_it_says() {
    let mut cache = cache();
    let rows = vec![row(151, with_messages(1, 141)), row(141, message(19, 1))];
    let part = SnapshotPart { newest: vec![held_from(1, Some(19))], ..snapshot(200, rows) };
    cache.snapshot(&part).unwrap();
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![10, 19], vec![(10, 19)]));
    assert!(messages(&cache, 1).stale && !stale(&cache, 1));
}

#[test]
fn an_answer_ahead_of_the_feed_does_not_hide_that_messages_were_jumped_over() {
    let mut cache = cache();
    // A command's answer brings the row as it is at the server; its messages are still to come.
    cache.rows(&[row(151, with_messages(1, 141))]);
    let visible = vec![listed(1, 151, 141), listed(2, 52, 42), listed(3, 53, 43)];
    cache.snapshot(&SnapshotPart { visible, ..snapshot(200, Vec::new()) }).unwrap();
    assert!(!stale(&cache, 1) && messages(&cache, 1).stale);
    assert_eq!(holes(&cache, 1), [(10, 0)]);
}

#[test]
fn what_changes_while_the_snapshot_is_read_comes_with_the_feed() {
    let mut cache = Cache::blank();
    let rows = vec![row(51, with_messages(1, 41)), row(41, message(10, 1))];
    let visible = vec![listed(1, 61, 60)];
    let part = SnapshotPart { visible, newest: vec![held_from(1, None)], ..snapshot(55, rows) };
    cache.snapshot(&part).unwrap();
    assert!(!stale(&cache, 1) && !messages(&cache, 1).stale);
    cache.page(&[put(60, message(11, 1)), put(61, with_messages(1, 60))]);
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![10, 11], vec![]));
}

#[test]
fn listed_and_not_held_is_a_known_gap_until_it_is_fetched() {
    let mut cache = cache();
    let visible = vec![listed(1, 51, 41), listed(2, 52, 42), listed(3, 53, 43), listed(8, 90, 80), listed(9, 91, 81)];
    cache.snapshot(&SnapshotPart { visible, ..snapshot(200, Vec::new()) }).unwrap();
    assert_eq!(cache.read().conversations_wanted(10).unwrap(), [ConversationId(9), ConversationId(8)]);
    assert_eq!(cache.read().conversations_wanted(1).unwrap(), [ConversationId(9)]);
    cache.rows(&[row(91, with_messages(9, 81))]);
    assert_eq!(cache.read().conversations_wanted(10).unwrap(), [ConversationId(8)]);
    assert!(!stale(&cache, 9));
    // An answer older than the list is written, and known to be stale.
    cache.rows(&[row(60, with_messages(8, 60))]);
    assert!(stale(&cache, 8));
    cache.page(&[put(201, with_messages(8, 80))]);
    assert!(!stale(&cache, 8));
    assert_eq!(cache.read().conversations_wanted(10).unwrap(), []);
}

#[test]
fn messages_whose_conversation_never_came_go_when_it_is_not_listed() {
    let mut cache = cache();
    cache.page(&[put(101, message(70, 7)), put(102, message(80, 8))]);
    let visible = vec![listed(1, 51, 41), listed(8, 103, 102)];
    cache.snapshot(&SnapshotPart { visible, ..snapshot(200, Vec::new()) }).unwrap();
    assert_eq!((ids(&cache, 7), ids(&cache, 8)), (vec![], vec![80]));
    assert!(messages(&cache, 8).stale);
    assert_eq!(cache.read().search("words", 10).unwrap().len(), 2);
}

#[test]
fn a_build_that_understands_more_reads_everything_again_though_no_version_changed() {
    let mut cache = cache();
    cache.page(&[put(101, marker(1, 10))]);
    cache.db.execute("UPDATE feed SET schema_level = ?1", [SCHEMA_LEVEL - 1]).unwrap();
    cache.db.execute("UPDATE message SET content = '{\"type\":\"unknown\"}'", []).unwrap();
    assert!(cache.read().feed().unwrap().snapshot_needed);
    let visible = vec![listed(1, 51, 41), listed(2, 52, 42), listed(3, 53, 43)];
    let rows = vec![row(51, with_messages(1, 41)), row(41, saying(message(10, 1), "now understood"))];
    let part = SnapshotPart { visible, newest: vec![held_from(1, None)], ..snapshot(200, rows) };
    cache.snapshot(&part).unwrap();
    assert!(!cache.read().feed().unwrap().snapshot_needed);
    let held = cache.read().message(MessageId(10)).unwrap().unwrap();
    assert_eq!(held.message.content.text(), "now understood");
    assert!(!stale(&cache, 1) && stale(&cache, 2) && messages(&cache, 2).stale);
    assert_eq!(cache.read().conversations_wanted(10).unwrap(), [ConversationId(2), ConversationId(3)]);
    cache.rows(&[row(52, with_messages(2, 42))]);
    assert!(!stale(&cache, 2), "the same version, read again, counts");
}
