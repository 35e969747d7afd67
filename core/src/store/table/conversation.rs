//! `conversation`: one row per customer and channel account, and the lists over it.

use rusqlite::{Connection, Row, named_params, params};

use super::contact;
use crate::model::{
    AgentGroupId, AgentId, ChannelId, Contact, ContactId, Conversation, ConversationId, MessageId, Seq, WindowFacts,
};
use crate::store::StoreError;
use crate::store::column::{
    all, first, from_json, instant, maybe_from_json, maybe_instant, maybe_json, maybe_ms, ms, run,
};

/// With its customer and the agent's read marker: every row of a list needs all three.
const BY_ID: &str = "
    SELECT c.seq, c.fed_seq, c.channel_id, c.contact_id, c.open, c.assignee, c.agent_group, c.activity_at, c.preview,
           c.last_customer_message_id, c.waiting_since, c.last_customer_at, c.opened_at, c.refused_at, c.free_until,
           c.cover, c.visible_since, c.messages_seq, m.up_to, c.window_said,
           p.id, p.name, p.phone, p.bsuid, p.username, p.language, p.attributes
    FROM conversation c LEFT JOIN read_marker m ON m.conversation_id = c.id LEFT JOIN contact p ON p.id = c.contact_id
    WHERE c.id = :id";

const INSERT: &str = "
    INSERT INTO conversation (id, seq, fed_seq, fed_messages_seq, channel_id, contact_id, open, assignee, agent_group,
                              activity_at, preview, last_customer_message_id, waiting_since, last_customer_at,
                              opened_at, refused_at, free_until, cover, visible_since, messages_seq, window_said)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";

const UPDATE: &str = "
    UPDATE conversation SET
        seq = ?2, fed_seq = ?3, fed_messages_seq = ?4, channel_id = ?5, contact_id = ?6, open = ?7, assignee = ?8,
        agent_group = ?9, activity_at = ?10, preview = ?11, last_customer_message_id = ?12, waiting_since = ?13,
        last_customer_at = ?14, opened_at = ?15, refused_at = ?16, free_until = ?17, cover = ?18, visible_since = ?19,
        messages_seq = ?20, window_said = ?21
    WHERE id = ?1";

const VERSIONS: &str = "SELECT seq, fed_seq, fed_messages_seq, visible_since FROM conversation WHERE id = :id";

const SET_FED: &str = "
    UPDATE conversation SET fed_seq = :fed_seq, fed_messages_seq = :fed_messages_seq WHERE id = :id";

const FORGET_VERSIONS: &str = "UPDATE conversation SET seq = 0";

const DELETE: &str = "DELETE FROM conversation WHERE id = :id";

const OF_CONTACT: &str = "SELECT id FROM conversation WHERE contact_id = :contact_id ORDER BY id DESC LIMIT :limit";

pub(in crate::store) const BEHIND: &str = "SELECT id FROM conversation WHERE seq < fed_seq ORDER BY id LIMIT :limit";

/// One statement a list, each with the index that orders it. What an index does not hold is a
/// condition that only spares the reader rows: the reader decides with the rows in hand.
pub(in crate::store) const LIST_ALL: &str = "
    SELECT id, activity_at FROM conversation
    WHERE open = :open AND (activity_at, id) < (:activity_at, :before_id)
      AND (NOT :unanswered_only OR waiting_since IS NOT NULL)
      AND (:channel_kind IS NULL OR :channel_kind = (SELECT kind FROM channel WHERE channel.id = channel_id))
      AND (NOT :unread_only OR last_customer_message_id > coalesce(
          (SELECT up_to FROM read_marker WHERE conversation_id = conversation.id), 0))
    ORDER BY activity_at DESC, id DESC LIMIT :limit";

pub(in crate::store) const LIST_MINE: &str = "
    SELECT id, activity_at FROM conversation
    WHERE assignee = :whose AND open = :open AND (activity_at, id) < (:activity_at, :before_id)
      AND (NOT :unanswered_only OR waiting_since IS NOT NULL)
      AND (:channel_kind IS NULL OR :channel_kind = (SELECT kind FROM channel WHERE channel.id = channel_id))
      AND (NOT :unread_only OR last_customer_message_id > coalesce(
          (SELECT up_to FROM read_marker WHERE conversation_id = conversation.id), 0))
    ORDER BY activity_at DESC, id DESC LIMIT :limit";

