//! A conversation leaves this agent's view and comes back.

use super::{holes, ids};
use crate::model::{Conversation, ConversationId, RowKind, Seq};
use crate::store::tests::{Cache, conversation, del, held_from, message, now, put, row, snapshot};
use crate::store::{HistoryAnswer, HistoryPart, PageFault, SnapshotPart, StoreError};

/// A cache with conversation 1 whole, in view since the beginning.
fn cache() -> Cache {
    let mut cache = Cache::blank();
    let rows = vec![row(50, conversation(1)), row(10, message(10, 1)), row(11, message(11, 1))];
    cache.snapshot(&SnapshotPart { newest: vec![held_from(1, None)], ..snapshot(100, rows) }).unwrap();
    cache
}

fn back(seq: i64) -> Conversation {
    Conversation { visible_since: Seq(seq), ..conversation(1) }
}

#[test]
fn when_it_comes_back_its_messages_and_ranges_are_dropped() {
    let mut cache = cache();
    assert_eq!(holes(&cache, 1), []);
    cache.page(&[put(105, back(105)), put(106, message(15, 1))]);
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![15], vec![(0, 15), (15, 0)]));
}

#[test]
fn a_change_that_leaves_the_view_as_it_was_drops_nothing() {
    let mut cache = cache();
    cache.page(&[put(105, Conversation { open: false, ..conversation(1) })]);
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![10, 11], vec![]));
}

#[test]
fn a_message_that_is_newer_than_coming_back_stays_whichever_comes_first() {
    let mut cache = cache();
    cache.rows(&[row(107, message(15, 1))]);
    cache.page(&[put(105, back(105))]);
    assert_eq!(ids(&cache, 1), [15]);
}

#[test]
fn what_the_feed_says_of_the_time_before_is_not_written_once_it_is_known_to_be_back() {
    let mut cache = cache();
    // An answer shows it back in view, and history is read; the feed is still behind.
    cache.rows(&[row(105, back(105))]);
    let ticket = cache.read().history_ticket(ConversationId(1)).unwrap();
    let rows = vec![row(10, message(10, 1))];
    let answer = HistoryAnswer { ticket, asked: HistoryPart::Newest, rows, more: false };
    cache.write(|cache| cache.apply_history(&answer, now())).unwrap();
    // Message 12 was written at 101, deleted while out of view, and no change showed that.
    cache.page(&[put(101, message(12, 1)), put(105, back(105)), put(106, message(15, 1))]);
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![10, 15], vec![]));
}

#[test]
fn an_answer_of_the_time_before_brings_no_message_back() {
    let mut cache = cache();
    cache.page(&[put(105, back(105))]);
    cache.rows(&[row(11, message(11, 1))]);
    assert_eq!(ids(&cache, 1), [0; 0]);
    cache.page(&[del(106, RowKind::Conversation, 1), put(107, back(107))]);
    cache.rows(&[row(11, message(11, 1)), row(105, back(105))]);
    assert_eq!(ids(&cache, 1), [0; 0]);
}

#[test]
fn a_new_conversation_keeps_the_message_that_came_just_before_it() {
    let mut cache = Cache::empty();
    cache.page(&[put(1, message(1, 1)), put(2, back(2))]);
    assert_eq!(ids(&cache, 1), [1]);
}

#[test]
fn what_the_server_does_not_know_for_this_agent_is_forgotten() {
    let mut cache = cache();
    let ticket = cache.read().history_ticket(ConversationId(1)).unwrap();
    cache.write(|cache| cache.forget_conversation(&ticket)).unwrap();
    cache.rows(&[row(50, conversation(1)), row(11, message(11, 1))]);
    assert_eq!(cache.read().conversation(ConversationId(1)).unwrap(), None);
    assert_eq!(ids(&cache, 1), [0; 0]);
    cache.page(&[put(105, back(105))]);
    assert!(cache.read().conversation(ConversationId(1)).unwrap().is_some());
}

#[test]
fn what_came_back_since_the_question_is_not_forgotten() {
    let mut cache = cache();
    let ticket = cache.read().history_ticket(ConversationId(1)).unwrap();
    cache.page(&[put(105, back(105))]);
    let forgotten = cache.write(|cache| cache.forget_conversation(&ticket));
    assert_eq!(forgotten, Err(StoreError::Page(PageFault::Outdated)));
    assert!(cache.read().conversation(ConversationId(1)).unwrap().is_some());
}
