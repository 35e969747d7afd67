//! `command` and `once`: commands in the order of composing, and the keys that callers gave.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, Row, named_params};
use uuid::Uuid;

use super::digest::Digest;
use crate::model::{ClientKey, Command, ConversationId, OutboxEntry, OutboxState, Outgoing};
use crate::store::StoreError;
use crate::store::column::{all, first, from_json, instant, json, ms, run};

/// In the digest of a row.
const TABLE: &str = "command";

/// The code of a command whose row was damaged on this device.
pub use crate::rules::sending::actions::DAMAGED;

/// The most commands that wait at once.
pub const OUTBOX_MOST_COMMANDS: i64 = 500;

/// The most bytes of attachments that wait at once.
pub const OUTBOX_MOST_BYTES: i64 = 250 * 1024 * 1024;

const INSERT: &str = "
    INSERT INTO command (key, once_key, conversation_id, command, epoch, created_at, attempts, state, file, file_bytes,
                         digest)
    VALUES (:key, :once_key, :conversation_id, :command, :epoch, :created_at, 0, :state, :file, :file_bytes, :digest)";

const WAITING: &str = "SELECT count(*), coalesce(sum(file_bytes), 0) FROM command";

const BY_KEY: &str = "
    SELECT position, key, once_key, conversation_id, command, epoch, created_at, attempts, state, file, file_bytes, digest
    FROM command WHERE key = :key";

const ALL: &str = "
    SELECT position, key, once_key, conversation_id, command, epoch, created_at, attempts, state, file, file_bytes, digest
    FROM command ORDER BY position";

const OF_CONVERSATION: &str = "
    SELECT position, key, once_key, conversation_id, command, epoch, created_at, attempts, state, file, file_bytes, digest
    FROM command WHERE conversation_id = :conversation_id ORDER BY position";

const MOVE_ON: &str = "
    UPDATE command
    SET command = :command, state = :state, attempts = :attempts, epoch = :epoch, file_bytes = :file_bytes,
        digest = :digest
    WHERE key = :key";
const IN_STATE: &str = "SELECT key FROM command WHERE state = :state";
const REMOVE_AT: &str = "DELETE FROM command WHERE position = :position";
const REMOVE: &str = "DELETE FROM command WHERE key = :key";

const ONCE: &str = "SELECT key FROM once WHERE once_key = :once_key";
const KEEP_ONCE: &str = "INSERT INTO once (once_key, key, created_at) VALUES (:once_key, :key, :created_at)";
const FORGET_ONCE: &str = "
    DELETE FROM once WHERE created_at < :before AND key NOT IN (SELECT key FROM command)";

/// How long a caller's key is remembered: longer than any notification can be answered twice.
const ONCE_KEPT: TimeDelta = TimeDelta::days(30);

/// A command to be kept until it has left. The store gives it its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Its key.
    pub key: ClientKey,
    /// A key the caller gave, so that giving the command twice is giving it once.
    pub once_key: Option<String>,
    /// The conversation whose order it keeps (a retried message's too).
    pub conversation_id: Option<ConversationId>,
    /// What is asked.
    pub command: Command,
    /// The server's history it is made for.
    pub epoch: String,
    /// When the agent gave it.
    pub created_at: DateTime<Utc>,
    /// Where it stands: usually queued, or asking at once when something before it does.
    pub state: OutboxState,
    /// The attachment to upload first: the path below the account's folder.
    pub file: Option<String>,
}

/// What became of a command that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "one at a time, on its way to the caller")]
pub enum Enqueued {
    /// It is queued.
    New(OutboxEntry),
    /// It was given before (same key, or same `once_key`) and still waits.
    Existing(OutboxEntry),
    /// It was given before under this `once_key` and has left, or was cancelled.
    Gone(ClientKey),
}

