//! Who sees which conversation, and what happens when that changes.
//!
//! An agent sees the conversations of public groups and of their own groups, those without a
//! group and without an assignee, and their own; an administrator sees all.

use riposte::model::{Agent, AgentGroup, AgentGroupId, AgentId, ContactId, ConversationId, RowKind};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Writer, row, rows_of};
use crate::db::DbError;

fn sees(agent: &Agent, groups: &[AgentGroup], group: Option<AgentGroupId>, assignee: Option<AgentId>) -> bool {
    if agent.administrator || assignee == Some(agent.id) {
        return true;
    }
    match group {
        Some(id) => agent.groups.contains(&id) || groups.iter().any(|group| group.id == id && group.public),
        None => assignee.is_none(),
    }
}

/// Since which change the conversation is in the agent's view; none when it is not.
pub(crate) fn in_view(db: &Connection, agent: AgentId, conversation: ConversationId) -> Result<Option<i64>, DbError> {
    const SQL: &str = "SELECT since FROM view WHERE agent_id = ?1 AND conversation_id = ?2";
    Ok(db.prepare_cached(SQL)?.query_row([agent.0, conversation.0], |row| row.get(0)).optional()?)
}

/// Whether agents outside the group see its conversations.
pub(crate) fn group_is_public(db: &Connection, id: AgentGroupId) -> Result<Option<bool>, DbError> {
    Ok(row::<AgentGroup>(db, RowKind::Group, id.0)?.map(|group| group.public))
}

/// Where a conversation belongs, as far as views are concerned.
struct Belongs {
    id: ConversationId,
    contact: ContactId,
    assignee: Option<AgentId>,
    group: Option<AgentGroupId>,
}

const BELONGS: &str = "SELECT id, contact_id, assignee, group_id FROM conversation WHERE id = ?1";
const ALL_BELONG: &str = "SELECT id, contact_id, assignee, group_id FROM conversation ORDER BY id";

fn belongs(row: &rusqlite::Row<'_>) -> rusqlite::Result<Belongs> {
    Ok(Belongs {
        id: ConversationId(row.get(0)?),
        contact: ContactId(row.get(1)?),
        assignee: row.get::<_, Option<i64>>(2)?.map(AgentId),
        group: row.get::<_, Option<i64>>(3)?.map(AgentGroupId),
    })
}

/// A conversation began, was assigned or is about to go (`kept` is false): lets it come into the
/// view of those who may now see it, and leave the others'.
pub(crate) fn conversation_moved(w: &mut Writer<'_>, id: ConversationId, kept: bool) -> Result<(), DbError> {
    let Some(conversation) = w.tx.prepare_cached(BELONGS)?.query_row([id.0], belongs).optional()? else {
        return Ok(());
    };
    let agents: Vec<Agent> = rows_of(w.tx, RowKind::Agent)?;
    let groups: Vec<AgentGroup> = rows_of(w.tx, RowKind::Group)?;
    let mut entered = false;
    for agent in &agents {
        let should = kept && sees(agent, &groups, conversation.group, conversation.assignee);
        entered |= change(w, agent.id, &conversation, should)?;
    }
    if entered {
        w.announce(RowKind::Contact, conversation.contact.0, AgentId(0))?;
    }
    Ok(())
}

/// Agents' groups or rights, or a group's publicity, changed: checks every conversation again.
pub(crate) fn agents_changed(w: &mut Writer<'_>) -> Result<(), DbError> {
    let ids: Vec<i64> = {
        let mut statement = w.tx.prepare_cached(ALL_BELONG)?;
        let found = statement.query_map([], |row| row.get(0))?;
        found.collect::<Result<_, _>>()?
    };
    ids.into_iter().try_for_each(|id| conversation_moved(w, ConversationId(id), true))
}

/// A new agent sees what there is. No phone of theirs has a cursor yet: nothing is announced.
pub(crate) fn new_agent(w: &mut Writer<'_>, agent: &Agent) -> Result<(), DbError> {
    let groups: Vec<AgentGroup> = rows_of(w.tx, RowKind::Group)?;
    let conversations: Vec<Belongs> = {
        let mut statement = w.tx.prepare_cached(ALL_BELONG)?;
        let found = statement.query_map([], belongs)?;
        found.collect::<Result<_, _>>()?
    };
    let since = w.next_seq()?;
    for conversation in conversations {
        if sees(agent, &groups, conversation.group, conversation.assignee) {
            enter(w, agent.id, conversation.id, since.0)?;
        }
    }
    Ok(())
}

fn enter(w: &Writer<'_>, agent: AgentId, conversation: ConversationId, since: i64) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO view (agent_id, conversation_id, since) VALUES (?1, ?2, ?3)";
    w.tx.prepare_cached(SQL)?.execute(params![agent.0, conversation.0, since])?;
    Ok(())
}

/// Makes the view what it should be. Says whether the conversation came into it.
fn change(w: &mut Writer<'_>, agent: AgentId, conversation: &Belongs, should: bool) -> Result<bool, DbError> {
    let does = in_view(w.tx, agent, conversation.id)?.is_some();
    if should && !does {
        let since = w.next_seq()?;
        enter(w, agent, conversation.id, since.0)?;
        w.back_for(agent, RowKind::Conversation, conversation.id.0)?;
        w.back_for(agent, RowKind::Contact, conversation.contact.0)?;
        w.announce(RowKind::ReadMarker, conversation.id.0, agent)?;
        w.mark_changed(conversation.id);
    }
    if does && !should {
        const SQL: &str = "DELETE FROM view WHERE agent_id = ?1 AND conversation_id = ?2";
        w.tx.prepare_cached(SQL)?.execute([agent.0, conversation.id.0])?;
        w.gone_for(agent, RowKind::Conversation, conversation.id.0)?;
        if !sees_contact(w.tx, agent, conversation.contact)? {
            w.gone_for(agent, RowKind::Contact, conversation.contact.0)?;
        }
    }
    Ok(should && !does)
}

fn sees_contact(db: &Connection, agent: AgentId, contact: ContactId) -> Result<bool, DbError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM conversation c JOIN view v ON v.conversation_id = c.id
         WHERE c.contact_id = ?1 AND v.agent_id = ?2)";
    Ok(db.prepare_cached(SQL)?.query_row([contact.0, agent.0], |row| row.get(0))?)
}
