//! Sent exactly once, under every fault at once.
//!
//! Each seed is one to three agents who answer the same customers while the server drops, delays,
//! refuses, cuts, hangs and answers in somebody else's name, their apps are paused and closed, the
//! provider refuses and fails, and in some the server goes back to a backup. Then the faults stop and
//! nobody does anything. The simulator's own ledger judges what the customers got; each phone must
//! show what a phone shows that signs in only now, which is the server's database as that agent
//! sees it.
//!
//! `RIPOSTE_SEEDS=n`: how many (300). `RIPOSTE_SEED=n`: this one only. A seed decides what people do
//! and what happens to the n-th call; threads still interleave as they like, so a rare failure may
//! need its seed told more than once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use riposte::facade::{
    Account, Around, Decided, Decision, Draft, InboxQuery, InboxRow, Progress, TimelineRow, WaitingCommand, Whose,
};
use riposte_e2e::chaos::Dice;
use riposte_e2e::story::{Story, folder};
use riposte_e2e::world::World;
use riposte_server::Backup;
use riposte_server::faults::{Endpoint, Fault, Plan, RetryAfter, Rule};
use riposte_server::sim::ledger::Judged;
use serde_json::json;

/// The agents, each with a phone of this name; the phone that signs in at the end has `-2` behind it.
const AGENTS: [&str; 3] = ["marc", "ines", "claire"];
const CUSTOMERS: [&str; 3] = ["lea", "paul", "tom"];
/// How many things happen in a run.
const STEPS: u64 = 30;
/// Runs side by side: more than cores, because they wait for the disk.
const WORKERS: usize = 8;
/// How long a phone is left to try, in milliseconds of real time.
const TRY_MS: u64 = 60;

type Outcome<T> = Result<T, String>;

fn said<E: std::fmt::Display>(error: E) -> String {
    error.to_string()
}

/// Everything that can go wrong with a call, at once: about two calls in five.
fn everything(seed: u64) -> Plan {
    let rule = |on: Option<Endpoint>, percent: u8, fault: Fault| Rule { on, percent, fault };
    let status = |status: u16, retry_after: RetryAfter| Fault::Status { status, retry_after };
    let rules = vec![
        rule(Some(Endpoint::Live), 15, Fault::Closed),
        rule(Some(Endpoint::Live), 15, Fault::HalfOpen),
        rule(Some(Endpoint::Changes), 6, Fault::Gone),
        rule(Some(Endpoint::Execute), 8, Fault::DroppedAfter),
        rule(None, 6, Fault::DroppedBefore),
        rule(None, 6, Fault::DroppedAfter),
        rule(None, 5, Fault::Truncated),
        rule(None, 4, Fault::NotJson),
        rule(None, 2, Fault::HalfOpen),
        rule(None, 4, Fault::Delay { ms: 3_000 }),
        rule(None, 2, status(408, RetryAfter::Absent)),
        rule(None, 2, status(429, RetryAfter::Seconds(3))),
        rule(None, 2, status(429, RetryAfter::Absurd)),
        rule(None, 2, status(503, RetryAfter::Date(5))),
        rule(None, 2, status(503, RetryAfter::Absent)),
        rule(None, 2, status(500, RetryAfter::Absent)),
        rule(None, 2, status(502, RetryAfter::Seconds(1))),
    ];
    Plan { seed, rules }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_key_once_none_that_was_cancelled_and_in_order_under_every_fault_at_once() {
    let seeds = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    if let Some(seed) = seeds("RIPOSTE_SEED") {
        let tally = run(seed).await.unwrap_or_else(|what| panic!("seed {seed}: {what}"));
        println!("seed {seed}: {tally:?}");
        return;
    }
    let last = seeds("RIPOSTE_SEEDS").unwrap_or(300);
    let (next, failed) = (Arc::new(AtomicU64::new(1)), Arc::new(AtomicBool::new(false)));
    let worker = || {
        let (next, failed) = (next.clone(), failed.clone());
        async move {
            let mut all = Tally::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed > last || failed.load(Ordering::Relaxed) {
                    return Ok(all);
                }
                match run(seed).await {
                    Ok(tally) => all.add(&tally),
                    Err(what) => {
                        failed.store(true, Ordering::Relaxed);
                        return Err((seed, what));
                    }
                }
            }
        }
    };
    let workers: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(worker())).collect();
    let mut all = Tally::default();
    for worker in workers {
        match worker.await.unwrap() {
            Ok(tally) => all.add(&tally),
            Err((seed, what)) => {
                panic!("seed {seed}: {what}\nagain: RIPOSTE_SEED={seed} cargo test -p riposte-e2e --test faults")
            }
        }
    }
    println!("{} runs: {all:?}", all.counts.get("runs").copied().unwrap_or_default());
    if last >= 100 {
        // A property whose faults never happen proves nothing.
        for what in [
            "delay",
            "dropped_before",
            "dropped_after",
            "status",
            "truncated",
            "not_json",
            "closed",
            "half_open",
            "gone",
            "commands",
            "delivered",
            "cancelled",
            "retried",
            "restored",
            "asked",
            "refused",
        ] {
            assert!(all.counts.get(what).is_some_and(|times| *times > 0), "{what}: never in {last} runs");
        }
    }
}

