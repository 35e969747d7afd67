use super::{holes, ids};
use crate::model::{
    AgentGroupId, AgentId, Author, Change, ChannelKind, ContactId, Conversation, ConversationId, LedgerId, Message,
    MessageId, Op, PaidCover, Preview, RowKind, Seq, ServerWindow, WindowFacts,
};
use crate::store::tests::{
    Cache, at, channel, contact, conversation, cursor, del, marker, message, now, put, row, saying,
};
use crate::store::{Around, HistoryAnswer, HistoryPart, InboxFilter, PageFault, StoreError, StoreEvent};

fn apply(cache: &mut Cache, from: i64, to: i64, items: &[Change]) -> Result<Vec<StoreEvent>, StoreError> {
    cache.changes(|cache| cache.apply_page(&cursor(from), &cursor(to), items, now()))
}

#[test]
fn a_page_writes_its_rows_and_moves_the_cursor() {
    let mut cache = Cache::empty();
    apply(&mut cache, 0, 9, &[put(3, conversation(1)), put(7, message(1, 1))]).unwrap();
    assert_eq!(cache.read().cursor().unwrap(), Some(cursor(9)));
    assert_eq!(cache.read().conversation(ConversationId(1)).unwrap().unwrap().seq, Seq(3));
    assert_eq!(ids(&cache, 1), [1]);
}

#[test]
fn a_page_applies_only_on_top_of_the_cursor_it_names() {
    let mut cache = Cache::empty();
    apply(&mut cache, 0, 5, &[put(5, message(1, 1))]).unwrap();
    let before = cache.dump();
    for (from, to) in [(0, 5), (4, 6), (6, 7)] {
        let page = apply(&mut cache, from, to, &[put(6, message(2, 1))]);
        assert_eq!(page, Err(StoreError::Page(PageFault::NotMine)));
    }
    assert_eq!(cache.dump(), before);
}

#[test]
fn before_the_first_snapshot_no_page_applies() {
    let mut cache = Cache::blank();
    assert_eq!(apply(&mut cache, 0, 5, &[]), Err(StoreError::Page(PageFault::NotMine)));
}

#[test]
fn a_page_whose_items_do_not_rise_changes_nothing() {
    let mut cache = Cache::empty();
    let before = cache.dump();
    for (first, second) in [(2, 1), (2, 2)] {
        let page = apply(&mut cache, 0, 5, &[put(first, message(1, 1)), put(second, message(2, 1))]);
        assert_eq!(page, Err(StoreError::Page(PageFault::NotRising)));
    }
    assert_eq!(cache.dump(), before);
}

#[test]
fn an_item_this_build_cannot_read_is_passed_over() {
    let mut cache = Cache::empty();
    let unreadable = Change { seq: Seq(1), op: Op::Skip };
    apply(&mut cache, 0, 2, &[unreadable, put(2, message(1, 1))]).unwrap();
    assert_eq!(cache.read().cursor().unwrap(), Some(cursor(2)));
    assert_eq!(ids(&cache, 1), [1]);
}

#[test]
fn an_older_version_never_replaces_a_newer_one() {
    let mut cache = Cache::empty();
    cache.page(&[put(1, conversation(1))]);
    cache
        .rows(&[row(8, saying(message(1, 1), "as answered")), row(9, Conversation { open: false, ..conversation(1) })]);
    let events = cache.page(&[put(2, saying(message(1, 1), "before")), put(3, conversation(1))]);
    assert_eq!(events, []);
    assert_eq!(cache.read().message(MessageId(1)).unwrap().unwrap().message.content.text(), "as answered");
    assert!(!cache.read().conversation(ConversationId(1)).unwrap().unwrap().conversation.open);
}

#[test]
fn deleting_a_conversation_takes_everything_of_it_along() {
    let mut cache = Cache::empty();
    cache.page(&[
        put(1, contact(1, "Léa", None)),
        put(2, conversation(1)),
        put(3, message(1, 1)),
        put(4, message(2, 2)),
    ]);
    cache.page(&[del(5, RowKind::Conversation, 1)]);
    assert_eq!(cache.read().conversation(ConversationId(1)).unwrap(), None);
    assert_eq!(ids(&cache, 1), [0; 0]);
    assert_eq!(cache.read().search("words", 10).unwrap().len(), 1, "the other one's words are still there");
    assert_eq!(ids(&cache, 2), [2]);
}

#[test]
fn a_deletion_older_than_what_is_held_deletes_nothing() {
    let mut cache = Cache::empty();
    cache.page(&[put(1, conversation(1)), put(2, message(1, 1))]);
    // It left and came back; a command's answer says so before the feed does.
    let back = Conversation { visible_since: Seq(9), ..conversation(1) };
    cache.rows(&[row(9, back), row(10, message(3, 1))]);
    cache.page(&[del(5, RowKind::Conversation, 1)]);
    assert!(cache.read().conversation(ConversationId(1)).unwrap().is_some());
    assert_eq!(ids(&cache, 1), [3]);
}

#[test]
fn an_answer_read_before_a_deletion_brings_nothing_back() {
    let mut cache = Cache::empty();
    cache.page(&[put(1, conversation(1)), put(2, message(1, 1)), put(3, contact(1, "Léa", None))]);
    cache.page(&[del(4, RowKind::Message, 1), del(5, RowKind::Contact, 1)]);
    cache.rows(&[row(2, message(1, 1)), row(3, contact(1, "Léa", None))]);
    assert_eq!(ids(&cache, 1), [0; 0]);
    assert_eq!(cache.read().contact(ContactId(1)).unwrap(), None);

    cache.page(&[del(6, RowKind::Conversation, 1)]);
    cache.rows(&[row(1, conversation(1)), row(2, message(2, 1))]);
    assert_eq!(cache.read().conversation(ConversationId(1)).unwrap(), None);
    assert_eq!(ids(&cache, 1), [0; 0]);

    cache.page(&[put(7, conversation(1))]);
    assert!(cache.read().conversation(ConversationId(1)).unwrap().is_some(), "the feed brings it back");
}

