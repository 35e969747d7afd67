//! What the provider does with what it was asked to send, and what it reports.

use chrono::{DateTime, Utc};
use riposte::model::ChannelKind;

use super::{Send, Taken, World, message_id};
use crate::sim::SimError;
use crate::sim::ledger::{Entry, Judged, Report};
use crate::sim::post::Post;
use crate::sim::shapes::{page, whatsapp};

impl World {
    /// Writes a judged send into the ledger; gives the message's id when it was taken, and what
    /// is reported of it at once.
    pub(in crate::sim) fn write_down(
        &mut self,
        account: &str,
        send: Send,
        now: DateTime<Utc>,
    ) -> (Option<String>, Vec<Post>) {
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
    pub(super) fn arrive(&mut self, place: usize, now: DateTime<Utc>) -> Option<Post> {
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

    pub(super) fn report(
        &mut self,
        place: usize,
        status: &'static str,
        error: Option<i64>,
        now: DateTime<Utc>,
    ) -> Option<Post> {
        let entry = self.ledger.get_mut(place)?;
        let id = entry.id.clone()?;
        entry.reports.push(Report { status, at: now, code: error });
        let (key, customer) = (entry.key.clone(), entry.customer.clone());
        let account = self.accounts.get(&entry.account)?;
        let taken = self.taken.get(&place)?;
        if account.kind == ChannelKind::Whatsapp {
            let news = whatsapp::StatusNews {
                id: &id,
                status,
                at: now,
                recipient: &taken.recipient,
                key: key.as_deref(),
                category: &taken.category,
                free_until: taken.free_until,
                error,
            };
            return Some(whatsapp::status(account, &news));
        }
        // A page is told of arrivals (Messenger only) and of reading; never of failures.
        let resident = self.residents.get(&customer?)?;
        match status {
            "delivered" if account.kind == ChannelKind::Messenger => {
                Some(page::delivered(account, &resident.scoped_id, &id, now))
            }
            "read" => Some(page::read(account, &resident.scoped_id, &id, now)),
            _ => None,
        }
    }

    /// Meta decides about a template.
    pub(in crate::sim) fn decide(
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
        Ok(whatsapp::template_decided(account, template, now))
    }
}
