//! What an agent does on a phone: each deed of a story is one call of the facade, two at most.

use std::sync::Arc;

use riposte::facade::{
    Around, CommandOutcome, ConversationHandle, Decision, Draft, Error, NewTemplate, SavedDraft, TimelineRow,
    WaitingCommand,
};
use riposte::model::{Assignee, ClientKey, MessageId, Phrase, TemplateValue};
use serde_json::Value;

use super::{Phone, PhoneError, missing};
use crate::story::{AppMove, AssignTo, FilePart, How, PhoneDeed, PhoneDetails};

/// As many messages as any story has.
const WHOLE: u32 = 500;

impl Phone {
    /// Does what the story says, network and clock apart: those are the world's. Gives what the
    /// agent was told, when the story says that it must be refused.
    pub async fn perform(&mut self, deed: &PhoneDeed, with: &PhoneDetails) -> Result<Option<Phrase>, PhoneError> {
        let done = self.perform_deed(deed, with).await;
        match (&with.refused, done) {
            (None, done) => done.map(|()| None),
            (Some(code), Ok(())) => Err(missing(format!("it went through, and {code} was expected"))),
            (Some(code), Err(PhoneError::Core(Error::Refused { code: said, phrase, .. }))) if said == *code => {
                Ok(Some(phrase))
            }
            (Some(_), Err(other)) => Err(other),
        }
    }

    async fn perform_deed(&mut self, deed: &PhoneDeed, with: &PhoneDetails) -> Result<(), PhoneError> {
        match deed {
            PhoneDeed::SignsIn(_) => self.sign_in().await,
            PhoneDeed::Opens(customer) => self.open(customer, with.on.as_deref()).await,
            PhoneDeed::Leaves(_) => self.leave().await,
            PhoneDeed::Types(text) => {
                let draft = SavedDraft { text: text.clone(), reply_to: None };
                Ok(self.conversation(with).await?.save_draft(draft).await?)
            }
            PhoneDeed::Replies(text) => self.reply(text, with).await,
            PhoneDeed::RepliesWith(saved) => self.reply_with(saved, with).await,
            PhoneDeed::SendsFile(file) => self.send_file(file, with).await,
            PhoneDeed::Reacts(emoji) => self.react(emoji, with).await,
            PhoneDeed::Comments(text) => self.comment(text, with).await,
            PhoneDeed::RestartsWith(template) => self.restart_with(template, with).await,
            PhoneDeed::Assigns(to) => {
                let to = self.assignee(to).await?;
                self.conversation(with).await?.assign(to).await.map(forget).map_err(Into::into)
            }
            PhoneDeed::Closes(_) => {
                self.conversation(with).await?.set_open(false).await.map(forget).map_err(Into::into)
            }
            PhoneDeed::Reopens(_) => {
                self.conversation(with).await?.set_open(true).await.map(forget).map_err(Into::into)
            }
            PhoneDeed::Scrolls(_) => {
                self.conversation(with).await?.load_older().await?;
                Ok(())
            }
            PhoneDeed::App(AppMove::Paused) => {
                self.account()?.pause().await?;
                self.paused = true;
                Ok(())
            }
            PhoneDeed::App(AppMove::Resumed) => {
                self.paused = false;
                Ok(self.account()?.resume().await?)
            }
            PhoneDeed::App(AppMove::Restarted) => self.restart().await,
            PhoneDeed::Status(status) => Ok(self.account()?.set_status(*status).await?),
            PhoneDeed::Decides(text) => self.decide(text, with).await,
            PhoneDeed::Retries(text) => self.retry(text, with).await,
            PhoneDeed::Cancels(text) => {
                let key = self.waiting(text).await?.key;
                self.account()?.outbox().cancel(key).await?;
                Ok(())
            }
            PhoneDeed::CreatesTemplate(new) => self.create_template(new, with).await,
            PhoneDeed::RefreshesTemplates(channel) => Ok(self.templates(channel).await?.refresh().await?),
            PhoneDeed::Network(_) => Err(missing("the network is the world's to change")),
        }
    }

    pub(super) async fn conversation(&mut self, with: &PhoneDetails) -> Result<Arc<ConversationHandle>, PhoneError> {
        let place = self.place(with.to.as_deref(), with.on.as_deref())?;
        let id = self.conversation_id(&place).await?;
        Ok(self.account()?.conversation(id))
    }

