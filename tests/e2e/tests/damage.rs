//! Damaged files: whatever happens to a phone's files while its app is closed or killed, in the end it shows
//! what a phone shows that signs in only now; what was queued goes out once and unchanged, or its agent
//! sees that it was lost; a draft is as it was, or the loss is shown.
//!
//! One kind of damage is not found: bytes inside a value of the cache that changed. SQLite cannot see it, and
//! the cache carries no sums, because the server has it all. Such a phone may show the changed value until
//! the server sends its row again. It must still open, send what was queued once and unchanged, and keep the
//! draft.
//!
//! Every file, every kind of damage, closed and killed, from a seed. `RIPOSTE_SEEDS=n`: half as many
//! cases, evenly of each kind (300 by default). `RIPOSTE_SEED=n`: this case only. What was tried and
//! how it ended is counted and printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use riposte::facade::{Account, Around, Draft, Error, SavedDraft, SendProgress};
use riposte::model::{ConversationId, DecisionReason};
use riposte_e2e::chaos::Dice;
use riposte_e2e::pocket::Pocket;
use riposte_e2e::shown::{all, conversations, rest};
use riposte_e2e::story::{Story, folder};
use riposte_e2e::tamper::Damage;
use riposte_e2e::world::World;
use riposte_server::sim::{Link, LinkState};

/// Cases side by side: more than cores, because they wait for the disk.
const WORKERS: usize = 6;
/// How many cases one office serves before it has too much to show.
const CASES_OF_A_WORLD: u64 = 30;
/// Longer than anything takes.
const LONG_MS: u64 = 20_000;
/// How often a phone is asked again after it said that a file was damaged.
const TRIES: usize = 6;
const DRAFT: &str = "Le devis est pour demain";

/// Asks again if a file turned out to be damaged: that is reported once, and then it is fetched again.
macro_rules! again {
    ($office:expr, $account:expr, $ask:expr) => {
        match $ask {
            Err(Error::Storage { .. }) => {
                $office.time_passes($account).await?;
                $ask.map_err(said)
            }
            asked => asked.map_err(said),
        }
    };
}

type Outcome<T> = Result<T, String>;

fn said<E: std::fmt::Display>(error: E) -> String {
    error.to_string()
}

/// Which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Cache,
    CacheLog,
    CacheMemory,
    Outbox,
    OutboxLog,
    OutboxMemory,
    Record,
    Device,
}

impl Target {
    const ALL: [Self; 8] = [
        Self::Cache,
        Self::CacheLog,
        Self::CacheMemory,
        Self::Outbox,
        Self::OutboxLog,
        Self::OutboxMemory,
        Self::Record,
        Self::Device,
    ];

    fn file(self, phone: &Pocket, account: &str) -> PathBuf {
        let below = |name: &str| phone.account_folder(account).join(name);
        match self {
            Self::Cache => below("cache.db"),
            Self::CacheLog => below("cache.db-wal"),
            Self::CacheMemory => below("cache.db-shm"),
            Self::Outbox => below("outbox.db"),
            Self::OutboxLog => below("outbox.db-wal"),
            Self::OutboxMemory => below("outbox.db-shm"),
            Self::Record => below("account.json"),
            Self::Device => phone.folder().join("device"),
        }
    }

    /// A log and a shared memory are there after a kill only, and only databases have pages.
    fn can_suffer(self, damage: Damage, killed: bool) -> bool {
        let is_database = matches!(self, Self::Cache | Self::Outbox);
        let is_plain = matches!(self, Self::Record | Self::Device);
        match damage {
            Damage::Newer => is_database && !killed,
            Damage::NoisyPage | Damage::EmptyPage | Damage::WrongPage | Damage::OtherLetter => {
                is_database || (killed && self == Self::CacheLog)
            }
            _ => is_database || (is_plain && !killed) || (!is_plain && killed),
        }
    }

    /// It may change bytes inside a value, which no check of the cache finds. The log is safe from that: each
    /// of its frames has a checksum.
    fn can_change_a_value_unseen(self, damage: Damage) -> bool {
        self == Self::Cache
            && match damage {
                Damage::OtherLetter | Damage::FlippedBits => true,
                // The last page of a long text is nothing but text.
                Damage::EmptyPage | Damage::WrongPage => true,
                Damage::Header
                | Damage::NoisyPage
                | Damage::Truncated
                | Damage::Emptied
                | Damage::Noise
                | Damage::Missing
                | Damage::Folder
                | Damage::Newer => false,
            }
    }

