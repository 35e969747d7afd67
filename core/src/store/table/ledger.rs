//! `ledger`: charges as the server counted them.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, named_params};

use super::Newer;
use crate::model::{AllowanceId, ChannelId, ConversationId, Currency, LedgerEntry, LedgerId, MessageId, Money, Seq};
use crate::store::StoreError;
use crate::store::column::{all, from_word, instant, ms, run, word};

const BETWEEN: &str = "
    SELECT id, conversation_id, message_id, channel_id, at, kind, market, price_micros, price_currency, allowance_id,
           state, country
    FROM ledger WHERE at >= :from AND at < :to ORDER BY at, id";

const OF_CONVERSATION: &str = "
    SELECT id, conversation_id, message_id, channel_id, at, kind, market, price_micros, price_currency, allowance_id,
           state, country
    FROM ledger WHERE conversation_id = :conversation_id ORDER BY at, id";

const PUT: &str = "
    INSERT INTO ledger (id, seq, conversation_id, message_id, channel_id, at, kind, market, price_micros,
                        price_currency, allowance_id, state, country)
    VALUES (:id, :seq, :conversation_id, :message_id, :channel_id, :at, :kind, :market, :price_micros,
            :price_currency, :allowance_id, :state, :country)
    ON CONFLICT (id) DO UPDATE SET
        seq = excluded.seq, conversation_id = excluded.conversation_id, message_id = excluded.message_id,
        channel_id = excluded.channel_id, at = excluded.at, kind = excluded.kind, market = excluded.market,
        price_micros = excluded.price_micros, price_currency = excluded.price_currency,
        allowance_id = excluded.allowance_id, state = excluded.state,
        country = excluded.country
    WHERE excluded.seq + :or_equal > ledger.seq";

const DELETE: &str = "DELETE FROM ledger WHERE id = :id AND seq < :seq";

pub(in crate::store) fn put(db: &Connection, row: &LedgerEntry, seq: Seq, newer: Newer) -> Result<bool, StoreError> {
    let changed = run(
        db,
        PUT,
        named_params! {
            ":id": row.id.0,
            ":seq": seq.0,
            ":conversation_id": row.conversation_id.0,
            ":message_id": row.message_id.0,
            ":channel_id": row.channel_id.0,
            ":at": ms(row.at),
            ":kind": word(&row.kind)?,
            ":market": row.market,
            ":price_micros": row.price.map(|price| price.micros),
            ":price_currency": row.price.as_ref().map(|price| price.currency.code()),
            ":allowance_id": row.allowance_id.map(|id| id.0),
            ":state": word(&row.state)?,
            ":country": row.country,
            ":or_equal": newer.or_equal(),
        },
    )?;
    Ok(changed > 0)
}

pub(in crate::store) fn between(
    db: &Connection,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<LedgerEntry>, StoreError> {
    all(db, BETWEEN, named_params! { ":from": ms(from), ":to": ms(to) }, read)
}

pub(in crate::store) fn of_conversation(
    db: &Connection,
    conversation: ConversationId,
) -> Result<Vec<LedgerEntry>, StoreError> {
    all(db, OF_CONVERSATION, named_params! { ":conversation_id": conversation.0 }, read)
}

fn read(row: &Row<'_>) -> Result<LedgerEntry, StoreError> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(|_| StoreError::Corrupt);
    let price = match (row.get::<_, Option<i64>>(7)?, row.get_ref(8)?.as_str_or_null()) {
        (Some(micros), Ok(Some(currency))) => {
            Some(Money { micros, currency: Currency::parse(currency).ok_or(StoreError::Corrupt)? })
        }
        (None, Ok(None)) => None,
        _ => return Err(StoreError::Corrupt),
    };
    Ok(LedgerEntry {
        id: LedgerId(row.get(0)?),
        conversation_id: ConversationId(row.get(1)?),
        message_id: MessageId(row.get(2)?),
        channel_id: ChannelId(row.get(3)?),
        at: instant(row.get(4)?)?,
        kind: from_word(text(5)?)?,
        market: row.get(6)?,
        country: row.get(11)?,
        price,
        allowance_id: row.get::<_, Option<i64>>(9)?.map(AllowanceId),
        state: from_word(text(10)?)?,
    })
}

pub(in crate::store) fn delete(db: &Connection, id: i64, seq: Seq) -> Result<bool, StoreError> {
    Ok(run(db, DELETE, named_params! { ":id": id, ":seq": seq.0 })? > 0)
}

#[cfg(test)]
pub(in crate::store) const HOT: &[(&str, &str)] =
    &[("a month of the ledger", BETWEEN), ("a conversation's charges", OF_CONVERSATION)];
