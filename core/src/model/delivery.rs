use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ms;

/// One report about one attempt to deliver a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeliveryFact {
    /// Which attempt, from 1. A retry is a new attempt of the same message.
    pub attempt: u32,
    /// What was reported.
    pub status: DeliveryStatus,
    /// When, in provider time.
    #[serde(with = "ms::at")]
    pub at: DateTime<Utc>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ProviderError>,
}

/// What a provider says became of a message (Meta, "Status messages webhook reference").
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// The provider has it.
    Sent,
    /// The customer's phone has it.
    Delivered,
    /// The customer opened the conversation on it.
    Read,
    /// The customer played the voice message.
    Played,
    /// It will not arrive.
    Failed,
    /// A word this build does not know; kept and not acted on.
    #[serde(untagged)]
    Other(String),
}

/// A provider's own words for a failure.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProviderError {
    /// Its code, such as 131047.
    pub code: i64,
    /// Its sub-code, where the provider has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subcode: Option<i64>,
    /// Its details, for an administrator; never shown instead of our own words.
    #[serde(default)]
    pub detail: String,
}
