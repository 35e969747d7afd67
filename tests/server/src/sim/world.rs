//! Everything the provider and the customers know, changed by one thing at a time. No network
//! and no clock in here: what has to be posted is handed back.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use riposte::model::ChannelKind;

use super::SimError;
use super::account::Account;
use super::customer::{Customer, Manner, Phone, Saying};
use super::judge::Refusal;
use super::ledger::{Entry, Judged, Report};
use super::post::Post;
use super::shapes::{self, Around, Person, StatusNews};
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

    // Who is there -------------------------------------------------------------------------

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

    pub(super) fn add_template(&mut self, account: &str, given: &GivenTemplate) -> Result<(), SimError> {
        let business_id = self.account(account)?.business_id.clone();
        let id = format!("{}", 700_000_000 + self.count());
        self.templates.push(SimTemplate::given(given, id, business_id));
        Ok(())
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

    // What customers do --------------------------------------------------------------------

    /// A customer says something; gives the message's id and the webhook.
    pub(super) fn says(
        &mut self,
        customer: &str,
        account: &str,
        saying: &Saying,
        manner: Manner,
        api: &str,
        now: DateTime<Utc>,
    ) -> Result<(String, Post), SimError> {
        let account = self.account(account)?.clone();
        let resident = self.resident(customer)?;
        if !resident.phone.reachable {
            return Err(SimError::PhoneOff);
        }
        let (person, scoped_id) = (resident.customer.clone(), resident.scoped_id.clone());
        let at = self.stamp(&account, now);
        let number = self.count();
        let id = message_id(account.kind, number);
        let file = self.file_of(saying)?;

        let talk_key = (account.key.clone(), customer.to_owned());
        let talk = self.talks.entry(talk_key).or_default();
        let newest = talk.ours.last().and_then(|place| self.ledger.get(*place));
        let needs_ours = manner.quoting || matches!(saying, Saying::Reaction { .. });
        let refers = needs_ours || matches!(saying, Saying::Answer { .. });
        let needs_own = matches!(saying, Saying::Edit { .. } | Saying::Revoke);
        if needs_ours && newest.is_none() {
            return Err(SimError::NothingOfOurs);
        }
        if needs_own && talk.theirs.is_empty() {
            return Err(SimError::NothingOfTheirs);
        }
        let around = Around {
            refers_to: newest.filter(|_| refers).and_then(|entry| entry.id.as_deref()),
            to_template: newest.is_some_and(|entry| entry.template.is_some()),
            own: talk.theirs.last().map(String::as_str).filter(|_| needs_own),
            by_advertisement: manner.by_advertisement,
            file: file.as_deref(),
        };
        let post = match account.kind {
            ChannelKind::Whatsapp => shapes::whatsapp_message(&account, &person, &id, at, saying, &around),
            ChannelKind::Messenger | ChannelKind::Instagram => {
                let person = Person { customer: &person, scoped_id: &scoped_id };
                let url = format!("{api}/files/{}", file.as_deref().unwrap_or_default());
                shapes::page_message(&account, &person, &id, at, saying, &around, &url)
                    .ok_or(SimError::NotOnThisChannel)?
            }
            ChannelKind::Widget | ChannelKind::Unknown => return Err(SimError::NotOnThisChannel),
        };
        if saying.counts() {
            talk.standing.customer_wrote(at, manner.by_advertisement);
        }
        if !needs_own {
            talk.theirs.push(id.clone());
        }
        if let (Saying::NumberChange { phone }, Some(resident)) = (saying, self.residents.get_mut(customer)) {
            resident.customer.phone = Some(phone.clone());
        }
        Ok((id, post))
    }

    /// Provider time: whole seconds on WhatsApp.
    fn stamp(&self, account: &Account, now: DateTime<Utc>) -> DateTime<Utc> {
        match account.kind {
            ChannelKind::Whatsapp => now.duration_trunc(TimeDelta::seconds(1)).unwrap_or(now),
            _ => now,
        }
    }

    fn file_of(&mut self, saying: &Saying) -> Result<Option<String>, SimError> {
        let Saying::Media { mime, base64, .. } = saying else { return Ok(None) };
        let bytes = match base64 {
            Some(text) => BASE64.decode(text).map_err(|_| SimError::NotBase64)?,
            None => format!("made up, {mime}").into_bytes(),
        };
        Ok(Some(self.add_file(mime.clone(), bytes.into())))
    }

    pub(super) fn add_file(&mut self, mime: String, bytes: Bytes) -> String {
        let id = format!("{}", 900_000_000 + self.count());
        self.files.insert(id.clone(), SimFile { mime, bytes });
        id
    }

    /// What the company writes on its own phone or page.
    pub(super) fn company_says(
        &mut self,
        account: &str,
        customer: &str,
        body: &str,
        now: DateTime<Utc>,
    ) -> Result<Post, SimError> {
        let account = self.account(account)?.clone();
        let number = self.count();
        let id = message_id(account.kind, number);
        let at = self.stamp(&account, now);
        let resident = self.resident(customer)?;
        let person = Person { customer: &resident.customer, scoped_id: &resident.scoped_id };
        match account.kind {
            ChannelKind::Whatsapp => Ok(shapes::whatsapp_echo(&account, person.customer, &id, at, body)),
            ChannelKind::Messenger | ChannelKind::Instagram => Ok(shapes::page_echo(&account, &person, &id, at, body)),
            ChannelKind::Widget | ChannelKind::Unknown => Err(SimError::NotOnThisChannel),
        }
    }

    /// The customer opens the talk and reads everything that has arrived.
    pub(super) fn reads(&mut self, customer: &str, account: &str, now: DateTime<Utc>) -> Result<Vec<Post>, SimError> {
        let phone = self.resident(customer)?.phone;
        if !phone.reachable {
            return Err(SimError::PhoneOff);
        }
        self.account(account)?;
        let talk = self.talks.get(&(account.to_owned(), customer.to_owned()));
        let places: Vec<usize> = talk.map(|talk| talk.ours.clone()).unwrap_or_default();
        let unread: Vec<usize> = places.into_iter().filter(|place| self.is(*place, "delivered", "read")).collect();
        if !phone.read_receipts {
            return Ok(Vec::new());
        }
        let watermark = self.account(account)?.kind == ChannelKind::Messenger;
        let newest = unread.last().copied();
        let mut posts = Vec::new();
        for place in unread {
            let report = self.report(place, "read", None, now);
            // One watermark says it for all.
            if !watermark || Some(place) == newest {
                posts.extend(report);
            }
        }
        Ok(posts)
    }

    /// Whether a message reached one state and not yet the next.
    fn is(&self, place: usize, reached: &str, not_yet: &str) -> bool {
        let had = |entry: &Entry, status: &str| entry.reports.iter().any(|report| report.status == status);
        self.ledger.get(place).is_some_and(|entry| had(entry, reached) && !had(entry, not_yet))
    }

    /// The customer's phone changes; what waited for it arrives.
    pub(super) fn set_phone(
        &mut self,
        customer: &str,
        change: impl FnOnce(&mut Phone),
        now: DateTime<Utc>,
    ) -> Result<Vec<Post>, SimError> {
        self.resident(customer)?;
        let Some(resident) = self.residents.get_mut(customer) else { return Ok(Vec::new()) };
        change(&mut resident.phone);
        if !resident.phone.reachable {
            return Ok(Vec::new());
        }
        let theirs = self.talks.iter().filter(|((_, of), _)| of == customer);
        let mut places: Vec<usize> = theirs.flat_map(|(_, talk)| talk.ours.clone()).collect();
        places.sort_unstable();
        Ok(places.into_iter().flat_map(|place| self.arrive(place, now)).collect())
    }

    // What the provider does ---------------------------------------------------------------

    /// Writes a judged send into the ledger; gives the message's id when it was taken, and what
    /// is reported of it at once.
    pub(super) fn write_down(&mut self, account: &str, send: Send, now: DateTime<Utc>) -> (Option<String>, Vec<Post>) {
        let Ok(known) = self.account(account).cloned() else { return (None, Vec::new()) };
        let customer = self.known_as(&send.recipient).map(str::to_owned);
        let window_open = self.standing(account, customer.as_deref()).is_open(now);
        let number = self.count();
        let id = send.judged.is_ok().then(|| message_id(known.kind, number));
        let judged = match &send.judged {
            Ok(_) => Judged::Accepted,
            Err(refusal) => Judged::Refused { code: refusal.code },
        };
        let answer_lost = send.judged.is_ok() && std::mem::take(&mut self.whims.lose_answer);
        let place = self.ledger.len();
        self.ledger.push(Entry {
            account: account.to_owned(),
            customer: customer.clone(),
            kind: send.kind,
            text: send.text,
            template: send.template,
            file: send.file,
            quotes: send.quotes,
            key: send.key,
            id: id.clone(),
            at: now,
            window_open,
            judged,
            answer_lost,
            reports: Vec::new(),
        });
        let Ok(category) = send.judged else { return (None, Vec::new()) };
        let mut free_until = None;
        if let Some(customer) = customer {
            let talk = self.talks.entry((account.to_owned(), customer)).or_default();
            talk.ours.push(place);
            talk.standing.business_wrote(now);
            free_until = talk.standing.free_until().filter(|until| now < *until);
        }
        let fails = self.whims.fail.take();
        self.taken.insert(place, Taken { recipient: send.recipient, category, free_until, fails });
        let mut posts: Vec<Post> = self.report(place, "sent", None, now).into_iter().collect();
        posts.extend(self.arrive(place, now));
        (id, posts)
    }

    /// A message that was sent reaches its customer, or fails to; nothing happens while their
    /// phone is off, or a second time.
    fn arrive(&mut self, place: usize, now: DateTime<Utc>) -> Option<Post> {
        if !self.is(place, "sent", "delivered") || !self.is(place, "sent", "failed") {
            return None;
        }
        let customer = self.ledger.get(place)?.customer.clone();
        let phone = customer.and_then(|customer| Some(self.residents.get(&customer)?.phone));
        let fails = self.taken.get(&place)?.fails;
        match (fails, phone) {
            (Some(code), _) => self.report(place, "failed", Some(code), now),
            // Nobody has this number, or they do not want to hear of it.
            (None, None) => self.report(place, "failed", Some(131026), now),
            (None, Some(phone)) if !phone.deliverable => self.report(place, "failed", Some(131026), now),
            (None, Some(phone)) if !phone.reachable => None,
            (None, Some(_)) => self.report(place, "delivered", None, now),
        }
    }

    fn report(&mut self, place: usize, status: &'static str, error: Option<i64>, now: DateTime<Utc>) -> Option<Post> {
        let entry = self.ledger.get_mut(place)?;
        let id = entry.id.clone()?;
        entry.reports.push(Report { status, at: now, code: error });
        let (key, customer) = (entry.key.clone(), entry.customer.clone());
        let account = self.accounts.get(&entry.account)?;
        let taken = self.taken.get(&place)?;
        if account.kind == ChannelKind::Whatsapp {
            let news = StatusNews {
                id: &id,
                status,
                at: now,
                recipient: &taken.recipient,
                key: key.as_deref(),
                category: &taken.category,
                free_until: taken.free_until,
                error,
            };
            return Some(shapes::whatsapp_status(account, &news));
        }
        // A page is told of arrivals (Messenger only) and of reading; never of failures.
        let resident = self.residents.get(&customer?)?;
        let person = Person { customer: &resident.customer, scoped_id: &resident.scoped_id };
        match status {
            "delivered" if account.kind == ChannelKind::Messenger => {
                Some(shapes::page_delivered(account, &person, &id, now))
            }
            "read" => Some(shapes::page_read(account, &person, &id, now)),
            _ => None,
        }
    }

    /// Meta decides about a template.
    pub(super) fn decide(
        &mut self,
        name: &str,
        status: &str,
        reason: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Post, SimError> {
        let template = self.templates.iter_mut().find(|template| template.name == name);
        let template = template.ok_or_else(|| SimError::UnknownTemplate(name.to_owned()))?;
        template.status = status.to_owned();
        template.reason = reason.map(str::to_owned);
        let account = self.accounts.values().find(|account| account.business_id == template.business_id);
        let account = account.ok_or_else(|| SimError::UnknownTemplate(name.to_owned()))?;
        Ok(shapes::template_decided(account, template, now))
    }
}

fn message_id(kind: ChannelKind, number: u64) -> String {
    match kind {
        ChannelKind::Whatsapp => format!("wamid.SIM{number:08}"),
        _ => format!("m_sim{number:08}"),
    }
}
