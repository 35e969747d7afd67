use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use riposte::model::AgentId;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::db::DbError;
use crate::db::text::instant;

pub(crate) const ACCESS_LIVES: TimeDelta = TimeDelta::minutes(15);
const REFRESH_LIVES: TimeDelta = TimeDelta::days(60);

/// A device that signs in.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) platform: String,
}

/// New tokens, to be given away once.
pub(crate) struct Issued {
    pub(crate) access: String,
    pub(crate) access_until: DateTime<Utc>,
    pub(crate) refresh: String,
}

/// Whose call it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) agent: AgentId,
    pub(crate) session: i64,
    pair: i64,
    /// The pair was never used before: [`first_use`] has to be written down.
    pub(crate) unused: bool,
}

/// Why a token is not good.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    /// A refresh gives a new one.
    #[error("the access token has expired")]
    Expired,
    /// It ended for good: sign in again.
    #[error("the session has ended")]
    Revoked,
    /// The machine gives no random numbers.
    #[error("no random numbers")]
    NoRandom,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<rusqlite::Error> for SessionError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Db(error.into())
    }
}

fn new_token(letter: char) -> Result<String, SessionError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| SessionError::NoRandom)?;
    Ok(format!("{letter}.{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// Only hashes are stored: a reader of the database cannot act as an agent. The tokens are 256
/// random bits, so a plain hash is enough.
fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// What an address signs in as.
pub(crate) struct Login {
    pub(crate) agent: AgentId,
    /// What is stored of the password.
    pub(crate) password: String,
    /// Whether the agent signed in from this device before.
    pub(crate) knows_device: bool,
}

/// The login that belongs to an address, asked for from a device.
pub(crate) fn login_of(db: &Connection, email: &str, device: &str) -> Result<Option<Login>, DbError> {
    const SQL: &str = "SELECT agent_id, password,
            EXISTS (SELECT 1 FROM session s WHERE s.agent_id = l.agent_id AND s.device_id = ?2)
         FROM agent_login l WHERE email = ?1";
    let found = db.query_row(SQL, [email, device], |row| {
        Ok(Login { agent: AgentId(row.get(0)?), password: row.get(1)?, knows_device: row.get(2)? })
    });
    Ok(found.optional()?)
}

/// Begins a session.
pub(crate) fn begin(
    db: &Connection,
    agent: AgentId,
    device: &Device,
    now: DateTime<Utc>,
) -> Result<Issued, SessionError> {
    const SQL: &str = "INSERT INTO session (agent_id, device_id, device_name, platform) VALUES (?1, ?2, ?3, ?4)";
    db.execute(SQL, params![agent.0, device.id, device.name, device.platform])?;
    issue(db, db.last_insert_rowid(), None, now)
}

fn issue(db: &Connection, session: i64, parent: Option<i64>, now: DateTime<Utc>) -> Result<Issued, SessionError> {
    const SQL: &str =
        "INSERT INTO token_pair (session_id, parent_id, access_hash, access_until, refresh_hash, refresh_until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let issued = Issued { access: new_token('a')?, access_until: now + ACCESS_LIVES, refresh: new_token('r')? };
    db.execute(
        SQL,
        params![
            session,
            parent,
            hash(&issued.access),
            issued.access_until.timestamp_millis(),
            hash(&issued.refresh),
            (now + REFRESH_LIVES).timestamp_millis()
        ],
    )?;
    // Milliseconds are what the wire carries.
    Ok(Issued { access_until: instant(issued.access_until.timestamp_millis()), ..issued })
}

/// Whose access token this is.
pub(crate) fn authenticate(db: &Connection, access: &str, now: DateTime<Utc>) -> Result<Who, SessionError> {
    const SQL: &str = "SELECT s.agent_id, s.id, p.id, p.used, p.access_until, s.ended_at
         FROM token_pair p JOIN session s ON s.id = p.session_id WHERE p.access_hash = ?1";
    let found = db
        .prepare_cached(SQL)?
        .query_row([hash(access)], |row| {
            let who = Who {
                agent: AgentId(row.get(0)?),
                session: row.get(1)?,
                pair: row.get(2)?,
                unused: !row.get::<_, bool>(3)?,
            };
            Ok((who, row.get::<_, i64>(4)?, row.get::<_, Option<i64>>(5)?))
        })
        .optional()?;
    match found {
        None | Some((_, _, Some(_))) => Err(SessionError::Revoked),
        Some((_, until, None)) if until <= now.timestamp_millis() => Err(SessionError::Expired),
        Some((who, _, None)) => Ok(who),
    }
}

/// One of a pair is used for the first time: the pair it replaces is over, and so are those that
/// were made from the same refresh token and never arrived.
pub(crate) fn first_use(db: &Connection, who: Who) -> Result<(), DbError> {
    mark_used(db, who.pair)
}

fn mark_used(db: &Connection, pair: i64) -> Result<(), DbError> {
    const USED: &str = "UPDATE token_pair SET used = 1 WHERE id = ?1 AND used = 0";
    const PARENT: &str =
        "UPDATE token_pair SET replaced = 1 WHERE id = (SELECT parent_id FROM token_pair WHERE id = ?1)";
    const LOST: &str = "DELETE FROM token_pair WHERE id <> ?1 AND used = 0
         AND (session_id, parent_id) = (SELECT session_id, parent_id FROM token_pair WHERE id = ?1)";
    if db.execute(USED, [pair])? > 0 {
        db.execute(PARENT, [pair])?;
        db.execute(LOST, [pair])?;
    }
    Ok(())
}

/// New tokens for a refresh token that is still good.
///
/// None: it is not, and if it was replaced by one that is in use, the session has ended with it.
pub(crate) fn refresh(db: &Connection, refresh: &str, now: DateTime<Utc>) -> Result<Option<Issued>, SessionError> {
    const SQL: &str = "SELECT p.id, p.session_id FROM token_pair p JOIN session s ON s.id = p.session_id
         WHERE p.refresh_hash = ?1 AND p.replaced = 0 AND p.refresh_until > ?2 AND s.ended_at IS NULL";
    // Not sooner: a call that was long on its way gets *expired*, not *revoked*.
    const STALE: &str = "DELETE FROM token_pair WHERE session_id = ?1 AND replaced = 1 AND refresh_until <= ?2";
    let found = db
        .query_row(SQL, params![hash(refresh), now.timestamp_millis()], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })
        .optional()?;
    let Some((pair, session)) = found else {
        end_if_replaced(db, refresh, now)?;
        // What is written down must stay written down: the caller commits, and then refuses.
        return Ok(None);
    };
    mark_used(db, pair)?;
    let until = (now + REFRESH_LIVES).timestamp_millis();
    db.execute("UPDATE token_pair SET refresh_until = ?2 WHERE id = ?1", params![pair, until])?;
    db.execute(STALE, params![session, now.timestamp_millis()])?;
    issue(db, session, Some(pair), now).map(Some)
}

/// A refresh token that was replaced is shown again: two hold it, and one of them stole it. The server cannot tell which, so
/// the session ends for both (RFC 9700, "Refresh token protection").
fn end_if_replaced(db: &Connection, refresh: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    const REPLACED: &str = "SELECT p.session_id FROM token_pair p JOIN session s ON s.id = p.session_id
         WHERE p.refresh_hash = ?1 AND p.replaced = 1 AND s.ended_at IS NULL";
    let replaced: Option<i64> = db.query_row(REPLACED, [hash(refresh)], |row| row.get(0)).optional()?;
    replaced.map_or(Ok(()), |session| end_session(db, session, now))
}

/// Ends a session and forgets where its device's notifications went.
pub(crate) fn end(db: &Connection, who: Who, now: DateTime<Utc>) -> Result<(), DbError> {
    end_session(db, who.session, now)
}

/// The same for a session by its number.
pub(crate) fn end_session(db: &Connection, session: i64, now: DateTime<Utc>) -> Result<(), DbError> {
    const PUSH: &str =
        "DELETE FROM device WHERE (agent_id, device_id) = (SELECT agent_id, device_id FROM session WHERE id = ?1)";
    db.execute("UPDATE session SET ended_at = ?2 WHERE id = ?1", params![session, now.timestamp_millis()])?;
    db.execute(PUSH, [session])?;
    Ok(())
}

/// Whether a session has not been ended.
pub(crate) fn session_is_open(db: &Connection, session: i64) -> Result<bool, DbError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM session WHERE id = ?1 AND ended_at IS NULL)";
    Ok(db.prepare_cached(SQL)?.query_row([session], |row| row.get(0))?)
}
