//! Whatever goes wrong on the way, a phone ends where a phone ends for which nothing went wrong.
//!
//! Each seed is a random history (customers, agents, a provider with its own ideas of order) seen
//! by two phones of the same agent: one behind a forwarder that loses, cuts, repeats and doubles
//! what goes through it, asks for snapshots while rows change, and is paused and closed at any
//! moment; one with a good network. When the faults stop, both show the same, and the customers
//! got every reply once.
//!
//! `RIPOSTE_SEEDS=n`: how many (300). `RIPOSTE_SEED=n`: this one only. A seed decides what happens
//! and what goes wrong with the n-th call; threads still interleave as they like, so a rare
//! failure may need its seed run more than once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use riposte::facade::{AssigneeFilter, Decision, InboxQuery};
use riposte::model::Assignee;
use riposte_e2e::chaos::Dice;
use riposte_e2e::chaos::forwarder::{Counts, Forwarder};
use riposte_e2e::phone::Place;
use riposte_e2e::story::{AppMove, CustomerDeed, PhoneDeed, PhoneDetails, ProviderDeed, Reports, Story, folder};
use riposte_e2e::world::World;
use serde_json::{Value, json};

/// The phone that everything happens to, and its agent's other one.
const UNLUCKY: &str = "marc";
const LUCKY: &str = "tablet";
const CUSTOMERS: [&str; 4] = ["lea", "paul", "carmen", "tom"];

