//! Sending through the Cloud API: `POST {base}/{version}/{phone number id}/messages`.

use riposte::model::MediaKind;
use serde_json::{Map, Value, json};

use super::template;
use crate::channels::event::ProviderMedia;
use crate::channels::graph::{Graph, UploadedFile, is_id, nothing_sent};
use crate::channels::json::{Fault, Node};
use crate::channels::media::NamedBy;
use crate::channels::provider::{
    Answer, CreatedTemplate, FetchedMedia, NewTemplate, Outbound, Provider, ProviderAccount, ProviderContent,
    ProviderTemplate, Recipient, SendProblem, Sent,
};

/// Pages of a template listing that are followed; Meta allows 250 templates an account and
/// gives at least 25 a page.
const PAGES_MOST: usize = 40;

/// WhatsApp.
#[derive(Debug, Clone)]
pub struct WhatsApp {
    graph: Graph,
}

impl WhatsApp {
    /// Speaks through this caller.
    pub fn new(graph: Graph) -> Self {
        Self { graph }
    }

    async fn send_message(&self, account: &ProviderAccount, message: &Outbound) -> Result<Sent, SendProblem> {
        let mut body = envelope(&message.to)?;
        let (kind, content) = self.content(account, &message.content).await?;
        body.insert("type".to_owned(), json!(kind));
        body.insert(kind.to_owned(), content);
        body.insert("biz_opaque_callback_data".to_owned(), json!(message.key));
        if let Some(quoted) = &message.quotes {
            body.insert("context".to_owned(), json!({ "message_id": quoted }));
        }
        let answer = self.graph.post(account, &format!("{}/messages", account.provider_id), &body.into()).await?;
        // Accepted, but under which id is lost: its report will carry our key.
        let messages = Node::root(&answer).list("messages");
        let sent = messages.first().ok_or(SendProblem::Lost)?;
        let held = sent.text("message_status").filter(|status| status.starts_with("held")).map(str::to_owned);
        Ok(Sent { id: sent.need_id("id").map_err(|_| SendProblem::Lost)?, held })
    }

    async fn content(
        &self,
        account: &ProviderAccount,
        content: &ProviderContent,
    ) -> Result<(&'static str, Value), SendProblem> {
        Ok(match content {
            ProviderContent::Text { body } if has_link(body) => ("text", json!({ "body": body, "preview_url": true })),
            ProviderContent::Text { body } => ("text", json!({ "body": body })),
            ProviderContent::Template { payload } => ("template", payload.clone()),
            ProviderContent::Reaction { to, emoji } => {
                // An empty emoji takes the reaction away.
                ("reaction", json!({ "message_id": to, "emoji": emoji.as_deref().unwrap_or("") }))
            }
            ProviderContent::Media { kind, mime, name, caption, voice, bytes } => {
                let word = media_word(*kind).ok_or(SendProblem::NotSupported)?;
                let id = self.upload(account, &UploadedFile { part: "file", name, mime, bytes }).await?;
                let mut file = Map::from_iter([("id".to_owned(), json!(id))]);
                if !caption.is_empty() && matches!(kind, MediaKind::Image | MediaKind::Video | MediaKind::Document) {
                    file.insert("caption".to_owned(), json!(caption));
                }
                if !name.is_empty() && *kind == MediaKind::Document {
                    file.insert("filename".to_owned(), json!(name));
                }
                if *voice && *kind == MediaKind::Audio {
                    file.insert("voice".to_owned(), json!(true));
                }
                (word, file.into())
            }
        })
    }

    async fn upload(&self, account: &ProviderAccount, file: &UploadedFile<'_>) -> Result<String, SendProblem> {
        let fields = [("messaging_product", "whatsapp"), ("type", file.mime)];
        let path = format!("{}/media", account.provider_id);
        let answer = self.graph.upload(account, &path, &fields, file).await.map_err(nothing_sent)?;
        Node::root(&answer).need_id("id").map_err(|_| SendProblem::Unreachable)
    }

