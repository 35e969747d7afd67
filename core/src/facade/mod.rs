//! What apps see, and the only part they see: screens to read, commands to give, a stream of
//! what changed, pause and resume.
//!
//! Lives here: the objects ([`Riposte`], [`Account`] and the five below it), the records they
//! return, one error type, and the wiring that joins the other rooms. Does not live here: any
//! rule (`rules`), any sentence (`texts`), any SQL (`store`), any URL (`backend`).
//!
//! - `riposte`, `account`, `inbox`, `conversation`, `outbox`, `templates`, `usage`, `push`, `changes`: the
//!   objects, a thin method each; `config`, `error`, `screen`, `bubble`, `inbox_rows`: records;
//! - `inbox_list`, `conversation_screen`, `timeline`, `draft`: how a list, a screen, its rows and a
//!   message to be sent are put together; `names`, `overlay`: what they share;
//! - `visits`: which conversation is on screen; `entering`, `read_marks`, `presence`: what follows from that;
//! - `words`: sentences outside an account; `border`: what other languages see as something else;
//! - `sample`: an account in memory with an inbox in it, for previews and screenshots;
//! - `installation`: its id and a folder for each account; `record`: who is signed in;
//! - `core`: an open account, its rooms joined by `wiring`; `life`, `running`: opened, paused, resumed;
//!   `engine`, `attendant`: what runs; `connection`: how the connection is shown.
//!
//! Everything here is made for the border to Kotlin and Swift: records own their fields, enums
//! carry data, nothing is generic, and each call is a task on our own runtime that the caller only
//! waits for: a caller that stops waiting cancels nothing.

mod account;
mod attendant;
#[cfg(feature = "uniffi")]
mod border;
mod bubble;
mod changes;
mod config;
mod connection;
mod conversation;
mod conversation_screen;
mod core;
mod diagnosis;
mod draft;
mod engine;
mod entering;
mod error;
mod inbox;
mod inbox_list;
mod inbox_rows;
mod installation;
mod life;
mod money;
mod names;
mod outbox;
mod overlay;
mod presence;
mod push;
mod read_marks;
mod record;
mod riposte;
mod running;
mod sample;
mod screen;
mod templates;
mod timeline;
mod usage;
mod visits;
mod wiring;
mod words;

#[cfg(test)]
mod tests;

pub use account::{Account, SignOut};
pub use bubble::{
    AuthorLabel, CommentRow, CostTag, EventRow, GapRow, MessageRow, QuotedMessage, ReactionMark, SendProgress, Side,
    TimelineRow,
};
pub use changes::{ChangeStream, Changed};
pub use config::{Config, LogSetup};
pub use conversation::ConversationHandle;
pub use engine::shut_down;
pub use error::{Error, RiposteError};
pub use inbox::Inbox;
pub use inbox_rows::{
    AssigneeFilter, ChannelBadge, ChannelLine, GroupCount, InboxCounts, InboxPage, InboxQuery, InboxRow, PreviewLine,
    SearchHit, WindowBadge,
};
pub use outbox::{CommandOutcome, Decision, Outbox, WaitingCommand};
pub use push::{Push, ScheduledReminder};
pub use record::AccountInfo;
pub use riposte::Riposte;
pub use screen::{
    Around, AssignedAgent, AssignedGroup, ChannelSection, Colleague, ConversationScreen, Draft, DraftCheck, FileFix,
    MediaFile, PriceTag, SavedDraft,
};
pub use templates::{NewTemplate, TemplateChoice, TemplatePreview, Templates};
pub use usage::{PriceDifference, Usage, UsageLine, UsageMonth};
pub use words::phrase_words;

// What the records above are made of. Apps import them from here.
pub use crate::log::{LogLevel, LogRecord, LogSink};
pub use crate::model::ListPosition;
pub use crate::rules::attention::Dot;
pub use crate::rules::billing::{FreeReason, NotPricedReason, PriceQuote};
pub use crate::rules::compose::{Composer, MediaFix};
pub use crate::rules::delivery::BubbleFill;
pub use crate::rules::labels::ConnectionState;
pub use crate::rules::notify::{NotificationDecision, NotificationReason, SilenceReason};
pub use crate::rules::sending::actions::MessageAction;
pub use crate::session::{MemorySecretStore, SecretError, SecretStore};
