//! The port to an inbox server: rows, opaque cursors, commands with keys and doorbells.
//!
//! Nothing outside this room knows a URL, a status code or a line of JSON of the server. Our
//! own protocol over HTTP is in [`http`]; another inbox server is another implementation of
//! [`Backend`]. Who is signed in and with which token is not decided here: the room asks its
//! [`Credentials`].

pub mod http;

pub use crate::clock::ClockSample;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use secrecy::SecretString;

use crate::model::{
    Agent, AgentId, Change, ClientKey, Command, ConversationId, Cursor, MediaId, MessageId, OffsetChange, Versioned,
    WallClock, WindowFacts,
};
pub use crate::model::{HeldFrom, ListPosition, Tokens, VisibleConversation};

/// An inbox server, as the phone sees it. Every call may fail with any [`BackendError`], and
/// none repeats itself: the caller decides about a retry.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Who is there and what it can do. Needs no session.
    async fn about(&self) -> Result<About, BackendError>;

    /// Signs an agent in on this device.
    async fn sign_in(&self, request: SignIn) -> Result<Session, BackendError>;

    /// Trades a refresh token for new tokens. The old refresh token stays good until the new
    /// one is first used, so a lost answer ends no session.
    async fn refresh(&self, refresh_token: &SecretString) -> Result<Tokens, BackendError>;

    /// Ends the session and forgets the device's push address.
    async fn sign_out(&self) -> Result<(), BackendError>;

    /// The changes after a cursor, oldest first.
    async fn changes(&self, since: &Cursor, limit: u32) -> Result<Page, BackendError>;

    /// One page of a snapshot: the first without a token, then with the token of the page before.
    async fn snapshot(&self, page: Option<&str>) -> Result<SnapshotPage, BackendError>;

    /// Older or newer messages of a conversation, outside the feed.
    async fn messages(&self, request: MessagesRequest) -> Result<Rows, BackendError>;

    /// One conversation with its contact.
    async fn conversation(&self, id: ConversationId) -> Result<Rows, BackendError>;

    /// Conversations less recently active than a place in the list, newest first.
    async fn conversations(&self, before: Option<ListPosition>, limit: u32) -> Result<Rows, BackendError>;

    /// The charges of a calendar month (year, month from 1).
    async fn ledger(&self, year: i32, month: u32) -> Result<Rows, BackendError>;

    /// Executes a command under its key, or says what the key became.
    async fn execute(&self, key: ClientKey, epoch: &str, command: &Command) -> Result<CommandState, BackendError>;

    /// What became of a key. [`CommandState::NotFound`] means it was never executed.
    async fn command(&self, key: ClientKey) -> Result<CommandState, BackendError>;

    /// Burns a key so that it can never execute, or says what it already became.
    async fn cancel(&self, key: ClientKey) -> Result<CommandState, BackendError>;

    /// Rings when there is something new. Ends, with or without an error, whenever it likes.
    async fn live(&self, last: Option<&Cursor>)
    -> Result<BoxStream<'static, Result<Ring, BackendError>>, BackendError>;

    /// Tells colleagues which conversation this agent looks at. Forgotten after 30 seconds.
    async fn presence(&self, conversation: Option<ConversationId>, answering: bool) -> Result<(), BackendError>;

    /// How many bytes of a file the server already holds.
    async fn uploaded_bytes(&self, sha256: &str) -> Result<u64, BackendError>;

    /// Sends a piece of a file, from `offset` of `total_bytes` on.
    async fn upload(&self, sha256: &str, offset: u64, total_bytes: u64, piece: Bytes) -> Result<(), BackendError>;

    /// A file, from `offset` on.
    async fn download(&self, id: MediaId, offset: u64) -> Result<Download, BackendError>;

    /// The device has another network: connections that were made by way of the old one are left to
    /// the calls that use them, and the next call makes its own.
    fn network_changed(&self) {}

    /// The server's clock, as the newest answers carried it. Each sample is given once.
    fn take_clock_samples(&self) -> Vec<ClockSample>;
}

