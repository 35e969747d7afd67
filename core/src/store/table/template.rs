//! `template`: WhatsApp templates of every connected number.

use rusqlite::{Connection, Row, named_params};

use super::Newer;
use crate::model::{ChannelId, Seq, Template, TemplateId};
use crate::store::StoreError;
use crate::store::column::{all, first, from_json, from_word, json, run, word};

const BY_ID: &str = "
    SELECT id, channel_id, name, language, category, source, status, reason, components
    FROM template WHERE id = :id";

const OF_CHANNEL: &str = "
    SELECT id, channel_id, name, language, category, source, status, reason, components
    FROM template WHERE channel_id = :channel_id ORDER BY name, language, id";

const PUT: &str = "
    INSERT INTO template (id, seq, channel_id, name, language, category, source, status, reason, components)
    VALUES (:id, :seq, :channel_id, :name, :language, :category, :source, :status, :reason, :components)
    ON CONFLICT (id) DO UPDATE SET
        seq = excluded.seq, channel_id = excluded.channel_id, name = excluded.name, language = excluded.language,
        category = excluded.category, source = excluded.source, status = excluded.status, reason = excluded.reason,
        components = excluded.components
    WHERE excluded.seq + :or_equal > template.seq";

const DELETE: &str = "DELETE FROM template WHERE id = :id AND seq < :seq";

pub(in crate::store) fn put(db: &Connection, row: &Template, seq: Seq, newer: Newer) -> Result<bool, StoreError> {
    let changed = run(
        db,
        PUT,
        named_params! {
            ":id": row.id.0,
            ":seq": seq.0,
            ":channel_id": row.channel_id.0,
            ":name": row.name,
            ":language": row.language,
            ":category": word(&row.category)?,
            ":source": word(&row.source)?,
            ":status": word(&row.status)?,
            ":reason": row.reason,
            ":components": json(&row.components)?,
            ":or_equal": newer.or_equal(),
        },
    )?;
    Ok(changed > 0)
}

pub(in crate::store) fn get(db: &Connection, id: TemplateId) -> Result<Option<Template>, StoreError> {
    first(db, BY_ID, named_params! { ":id": id.0 }, read)
}

pub(in crate::store) fn of_channel(db: &Connection, channel: ChannelId) -> Result<Vec<Template>, StoreError> {
    all(db, OF_CHANNEL, named_params! { ":channel_id": channel.0 }, read)
}

fn read(row: &Row<'_>) -> Result<Template, StoreError> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(|_| StoreError::Corrupt);
    Ok(Template {
        id: TemplateId(row.get(0)?),
        channel_id: ChannelId(row.get(1)?),
        name: row.get(2)?,
        language: row.get(3)?,
        category: from_word(text(4)?)?,
        source: from_word(text(5)?)?,
        status: from_word(text(6)?)?,
        reason: row.get(7)?,
        components: from_json(text(8)?)?,
    })
}

pub(in crate::store) fn delete(db: &Connection, id: i64, seq: Seq) -> Result<bool, StoreError> {
    Ok(run(db, DELETE, named_params! { ":id": id, ":seq": seq.0 })? > 0)
}
