use super::{holes, ids, messages};
use crate::model::{ConversationId, MessageId, Versioned};
use crate::store::tests::{Cache, at, conversation, del, message, now, put, row, saying, snapshot};
use crate::store::{Around, HistoryAnswer, HistoryPart, HistoryTicket, Hole, PageFault, StoreError};

/// A cache with conversation 1 and nothing of its messages.
fn cache() -> Cache {
    let mut cache = Cache::blank();
    cache.snapshot(&snapshot(100, vec![row(50, conversation(1))])).unwrap();
    cache
}

fn ticket(cache: &Cache) -> HistoryTicket {
    cache.read().history_ticket(ConversationId(1)).unwrap()
}

fn rows(ids: impl IntoIterator<Item = i64>) -> Vec<Versioned> {
    ids.into_iter().map(|id| row(id, message(id, 1))).collect()
}

fn answer(cache: &mut Cache, asked: HistoryPart, ids: impl IntoIterator<Item = i64>, more: bool) {
    let answer = HistoryAnswer { ticket: ticket(cache), asked, rows: rows(ids), more };
    cache.write(|cache| cache.apply_history(&answer, now())).unwrap();
}

#[test]
fn the_newest_messages_are_in_hand_and_the_older_are_a_hole() {
    let mut cache = cache();
    answer(&mut cache, HistoryPart::Newest, [20, 21, 22], true);
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![20, 21, 22], vec![(0, 20)]));
    // From here on the feed keeps it whole.
    cache.page(&[put(101, message(23, 1)), put(102, message(25, 1))]);
    assert_eq!(holes(&cache, 1), [(0, 20)]);
}

#[test]
fn scrolling_up_fills_the_hole_until_there_is_no_more() {
    let mut cache = cache();
    answer(&mut cache, HistoryPart::Newest, [20, 21], true);
    answer(&mut cache, HistoryPart::Before(MessageId(20)), [12, 15], true);
    assert_eq!(holes(&cache, 1), [(0, 12)]);
    answer(&mut cache, HistoryPart::Before(MessageId(12)), [3, 4], false);
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![3, 4, 12, 15, 20, 21], vec![]));
}

#[test]
fn a_message_the_feed_brings_out_of_its_place_leaves_the_gap_known() {
    let mut cache = cache();
    answer(&mut cache, HistoryPart::Newest, [20, 21], true);
    cache.page(&[put(101, saying(message(5, 1), "edited long after"))]);
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![5, 20, 21], vec![(0, 5), (5, 20)]));
    // History read before the change does not undo it.
    answer(&mut cache, HistoryPart::Before(MessageId(20)), [4, 5, 6], false);
    assert_eq!(holes(&cache, 1), []);
    assert_eq!(messages(&cache, 1).messages[1].message.content.text(), "edited long after");
}

#[test]
fn a_hole_in_the_middle_is_filled_from_either_side() {
    for from_above in [true, false] {
        let mut cache = cache();
        answer(&mut cache, HistoryPart::Newest, [30, 31], true);
        answer(&mut cache, HistoryPart::Before(MessageId(10)), [3, 4], false);
        assert_eq!(holes(&cache, 1), [(4, 30)]);
        if from_above {
            answer(&mut cache, HistoryPart::Before(MessageId(30)), [4, 10, 11], true);
        } else {
            answer(&mut cache, HistoryPart::After(MessageId(4)), [10, 11, 30], true);
        }
        assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![3, 4, 10, 11, 30, 31], vec![]));
    }
}

#[test]
fn what_is_held_and_not_in_the_answer_was_deleted() {
    let mut cache = cache();
    answer(&mut cache, HistoryPart::Newest, [10, 11, 12], false);
    answer(&mut cache, HistoryPart::Newest, [10, 12], false);
    assert_eq!(ids(&cache, 1), [10, 12]);
    assert!(cache.read().search("11", 10).unwrap().is_empty());
}

#[test]
fn a_message_that_came_after_the_answer_was_read_stays() {
    let mut cache = cache();
    let ticket = ticket(&cache);
    cache.page(&[put(101, message(13, 1))]);
    let answer = HistoryAnswer { ticket, asked: HistoryPart::Newest, rows: rows([10, 11]), more: false };
    cache.write(|cache| cache.apply_history(&answer, now())).unwrap();
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![10, 11, 13], vec![]));
}

#[test]
fn a_message_deleted_after_the_answer_was_read_stays_deleted() {
    let mut cache = cache();
    let ticket = ticket(&cache);
    cache.page(&[del(101, crate::model::RowKind::Message, 11)]);
    let answer = HistoryAnswer { ticket, asked: HistoryPart::Newest, rows: rows([10, 11]), more: false };
    cache.write(|cache| cache.apply_history(&answer, now())).unwrap();
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![10], vec![]));
}

#[test]
fn history_asked_for_before_a_snapshot_or_another_view_is_outdated() {
    let mut cache = cache();
    let before_snapshot = ticket(&cache);
    cache.snapshot(&snapshot(200, vec![row(50, conversation(1))])).unwrap();
    let before_leaving = ticket(&cache);
    cache.page(&[del(201, crate::model::RowKind::Conversation, 1)]);
    for ticket in [before_snapshot, before_leaving] {
        let answer = HistoryAnswer { ticket, asked: HistoryPart::Newest, rows: rows([10]), more: false };
        let applied = cache.write(|cache| cache.apply_history(&answer, now()));
        assert_eq!(applied, Err(StoreError::Page(PageFault::Outdated)));
    }
    assert_eq!(ids(&cache, 1), [0; 0]);
}

