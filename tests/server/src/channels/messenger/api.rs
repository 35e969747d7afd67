//! Sending as a page: `POST {base}/{version}/me/messages` (Meta, "Send API").

use riposte::model::{ChannelKind, MediaKind};
use serde_json::{Value, json};

use crate::channels::event::ProviderMedia;
use crate::channels::graph::{Graph, UploadedFile, is_id, nothing_sent};
use crate::channels::json::Node;
use crate::channels::media::NamedBy;
use crate::channels::provider::{
    Answer, CreatedTemplate, FetchedMedia, NewTemplate, Outbound, Profile, Provider, ProviderAccount, ProviderContent,
    ProviderTemplate, Recipient, SendProblem, Sent,
};

/// Messenger and Instagram Direct.
#[derive(Debug, Clone)]
pub struct Messenger {
    graph: Graph,
}

impl Messenger {
    /// Speaks through this caller.
    pub fn new(graph: Graph) -> Self {
        Self { graph }
    }

    async fn send_message(&self, account: &ProviderAccount, message: &Outbound) -> Result<Sent, SendProblem> {
        let to = message.to.scoped_id.as_deref().ok_or(SendProblem::NotSupported)?;
        let content = self.content(account, &message.content).await?;
        let mut body = json!({ "recipient": { "id": to }, "messaging_type": "RESPONSE", "message": content });
        if let Some(fields) = body.as_object_mut() {
            if message.human_agent {
                fields.insert("messaging_type".to_owned(), json!("MESSAGE_TAG"));
                fields.insert("tag".to_owned(), json!("HUMAN_AGENT"));
            }
            if let Some(quoted) = &message.quotes {
                fields.insert("reply_to".to_owned(), json!({ "mid": quoted }));
            }
        }
        let answer: Value = self.graph.post(account, "me/messages", &body).await?;
        Node::root(&answer).need_id("message_id").map(Sent::from).map_err(|_| SendProblem::Lost)
    }

    async fn content(&self, account: &ProviderAccount, content: &ProviderContent) -> Result<Value, SendProblem> {
        match content {
            ProviderContent::Text { body } => Ok(json!({ "text": body })),
            // A page's file has no caption, and a caption is not to be lost.
            ProviderContent::Media { kind, mime, name, caption, bytes, .. } if caption.is_empty() => {
                let word = media_word(*kind).ok_or(SendProblem::NotSupported)?;
                let id = self.upload(account, word, &UploadedFile { part: "filedata", name, mime, bytes }).await?;
                Ok(json!({ "attachment": { "type": word, "payload": { "attachment_id": id } } }))
            }
            ProviderContent::Media { .. } | ProviderContent::Template { .. } | ProviderContent::Reaction { .. } => {
                Err(SendProblem::NotSupported)
            }
        }
    }

    async fn upload(
        &self,
        account: &ProviderAccount,
        word: &str,
        file: &UploadedFile<'_>,
    ) -> Result<String, SendProblem> {
        let message = json!({ "attachment": { "type": word, "payload": {} } }).to_string();
        let platform = if account.kind == ChannelKind::Instagram { "instagram" } else { "messenger" };
        let fields = [("message", message.as_str()), ("platform", platform)];
        let answer = self.graph.upload(account, "me/message_attachments", &fields, file).await.map_err(nothing_sent)?;
        Node::root(&answer).need_id("attachment_id").map_err(|_| SendProblem::Unreachable)
    }
}

fn media_word(kind: MediaKind) -> Option<&'static str> {
    match kind {
        MediaKind::Image | MediaKind::Sticker => Some("image"),
        MediaKind::Video => Some("video"),
        MediaKind::Audio => Some("audio"),
        MediaKind::Document => Some("file"),
        MediaKind::Unknown => None,
    }
}

impl Provider for Messenger {
    fn send<'a>(&'a self, account: &'a ProviderAccount, message: &'a Outbound) -> Answer<'a, Sent> {
        Box::pin(self.send_message(account, message))
    }

    fn mark_read<'a>(
        &'a self,
        account: &'a ProviderAccount,
        to: &'a Recipient,
        _message_id: &'a str,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let to = to.scoped_id.as_deref().ok_or(SendProblem::NotSupported)?;
            let body = json!({ "recipient": { "id": to }, "sender_action": "mark_seen" });
            self.graph.post(account, "me/messages", &body).await.map(|_| ())
        })
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

    fn fetch_media<'a>(&'a self, account: &'a ProviderAccount, media: &'a ProviderMedia) -> Answer<'a, FetchedMedia> {
        Box::pin(async move {
            match media {
                // A file of a message lies at an open address: the token stays here.
                ProviderMedia::Url(url) => self.graph.download(account, url, NamedBy::Stranger).await,
                ProviderMedia::Id(_) => Err(SendProblem::NotSupported),
            }
        })
    }

    fn profile<'a>(&'a self, account: &'a ProviderAccount, customer: &'a Recipient) -> Answer<'a, Profile> {
        Box::pin(async move {
            let id = customer.scoped_id.as_deref().filter(|id| is_id(id)).ok_or(SendProblem::NotSupported)?;
            let fields = if account.kind == ChannelKind::Instagram { "name,username" } else { "first_name,last_name" };
            let answer = self.graph.get(account, id, &[("fields", fields)]).await?;
            let profile = Node::root(&answer);
            let names = [profile.text("first_name"), profile.text("last_name")];
            let joined = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
            let name = profile.text("name").map(str::to_owned).or(Some(joined).filter(|name| !name.is_empty()));
            Ok(Profile { name, username: profile.text("username").map(str::to_owned) })
        })
    }
}
