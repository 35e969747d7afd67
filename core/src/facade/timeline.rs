//! How a conversation's rows are made: messages and holes of the store, echoes of the outbox, and
//! what the rules say of each.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::inbox_list::sooner;
use super::names::Names;
use super::overlay::is_on_its_way;
use super::{
    AuthorLabel, BubbleFill, CommentRow, CostTag, EventRow, GapRow, MessageAction, MessageRow, QuotedMessage,
    ReactionMark, SendProgress, Side, TimelineRow,
};
use crate::model::{
    Author, ChannelCapabilities, ChannelKind, ChargeState, ClientKey, Command, Content, DecisionReason, LedgerEntry,
    Media, Message, MessageId, OutboxEntry, OutboxState, Outgoing, Template, TemplateId,
};
use crate::rules::delivery::{DeliveryState, KnownFact, shown, state_of_message};
use crate::rules::failure::{Offer, Retry};
use crate::rules::sending::actions::actions;
use crate::rules::time::plus_ms;
use crate::rules::{labels, template};
use crate::store::{Hole, StoredMessage};

/// What rows are made of.
pub(super) struct Material<'a> {
    pub(super) names: Names<'a>,
    /// The customer's name.
    pub(super) customer: &'a str,
    pub(super) kind: ChannelKind,
    pub(super) capabilities: &'a ChannelCapabilities,
    pub(super) messages: &'a [StoredMessage],
    pub(super) holes: &'a [Hole],
    /// Messages outside the stretch that are quoted in it.
    pub(super) quoted: &'a [Message],
    /// This conversation's waiting commands, in the order of composing.
    pub(super) entries: &'a [OutboxEntry],
    /// Keys of waiting commands whose message is held, shown or not.
    pub(super) held_keys: &'a [ClientKey],
    /// The stretch reaches the newest message: echoes follow.
    pub(super) at_the_end: bool,
    pub(super) ledger: &'a [LedgerEntry],
    pub(super) templates: &'a HashMap<TemplateId, Template>,
    pub(super) online: bool,
    pub(super) now: DateTime<Utc>,
}

/// The rows, oldest first, and when they change by themselves.
pub(super) fn rows(material: &Material<'_>) -> (Vec<TimelineRow>, Option<DateTime<Utc>>) {
    let mut rows = Vec::new();
    let mut valid_until = None;
    let mut holes = material.holes.iter().peekable();
    let mut unbroken: Vec<&StoredMessage> = Vec::new();
    for stored in material.messages {
        while let Some(hole) = holes.next_if(|hole| hole.before.is_some_and(|before| before <= stored.message.id)) {
            rows.extend(material.in_order(std::mem::take(&mut unbroken), &mut valid_until));
            rows.push(gap(hole));
        }
        unbroken.push(stored);
    }
    rows.extend(material.in_order(unbroken, &mut valid_until));
    rows.extend(holes.map(gap));
    if material.at_the_end {
        let echoes = material.entries.iter().filter(|entry| !material.held_keys.contains(&entry.key));
        rows.extend(echoes.filter_map(|entry| material.echo(entry)));
    }
    (rows, valid_until)
}

fn gap(hole: &Hole) -> TimelineRow {
    let row_key = format!("gap-{}", hole.before.map_or(0, |id| id.0));
    TimelineRow::Gap(GapRow { row_key, after: hole.after, before: hole.before })
}