#[test]
fn without_its_conversation_history_is_kept_and_nothing_is_claimed() {
    let mut cache = Cache::empty();
    answer(&mut cache, HistoryPart::Newest, [10, 12], false);
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![10, 12], vec![(0, 10), (10, 12), (12, 0)]));
}

#[test]
fn the_newest_hole_is_found_without_reading_messages() {
    let mut cache = cache();
    let newest = |cache: &Cache| cache.read().newest_hole(ConversationId(1)).unwrap();
    answer(&mut cache, HistoryPart::Newest, [8, 9], true);
    assert_eq!(newest(&cache), Some(Hole { after: None, before: Some(MessageId(8)) }));
    cache.page(&[put(101, message(3, 1))]);
    assert_eq!(newest(&cache), Some(Hole { after: Some(MessageId(3)), before: Some(MessageId(8)) }));
    answer(&mut cache, HistoryPart::Before(MessageId(8)), [3, 5], false);
    assert_eq!(newest(&cache), None);
}

#[test]
fn old_messages_are_evicted_and_are_a_hole_again() {
    let mut cache = cache();
    answer(&mut cache, HistoryPart::Newest, 1..=9, false);
    // Written in minute 1 to 9: those before minute 5 go, but the newest three always stay.
    cache.write(|cache| cache.evict_messages(at(5), 3)).unwrap();
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![5, 6, 7, 8, 9], vec![(0, 5)]));
    cache.write(|cache| cache.evict_messages(at(100), 3)).unwrap();
    assert_eq!((ids(&cache, 1), holes(&cache, 1)), (vec![7, 8, 9], vec![(0, 7)]));
    cache.page(&[put(101, message(10, 1))]);
    assert_eq!(holes(&cache, 1), [(0, 7)]);
}

#[test]
fn the_room_of_evicted_messages_goes_back_to_the_device() {
    let mut cache = cache();
    let pages = |cache: &Cache| cache.db.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0)).unwrap();
    let ticket = ticket(&cache);
    let long = "a long word ".repeat(200);
    let rows: Vec<_> = (1..=300).map(|id| row(id, saying(message(id, 1), &long))).collect();
    let answer = HistoryAnswer { ticket, asked: HistoryPart::Newest, rows, more: false };
    cache.write(|cache| cache.apply_history(&answer, now())).unwrap();
    let full = pages(&cache);
    cache.write(|cache| cache.evict_messages(at(1_000), 3)).unwrap();
    assert!(pages(&cache) < full / 2, "{} of {full} pages", pages(&cache));
}

#[test]
fn a_stretch_is_read_from_any_place_and_knows_its_edges() {
    let mut cache = cache();
    answer(&mut cache, HistoryPart::Newest, 1..=9, false);
    let read = |around, limit| {
        let slice = cache.read().messages(ConversationId(1), around, limit).unwrap();
        let ids: Vec<i64> = slice.messages.iter().map(|held| held.message.id.0).collect();
        assert_eq!(slice.holes, []);
        (ids, slice.more_before, slice.more_after)
    };
    assert_eq!(read(Around::Newest, 3), (vec![7, 8, 9], true, false));
    assert_eq!(read(Around::Before(MessageId(7)), 3), (vec![4, 5, 6], true, true));
    assert_eq!(read(Around::Before(MessageId(4)), 9), (vec![1, 2, 3], false, true));
    assert_eq!(read(Around::After(MessageId(6)), 2), (vec![7, 8], true, true));
    assert_eq!(read(Around::After(MessageId(6)), 3), (vec![7, 8, 9], true, false));
    assert_eq!(read(Around::Message(MessageId(5)), 4), (vec![3, 4, 5, 6], true, true));
    assert_eq!(read(Around::Message(MessageId(1)), 4), (vec![1, 2], false, true));
}

#[test]
fn a_hole_is_told_once_whichever_way_one_scrolls() {
    let mut cache = cache();
    answer(&mut cache, HistoryPart::Newest, [30, 31, 32], true);
    cache.page(&[put(101, message(10, 1)), put(102, message(12, 1))]);
    let holes = |around, limit| {
        let slice = cache.read().messages(ConversationId(1), around, limit).unwrap();
        slice.holes.iter().map(|hole| (hole.after.map(|id| id.0), hole.before.map(|id| id.0))).collect::<Vec<_>>()
    };
    assert_eq!(holes(Around::Newest, 3), []);
    assert_eq!(holes(Around::Before(MessageId(30)), 1), [(Some(12), Some(30))]);
    assert_eq!(holes(Around::Before(MessageId(12)), 1), [(None, Some(10)), (Some(10), Some(12))]);
    assert_eq!(holes(Around::Before(MessageId(10)), 1), [(None, Some(10))]);
    assert_eq!(holes(Around::After(MessageId(12)), 1), [(Some(12), Some(30))]);
}
