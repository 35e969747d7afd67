//! What crosses the border to other languages as something else: instants, keys, currencies,
//! secrets. Everything else crosses as the record it is.

use std::collections::HashMap;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::SecretError;
use crate::model::{Attributes, ClientKey, Currency, PhraseKey};

type Timestamp = DateTime<Utc>;

// `Instant` in Kotlin, `Date` in Swift, `datetime` in Python.
uniffi::custom_type!(Timestamp, SystemTime, {
    remote,
    lower: |at| at.into(),
    try_lift: |at| Ok(at.into()),
});

uniffi::custom_type!(ClientKey, String, {
    lower: |key| key.to_string(),
    try_lift: |key| Ok(ClientKey(Uuid::parse_str(&key)?)),
});

uniffi::custom_type!(Currency, String, {
    lower: |currency| currency.code().to_owned(),
    try_lift: |code| Currency::parse(&code).ok_or_else(|| uniffi::deps::anyhow::anyhow!("no currency")),
});

uniffi::custom_type!(Attributes, HashMap<String, String>, {
    remote,
    lower: |attributes| attributes.into_iter().collect(),
    try_lift: |attributes| Ok(attributes.into_iter().collect()),
});

// The wire's word, `window_closed`: there are more keys than an exported enum may have variants.
uniffi::custom_type!(PhraseKey, String, {
    lower: |key| serde_json::to_value(key).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default(),
    try_lift: |word| Ok(serde_json::from_value(serde_json::Value::String(word))?),
});

// The safe of another language takes text; on this side it stays wrapped.
uniffi::custom_type!(SecretString, String, {
    remote,
    lower: |secret| secret.expose_secret().to_owned(),
    try_lift: |secret| Ok(secret.into()),
});

impl From<uniffi::UnexpectedUniFFICallbackError> for SecretError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Denied
    }
}
