//! `channel`: the connected numbers and pages.

use rusqlite::{Connection, Row, named_params};

use super::Newer;
use crate::model::{ChannelAccount, ChannelId, Seq, TariffId};
use crate::store::StoreError;
use crate::store::column::{all, first, from_json, from_word, json, run, word};

const BY_ID: &str = "
    SELECT id, kind, name, address, state, policy, capabilities, tariff FROM channel WHERE id = :id";

const ALL: &str = "
    SELECT id, kind, name, address, state, policy, capabilities, tariff FROM channel ORDER BY name, id";

const PUT: &str = "
    INSERT INTO channel (id, seq, kind, name, address, state, policy, capabilities, tariff)
    VALUES (:id, :seq, :kind, :name, :address, :state, :policy, :capabilities, :tariff)
    ON CONFLICT (id) DO UPDATE SET
        seq = excluded.seq, kind = excluded.kind, name = excluded.name, address = excluded.address,
        state = excluded.state, policy = excluded.policy, capabilities = excluded.capabilities,
        tariff = excluded.tariff
    WHERE excluded.seq + :or_equal > channel.seq";

const DELETE: &str = "DELETE FROM channel WHERE id = :id AND seq < :seq";

pub(in crate::store) fn put(db: &Connection, row: &ChannelAccount, seq: Seq, newer: Newer) -> Result<bool, StoreError> {
    let changed = run(
        db,
        PUT,
        named_params! {
            ":id": row.id.0,
            ":seq": seq.0,
            ":kind": word(&row.kind)?,
            ":name": row.name,
            ":address": row.address,
            ":state": word(&row.state)?,
            ":policy": json(&row.window)?,
            ":capabilities": json(&row.capabilities)?,
            ":tariff": row.tariff.map(|id| id.0),
            ":or_equal": newer.or_equal(),
        },
    )?;
    Ok(changed > 0)
}

pub(in crate::store) fn get(db: &Connection, id: ChannelId) -> Result<Option<ChannelAccount>, StoreError> {
    first(db, BY_ID, named_params! { ":id": id.0 }, read)
}

pub(in crate::store) fn list(db: &Connection) -> Result<Vec<ChannelAccount>, StoreError> {
    all(db, ALL, [], read)
}

fn read(row: &Row<'_>) -> Result<ChannelAccount, StoreError> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(|_| StoreError::Corrupt);
    Ok(ChannelAccount {
        id: ChannelId(row.get(0)?),
        kind: from_word(text(1)?)?,
        name: row.get(2)?,
        address: row.get(3)?,
        state: from_word(text(4)?)?,
        notice: None,
        window: from_json(text(5)?)?,
        capabilities: from_json(text(6)?)?,
        tariff: row.get::<_, Option<i64>>(7)?.map(TariffId),
    })
}

pub(in crate::store) fn delete(db: &Connection, id: i64, seq: Seq) -> Result<bool, StoreError> {
    Ok(run(db, DELETE, named_params! { ":id": id, ":seq": seq.0 })? > 0)
}