    async fn templates(&self, account: &ProviderAccount) -> Result<Vec<ProviderTemplate>, SendProblem> {
        let path = format!("{}/message_templates", business(account)?);
        let mut templates = Vec::new();
        let mut after = String::new();
        for _ in 0..PAGES_MOST {
            let mut query = vec![("limit", "100")];
            if !after.is_empty() {
                query.push(("after", after.as_str()));
            }
            let answer = self.graph.get(account, &path, &query).await?;
            let page = Node::root(&answer);
            // One that cannot be read is not offered; the others are.
            templates.extend(page.list("data").iter().filter_map(|listed| template::read_listed(listed).ok()));
            let paging = page.get("paging").filter(|paging| paging.get("next").is_some());
            match paging.and_then(|paging| paging.get("cursors")?.text("after").map(str::to_owned)) {
                Some(next) => after = next,
                None => break,
            }
        }
        Ok(templates)
    }

    async fn submit(&self, account: &ProviderAccount, new: &NewTemplate) -> Result<CreatedTemplate, SendProblem> {
        let body = template::submission(new).ok_or(SendProblem::NotSupported)?;
        let answer = self.graph.post(account, &format!("{}/message_templates", business(account)?), &body).await?;
        let read = |node: Node<'_>| -> Result<CreatedTemplate, Fault> {
            Ok(CreatedTemplate {
                provider_id: node.need_id("id")?,
                status: template::status(node.text("status").unwrap_or("PENDING")),
                category: node.text("category").map_or(new.category, template::category),
            })
        };
        read(Node::root(&answer)).map_err(|_| SendProblem::Lost)
    }

    async fn fetch(&self, account: &ProviderAccount, media: &ProviderMedia) -> Result<FetchedMedia, SendProblem> {
        match media {
            ProviderMedia::Url(url) => self.graph.download(account, url, NamedBy::Stranger).await,
            ProviderMedia::Id(id) if is_id(id) => {
                let answer = self.graph.get(account, id, &[]).await?;
                let url = Node::root(&answer).need_text("url").map_err(|_| SendProblem::Lost)?;
                self.graph.download(account, url, NamedBy::Api).await
            }
            ProviderMedia::Id(_) => Err(SendProblem::NotSupported),
        }
    }
}

impl Provider for WhatsApp {
    fn send<'a>(&'a self, account: &'a ProviderAccount, message: &'a Outbound) -> Answer<'a, Sent> {
        Box::pin(self.send_message(account, message))
    }

    fn mark_read<'a>(
        &'a self,
        account: &'a ProviderAccount,
        _to: &'a Recipient,
        message_id: &'a str,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let body = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": message_id });
            self.graph.post(account, &format!("{}/messages", account.provider_id), &body).await.map(|_| ())
        })
    }

    fn list_templates<'a>(&'a self, account: &'a ProviderAccount) -> Answer<'a, Vec<ProviderTemplate>> {
        Box::pin(self.templates(account))
    }

    fn create_template<'a>(
        &'a self,
        account: &'a ProviderAccount,
        template: &'a NewTemplate,
    ) -> Answer<'a, CreatedTemplate> {
        Box::pin(self.submit(account, template))
    }

    fn fetch_media<'a>(&'a self, account: &'a ProviderAccount, media: &'a ProviderMedia) -> Answer<'a, FetchedMedia> {
        Box::pin(self.fetch(account, media))
    }
}

/// WhatsApp shows a preview of the first link where it is asked to.
fn has_link(body: &str) -> bool {
    body.contains("https://") || body.contains("http://")
}

/// `to` takes a phone number, `recipient` a BSUID. Without `+` Meta may put the business's own country
/// code before the number, and the message reaches a stranger ("Send messages", phone numbers).
fn envelope(to: &Recipient) -> Result<Map<String, Value>, SendProblem> {
    let (field, id) = match (&to.phone, &to.bsuid) {
        (Some(phone), _) => ("to", format!("+{phone}")),
        (None, Some(bsuid)) => ("recipient", bsuid.clone()),
        (None, None) => return Err(SendProblem::NotSupported),
    };
    let fields =
        [("messaging_product", json!("whatsapp")), ("recipient_type", json!("individual")), (field, json!(id))];
    Ok(fields.into_iter().map(|(field, value)| (field.to_owned(), value)).collect())
}

fn media_word(kind: MediaKind) -> Option<&'static str> {
    match kind {
        MediaKind::Image => Some("image"),
        MediaKind::Video => Some("video"),
        MediaKind::Audio => Some("audio"),
        MediaKind::Document => Some("document"),
        MediaKind::Sticker => Some("sticker"),
        MediaKind::Unknown => None,
    }
}

fn business(account: &ProviderAccount) -> Result<&str, SendProblem> {
    account.business_id.as_deref().ok_or(SendProblem::NotSupported)
}