pub(super) fn enqueue(db: &Connection, entry: NewEntry) -> Result<Enqueued, StoreError> {
    if let Some(existing) = self::entry(db, entry.key)? {
        return Ok(Enqueued::Existing(existing));
    }
    if let Some(once_key) = &entry.once_key
        && let Some(key) = first(db, ONCE, named_params! { ":once_key": once_key }, |row| key_of(row, 0))?
    {
        return Ok(self::entry(db, key)?.map_or(Enqueued::Gone(key), Enqueued::Existing));
    }
    let file_bytes = attachment_bytes(&entry.command);
    let (commands, bytes) =
        first(db, WAITING, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?.ok_or(StoreError::Bug(0))?;
    if commands >= OUTBOX_MOST_COMMANDS || bytes.saturating_add(file_bytes) > OUTBOX_MOST_BYTES {
        return Err(StoreError::OutboxFull);
    }
    let first = OutboxEntry {
        key: entry.key,
        once_key: entry.once_key.clone(),
        position: 0,
        conversation_id: entry.conversation_id,
        command: entry.command,
        epoch: entry.epoch,
        created_at: entry.created_at,
        attempts: 0,
        state: entry.state,
        file: entry.file,
    };
    let row = Written::of(&first)?;
    run(
        db,
        INSERT,
        named_params! {
            ":key": row.key,
            ":once_key": row.once_key,
            ":conversation_id": row.conversation_id,
            ":command": row.command,
            ":epoch": row.epoch,
            ":created_at": row.created_at,
            ":state": row.state,
            ":file": row.file,
            ":file_bytes": row.file_bytes,
            ":digest": row.digest(),
        },
    )?;
    if let Some(once_key) = &entry.once_key {
        let key = entry.key.0.into_bytes();
        let created_at = ms(entry.created_at);
        run(db, KEEP_ONCE, named_params! { ":once_key": once_key, ":key": key, ":created_at": created_at })?;
        run(db, FORGET_ONCE, named_params! { ":before": created_at - ONCE_KEPT.num_milliseconds() })?;
    }
    self::entry(db, entry.key)?.map(Enqueued::New).ok_or(StoreError::Bug(0))
}

fn attachment_bytes(command: &Command) -> i64 {
    match command {
        Command::SendMessage { content: Outgoing::Media { size_bytes, .. }, .. } => (*size_bytes).max(0),
        Command::SendMessage {
            content: Outgoing::Text { .. } | Outgoing::Template { .. } | Outgoing::Reaction { .. },
            ..
        }
        | Command::RetryMessage { .. }
        | Command::AddComment { .. }
        | Command::Assign { .. }
        | Command::SetOpen { .. }
        | Command::MarkRead { .. }
        | Command::SetStatus { .. }
        | Command::CreateTemplate { .. }
        | Command::RefreshTemplates { .. } => 0,
    }
}

pub(super) fn entry(db: &Connection, key: ClientKey) -> Result<Option<OutboxEntry>, StoreError> {
    first(db, BY_KEY, named_params! { ":key": key.0.into_bytes() }, read)
}

pub(super) fn all_entries(db: &Connection) -> Result<Vec<OutboxEntry>, StoreError> {
    all(db, ALL, [], read)
}

pub(super) fn entries_of(db: &Connection, conversation: ConversationId) -> Result<Vec<OutboxEntry>, StoreError> {
    all(db, OF_CONVERSATION, named_params! { ":conversation_id": conversation.0 }, read)
}

pub(super) fn set_state(db: &Connection, key: ClientKey, state: &OutboxState) -> Result<bool, StoreError> {
    let Some(entry) = entry(db, key)? else { return Ok(false) };
    move_on(db, &OutboxEntry { state: state.clone(), ..entry })
}

pub(super) fn begin_attempt(db: &Connection, key: ClientKey, epoch: &str) -> Result<bool, StoreError> {
    let Some(mut entry) = entry(db, key)? else { return Ok(false) };
    if entry.attempts == 0 {
        epoch.clone_into(&mut entry.epoch);
    }
    entry.attempts = entry.attempts.saturating_add(1);
    move_on(db, &OutboxEntry { state: OutboxState::InFlight, ..entry })
}

pub(super) fn in_flight_is_unknown(db: &Connection) -> Result<usize, StoreError> {
    // A state without data has one spelling.
    let state = json(&OutboxState::InFlight)?;
    let keys = all(db, IN_STATE, named_params! { ":state": state }, |row| key_of(row, 0))?;
    keys.iter().try_for_each(|key| set_state(db, *key, &OutboxState::Unknown).map(drop))?;
    Ok(keys.len())
}

/// Writes what changes of a command while it is under way, and the digest it has then.
fn move_on(db: &Connection, entry: &OutboxEntry) -> Result<bool, StoreError> {
    let row = Written::of(entry)?;
    let params = named_params! {
        ":key": row.key,
        // An older build may have spelt it otherwise, and the digest is of what stands there.
        ":command": row.command,
        ":file_bytes": row.file_bytes,
        ":state": row.state,
        ":attempts": entry.attempts,
        ":epoch": row.epoch,
        ":digest": row.digest(),
    };
    Ok(run(db, MOVE_ON, params)? > 0)
}

pub(super) fn remove(db: &Connection, key: ClientKey) -> Result<bool, StoreError> {
    Ok(run(db, REMOVE, named_params! { ":key": key.0.into_bytes() })? > 0)
}

/// A command as it stands in its columns.
struct Written<'a> {
    key: [u8; 16],
    once_key: Option<&'a str>,
    conversation_id: Option<i64>,
    command: String,
    epoch: &'a str,
    created_at: i64,
    attempts: u32,
    state: String,
    file: Option<&'a str>,
    file_bytes: i64,
}

