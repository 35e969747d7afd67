//! The server, the folder of the phone that dies, and a witness: another phone of the same agent that
//! nothing happens to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use riposte::facade::{Account, AssigneeFilter, Draft, InboxQuery};
use riposte::model::{ChannelId, ConversationId, TemplateId};
use riposte_server::faults::{Endpoint, Fault, Plan, Rule};
use riposte_server::sim::Link;
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use super::child::{self, LAST, ORDER, Order, Told, read_told};
use super::device::Device;
use super::flow::Flow;
use super::judge::{self, Texts};
use super::shim::{self, Blow, How, Shim, Struck};
use super::{AGENT, CUSTOMERS, Outcome, WITNESS, said};
use crate::story::{Story, folder};
use crate::world::World;

/// How long a process may take, in real time, before it counts as one that hangs.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a phone may take to become idle, in milliseconds of real time.
const REST_MS: u64 = 20_000;
/// How long one whose disk takes nothing is left to try.
const TRY_MS: u64 = 300;
/// How long one whose calls are dropped is left to try.
const DROPPED_MS: u64 = 100;

/// Everything around the phone that dies.
pub struct Scene {
    world: World,
    link: Link,
    place: TempDir,
    conversation: ConversationId,
    template: (ChannelId, TemplateId),
}

/// What a run found.
pub struct Found {
    /// Where the process was struck.
    pub struck: Struck,
    /// The results it recorded.
    pub told: Vec<Told>,
    /// How many questions the agent was asked after the restart.
    pub asked: usize,
}

impl Scene {
    /// A server, customers who have written, and both phones signed in.
    pub async fn set() -> Outcome<Self> {
        let cast = std::fs::read_to_string(folder().join("cast.json")).map_err(said)?;
        let phones = BTreeMap::from([(WITNESS, AGENT), ("clean", AGENT)]);
        let story = json!({ "story": "kills", "cast": { "phones": phones }, "steps": [] });
        let story = Story::parse(&cast, &story.to_string()).map_err(said)?;
        let mut world = World::start(&story.cast).await.map_err(said)?;
        let link = world.simulator().link("killed").await.map_err(said)?;
        for customer in CUSTOMERS {
            let channel = world.cast().customers.get(customer).map(|part| part.channel.clone()).unwrap_or_default();
            world.simulator().writes(customer, &channel, "Bonjour").await.map_err(said)?;
        }
        world.phone(WITNESS).await.map_err(said)?.sign_in().await.map_err(said)?;
        world.settle().await.map_err(said)?;
        let witness = world.phone(WITNESS).await.map_err(said)?.account().map_err(said)?.clone();
        let conversation = conversation_with(&world, &witness, "lea").await?;
        let template = template(&witness).await?;
        let place = tempfile::Builder::new().prefix("riposte-kill-").tempdir().map_err(said)?;
        let scene = Self { world, link, place, conversation, template };
        scene.sign_in().await?;
        Ok(scene)
    }

    /// Closes everything.
    pub async fn leave(self) {
        self.world.stop().await;
    }

    fn phone_folder(&self) -> PathBuf {
        self.place.path().join("phone")
    }

    fn secrets(&self) -> PathBuf {
        self.place.path().join("secrets.json")
    }

    fn beside(&self) -> PathBuf {
        self.place.path().join("beside")
    }

    fn device(&self) -> Outcome<Device> {
        Device::open(&self.phone_folder(), &self.secrets(), self.world.clock()).map_err(said)
    }

    async fn witness(&mut self) -> Outcome<Arc<Account>> {
        Ok(self.world.phone(WITNESS).await.map_err(said)?.account().map_err(said)?.clone())
    }

    /// Signs the agent in on a phone without files.
    async fn sign_in(&self) -> Outcome<()> {
        self.new_phone()?;
        let device = self.device()?;
        let account = device.sign_in(&self.link.url()).await.map_err(said)?;
        account.settled(REST_MS).await.map_err(said)?;
        device.close().await.map_err(said)
    }

    fn new_phone(&self) -> Outcome<()> {
        if self.phone_folder().exists() {
            std::fs::remove_dir_all(self.phone_folder()).map_err(said)?;
        }
        std::fs::create_dir(self.phone_folder()).map_err(said)
    }

