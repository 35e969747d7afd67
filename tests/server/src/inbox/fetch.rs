//! What webhooks only hint at is fetched once they are answered: customers' files, and the names
//! that Messenger and Instagram do not send.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use riposte::model::{ChannelId, ContactId, Content, Media, MediaId, MessageId, Row};
use rusqlite::params;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::{channel, contact, message};
use crate::app::{App, Shared};
use crate::channels::event::{Customer, ProviderMedia};
use crate::channels::provider::{FetchedMedia, ProviderAccount, Recipient, SendProblem};
use crate::channels::sniff;
use crate::db::DbError;
use crate::db::text::{from_json, json};
use crate::feed::Writer;
use crate::files::Hash;

/// What is fetched at the same time: in all, and from one source. A source that is slow has only its own
/// files wait.
const AT_ONCE: usize = 16;
const PER_SOURCE: usize = 2;
/// After this many tries a file or a name is dropped; some hours lie between first and last.
const TRIES_MOST: u32 = 10;
/// The wait before the second try; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// Where a file is, as it stands in its row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    Id(String),
    Url(String),
}

/// Notes that a message's file has to be fetched.
pub(super) fn media_later(
    w: &Writer<'_>,
    channel: ChannelId,
    id: MessageId,
    source: &ProviderMedia,
) -> Result<(), DbError> {
    let source = match source.clone() {
        ProviderMedia::Id(id) => Source::Id(id),
        ProviderMedia::Url(url) => Source::Url(url),
    };
    let sql = "INSERT INTO media_to_fetch (message_id, channel_id, source) VALUES (?1, ?2, ?3)";
    w.tx.execute(sql, params![id.0, channel.0, json(&source)?])?;
    Ok(())
}

/// Notes that a customer's name has to be asked for.
pub(super) fn name_later(w: &Writer<'_>, channel: ChannelId, contact: ContactId) -> Result<(), DbError> {
    let sql = "INSERT OR IGNORE INTO name_to_ask (contact_id, channel_id) VALUES (?1, ?2)";
    w.tx.execute(sql, [contact.0, channel.0])?;
    Ok(())
}

/// What is being fetched or waits for its next try. One task owns a job from its first try to its end.
pub(crate) struct Fetching {
    owned: Mutex<HashSet<Key>>,
    sources: Mutex<HashMap<String, Arc<Semaphore>>>,
    all: Semaphore,
}

impl Default for Fetching {
    fn default() -> Self {
        Self { owned: Mutex::default(), sources: Mutex::default(), all: Semaphore::new(AT_ONCE) }
    }
}

/// Whether it is a file, the message or customer it is for, and the channel account.
type Key = (bool, i64, i64);

impl Fetching {
    fn own(&self, key: Key) -> bool {
        self.owned.lock().unwrap_or_else(PoisonError::into_inner).insert(key)
    }

    fn done(&self, key: Key) {
        self.owned.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    fn source(&self, name: &str) -> Arc<Semaphore> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        // A source that no job holds any more is free, and as good as new.
        sources.retain(|_, held| Arc::strong_count(held) > 1);
        sources.entry(name.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(PER_SOURCE))).clone()
    }
}

/// Fetches everything that waits, in the background. Called after each webhook and at the start.
pub(crate) fn fetch_waiting(app: &Shared) {
    let shared = app.clone();
    drop(app.tasks.spawn(async move {
        match shared.read(jobs).await {
            Ok(jobs) => {
                for job in jobs.into_iter().filter(|job| shared.fetching.own(job.key())) {
                    begin(&shared, job);
                }
            }
            Err(_) => after(&shared, FIRST_WAIT, fetch_waiting),
        }
    }));
}