/// How often each thing happened.
#[derive(Debug, Default)]
struct Tally {
    counts: BTreeMap<&'static str, u64>,
}

impl Tally {
    fn count(&mut self, what: &'static str, times: u64) {
        *self.counts.entry(what).or_default() += times;
    }

    fn add(&mut self, other: &Self) {
        other.counts.iter().for_each(|(what, times)| self.count(what, *times));
    }
}

/// What an agent was told about a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Queued,
    /// It will never leave.
    Gone,
    /// Tried again, or let go at the end although it may have left: how often it arrived is open.
    Open,
}

struct Run {
    world: World,
    dice: Dice,
    phones: Vec<&'static str>,
    paused: BTreeSet<&'static str>,
    /// Each text with its phone, its customer and what the agent was told, in the order of composing.
    texts: Vec<(String, &'static str, String, Told)>,
    backup: Option<Backup>,
    /// So many texts were written before the server last went back. What it executed and then forgot
    /// it can promise never to execute, and nobody can know better.
    forgotten: usize,
    tally: Tally,
}

async fn run(seed: u64) -> Outcome<Tally> {
    let cast = std::fs::read_to_string(folder().join("cast.json")).map_err(said)?;
    let twice: BTreeMap<String, &str> = AGENTS.iter().map(|agent| (format!("{agent}-2"), *agent)).collect();
    let story = json!({ "story": "faults", "cast": { "phones": twice }, "steps": [] });
    let story = Story::parse(&cast, &story.to_string()).map_err(said)?;
    let world = World::start(&story.cast).await.map_err(said)?;
    let mut dice = Dice::new(seed ^ 0xfa17);
    let count = 1 + usize::try_from(dice.below(3)).unwrap_or_default();
    let mut run = Run {
        world,
        dice,
        phones: AGENTS[..count].to_vec(),
        paused: BTreeSet::new(),
        texts: Vec::new(),
        backup: None,
        forgotten: 0,
        tally: Tally::default(),
    };
    run.whole(seed).await?;
    run.tally.count("runs", 1);
    run.world.stop().await;
    Ok(run.tally)
}

impl Run {
    async fn whole(&mut self, seed: u64) -> Outcome<()> {
        for phone in self.phones.clone() {
            self.world.phone(phone).await.map_err(said)?.sign_in().await.map_err(said)?;
        }
        for customer in CUSTOMERS {
            self.customer_writes(customer, "Bonjour").await?;
        }
        self.world.settle().await.map_err(said)?;
        self.world.server().faults().set(everything(seed));
        for step in 0..STEPS {
            self.something_happens(step).await.map_err(|what| format!("step {step}: {what}"))?;
        }
        self.calm().await?;
        self.the_ledger_judges()?;
        self.every_phone_shows_what_the_server_has().await
    }

    async fn account(&mut self, phone: &str) -> Outcome<Arc<Account>> {
        Ok(self.world.phone(phone).await.map_err(said)?.account().map_err(said)?.clone())
    }

    async fn customer_writes(&mut self, customer: &str, text: &str) -> Outcome<()> {
        let channel = self.world.cast().customers[customer].channel.clone();
        self.world.simulator().writes(customer, &channel, text).await.map(drop).map_err(said)
    }

