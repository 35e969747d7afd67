//! Who is this customer?
//!
//! Ids are compared before numbers: two ids are two people, whatever number they have in common. A
//! number alone joins two halves only where one of them is known by nothing else and the other has
//! no number. What a customer is called and how they are reached goes by the provider's time.

use chrono::{DateTime, TimeDelta, Utc};
use riposte::model::{AgentId, ChannelAccount, ChannelId, Contact, ContactId, Row, RowKind};
use riposte::rules::phone::same_for_all_forms;
use rusqlite::{Connection, OptionalExtension, params};

use super::claim::{self, Known, PHONE};
use super::merge::{are_apart, merge};
use crate::channels::event::Customer;
use crate::channels::provider::Recipient;
use crate::db::DbError;
use crate::feed::{Writer, row};

/// A name or an id beyond this is cut: it would travel with every row.
const NAME_MOST: usize = 200;

/// Whether this is the company itself: its number or page is no customer of its own.
pub(super) fn is_company(channel: &ChannelAccount, account: &str, customer: &Customer) -> bool {
    let own = channel.address.as_deref();
    let same_number = |phone: &str| own.is_some_and(|own| own == phone || one_number(own, phone));
    let is_page = |id: &str| id == account || Some(id) == own;
    customer.phone.as_deref().is_some_and(same_number) || customer.scoped_id.as_deref().is_some_and(is_page)
}

fn one_number(one: &str, other: &str) -> bool {
    same_for_all_forms(one).is_some_and(|form| Some(form) == same_for_all_forms(other))
}

/// The customer who was seen with these at an instant: found, made or joined. None when nothing
/// identifies them.
pub(super) fn find_or_make(
    w: &mut Writer<'_>,
    channel: ChannelId,
    customer: &Customer,
    at: DateTime<Utc>,
) -> Result<Option<ContactId>, DbError> {
    let (ids, number) = (claim::ids(channel, customer), claim::number(customer));
    if ids.is_empty() && number.is_none() {
        return Ok(None);
    }
    let by_id = by_ids(w, &ids)?;
    let by_number = match &number {
        Some(number) => claim::holder_at(w.tx, number, at)?.map(|(id, ..)| id),
        None => None,
    };
    let id = match (by_id, by_number, &number) {
        (Some(id), Some(half), Some(number)) if id != half && is_half_of(w.tx, half, id, number)? => {
            let (kept, other) = (id.min(half), id.max(half));
            merge(w, kept, other)?;
            kept
        }
        (Some(id), ..) => id,
        (None, Some(half), _) if ids.is_empty() || !has_id(w.tx, half)? => half,
        (None, ..) => ContactId(w.next_id("contact")?),
    };
    for known in ids.iter().chain(&number) {
        claim::note(w.tx, known, id, at)?;
    }
    call(w.tx, id, customer, at)?;
    refresh_all(w, id, number.as_ref())?;
    Ok(Some(id))
}

/// The customer of some ids. Ids that come together are one person's.
fn by_ids(w: &mut Writer<'_>, ids: &[Known]) -> Result<Option<ContactId>, DbError> {
    let mut owners = Vec::new();
    for id in ids {
        owners.extend(claim::owner(w.tx, id)?);
    }
    owners.sort_unstable();
    owners.dedup();
    let Some((first, others)) = owners.split_first() else { return Ok(None) };
    for other in others {
        merge(w, *first, *other)?;
    }
    Ok(Some(*first))
}

/// Whether a customer is known by an id, not by a number alone.
fn has_id(db: &Connection, id: ContactId) -> Result<bool, DbError> {
    Ok(claim::of(db, id)?.iter().any(|claim| claim.scope != PHONE))
}

/// Whether the holder of a number is the other half of a customer who is known by an id: the one
/// has no id, the other no other number.
fn is_half_of(db: &Connection, half: ContactId, whole: ContactId, number: &Known) -> Result<bool, DbError> {
    let other_number = |claim: &claim::Claim| claim.scope == PHONE && claim.value != number.value;
    Ok(!has_id(db, half)? && !claim::of(db, whole)?.iter().any(other_number) && !are_apart(db, half, whole)?)
}

/// A customer moved to another number, or has another user id. Who wrote under the number since is
/// the same person: the notice may come later than their first words from there. Who wrote under
/// it before had it before, and keeps nothing but the number's past.
pub(super) fn address_changed(
    w: &mut Writer<'_>,
    id: ContactId,
    phone: Option<&str>,
    bsuid: Option<&str>,
    at: DateTime<Utc>,
) -> Result<ContactId, DbError> {
    let mut id = id;
    if let Some(new) = bsuid.map(claim::bsuid) {
        if let Some(other) = claim::owner(w.tx, &new)?.filter(|other| *other != id) {
            id = join(w, id, other)?;
        }
        claim::note(w.tx, &new, id, at)?;
    }
    let number = phone.map(claim::phone);
    if let Some(new) = &number {
        if let Some((other, first_at, _)) = claim::holder_at(w.tx, new, at)?.filter(|(other, ..)| *other != id) {
            let wrote_since = first_at >= at.timestamp_millis();
            if wrote_since && (bsuid.is_none() || !has_id(w.tx, other)?) && !are_apart(w.tx, id, other)? {
                id = join(w, id, other)?;
            }
        }
        claim::note(w.tx, new, id, at)?;
    }
    refresh_all(w, id, number.as_ref())?;
    Ok(id)
}

fn join(w: &mut Writer<'_>, one: ContactId, other: ContactId) -> Result<ContactId, DbError> {
    let kept = one.min(other);
    merge(w, kept, one.max(other))?;
    Ok(kept)
}