impl Material<'_> {
    /// The rows of messages without a gap between them, by the provider's time: one that arrived late
    /// stands where it was written. Gaps go by id (core/PROTOCOL.md 3.2), so it opens none.
    fn in_order(&self, mut unbroken: Vec<&StoredMessage>, valid_until: &mut Option<DateTime<Utc>>) -> Vec<TimelineRow> {
        unbroken.sort_by_key(|stored| (stored.message.at, stored.message.id));
        unbroken.into_iter().filter_map(|stored| self.row(stored, valid_until)).collect()
    }

    fn row(&self, stored: &StoredMessage, valid_until: &mut Option<DateTime<Utc>>) -> Option<TimelineRow> {
        let message = &stored.message;
        let row_key = message.client_key.map_or_else(|| message.id.to_string(), |key| key.to_string());
        match &message.content {
            // It stands on the message it belongs to.
            Content::Reaction { to: Some(to), .. } if self.shows(*to) => None,
            Content::Comment { body, mentions } => Some(TimelineRow::Comment(CommentRow {
                row_key,
                message_id: Some(message.id),
                client_key: message.client_key,
                author: self.names.who(&message.author, self.customer),
                at: message.at,
                body: body.clone(),
                mentions: mentions.iter().filter_map(|id| self.names.agent(*id)).collect(),
                progress: None,
                note: None,
                actions: Vec::new(),
            })),
            Content::System { .. } | Content::RequestWelcome => {
                let phrase = labels::content(&message.content)?;
                Some(TimelineRow::Event(EventRow { row_key, at: message.at, phrase }))
            }
            Content::Text { .. }
            | Content::Media(_)
            | Content::Location { .. }
            | Content::Contacts { .. }
            | Content::Reaction { .. }
            | Content::Template { .. }
            | Content::Answer { .. }
            | Content::Order { .. }
            | Content::Call { .. }
            | Content::Unsupported
            | Content::Unknown => Some(TimelineRow::Message(self.bubble(row_key, stored, valid_until))),
        }
    }

    fn bubble(&self, row_key: String, stored: &StoredMessage, valid_until: &mut Option<DateTime<Utc>>) -> MessageRow {
        let message = &stored.message;
        let mut bubble = MessageRow {
            row_key,
            message_id: Some(message.id),
            client_key: message.client_key,
            side: if message.author.is_ours() { Side::Ours } else { Side::Customer },
            author: self.names.who(&message.author, self.customer),
            channel: self.kind,
            at: message.at,
            content: message.content.clone(),
            text: message.content.text().to_owned(),
            content_phrase: labels::content(&message.content),
            quoted: message.reply_to.map(|id| self.quoted(id)),
            reactions: self.reactions(message.id),
            edited: message.edited_at.is_some(),
            deleted: message.deleted_at.is_some(),
            fill: BubbleFill::White,
            tick: false,
            note: None,
            progress: None,
            actions: Vec::new(),
            cost: self.cost(message.id),
        };
        if message.deleted_at.is_some() {
            bubble.content_phrase = Some(labels::deleted(&message.author));
        }
        if bubble.side == Side::Ours {
            self.delivery(&mut bubble, stored, valid_until);
        }
        // A command that still waits says more than the reports do.
        if let Some(entry) = self.entry_about(message) {
            bubble.progress = Some(progress_of(&entry.state));
            bubble.note = Some(labels::outbox(&entry.state, self.online));
            bubble.actions = actions(entry);
            bubble.client_key = Some(entry.key);
        }
        bubble
    }

    fn delivery(&self, bubble: &mut MessageRow, stored: &StoredMessage, valid_until: &mut Option<DateTime<Utc>>) {
        let known: Vec<KnownFact> = stored
            .known
            .iter()
            .map(|known| KnownFact { fact: known.fact.clone(), first_known_at: known.first_known_at })
            .collect();
        let shown = shown(stored.message.attempt, &known, self.kind, self.capabilities, self.now);
        sooner(valid_until, shown.valid_until);
        bubble.fill = shown.bubble;
        bubble.tick = shown.tick;
        bubble.note = shown.note;
        let ours = matches!(stored.message.author, Author::Agent { .. });
        // What did not go out from this inbox is only said to be anywhere once it was reported.
        bubble.progress = (ours || !known.is_empty()).then_some(match shown.state {
            DeliveryState::Unreported if self.capabilities.delivery_reports => SendProgress::Sending,
            DeliveryState::Unreported | DeliveryState::Sent => SendProgress::Sent,
            DeliveryState::Failed => SendProgress::Failed,
            DeliveryState::Delivered => SendProgress::Delivered,
            DeliveryState::Read => SendProgress::Read,
            DeliveryState::Played => SendProgress::Played,
        });
        let Some(failure) = shown.failure else { return };
        let failed_at = known.iter().filter(|known| known.fact.error.is_some()).map(|known| known.fact.at).max();
        let may_retry = match failure.retry {
            Retry::Never => false,
            Retry::Now => true,
            Retry::After { ms } => {
                let from = plus_ms(failed_at.unwrap_or(bubble.at), ms);
                sooner(valid_until, (from > self.now).then_some(from));
                from <= self.now
            }
        };
        // Only what this inbox sent can be tried again from here.
        if may_retry && ours {
            bubble.actions.push(MessageAction::Retry);
        }
        match failure.offer {
            Some(Offer::Restart) => bubble.actions.extend([MessageAction::Restart, MessageAction::Edit]),
            Some(Offer::Edit) => bubble.actions.push(MessageAction::Edit),
            Some(Offer::OtherTemplate) => bubble.actions.push(MessageAction::Restart),
            Some(Offer::WaitForCustomer | Offer::OtherWay | Offer::TellAdministrator | Offer::Unblock) | None => {}
        }
    }

    /// The command that waits about a held message: one nobody knows the fate of, or a retry.
    fn entry_about(&self, message: &Message) -> Option<&OutboxEntry> {
        self.entries.iter().find(|entry| match &entry.command {
            Command::RetryMessage { message_id, .. } => *message_id == message.id,
            Command::SendMessage { .. } => {
                let ambiguous =
                    matches!(entry.state, OutboxState::NeedsDecision { reason: DecisionReason::Ambiguous, .. });
                ambiguous && message.client_key == Some(entry.key)
            }
            Command::AddComment { .. }
            | Command::Assign { .. }
            | Command::SetOpen { .. }
            | Command::MarkRead { .. }
            | Command::SetStatus { .. }
            | Command::CreateTemplate { .. }
            | Command::RefreshTemplates { .. } => false,
        })
    }

    /// What the agent gave and the server's row does not show yet.
    fn echo(&self, entry: &OutboxEntry) -> Option<TimelineRow> {
        let note = Some(labels::outbox(&entry.state, self.online));
        let progress = Some(progress_of(&entry.state));
        let actions = actions(entry);
        match &entry.command {
            Command::SendMessage { content: Outgoing::Reaction { to, .. }, .. }
                if self.shows(*to) && is_on_its_way(&entry.state) =>
            {
                None
            }
            Command::SendMessage { content, reply_to, .. } => {
                let content = self.content(content);
                Some(TimelineRow::Message(MessageRow {
                    row_key: entry.key.to_string(),
                    message_id: None,
                    client_key: Some(entry.key),
                    side: Side::Ours,
                    author: AuthorLabel::You,
                    channel: self.kind,
                    at: entry.created_at,
                    content_phrase: labels::content(&content),
                    text: content.text().to_owned(),
                    content,
                    quoted: reply_to.map(|id| self.quoted(id)),
                    reactions: Vec::new(),
                    edited: false,
                    deleted: false,
                    fill: BubbleFill::Grey,
                    tick: false,
                    note,
                    progress,
                    actions,
                    cost: None,
                }))
            }
            Command::AddComment { body, mentions, .. } => Some(TimelineRow::Comment(CommentRow {
                row_key: entry.key.to_string(),
                message_id: None,
                client_key: Some(entry.key),
                author: AuthorLabel::You,
                at: entry.created_at,
                body: body.clone(),
                mentions: mentions.iter().filter_map(|id| self.names.agent(*id)).collect(),
                progress,
                note,
                actions,
            })),
            Command::RetryMessage { .. }
            | Command::Assign { .. }
            | Command::SetOpen { .. }
            | Command::MarkRead { .. }
            | Command::SetStatus { .. }
            | Command::CreateTemplate { .. }
            | Command::RefreshTemplates { .. } => None,
        }
    }

    fn content(&self, outgoing: &Outgoing) -> Content {
        match outgoing {
            Outgoing::Text { body } => Content::Text { body: body.clone() },
            Outgoing::Media { kind, mime, size_bytes, name, caption, voice, .. } => Content::Media(Media {
                kind: *kind,
                media_id: None,
                mime: mime.clone(),
                size_bytes: Some(*size_bytes),
                name: name.clone(),
                caption: caption.clone(),
                voice: *voice,
            }),
            Outgoing::Template { template_id, values } => {
                let template = self.templates.get(template_id);
                let filled = template.and_then(|template| template::fill(template, values).ok());
                Content::Template {
                    template_id: *template_id,
                    name: template.map(|template| template.name.clone()).unwrap_or_default(),
                    text: filled.map(|filled| filled.text).unwrap_or_default(),
                    values: values.clone(),
                }
            }
            Outgoing::Reaction { to, emoji } => Content::Reaction { to: Some(*to), emoji: emoji.clone() },
        }
    }

    fn shows(&self, id: MessageId) -> bool {
        self.messages.iter().any(|stored| stored.message.id == id)
    }

    fn quoted(&self, id: MessageId) -> QuotedMessage {
        let held = self.messages.iter().map(|stored| &stored.message).chain(self.quoted).find(|held| held.id == id);
        match held {
            Some(message) => QuotedMessage {
                message_id: id,
                author: Some(self.names.who(&message.author, self.customer)),
                phrase: labels::content(&message.content),
                text: message.content.text().to_owned(),
            },
            None => QuotedMessage { message_id: id, author: None, phrase: None, text: String::new() },
        }
    }

    /// The newest emoji of each author; what waits to be sent counts as put.
    fn reactions(&self, id: MessageId) -> Vec<ReactionMark> {
        let mut marks: Vec<(Author, Option<&String>)> = Vec::new();
        let mut put = |author: Author, emoji| {
            marks.retain(|(by, _)| *by != author);
            marks.push((author, emoji));
        };
        // Of several by one person the latest counts, whatever the order of arrival.
        let is_given = |stored: &&StoredMessage| matches!(stored.message.content, Content::Reaction { to: Some(to), .. } if to == id);
        let mut given: Vec<&StoredMessage> = self.messages.iter().filter(is_given).collect();
        given.sort_by_key(|stored| (stored.message.at, stored.message.id));
        for stored in given {
            if let Content::Reaction { emoji, .. } = &stored.message.content
                && state_of_message(&stored.message) != DeliveryState::Failed
            {
                put(stored.message.author, emoji.as_ref());
            }
        }
        for entry in self.entries.iter().filter(|entry| is_on_its_way(&entry.state)) {
            if let Command::SendMessage { content: Outgoing::Reaction { to, emoji }, .. } = &entry.command
                && *to == id
            {
                put(Author::Agent { id: self.names.me }, emoji.as_ref());
            }
        }
        let named = marks.into_iter().filter_map(|(author, emoji)| Some((author, emoji?)));
        named
            .map(|(author, emoji)| ReactionMark {
                emoji: emoji.clone(),
                author: self.names.who(&author, self.customer),
            })
            .collect()
    }

    /// What was charged for a message; a charge that was taken back is none.
    fn cost(&self, id: MessageId) -> Option<CostTag> {
        let entry = self.ledger.iter().rev().find(|entry| entry.message_id == id)?;
        if entry.state == ChargeState::Void {
            return None;
        }
        Some(CostTag { price: entry.price, state: entry.state, phrase: labels::charge_price(entry) })
    }
}

pub(super) fn progress_of(state: &OutboxState) -> SendProgress {
    match state {
        OutboxState::Queued { .. } => SendProgress::Queued,
        OutboxState::Uploading => SendProgress::Uploading,
        OutboxState::InFlight | OutboxState::Accepted => SendProgress::Sending,
        OutboxState::Unknown => SendProgress::Unknown,
        OutboxState::NeedsDecision { reason, .. } => SendProgress::NeedsDecision { reason: *reason },
        OutboxState::Failed { code, .. } => SendProgress::Refused { code: code.clone() },
    }
}