    /// Whether what waits may be lost with this file, if that is reported.
    fn holds_what_waits(self) -> bool {
        matches!(self, Self::Outbox | Self::OutboxLog | Self::OutboxMemory)
    }
}

/// One thing that happens to one phone.
#[derive(Debug, Clone, Copy)]
struct Case {
    seed: u64,
    target: Target,
    damage: Damage,
    /// The app was killed: its log is not written back.
    killed: bool,
}

impl Case {
    /// Everything that can happen to each file, closed and killed.
    fn kinds() -> Vec<(Target, Damage, bool)> {
        let mut kinds = Vec::new();
        for target in Target::ALL {
            for damage in Damage::ALL {
                kinds.extend([false, true].map(|killed| (target, damage, killed)));
            }
        }
        kinds.retain(|(target, damage, killed)| target.can_suffer(*damage, *killed));
        kinds
    }

    fn new(seed: u64) -> Self {
        let kinds = Self::kinds();
        let (target, damage, killed) = kinds[usize::try_from(seed).unwrap() % kinds.len()];
        Self { seed, target, damage, killed }
    }
}

/// An office with something to show, and a phone that has all of it.
struct Office {
    world: World,
    link: Link,
    template: Pocket,
    account: String,
    served: u64,
}

impl Office {
    async fn open() -> Outcome<Self> {
        let cast = std::fs::read_to_string(folder().join("cast.json")).map_err(said)?;
        let story = Story::parse(&cast, r#"{ "story": "damage", "steps": [] }"#).map_err(said)?;
        let world = World::start(&story.cast).await.map_err(said)?;
        for number in 0..25 {
            for customer in ["lea", "paul"] {
                let text = format!("{customer} demande {number} fois où en est sa commande");
                world.simulator().writes(customer, "whatsapp", &text).await.map_err(said)?;
            }
        }
        // Longer than a page of the database.
        world.simulator().writes("lea", "whatsapp", &"une longue histoire ".repeat(300)).await.map_err(said)?;
        world.simulator().writes("carmen", "whatsapp", "Hola").await.map_err(said)?;
        let link = world.simulator().link("marc").await.map_err(said)?;
        let mut template = Pocket::new(world.clock()).map_err(said)?;
        let account = template.sign_in(link.url(), "marc").await.map_err(said)?;
        rest(&world, &account).await?;
        // So that the older messages are here too.
        all(&account).await.map_err(said)?;
        let id = account.id();
        drop(account);
        template.close().await.map_err(said)?;
        Ok(Self { world, link, template, account: id, served: 0 })
    }

    /// What happens to one phone, and how it ends.
    async fn serve(&mut self, case: Case) -> Outcome<&'static str> {
        self.served += 1;
        let mut dice = Dice::new(case.seed);
        let mut phone = self.template.killed().map_err(said)?;
        self.link.set(LinkState::Down).await.map_err(said)?;
        let account = phone.account(&self.account).await.map_err(said)?;
        let ids = conversations(&account).await.map_err(said)?;
        let long = "et cetera ".repeat(200);
        let queued = [
            (ids["Léa Martin"], format!("réponse {} un {long}", case.seed)),
            (ids["Paul Roux"], format!("réponse {} deux", case.seed)),
            (ids["Léa Martin"], format!("réponse {} trois", case.seed)),
        ];
        for (to, body) in &queued {
            let draft = Draft::Text { body: body.clone(), reply_to: None };
            account.conversation(*to).send(draft, None).await.map_err(said)?;
        }
        let carmen = ids["Carmen Ortega"];
        let draft = SavedDraft { text: DRAFT.to_owned(), reply_to: None };
        account.conversation(carmen).save_draft(draft).await.map_err(said)?;
        account.settled(LONG_MS).await.map_err(said)?;
        if case.killed {
            let killed = phone.killed().map_err(said)?;
            drop(account);
            phone.close().await.map_err(said)?;
            phone = killed;
        } else {
            drop(account);
            phone.close().await.map_err(said)?;
        }

        let file = case.target.file(&phone, &self.account);
        let letters = if case.target.holds_what_waits() { "réponse" } else { "demande" };
        if !case.damage.happens_to(&file, letters, &mut dice).map_err(said)? {
            return Ok("nothing there");
        }
        self.link.set(LinkState::Up).await.map_err(said)?;
        let damaged = std::fs::read(&file).ok();
        let account = match self.opened(&mut phone).await {
            Ok(_) if case.damage == Damage::Newer && !case.killed => return Err("it was not refused".to_owned()),
            Ok(account) => account,
            Err(Error::Storage { .. }) if case.damage == Damage::Newer => {
                if std::fs::read(&file).ok() != damaged {
                    return Err("it was refused, and is not what it was".to_owned());
                }
                return Ok("refused, and left as it was");
            }
            Err(error) => return Err(format!("it does not open: {error}")),
        };
        self.the_outbox_empties(case, &account, &queued, carmen).await
    }