    async fn open(&mut self, customer: &str, channel: Option<&str>) -> Result<(), PhoneError> {
        if self.on_screen.is_some() {
            self.leave().await?;
        }
        let place = self.place(Some(customer), channel)?;
        let id = self.conversation_id(&place).await?;
        self.account()?.conversation(id).enter().await?;
        self.on_screen = Some(place);
        Ok(())
    }

    async fn leave(&mut self) -> Result<(), PhoneError> {
        let handle = self.conversation(&PhoneDetails::default()).await?;
        self.on_screen = None;
        Ok(handle.leave().await?)
    }

    async fn reply(&mut self, text: &str, with: &PhoneDetails) -> Result<(), PhoneError> {
        let reply_to = match &with.quotes {
            Some(quoted) => Some(self.message(quoted, with).await?),
            None => None,
        };
        let draft = Draft::Text { body: text.to_owned(), reply_to };
        self.conversation(with).await?.send(draft, None).await.map(forget).map_err(Into::into)
    }

    async fn reply_with(&mut self, saved: &str, with: &PhoneDetails) -> Result<(), PhoneError> {
        let title = self.cast.saved_replies.get(saved).map(|reply| reply.title.clone());
        let title = title.ok_or_else(|| missing(format!("no saved reply {saved:?}")))?;
        let replies = self.account()?.inbox().saved_replies().await?;
        let id = replies.iter().find(|reply| reply.title == title).map(|reply| reply.id);
        let id = id.ok_or_else(|| missing(format!("{saved:?} is not on this phone")))?;
        let handle = self.conversation(with).await?;
        let body = handle.saved_reply(id).await?;
        handle.send(Draft::Text { body, reply_to: None }, None).await.map(forget).map_err(Into::into)
    }

    async fn send_file(&mut self, file: &FilePart, with: &PhoneDetails) -> Result<(), PhoneError> {
        let path = self.folder.path().join("chosen");
        std::fs::write(&path, vec![b'.'; file.bytes]).map_err(|error| missing(format!("the file: {error}")))?;
        let draft = Draft::Media {
            path: path.to_string_lossy().into_owned(),
            mime: file.mime.clone(),
            name: file.name.clone(),
            caption: file.caption.clone(),
            voice: file.voice,
            reply_to: None,
        };
        let sent = self.conversation(with).await?.send(draft, None).await;
        // It was copied in: the app may throw its own away at once.
        std::fs::remove_file(&path).map_err(|error| missing(format!("the file: {error}")))?;
        sent.map(forget).map_err(Into::into)
    }

    async fn react(&mut self, emoji: &str, with: &PhoneDetails) -> Result<(), PhoneError> {
        let to = with.quotes.clone().ok_or_else(|| missing("a reaction needs the text it `quotes`"))?;
        let message = self.message(&to, with).await?;
        let emoji = (!emoji.is_empty()).then(|| emoji.to_owned());
        self.conversation(with).await?.react(message, emoji).await.map(forget).map_err(Into::into)
    }

    async fn comment(&mut self, text: &str, with: &PhoneDetails) -> Result<(), PhoneError> {
        let mut mentions = Vec::new();
        for agent in &with.mentions {
            mentions.push(self.agent_id(agent).await?);
        }
        self.conversation(with).await?.comment(text.to_owned(), mentions).await.map(forget).map_err(Into::into)
    }

    async fn restart_with(&mut self, template: &str, with: &PhoneDetails) -> Result<(), PhoneError> {
        let part = self.cast.templates.get(template);
        let (name, channel) = match part {
            Some(part) => (part.name.clone(), part.channel.clone()),
            // One that the story itself created goes by its name.
            None => (template.to_owned(), "whatsapp".to_owned()),
        };
        let choices = self.templates(&channel).await?.list(None).await?;
        let template_id = choices.iter().find(|choice| choice.template.name == name).map(|choice| choice.template.id);
        let template_id = template_id.ok_or_else(|| missing(format!("{template:?} is not offered")))?;
        let values = with.values.iter().map(|(name, value)| TemplateValue { name: name.clone(), value: value.clone() });
        let draft = Draft::Template { template_id, values: values.collect() };
        self.conversation(with).await?.send(draft, None).await.map(forget).map_err(Into::into)
    }