    async fn something_happens(&mut self, step: u64) -> Outcome<()> {
        let phone = *self.dice.pick(&self.phones).unwrap_or(&AGENTS[0]);
        match self.dice.below(20) {
            0..=2 => {
                let customer = *self.dice.pick(&CUSTOMERS).unwrap_or(&"lea");
                self.customer_writes(customer, &format!("{customer} {step}")).await?;
            }
            3..=9 => self.writes(phone, step).await?,
            10 => self.does_something_else(phone, step).await?,
            11 => self.cancels(phone).await?,
            12 => self.retries(phone).await?,
            13 => self.app(phone).await?,
            14 => {
                let refused = [131_026, 130_429, 131_047];
                let code = *self.dice.pick(&refused).unwrap_or(&131_026);
                self.world.simulator().refuse_next(code);
            }
            15 => self.world.simulator().fail_next(131_000),
            16 => self.backs_up_or_restores().await?,
            _ => {
                let span = ["+1s", "+4s", "+70s", "+16m"];
                let span = *self.dice.pick(&span).unwrap_or(&"+1s");
                self.world.go_to(span).map_err(said)?;
            }
        }
        if self.dice.happens(60) && !self.paused.contains(phone) {
            let account = self.account(phone).await?;
            account.network_available();
            // Until it rests or its time is over: under way and interrupted, both.
            account.settled(TRY_MS).await.map_err(said)?;
        }
        Ok(())
    }

    /// The conversations on a phone; none while its app is in the back.
    async fn list(&mut self, phone: &'static str) -> Outcome<Vec<InboxRow>> {
        if self.paused.contains(phone) {
            return Ok(Vec::new());
        }
        let query = InboxQuery { whose: Whose::All, open: None, limit: 100, ..InboxQuery::default() };
        Ok(self.account(phone).await?.inbox().page(query).await.map_err(said)?.rows)
    }

    async fn one_conversation(&mut self, phone: &'static str) -> Outcome<Option<InboxRow>> {
        let list = self.list(phone).await?;
        Ok(self.dice.pick(&list).cloned())
    }

    async fn writes(&mut self, phone: &'static str, step: u64) -> Outcome<()> {
        let Some(row) = self.one_conversation(phone).await? else { return Ok(()) };
        for part in 0..=self.dice.below(3) {
            let text = format!("{phone} {step}.{part}");
            let draft = Draft::Text { body: text.clone(), reply_to: None };
            // Refused here (the window, a conversation that left): then it was not given.
            if self.account(phone).await?.conversation(row.id).send(draft, None).await.is_ok() {
                self.texts.push((text, phone, row.name.clone(), Told::Queued));
                self.tally.count("commands", 1);
            }
        }
        Ok(())
    }

    async fn does_something_else(&mut self, phone: &'static str, step: u64) -> Outcome<()> {
        let Some(row) = self.one_conversation(phone).await? else { return Ok(()) };
        let conversation = self.account(phone).await?.conversation(row.id);
        let given = match self.dice.below(3) {
            0 => conversation.comment(format!("note {step}"), Vec::new()).await,
            1 => conversation.set_open(!row.open).await,
            _ => conversation.assign(riposte::model::Assignee::None).await,
        };
        self.tally.count("commands", u64::from(given.is_ok()));
        Ok(())
    }

    async fn cancels(&mut self, phone: &'static str) -> Outcome<()> {
        if self.paused.contains(phone) {
            return Ok(());
        }
        let outbox = self.account(phone).await?.outbox();
        let waiting = outbox.waiting().await.map_err(said)?;
        let under_way = |progress: &Progress| {
            matches!(progress, Progress::Queued | Progress::Uploading | Progress::Sending | Progress::Unknown)
        };
        let sends: Vec<_> =
            waiting.into_iter().filter(|one| one.kind == "message.send" && under_way(&one.progress)).collect();
        let Some(one) = self.dice.pick(&sends).cloned() else { return Ok(()) };
        // A server that hangs hangs this too: an agent would turn away.
        let cancelled = outbox.cancel(one.key);
        let cancelled = tokio::time::timeout(std::time::Duration::from_millis(TRY_MS), cancelled).await;
        match cancelled {
            Ok(Ok(Decided::Gone { .. })) => {
                self.tell(&one.text, Told::Gone);
                self.tally.count("cancelled", 1);
            }
            Ok(Ok(Decided::AlreadySent | Decided::Queued { .. })) => {}
            // The key may be burnt all the same: what was asked for may still come true.
            Ok(Err(_)) | Err(_) => self.tell(&one.text, Told::Open),
        }
        Ok(())
    }

