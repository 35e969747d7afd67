//! An account for previews, screenshots and trying things out: the whole core over an inbox that
//! lies in memory. No network, no disk, no secret, and a clock that stands still.
//!
//! - `data`: what is in it (`core/data/sample.json`), in the language that was asked for;
//! - `server`: the inbox server in memory, which takes every command.

mod data;
mod server;
#[cfg(test)]
mod tests;

use std::sync::{Arc, mpsc};

use chrono::{DateTime, TimeDelta, Utc};

use self::data::Data;
use self::server::SampleServer;
use super::core::{Core, Opening};
use super::engine::Engine;
use super::record::AccountRecord;
use super::{Account, Error};
use crate::backend::{self, Backend};
use crate::clock::ManualClock;
use crate::log::Log;
use crate::media::MediaFiles;
use crate::model::{Cursor, HeldFrom, Row, Seq, Versioned, VisibleConversation};
use crate::session::MemorySecretStore;
use crate::store::{NewEntry, SnapshotPart, Store};
use crate::task;
use crate::texts::{Language, Locale};

/// When it is, unless a clock is given: a Tuesday in November, at 10:41 in Paris.
const NOW_MS: i64 = 1_794_908_460_000;
/// The phone and the account are in Paris, in winter.
const UTC_OFFSET_MINUTES: i32 = 60;
const EPOCH: &str = "sample";

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl Account {
    /// An account with a lively inbox, for previews, screenshots and trying things out: four
    /// channels, windows that are open, closing and closed, messages that wait, failed and ask for a
    /// decision, comments, templates, saved replies, charges. In French or English, by the locale
    /// (BCP 47).
    ///
    /// It lives in memory: no network, no disk, no secret, and it is gone with its last reference.
    /// Everything else works: what is sent, assigned or closed is taken by a server in memory at
    /// once. There are no files behind its attachments: sending one and fetching one are refused
    /// (`not_supported`).
    ///
    /// The clock stands still, so that two of them show the same. One that is given may be moved
    /// afterwards to see a window close; everything in the inbox lies before the time it shows now.
    ///
    /// Holds its caller for some ten milliseconds: for previews and tests. Fails with
    /// [`Error::Bug`] where no thread can be started.
    #[cfg_attr(feature = "uniffi", uniffi::constructor)]
    pub fn sample(locale: String, clock: Option<Arc<ManualClock>>) -> Result<Arc<Self>, Error> {
        let locale = Locale { language: Language::of_locale(&locale), utc_offset_minutes: UTC_OFFSET_MINUTES };
        let now = DateTime::from_timestamp_millis(NOW_MS).unwrap_or_default();
        let clock = clock.unwrap_or_else(|| Arc::new(ManualClock::new(now)));
        let engine = Engine::start()?;
        let (opened, core) = mpsc::sync_channel(1);
        task::spawn_on(engine.handle(), async move {
            // The receiver is gone only if the calling thread was ended.
            opened.send(open(locale, clock).await).ok();
        });
        let core = core.recv().map_err(|_| Error::Bug { detail: "the sample".to_owned() })??;
        Ok(Self::new(engine, core, None))
    }
}

async fn open(locale: Locale, clock: Arc<ManualClock>) -> Result<Arc<Core>, Error> {
    let now = clock.now();
    let mut data = Data::read(locale.language, now)?;
    let store = Store::in_memory()?;
    let at = fill(&store, &mut data, now).await?;
    let record = AccountRecord {
        id: EPOCH.to_owned(),
        server_url: "https://inbox.example".to_owned(),
        agent: data.me.clone(),
        account: backend::AccountInfo {
            id: 1,
            name: data.company.clone(),
            conversations: true,
            utc_offset_minutes: UTC_OFFSET_MINUTES,
            offset_changes: Vec::new(),
        },
        upload_most_bytes: 0,
    };
    let looks_on = data.presence.len();
    let server: Arc<dyn Backend> = Arc::new(SampleServer::new(store.clone(), clock.clone(), at, data));
    let signed_in = server.clone();
    let core = Core::open(Opening {
        store,
        files: MediaFiles::none(),
        record,
        locale,
        log: Log::without_sink(clock.clone()),
        clock,
        secrets: Arc::new(MemorySecretStore::new()),
        server,
        signed_in: Box::new(move |_| signed_in),
        tokens: None,
    })
    .await?;
    // The news come, and the phone says that everything is here.
    core.syncer.catch_up().await;
    core.syncer.presence().wait_for(|there| there.len() >= looks_on).await.ok();
    Ok(core)
}

/// Puts everything where a phone that was signed in yesterday has it. What the providers reported
/// just now comes later, as changes: its ticks show, and older ones do not.
async fn fill(store: &Store, data: &mut Data, now: DateTime<Utc>) -> Result<Cursor, Error> {
    let rows = std::mem::take(&mut data.rows);
    let rows: Vec<Versioned> = rows.into_iter().zip((1..).map(Seq)).map(|(row, seq)| Versioned { seq, row }).collect();
    let conversations = rows.iter().filter_map(|versioned| match &versioned.row {
        Row::Conversation(row) => Some(VisibleConversation { id: row.id, seq: versioned.seq, messages_seq: Seq(0) }),
        _ => None,
    });
    let visible: Vec<VisibleConversation> = conversations.collect();
    let at = Cursor("yesterday".to_owned());
    let part = SnapshotPart {
        asked: None,
        epoch: EPOCH.to_owned(),
        at: at.clone(),
        next: None,
        newest: visible.iter().map(|seen| HeldFrom { conversation_id: seen.id, from: None }).collect(),
        visible,
        rows,
        complete: true,
    };
    store.apply_snapshot_page(part, now - TimeDelta::days(1)).await?;
    let (waiting, drafts) = (std::mem::take(&mut data.waiting), std::mem::take(&mut data.drafts));
    store
        .outbox(move |outbox| {
            for (key, created_at, command, state) in waiting {
                outbox.enqueue(NewEntry {
                    key,
                    once_key: None,
                    conversation_id: command.conversation_id(),
                    command,
                    epoch: EPOCH.to_owned(),
                    created_at,
                    state,
                    file: None,
                })?;
            }
            drafts.iter().try_for_each(|(conversation, draft)| outbox.save_draft(*conversation, draft))
        })
        .await?;
    Ok(at)
}