/// When what a notice of change was sent from counts as seen: before what it changed to.
pub(super) fn before_change(at: DateTime<Utc>) -> DateTime<Utc> {
    at - TimeDelta::milliseconds(1)
}

/// The customer found without making one.
pub(super) fn find(db: &Connection, channel: ChannelId, scoped_id: &str) -> Result<Option<ContactId>, DbError> {
    let (scope, value) = (claim::scope_of(channel), scoped_id.to_owned());
    claim::owner(db, &Known { scope, written: value.clone(), value })
}

/// Notes what a customer is called, as of an instant.
fn call(db: &Connection, id: ContactId, customer: &Customer, at: DateTime<Utc>) -> Result<(), DbError> {
    for (field, value) in [("name", &customer.name), ("username", &customer.username)] {
        let value: Option<String> = value.as_ref().map(|value| value.chars().take(NAME_MOST).collect());
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            put_called(db, id, &Called { field: field.to_owned(), value, at: at.timestamp_millis() })?;
        }
    }
    Ok(())
}

/// What a customer is called, as of when.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Called {
    pub(super) field: String,
    pub(super) value: String,
    pub(super) at: i64,
}

pub(super) fn called(db: &Connection, id: ContactId) -> Result<Vec<Called>, DbError> {
    const SQL: &str = "SELECT field, value, at FROM called WHERE contact_id = ?1 ORDER BY field";
    let mut statement = db.prepare_cached(SQL)?;
    let found =
        statement.query_map([id.0], |row| Ok(Called { field: row.get(0)?, value: row.get(1)?, at: row.get(2)? }))?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn put_called(db: &Connection, id: ContactId, called: &Called) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO called (contact_id, field, value, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (contact_id, field) DO UPDATE SET value = excluded.value, at = excluded.at
         WHERE (excluded.at, excluded.value) > (at, value)";
    db.prepare_cached(SQL)?.execute(params![id.0, called.field, called.value, called.at])?;
    Ok(())
}

/// Writes a customer's row and those of everyone who was seen with the same number.
fn refresh_all(w: &mut Writer<'_>, id: ContactId, number: Option<&Known>) -> Result<(), DbError> {
    refresh(w, id)?;
    let others = number.map_or(Ok(Vec::new()), |number| claim::everyone(w.tx, number))?;
    others.into_iter().filter(|other| *other != id).try_for_each(|other| refresh(w, other))
}

/// Writes a customer's row as it follows from what is known.
pub(super) fn refresh(w: &mut Writer<'_>, id: ContactId) -> Result<(), DbError> {
    let held: Option<Contact> = row(w.tx, RowKind::Contact, id.0)?;
    let claims = claim::of(w.tx, id)?;
    let names = called(w.tx, id)?.into_iter();
    let named = |field: &str| names.clone().find(|called| called.field == field).map(|called| called.value);
    let (name, username) = (named("name"), named("username"));
    let (language, attributes) =
        held.as_ref().map(|held| (held.language.clone(), held.attributes.clone())).unwrap_or_default();
    let nameless = Contact {
        id,
        name: String::new(),
        phone: claim::phone_now(w.tx, id, &claims)?,
        bsuid: claim::bsuid_now(&claims),
        username,
        language,
        attributes,
    };
    let now = Contact { name: name.unwrap_or_else(|| stand_in(&nameless)), ..nameless };
    if held.as_ref() != Some(&now) {
        w.put(&Row::Contact(now))?;
    }
    Ok(())
}

/// What a customer without a name is called.
fn stand_in(contact: &Contact) -> String {
    match (&contact.phone, &contact.username) {
        (Some(phone), _) => format!("+{phone}"),
        (None, Some(username)) => username.clone(),
        (None, None) => String::new(),
    }
}

/// Whether a customer's name has to be asked for.
pub(super) fn is_nameless(db: &Connection, id: ContactId) -> Result<bool, DbError> {
    const SQL: &str = "SELECT NOT EXISTS (SELECT 1 FROM called WHERE contact_id = ?1 AND field = 'name')";
    Ok(db.prepare_cached(SQL)?.query_row([id.0], |row| row.get(0))?)
}

/// The name that a provider gave when it was asked for it.
pub(super) fn name_learnt(w: &mut Writer<'_>, id: ContactId, customer: &Customer) -> Result<(), DbError> {
    if row::<Contact>(w.tx, RowKind::Contact, id.0)?.is_some() && is_nameless(w.tx, id)? {
        call(w.tx, id, customer, w.now)?;
        refresh(w, id)?;
    }
    Ok(())
}

/// How the customer is addressed on a channel.
pub(crate) fn recipient(db: &Connection, channel: ChannelId, id: ContactId) -> Result<Recipient, DbError> {
    const SQL: &str = "SELECT written FROM claim WHERE contact_id = ?1 AND scope = ?2 ORDER BY last_at DESC LIMIT 1";
    let contact: Option<Contact> = row(db, RowKind::Contact, id.0)?;
    let scoped_id =
        db.prepare_cached(SQL)?.query_row(params![id.0, claim::scope_of(channel)], |row| row.get(0)).optional()?;
    let (phone, bsuid) = contact.map_or((None, None), |contact| (contact.phone, contact.bsuid));
    Ok(Recipient { phone, bsuid, scoped_id })
}

/// The agents who see a customer.
pub(super) fn viewers(db: &Connection, id: ContactId) -> Result<Vec<AgentId>, DbError> {
    const SQL: &str = "SELECT DISTINCT v.agent_id FROM view v JOIN conversation c ON c.id = v.conversation_id
         WHERE c.contact_id = ?1 ORDER BY v.agent_id";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map([id.0], |row| Ok(AgentId(row.get(0)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}
