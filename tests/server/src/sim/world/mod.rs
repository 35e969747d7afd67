//! Everything the provider and the customers know, changed by one thing at a time. No network
//! and no clock in here: what has to be posted is handed back.

mod customers;
mod provider;

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use riposte::model::ChannelKind;

use super::SimError;
use super::account::Account;
use super::customer::{Customer, Phone};
use super::judge::Refusal;
use super::ledger::Entry;
use super::templates::{GivenTemplate, SimTemplate};
use super::window::Standing;

/// The way the provider misbehaves, next time.
#[derive(Debug, Default)]
pub(super) struct Whims {
    pub(super) refuse: Option<i64>,
    pub(super) fail: Option<i64>,
    pub(super) lose_answer: bool,
}

/// A file at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimFile {
    /// Its type, as whoever sent it said.
    pub mime: String,
    /// What is in it.
    pub bytes: Bytes,
}

struct Resident {
    customer: Customer,
    scoped_id: String,
    phone: Phone,
}

/// One customer and one account.
#[derive(Default)]
struct Talk {
    standing: Standing,
    /// The customer's messages, oldest first.
    theirs: Vec<String>,
    /// Places in the ledger of what was taken for this customer, oldest first.
    ours: Vec<usize>,
}

/// What a report of a taken message needs to be written.
struct Taken {
    recipient: String,
    category: String,
    free_until: Option<DateTime<Utc>>,
    fails: Option<i64>,
}

/// Everything.
#[derive(Default)]
pub(super) struct World {
    accounts: BTreeMap<String, Account>,
    residents: BTreeMap<String, Resident>,
    talks: BTreeMap<(String, String), Talk>,
    pub(super) templates: Vec<SimTemplate>,
    pub(super) files: HashMap<String, SimFile>,
    ledger: Vec<Entry>,
    taken: HashMap<usize, Taken>,
    /// Ids of customers' messages that the business marked as read.
    read_by_business: Vec<String>,
    pub(super) whims: Whims,
    counter: u64,
}

/// A send that was judged, to be written into the ledger.
pub(super) struct Send {
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) template: Option<String>,
    pub(super) file: Option<String>,
    pub(super) quotes: Option<String>,
    pub(super) key: Option<String>,
    /// The number, user id or page-scoped id it goes to.
    pub(super) recipient: String,
    pub(super) judged: Result<String, Refusal>,
}

impl World {
    pub(super) fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub(super) fn add_account(&mut self, key: &str, kind: ChannelKind, address: &str) -> Account {
        if let Some(known) = self.accounts.get(key) {
            return known.clone();
        }
        let number = self.count();
        let account = Account::new(key, kind, address, number);
        self.accounts.insert(key.to_owned(), account.clone());
        account
    }

    /// Gives the id that pages know them by.
    pub(super) fn add_customer(&mut self, key: &str, customer: Customer) -> String {
        let scoped_id = format!("{}", 500_000_000 + self.count());
        let resident = Resident { customer, scoped_id: scoped_id.clone(), phone: Phone::default() };
        self.residents.insert(key.to_owned(), resident);
        scoped_id
    }

    pub(super) fn add_template(&mut self, account: &str, given: &GivenTemplate) -> Result<String, SimError> {
        let business_id = self.account(account)?.business_id.clone();
        let id = format!("{}", 700_000_000 + self.count());
        self.templates.push(SimTemplate::given(given, id.clone(), business_id));
        Ok(id)
    }

    pub(super) fn account(&self, key: &str) -> Result<&Account, SimError> {
        self.accounts.get(key).ok_or_else(|| SimError::UnknownAccount(key.to_owned()))
    }

    pub(super) fn customer(&self, key: &str) -> Result<&Customer, SimError> {
        Ok(&self.resident(key)?.customer)
    }

    pub(super) fn scoped_id(&self, key: &str) -> Result<&str, SimError> {
        Ok(&self.resident(key)?.scoped_id)
    }

    fn resident(&self, key: &str) -> Result<&Resident, SimError> {
        self.residents.get(key).ok_or_else(|| SimError::UnknownCustomer(key.to_owned()))
    }

    pub(super) fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// Who is known by a number, a user id or a page-scoped id.
    pub(super) fn known_as(&self, id: &str) -> Option<&str> {
        let is = |resident: &Resident| {
            let of = &resident.customer;
            resident.scoped_id == id || of.phone.as_deref() == Some(id) || of.bsuid.as_deref() == Some(id)
        };
        self.residents.iter().find(|(_, resident)| is(resident)).map(|(key, _)| key.as_str())
    }

    pub(super) fn standing(&self, account: &str, customer: Option<&str>) -> Standing {
        let talk = customer.and_then(|customer| self.talks.get(&(account.to_owned(), customer.to_owned())));
        talk.map(|talk| talk.standing).unwrap_or_default()
    }

    pub(super) fn ledger(&self) -> Vec<Entry> {
        self.ledger.clone()
    }

    pub(super) fn read_by_business(&self) -> Vec<String> {
        self.read_by_business.clone()
    }

    /// The business says that it read a customer's message; false when there is none such.
    pub(super) fn business_reads(&mut self, account: &str, id: &str) -> bool {
        let mut talks = self.talks.iter().filter(|((of, _), _)| of == account);
        let known = talks.any(|(_, talk)| talk.theirs.iter().any(|message| message == id));
        if known {
            self.read_by_business.push(id.to_owned());
        }
        known
    }

    /// Whether an id is a message of this talk, whoever wrote it.
    pub(super) fn knows_message(&self, account: &str, customer: Option<&str>, id: &str) -> bool {
        let Some(customer) = customer else { return false };
        let Some(talk) = self.talks.get(&(account.to_owned(), customer.to_owned())) else { return false };
        let ours = |place: &usize| self.ledger.get(*place).is_some_and(|entry| entry.id.as_deref() == Some(id));
        talk.theirs.iter().any(|message| message == id) || talk.ours.iter().any(ours)
    }

    /// Whether a message reached one state and not yet the next.
    fn is(&self, place: usize, reached: &str, not_yet: &str) -> bool {
        let had = |entry: &Entry, status: &str| entry.reports.iter().any(|report| report.status == status);
        self.ledger.get(place).is_some_and(|entry| had(entry, reached) && !had(entry, not_yet))
    }
}

fn message_id(kind: ChannelKind, number: u64) -> String {
    match kind {
        ChannelKind::Whatsapp => format!("wamid.SIM{number:08}"),
        _ => format!("m_sim{number:08}"),
    }
}
