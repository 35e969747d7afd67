//! How a few values stand in columns.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::DbError;

/// Milliseconds since 1970 as an instant. Columns hold only what an instant gave.
pub(crate) fn instant(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::UNIX_EPOCH)
}

/// A unit variant as its word on the wire (`"whatsapp"`), without quotes.
pub(crate) fn word(value: &impl Serialize) -> Result<String, DbError> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(word) => Ok(word),
        other => Ok(other.to_string()),
    }
}

/// The other way round.
pub(crate) fn from_word<T: DeserializeOwned>(word: &str) -> Result<T, DbError> {
    Ok(serde_json::from_value(serde_json::Value::String(word.to_owned()))?)
}

/// A record as a column.
pub(crate) fn json(value: &impl Serialize) -> Result<String, DbError> {
    Ok(serde_json::to_string(value)?)
}

/// The other way round.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, DbError> {
    Ok(serde_json::from_str(text)?)
}
