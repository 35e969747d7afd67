//! Everything the provider and the customers know, changed by one thing at a time. No network
//! and no clock in here: what has to be posted is given back.
//!
//! - [`customers`]: what customers do, and the company on its own phone
//! - [`provider`]: what becomes of a send
//! - [`news`]: what Meta reports of accounts and templates

mod customers;
mod news;
mod provider;

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use riposte::model::ChannelKind;

use super::SimError;
use super::account::Account;
use super::customer::{Customer, Phone};
use super::errors::Refusal;
use super::judge::{Recipient, Verdict};
use super::ledger::Entry;
use super::pricing::Price;
use super::templates::{GivenTemplate, SimTemplate};
use super::userid::{country_of, user_id};
use super::window::Standing;

pub(super) use customers::checksum;
pub use news::AccountNews;
pub(super) use news::TemplateNews;

/// How the provider misbehaves, next time.
#[derive(Debug, Default)]
pub(super) struct Whims {
    pub(super) refuse: Option<i64>,
    pub(super) fail: Option<i64>,
    pub(super) lose_answer: bool,
    pub(super) hold: bool,
}

/// A file at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimFile {
    /// Its type, as the sender gave it.
    pub mime: String,
    /// What is in it.
    pub bytes: Bytes,
}

struct Resident {
    customer: Customer,
    scoped_id: String,
    phone: Phone,
    /// How often the user id changed.
    id_changes: u32,
}

/// One customer and one account.
#[derive(Default)]
struct Talk {
    standing: Standing,
    stopped_marketing: bool,
    /// The customer's messages, oldest first.
    theirs: Vec<String>,
    /// Places in the ledger of what was taken for this customer, oldest first.
    ours: Vec<usize>,
}

/// What a report of a taken message needs to be written.
struct Taken {
    to: Recipient,
    price: Price,
    free_until: Option<DateTime<Utc>>,
    fails: Option<i64>,
    /// Meta still checks the template: nothing leaves yet.
    held: bool,
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
    /// Free replies that were used, by account and month.
    free_replies: BTreeMap<(String, String), u32>,
    /// What Meta took away from an account.
    news: BTreeMap<String, AccountNews>,
    /// Where a business account wants its webhooks, if not at the server.
    pub(super) callbacks: BTreeMap<String, String>,
    /// Months begin at midnight of the business account.
    pub(super) utc_offset_minutes: i32,
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
    pub(super) to: Recipient,
    /// The customer it reaches; none if the number or id is unknown.
    pub(super) customer: Option<String>,
    pub(super) judged: Result<Verdict, Refusal>,
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

    /// Gives the id that pages know them by. A customer without a user id gets one.
    pub(super) fn add_customer(&mut self, key: &str, mut customer: Customer) -> String {
        let scoped_id = format!("{}", 500_000_000 + self.count());
        if customer.bsuid.is_none() {
            customer.bsuid = Some(user_id(key, customer.phone.as_deref(), 0));
        }
        let resident = Resident { customer, scoped_id: scoped_id.clone(), phone: Phone::default(), id_changes: 0 };
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

    fn key_of(&self, is: impl Fn(&Resident) -> bool) -> Option<&str> {
        self.residents.iter().find(|(_, resident)| is(resident)).map(|(key, _)| key.as_str())
    }

    /// The customer that a page knows by this id.
    pub(super) fn known_to_pages_as(&self, id: &str) -> Option<&str> {
        self.key_of(|resident| resident.scoped_id == id)
    }

    /// The customer that a message of this account reaches. Without a plus, a number is first read
    /// as one of the business's own country (Meta, "Send messages").
    pub(super) fn reached(&self, account: &Account, to: &Recipient) -> Option<&str> {
        let by_phone = |digits: &str| self.key_of(|resident| resident.customer.phone.as_deref() == Some(digits));
        match to {
            Recipient::UserId(id) => self.key_of(|resident| resident.customer.bsuid.as_deref() == Some(id.as_str())),
            Recipient::Phone { digits, with_plus: true } => by_phone(digits),
            Recipient::Phone { digits, with_plus: false } => {
                let own = country_of(&account.address).map(|(code, _)| format!("{code}{digits}"));
                own.and_then(|stranger| by_phone(&stranger)).or_else(|| by_phone(digits))
            }
        }
    }

    fn talk(&self, account: &str, customer: Option<&str>) -> Option<&Talk> {
        self.talks.get(&(account.to_owned(), customer?.to_owned()))
    }

    pub(super) fn standing(&self, account: &str, customer: Option<&str>) -> Standing {
        self.talk(account, customer).map(|talk| talk.standing).unwrap_or_default()
    }

    pub(super) fn stopped_marketing(&self, account: &str, customer: Option<&str>) -> bool {
        self.talk(account, customer).is_some_and(|talk| talk.stopped_marketing)
    }

    pub(super) fn ledger(&self) -> Vec<Entry> {
        self.ledger.clone()
    }

    pub(super) fn read_by_business(&self) -> Vec<String> {
        self.read_by_business.clone()
    }

    /// The business marks a customer's message as read; false if there is none such.
    pub(super) fn business_reads(&mut self, account: &str, id: &str) -> bool {
        let mut talks = self.talks.iter().filter(|((of, _), _)| of == account);
        let known = talks.any(|(_, talk)| talk.theirs.iter().any(|message| message == id));
        if known {
            self.read_by_business.push(id.to_owned());
        }
        known
    }

    /// Whether an id is a message of this talk that can be reacted to.
    pub(super) fn can_be_reacted_to(&self, account: &str, customer: Option<&str>, id: &str) -> bool {
        let Some(talk) = self.talk(account, customer) else { return false };
        let ours = |place: &usize| {
            self.ledger.get(*place).is_some_and(|entry| entry.id.as_deref() == Some(id) && entry.kind != "reaction")
        };
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
