//! `tariff` and `allowance`: what messages cost, and those that need no money.

use rusqlite::{Connection, named_params};

use super::Newer;
use crate::model::{Allowance, AllowanceId, ChannelId, Seq, Tariff, TariffId};
use crate::store::StoreError;
use crate::store::column::{all, first, from_json, from_word, json, maybe_instant, maybe_ms, run, word};

const TARIFF: &str = "SELECT id, name, versions FROM tariff WHERE id = :id";

const PUT_TARIFF: &str = "
    INSERT INTO tariff (id, seq, name, versions) VALUES (:id, :seq, :name, :versions)
    ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, name = excluded.name, versions = excluded.versions
    WHERE excluded.seq + :or_equal > tariff.seq";

const DELETE_TARIFF: &str = "DELETE FROM tariff WHERE id = :id AND seq < :seq";

const ALLOWANCES: &str = "SELECT id, kind, total, units_left, until, from_at, channel_id FROM allowance ORDER BY id";

const PUT_ALLOWANCE: &str = "
    INSERT INTO allowance (id, seq, kind, total, units_left, until, from_at, channel_id)
    VALUES (:id, :seq, :kind, :total, :units_left, :until, :from_at, :channel_id)
    ON CONFLICT (id) DO UPDATE SET
        seq = excluded.seq, kind = excluded.kind, total = excluded.total, units_left = excluded.units_left,
        until = excluded.until, from_at = excluded.from_at, channel_id = excluded.channel_id
    WHERE excluded.seq + :or_equal > allowance.seq";

const DELETE_ALLOWANCE: &str = "DELETE FROM allowance WHERE id = :id AND seq < :seq";

pub(in crate::store) fn tariff(db: &Connection, id: TariffId) -> Result<Option<Tariff>, StoreError> {
    first(db, TARIFF, named_params! { ":id": id.0 }, |row| {
        Ok(Tariff {
            id: TariffId(row.get(0)?),
            name: row.get(1)?,
            versions: from_json(row.get_ref(2)?.as_str().map_err(|_| StoreError::Corrupt)?)?,
        })
    })
}

pub(in crate::store) fn put_tariff(db: &Connection, row: &Tariff, seq: Seq, newer: Newer) -> Result<bool, StoreError> {
    let versions = json(&row.versions)?;
    let params = named_params! {
        ":id": row.id.0, ":seq": seq.0, ":name": row.name, ":versions": versions, ":or_equal": newer.or_equal(),
    };
    Ok(run(db, PUT_TARIFF, params)? > 0)
}

pub(in crate::store) fn delete_tariff(db: &Connection, id: i64, seq: Seq) -> Result<bool, StoreError> {
    Ok(run(db, DELETE_TARIFF, named_params! { ":id": id, ":seq": seq.0 })? > 0)
}

pub(in crate::store) fn allowances(db: &Connection) -> Result<Vec<Allowance>, StoreError> {
    all(db, ALLOWANCES, [], |row| {
        Ok(Allowance {
            id: AllowanceId(row.get(0)?),
            kind: from_word(row.get_ref(1)?.as_str().map_err(|_| StoreError::Corrupt)?)?,
            total: row.get(2)?,
            left: row.get(3)?,
            until: maybe_instant(row.get(4)?)?,
            from: maybe_instant(row.get(5)?)?,
            channel_id: row.get::<_, Option<i64>>(6)?.map(ChannelId),
        })
    })
}

pub(in crate::store) fn put_allowance(
    db: &Connection,
    row: &Allowance,
    seq: Seq,
    newer: Newer,
) -> Result<bool, StoreError> {
    let changed = run(
        db,
        PUT_ALLOWANCE,
        named_params! {
            ":id": row.id.0,
            ":seq": seq.0,
            ":kind": word(&row.kind)?,
            ":total": row.total,
            ":units_left": row.left,
            ":until": maybe_ms(row.until),
            ":from_at": maybe_ms(row.from),
            ":channel_id": row.channel_id.map(|id| id.0),
            ":or_equal": newer.or_equal(),
        },
    )?;
    Ok(changed > 0)
}

pub(in crate::store) fn delete_allowance(db: &Connection, id: i64, seq: Seq) -> Result<bool, StoreError> {
    Ok(run(db, DELETE_ALLOWANCE, named_params! { ":id": id, ":seq": seq.0 })? > 0)
}
