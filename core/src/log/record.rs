//! One record: what it may say, and how it reads.

use std::fmt::Write;

use chrono::{DateTime, Utc};

use super::Cause;

/// How much a record matters. Each level includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum LogLevel {
    /// Something that should never happen: a bug, or a disk that fails.
    Error,
    /// Something did not work and is tried again, or the agent is asked.
    Warning,
    /// Starts, pauses, what a queue decided and why.
    Info,
    /// Every call and every step.
    Debug,
}

/// What happened, in words that are safe to show to anyone: codes, numbers, and at most the host of
/// the server. Never a name, a phone number, a text, a token or a path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct LogRecord {
    /// When, by this device's clock.
    pub at: DateTime<Utc>,
    /// How much it matters.
    pub level: LogLevel,
    /// What happened, in one word: `call_failed`.
    pub code: String,
    /// The whole record on one line: `call_failed call=changes cause=timeout`.
    pub line: String,
}

/// What a record may say besides its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A word of this source.
    Word(&'static str),
    /// Why.
    Cause(Cause),
    /// A number, with its unit in the fact's name.
    Number(i64),
    /// The host and port of the server, as the agent typed them at sign-in.
    Host(String),
}

impl LogRecord {
    pub(super) fn new(at: DateTime<Utc>, level: LogLevel, event: &'static str, facts: &[(&'static str, Fact)]) -> Self {
        let mut line = event.to_owned();
        for (name, fact) in facts {
            // Writing to a string cannot fail.
            let _ = match fact {
                Fact::Cause(cause) => write!(line, " {name}={}", cause.code()),
                Fact::Word(word) => write!(line, " {name}={word}"),
                Fact::Number(number) => write!(line, " {name}={number}"),
                Fact::Host(host) => write!(line, " {name}={host}"),
            };
        }
        Self { at, level, code: event.to_owned(), line }
    }
}
