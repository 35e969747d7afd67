//! What the provider does with what it was asked to send, and what it reports.

use chrono::{DateTime, Utc};
use riposte::model::ChannelKind;

use super::{Send, Taken, World, message_id};
use crate::sim::account::Account;
use crate::sim::errors::Refusal;
use crate::sim::judge::Recipient;
use crate::sim::ledger::{Entry, Judged, Report};
use crate::sim::post::Post;
use crate::sim::pricing::{Circumstances, Price, day_of, price};
use crate::sim::shapes::{page, whatsapp};

/// What a send that was judged becomes.
pub(in crate::sim) struct Written {
    /// The message's id and whether Meta holds it, or the refusal.
    pub(in crate::sim) outcome: Result<(String, bool), Refusal>,
    /// What is reported of it at once.
    pub(in crate::sim) posts: Vec<Post>,
    /// The caller never hears of it.
    pub(in crate::sim) answer_lost: bool,
}

impl World {
    /// Writes a judged send into the ledger, and begins to deliver it.
    pub(in crate::sim) fn write_down(&mut self, account: &Account, send: Send, now: DateTime<Utc>) -> Written {
        let window_open = self.standing(&account.key, send.customer.as_deref()).is_open(now);
        let number = self.count();
        let id = send.judged.is_ok().then(|| message_id(account.kind, number));
        let judged = match &send.judged {
            Ok(_) => Judged::Accepted,
            Err(refusal) => Judged::Refused { code: refusal.code },
        };
        let answer_lost = send.judged.is_ok() && std::mem::take(&mut self.whims.lose_answer);
        let held = send.judged.is_ok() && send.template.is_some() && std::mem::take(&mut self.whims.hold);
        let place = self.ledger.len();
        self.ledger.push(Entry {
            account: account.key.clone(),
            customer: send.customer.clone(),
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
        let (verdict, id) = match (send.judged, id) {
            (Ok(verdict), Some(id)) => (verdict, id),
            (Err(refusal), _) => return Written { outcome: Err(refusal), posts: Vec::new(), answer_lost },
            (Ok(_), None) => return Written { outcome: Ok((String::new(), held)), posts: Vec::new(), answer_lost },
        };
        let mut free_until = None;
        if let Some(customer) = send.customer {
            let talk = self.talks.entry((account.key.clone(), customer)).or_default();
            talk.ours.push(place);
            talk.standing.business_wrote(now);
            free_until = talk.standing.free_until().filter(|until| now < *until);
        }
        let fails = self.whims.fail.take().or(verdict.fails);
        let price = self.price(account, &verdict.category, window_open, free_until.is_some(), now);
        self.taken.insert(place, Taken { to: send.to, price, free_until, fails, held });
        let posts = if held { Vec::new() } else { self.leave(place, now) };
        Written { outcome: Ok((id, held)), posts, answer_lost }
    }

    fn price(
        &mut self,
        account: &Account,
        category: &str,
        window_open: bool,
        free_entry_point: bool,
        now: DateTime<Utc>,
    ) -> Price {
        let day = day_of(now, self.utc_offset_minutes);
        let used = self.free_replies.entry((account.key.clone(), day.format("%Y-%m").to_string())).or_default();
        let price = price(Circumstances { category, window_open, free_entry_point, free_replies_used: *used, day });
        if price.uses_free_reply {
            *used += 1;
        }
        price
    }

    /// It leaves, and arrives if it can. A number without WhatsApp is found before it leaves.
    fn leave(&mut self, place: usize, now: DateTime<Utc>) -> Vec<Post> {
        if self.ledger.get(place).is_some_and(|entry| entry.customer.is_none()) {
            return self.fail(place, 131026, now).into_iter().collect();
        }
        let sent = self.report(place, "sent", None, now);
        sent.into_iter().chain(self.arrive(place, now)).collect()
    }

    /// Meta has checked the templates that it held: they leave, or fail.
    pub(in crate::sim) fn release_held(&mut self, passed: bool, now: DateTime<Utc>) -> Vec<Post> {
        let mut places: Vec<usize> =
            self.taken.iter().filter(|(_, taken)| taken.held).map(|(place, _)| *place).collect();
        places.sort_unstable();
        let mut posts = Vec::new();
        for place in places {
            if let Some(taken) = self.taken.get_mut(&place) {
                taken.held = false;
            }
            match passed {
                true => posts.extend(self.leave(place, now)),
                false => posts.extend(self.fail(place, 132015, now)),
            }
        }
        posts
    }

    /// A message that was sent reaches its customer, or fails to; nothing happens while the phone
    /// is off, or a second time.
    pub(super) fn arrive(&mut self, place: usize, now: DateTime<Utc>) -> Option<Post> {
        if !self.is(place, "sent", "delivered") || !self.is(place, "sent", "failed") {
            return None;
        }
        let customer = self.ledger.get(place)?.customer.clone();
        let phone = customer.and_then(|customer| Some(self.residents.get(&customer)?.phone));
        let fails = self.taken.get(&place)?.fails;
        match (fails, phone) {
            (Some(code), _) => self.fail(place, code, now),
            (None, None) => None,
            (None, Some(phone)) if !phone.deliverable => self.fail(place, 131026, now),
            (None, Some(phone)) if !phone.reachable => None,
            (None, Some(_)) => self.report(place, "delivered", None, now),
        }
    }

    /// What is not delivered is not charged: a free reply goes back to its month.
    fn fail(&mut self, place: usize, code: i64, now: DateTime<Utc>) -> Option<Post> {
        let entry = self.ledger.get(place)?;
        let month = day_of(entry.at, self.utc_offset_minutes).format("%Y-%m").to_string();
        let uses_free_reply = self.taken.get(&place)?.price.uses_free_reply;
        if let Some(used) = self.free_replies.get_mut(&(entry.account.clone(), month)).filter(|_| uses_free_reply) {
            *used = used.saturating_sub(1);
        }
        self.report(place, "failed", Some(code), now)
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
        let resident = customer.and_then(|customer| self.residents.get(&customer));
        if account.kind == ChannelKind::Whatsapp {
            let sent_to = match &taken.to {
                Recipient::Phone { digits, .. } => whatsapp::SentTo::Phone(digits),
                Recipient::UserId(id) => whatsapp::SentTo::UserId(id),
            };
            let news = whatsapp::StatusNews {
                id: &id,
                status,
                at: now,
                sent_to,
                customer: resident.map(|resident| &resident.customer),
                key: key.as_deref(),
                price: &taken.price,
                free_until: taken.free_until,
                error,
            };
            return Some(whatsapp::status(account, &news));
        }
        // A page hears of arrivals (Messenger only) and of reading; never of failures.
        let resident = resident?;
        match status {
            "delivered" if account.kind == ChannelKind::Messenger => {
                Some(page::delivered(account, &resident.scoped_id, &id, now))
            }
            "read" => Some(page::read(account, &resident.scoped_id, &id, now)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::customer::{Customer, Manner, Saying};
    use crate::sim::judge::Verdict;
    use crate::sim::pricing::FREE_REPLIES_A_MONTH;

    fn now() -> DateTime<Utc> {
        "2026-11-02T09:00:00Z".parse().unwrap()
    }

    fn lea_wrote() -> (World, Account) {
        let mut world = World::default();
        let account = world.add_account("whatsapp", ChannelKind::Whatsapp, "33199000001");
        let phone = Some("33612345678".to_owned());
        world.add_customer("lea", Customer { phone, ..Customer::default() });
        let text = Saying::Text { body: "Bonjour".to_owned() };
        world.says("lea", "whatsapp", &text, Manner::default(), "", now()).unwrap();
        (world, account)
    }

    /// Sends a reply; gives the `pricing.type` of its report.
    fn reply(world: &mut World, account: &Account) -> String {
        let send = Send {
            kind: "text".to_owned(),
            text: String::new(),
            template: None,
            file: None,
            quotes: None,
            key: None,
            to: Recipient::Phone { digits: "33612345678".to_owned(), with_plus: true },
            customer: Some("lea".to_owned()),
            judged: Ok(Verdict { category: "service".to_owned(), fails: None }),
        };
        let written = world.write_down(account, send, now());
        let kind = |post: &Post| post.body.pointer("/entry/0/changes/0/value/statuses/0/pricing/type").cloned();
        written.posts.iter().find_map(kind).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn after_a_thousand_free_replies_the_next_is_charged() {
        let (mut world, account) = lea_wrote();
        for _ in 0..FREE_REPLIES_A_MONTH {
            assert_eq!(reply(&mut world, &account), "free_customer_service");
        }
        assert_eq!(reply(&mut world, &account), "regular");
    }

    #[test]
    fn a_reply_that_fails_gives_its_free_unit_back() {
        let (mut world, account) = lea_wrote();
        world.whims.fail = Some(131049);
        for _ in 0..=FREE_REPLIES_A_MONTH {
            assert_eq!(reply(&mut world, &account), "free_customer_service");
        }
        assert_eq!(reply(&mut world, &account), "regular");
    }
}
