//! However pages are cut and repeated, and whatever answers come early or late in between, a
//! cache ends as the one that read everything in one page.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::model::{Change, Conversation, ConversationId, DeliveryStatus, Message, Op, Row, RowKind, Seq, Versioned};
use crate::store::tests::{Cache, contact, conversation, cursor, del, marker, message, now, put, report, saying};
use crate::store::{PageFault, StoreError};

/// Something that happens at the server, about one of three conversations.
#[derive(Debug, Clone)]
enum Happens {
    Says,
    Edits(usize),
    Reported(usize),
    Deletes(usize),
    Leaves,
    Returns,
    Closes(bool),
    Read,
    Renamed,
}

fn happens() -> impl Strategy<Value = (i64, Happens)> {
    let what = prop_oneof![
        5 => Just(Happens::Says),
        2 => (0_usize..8).prop_map(Happens::Edits),
        2 => (0_usize..8).prop_map(Happens::Reported),
        1 => (0_usize..8).prop_map(Happens::Deletes),
        1 => Just(Happens::Leaves),
        2 => Just(Happens::Returns),
        1 => any::<bool>().prop_map(Happens::Closes),
        1 => Just(Happens::Read),
        1 => Just(Happens::Renamed),
    ];
    (1_i64..=3, what)
}

/// What the server has, as far as the feed needs it.
#[derive(Default)]
struct Server {
    feed: Vec<Change>,
    next_message: i64,
    conversations: [Option<Conversation>; 4],
    messages: Vec<Message>,
}

impl Server {
    fn seq(&self) -> i64 {
        self.feed.last().map_or(0, |change| change.seq.0) + 1
    }

    fn say(&mut self, row: impl Into<Row>) {
        self.feed.push(put(self.seq(), row));
    }

    /// The row of a conversation after one of its messages changed.
    fn touch(&mut self, id: i64) {
        let messages_seq = Seq(self.seq() - 1);
        if let Some(row) = &mut self.conversations[usize::try_from(id).unwrap()] {
            row.messages_seq = messages_seq;
            let row = row.clone();
            self.say(row);
        }
    }

    fn change(&mut self, id: i64, nth: usize, change: impl FnOnce(&mut Message)) {
        let mut of = self.messages.iter_mut().filter(|message| message.conversation_id == ConversationId(id));
        if let Some(message) = of.nth(nth) {
            change(message);
            let message = message.clone();
            self.say(message);
            self.touch(id);
        }
    }

    fn happens(&mut self, id: i64, what: Happens) {
        let place = usize::try_from(id).unwrap();
        let Some(row) = self.conversations[place].clone() else {
            // Out of view: nothing of it is in the feed until it comes back, with a new view.
            if matches!(what, Happens::Returns | Happens::Says) {
                let row = Conversation { visible_since: Seq(self.seq()), ..conversation(id) };
                self.conversations[place] = Some(row.clone());
                self.say(row);
            }
            return;
        };
        match what {
            Happens::Says => {
                self.next_message += 1;
                let message = message(self.next_message, id);
                self.messages.push(message.clone());
                self.say(message);
                self.touch(id);
            }
            Happens::Edits(nth) => self.change(id, nth, |message| *message = saying(message.clone(), "otherwise")),
            Happens::Reported(nth) => self.change(id, nth, |message| {
                let status = [DeliveryStatus::Sent, DeliveryStatus::Delivered, DeliveryStatus::Read];
                let known = message.delivery.len();
                message.delivery.extend(status.get(known).map(|status| report(status.clone(), 5)));
            }),
            Happens::Deletes(nth) => {
                let of: Vec<usize> = (0..self.messages.len())
                    .filter(|place| self.messages[*place].conversation_id == ConversationId(id))
                    .collect();
                if let Some(place) = of.get(nth) {
                    let gone = self.messages.remove(*place);
                    self.feed.push(del(self.seq(), RowKind::Message, gone.id.0));
                    self.touch(id);
                }
            }
            Happens::Leaves => {
                self.conversations[place] = None;
                self.messages.retain(|message| message.conversation_id != ConversationId(id));
                self.feed.push(del(self.seq(), RowKind::Conversation, id));
            }
            // It left and came back between two looks of the feed.
            Happens::Returns => {
                self.messages.retain(|message| message.conversation_id != ConversationId(id));
                let row = Conversation { visible_since: Seq(self.seq()), ..row };
                self.conversations[place] = Some(row.clone());
                self.say(row);
            }
            Happens::Closes(closed) => {
                let row = Conversation { open: !closed, ..row };
                self.conversations[place] = Some(row.clone());
                self.say(row);
            }
            Happens::Read => self.say(marker(id, self.next_message)),
            Happens::Renamed => {
                let name = format!("customer {}", self.seq());
                self.say(contact(id, &name, Some("33612345678")));
            }
        }
    }
}

