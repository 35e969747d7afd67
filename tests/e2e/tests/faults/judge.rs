//! Who judges: the simulator's ledger, what phones show, and the rows that they keep.

use std::collections::{BTreeMap, BTreeSet};

use riposte_e2e::rows::rows;
use riposte_e2e::shown;
use riposte_server::sim::ledger::Judged;

use crate::given::Told;
use crate::run::Run;
use crate::{Outcome, said};

impl Run {
    pub(crate) fn the_ledger_judges(&mut self) -> Outcome<()> {
        let ledger = self.world.simulator().ledger();
        let accepted: Vec<_> = ledger.iter().filter(|entry| entry.judged == Judged::Accepted).collect();
        let mut keys = BTreeSet::new();
        for entry in &accepted {
            // Messenger hands no reference on: there the words alone tell.
            if let Some(key) = &entry.key
                && !keys.insert(key.clone())
            {
                return Err(format!("{:?} went out twice under one key", entry.text));
            }
        }
        self.tally.count("delivered", accepted.len() as u64);
        self.tally.count("refused", (ledger.len() - accepted.len()) as u64);
        for (place, given) in self.given.iter().enumerate() {
            let words = &given.words;
            let times = accepted.iter().filter(|entry| entry.text.contains(words)).count();
            let refused = ledger.iter().any(|entry| entry.text.contains(words) && entry.judged != Judged::Accepted);
            // What a server did and then forgot, it does again in good faith, or promises never to do.
            let is_known = place >= self.forgotten;
            match given.told {
                Told::Gone if times > 0 && is_known => {
                    return Err(format!("{words:?} was cancelled and went out"));
                }
                Told::Again if times > 1 && is_known => {
                    return Err(format!("{words:?} was sent all the same and went out {times} times"));
                }
                Told::Queued if times > 1 => return Err(format!("{words:?} went out {times} times")),
                Told::Queued if times == 0 && !refused => {
                    let phone = given.phone;
                    return Err(format!(
                        "{phone}: {words:?} was reported as queued, never left, and the agent was not asked"
                    ));
                }
                Told::Gone | Told::Again | Told::Queued | Told::Open => {}
            }
        }
        self.in_order(&accepted.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>())
    }

    /// Per phone and customer what went out went out in the order of composing.
    fn in_order(&self, sent: &[&str]) -> Outcome<()> {
        let mut last: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (place, given) in self.given.iter().enumerate().filter(|(_, given)| given.told == Told::Queued) {
            let Some(at) = sent.iter().position(|sent| sent.contains(&given.words)) else { continue };
            match last.insert((given.phone, &given.customer), at) {
                Some(before) if before > at => {
                    let (phone, customer, words) = (given.phone, &given.customer, &given.words);
                    return Err(format!("{phone} to {customer}: {words:?} (number {place}) went out before its turn"));
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    /// A phone that signs in only now has what the server has: each must show the same, and keep the
    /// same rows.
    pub(crate) async fn every_phone_has_what_the_server_has(&mut self) -> Outcome<()> {
        for phone in self.phones.clone() {
            self.world.phone(&format!("{phone}-2")).await.map_err(said)?.sign_in().await.map_err(said)?;
        }
        self.world.settle().await.map_err(said)?;
        for phone in self.phones.clone() {
            self.shows(phone).await?;
            self.shows(&format!("{phone}-2")).await?;
        }
        // Past every mark that lasts seconds: the two have learnt of things at different times.
        self.world.go_to("+10s").map_err(said)?;
        self.world.settle().await.map_err(said)?;
        for phone in self.phones.clone() {
            let clean_phone = format!("{phone}-2");
            same(phone, "shows", &self.shows(phone).await?, &self.shows(&clean_phone).await?)?;
            let kept = self.keeps(phone).await?;
            same(phone, "keeps", &kept, &self.keeps(&clean_phone).await?)?;
            self.tally.count("rows", kept.len() as u64);
        }
        Ok(())
    }

    /// All that a phone shows, a line each, fetched where it is not here.
    async fn shows(&mut self, phone: &str) -> Outcome<Vec<String>> {
        shown::all(&*self.account(phone).await?).await.map_err(said)
    }

    /// All rows of the server that a phone keeps, a line each.
    async fn keeps(&mut self, phone: &str) -> Outcome<Vec<String>> {
        let file = self.world.phone(phone).await.map_err(said)?.cache_file().map_err(said)?;
        rows(&file).map_err(said)
    }
}

fn same(phone: &str, what: &str, held: &[String], clean: &[String]) -> Outcome<()> {
    let differs = held.iter().zip(clean).find(|(held, clean)| held != clean);
    if let Some((held, clean)) = differs {
        return Err(format!("{phone} {what} something else than the server\n  server: {clean}\n  phone:  {held}"));
    }
    if held.len() != clean.len() {
        return Err(format!("{phone} {what} {} lines, the server {}", held.len(), clean.len()));
    }
    Ok(())
}