pub(in crate::store) const LIST_UNASSIGNED: &str = "
    SELECT id, activity_at FROM conversation
    WHERE assignee IS NULL AND open = :open AND (activity_at, id) < (:activity_at, :before_id)
      AND (NOT :unanswered_only OR waiting_since IS NOT NULL)
      AND (:channel_kind IS NULL OR :channel_kind = (SELECT kind FROM channel WHERE channel.id = channel_id))
      AND (NOT :unread_only OR last_customer_message_id > coalesce(
          (SELECT up_to FROM read_marker WHERE conversation_id = conversation.id), 0))
    ORDER BY activity_at DESC, id DESC LIMIT :limit";

pub(in crate::store) const LIST_GROUP: &str = "
    SELECT id, activity_at FROM conversation
    WHERE agent_group = :whose AND open = :open AND (activity_at, id) < (:activity_at, :before_id)
      AND (NOT :unanswered_only OR waiting_since IS NOT NULL)
      AND (:channel_kind IS NULL OR :channel_kind = (SELECT kind FROM channel WHERE channel.id = channel_id))
      AND (NOT :unread_only OR last_customer_message_id > coalesce(
          (SELECT up_to FROM read_marker WHERE conversation_id = conversation.id), 0))
    ORDER BY activity_at DESC, id DESC LIMIT :limit";

/// Open conversations by who answers them, for the numbers beside the lists.
pub(in crate::store) const COUNT_OPEN: &str = "
    SELECT c.assignee, c.agent_group, count(*),
           coalesce(sum(c.last_customer_message_id > coalesce(m.up_to, 0)), 0)
    FROM conversation c LEFT JOIN read_marker m ON m.conversation_id = c.id
    WHERE c.open = 1
    GROUP BY c.assignee, c.agent_group";

/// A row with its numbers.
pub(in crate::store) struct Held {
    pub(in crate::store) conversation: Conversation,
    pub(in crate::store) seq: Seq,
    pub(in crate::store) fed_seq: Seq,
    pub(in crate::store) marker: Option<MessageId>,
    pub(in crate::store) contact: Option<Contact>,
}

/// The versions of a row that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Versions {
    pub(in crate::store) seq: Seq,
    pub(in crate::store) fed_seq: Seq,
    pub(in crate::store) fed_messages_seq: Seq,
    pub(in crate::store) visible_since: Seq,
}

pub(in crate::store) fn get(db: &Connection, id: ConversationId) -> Result<Option<Held>, StoreError> {
    first(db, BY_ID, named_params! { ":id": id.0 }, |row| read(id, row))
}

fn read(id: ConversationId, row: &Row<'_>) -> Result<Held, StoreError> {
    let conversation = Conversation {
        id,
        channel_id: ChannelId(row.get(2)?),
        contact_id: ContactId(row.get(3)?),
        open: row.get(4)?,
        assignee: row.get::<_, Option<i64>>(5)?.map(AgentId),
        group: row.get::<_, Option<i64>>(6)?.map(AgentGroupId),
        activity_at: instant(row.get(7)?)?,
        preview: maybe_from_json(row.get_ref(8)?.as_str_or_null().map_err(|_| StoreError::Corrupt)?)?,
        last_customer_message_id: row.get::<_, Option<i64>>(9)?.map(MessageId),
        waiting_since: maybe_instant(row.get(10)?)?,
        window: WindowFacts {
            last_customer_at: maybe_instant(row.get(11)?)?,
            opened_at: maybe_instant(row.get(12)?)?,
            refused_at: maybe_instant(row.get(13)?)?,
            free_until: maybe_instant(row.get(14)?)?,
            said: maybe_from_json(row.get_ref(19)?.as_str_or_null().map_err(|_| StoreError::Corrupt)?)?,
        },
        cover: match row.get_ref(15)?.as_str_or_null().map_err(|_| StoreError::Corrupt)? {
            Some(cover) => Some(from_json(cover)?),
            None => None,
        },
        visible_since: Seq(row.get(16)?),
        messages_seq: Seq(row.get(17)?),
        joined: Vec::new(),
    };
    Ok(Held {
        conversation,
        seq: Seq(row.get(0)?),
        fed_seq: Seq(row.get(1)?),
        marker: row.get::<_, Option<i64>>(18)?.map(MessageId),
        contact: contact::joined(row, 20)?,
    })
}