/// What befalls a phone between two pages.
#[derive(Debug, Clone)]
enum Befalls {
    /// A page with so many items.
    Page(usize),
    /// A page that was applied before comes again.
    Again(usize),
    /// A command's answer with some version of some row, from the past or the future.
    Answer(usize),
}

fn befalls() -> impl Strategy<Value = Befalls> {
    prop_oneof![
        4 => (1_usize..6).prop_map(Befalls::Page),
        1 => (0_usize..100).prop_map(Befalls::Again),
        3 => (0_usize..100).prop_map(Befalls::Answer),
    ]
}

fn page(cache: &mut Cache, from: i64, items: &[Change]) -> Result<(), StoreError> {
    let to = items.last().map_or(from, |item| item.seq.0);
    cache.write(|cache| cache.apply_page(&cursor(from), &cursor(to), items, now()))
}

fn clean(feed: &[Change]) -> Vec<String> {
    let mut cache = Cache::empty();
    page(&mut cache, 0, feed).unwrap();
    cache.dump()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn cut_repeated_and_answered_it_ends_like_one_clean_run(
        story in vec(happens(), 1..60),
        fate in vec(befalls(), 0..40),
    ) {
        let mut server = Server::default();
        for (id, what) in story {
            server.happens(id, what);
        }
        let feed = &server.feed;
        let mut cache = Cache::empty();
        let mut done = 0;
        for befalls in fate {
            match befalls {
                Befalls::Page(length) => {
                    let end = (done + length).min(feed.len());
                    page(&mut cache, i64::try_from(done).unwrap(), &feed[done..end]).unwrap();
                    done = end;
                }
                Befalls::Again(at) if done > 0 => {
                    let begin = at % done;
                    let again = page(&mut cache, i64::try_from(begin).unwrap(), &feed[begin..done]);
                    prop_assert_eq!(again, Err(StoreError::Page(PageFault::NotMine)));
                }
                Befalls::Answer(at) if !feed.is_empty() => {
                    let change = &feed[at % feed.len()];
                    if let Op::Put(row) = &change.op {
                        cache.rows(&[Versioned { seq: change.seq, row: row.clone() }]);
                    }
                }
                Befalls::Again(_) | Befalls::Answer(_) => {}
            }
        }
        page(&mut cache, i64::try_from(done).unwrap(), &feed[done..]).unwrap();
        prop_assert_eq!(cache.dump(), clean(feed));
    }

    #[test]
    fn compaction_leaves_the_same_rows(story in vec(happens(), 1..60), cut in 0_usize..100) {
        let mut server = Server::default();
        for (id, what) in story {
            // A conversation that comes back drops what was held of it; a phone that never held it
            // keeps what the feed brings. Both are right, so this is about those that stay.
            if !matches!(what, Happens::Leaves | Happens::Returns) {
                server.happens(id, what);
            }
        }
        let feed = &server.feed;
        let cut = cut % (feed.len() + 1);
        let mut cache = Cache::empty();
        for (from, part) in [(0, &feed[..cut]), (cut, &feed[cut..])] {
            let newest: Vec<Change> = part
                .iter()
                .enumerate()
                .filter(|(at, change)| part[at + 1..].iter().all(|later| of(later) != of(change)))
                .map(|(_, change)| change.clone())
                .collect();
            page(&mut cache, i64::try_from(from).unwrap(), &newest).unwrap();
        }
        prop_assert_eq!(without_tombstones(cache.dump()), without_tombstones(clean(feed)));
    }
}

fn of(change: &Change) -> (RowKind, i64) {
    match &change.op {
        Op::Put(row) => (row.kind(), row.id()),
        Op::Delete { kind, id } => (*kind, *id),
        Op::Skip => unreachable!("this server says nothing unreadable"),
    }
}

fn without_tombstones(dump: Vec<String>) -> Vec<String> {
    dump.into_iter().filter(|line| !line.starts_with("tombstone")).collect()
}
