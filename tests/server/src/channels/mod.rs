//! The customers' side of the server: what providers post in, and what is sent out through them.
//!
//! A room per provider. Each reads its webhooks into [`event::Event`]s, which know nothing of
//! HTTP, and speaks its sending API behind [`provider::Provider`]; `http` is the door they come
//! in by. Nothing here decides: windows, prices and who sees what belong to the inbox; what is
//! stored, to its store.

pub mod event;
pub mod graph;
pub mod http;
pub mod json;
pub mod media;
pub mod messenger;
pub mod provider;
pub mod repair;
pub mod signature;
pub mod sniff;
#[cfg(test)]
mod test_fixtures;
pub mod whatsapp;
pub mod widget;

use riposte::model::ChannelKind;

use graph::{Graph, NoClient};
use media::MediaHosts;
use messenger::api::Messenger;
use provider::Provider;
use whatsapp::api::WhatsApp;
use widget::Widget;

/// Every provider the server speaks to.
#[derive(Debug, Clone)]
pub struct Providers {
    whatsapp: WhatsApp,
    messenger: Messenger,
    widget: Widget,
}

impl Providers {
    /// All of them, over shared connections, with files from Meta's hosts.
    pub fn new() -> Result<Self, NoClient> {
        Self::with_files_from(MediaHosts::default())
    }

    /// The same, with customers' files from these hosts.
    pub fn with_files_from(hosts: MediaHosts) -> Result<Self, NoClient> {
        let graph = Graph::new(hosts)?;
        Ok(Self { whatsapp: WhatsApp::new(graph.clone()), messenger: Messenger::new(graph), widget: Widget })
    }

    /// The provider of a channel; none for a kind that this build does not know.
    pub fn of(&self, kind: ChannelKind) -> Option<&dyn Provider> {
        match kind {
            ChannelKind::Whatsapp => Some(&self.whatsapp),
            ChannelKind::Messenger | ChannelKind::Instagram => Some(&self.messenger),
            ChannelKind::Widget => Some(&self.widget),
            ChannelKind::Unknown => None,
        }
    }
}
