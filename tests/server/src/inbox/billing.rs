//! What has been charged in a conversation: the fold of its facts, laid over the ledger.
//!
//! The fold is `riposte::rules::billing`; here are the facts it needs, the difference to what the
//! ledger says, and the units that charges take from allowances and give back.

use chrono::{DateTime, Utc};
use riposte::model::{
    ChannelAccount, ChargeState, Contact, LedgerEntry, LedgerId, MessageId, PaidCover, Row, RowKind, Tariff,
};
use riposte::rules::billing::{BillingFact, Charge, Payable, charges, newest_cover, with_final_price};
use riposte::rules::market::ContactAddress;
use riposte::rules::tariff::version_at;
use riposte::rules::window::{window_closed_since, window_opened_at};
use rusqlite::{Connection, params};

use super::allowance::{give_back, take_unit};
use super::conversation::Stored;
use crate::db::DbError;
use crate::db::text::{from_word, instant};
use crate::feed::{Writer, row};

/// Brings the ledger to what the facts say, and gives the newest cover.
pub(super) fn fold(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    stored: &Stored,
    customer_at: &[DateTime<Utc>],
    refused_at: &[DateTime<Utc>],
) -> Result<Option<PaidCover>, DbError> {
    let Some(tariff) = channel.tariff else { return Ok(None) };
    let Some(tariff) = row::<Tariff>(w.tx, RowKind::Tariff, tariff.0)? else { return Ok(None) };
    let contact: Option<Contact> = row(w.tx, RowKind::Contact, stored.contact_id.0)?;
    let address = ContactAddress {
        phone: contact.as_ref().and_then(|contact| contact.phone.as_deref()),
        bsuid: contact.as_ref().and_then(|contact| contact.bsuid.as_deref()),
    };
    let facts = facts(w.tx, channel, stored, customer_at, refused_at)?;
    let charges = charges(&tariff, address, &facts);
    lay_over_ledger(w, channel, stored, &tariff, &charges)?;
    let Some(newest) = newest_cover(&tariff, &charges) else { return Ok(None) };
    let charge = ledger_id(w.tx, newest.message_id)?;
    Ok(charge.map(|charge| PaidCover { started_at: newest.at, charge, message_id: newest.message_id }))
}

/// Every message of ours that can cost something.
fn facts(
    db: &Connection,
    channel: &ChannelAccount,
    stored: &Stored,
    customer_at: &[DateTime<Utc>],
    refused_at: &[DateTime<Utc>],
) -> Result<Vec<BillingFact>, DbError> {
    const SQL: &str = "SELECT id, charge, attempt_at, failed, confirmed, delivered_at, billable,
                (SELECT max(f.ends_at) FROM free_entry f WHERE f.conversation_id = m.conversation_id AND f.starts_at <= m.attempt_at)
         FROM message m WHERE conversation_id = ?1 AND charge IS NOT NULL AND published = 1 ORDER BY attempt_at, id";
    let mut statement = db.prepare_cached(SQL)?;
    let mut rows = statement.query([stored.id.0])?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        let at = instant(row.get(2)?);
        facts.push(BillingFact {
            message_id: MessageId(row.get(0)?),
            kind: from_word(&row.get::<_, String>(1)?)?,
            at,
            failed: row.get(3)?,
            confirmed: row.get(4)?,
            delivered_at: row.get::<_, Option<i64>>(5)?.map(instant),
            billable: row.get(6)?,
            window_opened_at: window_opened_at(&channel.window, customer_at, refused_at, at),
            closed_since: window_closed_since(&channel.window, customer_at, refused_at, at),
            free_until: row.get::<_, Option<i64>>(7)?.map(instant),
        });
    }
    Ok(facts)
}

fn ledger_id(db: &Connection, message: MessageId) -> Result<Option<LedgerId>, DbError> {
    use rusqlite::OptionalExtension;
    const SQL: &str = "SELECT id FROM charge WHERE message_id = ?1";
    Ok(db.prepare_cached(SQL)?.query_row([message.0], |row| Ok(LedgerId(row.get(0)?))).optional()?)
}

fn ledger_of(db: &Connection, stored: &Stored) -> Result<Vec<LedgerEntry>, DbError> {
    const SQL: &str = "SELECT id FROM charge WHERE conversation_id = ?1 ORDER BY id";
    let ids: Vec<i64> = {
        let mut statement = db.prepare_cached(SQL)?;
        let found = statement.query_map([stored.id.0], |row| row.get(0))?;
        found.collect::<Result<_, _>>()?
    };
    let mut entries = Vec::new();
    for id in ids {
        entries.extend(row::<LedgerEntry>(db, RowKind::Ledger, id)?);
    }
    Ok(entries)
}

fn lay_over_ledger(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    stored: &Stored,
    tariff: &Tariff,
    charges: &[Charge],
) -> Result<(), DbError> {
    let held = ledger_of(w.tx, stored)?;
    // Units come back before others are taken: a charge that passes to the next reply takes the
    // unit along. A charge that failed before anybody saw it is written down all the same, so
    // that the ledger does not depend on which of two reports was faster.
    for entry in &held {
        let stands = charges.iter().any(|charge| charge.message_id == entry.message_id && !is_void(charge.state));
        if !stands && !is_void(entry.state) {
            give_back(w, entry.allowance_id)?;
            put(w, LedgerEntry { state: ChargeState::Void, allowance_id: None, ..entry.clone() })?;
        }
    }
    for charge in charges {
        let held = held.iter().find(|entry| entry.message_id == charge.message_id);
        let charge = &held.map_or_else(|| charge.clone(), |held| with_final_price(charge.clone(), held));
        let allowance_id = match held {
            _ if is_void(charge.state) => None,
            Some(entry) if !is_void(entry.state) => entry.allowance_id,
            _ => {
                let message = Payable { kind: charge.kind, channel_id: channel.id, at: charge.at };
                let version = version_at(tariff, charge.at);
                version.map_or(Ok(None), |version| take_unit(w, version, message))?
            }
        };
        let entry = LedgerEntry {
            id: match held {
                Some(entry) => entry.id,
                None => LedgerId(w.next_id("ledger")?),
            },
            conversation_id: stored.id,
            message_id: charge.message_id,
            channel_id: channel.id,
            at: charge.at,
            kind: charge.kind,
            market: charge.market.clone(),
            country: charge.country.clone(),
            price: charge.price,
            allowance_id,
            state: charge.state,
        };
        if held != Some(&entry) {
            put(w, entry)?;
        }
    }
    Ok(())
}

fn is_void(state: ChargeState) -> bool {
    match state {
        ChargeState::Void => true,
        ChargeState::Provisional | ChargeState::Final | ChargeState::Unknown => false,
    }
}

fn put(w: &mut Writer<'_>, entry: LedgerEntry) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO charge (id, message_id, conversation_id, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET conversation_id = excluded.conversation_id, at = excluded.at";
    let at = entry.at.timestamp_millis();
    w.tx.prepare_cached(SQL)?.execute(params![entry.id.0, entry.message_id.0, entry.conversation_id.0, at])?;
    w.put(&Row::Ledger(entry))?;
    Ok(())
}