fn begin(app: &Shared, job: Job) {
    let shared = app.clone();
    drop(app.tasks.spawn(async move {
        match once(&shared, &job).await {
            Ok(false) => shared.fetching.done(job.key()),
            Ok(true) => {
                let wait = FIRST_WAIT.saturating_mul(1 << job.tries.min(TRIES_MOST));
                after(&shared, wait, move |app| begin(app, Job { tries: job.tries + 1, ..job }));
            }
            // The database did not say what became of it: the same try again.
            Err(_) => after(&shared, FIRST_WAIT, move |app| begin(app, job)),
        }
    }));
}

/// Comes back after a while. Not counted as work under way: nothing is, until then.
fn after(app: &Shared, wait: Duration, then: impl FnOnce(&Shared) + Send + 'static) {
    let (alarm, app) = (app.clock.sleep(wait), Arc::downgrade(app));
    tokio::spawn(async move {
        alarm.await;
        if let Some(app) = app.upgrade() {
            then(&app);
        }
    });
}

struct Job {
    id: i64,
    channel: ChannelId,
    source: Option<Source>,
    tries: u32,
}

impl Job {
    fn key(&self) -> Key {
        (self.source.is_some(), self.id, self.channel.0)
    }

    /// What it is fetched from: a host that a webhook named, or the channel's API.
    fn from(&self) -> String {
        let url = match &self.source {
            Some(Source::Url(url)) => reqwest::Url::parse(url).ok(),
            Some(Source::Id(_)) | None => None,
        };
        match url {
            Some(url) => url.origin().ascii_serialization(),
            None => format!("channel {}", self.channel),
        }
    }
}

/// One try. Says whether there is to be another.
async fn once(app: &App, job: &Job) -> Result<bool, DbError> {
    let source = app.fetching.source(&job.from());
    // Neither is ever closed: a permit comes.
    let (_one, _of_all) = (source.acquire().await, app.fetching.all.acquire().await);
    let id = job.channel;
    let Some(account) = app.read(move |tx| channel::provider_account(tx, id)).await? else { return Ok(false) };
    let done = match &job.source {
        Some(source) => file(app, &account, job, source).await?,
        None => name(app, &account, job).await?,
    };
    Ok(!done && note_try(app, job).await?)
}

fn jobs(tx: &rusqlite::Transaction<'_>) -> Result<Vec<Job>, DbError> {
    const SQL: &str = "SELECT message_id, channel_id, source, tries FROM media_to_fetch
         UNION ALL SELECT contact_id, channel_id, NULL, tries FROM name_to_ask ORDER BY tries, 1";
    let mut statement = tx.prepare_cached(SQL)?;
    let mut rows = statement.query([])?;
    let mut jobs = Vec::new();
    while let Some(row) = rows.next()? {
        let source = row.get::<_, Option<String>>(2)?.map(|source| from_json(&source)).transpose()?;
        jobs.push(Job { id: row.get(0)?, channel: ChannelId(row.get(1)?), source, tries: row.get(3)? });
    }
    Ok(jobs)
}

/// Whether the job is over, for good or bad.
async fn file(app: &App, account: &ProviderAccount, job: &Job, source: &Source) -> Result<bool, DbError> {
    let media = match source {
        Source::Id(id) => ProviderMedia::Id(id.clone()),
        Source::Url(url) => ProviderMedia::Url(url.clone()),
    };
    let Some(provider) = app.providers.of(account.kind) else { return Ok(false) };
    let fetched = match provider.fetch_media(account, &media).await {
        Ok(fetched) => fetched,
        Err(problem) => return forget_when_hopeless(app, job, &problem).await,
    };
    let Ok(hash) = app.files.keep(&fetched.bytes).await else { return Ok(false) };
    let id = MessageId(job.id);
    app.write(move |w| fetched_file(w, id, &hash, &fetched)).await?;
    Ok(true)
}