    /// Does the flow once in a process of its own that is struck, starts the phone again, and judges.
    pub async fn strike(&mut self, shim: &Shim, test: &str, flow: Flow, blow: Blow) -> Outcome<Found> {
        let word = format!("{}-{}-{}-{}", flow.word(), blow.at, blow.how, blow.seed);
        shim::clear(&self.beside())?;
        let mut promised = self.prepare(flow, blow, &word).await.map_err(|what| format!("before: {what}"))?;
        let clock = self.world.now() - self.world.calendar().start();
        let order = Order {
            flow,
            folder: self.phone_folder(),
            secrets: self.secrets(),
            beside: self.beside(),
            server_url: self.link.url(),
            clock_from: self.world.calendar().start(),
            clock_ms: u64::try_from(clock.num_milliseconds()).map_err(said)?,
            word: word.clone(),
            conversation: self.conversation,
            template: self.template,
            patience_ms: match flow {
                Flow::CancelSent => DROPPED_MS,
                _ if blow.how.kills() => REST_MS,
                _ => TRY_MS,
            },
        };
        let (status, errors) = run(shim, test, &order, blow).await?;
        let struck = shim::read_report(&self.beside())?;
        promised.extend(read_told(&self.beside())?);
        died_as_it_should(blow, &struck, status, &errors).map_err(|what| format!("{what}\n{errors}"))?;
        if matches!(blow.how, How::Cut | How::CutSome) {
            shim::forget_shared_memory(&self.phone_folder())?;
        }
        std::fs::remove_file(self.phone_folder().join(LAST)).ok();
        let refused = promised.iter().find(|told| matches!(told, Told::Refused(_)));
        match refused {
            Some(Told::Refused(code)) if !blow.how.kills() && matches!(code.as_str(), "full" | "storage") => {}
            Some(told) => return Err(format!("{struck:?}: {told:?}")),
            None if blow.how == How::ReadOnly => {
                return Err("nothing could be written, and no call reported it".to_owned());
            }
            None => {}
        }
        let asked = self.after(flow, &word, &promised).await.map_err(|what| format!("{struck:?}: {what}"))?;
        Ok(Found { struck, told: promised, asked })
    }

    /// Prepares what must be so before the process starts. Returns the results until then.
    async fn prepare(&mut self, flow: Flow, blow: Blow, word: &str) -> Outcome<Vec<Told>> {
        let mut told = Vec::new();
        match flow {
            Flow::Enqueue | Flow::CancelQueued => self.faults(&[(None, Fault::DroppedBefore)]),
            Flow::Send | Flow::Upload | Flow::Pause | Flow::SignOut => {}
            Flow::Snapshot => self.new_phone()?,
            Flow::Recover => {
                self.faults(&[(Some(Endpoint::Execute), lost_before_or_after(blow))]);
                let device = self.device()?;
                let account = device.account().await.map_err(said)?.ok_or("no agent is signed in")?;
                let draft = Draft::Text { body: child::text(word, "text"), reply_to: None };
                account.conversation(self.conversation).send(draft, None).await.map_err(said)?;
                told.push(Told::Queued(child::text(word, "text")));
                // While its call is dropped it is tried again and again.
                account.settled(DROPPED_MS).await.map_err(said)?;
                device.close().await.map_err(said)?;
                self.world.server().faults().calm();
            }
            Flow::CancelSent => {
                let lost = (Some(Endpoint::Execute), lost_before_or_after(blow));
                self.faults(&[lost, (Some(Endpoint::Find), Fault::DroppedBefore)]);
            }
            Flow::Page => self.much_happens(word, 2).await?,
            Flow::Epoch => {
                let backup = self.world.admin().back_up().await.map_err(said)?;
                self.much_happens(word, 1).await?;
                self.phone_catches_up().await?;
                self.world.server().idle().await;
                self.world.admin().restore(&backup).await.map_err(said)?;
                self.customer_writes("paul", &format!("after the backup, {word}")).await?;
            }
            Flow::Migration => {
                for account in accounts(&self.phone_folder())? {
                    back_to_version_one(&account)?;
                }
                self.much_happens(word, 1).await?;
            }
        }
        Ok(told)
    }

    fn faults(&self, faults: &[(Option<Endpoint>, Fault)]) {
        let rules = faults.iter().map(|(on, fault)| Rule { on: *on, percent: 100, fault: *fault });
        self.world.server().faults().set(Plan { seed: 1, rules: rules.collect() });
    }

    async fn customer_writes(&self, customer: &str, text: &str) -> Outcome<()> {
        let part = self.world.cast().customers.get(customer).ok_or("no such customer")?;
        self.world.simulator().writes(customer, &part.channel, text).await.map(drop).map_err(said)
    }

    /// So many rounds in which every customer writes.
    async fn much_happens(&self, word: &str, rounds: u64) -> Outcome<()> {
        for round in 0..rounds {
            for customer in CUSTOMERS {
                self.customer_writes(customer, &format!("{customer} {round} {word}")).await?;
            }
        }
        self.world.simulator().idle().await;
        Ok(())
    }

