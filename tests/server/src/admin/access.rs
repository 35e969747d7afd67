//! Who may sign in and who is signed in: sessions, passwords, agents who leave. All of it takes effect at
//! once, also when another process than the server does it: a token is looked up at each call.

use chrono::{DateTime, Utc};
use riposte::model::{AgentId, Assignee, ConversationId, RowKind};
use rusqlite::{Connection, OptionalExtension, params};

use super::directory::{hashed, held_agent};
use super::{Admin, AdminError};
use crate::db::DbError;
use crate::db::text::instant;
use crate::feed::Writer;
use crate::{inbox, session};

/// A session that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub agent: AgentId,
    /// What the agent calls the device.
    pub device: String,
    /// Its platform.
    pub platform: String,
    /// When its tokens were last refreshed.
    pub refreshed_at: DateTime<Utc>,
}

impl Admin {
    /// The agent who signs in with an address.
    pub async fn agent_of(&self, email: &str) -> Result<AgentId, AdminError> {
        const SQL: &str = "SELECT agent_id FROM agent_login WHERE email = ?1";
        let email = email.trim().to_lowercase();
        self.app
            .read(move |tx| {
                let found = tx.query_row(SQL, [email], |row| Ok(AgentId(row.get(0)?))).optional()?;
                found.ok_or(AdminError::NotFound("agent"))
            })
            .await
    }

    /// Every session that is open, oldest first.
    pub async fn sessions(&self) -> Result<Vec<OpenSession>, AdminError> {
        const SQL: &str = "SELECT s.id, s.agent_id, s.device_name, s.platform,
                coalesce((SELECT max(p.access_until) FROM token_pair p WHERE p.session_id = s.id), 0)
             FROM session s WHERE s.ended_at IS NULL ORDER BY s.id";
        self.app
            .read(|tx| {
                let mut statement = tx.prepare_cached(SQL)?;
                let found = statement.query_map([], |row| {
                    Ok(OpenSession {
                        id: row.get(0)?,
                        agent: AgentId(row.get(1)?),
                        device: row.get(2)?,
                        platform: row.get(3)?,
                        refreshed_at: instant(row.get(4)?) - session::ACCESS_LIVES,
                    })
                })?;
                Ok(found.collect::<Result<_, _>>()?)
            })
            .await
    }

    /// Ends a session: its tokens are worth nothing from now on, and its device gets no notifications.
    pub async fn end_session(&self, id: i64) -> Result<(), AdminError> {
        self.and_ring(move |w| {
            if !session::session_is_open(w.tx, id)? {
                return Err(AdminError::NotFound("session"));
            }
            Ok(session::end_session(w.tx, id, w.now)?)
        })
        .await
    }

    /// Ends every session of an agent.
    pub async fn end_sessions(&self, agent: AgentId) -> Result<(), AdminError> {
        self.and_ring(move |w| {
            held_agent(w, agent)?;
            Ok(end_all(w, agent)?)
        })
        .await
    }

    /// Changes an agent's password and ends their sessions: who knew the old one is out.
    pub async fn set_password(&self, agent: AgentId, password: &str) -> Result<(), AdminError> {
        const SQL: &str = "UPDATE agent_login SET password = ?2 WHERE agent_id = ?1";
        let hashed = hashed(&self.app, password).await?;
        self.and_ring(move |w| {
            held_agent(w, agent)?;
            w.tx.execute(SQL, params![agent.0, hashed])?;
            Ok(end_all(w, agent)?)
        })
        .await
    }

    /// Removes an agent: they are signed out and cannot sign in, and their conversations go to the group or have no assignee.
    /// What they wrote stays.
    pub async fn remove_agent(&self, agent: AgentId) -> Result<(), AdminError> {
        self.and_ring(move |w| {
            held_agent(w, agent)?;
            end_all(w, agent)?;
            for sql in [
                "DELETE FROM agent_login WHERE agent_id = ?1",
                "DELETE FROM device WHERE agent_id = ?1",
                "DELETE FROM snapshot WHERE agent_id = ?1",
                "DELETE FROM upload WHERE agent_id = ?1",
                "DELETE FROM view WHERE agent_id = ?1",
                "DELETE FROM feed WHERE agent_id = ?1",
            ] {
                w.tx.execute(sql, [agent.0])?;
            }
            w.gone(RowKind::Agent, agent.0)?;
            for id in assigned_to(w.tx, agent)? {
                let group = inbox::stored(w.tx, id)?.and_then(|stored| stored.group);
                inbox::assign(w, id, group.map_or(Assignee::None, Assignee::Group))?;
            }
            Ok(())
        })
        .await
    }

    /// Does it, and wakes the live streams: those whose session has ended end.
    async fn and_ring(
        &self,
        work: impl FnOnce(&mut Writer<'_>) -> Result<(), AdminError> + Send + 'static,
    ) -> Result<(), AdminError> {
        self.app.write(work).await?;
        self.app.doorbell.send_modify(|_| {});
        Ok(())
    }
}

fn end_all(w: &Writer<'_>, agent: AgentId) -> Result<(), DbError> {
    const OPEN: &str = "SELECT id FROM session WHERE agent_id = ?1 AND ended_at IS NULL";
    let open: Vec<i64> = {
        let mut statement = w.tx.prepare_cached(OPEN)?;
        let found = statement.query_map([agent.0], |row| row.get(0))?;
        found.collect::<Result<_, _>>()?
    };
    open.into_iter().try_for_each(|id| session::end_session(w.tx, id, w.now))
}

fn assigned_to(db: &Connection, agent: AgentId) -> Result<Vec<ConversationId>, DbError> {
    const SQL: &str = "SELECT id FROM conversation WHERE assignee = ?1 ORDER BY id";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map([agent.0], |row| Ok(ConversationId(row.get(0)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}
