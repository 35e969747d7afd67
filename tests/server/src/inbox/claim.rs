//! What customers are known by, and from when to when: numbers, business-scoped ids, scoped ids.
//!
//! An id is one customer's for good. A number can be given up and go to another customer, so several
//! customers may have been seen with it, each in their own time.

use chrono::{DateTime, Utc};
use riposte::model::{ChannelId, ContactId};
use riposte::rules::phone::same_for_all_forms;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::channels::event::Customer;
use crate::db::DbError;

pub(super) const PHONE: &str = "phone";
pub(super) const BSUID: &str = "bsuid";

/// One thing that a customer is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) scope: String,
    /// The form to compare: of a number, the one that all ways to write it share.
    pub(super) value: String,
    /// As it came; a number is sent to in this form.
    pub(super) written: String,
}

/// A customer was seen with it from `first_at` to `last_at`, in milliseconds of the provider's time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claim {
    pub(super) scope: String,
    pub(super) value: String,
    pub(super) written: String,
    pub(super) first_at: i64,
    pub(super) last_at: i64,
}

pub(super) fn phone(written: &str) -> Known {
    let value = same_for_all_forms(written).unwrap_or_else(|| written.to_owned());
    Known { scope: PHONE.to_owned(), value, written: written.to_owned() }
}

pub(super) fn bsuid(id: &str) -> Known {
    Known { scope: BSUID.to_owned(), value: id.to_owned(), written: id.to_owned() }
}

pub(super) fn scope_of(channel: ChannelId) -> String {
    format!("channel {channel}")
}

/// The ids of a customer; they go before the number.
pub(super) fn ids(channel: ChannelId, customer: &Customer) -> Vec<Known> {
    let given = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
    let scoped = given(&customer.scoped_id);
    let scoped = scoped.map(|id| Known { scope: scope_of(channel), value: id.clone(), written: id });
    given(&customer.bsuid).map(|id| bsuid(&id)).into_iter().chain(scoped).collect()
}

/// The number of a customer.
pub(super) fn number(customer: &Customer) -> Option<Known> {
    customer.phone.as_deref().filter(|phone| !phone.is_empty()).map(phone)
}

/// Whose id it is.
pub(super) fn owner(db: &Connection, id: &Known) -> Result<Option<ContactId>, DbError> {
    const SQL: &str = "SELECT contact_id FROM claim WHERE scope = ?1 AND value = ?2";
    let found = db.prepare_cached(SQL)?.query_row([&id.scope, &id.value], |row| Ok(ContactId(row.get(0)?)));
    Ok(found.optional()?)
}

/// A customer who was seen with a number, and when first and last.
type Holding = (ContactId, i64, i64);

fn holdings(db: &Connection, phone: &str) -> Result<Vec<Holding>, DbError> {
    const SQL: &str = "SELECT contact_id, first_at, last_at FROM claim WHERE scope = 'phone' AND value = ?1";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map([phone], |row| Ok((ContactId(row.get(0)?), row.get(1)?, row.get(2)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Whose number it was at an instant: of those who had it by then, the one seen with it last; before
/// any of them had it, the first.
pub(super) fn holder_at(db: &Connection, number: &Known, at: DateTime<Utc>) -> Result<Option<Holding>, DbError> {
    let at = at.timestamp_millis();
    let all = holdings(db, &number.value)?;
    let by_then =
        all.iter().filter(|(_, first, _)| *first <= at).max_by_key(|(id, first, last)| ((*last).min(at), *first, *id));
    Ok(by_then.or_else(|| all.iter().min_by_key(|(id, first, _)| (*first, *id))).copied())
}

/// All who were ever seen with it.
pub(super) fn everyone(db: &Connection, number: &Known) -> Result<Vec<ContactId>, DbError> {
    Ok(holdings(db, &number.value)?.into_iter().map(|(id, ..)| id).collect())
}

/// Notes that a customer was seen with it.
pub(super) fn note(db: &Connection, known: &Known, contact: ContactId, at: DateTime<Utc>) -> Result<(), DbError> {
    let at = at.timestamp_millis();
    let Known { scope, value, written } = known.clone();
    put(db, contact, &Claim { scope, value, written, first_at: at, last_at: at })
}

/// Adds a claim to what is known. Any order and any repetition give the same.
pub(super) fn put(db: &Connection, contact: ContactId, claim: &Claim) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO claim (scope, value, contact_id, written, first_at, last_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (scope, value, contact_id) DO UPDATE SET
             written = CASE WHEN (excluded.last_at, excluded.written) > (last_at, written)
                            THEN excluded.written ELSE written END,
             first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)";
    let Claim { scope, value, written, first_at, last_at } = claim;
    db.prepare_cached(SQL)?.execute(params![scope, value, contact.0, written, first_at, last_at])?;
    Ok(())
}

/// All that a customer was seen with.
pub(super) fn of(db: &Connection, contact: ContactId) -> Result<Vec<Claim>, DbError> {
    const SQL: &str = "SELECT scope, value, written, first_at, last_at FROM claim WHERE contact_id = ?1
         ORDER BY scope, value";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map([contact.0], |row| {
        let (scope, value, written) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Claim { scope, value, written, first_at: row.get(3)?, last_at: row.get(4)? })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// A customer is known by this no more.
pub(super) fn forget(db: &Connection, contact: ContactId) -> Result<(), DbError> {
    db.prepare_cached("DELETE FROM claim WHERE contact_id = ?1")?.execute([contact.0])?;
    Ok(())
}

/// The number a customer has now: the one they were seen with last, unless another customer has
/// it by now.
pub(super) fn phone_now(db: &Connection, contact: ContactId, claims: &[Claim]) -> Result<Option<String>, DbError> {
    let mut phones: Vec<&Claim> = claims.iter().filter(|claim| claim.scope == PHONE).collect();
    phones.sort_by_key(|claim| std::cmp::Reverse((claim.last_at, claim.first_at, &claim.written)));
    for claim in phones {
        let holder = holdings(db, &claim.value)?.into_iter().max_by_key(|(id, first, last)| (*last, *first, *id));
        if holder.is_some_and(|(id, ..)| id == contact) {
            return Ok(Some(claim.written.clone()));
        }
    }
    Ok(None)
}

/// The business-scoped id a customer has now.
pub(super) fn bsuid_now(claims: &[Claim]) -> Option<String> {
    let ids = claims.iter().filter(|claim| claim.scope == BSUID);
    ids.max_by_key(|claim| (claim.last_at, claim.first_at, &claim.written)).map(|claim| claim.written.clone())
}
