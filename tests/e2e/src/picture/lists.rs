use riposte::facade::{
    ChannelLine, InboxPage, InboxRow, SearchHit, TemplateChoice, UsageMonth, WaitingCommand, WindowBadge,
};
use riposte::model::{Agent, AgentGroupId, SavedReply};
use serde_json::{Value, json};

use super::{Pen, at, channel_word, group, maybe_at, money, person, span, wire_word, words};

impl Pen {
    /// The cards of the inbox, from the top.
    pub fn cards(self, page: &InboxPage) -> Value {
        Value::Array(page.rows.iter().map(|row| self.card(row)).collect())
    }

    fn card(self, row: &InboxRow) -> Value {
        let (window, left) = match row.window {
            None => (Value::Null, Value::Null),
            Some(WindowBadge::Closed) => (json!("closed"), Value::Null),
            Some(WindowBadge::Open { remaining_ms, urgent }) => {
                (json!(if urgent { "closing" } else { "open" }), span(remaining_ms))
            }
        };
        let preview = row.preview.as_ref();
        json!({
            "customer": person(&row.title),
            "name": row.title,
            "channel": row.channel.as_ref().map_or(Value::Null, |channel| channel_word(channel.kind)),
            "page": row.channel.as_ref().map(|channel| &channel.account_name),
            "preview": preview.map(|line| &line.text),
            "preview_kind": self.maybe_phrase(preview.and_then(|line| line.phrase.as_ref())),
            "from": preview.map_or(Value::Null, |line| self.who(&line.author)),
            "at": at(row.at),
            "dot": words::dot(row.dot),
            "unread": row.unread,
            "waiting_since": maybe_at(row.waiting_since),
            "open": row.open,
            "window": window,
            "left": left,
            "assignee": row.assignee.as_deref().map(person),
            "group": row.group.as_deref().map_or(Value::Null, group),
        })
    }

    /// What waits on the phone, oldest first.
    pub fn outbox(self, waiting: &[WaitingCommand]) -> Value {
        let line = |command: &WaitingCommand| {
            json!({
                "to": command.conversation_title.as_deref().map(person),
                "what": command.kind,
                "text": command.text,
                "at": at(command.at),
                "state": words::progress(&command.progress),
                "reason": words::reason(&command.progress),
                "note": self.maybe_phrase(command.note.as_ref()),
                "actions": words::actions(&command.actions),
            })
        };
        Value::Array(waiting.iter().map(line).collect())
    }

    /// The templates to choose from.
    pub fn templates(self, choices: &[TemplateChoice]) -> Value {
        let line = |choice: &TemplateChoice| {
            json!({
                "name": choice.template.name,
                "status": wire_word(&choice.template.status),
                "usable": choice.usable,
                "why": self.maybe_phrase(choice.why_not.as_ref()),
                "text": choice.text,
                "variables": choice.variables,
                "price": choice.price.as_ref().map_or(Value::Null, |price| self.price(price)),
            })
        };
        Value::Array(choices.iter().map(line).collect())
    }

    /// A month of charges.
    pub fn usage(self, month: &UsageMonth) -> Value {
        json!({
            "month": format!("{:04}-{:02}", month.year, month.month),
            "lines": month.lines.iter().map(|line| json!({
                "country": line.country,
                "market": line.market,
                "channel": line.channel_kind.map_or(Value::Null, channel_word),
                "page": line.channel_name,
                "kind": wire_word(&line.kind),
                "charges": line.charges,
                "from_allowance": line.from_allowance,
                "not_priced": line.not_priced,
                "amounts": line.amounts.iter().map(money).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "totals": month.totals.iter().map(money).collect::<Vec<_>>(),
            "allowances": month.allowances.iter().map(|allowance| json!({
                "kind": wire_word(&allowance.kind), "total": allowance.total, "left": allowance.left,
            })).collect::<Vec<_>>(),
            "estimate": month.estimate,
            "differences": month.differences.len(),
            "notice": self.maybe_phrase(month.notice.as_ref()),
        })
    }

    /// What a search found.
    pub fn hits(self, hits: &[SearchHit]) -> Value {
        let line = |hit: &SearchHit| json!({ "customer": person(&hit.title), "text": hit.text });
        Value::Array(hits.iter().map(line).collect())
    }

    /// The saved replies.
    pub fn saved_replies(self, replies: &[SavedReply]) -> Value {
        Value::Array(replies.iter().map(|reply| json!({ "title": reply.title, "text": reply.text })).collect())
    }

    /// The agents.
    pub fn agents(self, agents: &[Agent], groups: &[(AgentGroupId, String)]) -> Value {
        let names = |ids: &[AgentGroupId]| {
            let name = |id: &AgentGroupId| groups.iter().find(|(known, _)| known == id).map(|(_, name)| name);
            ids.iter().filter_map(name).map(|name| group(name)).collect::<Vec<_>>()
        };
        let line = |agent: &Agent| {
            json!({
                "who": person(&agent.name),
                "status": wire_word(&agent.status),
                "administrator": agent.administrator,
                "groups": names(&agent.groups),
            })
        };
        Value::Array(agents.iter().map(line).collect())
    }

    /// The connected numbers and pages.
    pub fn channels(self, channels: &[ChannelLine]) -> Value {
        let line = |channel: &ChannelLine| {
            json!({
                "channel": channel_word(channel.kind),
                "page": channel.name,
                "state": wire_word(&channel.state),
                "notice": self.phrase(&channel.phrase),
                "templates": channel.templates,
            })
        };
        Value::Array(channels.iter().map(line).collect())
    }
}