    async fn retries(&mut self, phone: &'static str) -> Outcome<()> {
        for row in self.list(phone).await? {
            let conversation = self.account(phone).await?.conversation(row.id);
            let screen = conversation.screen(Around::Newest, 100).await.map_err(said)?;
            for row in screen.rows {
                let TimelineRow::Bubble(bubble) = row else { continue };
                let Some(id) = bubble.message_id.filter(|_| bubble.progress == Some(Progress::Failed)) else {
                    continue;
                };
                if conversation.retry(id).await.is_ok() {
                    // A second tap is the same retry.
                    conversation.retry(id).await.ok();
                    self.tell(bubble.content.text(), Told::Open);
                    self.tally.count("retried", 1);
                }
            }
        }
        Ok(())
    }

    async fn app(&mut self, phone: &'static str) -> Outcome<()> {
        if self.paused.remove(phone) {
            return self.account(phone).await?.resume().await.map_err(said);
        }
        if self.dice.happens(50) {
            return self.world.phone(phone).await.map_err(said)?.restart().await.map_err(said);
        }
        self.paused.insert(phone);
        self.account(phone).await?.pause().await.map_err(said)
    }

    /// The server goes back to what it was some steps ago.
    async fn backs_up_or_restores(&mut self) -> Outcome<()> {
        let admin = self.world.admin();
        match self.backup.take() {
            None => self.backup = Some(admin.back_up().await.map_err(said)?),
            Some(backup) => {
                // What the server has under way ends first: it stopped before it was restored.
                self.world.server().idle().await;
                admin.restore(&backup).await.map_err(said)?;
                self.forgotten = self.texts.len();
                self.tally.count("restored", 1);
            }
        }
        Ok(())
    }

    fn tell(&mut self, text: &str, told: Told) {
        self.texts.iter_mut().filter(|(held, ..)| held == text).for_each(|(.., held)| *held = told);
    }

    /// The faults stop, time passes, and nobody does anything but answer what is asked.
    async fn calm(&mut self) -> Outcome<()> {
        let faults = self.world.server().faults();
        for (what, times) in faults.counts() {
            self.tally.count(what, times);
        }
        faults.calm();
        for phone in std::mem::take(&mut self.paused) {
            self.account(phone).await?.resume().await.map_err(said)?;
        }
        // Past every pause that a failure asked for; a phone believes a quarter of an hour at most.
        for span in ["+16m", "+2m", "+2m", "+2m"] {
            self.world.go_to(span).map_err(said)?;
            self.world.settle().await.map_err(said)?;
        }
        // Letting go of what may have left asks the server, whose answer may be another question.
        for _ in 0..3 {
            for phone in self.phones.clone() {
                self.answers_what_is_asked(phone).await?;
            }
            self.world.settle().await.map_err(said)?;
        }
        Ok(())
    }

    async fn answers_what_is_asked(&mut self, phone: &'static str) -> Outcome<()> {
        let account = self.account(phone).await?;
        let outbox = account.outbox();
        for waiting in outbox.waiting().await.map_err(said)? {
            let asked = matches!(waiting.progress, Progress::NeedsDecision { .. } | Progress::Refused { .. });
            if !asked {
                let shown = self.shown_of(phone, &waiting).await?;
                return Err(format!(
                    "{phone}, {:?}: still there is {waiting:?}\n  shown: {shown}",
                    account.connection()
                ));
            }
            self.tally.count("asked", 1);
            self.tell(&waiting.text, Told::Open);
            outbox.decide(waiting.key, Decision::Discard).await.map_err(said)?;
        }
        Ok(())
    }

    /// What the phone shows of a command that should have come to its end, to find out why it has not.
    async fn shown_of(&mut self, phone: &str, waiting: &WaitingCommand) -> Outcome<String> {
        let Some(id) = waiting.conversation_id else { return Ok("no conversation".to_owned()) };
        let rows = self.account(phone).await?.conversation(id).screen(Around::Newest, 500).await.map_err(said)?.rows;
        let of_it = |row: &&TimelineRow| match row {
            TimelineRow::Bubble(bubble) => bubble.content.text() == waiting.text,
            TimelineRow::Gap(_) => true,
            TimelineRow::Comment(_) | TimelineRow::Event(_) => false,
        };
        let told: Vec<String> = rows.iter().filter(of_it).map(|row| format!("{row:?}")).collect();
        let left = self.world.simulator().ledger().iter().filter(|entry| entry.text == waiting.text).count();
        Ok(format!("{told:?}, of {} rows; it left {left} times", rows.len()))
    }

