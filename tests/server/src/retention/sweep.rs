use std::path::Path;
use std::time::{Duration, SystemTime};

use riposte::model::{Content, MessageId, Row};
use rusqlite::{Connection, params};

use super::{Kind, keep};
use crate::app::{App, Shared};
use crate::db::DbError;
use crate::feed::Writer;
use crate::files::Hash;
use crate::inbox;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A file may lie on disk so long before its row names it.
const ARRIVES: Duration = Duration::from_secs(60 * 60);
/// Messages whose file goes, in one transaction.
const AT_ONCE: i64 = 200;

/// Removes what is older or more than what is kept.
pub(crate) async fn sweep(app: &Shared) -> Result<(), DbError> {
    app.write(|w| {
        set_aside(w)?;
        sessions(w)?;
        uploads(w)
    })
    .await?;
    while app.write(old_files).await? {}
    let days = app.read(|tx| keep(tx, Kind::Uploads)).await?.days;
    let folder = app.files.folder().to_owned();
    let parts = folder.join("uploads");
    if let Some(days) = days {
        let swept = tokio::task::spawn_blocking(move || old_parts(&parts, DAY.saturating_mul(days)));
        swept.await.map_err(|_| DbError::Interrupted)?;
    }
    unnamed_files(app).await
}

fn since(w: &Writer<'_>, days: u32) -> i64 {
    w.now.timestamp_millis().saturating_sub(DAY_MS.saturating_mul(i64::from(days)))
}

fn bytes_of(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn set_aside(w: &Writer<'_>) -> Result<(), DbError> {
    const MORE: &str = "DELETE FROM set_aside WHERE id IN (SELECT id FROM
         (SELECT id, sum(length(raw)) OVER (ORDER BY id DESC) AS total FROM set_aside) WHERE total > ?1)";
    let keep = keep(w.tx, Kind::SetAside)?;
    if let Some(days) = keep.days {
        w.tx.execute("DELETE FROM set_aside WHERE at <= ?1", [since(w, days)])?;
    }
    if let Some(bytes) = keep.bytes {
        w.tx.execute(MORE, [bytes_of(bytes)])?;
    }
    Ok(())
}

fn sessions(w: &Writer<'_>) -> Result<(), DbError> {
    const PAIRS: &str = "DELETE FROM token_pair WHERE session_id IN (SELECT id FROM session WHERE ended_at <= ?1)";
    if let Some(days) = keep(w.tx, Kind::Sessions)?.days {
        let since = since(w, days);
        w.tx.execute(PAIRS, [since])?;
        w.tx.execute("DELETE FROM session WHERE ended_at <= ?1", [since])?;
    }
    Ok(())
}

fn uploads(w: &Writer<'_>) -> Result<(), DbError> {
    const UNUSED: &str = "DELETE FROM upload WHERE at <= ?1
         AND NOT EXISTS (SELECT 1 FROM media d WHERE d.sha256 = upload.sha256)";
    if let Some(days) = keep(w.tx, Kind::Uploads)?.days {
        w.tx.execute(UNUSED, [since(w, days)])?;
    }
    Ok(())
}

/// Messages lose a file that is too old, or the oldest ones while there is too much. Says whether there may be more.
fn old_files(w: &mut Writer<'_>) -> Result<bool, DbError> {
    const OLD: &str = "SELECT m.id FROM media d JOIN message m ON m.id = d.message_id
         WHERE m.published = 1 AND m.at <= ?1 ORDER BY m.at LIMIT ?2";
    const MORE: &str = "SELECT id FROM (SELECT m.id, m.at, sum(l.size_bytes) OVER (ORDER BY m.at DESC, m.id DESC) AS total
             FROM media d JOIN message m ON m.id = d.message_id JOIN file l ON l.sha256 = d.sha256 WHERE m.published = 1)
         WHERE total > ?1 ORDER BY at LIMIT ?2";
    let keep = keep(w.tx, Kind::Files)?;
    let mut ids = Vec::new();
    if let Some(days) = keep.days {
        ids.extend(messages(w.tx, OLD, since(w, days))?);
    }
    if let Some(bytes) = keep.bytes {
        ids.extend(messages(w.tx, MORE, bytes_of(bytes))?);
    }
    for id in &ids {
        w.tx.execute("DELETE FROM media WHERE message_id = ?1", [id.0])?;
        let Some(mut held) = inbox::message(w.tx, *id)? else { continue };
        if let Content::Media(media) = &mut held.content {
            media.media_id = None;
            w.put(&Row::Message(held))?;
        }
    }
    Ok(!ids.is_empty())
}