impl<'a> Written<'a> {
    fn of(entry: &'a OutboxEntry) -> Result<Self, StoreError> {
        Ok(Self {
            key: entry.key.0.into_bytes(),
            once_key: entry.once_key.as_deref(),
            conversation_id: entry.conversation_id.map(|id| id.0),
            command: json(&entry.command)?,
            epoch: &entry.epoch,
            created_at: ms(entry.created_at),
            attempts: entry.attempts,
            state: json(&entry.state)?,
            file: entry.file.as_deref(),
            file_bytes: attachment_bytes(&entry.command),
        })
    }

    /// In the order in which a row is read. Its place is not in it: the table is in that order.
    fn digest(&self) -> i64 {
        Digest::of(TABLE)
            .bytes(&self.key)
            .maybe_text(self.once_key)
            .maybe_number(self.conversation_id)
            .text(&self.command)
            .text(self.epoch)
            .number(self.created_at)
            .number(i64::from(self.attempts))
            .text(&self.state)
            .maybe_text(self.file)
            .number(self.file_bytes)
            .end()
    }
}

/// Looks at every row. One that is not what was written stays and is marked as such, so that it never
/// leaves by itself; one that cannot be read goes. True when one went.
pub(super) fn repair(db: &Connection) -> Result<bool, StoreError> {
    let rows =
        all(db, ALL, [], |row| Ok((row.get::<_, i64>(0)?, is_whole(row).unwrap_or(Some(false)), read_anyway(row))))?;
    let mut lost = false;
    for (position, whole, entry) in rows {
        match (whole, entry) {
            (Some(true), Ok(_)) => {}
            (None, Ok(entry)) => {
                move_on(db, &entry)?;
            }
            (Some(false), Ok(entry)) => {
                let state = OutboxState::Failed { code: DAMAGED.to_owned(), since: entry.created_at };
                move_on(db, &OutboxEntry { state, ..entry })?;
            }
            (_, Err(_)) => {
                run(db, REMOVE_AT, named_params! { ":position": position })?;
                lost = true;
            }
        }
    }
    Ok(lost)
}

/// Whether a row matches its digest. None: an older build wrote it without one.
fn is_whole(row: &Row<'_>) -> Result<Option<bool>, StoreError> {
    let kept: Option<i64> = row.get(11)?;
    let digest = Digest::of(TABLE).columns(row, 1..11)?.end();
    Ok(kept.map(|kept| kept == digest))
}

fn read(row: &Row<'_>) -> Result<OutboxEntry, StoreError> {
    if is_whole(row)? != Some(true) {
        return Err(StoreError::Corrupt);
    }
    read_anyway(row)
}

/// The content of a row, whether or not it is what was written.
fn read_anyway(row: &Row<'_>) -> Result<OutboxEntry, StoreError> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(|_| StoreError::Corrupt);
    Ok(OutboxEntry {
        position: row.get(0)?,
        key: key_of(row, 1)?,
        once_key: row.get(2)?,
        conversation_id: row.get::<_, Option<i64>>(3)?.map(ConversationId),
        command: from_json(text(4)?)?,
        epoch: row.get(5)?,
        created_at: instant(row.get(6)?)?,
        attempts: row.get(7)?,
        state: from_json(text(8)?)?,
        file: row.get(9)?,
    })
}

fn key_of(row: &Row<'_>, column: usize) -> Result<ClientKey, StoreError> {
    Ok(ClientKey(Uuid::from_bytes(row.get::<_, [u8; 16]>(column)?)))
}