pub(in crate::store) fn versions(db: &Connection, id: ConversationId) -> Result<Option<Versions>, StoreError> {
    first(db, VERSIONS, named_params! { ":id": id.0 }, |row| {
        Ok(Versions {
            seq: Seq(row.get(0)?),
            fed_seq: Seq(row.get(1)?),
            fed_messages_seq: Seq(row.get(2)?),
            visible_since: Seq(row.get(3)?),
        })
    })
}

/// Writes a row; the caller has compared versions, and knows whether one is held.
pub(in crate::store) fn put(
    db: &Connection,
    row: &Conversation,
    seq: Seq,
    fed: (Seq, Seq),
    is_held: bool,
) -> Result<(), StoreError> {
    // By number: the feed is full of these, and looking up twenty names for each costs more than the
    // values. And not as one statement that tries to insert first, which adds every row up twice.
    run(
        db,
        if is_held { UPDATE } else { INSERT },
        params![
            row.id.0,
            seq.0,
            fed.0.0,
            fed.1.0,
            row.channel_id.0,
            row.contact_id.0,
            row.open,
            row.assignee.map(|id| id.0),
            row.group.map(|id| id.0),
            ms(row.activity_at),
            maybe_json(row.preview.as_ref())?,
            row.last_customer_message_id.map(|id| id.0),
            maybe_ms(row.waiting_since),
            maybe_ms(row.window.last_customer_at),
            maybe_ms(row.window.opened_at),
            maybe_ms(row.window.refused_at),
            maybe_ms(row.window.free_until),
            maybe_json(row.cover.as_ref())?,
            row.visible_since.0,
            row.messages_seq.0,
            maybe_json(row.window.said.as_ref())?,
        ],
    )?;
    Ok(())
}

/// Remembers what the feed or a snapshot last named, without touching the row itself.
pub(in crate::store) fn set_fed(db: &Connection, id: ConversationId, fed: (Seq, Seq)) -> Result<(), StoreError> {
    run(db, SET_FED, named_params! { ":id": id.0, ":fed_seq": fed.0.0, ":fed_messages_seq": fed.1.0 })?;
    Ok(())
}

/// Lets any version replace every row: this build reads more out of them than the one that wrote them.
pub(in crate::store) fn forget_versions(db: &Connection) -> Result<(), StoreError> {
    run(db, FORGET_VERSIONS, [])?;
    Ok(())
}

pub(in crate::store) fn delete(db: &Connection, id: ConversationId) -> Result<bool, StoreError> {
    Ok(run(db, DELETE, named_params! { ":id": id.0 })? > 0)
}

pub(in crate::store) fn of_contact(
    db: &Connection,
    contact: ContactId,
    limit: i64,
) -> Result<Vec<ConversationId>, StoreError> {
    all(db, OF_CONTACT, named_params! { ":contact_id": contact.0, ":limit": limit }, |row| {
        Ok(ConversationId(row.get(0)?))
    })
}

/// Rows of which the server has a newer version that did not come.
pub(in crate::store) fn behind(db: &Connection, limit: i64) -> Result<Vec<ConversationId>, StoreError> {
    all(db, BEHIND, named_params! { ":limit": limit }, |row| Ok(ConversationId(row.get(0)?)))
}

#[cfg(test)]
pub(in crate::store) const HOT: &[(&str, &str)] = &[
    ("one conversation", BY_ID),
    ("all conversations", LIST_ALL),
    ("my conversations", LIST_MINE),
    ("unassigned conversations", LIST_UNASSIGNED),
    ("a group's conversations", LIST_GROUP),
    ("a customer's conversations", OF_CONTACT),
];