#[test]
fn an_answer_moves_no_cursor_and_claims_no_messages() {
    let mut cache = Cache::empty();
    cache.rows(&[row(9, conversation(1)), row(10, message(4, 1))]);
    assert_eq!(cache.read().cursor().unwrap(), Some(cursor(0)));
    assert_eq!(holes(&cache, 1), [(0, 4), (4, 0)]);
}

#[test]
fn the_feed_alone_claims_neither_the_beginning_nor_the_end_of_a_conversation() {
    let mut cache = Cache::empty();
    // It may be new, or old and newly in view: the row does not say.
    cache.page(&[put(1, conversation(1)), put(2, message(7, 1)), put(3, message(9, 1))]);
    assert_eq!(holes(&cache, 1), [(0, 7), (7, 9), (9, 0)]);
}

#[test]
fn events_say_what_changed_and_nothing_else() {
    let mut cache = Cache::empty();
    let id = ConversationId(1);
    let (inbox, this) = (StoreEvent::InboxChanged, StoreEvent::ConversationChanged(id));
    assert_eq!(cache.page(&[put(1, conversation(1))]), [inbox, this]);
    assert_eq!(cache.page(&[put(2, message(1, 1))]), [this]);
    assert_eq!(cache.page(&[put(3, marker(1, 1))]), [inbox, this]);
    let customer = StoreEvent::DirectoryChanged(RowKind::Contact);
    assert_eq!(cache.page(&[put(4, contact(1, "Léa", None))]), [inbox, this, customer]);
    let number = channel(1, ChannelKind::Whatsapp, None);
    assert_eq!(cache.page(&[put(5, number)]), [StoreEvent::DirectoryChanged(RowKind::Channel)]);
    assert_eq!(cache.page(&[del(6, RowKind::Message, 1)]), [this]);
    assert_eq!(cache.page(&[del(7, RowKind::Message, 1)]), []);
    assert_eq!(cache.page(&[del(8, RowKind::Tariff, 1)]), []);
    assert_eq!(cache.page(&[del(9, RowKind::Conversation, 1)]), [inbox, this]);
}

#[test]
fn numbers_no_server_gives_are_no_panic() {
    let message = |id, conversation| Message {
        id: MessageId(id),
        conversation_id: ConversationId(conversation),
        ..message(1, 1)
    };
    let conversation = |id| Conversation { id: ConversationId(id), ..conversation(1) };
    let mut cache = Cache::empty();
    let ids = [i64::MIN, -1, 0, 1, i64::MAX];
    for (seq, id) in (1..).zip(ids) {
        cache.page(&[put(seq, message(id, 1))]);
        cache.rows(&[
            row(i64::MAX, message(id, 1)),
            row(i64::MIN, conversation(id)),
            row(i64::MAX, contact(id, "", None)),
        ]);
        cache.rows(&[row(i64::MAX, message(id, 1))]);
    }
    let read = cache.read();
    for id in ids.map(MessageId) {
        for around in [Around::Newest, Around::Before(id), Around::After(id), Around::Message(id)] {
            for limit in [0, 1, usize::MAX] {
                read.messages(ConversationId(1), around, limit).unwrap();
            }
        }
    }
    assert_eq!(read.inbox(&InboxFilter::all(), None, usize::MAX).unwrap().len(), ids.len());
    read.search("words", usize::MAX).unwrap();
    for id in ids.map(ConversationId) {
        for asked in ids
            .map(MessageId)
            .into_iter()
            .flat_map(|id| [HistoryPart::Before(id), HistoryPart::After(id), HistoryPart::Newest])
        {
            for more in [true, false] {
                let ticket = cache.read().history_ticket(id).unwrap();
                let rows = vec![row(1, message(i64::MIN, id.0)), row(1, message(i64::MAX, id.0))];
                let answer = HistoryAnswer { ticket, asked, rows, more };
                cache.write(|cache| cache.apply_history(&answer, now())).unwrap();
            }
        }
    }
}

#[test]
fn every_column_of_a_row_comes_back_as_it_was() {
    let mut cache = Cache::empty();
    let full = Conversation {
        assignee: Some(AgentId(3)),
        group: Some(AgentGroupId(2)),
        preview: Some(Preview {
            message_id: MessageId(1),
            author: Author::Agent { id: AgentId(3) },
            at: at(2),
            kind: "text".to_owned(),
            text: "Bonjour".to_owned(),
        }),
        last_customer_message_id: Some(MessageId(1)),
        waiting_since: Some(at(1)),
        window: WindowFacts {
            last_customer_at: Some(at(1)),
            opened_at: Some(at(2)),
            refused_at: Some(at(3)),
            free_until: Some(at(4)),
            said: Some(ServerWindow { said_at: at(5), closes_at: Some(at(6)) }),
        },
        cover: Some(PaidCover { started_at: at(5), charge: LedgerId(6), message_id: MessageId(7) }),
        visible_since: Seq(1),
        messages_seq: Seq(2),
        joined: Vec::new(),
        ..conversation(1)
    };
    cache.page(&[put(3, full.clone())]);
    assert_eq!(cache.read().conversation(ConversationId(1)).unwrap().unwrap().conversation, full);
}
