//! What is on a phone's screens right now.

use riposte::facade::{Around, AssigneeFilter, InboxQuery};
use serde_json::{Value, json};

use super::PhoneError;
use super::here::{Here, WHOLE};
use crate::line::{Screen, Whose};
use crate::picture::connection;

impl Here {
    pub(super) async fn read(&mut self, screen: Screen) -> Result<Value, PhoneError> {
        let account = self.account()?.clone();
        let pen = self.pen();
        Ok(match screen {
            Screen::Inbox { whose, channel, open, unread, unanswered, closing_soon } => {
                let query = InboxQuery {
                    assignee: match whose {
                        Whose::All => AssigneeFilter::All,
                        Whose::Mine => AssigneeFilter::Mine,
                        Whose::Unassigned => AssigneeFilter::Unassigned,
                        Whose::Group(name) => AssigneeFilter::AgentGroup { id: self.group_id(&name).await? },
                    },
                    channel,
                    open: Some(open),
                    unread_only: unread,
                    unanswered_only: unanswered,
                    closing_soon,
                    before: None,
                    limit: WHOLE,
                };
                let page = account.inbox().page(query).await?;
                json!({ "cards": pen.cards(&page), "notice": pen.maybe_phrase(page.notice.as_ref()) })
            }
            Screen::Counts => {
                let counts = account.inbox().counts().await?;
                json!({ "mine": counts.mine, "unassigned": counts.unassigned, "all": counts.all,
                        "unread": counts.unread })
            }
            Screen::Conversation { conversation } => {
                let handle = self.conversation(&conversation).await?;
                pen.conversation(&handle.screen(Around::Newest, WHOLE).await?)
            }
            Screen::Outbox => pen.outbox(&account.outbox().waiting().await?),
            Screen::Templates { page, conversation } => {
                let conversation = match conversation {
                    Some(talk) => Some(self.conversation_id(&talk).await?),
                    None => None,
                };
                json!({ "list": pen.templates(&self.templates(&page).await?.list(conversation).await?) })
            }
            Screen::Usage { year, month } => pen.usage(&account.usage().month(year, month).await?),
            Screen::Search { text } => json!({ "finds": pen.hits(&account.inbox().search(text).await?) }),
            Screen::SavedReplies => pen.saved_replies(&account.inbox().saved_replies().await?),
            Screen::Channels => pen.channels(&account.inbox().channels().await?),
            Screen::Agents => {
                let groups = account.inbox().groups().await?;
                let groups: Vec<_> = groups.into_iter().map(|group| (group.id, group.name)).collect();
                pen.agents(&account.inbox().agents().await?, &groups)
            }
            Screen::Connection => json!(connection(account.connection())),
        })
    }
}