    async fn phone_catches_up(&self) -> Outcome<()> {
        let device = self.device()?;
        let account = device.account().await.map_err(said)?.ok_or("no agent is signed in")?;
        account.settled(REST_MS).await.map_err(said)?;
        device.close().await.map_err(said)
    }

    /// Starts the phone again, waits until it is idle, and judges. Returns how many questions the agent had.
    async fn after(&mut self, flow: Flow, word: &str, told: &[Told]) -> Outcome<usize> {
        self.world.server().faults().calm();
        let mut device = self.device()?;
        let mut account = device.account().await.map_err(said)?;
        if flow == Flow::SignOut {
            self.signed_out(&device, account.as_deref(), told).await?;
            device = self.device()?;
            account = device.account().await.map_err(said)?;
        }
        let account = match account {
            Some(_) if told.contains(&Told::SignedOut) => return Err("signed out, and still there".to_owned()),
            Some(account) => account,
            None if flow == Flow::SignOut || flow == Flow::Snapshot && !told.contains(&Told::SignedIn) => {
                device.sign_in(&self.link.url()).await.map_err(said)?
            }
            None => return Err("no agent is signed in any more".to_owned()),
        };
        let asked = self.rest(&account).await?;
        if !asked.is_empty() && flow != Flow::Epoch {
            return Err(format!("the agent is asked about {asked:?}"));
        }
        let witness = self.witness().await?;
        let texts = Texts { flow, word, told, asked: &asked };
        texts.judge(self.world.simulator(), &witness, self.conversation).await?;
        judge::same(&judge::everything(&account).await?, &judge::everything(&witness).await?)?;
        for draft in told.iter().filter_map(|told| if let Told::Draft(text) = told { Some(text) } else { None }) {
            let screen = account.conversation(self.conversation).screen(riposte::facade::Around::Newest, 1).await;
            let kept = screen.map_err(said)?.draft;
            if kept.as_ref().map(|kept| &kept.text) != Some(draft) {
                return Err(format!("the draft is {kept:?}"));
            }
        }
        drop(account);
        device.close().await.map_err(said)?;
        judge::files_are_whole(&self.phone_folder())?;
        Ok(asked.len())
    }

    /// Signing out was cut short, or not. Where the account is still there it can be signed out of; then
    /// nothing is left, and where it was said to be gone nothing was left before.
    async fn signed_out(&self, device: &Device, account: Option<&Account>, told: &[Told]) -> Outcome<()> {
        if let Some(account) = account {
            if told.contains(&Told::SignedOut) {
                return Err("signed out, and the account is still listed".to_owned());
            }
            account.sign_out(true).await.map_err(said)?;
        }
        device.core.pause().await.map_err(said)?;
        let mut left = Vec::new();
        judge::files_below(&self.phone_folder(), &self.phone_folder(), &mut left)?;
        left.retain(|file| file != "device");
        let tokens = std::fs::read_to_string(self.secrets()).unwrap_or_default();
        if left.is_empty() && tokens == "{}" { Ok(()) } else { Err(format!("signed out, and left are {left:?}")) }
    }

    /// Until nothing moves any more and every mark that lasts seconds is over. Gives what the agent was
    /// asked about.
    async fn rest(&mut self, account: &Account) -> Outcome<Vec<String>> {
        // What the phone does moves the server and the witness, and what the provider then reports the phone.
        settled(account).await?;
        self.world.settle().await.map_err(said)?;
        settled(account).await?;
        judge::fetch_all(account).await?;
        let asked = judge::answer_what_is_asked(account).await?;
        self.world.go_to("+10s").map_err(said)?;
        self.world.settle().await.map_err(said)?;
        settled(account).await?;
        Ok(asked)
    }

    /// A phone that signs in only now shows what the witness shows.
    pub async fn clean_phone_agrees(&mut self) -> Outcome<()> {
        self.world.phone("clean").await.map_err(said)?.sign_in().await.map_err(said)?;
        self.world.settle().await.map_err(said)?;
        let clean = self.world.phone("clean").await.map_err(said)?.account().map_err(said)?.clone();
        judge::fetch_all(&clean).await?;
        self.world.go_to("+10s").map_err(said)?;
        self.world.settle().await.map_err(said)?;
        let witness = self.witness().await?;
        judge::same(&judge::everything(&witness).await?, &judge::everything(&clean).await?)
    }
}

async fn settled(account: &Account) -> Outcome<()> {
    match account.settled(REST_MS).await.map_err(said)? {
        true => Ok(()),
        false => Err("the phone does not become idle".to_owned()),
    }
}

