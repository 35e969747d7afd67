//! The inbox itself: what becomes of what customers write, agents do and providers report.
//!
//! `channels` hands in what a webhook brought and this room decides what it means for
//! conversations, windows, charges and agents. Messages and facts are written down as they come;
//! what a conversation says is worked out from them in `describe`. No HTTP here, and no
//! provider's JSON.

mod agent;
mod allowance;
mod billing;
mod change;
mod channel;
mod claim;
mod contact;
mod conversation;
mod describe;
mod early;
mod echo;
mod fetch;
mod merge;
mod message;
mod receive;
mod report;
mod separate;
mod template;
mod upload;
mod visitor;

use riposte::model::{ChannelId, ChannelKind};
use rusqlite::params;
use sha2::{Digest, Sha256};

use crate::app::Shared;
use crate::channels::event::{Event, Parsed, Unreadable};
use crate::db::DbError;
use crate::db::text::word;
use crate::feed::Writer;
use crate::retention;

pub(crate) use agent::set_status;
pub(crate) use allowance::plan_periods;
pub(crate) use channel::{channel, provider_account};
pub(crate) use contact::recipient;
pub(crate) use conversation::{Stored, assign, current, refused, set_open, stored};
pub(crate) use describe::{describe_changed, window_now};
pub(crate) use early::provider_id_by_reference;
pub(crate) use fetch::{Fetching, fetch_waiting, store_media};
pub(crate) use merge::read_up_to;
pub(crate) use message::{NewMessage, drop_reserved, insert, message, provider_id, publish, reserve, tried_again};
pub(crate) use report::{add_fact, below_watermarks, sent_as};
pub use separate::Joining;
pub(crate) use separate::{joinings, separate};
pub(crate) use template::{
    find as find_template, newest as newest_template, put as put_template, put_all as put_templates,
};
pub(crate) use upload::{owns, unused_bytes, uploaded};
pub use visitor::VisitorMessage;

/// The door of the inbox for the providers' side.
#[derive(Clone)]
pub struct Inbox {
    app: Shared,
}

/// What a webhook brought, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Events that changed something, or that are kept until their message is known.
    pub stored: usize,
    /// Events that were known already, or that are of no consequence here.
    pub skipped: usize,
    /// Items set aside because they could not be read or belong to no channel account.
    pub set_aside: usize,
}

/// What a provider's calls are checked with. One per connected number or page.
#[derive(Clone)]
pub struct WebhookSecrets {
    /// Whose they are.
    pub channel: ChannelId,
    /// Signs the bodies (`X-Hub-Signature-256`).
    pub app_secret: String,
    /// Asked for when the address of the webhook is verified.
    pub verify_token: String,
}

impl std::fmt::Debug for WebhookSecrets {
    // The secrets stay out of every log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookSecrets").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// Why something could not be stored. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    /// The database said no.
    #[error("the inbox could not be written")]
    Storage(#[from] DbError),
}

/// What became of an event.
enum Outcome {
    /// Something changed.
    Stored,
    /// It was known, or is of no consequence.
    Skipped,
    /// It makes no sense here, and why. Nothing of it was written.
    Aside(&'static str),
}

impl Inbox {
    pub(crate) fn new(app: Shared) -> Self {
        Self { app }
    }

    /// Stores all that a webhook brought, in one transaction. An item that makes no sense is
    /// set aside and the others go on; whatever comes twice changes nothing the second time.
    pub async fn receive(&self, kind: ChannelKind, parsed: Parsed) -> Result<Taken, InboxError> {
        self.take(kind, parsed, None).await
    }

    /// The same, for a webhook that these channel accounts signed: what it says of any other is set aside.
    pub async fn receive_signed(
        &self,
        kind: ChannelKind,
        parsed: Parsed,
        signers: Vec<ChannelId>,
    ) -> Result<Taken, InboxError> {
        self.take(kind, parsed, Some(signers)).await
    }

    async fn take(
        &self,
        kind: ChannelKind,
        parsed: Parsed,
        signers: Option<Vec<ChannelId>>,
    ) -> Result<Taken, InboxError> {
        let taken_back = parsed.events.iter().any(|item| matches!(item.event, Event::Revoked { .. }));
        let taken = self.app.write(move |w| receive_all(w, kind, &parsed, signers.as_deref())).await?;
        if taken_back {
            // What is left on disk, the next sweep finds.
            let app = self.app.clone();
            drop(self.app.tasks.spawn(async move { retention::remove_gone(&app).await }));
        }
        if taken.stored > 0 {
            fetch_waiting(&self.app);
        }
        Ok(taken)
    }

    /// The secrets of every connected account of a kind. A call is genuine when one of them fits.
    pub async fn webhook_secrets(&self, kind: ChannelKind) -> Result<Vec<WebhookSecrets>, InboxError> {
        Ok(self.app.read(move |tx| channel::secrets(tx, kind)).await?)
    }

    /// What we wrote to a visitor of a widget since a message (0: from the beginning).
    pub async fn widget_messages(
        &self,
        account: &str,
        visitor: &str,
        after: i64,
    ) -> Result<Vec<VisitorMessage>, InboxError> {
        let (account, visitor) = (account.to_owned(), visitor.to_owned());
        Ok(self.app.read(move |tx| visitor::messages(tx, &account, &visitor, after)).await?)
    }
}

fn receive_all(
    w: &mut Writer<'_>,
    kind: ChannelKind,
    parsed: &Parsed,
    signers: Option<&[ChannelId]>,
) -> Result<Taken, DbError> {
    let mut taken = Taken::default();
    for addressed in &parsed.events {
        match receive::take(w, kind, addressed, signers)? {
            Outcome::Stored => taken.stored += 1,
            Outcome::Skipped => taken.skipped += 1,
            Outcome::Aside(why) => {
                let (name, place) = (name_of(&addressed.event).to_owned(), String::new());
                let raw = format!("{:?}", addressed.event);
                set_aside(w, kind, &Unreadable { name, place, why: why.to_owned(), raw })?;
                taken.set_aside += 1;
            }
        }
    }
    for item in &parsed.unreadable {
        set_aside(w, kind, item)?;
        taken.set_aside += 1;
    }
    Ok(taken)
}

fn name_of(event: &Event) -> &'static str {
    match event {
        Event::Message(_) => "message",
        Event::Status(_) => "status",
        Event::Watermark { .. } => "watermark",
        Event::Edited { .. } => "edit",
        Event::Revoked { .. } => "revoke",
        Event::Template(_) => "template",
        Event::Account(_) => "account",
        Event::Ignored => "",
    }
}

/// Keeps an item as it came, once: what comes again is counted.
fn set_aside(w: &Writer<'_>, kind: ChannelKind, item: &Unreadable) -> Result<(), DbError> {
    const SQL: &str =
        "INSERT INTO set_aside (at, kind, name, place, why, raw, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (kind, name, digest) WHERE digest IS NOT NULL DO UPDATE SET times = times + 1, at = excluded.at";
    let (at, digest) = (w.now.timestamp_millis(), Sha256::digest(item.raw.as_bytes()));
    let Unreadable { name, place, why, raw } = item;
    w.tx.prepare_cached(SQL)?.execute(params![at, word(&kind)?, name, place, why, raw, digest.as_slice()])?;
    Ok(())
}
