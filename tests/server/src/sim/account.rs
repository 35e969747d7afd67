//! Numbers and pages at the provider, and what proves that a call or a webhook is theirs.

use riposte::model::ChannelKind;
use serde::Serialize;

/// The newest version of the API.
pub const VERSION: &str = "v26.0";

/// Whether calls under this version are answered: v20.0 ended on 24 September 2026.
pub(super) fn is_served(version: &str) -> bool {
    let major = version.strip_prefix('v').and_then(|version| version.strip_suffix(".0"));
    major.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| (21..=26).contains(&major))
}

/// A connected number or page, from the provider's side: all that the inbox server needs to link
/// it. Its secrets are random: those of one simulator are worth nothing to another.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// What a story calls it.
    pub key: String,
    /// Which channel.
    pub kind: ChannelKind,
    /// The number as customers see it, or the page.
    pub address: String,
    /// Phone number id or page id.
    pub provider_id: String,
    /// The WhatsApp business account.
    pub business_id: String,
    /// Asked of every call.
    pub token: String,
    /// Signs the webhooks.
    pub app_secret: String,
    /// Given when the address of the webhooks is verified.
    pub verify_token: String,
    /// The widget's.
    pub site_key: String,
}

impl std::fmt::Debug for Account {
    // The secrets stay out of every log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("key", &self.key)
            .field("provider_id", &self.provider_id)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// The `number`th account.
    pub(super) fn new(key: &str, kind: ChannelKind, address: &str, number: u64) -> Self {
        let secret = || uuid::Uuid::new_v4().simple().to_string();
        Self {
            key: key.to_owned(),
            kind,
            address: address.to_owned(),
            provider_id: format!("{}", 100_000_000 + number),
            business_id: format!("{}", 200_000_000 + number),
            token: secret(),
            app_secret: secret(),
            verify_token: secret(),
            site_key: format!("site-{number}"),
        }
    }

    /// Where its webhooks go.
    pub(super) fn webhook_path(&self) -> &'static str {
        match self.kind {
            ChannelKind::Messenger | ChannelKind::Instagram => "/webhooks/messenger",
            ChannelKind::Whatsapp | ChannelKind::Widget | ChannelKind::Unknown => "/webhooks/whatsapp",
        }
    }
}
