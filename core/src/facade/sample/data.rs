//! What is in the sample: `core/data/sample.json`, in one language and at one time.
//!
//! The rows are those of the wire. Besides, `{"en": .., "fr": ..}` stands for the text of the
//! language asked for, and `{"ago_min": n}` for the instant n minutes before now (after it, where n
//! is negative), and `{"rule_of": "page_tariff"}` for the rule of the page's tariff, so that its hours
//! stand in one file.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::backend::Presence;
use crate::facade::Error;
use crate::model::{Agent, ClientKey, Command, ConversationId, Message, OutboxState, Preview, Row, RowKind};
use crate::rules::tariff::page_rule;
use crate::store::Draft;
use crate::texts::Language;

const SAMPLE: &str = include_str!("../../../data/sample.json");

/// What is in the sample.
pub(super) struct Data {
    /// The company.
    pub(super) company: String,
    /// Who is signed in.
    pub(super) me: Agent,
    /// What the server has.
    pub(super) rows: Vec<Row>,
    /// Rows that have just come.
    pub(super) news: Vec<Row>,
    /// The outbox, in the order of composing.
    pub(super) waiting: Vec<(ClientKey, DateTime<Utc>, Command, OutboxState)>,
    pub(super) drafts: Vec<(ConversationId, Draft)>,
    /// Colleagues at work.
    pub(super) presence: Vec<Presence>,
}

impl Data {
    pub(super) fn read(language: Language, now: DateTime<Utc>) -> Result<Self, Error> {
        // The file is part of the build; a test reads it.
        Self::try_read(language, now).map_err(|error| Error::Bug { detail: format!("the sample: {error}") })
    }

    fn try_read(language: Language, now: DateTime<Utc>) -> Result<Self, serde_json::Error> {
        let mut all: Value = serde_json::from_str(SAMPLE)?;
        let page_rule = serde_json::to_value(page_rule()?)?;
        fill_in(&mut all, language, now, &page_rule);
        let (mut rows, news) = (rows(part(&all, "rows"))?, rows(part(&all, "news"))?);
        show_newest(&mut rows, &news);
        let me = rows.iter().find_map(|row| match row {
            Row::Agent(agent) => Some(agent.clone()),
            _ => None,
        });
        Ok(Self {
            company: text(part(&all, "company")),
            me: me.ok_or_else(|| serde::de::Error::custom("nobody is signed in"))?,
            rows,
            news,
            waiting: each(part(&all, "waiting"), |one| {
                Ok((
                    typed(part(one, "key"))?,
                    instant(part(one, "created_at")),
                    typed(part(one, "command"))?,
                    typed(part(one, "state"))?,
                ))
            })?,
            drafts: each(part(&all, "drafts"), |one| {
                let draft = Draft { text: text(part(one, "text")), reply_to: None, changed_at: now };
                Ok((typed(part(one, "conversation_id"))?, draft))
            })?,
            presence: each(part(&all, "presence"), typed)?,
        })
    }
}

/// Puts texts, instants and the page's rule where their stand-ins are.
fn fill_in(value: &mut Value, language: Language, now: DateTime<Utc>, page_rule: &Value) {
    let word = match language {
        Language::French => "fr",
        Language::English => "en",
    };
    match value {
        Value::Object(fields) => {
            if let Some(minutes) = fields.get("ago_min").and_then(Value::as_i64) {
                *value = (now - TimeDelta::minutes(minutes)).timestamp_millis().into();
            } else if let Some(text) = fields.get_mut(word).filter(|text| text.is_string()) {
                *value = text.take();
            } else if fields.get("rule_of").is_some_and(|tariff| tariff == "page_tariff") {
                *value = page_rule.clone();
            } else {
                fields.values_mut().for_each(|field| fill_in(field, language, now, page_rule));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill_in(item, language, now, page_rule)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Rows, grouped by their kind.
fn rows(groups: &Value) -> Result<Vec<Row>, serde_json::Error> {
    let mut rows = Vec::new();
    for (kind, group) in groups.as_object().into_iter().flatten() {
        let kind: RowKind = typed(&Value::String(kind.clone()))?;
        rows.extend(each(group, |row| Row::from_json(kind, &serde_json::value::to_raw_value(row)?))?);
    }
    Ok(rows)
}

fn each<T>(list: &Value, read: impl Fn(&Value) -> Result<T, serde_json::Error>) -> Result<Vec<T>, serde_json::Error> {
    list.as_array().into_iter().flatten().map(read).collect()
}

/// By way of its text, as the wire and the store read it: the code for that is there already.
fn typed<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, serde_json::Error> {
    serde_json::from_str(&value.to_string())
}

/// The line under each name: the newest message.
fn show_newest(rows: &mut [Row], news: &[Row]) {
    let messages: Vec<Message> = rows
        .iter()
        .chain(news)
        .filter_map(|row| match row {
            Row::Message(message) if !message.is_comment() => Some(message.clone()),
            _ => None,
        })
        .collect();
    for row in rows {
        if let Row::Conversation(row) = row {
            let newest =
                messages.iter().filter(|message| message.conversation_id == row.id).max_by_key(|message| message.id);
            row.preview = newest.map(preview);
        }
    }
}

/// The line of the list that shows a message.
pub(super) fn preview(message: &Message) -> Preview {
    Preview {
        message_id: message.id,
        author: message.author,
        at: message.at,
        kind: message.content.kind().to_owned(),
        text: message.content.text().to_owned(),
    }
}

/// What is missing reads as nothing.
fn part<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn instant(value: &Value) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(value.as_i64().unwrap_or_default()).unwrap_or_default()
}
