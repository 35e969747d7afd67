//! Who is this customer? A phone number, a business-scoped id and a page-scoped id that come
//! together belong to one person, even when they were taken for two before.

use riposte::model::{AgentId, ChannelId, Contact, ContactId, Row, RowKind};
use riposte::rules::phone::same_for_all_forms;
use rusqlite::{Connection, OptionalExtension, params};

use super::merge::merge;
use crate::channels::event::Customer;
use crate::channels::provider::Recipient;
use crate::db::DbError;
use crate::feed::{Writer, row};

/// A name or an id beyond this is cut: nobody needs it, and it would travel with every row.
const NAME_MOST: usize = 200;

/// What a customer can be known by: (scope, value). A number that has two forms is known by the
/// one it came in and by the one that all its forms share.
fn identities(channel: ChannelId, customer: &Customer) -> Vec<(String, String)> {
    let phone = customer.phone.as_deref();
    let any_form = phone.and_then(same_for_all_forms).filter(|form| phone != Some(form));
    let known = [
        ("phone".to_owned(), &customer.phone),
        ("phone".to_owned(), &any_form),
        ("bsuid".to_owned(), &customer.bsuid),
        (scope_of(channel), &customer.scoped_id),
    ];
    known.into_iter().filter_map(|(scope, value)| Some((scope, value.clone().filter(|v| !v.is_empty())?))).collect()
}

fn scope_of(channel: ChannelId) -> String {
    format!("channel {channel}")
}

fn owner(db: &Connection, scope: &str, value: &str) -> Result<Option<ContactId>, DbError> {
    const SQL: &str = "SELECT contact_id FROM identity WHERE scope = ?1 AND value = ?2";
    Ok(db.prepare_cached(SQL)?.query_row([scope, value], |row| Ok(ContactId(row.get(0)?))).optional()?)
}

fn own(db: &Connection, scope: &str, value: &str, contact: ContactId) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO identity (scope, value, contact_id) VALUES (?1, ?2, ?3)
         ON CONFLICT (scope, value) DO UPDATE SET contact_id = excluded.contact_id";
    db.prepare_cached(SQL)?.execute(params![scope, value, contact.0])?;
    Ok(())
}

/// The customer, found, made or put together. None when nothing at all identifies them.
pub(super) fn find_or_make(
    w: &mut Writer<'_>,
    channel: ChannelId,
    customer: &Customer,
) -> Result<Option<ContactId>, DbError> {
    let identities = identities(channel, customer);
    let mut owners = Vec::new();
    for (scope, value) in &identities {
        owners.extend(owner(w.tx, scope, value)?);
    }
    owners.sort_unstable();
    owners.dedup();
    if identities.is_empty() {
        return Ok(None);
    }
    let id = match owners.split_first() {
        Some((first, others)) => {
            others.iter().try_for_each(|other| merge(w, *first, *other))?;
            *first
        }
        None => ContactId(w.next_id("contact")?),
    };
    for (scope, value) in &identities {
        own(w.tx, scope, value, id)?;
    }
    let held: Option<Contact> = row(w.tx, RowKind::Contact, id.0)?;
    let known = known(id, held.as_ref(), customer);
    if held.as_ref() != Some(&known) {
        w.put(&Row::Contact(known))?;
    }
    Ok(Some(id))
}

/// The customer found without making one.
pub(super) fn find(db: &Connection, channel: ChannelId, scoped_id: &str) -> Result<Option<ContactId>, DbError> {
    owner(db, &scope_of(channel), scoped_id)
}

/// What is known of the customer once this event is.
fn known(id: ContactId, held: Option<&Contact>, customer: &Customer) -> Contact {
    let held = held.cloned().unwrap_or_else(|| Contact {
        id,
        name: String::new(),
        phone: None,
        bsuid: None,
        username: None,
        language: None,
        attributes: Default::default(),
    });
    let cut = |text: &String| text.chars().take(NAME_MOST).collect::<String>();
    let phone = customer.phone.clone().or_else(|| held.phone.clone());
    let username = customer.username.as_ref().map(cut).or_else(|| held.username.clone());
    let given = customer.name.as_ref().map(cut).filter(|name| !name.trim().is_empty());
    let chosen = given.or_else(|| has_name(&held).then(|| held.name.clone()));
    let bsuid = customer.bsuid.clone().or_else(|| held.bsuid.clone());
    let nameless = Contact { name: String::new(), phone, bsuid, username, ..held };
    Contact { name: chosen.unwrap_or_else(|| stand_in(&nameless)), ..nameless }
}

/// What a customer without a name is called.
pub(super) fn stand_in(contact: &Contact) -> String {
    match (&contact.phone, &contact.username) {
        (Some(phone), _) => format!("+{phone}"),
        (None, Some(username)) => username.clone(),
        (None, None) => String::new(),
    }
}

/// Whether somebody gave a name.
pub(super) fn has_name(contact: &Contact) -> bool {
    !contact.name.is_empty() && contact.name != stand_in(contact)
}

/// Whether a customer's name has to be asked for.
pub(super) fn is_nameless(db: &Connection, id: ContactId) -> Result<bool, DbError> {
    Ok(row::<Contact>(db, RowKind::Contact, id.0)?.is_some_and(|contact| !has_name(&contact)))
}

/// A customer moved to another number, or has another user id. Who already wrote under it is the
/// same person: the notice may come later than their first words from there.
pub(super) fn address_changed(
    w: &mut Writer<'_>,
    id: ContactId,
    phone: Option<&str>,
    bsuid: Option<&str>,
) -> Result<(), DbError> {
    let changed = |held: &Contact| Contact {
        phone: phone.map(str::to_owned).or(held.phone.clone()),
        bsuid: bsuid.map(str::to_owned).or(held.bsuid.clone()),
        ..held.clone()
    };
    let Some(held) = row::<Contact>(w.tx, RowKind::Contact, id.0)? else { return Ok(()) };
    if changed(&held) == held {
        return Ok(());
    }
    let any_form = phone.and_then(same_for_all_forms);
    for (scope, value) in [("phone", phone), ("phone", any_form.as_deref()), ("bsuid", bsuid)] {
        let Some(value) = value else { continue };
        if let Some(other) = owner(w.tx, scope, value)?.filter(|other| *other != id) {
            merge(w, id, other)?;
        }
        own(w.tx, scope, value, id)?;
    }
    let held = row::<Contact>(w.tx, RowKind::Contact, id.0)?.unwrap_or(held);
    w.put(&Row::Contact(changed(&held)))?;
    Ok(())
}

/// The name that a provider gave when it was asked for it.
pub(super) fn name_learnt(w: &mut Writer<'_>, id: ContactId, customer: &Customer) -> Result<(), DbError> {
    let Some(held) = row::<Contact>(w.tx, RowKind::Contact, id.0)? else { return Ok(()) };
    let known = known(id, Some(&held), customer);
    if !has_name(&held) && known != held {
        w.put(&Row::Contact(known))?;
    }
    Ok(())
}

/// How the customer is addressed on a channel.
pub(crate) fn recipient(db: &Connection, channel: ChannelId, id: ContactId) -> Result<Recipient, DbError> {
    const SQL: &str = "SELECT value FROM identity WHERE contact_id = ?1 AND scope = ?2";
    let contact: Option<Contact> = row(db, RowKind::Contact, id.0)?;
    let scoped_id = db.query_row(SQL, params![id.0, scope_of(channel)], |row| row.get(0)).optional()?;
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