/// How many things happen in a history.
const STEPS: u64 = 20;
/// Histories side by side: more than cores, because they wait for the disk.
const WORKERS: usize = 8;
/// How long a try may take, in milliseconds of real time, if nothing reports that it failed.
const TRY_MS: u64 = 5_000;
/// How many of a hundred calls go wrong.
const PERCENT: u64 = 35;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_goes_wrong_on_the_way_ends_where_a_clean_run_ends() {
    let seeds = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    if let Some(seed) = seeds("RIPOSTE_SEED") {
        let counts = history(seed).await.unwrap_or_else(|what| panic!("seed {seed}: {what}"));
        println!("seed {seed}: {counts:?}");
        return;
    }
    let last = seeds("RIPOSTE_SEEDS").unwrap_or(300);
    let (next, failed) = (Arc::new(AtomicU64::new(1)), Arc::new(AtomicBool::new(false)));
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let (next, failed) = (next.clone(), failed.clone());
            tokio::spawn(async move {
                let mut all = Vec::new();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > last || failed.load(Ordering::Relaxed) {
                        return Ok(all);
                    }
                    match history(seed).await {
                        Ok(counts) => all.push(counts),
                        Err(what) => {
                            failed.store(true, Ordering::Relaxed);
                            return Err((seed, what));
                        }
                    }
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        match worker.await.unwrap() {
            Ok(counts) => all.extend(counts),
            Err((seed, what)) => {
                panic!("seed {seed}: {what}\nagain: RIPOSTE_SEED={seed} cargo test -p riposte-e2e --test properties")
            }
        }
    }
    everything_went_wrong_somewhere(&all);
}

/// A property whose faults never happen proves nothing.
fn everything_went_wrong_somewhere(all: &[Counts]) {
    if all.len() < 30 {
        return;
    }
    let sum = |of: fn(&Counts) -> u64| all.iter().map(of).sum::<u64>();
    for (what, times) in [
        ("requests lost", sum(|counts| counts.requests_lost)),
        ("answers lost", sum(|counts| counts.answers_lost)),
        ("pages repeated", sum(|counts| counts.pages_repeated)),
        ("pages cut", sum(|counts| counts.pages_cut)),
        ("pages skipped", sum(|counts| counts.pages_skipped)),
        ("snapshots asked", sum(|counts| counts.snapshots_asked)),
        ("commands doubled", sum(|counts| counts.commands_doubled)),
        ("rings tampered", sum(|counts| counts.rings_tampered)),
    ] {
        assert!(times > 0, "{what}: never in {} histories", all.len());
        println!("{what}: {times}");
    }
}

struct History {
    world: World,
    forwarder: Forwarder,
    dice: Dice,
    replies: Vec<String>,
    away: bool,
}

async fn history(seed: u64) -> Result<Counts, String> {
    let cast = std::fs::read_to_string(folder().join("cast.json")).map_err(|error| error.to_string())?;
    let story = json!({ "story": "chaos", "cast": { "phones": { LUCKY: UNLUCKY } }, "steps": [] });
    let story = Story::parse(&cast, &story.to_string()).map_err(|error| error.to_string())?;
    let mut world = World::start(&story.cast).await.map_err(|error| error.to_string())?;
    let clock = Arc::new(world.clock().clone());
    let forwarder =
        Forwarder::open(&world.server_url(), clock, seed, PERCENT).await.map_err(|error| error.to_string())?;
    world.phone(UNLUCKY).await.map_err(|error| error.to_string())?.detour = Some(forwarder.url());
    let mut history = History { world, forwarder, dice: Dice::new(seed ^ 0x5eed), replies: Vec::new(), away: false };
    history.run().await?;
    history.world.nothing_was_set_aside().map_err(|error| error.to_string())?;
    let counts = history.forwarder.counts();
    history.world.stop().await;
    Ok(counts)
}

impl History {
    async fn run(&mut self) -> Result<(), String> {
        for phone in [UNLUCKY, LUCKY] {
            let phone = self.world.phone(phone).await.map_err(|error| error.to_string())?;
            phone.sign_in().await.map_err(|error| error.to_string())?;
        }
        for step in 0..STEPS {
            self.something_happens(step).await.map_err(|what| format!("step {step}: {what}"))?;
            if !self.away && self.dice.happens(70) {
                self.unlucky_phone_tries().await?;
            }
        }
        self.faults_stop().await?;
        self.both_phones_show_the_same().await?;
        self.every_reply_arrived_once_or_is_asked_about()
    }

    async fn something_happens(&mut self, step: u64) -> Result<(), String> {
        let who = *self.dice.pick(&CUSTOMERS).unwrap_or(&"lea");
        match self.dice.below(17) {
            0..=4 => self.customer(who, CustomerDeed::Says(format!("{who} writes {step}"))).await,
            5 => self.customer(who, CustomerDeed::Reads(true)).await,
            6 => {
                let on = self.dice.happens(60);
                self.customer(who, CustomerDeed::Reachable(on)).await
            }
            7..=8 => self.reply(who, step).await,
            9 => self.quietly(PhoneDeed::Comments(format!("a note {step}")), who).await,
            10 => {
                let deed = if self.dice.happens(50) { PhoneDeed::Closes(true) } else { PhoneDeed::Reopens(true) };
                self.quietly(deed, who).await
            }
            11 => self.office_moves(who).await,
            12 => {
                let modes = [Reports::Held, Reports::ShuffledDoubled, Reports::Shuffled, Reports::Normal];
                let mode = *self.dice.pick(&modes).unwrap_or(&Reports::Normal);
                self.world
                    .provider("whatsapp", &ProviderDeed::Reports(mode), None)
                    .await
                    .map_err(|error| error.to_string())
            }
            13 => self.app().await,
            14 => {
                self.world.simulator().idle().await;
                Ok(())
            }
            15 => self.office_moves(who).await,
            _ => {
                let span = ["+1s", "+40s", "+10m", "+3h"];
                let span = *self.dice.pick(&span).unwrap_or(&"+1s");
                self.world.go_to(span).map_err(|error| error.to_string())
            }
        }
    }

    /// Until everything is here or an attempt failed: under way and interrupted, both.
    async fn unlucky_phone_tries(&mut self) -> Result<(), String> {
        let account = self.world.phone(UNLUCKY).await.and_then(|phone| Ok(phone.account()?.clone()));
        let account = account.map_err(|error| error.to_string())?;
        account.network_available();
        account.settled(TRY_MS).await.map(drop).map_err(|error| error.to_string())
    }

    async fn customer(&mut self, who: &str, deed: CustomerDeed) -> Result<(), String> {
        // A phone that is off does neither.
        match self.world.customer(who, None, &deed).await {
            Ok(()) | Err(riposte_e2e::world::WorldError::Simulator(_)) => Ok(()),
            Err(other) => Err(other.to_string()),
        }
    }

    async fn reply(&mut self, who: &str, step: u64) -> Result<(), String> {
        let text = format!("reply {step}");
        let with = PhoneDetails { to: Some(who.to_owned()), ..PhoneDetails::default() };
        let phone = self.world.phone(UNLUCKY).await.map_err(|error| error.to_string())?;
        // Nothing to answer yet, or not any more, or the app is in the back: then it was not given.
        if phone.perform(&PhoneDeed::Replies(text.clone()), &with).await.is_ok() {
            self.replies.push(text);
        }
        Ok(())
    }

    /// Something that may find nothing to do.
    async fn quietly(&mut self, deed: PhoneDeed, who: &str) -> Result<(), String> {
        let with = PhoneDetails { to: Some(who.to_owned()), ..PhoneDetails::default() };
        let phone = self.world.phone(UNLUCKY).await.map_err(|error| error.to_string())?;
        let _ = phone.perform(&deed, &with).await;
        Ok(())
    }

    /// An administrator moves a conversation out of the agent's sight, or back into it.
    async fn office_moves(&mut self, who: &str) -> Result<(), String> {
        let name = if self.dice.happens(50) { "Direction" } else { "Service après-vente" };
        let place = Place { customer: who.to_owned(), channel: self.world.cast().customers[who].channel.clone() };
        let lucky = self.world.phone(LUCKY).await.map_err(|error| error.to_string())?;
        // No customer of that name has written yet.
        let Ok(id) = lucky.conversation_id(&place).await else { return Ok(()) };
        let admin = self.world.admin();
        let groups = admin.groups().await.map_err(|error| error.to_string())?;
        let group = groups.iter().find(|group| group.name == name).ok_or("no such group")?.id;
        admin.assign(id, Assignee::Group(group)).await.map_err(|error| error.to_string())
    }

    /// The unlucky phone goes to the back, to the front, or is closed and started again.
    async fn app(&mut self) -> Result<(), String> {
        let deed = match (self.away, self.dice.happens(40)) {
            (true, _) => AppMove::Resumed,
            (false, true) => AppMove::Restarted,
            (false, false) => AppMove::Paused,
        };
        self.away = deed == AppMove::Paused;
        let phone = self.world.phone(UNLUCKY).await.map_err(|error| error.to_string())?;
        let done = phone.perform(&PhoneDeed::App(deed), &PhoneDetails::default()).await;
        done.map(drop).map_err(|error| error.to_string())
    }

    async fn faults_stop(&mut self) -> Result<(), String> {
        let said = |error: &dyn std::fmt::Display| error.to_string();
        self.forwarder.calm();
        for who in CUSTOMERS {
            self.customer(who, CustomerDeed::Reachable(true)).await?;
        }
        self.world.provider("whatsapp", &ProviderDeed::Reports(Reports::Normal), None).await.map_err(|e| said(&e))?;
        if self.away {
            self.app().await?;
        }
        let account = self.world.phone(UNLUCKY).await.map_err(|e| said(&e))?.account().map_err(|e| said(&e))?.clone();
        account.network_available();
        self.world.settle().await.map_err(|e| said(&e))?;
        // Past every pause that a failure asked for, and past every mark that lasts seconds.
        self.world.go_to("+2m").map_err(|e| said(&e))?;
        account.network_available();
        self.world.settle().await.map_err(|e| said(&e))?;
        // What only the agent can decide is discarded, so that nothing of this phone's own is left.
        for waiting in account.outbox().waiting().await.map_err(|e| said(&e))? {
            self.replies.retain(|text| *text != waiting.text);
            account.outbox().decide(waiting.key, Decision::Discard).await.map_err(|e| said(&e))?;
        }
        self.world.settle().await.map_err(|e| said(&e))
    }

    async fn both_phones_show_the_same(&mut self) -> Result<(), String> {
        let unlucky = self.everything(UNLUCKY).await?;
        let lucky = self.everything(LUCKY).await?;
        for (what, wanted) in &lucky {
            let found = unlucky.get(what).unwrap_or(&Value::Null);
            if found != wanted {
                return Err(format!("{what} differs\n  clean: {wanted}\n  here:  {found}"));
            }
        }
        let more: Vec<&String> = unlucky.keys().filter(|what| !lucky.contains_key(*what)).collect();
        if more.is_empty() { Ok(()) } else { Err(format!("only here: {more:?}")) }
    }

    /// All that a phone shows once everything missing was scrolled to.
    async fn everything(&mut self, phone: &str) -> Result<BTreeMap<String, Value>, String> {
        let said = |error: &dyn std::fmt::Display| format!("{phone}: {error}");
        let calendar = self.world.calendar();
        let device = self.world.phone(phone).await.map_err(|error| said(&error))?;
        let account = device.account().map_err(|error| said(&error))?.clone();
        let query = InboxQuery { assignee: AssigneeFilter::All, open: None, limit: 500, ..InboxQuery::default() };
        let page = account.inbox().page(query).await.map_err(|error| said(&error))?;
        for row in &page.rows {
            let conversation = account.conversation(row.id);
            while conversation.load_older().await.map_err(|error| said(&error))? {}
        }
        let mut all = BTreeMap::new();
        for screen in ["usage", "agents", "saved_replies", "channels", "outbox"] {
            let (shown, _) = device.screen(screen, &Value::Null, calendar).await.map_err(|error| said(&error))?;
            all.insert(screen.to_owned(), shown);
        }
        for open in [true, false] {
            let question = json!({ "open": open });
            let (shown, _) = device.screen("inbox", &question, calendar).await.map_err(|error| said(&error))?;
            all.insert(format!("inbox, open {open}"), shown);
        }
        for row in &page.rows {
            let who = CUSTOMERS.iter().find(|key| self.world.cast().customers[**key].name == row.title);
            let Some(who) = who else { continue };
            let device = self.world.phone(phone).await.map_err(|error| said(&error))?;
            let (mut shown, _) =
                device.screen("conversation", &json!({ "with": who }), calendar).await.map_err(|error| said(&error))?;
            if let Value::Object(fields) = &mut shown {
                // A draft is this phone's own; a timer may ring for what only this phone has just learnt.
                fields.remove("draft");
                fields.remove("valid_until");
            }
            all.insert(format!("conversation with {who}"), shown);
        }
        Ok(all)
    }

    fn every_reply_arrived_once_or_is_asked_about(&self) -> Result<(), String> {
        let ledger = self.world.simulator().ledger();
        for entry in &ledger {
            let times = ledger.iter().filter(|other| other.text == entry.text).count();
            if times > 1 {
                return Err(format!("{:?} was sent {times} times", entry.text));
            }
        }
        for reply in &self.replies {
            if !ledger.iter().any(|entry| entry.text == *reply) {
                return Err(format!("{reply:?} was reported as queued and never left"));
            }
        }
        Ok(())
    }
}
