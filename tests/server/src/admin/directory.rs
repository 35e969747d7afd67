//! Agents, groups, saved replies, allowances.

use chrono::{DateTime, Utc};
use riposte::model::{
    Agent, AgentGroup, AgentGroupId, AgentId, AgentStatus, Allowance, AllowanceId, AllowanceKind, Row, RowKind,
    SavedReply, SavedReplyId,
};
use rusqlite::{OptionalExtension, params};

use super::{Admin, AdminError};
use crate::app::App;
use crate::db::DbError;
use crate::feed::{Writer, agents_changed, new_agent, row, rows_of};
use crate::inbox;
use crate::session::hash_password;

const PASSWORD_LEAST: usize = 8;

/// An agent to be.
#[derive(Clone, Default)]
pub struct NewAgent {
    /// The name that colleagues and customers see.
    pub name: String,
    /// The address to sign in with.
    pub email: String,
    /// The password.
    pub password: String,
    /// Whether they see everything.
    pub administrator: bool,
    /// The groups they belong to.
    pub groups: Vec<AgentGroupId>,
}

impl std::fmt::Debug for NewAgent {
    // The password stays out of every log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAgent").field("administrator", &self.administrator).finish_non_exhaustive()
    }
}

impl Admin {
    /// Adds an agent, who is offline until they say otherwise.
    pub async fn add_agent(&self, new: NewAgent) -> Result<AgentId, AdminError> {
        let hashed = hashed(&self.app, &new.password).await?;
        self.app.write(move |w| add_agent(w, new, &hashed)).await
    }

    /// Changes which groups an agent belongs to.
    pub async fn set_groups(&self, agent: AgentId, groups: Vec<AgentGroupId>) -> Result<(), AdminError> {
        self.app
            .write(move |w| {
                groups_exist(w, &groups)?;
                let held = held_agent(w, agent)?;
                w.put(&Row::Agent(Agent { groups, ..held }))?;
                Ok(agents_changed(w)?)
            })
            .await
    }

    /// Makes an agent an administrator, or no longer one.
    pub async fn set_administrator(&self, agent: AgentId, administrator: bool) -> Result<(), AdminError> {
        self.app
            .write(move |w| {
                let held = held_agent(w, agent)?;
                w.put(&Row::Agent(Agent { administrator, ..held }))?;
                Ok(agents_changed(w)?)
            })
            .await
    }

    /// Every agent.
    pub async fn agents(&self) -> Result<Vec<Agent>, AdminError> {
        Ok(self.app.read(|tx| rows_of(tx, RowKind::Agent)).await?)
    }

    /// Adds a group of agents.
    pub async fn add_group(&self, name: &str, public: bool) -> Result<AgentGroupId, AdminError> {
        let name = name.to_owned();
        self.app
            .write(move |w| {
                let id = AgentGroupId(w.next_id("group")?);
                w.put(&Row::Group(AgentGroup { id, name, public }))?;
                Ok(id)
            })
            .await
    }

    /// Changes whether agents outside a group see its conversations.
    pub async fn set_public(&self, group: AgentGroupId, public: bool) -> Result<(), AdminError> {
        self.app
            .write(move |w| {
                let held: Option<AgentGroup> = row(w.tx, RowKind::Group, group.0)?;
                let held = held.ok_or(AdminError::NotFound("group"))?;
                w.put(&Row::Group(AgentGroup { public, ..held }))?;
                Ok(agents_changed(w)?)
            })
            .await
    }

    /// Every group.
    pub async fn groups(&self) -> Result<Vec<AgentGroup>, AdminError> {
        Ok(self.app.read(|tx| rows_of(tx, RowKind::Group)).await?)
    }

    /// Keeps a text to be sent again.
    pub async fn add_saved_reply(&self, title: &str, text: &str) -> Result<SavedReplyId, AdminError> {
        let (title, text) = (title.to_owned(), text.to_owned());
        self.app
            .write(move |w| {
                let id = SavedReplyId(w.next_id("saved_reply")?);
                w.put(&Row::SavedReply(SavedReply { id, title, text }))?;
                Ok(id)
            })
            .await
    }

