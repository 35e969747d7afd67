//! The JSON of the protocol, read and written.
//!
//! What a newer server adds is ignored: unknown fields here, unknown kinds one item at a time.
//! An item that cannot be read becomes [`Op::Skip`] and the page goes on, because a feed that
//! stops at one bad item stops for ever.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::backend::{
    About, AccountInfo, CommandState, HeldFrom, Page, Presence, Rejection, Rows, Session, SignIn, SnapshotPage,
    SnapshotReason, Tokens, VisibleConversation,
};
use crate::model::{Agent, Change, Command, ConversationId, Cursor, Op, Row, RowKind, Seq, Versioned, WindowFacts, ms};

/// Something the server said, and its clock when it said it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told<T> {
    pub(super) now: DateTime<Utc>,
    pub(super) value: T,
}

/// An answer of the protocol that can be read from its bytes.
pub(super) trait Answer: Sized {
    fn read(json: &[u8]) -> Result<Told<Self>, serde_json::Error>;
}

// ---- what the server says -------------------------------------------------------------------

#[derive(Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub(super) struct AboutAnswer {
    protocol: u32,
    server_id: String,
    name: String,
    upload_most_bytes: i64,
    #[serde(with = "ms::at")]
    now: DateTime<Utc>,
}

impl Answer for About {
    fn read(json: &[u8]) -> Result<Told<Self>, serde_json::Error> {
        let AboutAnswer { protocol, server_id, name, upload_most_bytes, now } = serde_json::from_slice(json)?;
        Ok(Told { now, value: Self { server_id, name, protocol, upload_most_bytes } })
    }
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub(super) struct TokensAnswer {
    access_token: String,
    #[serde(with = "ms::at")]
    access_until: DateTime<Utc>,
    refresh_token: String,
    #[serde(with = "ms::at")]
    now: DateTime<Utc>,
}

impl Answer for Tokens {
    fn read(json: &[u8]) -> Result<Told<Self>, serde_json::Error> {
        let TokensAnswer { access_token, access_until, refresh_token, now } = serde_json::from_slice(json)?;
        Ok(Told { now, value: Self { access: access_token.into(), access_until, refresh: refresh_token.into() } })
    }
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub(super) struct SessionAnswer {
    #[serde(flatten)]
    tokens: TokensAnswer,
    agent: Agent,
    account: AccountInfo,
}

impl Answer for Session {
    fn read(json: &[u8]) -> Result<Told<Self>, serde_json::Error> {
        let SessionAnswer { tokens, agent, account } = serde_json::from_slice(json)?;
        let TokensAnswer { access_token, access_until, refresh_token, now } = tokens;
        let tokens = Tokens { access: access_token.into(), access_until, refresh: refresh_token.into() };
        Ok(Told { now, value: Self { tokens, agent, account } })
    }
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub(super) struct PageAnswer<T> {
    from: Cursor,
    to: Cursor,
    more: bool,
    items: Vec<T>,
    #[serde(with = "ms::at")]
    now: DateTime<Utc>,
}

impl<T> PageAnswer<T> {
    fn told(self, change: impl Fn(T) -> Option<Change>) -> Told<Page> {
        let Self { from, to, more, items, now } = self;
        Told { now, value: Page { from, to, more, items: items.into_iter().filter_map(change).collect() } }
    }
}

impl Answer for Page {
    fn read(json: &[u8]) -> Result<Told<Self>, serde_json::Error> {
        let json = std::str::from_utf8(json).map_err(serde_json::Error::custom)?;
        // Nearly always every item can be read, and going through the bytes once less counts on a
        // phone; only a page with one that cannot is taken apart item by item.
        match serde_json::from_str::<PageAnswer<Item<'_>>>(json) {
            Ok(page) => Ok(page.told(|item| Some(Change { seq: item.seq, op: item.op() }))),
            Err(_) => Ok(serde_json::from_str::<PageAnswer<&RawValue>>(json)?.told(change)),
        }
    }
}

/// An item of the feed, or a row of a snapshot: that one has no `op`.
#[derive(Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub(super) struct Item<'a> {
    seq: Seq,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    op: Option<Cow<'a, str>>,
    id: i64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
}

impl Item<'_> {
    fn kind(&self) -> Option<RowKind> {
        let word: StrDeserializer<'_, WordError> = self.kind.as_ref().into_deserializer();
        RowKind::deserialize(word).ok()
    }