/// The server has executed it, or never saw it: one after the other.
fn lost_before_or_after(blow: Blow) -> Fault {
    if blow.at.is_multiple_of(2) { Fault::DroppedAfter } else { Fault::DroppedBefore }
}

async fn conversation_with(world: &World, account: &Account, customer: &str) -> Outcome<ConversationId> {
    let query = InboxQuery { assignee: AssigneeFilter::All, open: None, ..InboxQuery::default() };
    let rows = account.inbox().page(query).await.map_err(said)?.rows;
    let name = world.cast().customers.get(customer).map(|part| &part.name);
    rows.iter().find(|row| Some(&row.title) == name).map(|row| row.id).ok_or_else(|| "no conversation".to_owned())
}

async fn template(account: &Account) -> Outcome<(ChannelId, TemplateId)> {
    for channel in account.inbox().channels().await.map_err(said)? {
        let choices = account.templates(channel.id).list(None).await.map_err(said)?;
        if let Some(choice) = choices.iter().find(|choice| choice.template.name == "suite_commande") {
            return Ok((channel.id, choice.template.id));
        }
    }
    Err("no template".to_owned())
}

/// Runs the process to its end.
async fn run(shim: &Shim, test: &str, order: &Order, blow: Blow) -> Outcome<(ExitStatus, String)> {
    let errors = order.beside.join("errors");
    let mut process = Command::new(std::env::current_exe().map_err(said)?);
    process
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ORDER, serde_json::to_string(order).map_err(said)?)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&errors).map_err(said)?);
    shim.load(&mut process, &order.folder, &order.beside, blow);
    let status = tokio::task::spawn_blocking(move || wait(process)).await.map_err(said)??;
    Ok((status, std::fs::read_to_string(errors).unwrap_or_default()))
}

fn wait(mut process: Command) -> Outcome<ExitStatus> {
    let mut process = process.spawn().map_err(said)?;
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = process.try_wait().map_err(said)? {
            return Ok(status);
        }
        if Instant::now() > until {
            process.kill().map_err(said)?;
            process.wait().map_err(said)?;
            return Err("the process hangs".to_owned());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn died_as_it_should(blow: Blow, struck: &Struck, status: ExitStatus, errors: &str) -> Outcome<()> {
    let killed = blow.how.kills() && matches!(struck, Struck::At { .. });
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None;
    match (killed, signal) {
        (true, Some(9)) => {}
        (false, None) if status.success() => {}
        _ => return Err(format!("the process ended with {status}, struck {struck:?}")),
    }
    if errors.contains("panicked at") { Err("the process panicked".to_owned()) } else { Ok(()) }
}

/// The folders of the accounts of a phone.
fn accounts(phone: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = std::fs::read_dir(phone.join("accounts")).map_err(said)?;
    entries.map(|entry| Ok(entry.map_err(said)?.path())).collect()
}

/// Makes a cache what the first version would have left: its tables, and of each row what it knew.
fn back_to_version_one(account: &Path) -> Outcome<()> {
    let (now, first) = (account.join("cache.db"), account.join("cache.old.db"));
    let db = Connection::open(&first).map_err(said)?;
    db.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;").map_err(said)?;
    db.execute_batch(include_str!("../../../../core/src/store/migrations/cache/0001.sql")).map_err(said)?;
    db.execute("ATTACH ?1 AS now", [now.to_string_lossy()]).map_err(said)?;
    let names = |sql: &str| -> Outcome<Vec<String>> {
        let mut statement = db.prepare(sql).map_err(said)?;
        let rows = statement.query_map([], |row| row.get(0)).map_err(said)?;
        rows.map(|name| name.map_err(said)).collect()
    };
    // What is found by its words is a table of its own kind, filled again by the snapshot that follows.
    let tables = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE '%\\_words%' ESCAPE '\\'
                  AND name NOT LIKE 'sqlite%'";
    for table in names(tables)? {
        let columns = names(&format!("SELECT name FROM pragma_table_info('{table}', 'main')"))?.join(", ");
        let copy =
            format!("DELETE FROM main.{table}; INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}");
        db.execute_batch(&copy).map_err(said)?;
    }
    db.execute_batch(
        "UPDATE main.feed SET schema_level = 1;
         DETACH now;
         PRAGMA user_version = 1;",
    )
    .map_err(said)?;
    let application_id: i32 = Connection::open(&now)
        .and_then(|db| db.pragma_query_value(None, "application_id", |row| row.get(0)))
        .map_err(said)?;
    db.pragma_update(None, "application_id", application_id).map_err(said)?;
    db.close().map_err(|(_, error)| said(error))?;
    std::fs::rename(first, now).map_err(said)
}
