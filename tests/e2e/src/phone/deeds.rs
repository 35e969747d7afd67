//! What an agent does on a phone: each ask is one call of the facade, two at most.

use std::sync::Arc;

use riposte::facade::{
    Around, CommandOutcome, ConversationHandle, Decision, Draft, NewTemplate, SavedDraft, TimelineRow, WaitingCommand,
};
use riposte::model::{AgentGroupId, AgentId, Assignee, ClientKey, MessageId, TemplateValue};

use super::here::{Here, WHOLE};
use super::{PhoneError, missing};
use crate::line::{Ask, Talk};
use crate::story::{How, NewTemplatePart};

impl Here {
    pub(super) async fn perform(&mut self, ask: Ask) -> Result<(), PhoneError> {
        match ask {
            Ask::NetworkAvailable => {
                self.account()?.network_available();
                Ok(())
            }
            Ask::Pause => Ok(self.account()?.pause().await?),
            Ask::Resume => Ok(self.account()?.resume().await?),
            Ask::SetStatus { status } => Ok(self.account()?.set_status(status).await?),
            Ask::Enter { conversation } => Ok(self.conversation(&conversation).await?.enter().await?),
            Ask::Leave { conversation } => Ok(self.conversation(&conversation).await?.leave().await?),
            Ask::Draft { conversation, text } => {
                let draft = SavedDraft { text, reply_to: None };
                Ok(self.conversation(&conversation).await?.save_draft(draft).await?)
            }
            Ask::Send { conversation, text, quotes } => {
                let reply_to = match quotes {
                    Some(quoted) => Some(self.message(&quoted, &conversation).await?),
                    None => None,
                };
                self.send(&conversation, Draft::Text { body: text, reply_to }).await
            }
            Ask::SendSavedReply { conversation, title } => {
                let replies = self.account()?.inbox().saved_replies().await?;
                let id = replies.iter().find(|reply| reply.title == title).map(|reply| reply.id);
                let id = id.ok_or_else(|| missing(format!("{title:?} is not on this phone")))?;
                let body = self.conversation(&conversation).await?.saved_reply(id).await?;
                self.send(&conversation, Draft::Text { body, reply_to: None }).await
            }
            Ask::SendFile { conversation, path, mime, name, caption, voice } => {
                self.send(&conversation, Draft::Media { path, mime, name, caption, voice, reply_to: None }).await
            }
            Ask::SendTemplate { conversation, page, template, values } => {
                let choices = self.templates(&page).await?.list(None).await?;
                let choice = choices.iter().find(|choice| choice.template.name == template);
                let template_id = choice.ok_or_else(|| missing(format!("{template:?} is not offered")))?.template.id;
                self.send(&conversation, Draft::Template { template_id, values: values_of(values) }).await
            }
            Ask::React { conversation, message, emoji } => {
                let message = self.message(&message, &conversation).await?;
                let emoji = (!emoji.is_empty()).then_some(emoji);
                Ok(self.conversation(&conversation).await?.react(message, emoji).await.map(forget)?)
            }
            Ask::Comment { conversation, text, mentions } => {
                let mut agents = Vec::new();
                for name in mentions {
                    agents.push(self.agent_id(&name).await?);
                }
                Ok(self.conversation(&conversation).await?.comment(text, agents).await.map(forget)?)
            }
            Ask::Assign { conversation, agent, group } => {
                let to = match (agent, group) {
                    (Some(agent), _) => Assignee::Agent(self.agent_id(&agent).await?),
                    (None, Some(group)) => Assignee::Group(self.group_id(&group).await?),
                    (None, None) => Assignee::None,
                };
                Ok(self.conversation(&conversation).await?.assign(to).await.map(forget)?)
            }
            Ask::SetOpen { conversation, open } => {
                Ok(self.conversation(&conversation).await?.set_open(open).await.map(forget)?)
            }
            Ask::LoadOlder { conversation } => {
                Ok(self.conversation(&conversation).await?.load_older().await.map(drop)?)
            }
            Ask::Decide { text, how } => self.decide(&text, how).await,
            Ask::Retry { text, conversation } => self.retry(&text, conversation).await,
            Ask::Cancel { text } => {
                let key = self.waiting(&text).await?.key;
                Ok(self.account()?.outbox().cancel(key).await.map(drop)?)
            }
            Ask::CreateTemplate { page, template } => self.create_template(&page, template).await,
            Ask::RefreshTemplates { page } => Ok(self.templates(&page).await?.refresh().await?),
            Ask::Open { .. }
            | Ask::SignIn { .. }
            | Ask::Close
            | Ask::Advance { .. }
            | Ask::Settled { .. }
            | Ask::Read(_) => Err(missing("that is not a deed")),
        }
    }