fn messages(db: &Connection, sql: &'static str, most: i64) -> Result<Vec<MessageId>, DbError> {
    let mut statement = db.prepare_cached(sql)?;
    let found = statement.query_map(params![most, AT_ONCE], |row| Ok(MessageId(row.get(0)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Uploads that no call went on with. What cannot be removed now is tried again by the next sweep.
fn old_parts(parts: &Path, age: Duration) {
    let Ok(entries) = std::fs::read_dir(parts) else { return };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| is_old(path, age)) {
        let _ = std::fs::remove_file(path);
    }
}

/// Whether a file was last written that long ago, by the machine's own clock.
fn is_old(path: &Path, age: Duration) -> bool {
    let changed = std::fs::metadata(path).and_then(|found| found.modified());
    changed.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|held| held >= age))
}

/// Removes the files on disk that nothing names.
async fn unnamed_files(app: &App) -> Result<(), DbError> {
    let folder = app.files.folder().join("files");
    let listed = tokio::task::spawn_blocking(move || -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .filter(|entry| is_old(&entry.path(), ARRIVES))
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    });
    let names = listed.await.map_err(|_| DbError::Interrupted)?;
    let hashes: Vec<Hash> = names.iter().filter_map(|name| Hash::read(name)).collect();
    for some in hashes.chunks(1_000) {
        let some = some.to_vec();
        let unnamed = app
            .read(move |tx| {
                let named = |hash: &Hash| is_named(tx, hash);
                some.into_iter().filter_map(|hash| named(&hash).map(|is| (!is).then_some(hash)).transpose()).collect()
            })
            .await?;
        remove(app, unnamed).await?;
    }
    Ok(())
}

/// Removes the files of messages that were taken back, unless something else names them.
pub(crate) async fn remove_gone(app: &App) -> Result<(), DbError> {
    let gone = app
        .read(|tx| {
            let mut statement = tx.prepare_cached("SELECT sha256 FROM file_gone")?;
            let found = statement.query_map([], |row| row.get::<_, String>(0))?;
            let names = found.collect::<Result<Vec<_>, _>>()?;
            Ok::<_, DbError>(names.iter().filter_map(|name| Hash::read(name)).collect())
        })
        .await?;
    remove(app, gone).await
}

/// In the writing transaction, so that nothing takes a name to it meanwhile.
async fn remove(app: &App, hashes: Vec<Hash>) -> Result<(), DbError> {
    if hashes.is_empty() {
        return Ok(());
    }
    let folder = app.files.folder().join("files");
    app.db
        .write(move |tx| {
            for hash in hashes {
                tx.execute("DELETE FROM file_gone WHERE sha256 = ?1", [hash.as_str()])?;
                if !is_named(tx, &hash)? {
                    tx.execute("DELETE FROM file WHERE sha256 = ?1", [hash.as_str()])?;
                    // It may be gone already; what cannot be removed now is found by the next sweep.
                    let _ = std::fs::remove_file(folder.join(hash.as_str()));
                }
            }
            Ok(())
        })
        .await
}

fn is_named(db: &Connection, hash: &Hash) -> Result<bool, DbError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM media WHERE sha256 = ?1)
         OR EXISTS (SELECT 1 FROM upload WHERE sha256 = ?1)";
    Ok(db.prepare_cached(SQL)?.query_row([hash.as_str()], |row| row.get(0))?)
}