fn fetched_file(w: &mut Writer<'_>, id: MessageId, hash: &Hash, fetched: &FetchedMedia) -> Result<(), DbError> {
    let waits = w.tx.execute("DELETE FROM media_to_fetch WHERE message_id = ?1", [id.0])? > 0;
    let size = i64::try_from(fetched.bytes.len()).unwrap_or(i64::MAX);
    let Some(mut held) = message::message(w.tx, id)?.filter(|_| waits) else { return Ok(()) };
    if let Content::Media(media) = held.content {
        let said = [&media.mime, &fetched.mime].into_iter().find(|mime| !mime.is_empty() && *mime != sniff::UNKNOWN);
        let mime = said.cloned().unwrap_or_else(|| sniff::actual(sniff::UNKNOWN, &fetched.bytes));
        let media_id = store_media(w, id, hash, size, &mime)?;
        held.content = Content::Media(Media { media_id: Some(media_id), mime, size_bytes: Some(size), ..media });
        w.put(&Row::Message(held))?;
    }
    Ok(())
}

/// Notes that a message carries a file.
pub(crate) fn store_media(
    w: &Writer<'_>,
    message: MessageId,
    hash: &Hash,
    size: i64,
    mime: &str,
) -> Result<MediaId, DbError> {
    const FILE: &str = "INSERT OR IGNORE INTO file (sha256, size_bytes) VALUES (?1, ?2)";
    const MEDIA: &str = "INSERT INTO media (id, sha256, mime, message_id) VALUES (?1, ?2, ?3, ?4)";
    let id = MediaId(w.next_id("media")?);
    w.tx.execute(FILE, params![hash.as_str(), size])?;
    w.tx.execute(MEDIA, params![id.0, hash.as_str(), mime, message.0])?;
    Ok(id)
}

async fn name(app: &App, account: &ProviderAccount, job: &Job) -> Result<bool, DbError> {
    let (contact, on) = (ContactId(job.id), job.channel);
    let to: Recipient = app.read(move |tx| contact::recipient(tx, on, contact)).await?;
    let Some(provider) = app.providers.of(account.kind) else { return Ok(false) };
    let profile = match provider.profile(account, &to).await {
        Ok(profile) => profile,
        Err(problem) => return forget_when_hopeless(app, job, &problem).await,
    };
    app.write(move |w| {
        w.tx.execute("DELETE FROM name_to_ask WHERE contact_id = ?1 AND channel_id = ?2", [contact.0, on.0])?;
        let customer = Customer { name: profile.name, username: profile.username, ..Customer::default() };
        contact::name_learnt(w, contact, &customer)
    })
    .await?;
    Ok(true)
}

async fn forget_when_hopeless(app: &App, job: &Job, problem: &SendProblem) -> Result<bool, DbError> {
    match problem {
        SendProblem::Refused(_) | SendProblem::NotSupported => forget(app, job).await.map(|()| true),
        SendProblem::Busy(_) | SendProblem::Lost | SendProblem::Unreachable => Ok(false),
    }
}

async fn forget(app: &App, job: &Job) -> Result<(), DbError> {
    let (id, channel, is_file) = (job.id, job.channel, job.source.is_some());
    app.write(move |w| {
        if is_file {
            w.tx.execute("DELETE FROM media_to_fetch WHERE message_id = ?1", [id])?;
        } else {
            w.tx.execute("DELETE FROM name_to_ask WHERE contact_id = ?1 AND channel_id = ?2", [id, channel.0])?;
        }
        Ok(())
    })
    .await
}

/// Counts a try. False: that was the last one.
async fn note_try(app: &App, job: &Job) -> Result<bool, DbError> {
    if job.tries + 1 >= TRIES_MOST {
        forget(app, job).await?;
        return Ok(false);
    }
    let (id, channel, is_file) = (job.id, job.channel, job.source.is_some());
    app.write(move |w| {
        if is_file {
            w.tx.execute("UPDATE media_to_fetch SET tries = tries + 1 WHERE message_id = ?1", [id])?;
        } else {
            let sql = "UPDATE name_to_ask SET tries = tries + 1 WHERE contact_id = ?1 AND channel_id = ?2";
            w.tx.execute(sql, [id, channel.0])?;
        }
        Ok(true)
    })
    .await
}
