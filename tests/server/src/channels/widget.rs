//! The chat widget of a web site. Its provider is this server: what a visitor writes comes in by
//! `POST /widget/messages`, what agents write is fetched by the visitor's page. No window.

use super::event::ProviderMedia;
use super::provider::{
    Answer, CreatedTemplate, FetchedMedia, NewTemplate, Outbound, Provider, ProviderAccount, ProviderContent,
    ProviderTemplate, Recipient, SendProblem, Sent,
};

/// The widget's sending: the message lies in the inbox already, where the visitor's page finds it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Widget;

impl Provider for Widget {
    fn send<'a>(&'a self, _account: &'a ProviderAccount, message: &'a Outbound) -> Answer<'a, Sent> {
        Box::pin(async move {
            match message.content {
                ProviderContent::Text { .. } => Ok(Sent::from(format!("widget.{}", message.key))),
                ProviderContent::Media { .. } | ProviderContent::Template { .. } | ProviderContent::Reaction { .. } => {
                    Err(SendProblem::NotSupported)
                }
            }
        })
    }

    fn mark_read<'a>(&'a self, _account: &'a ProviderAccount, _to: &'a Recipient, _id: &'a str) -> Answer<'a, ()> {
        // The visitor's page shows nothing of the kind.
        Box::pin(async { Ok(()) })
    }

    fn list_templates<'a>(&'a self, _account: &'a ProviderAccount) -> Answer<'a, Vec<ProviderTemplate>> {
        Box::pin(async { Err(SendProblem::NotSupported) })
    }

    fn create_template<'a>(
        &'a self,
        _account: &'a ProviderAccount,
        _template: &'a NewTemplate,
    ) -> Answer<'a, CreatedTemplate> {
        Box::pin(async { Err(SendProblem::NotSupported) })
    }

    fn fetch_media<'a>(&'a self, _account: &'a ProviderAccount, _media: &'a ProviderMedia) -> Answer<'a, FetchedMedia> {
        Box::pin(async { Err(SendProblem::NotSupported) })
    }
}
