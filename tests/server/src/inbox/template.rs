//! Templates as the provider has them. Only those made here may be sent from here.

use riposte::model::{ChannelId, ChannelKind, Row, RowKind, Template, TemplateComponent, TemplateId, TemplateSource};
use rusqlite::{Connection, OptionalExtension, params};

use super::receive::NOT_ITS_OWN;
use super::{Outcome, channel};
use crate::channels::event::{TemplateChange, TemplateNews};
use crate::channels::provider::ProviderTemplate;
use crate::db::DbError;
use crate::feed::{Writer, row};

/// The template of a name and language on a channel account.
pub(crate) fn find(
    db: &Connection,
    channel: ChannelId,
    name: &str,
    language: &str,
) -> Result<Option<TemplateId>, DbError> {
    const SQL: &str = "SELECT template_id FROM template_link WHERE channel_id = ?1 AND name = ?2 AND language = ?3";
    let found = db.query_row(SQL, params![channel.0, name, language], |row| Ok(TemplateId(row.get(0)?)));
    Ok(found.optional()?)
}

/// The template of a channel account that was learnt of last.
pub(crate) fn newest(db: &Connection, channel: ChannelId) -> Result<Option<TemplateId>, DbError> {
    const SQL: &str = "SELECT max(template_id) FROM template_link WHERE channel_id = ?1";
    Ok(db.query_row(SQL, [channel.0], |row| Ok(row.get::<_, Option<i64>>(0)?.map(TemplateId)))?)
}

/// Writes a template as the provider has it now.
pub(crate) fn put(w: &mut Writer<'_>, channel: ChannelId, listed: &ProviderTemplate) -> Result<TemplateId, DbError> {
    const LINK: &str = "INSERT INTO template_link (template_id, channel_id, name, language, provider_id)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (template_id) DO UPDATE SET provider_id = excluded.provider_id";
    let found = find(w.tx, channel, &listed.name, &listed.language)?;
    let id = match found {
        Some(id) => id,
        None => TemplateId(w.next_id("template")?),
    };
    w.tx.execute(LINK, params![id.0, channel.0, listed.name, listed.language, listed.provider_id])?;
    let template = Template {
        id,
        channel_id: channel,
        name: listed.name.clone(),
        language: listed.language.clone(),
        category: listed.category,
        source: source(w.tx, channel, &listed.name, &listed.language)?,
        status: listed.status,
        reason: listed.reason.clone(),
        components: listed.components.clone(),
    };
    if row::<Template>(w.tx, RowKind::Template, id.0)?.as_ref() != Some(&template) {
        w.put(&Row::Template(template))?;
    }
    Ok(id)
}

fn source(db: &Connection, channel: ChannelId, name: &str, language: &str) -> Result<TemplateSource, DbError> {
    const SQL: &str =
        "SELECT EXISTS (SELECT 1 FROM template_made_here WHERE channel_id = ?1 AND name = ?2 AND language = ?3)";
    let here: bool = db.query_row(SQL, params![channel.0, name, language], |row| row.get(0))?;
    Ok(if here { TemplateSource::Conversations } else { TemplateSource::Automation })
}

/// The provider's whole list: what is not on it is gone, unless it was made while the list was
/// on its way (it is newer than `newest`).
pub(crate) fn put_all(
    w: &mut Writer<'_>,
    channel: ChannelId,
    newest: Option<TemplateId>,
    listed: &[ProviderTemplate],
) -> Result<Vec<TemplateId>, DbError> {
    const ALL: &str =
        "SELECT template_id FROM template_link WHERE channel_id = ?1 AND template_id <= ?2 ORDER BY template_id";
    // Where it was made goes with the template, or a later one of the same name would inherit it;
    // it stays only while it is unknown whether a template is being made.
    const ORIGINS: &str = "DELETE FROM template_made_here AS m WHERE m.channel_id = ?1
         AND NOT EXISTS (SELECT 1 FROM template_link l
                         WHERE l.channel_id = m.channel_id AND l.name = m.name AND l.language = m.language)
         AND NOT EXISTS (SELECT 1 FROM command c
                         WHERE c.agent_id = m.agent_id AND c.key = m.key AND c.state IN ('pending', 'ambiguous'))";
    let mut kept = Vec::new();
    for template in listed {
        kept.push(put(w, channel, template)?);
    }
    let held: Vec<i64> = {
        let mut statement = w.tx.prepare_cached(ALL)?;
        let found = statement.query_map([channel.0, newest.map_or(0, |newest| newest.0)], |row| row.get(0))?;
        found.collect::<Result<_, _>>()?
    };
    for id in held.into_iter().filter(|id| !kept.contains(&TemplateId(*id))) {
        w.tx.execute("DELETE FROM template_link WHERE template_id = ?1", [id])?;
        w.gone(RowKind::Template, id)?;
    }
    w.tx.execute(ORIGINS, [channel.0])?;
    Ok(kept)
}

