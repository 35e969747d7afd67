//! The keys of commands: taken once, remembered with what they became, burnt when cancelled.

use chrono::{DateTime, TimeDelta, Utc};
use riposte::model::{AgentId, ClientKey, MessageId};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::{Order, Refs, State};
use crate::app::Shared;
use crate::db::DbError;
use crate::db::text::{from_json, json};
use crate::feed::Writer;
use crate::problem::Problem;

/// How long a key is kept. A key whose own time is older is refused, so *not found* always means
/// *never executed*.
const KEPT: TimeDelta = TimeDelta::days(7);

fn made_at(key: ClientKey, now: DateTime<Utc>) -> DateTime<Utc> {
    // The door lets only keys with a time through.
    key.made_at().unwrap_or(now)
}

fn expired(key: ClientKey, now: DateTime<Utc>) -> Result<(), Problem> {
    if made_at(key, now) + KEPT <= now {
        return Err(Problem::new(410, "key_expired", "the key is older than 7 days"));
    }
    Ok(())
}

/// Two bodies are the same when they say the same: the order of fields and spaces do not count.
fn hash(order: &Order) -> Vec<u8> {
    // `Value` keeps its fields sorted.
    Sha256::digest(order.body.to_string().as_bytes()).to_vec()
}

/// Takes a key for this command; or says what it already became.
pub(super) fn take(w: &Writer<'_>, order: &Order) -> Result<Option<State>, Problem> {
    const BODY: &str = "SELECT body_hash FROM command WHERE agent_id = ?1 AND key = ?2";
    const TAKE: &str =
        "INSERT INTO command (agent_id, key, body_hash, state, kept_until) VALUES (?1, ?2, ?3, 'pending', ?4)";
    sweep(w)?;
    expired(order.key, w.now)?;
    let (key, hash) = (order.key.to_string(), hash(order));
    if let Some(known) = read(w.tx, order.agent, order.key)? {
        let held: Vec<u8> = w.tx.query_row(BODY, params![order.agent.0, key], |row| row.get(0))?;
        if known != State::Cancelled && held != hash {
            return Err(Problem::refused("key_reused", "this key was used for another command"));
        }
        return Ok(Some(known));
    }
    w.tx.execute(TAKE, params![order.agent.0, key, hash, kept_until(order.key, w.now)])?;
    Ok(None)
}

/// A phone's clock may be ahead: such a key is kept until it would be refused.
fn kept_until(key: ClientKey, now: DateTime<Utc>) -> i64 {
    (made_at(key, now).max(now) + KEPT).timestamp_millis()
}

fn sweep(w: &Writer<'_>) -> Result<(), DbError> {
    let sql = "DELETE FROM command WHERE kept_until <= ?1";
    w.tx.prepare_cached(sql)?.execute([w.now.timestamp_millis()])?;
    Ok(())
}

/// Notes which message a command makes, while the provider is asked.
pub(super) fn makes(w: &Writer<'_>, order: &Order, message: MessageId) -> Result<(), DbError> {
    let sql = "UPDATE command SET message_id = ?3 WHERE agent_id = ?1 AND key = ?2";
    w.tx.execute(sql, params![order.agent.0, order.key.to_string(), message.0])?;
    Ok(())
}

/// Notes what a command became.
pub(super) fn end(w: &Writer<'_>, order: &Order, state: &State) -> Result<(), DbError> {
    set(w, order.agent, &order.key.to_string(), state)
}

/// The same, when only the key's text is at hand.
pub(super) fn set(w: &Writer<'_>, agent: AgentId, key: &str, state: &State) -> Result<(), DbError> {
    const SQL: &str = "UPDATE command SET state = ?3, rows = ?4, refusal = ?5 WHERE agent_id = ?1 AND key = ?2";
    let none = Refs::default();
    let (word, refs, refusal) = match state {
        State::Pending => ("pending", &none, None),
        State::Applied(refs) => ("applied", refs, None),
        State::Accepted(refs) => ("accepted", refs, None),
        State::Ambiguous(refs) => ("ambiguous", refs, None),
        State::Rejected(problem) => ("rejected", &none, Some(json(problem)?)),
        State::Cancelled => ("cancelled", &none, None),
    };
    w.tx.execute(SQL, params![agent.0, key, word, json(&refs.0)?, refusal])?;
    Ok(())
}

/// The command was not executed after all: its key is as good as new.
pub(super) fn release(w: &Writer<'_>, order: &Order) -> Result<(), DbError> {
    let sql = "DELETE FROM command WHERE agent_id = ?1 AND key = ?2";
    w.tx.execute(sql, params![order.agent.0, order.key.to_string()])?;
    Ok(())
}

fn read(db: &Connection, agent: AgentId, key: ClientKey) -> Result<Option<State>, DbError> {
    const SQL: &str = "SELECT state, rows, refusal FROM command WHERE agent_id = ?1 AND key = ?2";
    let found = db.prepare_cached(SQL)?.query_row(params![agent.0, key.to_string()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
    });
    let Some((state, rows, refusal)) = found.optional()? else { return Ok(None) };
    let refs = Refs(from_json(&rows)?);
    Ok(Some(match (state.as_str(), refusal) {
        ("applied", _) => State::Applied(refs),
        ("accepted", _) => State::Accepted(refs),
        ("ambiguous", _) => State::Ambiguous(refs),
        ("rejected", Some(problem)) => State::Rejected(from_json(&problem)?),
        ("cancelled", _) => State::Cancelled,
        _ => State::Pending,
    }))
}

/// What became of a key.
pub(crate) async fn find(app: &Shared, agent: AgentId, key: ClientKey) -> Result<State, Problem> {
    let now = app.now();
    expired(key, now)?;
    app.read(move |tx| {
        let state = read(tx, agent, key)?;
        state.ok_or_else(|| Problem::new(404, "not_found", "this key was never executed"))
    })
    .await
}

/// Burns a key that was never used, or says what it became.
pub(crate) async fn cancel(app: &Shared, agent: AgentId, key: ClientKey) -> Result<State, Problem> {
    const BURN: &str =
        "INSERT INTO command (agent_id, key, body_hash, state, kept_until) VALUES (?1, ?2, x'', 'cancelled', ?3)";
    app.write(move |w| {
        sweep(w)?;
        expired(key, w.now)?;
        if let Some(state) = read(w.tx, agent, key)? {
            return Ok(state);
        }
        w.tx.execute(BURN, params![agent.0, key.to_string(), kept_until(key, w.now)])?;
        Ok(State::Cancelled)
    })
    .await
}
