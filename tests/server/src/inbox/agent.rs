//! Whether an agent is there, and since when.

use riposte::model::{Agent, AgentStatus, Row};
use riposte::rules::attention::works;

use crate::db::DbError;
use crate::feed::Writer;

/// Notes an agent's choice. *Since* is when they came or left: an agent who turns invisible goes on
/// working, and no dot may take that for coming or going.
pub(crate) fn set_status(w: &mut Writer<'_>, held: Agent, status: AgentStatus) -> Result<(), DbError> {
    if held.status == status {
        return Ok(());
    }
    let status_since = if works(held.status) == works(status) { held.status_since } else { w.now };
    w.put(&Row::Agent(Agent { status, status_since, ..held }))?;
    Ok(())
}
