//! What can be written here, and does this text or file fit?

use chrono::{DateTime, Utc};

use super::window::ReplyWindow;
use crate::model::{ChannelAccount, ChannelCapabilities, MediaKind, Message, Phrase, WindowFacts};

/// What stands where one writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Composer {
    /// Free text.
    Open {
        /// Until when; none on a channel without a window.
        closes_at: Option<DateTime<Utc>>,
        /// Milliseconds until then.
        remaining_ms: Option<i64>,
        /// Only a person may answer now, not a bot.
        human_agent: bool,
    },
    /// Only *Restart the conversation*.
    RestartOnly {
        /// Closed since when; none when it never was open.
        since: Option<DateTime<Utc>>,
        /// Why.
        why: Phrase,
    },
    /// Nothing.
    Blocked {
        /// Why.
        why: Phrase,
    },
}

/// What a text weighs against the channel's limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextCheck {
    /// Its length in the channel's own count.
    pub length: u32,
    /// The most that can be sent; none when there is no limit.
    pub most: Option<u32>,
    /// What is wrong with it; empty when it can go.
    pub faults: Vec<Phrase>,
}

/// A saved reply with its variables replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledReply {
    /// The text. A variable nobody knows stays as it was written.
    pub text: String,
    /// The variables nobody knows, each once.
    pub unknown: Vec<String>,
}

/// What stands where one writes at `now`, and when that changes by itself.
pub fn composer(
    channel: Option<&ChannelAccount>,
    window: &WindowFacts,
    now: DateTime<Utc>,
) -> (Composer, Option<DateTime<Utc>>) {
    todo!("{channel:?} {window:?} {now:?}")
}

/// Why a window is closed, in words; none while it is not.
pub fn closed_phrase(window: &ReplyWindow) -> Option<Phrase> {
    todo!("{window:?}")
}

/// *It waits for the customer's answer*, when the newest message is a template of ours and the
/// window is closed.
pub fn waits_for_answer(newest: Option<&Message>, window: &ReplyWindow) -> Option<Phrase> {
    todo!("{newest:?} {window:?}")
}

/// Whether a text can be sent on a channel.
pub fn check_text(body: &str, channel: &ChannelCapabilities) -> TextCheck {
    todo!("{body:?} {channel:?}")
}

/// What is wrong with a file for a channel; empty when it can go.
pub fn check_media(
    kind: MediaKind,
    mime: &str,
    size_bytes: i64,
    channel: &ChannelCapabilities,
    server_most_bytes: Option<i64>,
) -> Vec<Phrase> {
    todo!("{kind:?} {mime:?} {size_bytes:?} {channel:?} {server_most_bytes:?}")
}

/// A saved reply with its `{{variables}}` replaced.
pub fn fill_saved_reply(text: &str, variable: impl Fn(&str) -> Option<String>) -> FilledReply {
    todo!("{text:?} {:?}", variable(text))
}
