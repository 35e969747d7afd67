//! What a story writes in keys of the cast, as an ask in the names that a phone shows.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{Phone, PhoneError, missing};
use crate::line::{Ask, Device, Screen, Talk, Whose};
use crate::story::time::Calendar;
use crate::story::{AssignTo, FilePart, NewTemplatePart, PhoneDeed, PhoneDetails};
use crate::wording::{Spoken, Wording};

/// What an expectation about the inbox asks for, besides the cards.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct InboxQuestion {
    whose: Option<WhoseQuestion>,
    channel: Option<riposte::model::ChannelKind>,
    open: Option<bool>,
    unread: bool,
    unanswered: bool,
    closing_soon: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum WhoseQuestion {
    Word(WhoseWord),
    Group { group: String },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WhoseWord {
    All,
    Mine,
    Unassigned,
}

impl<D: Device> Phone<D> {
    /// Reads one screen, in the words that an expectation of this name compares, with the phrases on it.
    ///
    /// `question` is the expectation itself: some screens depend on what is chosen on them.
    pub async fn screen(
        &mut self,
        name: &str,
        question: &Value,
        calendar: Calendar,
    ) -> Result<(Value, Vec<Spoken>), PhoneError> {
        let screen = self.screen_of(name, question, calendar)?;
        let picture = self.device.ask(Ask::Read(screen)).await?;
        let cast = self.cast.clone();
        let wording = Wording::new(&cast, calendar, &self.agent, self.now());
        let mut shown = wording.picture(&picture).map_err(missing)?;
        // A bare list is what the inbox shows, without what is chosen on it.
        if name == "inbox" && question.is_array() {
            shown = shown.get("cards").cloned().unwrap_or_default();
        }
        Ok((shown, wording.met()))
    }

    fn screen_of(&self, name: &str, question: &Value, calendar: Calendar) -> Result<Screen, PhoneError> {
        let asked = |word: &str| question.get(word).and_then(Value::as_str);
        Ok(match name {
            "inbox" => self.inbox_of(question)?,
            "counts" => Screen::Counts,
            "conversation" => {
                Screen::Conversation { conversation: self.talk(&self.place(asked("with"), asked("on"))?)? }
            }
            "outbox" => Screen::Outbox,
            "templates" => {
                let on = asked("on").unwrap_or("whatsapp");
                let conversation = match asked("for") {
                    Some(customer) => Some(self.talk(&self.place(Some(customer), Some(on))?)?),
                    None => None,
                };
                Screen::Templates { page: self.page(on)?, conversation }
            }
            "usage" => {
                let (year, month) = calendar.month(self.now());
                Screen::Usage { year, month }
            }
            "search" => Screen::Search { text: asked("for").unwrap_or_default().to_owned() },
            "saved_replies" => Screen::SavedReplies,
            "channels" => Screen::Channels,
            "agents" => Screen::Agents,
            "connection" => Screen::Connection,
            _ => return Err(missing(format!("no screen is called {name:?}"))),
        })
    }

    fn inbox_of(&self, question: &Value) -> Result<Screen, PhoneError> {
        let asked: InboxQuestion = match question {
            Value::Object(fields) => {
                let mut fields = fields.clone();
                fields.remove("cards");
                fields.remove("notice");
                serde_json::from_value(Value::Object(fields)).map_err(|error| missing(format!("inbox: {error}")))?
            }
            _ => InboxQuestion::default(),
        };
        Ok(Screen::Inbox {
            whose: match asked.whose {
                None | Some(WhoseQuestion::Word(WhoseWord::All)) => Whose::All,
                Some(WhoseQuestion::Word(WhoseWord::Mine)) => Whose::Mine,
                Some(WhoseQuestion::Word(WhoseWord::Unassigned)) => Whose::Unassigned,
                Some(WhoseQuestion::Group { group }) => Whose::Group(self.group_name(&group)?),
            },
            channel: asked.channel,
            open: asked.open.unwrap_or(true),
            unread: asked.unread,
            unanswered: asked.unanswered,
            closing_soon: asked.closing_soon,
        })
    }

    /// The one ask that a deed is.
    pub(super) fn ask_of(&self, deed: &PhoneDeed, with: &PhoneDetails) -> Result<Ask, PhoneError> {
        let here = || self.here(with);
        Ok(match deed {
            PhoneDeed::Types(text) => Ask::Draft { conversation: here()?, text: text.clone() },
            PhoneDeed::Replies(text) => {
                Ask::Send { conversation: here()?, text: text.clone(), quotes: with.quotes.clone() }
            }
            PhoneDeed::RepliesWith(saved) => {
                let reply = self.cast.saved_replies.get(saved);
                let title = reply.ok_or_else(|| missing(format!("no saved reply {saved:?}")))?.title.clone();
                Ask::SendSavedReply { conversation: here()?, title }
            }
            PhoneDeed::Reacts(emoji) => {
                let message = with.quotes.clone().ok_or_else(|| missing("a reaction needs the text it `quotes`"))?;
                Ask::React { conversation: here()?, message, emoji: emoji.clone() }
            }
            PhoneDeed::Comments(text) => {
                let mentions = with.mentions.iter().map(|agent| self.agent_name(agent)).collect::<Result<_, _>>()?;
                Ask::Comment { conversation: here()?, text: text.clone(), mentions }
            }
            PhoneDeed::RestartsWith(template) => {
                let (template, channel) = match self.cast.templates.get(template) {
                    Some(part) => (part.name.clone(), part.channel.as_str()),
                    // One that the story itself created goes by its name.
                    None => (template.clone(), "whatsapp"),
                };
                let page = self.page(channel)?;
                Ask::SendTemplate { conversation: here()?, page, template, values: with.values.clone() }
            }
            PhoneDeed::Assigns(to) => {
                let (agent, group) = match to {
                    AssignTo::Agent(agent) => (Some(self.agent_name(agent)?), None),
                    AssignTo::Group { group } => (None, Some(self.group_name(group)?)),
                    AssignTo::Nobody(()) => (None, None),
                };
                Ask::Assign { conversation: here()?, agent, group }
            }
            PhoneDeed::Closes(_) => Ask::SetOpen { conversation: here()?, open: false },
            PhoneDeed::Reopens(_) => Ask::SetOpen { conversation: here()?, open: true },
            PhoneDeed::Scrolls(_) => Ask::LoadOlder { conversation: here()? },
            PhoneDeed::Status(status) => Ask::SetStatus { status: *status },
            PhoneDeed::Decides(text) => {
                let how = with.how.ok_or_else(|| missing("a decision needs `how`"))?;
                Ask::Decide { text: text.clone(), how }
            }
            PhoneDeed::Retries(text) => Ask::Retry { text: text.clone(), conversation: here().ok() },
            PhoneDeed::Cancels(text) => Ask::Cancel { text: text.clone() },
            PhoneDeed::CreatesTemplate(new) => {
                let template: NewTemplatePart = serde_json::from_value(new.clone())
                    .map_err(|error| missing(format!("creates_template: {error}")))?;
                Ask::CreateTemplate { page: self.page(with.on.as_deref().unwrap_or("whatsapp"))?, template }
            }
            PhoneDeed::RefreshesTemplates(channel) => Ask::RefreshTemplates { page: self.page(channel)? },
            PhoneDeed::SignsIn(_)
            | PhoneDeed::Opens(_)
            | PhoneDeed::Leaves(_)
            | PhoneDeed::SendsFile(_)
            | PhoneDeed::App(_)
            | PhoneDeed::Network(_) => return Err(missing("the network is the world's to change")),
        })
    }

    pub(super) fn file(&self, file: &FilePart, path: &Path, with: &PhoneDetails) -> Result<Ask, PhoneError> {
        Ok(Ask::SendFile {
            conversation: self.here(with)?,
            path: path.to_string_lossy().into_owned(),
            mime: file.mime.clone(),
            name: file.name.clone(),
            caption: file.caption.clone(),
            voice: file.voice,
        })
    }

    fn here(&self, with: &PhoneDetails) -> Result<Talk, PhoneError> {
        self.talk(&self.place(with.to.as_deref(), with.on.as_deref())?)
    }

    fn agent_name(&self, agent: &str) -> Result<String, PhoneError> {
        let known = self.cast.agents.get(agent).ok_or_else(|| missing(format!("no agent {agent:?}")))?;
        Ok(known.name.clone())
    }

    fn group_name(&self, group: &str) -> Result<String, PhoneError> {
        let known = self.cast.groups.get(group).ok_or_else(|| missing(format!("no group {group:?}")))?;
        Ok(known.name.clone())
    }
}
