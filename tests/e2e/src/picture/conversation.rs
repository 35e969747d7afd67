use riposte::facade::{CommentRow, Composer, ConversationScreen, MessageRow, PriceTag, Side, TimelineRow};
use riposte::model::Content;
use serde_json::{Value, json};

use super::{Pen, at, channel_word, group, maybe_at, person, span, words};

impl Pen {
    /// The screen of a conversation.
    pub fn conversation(self, screen: &ConversationScreen) -> Value {
        let channel = screen.channel.as_ref();
        json!({
            "customer": person(&screen.title),
            "name": screen.title,
            "channel": channel.map_or(Value::Null, |channel| channel_word(channel.kind)),
            "page": channel.map(|channel| &channel.name),
            "channel_notice": self.maybe_phrase(channel.and_then(|channel| channel.notice.as_ref())),
            "open": screen.open,
            "assignee": screen.assignee.as_ref().map(|agent| person(&agent.name)),
            "group": screen.group.as_ref().map_or(Value::Null, |assigned| group(&assigned.name)),
            "dot": words::dot(screen.dot),
            "composer": self.composer(&screen.composer),
            "price": screen.reply_price.as_ref().map_or(Value::Null, |price| self.price(price)),
            "waits_for_answer": self.maybe_phrase(screen.waits_for_answer.as_ref()),
            "draft": screen.draft.as_ref().map(|draft| &draft.text),
            "colleagues": screen.colleagues.iter()
                .map(|colleague| json!({ "who": person(&colleague.name), "answering": colleague.answering }))
                .collect::<Vec<_>>(),
            "more_before": screen.more_before,
            "valid_until": maybe_at(screen.valid_until),
            "count": screen.rows.len(),
            "rows": screen.rows.iter().map(|row| self.row(row)).collect::<Vec<_>>(),
        })
    }

    fn composer(self, composer: &Composer) -> Value {
        match composer {
            Composer::Open { closes_at, remaining_ms, human_agent } => json!({
                "is": "open",
                "closes_at": maybe_at(*closes_at),
                "left": remaining_ms.map(span),
                "human_agent": human_agent,
            }),
            Composer::RestartOnly { since, why } => {
                json!({ "is": "restart_only", "since": maybe_at(*since), "why": self.phrase(why) })
            }
            Composer::Blocked { why } => json!({ "is": "blocked", "why": self.phrase(why) }),
        }
    }

    pub(super) fn price(self, price: &PriceTag) -> Value {
        self.phrase(&price.phrase)
    }

    /// One line of the conversation.
    pub fn row(self, row: &TimelineRow) -> Value {
        match row {
            TimelineRow::Message(bubble) => self.bubble(bubble),
            TimelineRow::Comment(comment) => self.comment(comment),
            TimelineRow::Event(event) => {
                json!({ "kind": "event", "at": at(event.at), "text": self.phrase(&event.phrase) })
            }
            TimelineRow::Gap(_) => json!({ "gap": true }),
        }
    }

    fn bubble(self, bubble: &MessageRow) -> Value {
        json!({
            "who": self.who(&bubble.author),
            "side": match bubble.side { Side::Customer => "customer", Side::Ours => "ours" },
            "channel": channel_word(bubble.channel),
            "at": at(bubble.at),
            "kind": bubble.content.kind(),
            "text": bubble.content.text(),
            "fill": words::fill(bubble.fill),
            "tick": bubble.tick,
            "note": self.maybe_phrase(bubble.note.as_ref()),
            "state": bubble.progress.as_ref().map(words::progress),
            "reason": bubble.progress.as_ref().map_or(Value::Null, words::reason),
            "actions": words::actions(&bubble.actions),
            "cost": bubble.cost.as_ref().map_or(Value::Null, |cost| self.phrase(&cost.phrase)),
            "quotes": bubble.quoted.as_ref().map(|quoted| &quoted.text),
            "reactions": bubble.reactions.iter().map(|mark| &mark.emoji).collect::<Vec<_>>(),
            "edited": bubble.edited,
            "deleted": bubble.deleted,
            "size_bytes": match &bubble.content {
                Content::Media(media) => json!(media.size_bytes),
                _ => Value::Null,
            },
        })
    }

    fn comment(self, comment: &CommentRow) -> Value {
        json!({
            "who": self.who(&comment.author),
            "at": at(comment.at),
            "kind": "comment",
            "text": comment.body,
            "mentions": comment.mentions.iter().map(|name| person(name)).collect::<Vec<_>>(),
            "state": comment.progress.as_ref().map(words::progress),
            "note": self.maybe_phrase(comment.note.as_ref()),
            "actions": words::actions(&comment.actions),
        })
    }
}
