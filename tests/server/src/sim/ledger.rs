//! What the provider was asked to send, and how it judged: stories compare it with what the phones
//! and the server show.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// One request to send, answered or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The number or page it was to go out from.
    pub account: String,
    /// The customer; none if the number is unknown.
    pub customer: Option<String>,
    /// `text`, `image`, `template`, `reaction`...
    pub kind: String,
    /// The words: the body, the caption, a template's values, the emoji.
    pub text: String,
    /// The template's name.
    pub template: Option<String>,
    /// The id of the uploaded file.
    pub file: Option<String>,
    /// The provider's id of the message it quotes.
    pub quotes: Option<String>,
    /// The key that the server sent with it.
    pub key: Option<String>,
    /// The provider's id; none when it was refused.
    pub id: Option<String>,
    /// When it was asked.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: DateTime<Utc>,
    /// Whether the window was open, by the provider's own judgement.
    pub window_open: bool,
    /// How it was judged.
    pub judged: Judged,
    /// Whether the server never got the answer.
    pub answer_lost: bool,
    /// What was reported of it since, in order.
    pub reports: Vec<Report>,
}

/// How a request to send was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Judged {
    /// Taken.
    Accepted,
    /// Refused at once.
    Refused { code: i64 },
}

/// One report about a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `sent`, `delivered`, `read`, `played`, `failed`.
    pub status: &'static str,
    /// When.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: DateTime<Utc>,
    /// Why it failed.
    pub code: Option<i64>,
}
