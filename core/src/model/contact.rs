use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ContactId;

/// What is known of a customer besides, by name.
pub type Attributes = BTreeMap<String, String>;

/// A customer. Known by a phone number, a business-scoped user id (BSUID), or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// The name to show; what the customer chose, or an agent wrote.
    pub name: String,
    /// Digits with the country code, without `+`. None when the provider hides it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// `CC.` and up to 128 letters and digits, scoped to the business portfolio; kept whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bsuid: Option<String>,
    /// The WhatsApp username or the handle on another channel. Changes freely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// BCP 47 language, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Attributes that saved replies and templates can use, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: Attributes,
}
