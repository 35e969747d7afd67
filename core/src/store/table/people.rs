//! `agent`, `agent_group`, `saved_reply`: the small directories of the account.

use rusqlite::{Connection, named_params};

use super::Newer;
use crate::model::{Agent, AgentGroup, AgentGroupId, AgentId, SavedReply, SavedReplyId, Seq};
use crate::store::StoreError;
use crate::store::column::{all, from_json, from_word, instant, json, ms, run, word};

const AGENTS: &str = "
    SELECT id, name, status, status_since, administrator, member_of FROM agent ORDER BY name, id";

const PUT_AGENT: &str = "
    INSERT INTO agent (id, seq, name, status, status_since, administrator, member_of)
    VALUES (:id, :seq, :name, :status, :status_since, :administrator, :member_of)
    ON CONFLICT (id) DO UPDATE SET
        seq = excluded.seq, name = excluded.name, status = excluded.status, status_since = excluded.status_since,
        administrator = excluded.administrator, member_of = excluded.member_of
    WHERE excluded.seq + :or_equal > agent.seq";

const DELETE_AGENT: &str = "DELETE FROM agent WHERE id = :id AND seq < :seq";

const GROUPS: &str = "SELECT id, name, public FROM agent_group ORDER BY name, id";

const PUT_GROUP: &str = "
    INSERT INTO agent_group (id, seq, name, public) VALUES (:id, :seq, :name, :public)
    ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, name = excluded.name, public = excluded.public
    WHERE excluded.seq + :or_equal > agent_group.seq";

const DELETE_GROUP: &str = "DELETE FROM agent_group WHERE id = :id AND seq < :seq";

const SAVED_REPLIES: &str = "SELECT id, title, body FROM saved_reply ORDER BY title, id";

const PUT_SAVED_REPLY: &str = "
    INSERT INTO saved_reply (id, seq, title, body) VALUES (:id, :seq, :title, :body)
    ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, title = excluded.title, body = excluded.body
    WHERE excluded.seq + :or_equal > saved_reply.seq";

const DELETE_SAVED_REPLY: &str = "DELETE FROM saved_reply WHERE id = :id AND seq < :seq";

pub(in crate::store) fn agents(db: &Connection) -> Result<Vec<Agent>, StoreError> {
    all(db, AGENTS, [], |row| {
        let text = |column: usize| row.get_ref(column)?.as_str().map_err(|_| StoreError::Corrupt);
        Ok(Agent {
            id: AgentId(row.get(0)?),
            name: row.get(1)?,
            status: from_word(text(2)?)?,
            status_since: instant(row.get(3)?)?,
            administrator: row.get(4)?,
            groups: from_json(text(5)?)?,
        })
    })
}

pub(in crate::store) fn put_agent(db: &Connection, row: &Agent, seq: Seq, newer: Newer) -> Result<bool, StoreError> {
    let changed = run(
        db,
        PUT_AGENT,
        named_params! {
            ":id": row.id.0,
            ":seq": seq.0,
            ":name": row.name,
            ":status": word(&row.status)?,
            ":status_since": ms(row.status_since),
            ":administrator": row.administrator,
            ":member_of": json(&row.groups)?,
            ":or_equal": newer.or_equal(),
        },
    )?;
    Ok(changed > 0)
}

pub(in crate::store) fn delete_agent(db: &Connection, id: i64, seq: Seq) -> Result<bool, StoreError> {
    Ok(run(db, DELETE_AGENT, named_params! { ":id": id, ":seq": seq.0 })? > 0)
}

pub(in crate::store) fn groups(db: &Connection) -> Result<Vec<AgentGroup>, StoreError> {
    all(db, GROUPS, [], |row| Ok(AgentGroup { id: AgentGroupId(row.get(0)?), name: row.get(1)?, public: row.get(2)? }))
}

pub(in crate::store) fn put_group(
    db: &Connection,
    row: &AgentGroup,
    seq: Seq,
    newer: Newer,
) -> Result<bool, StoreError> {
    let params = named_params! {
        ":id": row.id.0, ":seq": seq.0, ":name": row.name, ":public": row.public, ":or_equal": newer.or_equal(),
    };
    Ok(run(db, PUT_GROUP, params)? > 0)
}

pub(in crate::store) fn delete_group(db: &Connection, id: i64, seq: Seq) -> Result<bool, StoreError> {
    Ok(run(db, DELETE_GROUP, named_params! { ":id": id, ":seq": seq.0 })? > 0)
}

pub(in crate::store) fn saved_replies(db: &Connection) -> Result<Vec<SavedReply>, StoreError> {
    all(db, SAVED_REPLIES, [], |row| {
        Ok(SavedReply { id: SavedReplyId(row.get(0)?), title: row.get(1)?, text: row.get(2)? })
    })
}

pub(in crate::store) fn put_saved_reply(
    db: &Connection,
    row: &SavedReply,
    seq: Seq,
    newer: Newer,
) -> Result<bool, StoreError> {
    let params = named_params! {
        ":id": row.id.0, ":seq": seq.0, ":title": row.title, ":body": row.text, ":or_equal": newer.or_equal(),
    };
    Ok(run(db, PUT_SAVED_REPLY, params)? > 0)
}

pub(in crate::store) fn delete_saved_reply(db: &Connection, id: i64, seq: Seq) -> Result<bool, StoreError> {
    Ok(run(db, DELETE_SAVED_REPLY, named_params! { ":id": id, ":seq": seq.0 })? > 0)
}