    fn the_ledger_judges(&mut self) -> Outcome<()> {
        let ledger = self.world.simulator().ledger();
        let accepted: Vec<_> = ledger.iter().filter(|entry| entry.judged == Judged::Accepted).collect();
        let mut keys = BTreeSet::new();
        for entry in &accepted {
            // Messenger hands no reference on: there the text alone tells.
            if let Some(key) = &entry.key
                && !keys.insert(key.clone())
            {
                return Err(format!("{:?} went out twice under one key", entry.text));
            }
        }
        self.tally.count("delivered", accepted.len() as u64);
        self.tally.count("refused", (ledger.len() - accepted.len()) as u64);
        for (place, (text, phone, _, told)) in self.texts.iter().enumerate() {
            let times = accepted.iter().filter(|entry| entry.text == *text).count();
            let refused = ledger.iter().any(|entry| entry.text == *text && entry.judged != Judged::Accepted);
            match told {
                Told::Gone if times > 0 && place >= self.forgotten => {
                    return Err(format!("{text:?} was cancelled and went out"));
                }
                Told::Queued if times > 1 => return Err(format!("{text:?} went out {times} times")),
                Told::Queued if times == 0 && !refused => {
                    return Err(format!("{phone}: {text:?} was said to be queued, never left and nobody was asked"));
                }
                Told::Gone | Told::Queued | Told::Open => {}
            }
        }
        self.in_order(&accepted.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>())
    }

    /// Per phone and customer what went out went out in the order of composing.
    fn in_order(&self, sent: &[&str]) -> Outcome<()> {
        let mut last: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (place, (text, phone, customer, told)) in self.texts.iter().enumerate() {
            let Some(at) = sent.iter().position(|sent| sent == text).filter(|_| *told == Told::Queued) else {
                continue;
            };
            match last.insert((phone, customer.as_str()), at) {
                Some(before) if before > at => {
                    return Err(format!("{phone} to {customer}: {text:?} (number {place}) went out before its turn"));
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    async fn every_phone_shows_what_the_server_has(&mut self) -> Outcome<()> {
        for phone in self.phones.clone() {
            self.world.phone(&format!("{phone}-2")).await.map_err(said)?.sign_in().await.map_err(said)?;
        }
        self.world.settle().await.map_err(said)?;
        let mut shown = Vec::new();
        for phone in self.phones.clone() {
            for key in [phone.to_owned(), format!("{phone}-2")] {
                shown.push(self.fetches_all(&key).await?);
            }
        }
        // Past every mark that lasts seconds: the two have learnt of things at different times.
        self.world.go_to("+10s").map_err(said)?;
        self.world.settle().await.map_err(said)?;
        for (index, phone) in self.phones.clone().into_iter().enumerate() {
            let (ids, clean_ids) = (&shown[2 * index], &shown[2 * index + 1]);
            if ids != clean_ids {
                return Err(format!("{phone} has the conversations {ids:?}, the server {clean_ids:?}"));
            }
            let (held, clean) = (self.everything(phone).await?, self.everything(&format!("{phone}-2")).await?);
            for (held, clean) in held.iter().zip(&clean) {
                if held != clean {
                    return Err(format!("{phone} differs from the server\n  server: {clean}\n  phone:  {held}"));
                }
            }
        }
        Ok(())
    }

    /// Fetches all there is; gives the conversations.
    async fn fetches_all(&mut self, phone: &str) -> Outcome<Vec<i64>> {
        let account = self.account(phone).await?;
        let query = InboxQuery { whose: Whose::All, open: None, limit: 100, ..InboxQuery::default() };
        let rows = account.inbox().page(query).await.map_err(said)?.rows;
        for row in &rows {
            while account.conversation(row.id).load_older().await.map_err(said)? {}
        }
        let mut ids: Vec<i64> = rows.iter().map(|row| row.id.0).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// All that a phone shows, a line each.
    async fn everything(&mut self, phone: &str) -> Outcome<Vec<String>> {
        let account = self.account(phone).await?;
        let query = InboxQuery { whose: Whose::All, open: None, limit: 100, ..InboxQuery::default() };
        let rows = account.inbox().page(query).await.map_err(said)?.rows;
        let mut all = vec![format!("{:?}", account.inbox().agents().await.map_err(said)?)];
        for row in &rows {
            let screen = account.conversation(row.id).screen(Around::Newest, 500).await.map_err(said)?;
            all.push(format!("{row:?}"));
            all.extend(screen.rows.iter().map(|row| format!("{row:?}")));
        }
        all.push(format!("{:?}", account.usage().month(2026, 11).await.map_err(said)?));
        all.push(format!("{:?}", account.outbox().waiting().await.map_err(said)?));
        Ok(all)
    }
}
