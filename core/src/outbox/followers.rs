//! Writing the state of a command, and what it means for the messages behind it.

use chrono::{DateTime, Utc};

use crate::model::{OutboxEntry, OutboxState};
use crate::rules::sending::stops::{reason_for_followers, stopped_along};
use crate::store::{OutboxWriter, StoreError};

/// Writes the state of a command, and stops the messages that stop with it.
pub(super) fn put_with_followers(
    outbox: &mut OutboxWriter<'_>,
    entry: &OutboxEntry,
    state: &OutboxState,
    since: DateTime<Utc>,
) -> Result<(), StoreError> {
    // If the agent took it back in the meantime, nothing behind it stops.
    if !outbox.set_state(entry.key, state)? {
        return Ok(());
    }
    let Some(reason) = reason_for_followers(state) else { return Ok(()) };
    for (key, reason) in stopped_along(&outbox.entries()?, entry, reason) {
        outbox.set_state(key, &OutboxState::NeedsDecision { reason, since })?;
    }
    Ok(())
}