    /// Forgets a saved reply.
    pub async fn remove_saved_reply(&self, id: SavedReplyId) -> Result<(), AdminError> {
        self.app
            .write(move |w| {
                let held: Option<SavedReply> = row(w.tx, RowKind::SavedReply, id.0)?;
                held.ok_or(AdminError::NotFound("saved reply"))?;
                Ok(w.gone(RowKind::SavedReply, id.0)?)
            })
            .await
    }

    /// Every saved reply.
    pub async fn saved_replies(&self) -> Result<Vec<SavedReply>, AdminError> {
        Ok(self.app.read(|tx| rows_of(tx, RowKind::SavedReply)).await?)
    }

    /// The free messages of the first purchase: once per account, for ever.
    pub async fn grant(&self, messages: u32) -> Result<AllowanceId, AdminError> {
        self.app
            .write(move |w| {
                let held: Vec<Allowance> = rows_of(w.tx, RowKind::Allowance)?;
                if held.iter().any(|allowance| allowance.kind == AllowanceKind::Grant) {
                    return Err(AdminError::GrantedBefore);
                }
                Ok(add_allowance(w, AllowanceKind::Grant, messages, None)?)
            })
            .await
    }

    /// The messages of a plan, until its period ends.
    pub async fn add_plan(&self, messages: u32, until: DateTime<Utc>) -> Result<AllowanceId, AdminError> {
        self.app.write(move |w| Ok(add_allowance(w, AllowanceKind::Plan, messages, Some(until))?)).await
    }
}

fn add_agent(w: &mut Writer<'_>, new: NewAgent, password: &str) -> Result<AgentId, AdminError> {
    const TAKEN: &str = "SELECT 1 FROM agent_login WHERE email = ?1";
    const SQL: &str = "INSERT INTO agent_login (agent_id, email, password) VALUES (?1, ?2, ?3)";
    let email = new.email.trim().to_lowercase();
    if w.tx.query_row(TAKEN, [&email], |_| Ok(())).optional()?.is_some() {
        return Err(AdminError::AddressTaken);
    }
    groups_exist(w, &new.groups)?;
    let agent = Agent {
        id: AgentId(w.next_id("agent")?),
        name: new.name,
        status: AgentStatus::Offline,
        status_since: w.now,
        administrator: new.administrator,
        groups: new.groups,
    };
    w.tx.execute(SQL, params![agent.id.0, email, password])?;
    new_agent(w, &agent)?;
    let id = agent.id;
    w.put(&Row::Agent(agent))?;
    Ok(id)
}

/// What is stored of a new password.
pub(super) async fn hashed(app: &App, password: &str) -> Result<String, AdminError> {
    if password.chars().count() < PASSWORD_LEAST {
        return Err(AdminError::BadPassword);
    }
    let (password, cost) = (password.to_owned(), app.limits.password_cost);
    let hashed = tokio::task::spawn_blocking(move || hash_password(&password, cost)).await;
    hashed.map_err(|_| DbError::Interrupted)?.map_err(|_| AdminError::BadPassword)
}

fn groups_exist(w: &Writer<'_>, groups: &[AgentGroupId]) -> Result<(), AdminError> {
    for group in groups {
        row::<AgentGroup>(w.tx, RowKind::Group, group.0)?.ok_or(AdminError::NotFound("group"))?;
    }
    Ok(())
}

pub(super) fn held_agent(w: &Writer<'_>, id: AgentId) -> Result<Agent, AdminError> {
    row(w.tx, RowKind::Agent, id.0)?.ok_or(AdminError::NotFound("agent"))
}

pub(super) fn set_status(w: &mut Writer<'_>, id: AgentId, status: AgentStatus) -> Result<(), AdminError> {
    let held = held_agent(w, id)?;
    Ok(inbox::set_status(w, held, status)?)
}

fn add_allowance(
    w: &mut Writer<'_>,
    kind: AllowanceKind,
    messages: u32,
    until: Option<DateTime<Utc>>,
) -> Result<AllowanceId, DbError> {
    let id = AllowanceId(w.next_id("allowance")?);
    let total = i64::from(messages);
    w.put(&Row::Allowance(Allowance { id, kind, total, left: total, until, from: None, channel_id: None }))?;
    Ok(id)
}