    pub(super) async fn conversation(&mut self, talk: &Talk) -> Result<Arc<ConversationHandle>, PhoneError> {
        let id = self.conversation_id(talk).await?;
        Ok(self.account()?.conversation(id))
    }

    async fn send(&mut self, talk: &Talk, draft: Draft) -> Result<(), PhoneError> {
        Ok(self.conversation(talk).await?.send(draft, None).await.map(forget)?)
    }

    async fn agent_id(&self, name: &str) -> Result<AgentId, PhoneError> {
        let agents = self.account()?.inbox().agents().await?;
        let found = agents.iter().find(|agent| agent.name == name);
        Ok(found.ok_or_else(|| missing(format!("no agent {name:?} on this phone")))?.id)
    }

    pub(super) async fn group_id(&self, name: &str) -> Result<AgentGroupId, PhoneError> {
        let groups = self.account()?.inbox().groups().await?;
        let found = groups.iter().find(|group| group.name == name);
        Ok(found.ok_or_else(|| missing(format!("no group {name:?} on this phone")))?.id)
    }

    /// The newest message with this text.
    async fn message(&mut self, text: &str, talk: &Talk) -> Result<MessageId, PhoneError> {
        let screen = self.conversation(talk).await?.screen(Around::Newest, WHOLE).await?;
        let found = screen.rows.iter().rev().find_map(|row| match row {
            TimelineRow::Message(bubble) if bubble.content.text() == text => bubble.message_id,
            TimelineRow::Message(_) | TimelineRow::Comment(_) | TimelineRow::Event(_) | TimelineRow::Gap(_) => None,
        });
        found.ok_or_else(|| missing(format!("no message {text:?} on this phone")))
    }

    async fn waiting(&self, text: &str) -> Result<WaitingCommand, PhoneError> {
        let waiting = self.account()?.outbox().waiting().await?;
        let found = waiting.into_iter().find(|command| command.text == text);
        found.ok_or_else(|| missing(format!("nothing in the outbox has the text {text:?}")))
    }

    async fn decide(&mut self, text: &str, how: How) -> Result<(), PhoneError> {
        let waiting = self.waiting(text).await?;
        let decision = match how {
            How::SendNow => Decision::Send,
            How::Edit => Decision::Edit,
            How::Discard => Decision::Discard,
        };
        let decided = self.account()?.outbox().decide(waiting.key, decision).await?;
        // Edit returns the text for the composer; the app puts it there.
        if let (CommandOutcome::Withdrawn { text }, Decision::Edit, Some(id)) =
            (decided, decision, waiting.conversation_id)
        {
            self.account()?.conversation(id).save_draft(SavedDraft { text, reply_to: None }).await?;
        }
        Ok(())
    }

    /// What the server refused waits in the outbox; what the provider reported as failed is a message of
    /// the conversation.
    async fn retry(&mut self, text: &str, talk: Option<Talk>) -> Result<(), PhoneError> {
        if let Ok(waiting) = self.waiting(text).await {
            return Ok(self.account()?.outbox().retry(waiting.key).await.map(drop)?);
        }
        let talk = talk.ok_or_else(|| missing("no conversation is on screen and none is named"))?;
        let message = self.message(text, &talk).await?;
        Ok(self.conversation(&talk).await?.retry(message).await.map(forget)?)
    }

    async fn create_template(&mut self, page: &str, new: NewTemplatePart) -> Result<(), PhoneError> {
        let new = NewTemplate {
            name: new.name,
            language: new.language,
            category: new.category,
            components: new.components,
            samples: values_of(new.samples),
        };
        Ok(self.templates(page).await?.create(new).await.map(forget)?)
    }

    pub(super) async fn templates(&self, page: &str) -> Result<Arc<riposte::facade::Templates>, PhoneError> {
        let channels = self.account()?.inbox().channels().await?;
        let found = channels.iter().find(|channel| channel.name == page);
        let id = found.ok_or_else(|| missing(format!("no page {page:?} on this phone")))?.id;
        Ok(self.account()?.templates(id))
    }
}

fn values_of(values: std::collections::BTreeMap<String, String>) -> Vec<TemplateValue> {
    values.into_iter().map(|(name, value)| TemplateValue { name, value }).collect()
}

/// A story follows a message by its text, not by its key.
fn forget(_: ClientKey) {}
