//! What an inbox server knows: rows by kind and id, each with the seq of its last change, and
//! what can happen there.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{
    Agent, AgentId, AgentStatus, Author, ChannelId, Contact, ContactId, Content, Conversation, ConversationId, Message,
    MessageId, ReadMarker, Row, RowKind, Seq, WindowFacts,
};

/// What the server knows.
pub(super) struct World {
    pub(super) epoch: u32,
    pub(super) seq: i64,
    next_id: i64,
    now: DateTime<Utc>,
    pub(super) rows: BTreeMap<(u8, i64), Kept>,
    /// The feed does not reach back further.
    pub(super) horizon: i64,
    /// More items than this behind is too many.
    pub(super) most_behind: usize,
}

#[derive(Clone)]
pub(super) struct Kept {
    pub(super) seq: i64,
    /// None: deleted, or out of the agent's view.
    pub(super) row: Option<Row>,
    /// Out of view, to come back with its messages.
    hidden: Option<Row>,
    pub(super) kind: RowKind,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            epoch: 7,
            seq: 100,
            next_id: 0,
            now: "2026-11-02T09:00:00Z".parse().unwrap(),
            rows: BTreeMap::new(),
            horizon: 100,
            most_behind: 10_000,
        }
    }

    fn change(&mut self, row: Row) -> i64 {
        self.seq += 1;
        let kept = Kept { seq: self.seq, kind: row.kind(), row: Some(row), hidden: None };
        let row = kept.row.as_ref().unwrap();
        self.rows.insert((rank(row.kind()), row.id()), kept);
        self.seq
    }

    fn new_id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    fn minute_passes(&mut self) -> DateTime<Utc> {
        self.now += TimeDelta::minutes(1);
        self.now
    }

    /// A customer writes for the first time.
    pub(super) fn customer_appears(&mut self, name: &str) -> ConversationId {
        let (contact, conversation) = (self.new_id(), self.new_id());
        self.contact_is_called(ContactId(contact), name);
        let id = ConversationId(conversation);
        let at = self.minute_passes();
        self.change(Row::Conversation(Conversation {
            id,
            channel_id: ChannelId(1),
            contact_id: ContactId(contact),
            open: true,
            assignee: None,
            group: None,
            activity_at: at,
            preview: None,
            last_customer_message_id: None,
            waiting_since: None,
            window: WindowFacts::default(),
            cover: None,
            visible_since: Seq(0),
            messages_seq: Seq(0),
            joined: Vec::new(),
        }));
        self.customer_says(id, "Bonjour");
        id
    }

    pub(super) fn contact_is_called(&mut self, id: ContactId, name: &str) {
        self.change(Row::Contact(Contact {
            id,
            name: name.to_owned(),
            phone: None,
            bsuid: None,
            username: None,
            language: None,
            attributes: BTreeMap::new(),
        }));
    }

    pub(super) fn customer_says(&mut self, conversation: ConversationId, body: &str) -> MessageId {
        let id = MessageId(self.new_id());
        let at = self.minute_passes();
        self.write(Message {
            id,
            conversation_id: conversation,
            client_key: None,
            author: Author::Customer,
            at,
            content: Content::Text { body: body.to_owned() },
            reply_to: None,
            edited_at: None,
            deleted_at: None,
            attempt: 1,
            delivery: Vec::new(),
        });
        id
    }

    pub(super) fn message_is_changed(&mut self, id: MessageId, body: &str) {
        let Some(Kept { row: Some(Row::Message(message)), .. }) = self.rows.get(&(rank(RowKind::Message), id.0)) else {
            return;
        };
        let content = Content::Text { body: body.to_owned() };
        self.write(Message { content, edited_at: Some(self.now), ..message.clone() });
    }

    /// A message and, as the protocol says, its conversation with the new `messages_seq`.
    fn write(&mut self, message: Message) {
        let (at, conversation) = (message.at, message.conversation_id);
        let messages_seq = Seq(self.change(Row::Message(message)));
        if let Some(row) = self.conversation(conversation) {
            let activity_at = row.activity_at.max(at);
            self.change(Row::Conversation(Conversation { messages_seq, activity_at, ..row }));
        } else if let Some(kept) = self.rows.get_mut(&(rank(RowKind::Conversation), conversation.0))
            && let Some(Row::Conversation(row)) = &mut kept.hidden
        {
            row.messages_seq = messages_seq;
        }
    }

    pub(super) fn assign(&mut self, id: ConversationId, to: Option<AgentId>) {
        if let Some(row) = self.conversation(id) {
            self.change(Row::Conversation(Conversation { assignee: to, ..row }));
        }
    }

    pub(super) fn agent(&mut self, id: i64, name: &str) {
        self.change(Row::Agent(Agent {
            id: AgentId(id),
            name: name.to_owned(),
            status: AgentStatus::Online,
            status_since: self.now,
            administrator: false,
            groups: Vec::new(),
        }));
    }

    pub(super) fn agent_is_gone(&mut self, id: i64) {
        self.seq += 1;
        let kept = Kept { seq: self.seq, row: None, hidden: None, kind: RowKind::Agent };
        self.rows.insert((rank(RowKind::Agent), id), kept);
    }

    pub(super) fn read_up_to(&mut self, id: ConversationId, up_to: MessageId) {
        if self.conversation(id).is_some() {
            self.change(Row::ReadMarker(ReadMarker { conversation_id: id, up_to }));
        }
    }

    /// It leaves the agent's view.
    pub(super) fn leaves(&mut self, id: ConversationId) {
        if let Some(row) = self.conversation(id) {
            self.seq += 1;
            let kept =
                Kept { seq: self.seq, row: None, hidden: Some(Row::Conversation(row)), kind: RowKind::Conversation };
            self.rows.insert((rank(RowKind::Conversation), id.0), kept);
        }
    }

    /// It comes back into view, and its read marker with it.
    pub(super) fn returns(&mut self, id: ConversationId) {
        let kept = self.rows.get(&(rank(RowKind::Conversation), id.0)).cloned();
        if let Some(Kept { hidden: Some(Row::Conversation(row)), .. }) = kept {
            let visible_since = Seq(self.seq + 1);
            self.change(Row::Conversation(Conversation { visible_since, ..row }));
            if let Some(up_to) = self.marker(id) {
                self.change(Row::ReadMarker(ReadMarker { conversation_id: id, up_to }));
            }
        }
    }

    /// The feed forgets everything so far.
    pub(super) fn feed_is_pruned(&mut self) {
        self.horizon = self.seq;
    }

    /// The server is restored: another history, with ids and seqs above a reserve.
    pub(super) fn restored(&mut self) {
        self.epoch += 1;
        self.next_id += 10_000;
        let mut rows: Vec<Kept> = std::mem::take(&mut self.rows).into_values().collect();
        rows.sort_by_key(|kept| kept.seq);
        self.seq += 10_000;
        for kept in rows {
            self.seq += 1;
            if let Some(row) = kept.row.as_ref().or(kept.hidden.as_ref()) {
                self.rows.insert((rank(row.kind()), row.id()), Kept { seq: self.seq, ..kept });
            }
        }
        self.horizon = self.seq;
    }

    pub(super) fn conversation(&self, id: ConversationId) -> Option<Conversation> {
        match &self.rows.get(&(rank(RowKind::Conversation), id.0))?.row {
            Some(Row::Conversation(row)) => Some(row.clone()),
            _ => None,
        }
    }

    pub(super) fn visible(&self) -> Vec<Conversation> {
        let all = self.rows.values().filter_map(|kept| match &kept.row {
            Some(Row::Conversation(row)) => Some(row.clone()),
            _ => None,
        });
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|row| std::cmp::Reverse((row.activity_at, row.id)));
        all
    }

    /// Messages of a conversation, oldest first.
    pub(super) fn messages(&self, id: ConversationId) -> Vec<Message> {
        let of = |kept: &Kept| match &kept.row {
            Some(Row::Message(row)) if row.conversation_id == id => Some(row.clone()),
            _ => None,
        };
        self.rows.values().filter_map(of).collect()
    }

    /// Every message of every conversation in view.
    pub(super) fn all_messages(&self) -> Vec<MessageId> {
        self.visible().iter().flat_map(|row| self.messages(row.id)).map(|message| message.id).collect()
    }

    pub(super) fn agents(&self) -> Vec<Agent> {
        let of = |kept: &Kept| match &kept.row {
            Some(Row::Agent(row)) => Some(row.clone()),
            _ => None,
        };
        self.rows.values().filter_map(of).collect()
    }

    pub(super) fn contact_name(&self, id: ContactId) -> Option<String> {
        match &self.rows.get(&(rank(RowKind::Contact), id.0))?.row {
            Some(Row::Contact(row)) => Some(row.name.clone()),
            _ => None,
        }
    }

    pub(super) fn marker(&self, id: ConversationId) -> Option<MessageId> {
        match &self.rows.get(&(rank(RowKind::ReadMarker), id.0))?.row {
            Some(Row::ReadMarker(row)) => Some(row.up_to),
            _ => None,
        }
    }
}

pub(super) fn rank(kind: RowKind) -> u8 {
    kind as u8
}