    /// The whole row; none when this build cannot read it or its id is not the item's.
    fn row(&self) -> Option<Row> {
        let row = Row::from_json(self.kind()?, self.data?).ok()?;
        (row.id() == self.id && self.id > 0).then_some(row)
    }

    fn op(&self) -> Op {
        match self.op.as_deref() {
            Some("put") => self.row().map_or(Op::Skip, Op::Put),
            Some("del") => self.kind().map_or(Op::Skip, |kind| Op::Delete { kind, id: self.id }),
            Some(_) | None => Op::Skip,
        }
    }
}

/// Only what has a place in the feed can be a change: an item without a `seq` is left out.
fn change(raw: &RawValue) -> Option<Change> {
    match serde_json::from_str::<Item<'_>>(raw.get()) {
        Ok(item) => Some(Change { seq: item.seq, op: item.op() }),
        Err(_) => serde_json::from_str::<Place>(raw.get()).ok().map(|place| Change { seq: place.seq, op: Op::Skip }),
    }
}

#[derive(Deserialize)]
struct Place {
    seq: Seq,
}

fn versioned(raw: &RawValue) -> Option<Versioned> {
    let item: Item<'_> = serde_json::from_str(raw.get()).ok()?;
    Some(Versioned { seq: item.seq, row: item.row()? })
}

/// The elements that can be read.
fn readable<T: DeserializeOwned>(raw: Vec<&RawValue>) -> Vec<T> {
    raw.into_iter().filter_map(|raw| serde_json::from_str(raw.get()).ok()).collect()
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub(super) struct SnapshotAnswer<'a> {
    epoch: String,
    at: Cursor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(borrow, default)]
    rows: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    newest: Vec<&'a RawValue>,
    // Not one by one: an entry that is skipped would be deleted here as no longer visible.
    #[serde(default)]
    visible: Vec<VisibleConversation>,
    complete: bool,
    #[serde(with = "ms::at")]
    now: DateTime<Utc>,
}

impl Answer for SnapshotPage {
    fn read(json: &[u8]) -> Result<Told<Self>, serde_json::Error> {
        let SnapshotAnswer { epoch, at, next, rows, newest, visible, complete, now } = serde_json::from_slice(json)?;
        let rows = rows.into_iter().filter_map(versioned).collect();
        let newest = readable::<HeldFrom>(newest);
        Ok(Told { now, value: Self { epoch, at, next, rows, newest, visible, complete } })
    }
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub(super) struct RowsAnswer<'a> {
    at: Cursor,
    #[serde(default)]
    more: bool,
    #[serde(borrow)]
    rows: Vec<&'a RawValue>,
    #[serde(with = "ms::at")]
    now: DateTime<Utc>,
}

impl Answer for Rows {
    fn read(json: &[u8]) -> Result<Told<Self>, serde_json::Error> {
        let RowsAnswer { at, more, rows, now } = serde_json::from_slice(json)?;
        Ok(Told { now, value: Self { at, more, rows: rows.into_iter().filter_map(versioned).collect() } })
    }
}

/// What a key became, in the words of the wire.
#[derive(Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub(super) struct ResultAnswer<'a> {
    result: ResultWord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Cursor>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    rows: Vec<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDetail>,
    #[serde(with = "ms::at")]
    now: DateTime<Utc>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(Serialize))]
#[serde(rename_all = "snake_case")]
enum ResultWord {
    Applied,
    Accepted,
    Rejected,
    Pending,
    Ambiguous,
    Cancelled,
}