    async fn assignee(&self, to: &AssignTo) -> Result<Assignee, PhoneError> {
        Ok(match to {
            AssignTo::Agent(agent) => Assignee::Agent(self.agent_id(agent).await?),
            AssignTo::Group { group } => {
                let name = self.cast.groups.get(group).map(|part| &part.name);
                let groups = self.account()?.inbox().groups().await?;
                let found = groups.iter().find(|known| Some(&known.name) == name);
                Assignee::Group(found.ok_or_else(|| missing(format!("no group {group:?} on this phone")))?.id)
            }
            AssignTo::Nobody(()) => Assignee::None,
        })
    }

    async fn agent_id(&self, agent: &str) -> Result<riposte::model::AgentId, PhoneError> {
        let name = self.cast.agents.get(agent).map(|part| &part.name);
        let agents = self.account()?.inbox().agents().await?;
        let found = agents.iter().find(|known| Some(&known.name) == name);
        Ok(found.ok_or_else(|| missing(format!("no agent {agent:?} on this phone")))?.id)
    }

    /// The newest message with this text.
    async fn message(&mut self, text: &str, with: &PhoneDetails) -> Result<MessageId, PhoneError> {
        let screen = self.conversation(with).await?.screen(Around::Newest, WHOLE).await?;
        let found = screen.rows.iter().rev().find_map(|row| match row {
            TimelineRow::Message(bubble) if bubble.content.text() == text => bubble.message_id,
            TimelineRow::Message(_) | TimelineRow::Comment(_) | TimelineRow::Event(_) | TimelineRow::Gap(_) => None,
        });
        found.ok_or_else(|| missing(format!("no message {text:?} on this phone")))
    }

    async fn waiting(&self, text: &str) -> Result<WaitingCommand, PhoneError> {
        let waiting = self.account()?.outbox().waiting().await?;
        let found = waiting.into_iter().find(|command| command.text == text);
        found.ok_or_else(|| missing(format!("nothing in the outbox says {text:?}")))
    }

    async fn decide(&mut self, text: &str, with: &PhoneDetails) -> Result<(), PhoneError> {
        let waiting = self.waiting(text).await?;
        let decision = match with.how {
            Some(How::SendNow) => Decision::Send,
            Some(How::Edit) => Decision::Edit,
            Some(How::Discard) => Decision::Discard,
            None => return Err(missing("a decision needs `how`")),
        };
        let decided = self.account()?.outbox().decide(waiting.key, decision).await?;
        // Edit gives the words back for the composer, as the app would put them there.
        if let (CommandOutcome::Withdrawn { text }, Decision::Edit, Some(id)) =
            (decided, decision, waiting.conversation_id)
        {
            self.account()?.conversation(id).save_draft(SavedDraft { text, reply_to: None }).await?;
        }
        Ok(())
    }

    /// What was refused by the server waits in the outbox; what the provider reported as failed is
    /// a message of the conversation.
    async fn retry(&mut self, text: &str, with: &PhoneDetails) -> Result<(), PhoneError> {
        if let Ok(waiting) = self.waiting(text).await {
            self.account()?.outbox().retry(waiting.key).await?;
            return Ok(());
        }
        let message = self.message(text, with).await?;
        self.conversation(with).await?.retry(message).await.map(forget).map_err(Into::into)
    }

    async fn create_template(&mut self, new: &Value, with: &PhoneDetails) -> Result<(), PhoneError> {
        let part: crate::story::NewTemplatePart =
            serde_json::from_value(new.clone()).map_err(|error| missing(format!("creates_template: {error}")))?;
        let channel = with.on.clone().unwrap_or_else(|| "whatsapp".to_owned());
        let new = NewTemplate {
            name: part.name,
            language: part.language,
            category: part.category,
            components: part.components,
            samples: part.samples.into_iter().map(|(name, value)| TemplateValue { name, value }).collect(),
        };
        self.templates(&channel).await?.create(new).await.map(forget).map_err(Into::into)
    }

    pub(super) async fn templates(&self, channel: &str) -> Result<Arc<riposte::facade::Templates>, PhoneError> {
        let name = self.cast.channels.get(channel).map(|part| &part.name);
        let channels = self.account()?.inbox().channels().await?;
        let found = channels.iter().find(|known| Some(&known.name) == name);
        let id = found.ok_or_else(|| missing(format!("no channel {channel:?} on this phone")))?.id;
        Ok(self.account()?.templates(id))
    }
}

/// A story follows a message by its text, not by its key.
fn forget(_: ClientKey) {}
