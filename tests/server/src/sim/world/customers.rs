//! What customers do, and the company on its own phone: each gives the webhook that tells of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use riposte::model::ChannelKind;

use super::{SimFile, World, message_id};
use crate::sim::SimError;
use crate::sim::account::Account;
use crate::sim::customer::{Manner, Phone, Saying};
use crate::sim::post::Post;
use crate::sim::shapes::{Around, page, whatsapp};

impl World {
    /// A customer says something; gives the message's id and the webhook.
    pub(in crate::sim) fn says(
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
        // A reaction is nothing that could be quoted or reacted to.
        let mut ours = talk.ours.iter().rev().filter_map(|place| self.ledger.get(*place));
        let newest = ours.find(|entry| entry.kind != "reaction");
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
            ChannelKind::Whatsapp => whatsapp::message(&account, &person, &id, at, saying, &around),
            ChannelKind::Messenger | ChannelKind::Instagram => {
                let url = format!("{api}/files/{}", file.as_deref().unwrap_or_default());
                page::message(&account, &scoped_id, &id, at, saying, &around, &url).ok_or(SimError::NotOnThisChannel)?
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

    pub(in crate::sim) fn add_file(&mut self, mime: String, bytes: Bytes) -> String {
        let id = format!("{}", 900_000_000 + self.count());
        self.files.insert(id.clone(), SimFile { mime, bytes });
        id
    }

    /// What the company writes on its own phone or page.
    pub(in crate::sim) fn company_says(
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
        match account.kind {
            ChannelKind::Whatsapp => Ok(whatsapp::echo(&account, &resident.customer, &id, at, body)),
            ChannelKind::Messenger | ChannelKind::Instagram => {
                Ok(page::echo(&account, &resident.scoped_id, &id, at, body))
            }
            ChannelKind::Widget | ChannelKind::Unknown => Err(SimError::NotOnThisChannel),
        }
    }

    /// The customer opens the talk and reads everything that has arrived.
    pub(in crate::sim) fn reads(
        &mut self,
        customer: &str,
        account: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Post>, SimError> {
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

    /// The customer's phone changes; what waited for it arrives.
    pub(in crate::sim) fn set_phone(
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
}