/// Where the tokens for a call come from. Implemented where the session lives.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// An access token that was good a moment ago, refreshed when it is about to end.
    async fn access_token(&self) -> Result<SecretString, BackendError>;

    /// The server called this token expired: the next `access_token` must be another one.
    async fn expired(&self, token: &SecretString);

    /// The server said that the session is over: no token of it is good any more.
    async fn revoked(&self);
}

/// A file on its way here.
pub struct Download {
    /// How long the whole file is, what was there before included; none if it was not sent.
    pub total_bytes: Option<u64>,
    /// The bytes that were asked for. A stream that ends has not always come to the file's end.
    pub pieces: BoxStream<'static, Result<Bytes, BackendError>>,
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its own id; two servers never share one.
    pub server_id: String,
    /// Its name, for people.
    pub name: String,
    /// The protocol it speaks.
    pub protocol: u32,
    /// The largest file it takes, in bytes.
    pub upload_most_bytes: i64,
}

/// What signing in needs.
#[derive(Clone)]
pub struct SignIn {
    /// The agent's address.
    pub email: String,
    /// The agent's password.
    pub password: SecretString,
    /// Made once, at installation.
    pub device_id: String,
    /// What the agent calls the device.
    pub device_name: String,
    /// `android`, `ios`, `desktop`, `script`.
    pub platform: String,
}

// By hand: an address and the name of a phone are a person's.
impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("platform", &self.platform).finish_non_exhaustive()
    }
}

/// A session that just began.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its tokens.
    pub tokens: Tokens,
    /// Who signed in.
    pub agent: Agent,
    /// The account the agent belongs to.
    pub account: AccountInfo,
}

/// An account: a company's inbox.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AccountInfo {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether its plan has conversations at all (*Chat Pro*).
    pub conversations: bool,
    /// Its time zone as minutes east of UTC, for calendar months of usage.
    #[serde(default)]
    pub utc_offset_minutes: i32,
    /// When that changes (summer time), as far as the server knew at sign-in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offset_changes: Vec<OffsetChange>,
}

impl AccountInfo {
    /// The clock on the account's wall: when its days and months begin.
    pub fn wall_clock(&self) -> WallClock {
        WallClock { utc_offset_minutes: self.utc_offset_minutes, changes: self.offset_changes.clone() }
    }
}

/// A page of the change feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The cursor it follows; a page applies only on top of that one.
    pub from: Cursor,
    /// The cursor after it.
    pub to: Cursor,
    /// Whether more is waiting.
    pub more: bool,
    /// What changed, rising in seq.
    pub items: Vec<Change>,
}

/// A page of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotPage {
    /// The server's history; another one means another cache.
    pub epoch: String,
    /// Where the feed goes on after the last page.
    pub at: Cursor,
    /// The next page; none on the last one.
    pub next: Option<String>,
    /// Rows to apply.
    pub rows: Vec<Versioned>,
    /// Of these conversations the rows hold the newest messages without a hole: all of them
    /// that are not older than the given one.
    pub newest: Vec<HeldFrom>,
    /// All conversations this agent sees, a part per page.
    pub visible: Vec<VisibleConversation>,
    /// True on the last page: the list of visible conversations is whole.
    pub complete: bool,
}

/// Rows read outside the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// The cursor they were read at. Older than one's own: what is not held is asked for again.
    pub at: Cursor,
    /// The rows.
    pub rows: Vec<Versioned>,
    /// Whether there is more in the direction asked for.
    pub more: bool,
}

/// Which messages to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessagesRequest {
    /// Of which conversation.
    pub conversation_id: ConversationId,
    /// Older than this one.
    pub before: Option<MessageId>,
    /// Newer than this one.
    pub after: Option<MessageId>,
    /// How many at most.
    pub limit: u32,
}