    /// The account, of which one may have to sign in again.
    async fn opened(&self, phone: &mut Pocket) -> Result<Arc<Account>, Error> {
        let opened = phone.account(&self.account).await;
        match opened {
            Err(Error::NotFound) => phone.sign_in(self.link.url(), "marc").await,
            opened => opened,
        }
    }

    async fn the_outbox_empties(
        &mut self,
        case: Case,
        account: &Account,
        queued: &[(ConversationId, String)],
        carmen: ConversationId,
    ) -> Outcome<&'static str> {
        let mut told = false;
        for _ in 0..TRIES {
            told |= self.time_passes(account).await?;
        }
        let mut waiting = again!(self, account, account.outbox().waiting().await)?;
        // Each fault that is found on the way costs a rest.
        for _ in 0..TRIES {
            if waiting.iter().all(|command| matches!(command.progress, SendProgress::Refused { .. })) {
                break;
            }
            told |= self.time_passes(account).await?;
            waiting = again!(self, account, account.outbox().waiting().await)?;
        }
        let mut lost = false;
        for command in &waiting {
            match &command.progress {
                SendProgress::Refused { code } if code == "damaged" || code == "outbox_damaged" => lost = true,
                // Behind one that was damaged, of which its agent is notified.
                SendProgress::NeedsDecision { reason: DecisionReason::EarlierRefused } if lost => {}
                other => {
                    let (is, rests) = (account.connection(), rest(&self.world, account).await);
                    return Err(format!("still waits, {other:?}, {is:?}, {rests:?}: {:.30}", command.text));
                }
            }
        }
        for command in waiting {
            account.outbox().decide(command.key, riposte::facade::Decision::Discard).await.map_err(said)?;
        }
        // What went out went out once, as it was written, in the order it was written.
        let received = self.world.taken_by_provider(None).await.map_err(said)?;
        let ours = format!("réponse {} ", case.seed);
        let ours: Vec<&String> = received.iter().filter(|text| text.contains(&ours)).collect();
        for text in &ours {
            if !queued.iter().any(|(_, body)| body == *text) {
                return Err(format!("something was sent that no agent wrote: {text:.60}"));
            }
        }
        for text in &received {
            if !text.starts_with("réponse ") {
                return Err(format!("something was sent that no agent wrote: {text:.60}"));
            }
        }
        for (_, body) in queued {
            match ours.iter().filter(|text| **text == body).count() {
                1 => {}
                0 if lost && case.target.holds_what_waits() => {}
                times => return Err(format!("{body:.20} went out {times} times; the loss was reported: {lost}")),
            }
        }
        let place = |body: &String| ours.iter().position(|text| *text == body);
        if let (Some(first), Some(last)) = (place(&queued[0].1), place(&queued[2].1))
            && first > last
        {
            return Err("the order was not kept".to_owned());
        }
        let draft = again!(self, account, account.conversation(carmen).screen(Around::Newest, 1).await)?.draft;
        match draft.map(|draft| draft.text) {
            Some(text) if text == DRAFT => {}
            None if lost && case.target.holds_what_waits() => {}
            other => return Err(format!("the draft is {other:?}; the loss was reported: {lost}")),
        }
        let none = SavedDraft { text: String::new(), reply_to: None };
        account.conversation(carmen).save_draft(none).await.map_err(said)?;
        if let Err(difference) = self.it_shows_what_a_fresh_phone_shows(account).await {
            if case.target.can_change_a_value_unseen(case.damage) && !told {
                return Ok("a changed value that no check finds");
            }
            return Err(difference);
        }
        Ok(match (lost, told) {
            (true, _) => "lost in part, and reported",
            (false, true) => "an error, then as if nothing had been",
            (false, false) => "as if nothing had been",
        })
    }

    /// Past the rest after a fault. Whether a file turned out to be damaged.
    async fn time_passes(&mut self, account: &Account) -> Outcome<bool> {
        self.world.go_to("+6s").map_err(said)?;
        account.network_available();
        Ok(rest(&self.world, account).await.is_err())
    }

    async fn it_shows_what_a_fresh_phone_shows(&mut self, account: &Account) -> Outcome<()> {
        let mut fresh = Pocket::new(self.world.clock()).map_err(said)?;
        let clean = fresh.sign_in(self.link.url(), "marc").await.map_err(said)?;
        rest(&self.world, &clean).await?;
        all(&clean).await.map_err(said)?;
        let held = self.read_until_nothing_is_damaged(account).await?;
        rest(&self.world, &clean).await?;
        let clean_shows = all(&clean).await.map_err(said)?;
        drop(clean);
        fresh.close().await.map_err(said)?;
        for (held, clean) in held.iter().zip(&clean_shows) {
            if held != clean {
                return Err(format!("it shows what is not so\n  server: {clean:.900}\n  phone:  {held:.900}"));
            }
        }
        if held.len() != clean_shows.len() {
            return Err(format!("it shows {} things, a fresh phone {}", held.len(), clean_shows.len()));
        }
        Ok(())
    }

    /// What it finds damaged it reports, puts aside and fetches again: so it is read again after a report,
    /// and only then.
    async fn read_until_nothing_is_damaged(&mut self, account: &Account) -> Outcome<Vec<String>> {
        let mut why = String::new();
        for _ in 0..TRIES {
            account.network_available();
            let before = match rest(&self.world, account).await {
                Ok(()) => all(account).await.map_err(said),
                Err(error) => Err(error),
            };
            // Past every mark that lasts seconds from when this phone learnt of something.
            self.world.go_to("+10s").map_err(said)?;
            if let Err(error) = before {
                why = error;
                continue;
            }
            match rest(&self.world, account).await {
                Ok(()) => match all(account).await {
                    Ok(lines) => return Ok(lines),
                    Err(error) => why = error.to_string(),
                },
                Err(error) => why = error,
            }
        }
        Err(format!("it cannot be read: {why}"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_any_damage_nothing_wrong_is_sent_and_no_loss_is_hidden() {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    if let Some(seed) = number("RIPOSTE_SEED") {
        let case = Case::new(seed);
        let ended = Office::open().await.unwrap().serve(case).await;
        println!("{case:?}: {}", ended.unwrap_or_else(|what| panic!("{case:?}: {what}")));
        return;
    }
    let last = number("RIPOSTE_SEEDS").unwrap_or(300) / 2;
    let next = Arc::new(AtomicU64::new(0));
    let keep_going = std::env::var("RIPOSTE_KEEP_GOING").is_ok();
    let failed = Arc::new(AtomicBool::new(false));
    let worker = || {
        let (next, failed) = (next.clone(), failed.clone());
        async move {
            let mut ends = Vec::new();
            let mut office = Office::open().await.unwrap();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= last || failed.load(Ordering::Relaxed) && !keep_going {
                    office.world.stop().await;
                    return ends;
                }
                if office.served >= CASES_OF_A_WORLD {
                    std::mem::replace(&mut office, Office::open().await.unwrap()).world.stop().await;
                }
                let case = Case::new(seed);
                let ended = office.serve(case).await;
                if ended.is_err() {
                    failed.store(true, Ordering::Relaxed);
                    office = Office::open().await.unwrap();
                }
                ends.push((case, ended));
            }
        }
    };
    let workers: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(worker())).collect();
    let mut counts: BTreeMap<(Target, &'static str), u64> = BTreeMap::new();
    let mut wrong = String::new();
    for worker in workers {
        for (case, ended) in worker.await.unwrap() {
            match ended {
                Ok(how) => *counts.entry((case.target, how)).or_default() += 1,
                Err(what) => {
                    *counts.entry((case.target, "WRONG")).or_default() += 1;
                    writeln!(wrong, "{case:?}: {what}").unwrap();
                }
            }
        }
    }
    println!("{last} cases");
    counts.iter().for_each(|((target, how), times)| println!("{target:?}, {how}: {times}"));
    assert!(wrong.is_empty(), "{wrong}again: RIPOSTE_SEED=n cargo test -p riposte-e2e --test damage");
}
