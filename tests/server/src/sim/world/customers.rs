//! What customers do, and the company on its own phone: each gives the webhooks that report it.

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
use crate::sim::shapes::{Around, SentFile, page, whatsapp};
use crate::sim::userid::user_id;

impl World {
    /// A customer does something; gives the message's id and the webhooks.
    pub(in crate::sim) fn says(
        &mut self,
        customer: &str,
        account: &str,
        saying: &Saying,
        manner: Manner,
        api: &str,
        now: DateTime<Utc>,
    ) -> Result<(String, Vec<Post>), SimError> {
        let account = self.account(account)?.clone();
        let resident = self.resident(customer)?;
        if !resident.phone.reachable {
            return Err(SimError::PhoneOff);
        }
        let (person, scoped_id) = (resident.customer.clone(), resident.scoped_id.clone());
        let at = self.stamp(&account, now);
        let number = self.count();
        let id = message_id(account.kind, number);
        let file = self.file_of(saying, api)?;
        let changed = self.changed_ids(customer, saying)?;

        let talk_key = (account.key.clone(), customer.to_owned());
        let talk = self.talks.entry(talk_key).or_default();
        // A reaction cannot be quoted or reacted to.
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
            file: file.as_ref(),
            new_user_id: changed.as_deref(),
        };
        let posts = match account.kind {
            ChannelKind::Whatsapp => whatsapp::said(&account, &person, &id, at, saying, &around),
            ChannelKind::Messenger | ChannelKind::Instagram => {
                let post = page::message(&account, &scoped_id, &id, at, saying, &around);
                vec![post.ok_or(SimError::NotOnThisChannel)?]
            }
            ChannelKind::Widget | ChannelKind::Unknown => return Err(SimError::NotOnThisChannel),
        };
        if saying.counts() {
            talk.standing.customer_wrote(at, manner.by_advertisement);
        }
        if !needs_own {
            talk.theirs.push(id.clone());
        }
        self.change_ids(customer, saying, changed);
        Ok((id, posts))
    }

    /// The user id that a customer has after this; none if it stays.
    fn changed_ids(&self, customer: &str, saying: &Saying) -> Result<Option<String>, SimError> {
        let resident = self.resident(customer)?;
        let phone = match saying {
            Saying::NumberChange { phone } => Some(phone.as_str()),
            Saying::UserIdChange => resident.customer.phone.as_deref(),
            _ => return Ok(None),
        };
        Ok(Some(user_id(customer, phone, resident.id_changes + 1)))
    }

    /// A new number has no window with any business number until it writes: Meta counts windows per
    /// number of the customer.
    fn change_ids(&mut self, customer: &str, saying: &Saying, user_id: Option<String>) {
        let Some(resident) = self.residents.get_mut(customer) else { return };
        if let Some(user_id) = user_id {
            resident.customer.bsuid = Some(user_id);
            resident.id_changes += 1;
        }
        if let Saying::NumberChange { phone } = saying {
            resident.customer.phone = Some(phone.clone());
            for (_, talk) in self.talks.iter_mut().filter(|((_, of), _)| of == customer) {
                talk.standing = Default::default();
            }
        }
    }

    /// Provider time: whole seconds on WhatsApp.
    fn stamp(&self, account: &Account, now: DateTime<Utc>) -> DateTime<Utc> {
        match account.kind {
            ChannelKind::Whatsapp => now.duration_trunc(TimeDelta::seconds(1)).unwrap_or(now),
            _ => now,
        }
    }

    fn file_of(&mut self, saying: &Saying, api: &str) -> Result<Option<SentFile>, SimError> {
        let Saying::Media { mime, base64, .. } = saying else { return Ok(None) };
        let bytes: Bytes = match base64 {
            Some(text) => BASE64.decode(text).map_err(|_| SimError::NotBase64)?.into(),
            None => format!("made up, {mime}").into_bytes().into(),
        };
        let sha256 = checksum(&bytes);
        let id = self.add_file(mime.clone(), bytes);
        Ok(Some(SentFile { url: format!("{api}/files/{id}"), id, sha256 }))
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
        let watermark = self.account(account)?.kind == ChannelKind::Messenger;
        let places = self.ours(customer, account);
        let unread: Vec<usize> = places.into_iter().filter(|place| self.is(*place, "delivered", "read")).collect();
        if !phone.read_receipts {
            return Ok(Vec::new());
        }
        let newest = unread.last().copied();
        let mut posts = Vec::new();
        for place in unread {
            let report = self.report(place, "read", None, now);
            // One watermark reports all.
            if !watermark || Some(place) == newest {
                posts.extend(report);
            }
        }
        Ok(posts)
    }

    /// The customer plays the newest voice message that arrived and was not played.
    pub(in crate::sim) fn plays(
        &mut self,
        customer: &str,
        account: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Post>, SimError> {
        if self.account(account)?.kind != ChannelKind::Whatsapp {
            return Err(SimError::NotOnThisChannel);
        }
        let mut posts = self.reads(customer, account, now)?;
        let sound = |place: &&usize| {
            let is_sound = self.ledger.get(**place).is_some_and(|entry| entry.kind == "audio");
            is_sound && self.is(**place, "delivered", "played")
        };
        let place = self.ours(customer, account).iter().rev().find(sound).copied();
        posts.extend(self.report(place.ok_or(SimError::NothingOfOurs)?, "played", None, now));
        Ok(posts)
    }

    fn ours(&self, customer: &str, account: &str) -> Vec<usize> {
        self.talk(account, Some(customer)).map(|talk| talk.ours.clone()).unwrap_or_default()
    }

    /// The customer wants no marketing of this number, or wants it again.
    pub(in crate::sim) fn wants_marketing(
        &mut self,
        customer: &str,
        account: &str,
        wanted: bool,
        now: DateTime<Utc>,
    ) -> Result<Post, SimError> {
        let account = self.account(account)?.clone();
        if account.kind != ChannelKind::Whatsapp {
            return Err(SimError::NotOnThisChannel);
        }
        let person = self.resident(customer)?.customer.clone();
        self.talks.entry((account.key.clone(), customer.to_owned())).or_default().stopped_marketing = !wanted;
        Ok(whatsapp::marketing(&account, &person, wanted, self.stamp(&account, now)))
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

/// As webhooks carry it.
pub(in crate::sim) fn checksum(bytes: &[u8]) -> String {
    use sha2::Digest;
    BASE64.encode(sha2::Sha256::digest(bytes))
}