impl Answer for CommandState {
    fn read(json: &[u8]) -> Result<Told<Self>, serde_json::Error> {
        let ResultAnswer { result, at, rows, error, now } = serde_json::from_slice(json)?;
        let rows = || Rows {
            // Without a cursor there is nothing to compare with: an empty one matches none.
            at: at.unwrap_or_else(|| Cursor(String::new())),
            more: false,
            rows: rows.into_iter().filter_map(versioned).collect(),
        };
        let value = match result {
            ResultWord::Applied => Self::Applied(rows()),
            ResultWord::Accepted => Self::Accepted(rows()),
            ResultWord::Ambiguous => Self::Ambiguous(rows()),
            ResultWord::Rejected => Self::Rejected(error.unwrap_or_default().into_rejection()),
            ResultWord::Pending => Self::Pending,
            ResultWord::Cancelled => Self::Cancelled,
        };
        Ok(Told { now, value })
    }
}

/// An error as the protocol words it.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub(super) struct ErrorAnswer {
    pub(super) error: ErrorDetail,
    // A proxy in front of the server may write an error itself and send no time.
    #[serde(default, deserialize_with = "if_readable", skip_serializing_if = "Option::is_none")]
    now: Option<i64>,
}

impl ErrorAnswer {
    pub(super) fn now(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.now?)
    }
}

/// The `error` of an answer: a code for programs, a detail for logs.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(Serialize))]
pub(super) struct ErrorDetail {
    pub(super) code: Code,
    #[serde(default, deserialize_with = "not_too_long")]
    pub(super) detail: String,
    #[serde(default, deserialize_with = "if_readable", skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<SnapshotReason>,
    #[serde(default, deserialize_with = "if_readable", skip_serializing_if = "Option::is_none")]
    pub(super) retry_after_ms: Option<u64>,
    #[serde(default, deserialize_with = "if_readable", skip_serializing_if = "Option::is_none")]
    pub(super) window: Option<WindowFacts>,
}

impl ErrorDetail {
    pub(super) fn into_rejection(self) -> Rejection {
        Rejection { code: self.code.0, detail: self.detail, window: self.window }
    }
}

/// A code of the protocol. Codes are shown in logs, so nothing but a word may pass for one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(Serialize))]
#[serde(from = "String")]
pub(super) struct Code(pub(super) String);

impl From<String> for Code {
    fn from(word: String) -> Self {
        let is_a_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !word.is_empty() && word.len() <= 64 && word.chars().all(is_a_word) { Self(word) } else { Self::default() }
    }
}

impl Default for Code {
    fn default() -> Self {
        Self("unknown".to_owned())
    }
}

/// The most characters of a detail: a proxy may put a whole page into it.
const MOST_DETAIL_CHARS: usize = 300;

fn not_too_long<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let mut words = String::deserialize(from)?;
    if let Some((end, _)) = words.char_indices().nth(MOST_DETAIL_CHARS) {
        words.truncate(end);
        words.shrink_to_fit();
    }
    Ok(words)
}

/// A part that helps when it can be read and is no reason to lose the rest when not.
fn if_readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(from)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// The list of who looks at which conversation; entries that cannot be read are left out.
pub(super) fn presence(json: &str) -> Option<Vec<Presence>> {
    serde_json::from_str::<Vec<&RawValue>>(json).ok().map(readable)
}

// ---- what we say ----------------------------------------------------------------------------

#[derive(Serialize)]
#[cfg_attr(test, derive(Deserialize))]
pub(super) struct SignInBody<'a> {
    pub(super) email: Cow<'a, str>,
    pub(super) password: Cow<'a, str>,
    pub(super) device_id: Cow<'a, str>,
    pub(super) device_name: Cow<'a, str>,
    pub(super) platform: Cow<'a, str>,
}

impl<'a> SignInBody<'a> {
    pub(super) fn new(request: &'a SignIn, password: &'a str) -> Self {
        Self {
            email: (&request.email).into(),
            password: password.into(),
            device_id: (&request.device_id).into(),
            device_name: (&request.device_name).into(),
            platform: (&request.platform).into(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct RefreshBody<'a> {
    pub(super) refresh_token: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(Deserialize))]
pub(super) struct CommandBody<'a> {
    pub(super) epoch: Cow<'a, str>,
    #[serde(flatten)]
    pub(super) command: Cow<'a, Command>,
}

#[derive(Serialize)]
pub(super) struct PresenceBody {
    pub(super) conversation_id: Option<ConversationId>,
    pub(super) answering: bool,
}
