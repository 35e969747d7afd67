//! What is on a phone's screens right now.

use riposte::facade::{Around, AssigneeFilter, InboxQuery};
use riposte::model::{ChannelKind, Phrase};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Phone, PhoneError, missing};
use crate::picture::{Pen, connection};
use crate::story::PhoneDetails;
use crate::story::time::Calendar;

/// As many rows as any story looks at.
const WHOLE: u32 = 500;

/// What an expectation about the inbox asks for, besides the cards.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct InboxQuestion {
    whose: Option<WhoseQuestion>,
    channel: Option<ChannelKind>,
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

impl Phone {
    /// Writes down one screen, as an expectation of this name would compare it, and gives the
    /// phrases on it.
    ///
    /// `question` is the expectation itself: some screens are asked with what they are to show.
    pub async fn screen(
        &mut self,
        name: &str,
        question: &Value,
        calendar: Calendar,
    ) -> Result<(Value, Vec<(Value, Phrase)>), PhoneError> {
        let cast = self.cast.clone();
        let me = self.agent.clone();
        let pen = Pen::new(&cast, calendar, &me);
        let screen = self.draw(name, question, &pen).await?;
        Ok((screen, pen.phrases()))
    }

    async fn draw(&mut self, name: &str, question: &Value, pen: &Pen<'_>) -> Result<Value, PhoneError> {
        let asked = |word: &str| question.get(word).and_then(Value::as_str).map(str::to_owned);
        let account = self.account()?.clone();
        match name {
            "inbox" => self.inbox(question, pen).await,
            "counts" => {
                let counts = account.inbox().counts().await?;
                Ok(json!({ "mine": counts.mine, "unassigned": counts.unassigned, "all": counts.all,
                           "unread": counts.unread }))
            }
            "conversation" => {
                let with = PhoneDetails { to: asked("with"), on: asked("on"), ..PhoneDetails::default() };
                let handle = self.conversation(&with).await?;
                Ok(pen.conversation(&handle.screen(Around::Newest, WHOLE).await?))
            }
            "outbox" => Ok(pen.outbox(&account.outbox().waiting().await?)),
            "templates" => {
                let on = asked("on").unwrap_or_else(|| "whatsapp".to_owned());
                let conversation = match asked("for") {
                    Some(customer) => {
                        let place = self.place(Some(&customer), Some(&on))?;
                        Some(self.conversation_id(&place).await?)
                    }
                    None => None,
                };
                Ok(json!({ "list": pen.templates(&self.templates(&on).await?.list(conversation).await?) }))
            }
            "usage" => {
                let (year, month) = pen.calendar.month(self.now());
                Ok(pen.usage(&account.usage().month(year, month).await?))
            }
            "search" => {
                let hits = account.inbox().search(asked("for").unwrap_or_default()).await?;
                Ok(json!({ "finds": pen.hits(&hits) }))
            }
            "saved_replies" => Ok(pen.saved_replies(&account.inbox().saved_replies().await?)),
            "channels" => Ok(pen.channels(&account.inbox().channels().await?)),
            "agents" => {
                let groups = account.inbox().groups().await?;
                let groups: Vec<_> = groups.into_iter().map(|group| (group.id, group.name)).collect();
                Ok(pen.agents(&account.inbox().agents().await?, &groups))
            }
            "connection" => Ok(json!(connection(account.connection()))),
            _ => Err(missing(format!("no screen is called {name:?}"))),
        }
    }

    async fn inbox(&self, question: &Value, pen: &Pen<'_>) -> Result<Value, PhoneError> {
        let asked = match question {
            Value::Object(fields) => {
                let mut fields = fields.clone();
                fields.remove("cards");
                fields.remove("notice");
                serde_json::from_value(Value::Object(fields)).map_err(|error| missing(format!("inbox: {error}")))?
            }
            _ => InboxQuestion::default(),
        };
        let assignee = match asked.whose {
            None | Some(WhoseQuestion::Word(WhoseWord::All)) => AssigneeFilter::All,
            Some(WhoseQuestion::Word(WhoseWord::Mine)) => AssigneeFilter::Mine,
            Some(WhoseQuestion::Word(WhoseWord::Unassigned)) => AssigneeFilter::Unassigned,
            Some(WhoseQuestion::Group { group }) => {
                let name = self.cast.groups.get(&group).map(|part| &part.name);
                let groups = self.account()?.inbox().groups().await?;
                let found = groups.iter().find(|known| Some(&known.name) == name);
                AssigneeFilter::AgentGroup { id: found.ok_or_else(|| missing(format!("no group {group:?} here")))?.id }
            }
        };
        let query = InboxQuery {
            assignee,
            channel: asked.channel,
            open: Some(asked.open.unwrap_or(true)),
            unread_only: asked.unread,
            unanswered_only: asked.unanswered,
            closing_soon: asked.closing_soon,
            before: None,
            limit: WHOLE,
        };
        let page = self.account()?.inbox().page(query).await?;
        if question.is_array() {
            return Ok(pen.cards(&page));
        }
        Ok(json!({ "cards": pen.cards(&page), "notice": pen.maybe_phrase(page.notice.as_ref()) }))
    }
}