/// Something became of a template of a business account, which may have several numbers.
pub(super) fn take_news(
    w: &mut Writer<'_>,
    kind: ChannelKind,
    business: &str,
    news: &TemplateNews,
    signers: Option<&[ChannelId]>,
) -> Result<Outcome, DbError> {
    let channels = channel::of_business(w.tx, kind, business)?;
    if channels.is_empty() {
        return Ok(Outcome::Aside("it belongs to no connected account"));
    }
    // One secret proves what the business account says; its other numbers share the template.
    if signers.is_some_and(|signers| !channels.iter().any(|channel| signers.contains(channel))) {
        return Ok(Outcome::Aside(NOT_ITS_OWN));
    }
    let mut outcome = Outcome::Skipped;
    for channel in channels {
        let found = match by_provider_id(w.tx, channel, &news.provider_id)? {
            Some(id) => Some(id),
            None => find(w.tx, channel, &news.name, &news.language)?,
        };
        let Some(id) = found else { continue };
        let Some(held) = row::<Template>(w.tx, RowKind::Template, id.0)? else { continue };
        if !is_newest(w, id, &news.change, news.at.map_or(w.now, |at| at.min(w.now)))? {
            continue;
        }
        let changed = changed(held.clone(), &news.change);
        if changed != held {
            w.put(&Row::Template(changed))?;
            outcome = Outcome::Stored;
        }
    }
    Ok(outcome)
}

/// The template that the provider has under an id.
fn by_provider_id(db: &Connection, channel: ChannelId, provider_id: &str) -> Result<Option<TemplateId>, DbError> {
    const SQL: &str = "SELECT template_id FROM template_link WHERE channel_id = ?1 AND provider_id = ?2";
    let found = db.prepare_cached(SQL)?.query_row(params![channel.0, provider_id], |row| Ok(TemplateId(row.get(0)?)));
    Ok(found.optional()?)
}

/// Whether no later news about the same part of the template came before. Notes it.
fn is_newest(
    w: &Writer<'_>,
    id: TemplateId,
    change: &TemplateChange,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<bool, DbError> {
    let sql = match change {
        TemplateChange::Status { .. } => {
            "UPDATE template_link SET status_at = ?2 WHERE template_id = ?1 AND status_at <= ?2"
        }
        TemplateChange::Category(_) => {
            "UPDATE template_link SET category_at = ?2 WHERE template_id = ?1 AND category_at <= ?2"
        }
        TemplateChange::Components(_) => {
            "UPDATE template_link SET components_at = ?2 WHERE template_id = ?1 AND components_at <= ?2"
        }
    };
    Ok(w.tx.prepare_cached(sql)?.execute(params![id.0, at.timestamp_millis()])? > 0)
}

fn changed(held: Template, change: &TemplateChange) -> Template {
    match change.clone() {
        TemplateChange::Status { status, reason } => Template { status, reason, ..held },
        TemplateChange::Category(category) => Template { category, ..held },
        TemplateChange::Components(mut components) => {
            // The news has no words for a file above the body: it is where it was.
            let is_file = |part: &TemplateComponent| matches!(part, TemplateComponent::HeaderMedia { .. });
            if let Some(file) = held.components.iter().find(|part| is_file(part)) {
                components.insert(0, file.clone());
            }
            Template { components, ..held }
        }
    }
}
