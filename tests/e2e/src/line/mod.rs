//! What the teller asks of a phone, and what the phone answers.
//!
//! A phone written in another language is a process: each line it reads is one ask as JSON, each line it
//! writes is the answer (`tests/scenarios/README.md`, "A phone in another language"). Rust's own phone
//! answers the same asks, in this process ([`crate::phone::Here`]) or as a process of its own ([`serve`]).
//!
//! - [`process`]: the teller's end, with the phone in a process
//! - [`serve`]: the phone's end, for Rust
//!
//! An ask names customers, agents, groups and pages as a screen shows them. Keys of the cast and times in
//! words stay with the teller.

pub mod process;
pub mod serve;

use std::collections::BTreeMap;
use std::future::Future;

use riposte::model::{AgentStatus, ChannelKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::phone::PhoneError;
use crate::story::{How, NewTemplatePart};

/// A conversation, as the inbox shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Talk {
    /// The customer's name.
    pub customer: String,
    /// The name of the number or page it runs over.
    pub page: String,
}

/// One thing that the teller asks of a phone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "tests/scenarios/README.md describes every ask")]
pub enum Ask {
    Open { folder: String, locale: String, device: String, utc_offset_minutes: i32, now_ms: i64 },
    SignIn { server: String, email: String, password: String },
    Close,
    Advance { by_ms: u64 },
    Settled { within_ms: u64 },
    NetworkAvailable,
    Pause,
    Resume,
    SetStatus { status: AgentStatus },
    Enter { conversation: Talk },
    Leave { conversation: Talk },
    Draft { conversation: Talk, text: String },
    Send { conversation: Talk, text: String, quotes: Option<String> },
    SendSavedReply { conversation: Talk, title: String },
    SendFile { conversation: Talk, path: String, mime: String, name: String, caption: String, voice: bool },
    SendTemplate { conversation: Talk, page: String, template: String, values: BTreeMap<String, String> },
    React { conversation: Talk, message: String, emoji: String },
    Comment { conversation: Talk, text: String, mentions: Vec<String> },
    Assign { conversation: Talk, agent: Option<String>, group: Option<String> },
    SetOpen { conversation: Talk, open: bool },
    LoadOlder { conversation: Talk },
    Decide { text: String, how: How },
    Retry { text: String, conversation: Option<Talk> },
    Cancel { text: String },
    CreateTemplate { page: String, template: NewTemplatePart },
    RefreshTemplates { page: String },
    Read(Screen),
}

/// A screen, and what is chosen on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "screen", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "tests/scenarios/README.md describes every screen")]
pub enum Screen {
    Inbox { whose: Whose, channel: Option<ChannelKind>, open: bool, unread: bool, unanswered: bool, closing_soon: bool },
    Counts,
    Conversation { conversation: Talk },
    Outbox,
    Templates { page: String, conversation: Option<Talk> },
    Usage { year: i32, month: u32 },
    Search { text: String },
    SavedReplies,
    Channels,
    Agents,
    Connection,
}

/// Whose conversations an inbox shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Whose {
    #[default]
    All,
    Mine,
    Unassigned,
    /// A group, by its name.
    Group(String),
}

/// What a phone answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is done, with what the ask gives: a picture for a screen.
    Done(Value),
    /// The core refused: the code, and the phrase that the agent sees, as a picture writes it.
    Refused {
        /// A code of core/PROTOCOL.md 1.
        code: String,
        /// What the agent sees.
        phrase: Value,
    },
    /// Anything else went wrong.
    Failed(String),
}

/// An ask, and which phone of the process it is for.
#[derive(Debug, Clone, Serialize)]
pub struct Addressed {
    /// The phone's key.
    pub phone: String,
    /// What is asked.
    #[serde(flatten)]
    pub ask: Ask,
}

impl From<Result<Value, PhoneError>> for Answer {
    fn from(answered: Result<Value, PhoneError>) -> Self {
        match answered {
            Ok(value) => Self::Done(value),
            Err(PhoneError::Refused { code, phrase }) => Self::Refused { code, phrase },
            Err(error) => Self::Failed(error.to_string()),
        }
    }
}

impl From<Answer> for Result<Value, PhoneError> {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Done(value) => Ok(value),
            Answer::Refused { code, phrase } => Err(PhoneError::Refused { code, phrase }),
            Answer::Failed(what) => Err(PhoneError::Missing(what)),
        }
    }
}

/// Something that answers asks: a phone in this process or in another one.
pub trait Device: Sized + Send {
    /// What its phones are made from.
    type Maker: Send + Sync;

    /// A new phone.
    fn make(maker: &Self::Maker, key: &str) -> Self;

    /// An empty folder for its files, which goes with the phone.
    fn folder(maker: &Self::Maker) -> std::io::Result<tempfile::TempDir>;

    /// Asks, and waits for the answer.
    fn ask(&mut self, ask: Ask) -> impl Future<Output = Result<Value, PhoneError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_ask_is_one_flat_object_and_reads_back() {
        let talk = Talk { customer: "Léa Martin".into(), page: "Boutique".into() };
        for (ask, written) in [
            (Ask::Pause, json!({ "phone": "marc", "do": "pause" })),
            (
                Ask::Read(Screen::Conversation { conversation: talk.clone() }),
                json!({ "phone": "marc", "do": "read", "screen": "conversation",
                        "conversation": { "customer": "Léa Martin", "page": "Boutique" } }),
            ),
            (
                Ask::Assign { conversation: talk, agent: None, group: Some("SAV".into()) },
                json!({ "phone": "marc", "do": "assign", "conversation": { "customer": "Léa Martin", "page": "Boutique" },
                        "agent": null, "group": "SAV" }),
            ),
        ] {
            let mut found = serde_json::to_value(Addressed { phone: "marc".into(), ask }).unwrap();
            assert_eq!(found, written);
            found.as_object_mut().unwrap().remove("phone");
            let again: Ask = serde_json::from_value(found).unwrap();
            assert_eq!(serde_json::to_value(Addressed { phone: "marc".into(), ask: again }).unwrap(), written);
        }
    }

    #[test]
    fn an_unknown_ask_and_an_unknown_field_are_errors() {
        assert!(serde_json::from_value::<Ask>(json!({ "do": "shout" })).is_err());
        assert!(serde_json::from_value::<Ask>(json!({ "do": "settled", "within_ms": 1, "more": 2 })).is_err());
        assert!(serde_json::from_value::<Ask>(json!({ "do": "read", "screen": "inbocks" })).is_err());
    }
}
