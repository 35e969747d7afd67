//! The change feed of a busy inbox, as a server would send it: pages of 500 changes in JSON.
//!
//! Of a hundred changes some 70 are new messages, 13 reports on messages sent before, 13
//! conversations, 2 new customers and 2 read markers: a conversation gets a few messages, its row
//! comes once after them, and what was sent a while ago is reported as delivered or read.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use riposte::model::{
    AgentId, AnswerKind, Author, ChannelId, ClientKey, Contact, ContactId, Content, Conversation, ConversationId,
    Cursor, DeliveryFact, DeliveryStatus, HeldFrom, Media, MediaId, MediaKind, Message, MessageId, Preview, ReadMarker,
    Row, Seq, VisibleConversation, WindowFacts,
};
use uuid::{NoContext, Timestamp, Uuid};

use crate::Outcome;
use crate::directory::{AGENTS, CHANNELS, first_seq};
use crate::measure::Dice;
use crate::text::{Language, languages, name};

/// The most changes of a page: the server's own limit.
pub(crate) const PAGE: usize = 500;

/// The most changes that [`Feed::turn`] makes at once.
const TURN: usize = 13;

/// What messages are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Mostly words.
    Words,
    /// Voice messages, pictures and stickers: nothing that search could index.
    NoWords,
}

/// A page as it comes over the wire.
pub(crate) struct Page {
    pub(crate) json: Vec<u8>,
    pub(crate) events: usize,
    /// How many of its changes are new messages.
    pub(crate) messages: usize,
}

struct Held {
    row: Conversation,
    seq: Seq,
    language: usize,
}

/// A server's feed, from its beginning on. The same seed gives the same feed.
pub(crate) struct Feed {
    dice: Dice,
    kind: Kind,
    languages: Vec<Language>,
    now: DateTime<Utc>,
    seq: i64,
    message: i64,
    conversations: Vec<Held>,
    unreported: VecDeque<Message>,
}

