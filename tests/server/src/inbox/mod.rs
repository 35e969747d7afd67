//! The inbox itself: what becomes of what customers write, agents do and providers report.
//!
//! `channels` hands in what a webhook brought and this room decides what it means for
//! conversations, windows, charges and agents. No HTTP here, and no provider's JSON.

use riposte::model::ChannelKind;

use crate::channels::event::Parsed;

/// The door of the inbox for the providers' side.
#[derive(Clone)]
pub struct Inbox {}

/// What a webhook brought, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Events that changed something, or that are kept until their message is known.
    pub stored: usize,
    /// Events that were known already, or that are of no consequence here.
    pub skipped: usize,
    /// Items kept aside because they could not be read or belong to no channel account.
    pub set_aside: usize,
}

/// What a provider's calls are checked with. One per connected number or page.
#[derive(Clone)]
pub struct WebhookSecrets {
    /// Signs the bodies (`X-Hub-Signature-256`).
    pub app_secret: String,
    /// Asked for when the address of the webhook is verified.
    pub verify_token: String,
}

/// A message of ours, as a visitor of the web site reads it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct VisitorMessage {
    /// Its id; later ones are greater.
    pub id: i64,
    /// When it was written, in milliseconds UTC.
    pub at: i64,
    /// What it says.
    pub text: String,
}

/// Why something could not be stored. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    /// The database said no.
    #[error("the inbox could not be written")]
    Storage,
}

impl Inbox {
    /// Stores all that a webhook brought, in one transaction. An item that makes no sense is
    /// set aside and the others go on; whatever comes twice changes nothing the second time.
    pub async fn receive(&self, _kind: ChannelKind, _parsed: Parsed) -> Result<Taken, InboxError> {
        todo!()
    }

    /// The secrets of every connected account of a kind. A call is genuine when one of them fits.
    pub async fn webhook_secrets(&self, _kind: ChannelKind) -> Result<Vec<WebhookSecrets>, InboxError> {
        todo!()
    }

    /// The widget that a site key belongs to, as the `account` of its events.
    pub async fn widget_of(&self, _site_key: &str) -> Result<Option<String>, InboxError> {
        todo!()
    }

    /// What we wrote to a visitor of a widget since a message (0: from the beginning).
    pub async fn widget_messages(
        &self,
        _account: &str,
        _visitor: &str,
        _after: i64,
    ) -> Result<Vec<VisitorMessage>, InboxError> {
        todo!()
    }
}