/// What a key became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandState {
    /// Done; these rows are the result.
    Applied(Rows),
    /// The server has it and will hear from the provider; the row's status ends it.
    Accepted(Rows),
    /// Refused for good under this key.
    Rejected(Rejection),
    /// Being executed right now: ask again.
    Pending,
    /// The provider's answer was lost: whether the customer has it is unknown.
    Ambiguous(Rows),
    /// Burnt: it never executes.
    Cancelled,
    /// Never executed.
    NotFound,
}

/// Why a command was refused.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rejection {
    /// The protocol's code, such as `window_closed`.
    pub code: String,
    /// The server's own words; never shown instead of ours, and in no log: they may quote a name.
    pub detail: String,
    /// The window as the server sees it, when that is the reason.
    pub window: Option<WindowFacts>,
}

// By hand: the detail is text from outside.
impl std::fmt::Debug for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, detail: _, window } = self;
        f.debug_struct("Rejection").field("code", code).field("window", window).finish_non_exhaustive()
    }
}

/// Something the live stream said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ring {
    /// There is something up to this cursor.
    At(Cursor),
    /// Who looks at or answers which conversation.
    Presence(Vec<Presence>),
    /// The stream is alive.
    Beat,
}

/// A colleague at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Presence {
    /// Who.
    pub agent_id: AgentId,
    /// On which conversation.
    pub conversation_id: ConversationId,
    /// Writing, not only reading.
    pub answering: bool,
}

/// Why a call to the server gave nothing.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// No answer: no network, a timeout, a cut connection. It may have been executed.
    #[error("no answer from the server")]
    NoAnswer,
    /// An answer that is not the server's, such as a captive portal's page.
    #[error("the answer is not the inbox server's: {0}")]
    NotOurs(&'static str),
    /// The server is too busy or asks to slow down. Not executed.
    #[error("the server asks to wait")]
    Busy {
        /// At least this long.
        retry_after: Option<Duration>,
    },
    /// The access token ended; credentials could not mend it.
    #[error("the access token has expired")]
    TokenExpired,
    /// The session was ended, here or elsewhere.
    #[error("the session was ended")]
    SessionRevoked,
    /// The feed cannot go on from this cursor: read a snapshot.
    #[error("a snapshot is needed")]
    SnapshotNeeded(SnapshotReason),
    /// Not there, or not for this agent.
    #[error("not found")]
    NotFound,
    /// Refused, with the protocol's code.
    #[error("refused: {code}")]
    Refused {
        /// The code.
        code: String,
        /// The server's own words, or those of something on the way. In no log: they may quote a
        /// name.
        detail: String,
    },
    /// No call is possible now: the keys are locked until the device is unlocked.
    #[error("the keys are locked")]
    Locked,
}

// By hand: the detail is text from outside.
impl std::fmt::Debug for BackendError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoAnswer => f.write_str("NoAnswer"),
            Self::NotOurs(what) => f.debug_tuple("NotOurs").field(what).finish(),
            Self::Busy { retry_after } => f.debug_struct("Busy").field("retry_after", retry_after).finish(),
            Self::TokenExpired => f.write_str("TokenExpired"),
            Self::SessionRevoked => f.write_str("SessionRevoked"),
            Self::SnapshotNeeded(reason) => f.debug_tuple("SnapshotNeeded").field(reason).finish(),
            Self::NotFound => f.write_str("NotFound"),
            Self::Refused { code, .. } => f.debug_struct("Refused").field("code", code).finish_non_exhaustive(),
            Self::Locked => f.write_str("Locked"),
        }
    }
}

/// Why a snapshot is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotReason {
    /// There was no cursor yet.
    First,
    /// The feed no longer reaches back to it.
    TooOld,
    /// More has changed than is worth reading one by one.
    TooMany,
    /// The server was restored.
    Epoch,
    /// A reason this build does not know.
    #[serde(other)]
    Unknown,
}