impl Feed {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            dice: Dice::new(2026),
            kind,
            languages: languages(),
            now: DateTime::from_timestamp(1_767_225_600, 0).unwrap_or_default(),
            seq: first_seq(),
            message: 1_000,
            conversations: Vec::new(),
            unreported: VecDeque::new(),
        }
    }

    /// Where the feed stands.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor(format!("e1.{}", self.seq))
    }

    /// The time of the last change.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The conversation that was active last but `back`.
    pub(crate) fn recent(&self, back: usize) -> ConversationId {
        let mut by_activity: Vec<_> =
            self.conversations.iter().map(|held| (held.row.activity_at, held.row.id)).collect();
        by_activity.sort_unstable();
        by_activity.iter().rev().nth(back).map_or(ConversationId(1), |(_, id)| *id)
    }

    /// What is written in.
    pub(crate) fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// All conversations as a snapshot lists them, and that every message of them is in hand.
    pub(crate) fn visible(&self) -> (Vec<VisibleConversation>, Vec<HeldFrom>) {
        let listed =
            |held: &Held| VisibleConversation { id: held.row.id, seq: held.seq, messages_seq: held.row.messages_seq };
        let whole = |held: &Held| HeldFrom { conversation_id: held.row.id, from: None };
        (self.conversations.iter().map(listed).collect(), self.conversations.iter().map(whole).collect())
    }

    /// The next page.
    pub(crate) fn page(&mut self) -> Outcome<Page> {
        let from = self.cursor();
        let mut rows = Vec::with_capacity(PAGE);
        let mut messages = 0;
        while rows.len() + TURN <= PAGE {
            messages += self.turn(&mut rows);
        }
        let mut json =
            format!(r#"{{"from":"{}","to":"{}","more":true,"items":["#, from.0, self.cursor().0).into_bytes();
        for (place, (seq, row)) in rows.iter().enumerate() {
            if place > 0 {
                json.push(b',');
            }
            let kind = serde_json::to_string(&row.kind())?;
            let data = row.to_json()?;
            let item =
                format!(r#"{{"seq":{},"kind":{kind},"op":"put","id":{},"data":{}}}"#, seq.0, row.id(), data.get());
            json.extend_from_slice(item.as_bytes());
        }
        json.extend_from_slice(format!(r#"],"now":{}}}"#, self.now.timestamp_millis()).as_bytes());
        Ok(Page { json, events: rows.len(), messages })
    }

    fn next_seq(&mut self) -> Seq {
        self.seq += 1;
        Seq(self.seq)
    }

    /// A customer and an agent write a few messages.
    fn turn(&mut self, rows: &mut Vec<(Seq, Row)>) -> usize {
        let place = self.writer(rows);
        let count = 3 + self.dice.below(6);
        let mut last = None;
        let mut sent = Vec::new();
        for _ in 0..count {
            self.now += TimeDelta::milliseconds(20_000 + i64::try_from(self.dice.below(40_000)).unwrap_or(0));
            let message = self.written(place);
            let seq = self.next_seq();
            if let Some(held) = self.conversations.get_mut(place) {
                held.row.messages_seq = seq;
            }
            if matches!(message.author, Author::Agent { .. }) && !message.is_comment() {
                sent.push(message.clone());
            }
            rows.push((seq, Row::Message(message.clone())));
            last = Some(message);
        }
        self.report(rows);
        // Reports come later than the message they are about.
        self.unreported.extend(sent);
        if let Some(last) = last {
            self.touched(place, &last, rows);
        }
        count
    }

    /// The place of the customer who writes: mostly one who wrote lately, sometimes a new one.
    fn writer(&mut self, rows: &mut Vec<(Seq, Row)>) -> usize {
        let held = self.conversations.len();
        if held > 0 && !self.dice.percent(15) {
            let back = (held as f64 * self.dice.share().powi(3)) as usize;
            return (held - 1).saturating_sub(back);
        }
        let id = i64::try_from(held).unwrap_or(0) + 1;
        let language = self.dice.below(self.languages.len());
        let contact = Contact {
            id: ContactId(id),
            name: name(&mut self.dice),
            // No country has the code 999.
            phone: Some(format!("999{:09}", self.dice.below(1_000_000_000))),
            bsuid: None,
            username: None,
            language: self.languages.get(language).map(|language| language.code.to_owned()),
            attributes: Default::default(),
        };
        let seq = self.next_seq();
        rows.push((seq, Row::Contact(contact)));
        let row = Conversation {
            id: ConversationId(id),
            channel_id: ChannelId(1 + i64::try_from(self.dice.below(CHANNELS)).unwrap_or(0)),
            contact_id: ContactId(id),
            open: true,
            assignee: self.dice.percent(70).then(|| self.agent()),
            group: None,
            activity_at: self.now,
            preview: None,
            last_customer_message_id: None,
            waiting_since: None,
            window: WindowFacts::default(),
            cover: None,
            visible_since: Seq(0),
            messages_seq: Seq(0),
            joined: Vec::new(),
        };
        self.conversations.push(Held { row, seq, language });
        held
    }

    fn agent(&mut self) -> AgentId {
        AgentId(1 + i64::try_from(self.dice.below(AGENTS)).unwrap_or(0))
    }

    fn written(&mut self, place: usize) -> Message {
        self.message += 1;
        let id = MessageId(self.message);
        let customer = self.dice.percent(55);
        let content = self.content(place, customer, id);
        let agent = self.agent();
        let key = (!customer).then(|| {
            let seconds = u64::try_from(self.now.timestamp()).unwrap_or(0);
            let random = Uuid::from_u64_pair(self.dice.next(), self.dice.next());
            // A key as phones make them: its time first, the rest by chance.
            let timed = Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, 0));
            let (time, _) = timed.as_u64_pair();
            let (_, chance) = random.as_u64_pair();
            ClientKey(Uuid::from_u64_pair(time, chance))
        });
        let sent = DeliveryFact { attempt: 1, status: DeliveryStatus::Sent, at: self.now, error: None };
        let comment = matches!(content, Content::Comment { .. });
        Message {
            id,
            conversation_id: self.conversations.get(place).map_or(ConversationId(1), |held| held.row.id),
            client_key: key,
            author: if customer { Author::Customer } else { Author::Agent { id: agent } },
            at: self.now,
            content,
            attempt: 1,
            reply_to: self.dice.percent(4).then(|| MessageId(id.0 - 1)),
            edited_at: None,
            deleted_at: None,
            delivery: if customer || comment { Vec::new() } else { vec![sent] },
        }
    }

    fn content(&mut self, place: usize, customer: bool, id: MessageId) -> Content {
        let language = self.conversations.get(place).map_or(0, |held| held.language);
        let Self { dice, languages, .. } = self;
        let say = |dice: &mut Dice| languages.get(language).map_or_else(String::new, |it| it.message(dice));
        let media = |kind: MediaKind, mime: &str, name: String, caption: String, bytes: usize| {
            Content::Media(Media {
                kind,
                media_id: Some(MediaId(id.0)),
                mime: mime.to_owned(),
                size_bytes: i64::try_from(bytes).ok(),
                name,
                caption,
                voice: kind == MediaKind::Audio,
            })
        };
        let bytes = 8_000 + dice.below(400_000);
        if self.kind == Kind::NoWords {
            return match dice.below(3) {
                0 => media(MediaKind::Audio, "audio/ogg", String::new(), String::new(), bytes),
                1 => media(MediaKind::Image, "image/jpeg", String::new(), String::new(), bytes),
                _ => media(MediaKind::Sticker, "image/webp", String::new(), String::new(), bytes),
            };
        }
        match dice.below(100) {
            0..=3 => media(MediaKind::Image, "image/jpeg", String::new(), String::new(), bytes),
            4..=5 => media(MediaKind::Image, "image/jpeg", String::new(), say(dice), bytes),
            6..=7 => media(MediaKind::Audio, "audio/ogg", String::new(), String::new(), bytes),
            8 => {
                let name = format!("{}.pdf", 100_000 + dice.below(900_000));
                media(MediaKind::Document, "application/pdf", name, String::new(), bytes)
            }
            9..=10 => Content::Reaction { to: Some(MessageId(id.0 - 1)), emoji: Some("👍".to_owned()) },
            11 if !customer => Content::Comment { body: say(dice), mentions: Vec::new() },
            12 if customer => Content::Answer { kind: AnswerKind::Button, title: say(dice) },
            _ => Content::Text { body: say(dice) },
        }
    }

    /// Some of what was sent a while ago has arrived, or was read.
    fn report(&mut self, rows: &mut Vec<(Seq, Row)>) {
        for _ in 0..self.dice.below(3) {
            if self.unreported.len() < 40 {
                return;
            }
            let Some(mut message) = self.unreported.pop_front() else { return };
            for status in [DeliveryStatus::Delivered, DeliveryStatus::Read] {
                message.delivery.push(DeliveryFact { attempt: 1, status, at: self.now, error: None });
            }
            let seq = self.next_seq();
            let place = usize::try_from(message.conversation_id.0 - 1).unwrap_or(0);
            if let Some(held) = self.conversations.get_mut(place) {
                held.row.messages_seq = seq;
            }
            rows.push((seq, Row::Message(message)));
        }
    }

    /// The conversation's row after its messages, and perhaps how far this agent has read.
    fn touched(&mut self, place: usize, last: &Message, rows: &mut Vec<(Seq, Row)>) {
        let (customer, read) = (last.author == Author::Customer, self.dice.percent(20));
        let seq = self.next_seq();
        let Some(held) = self.conversations.get_mut(place) else { return };
        held.seq = seq;
        let row = &mut held.row;
        row.activity_at = last.at;
        let text = last.content.text().chars().take(100).collect();
        row.preview = Some(Preview {
            message_id: last.id,
            author: last.author,
            at: last.at,
            kind: last.content.kind().into(),
            text,
        });
        if customer {
            row.last_customer_message_id = Some(last.id);
            row.window.last_customer_at = Some(last.at);
            row.window.opened_at = row.window.opened_at.or(Some(last.at));
        }
        row.waiting_since = customer.then_some(last.at);
        let id = row.id;
        rows.push((seq, Row::Conversation(row.clone())));
        if read {
            let marker = ReadMarker { conversation_id: id, up_to: last.id };
            let seq = self.next_seq();
            rows.push((seq, Row::ReadMarker(marker)));
        }
    }
}
