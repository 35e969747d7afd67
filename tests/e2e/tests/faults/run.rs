//! A run: what people do while everything goes wrong, and the calm that follows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use riposte::facade::{
    Account, Around, AssigneeFilter, CommandOutcome, Decision, Draft, InboxQuery, InboxRow, SendProgress, TimelineRow,
    WaitingCommand,
};
use riposte::model::{Assignee, ChannelKind, TemplateValue};
use riposte_e2e::chaos::Dice;
use riposte_e2e::story::{Story, folder};
use riposte_e2e::world::World;
use riposte_server::Backup;
use serde_json::json;
use tempfile::TempDir;

use crate::given::{AllGiven, Given, Told, has_certainly_not_left};
use crate::plan::everything;
use crate::{Outcome, Tally, said};

/// The agents, each with a phone of this name; the phone that signs in at the end has `-2` behind it.
const AGENTS: [&str; 3] = ["marc", "ines", "claire"];
const CUSTOMERS: [&str; 3] = ["lea", "paul", "tom"];
/// How many things happen in a run.
const STEPS: u64 = 30;
/// How long a phone is left to try, in milliseconds of real time.
const TRY_MS: u64 = 60;
/// A photo of this size travels in two pieces.
const LARGE_BYTES: usize = 600_000;

pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) phones: Vec<&'static str>,
    pub(crate) given: AllGiven,
    /// So much was given before the server last went back. What it executed and then forgot it can
    /// promise never to execute, and no other party knows more.
    pub(crate) forgotten: usize,
    pub(crate) tally: Tally,
    dice: Dice,
    paused: BTreeSet<&'static str>,
    backup: Option<Backup>,
    photos: TempDir,
}

pub(crate) async fn run(seed: u64) -> Outcome<Tally> {
    let cast = std::fs::read_to_string(folder().join("cast.json")).map_err(said)?;
    let twice: BTreeMap<String, &str> = AGENTS.iter().map(|agent| (format!("{agent}-2"), *agent)).collect();
    let story = json!({ "story": "faults", "cast": { "phones": twice }, "steps": [] });
    let story = Story::parse(&cast, &story.to_string()).map_err(said)?;
    let world = World::start(&story.cast).await.map_err(said)?;
    let mut dice = Dice::new(seed ^ 0xfa17);
    let count = 1 + usize::try_from(dice.below(3)).unwrap_or_default();
    let mut run = Run {
        world,
        phones: AGENTS[..count].to_vec(),
        given: AllGiven::default(),
        forgotten: 0,
        tally: Tally::default(),
        dice,
        paused: BTreeSet::new(),
        backup: None,
        photos: tempfile::tempdir().map_err(said)?,
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
        self.every_phone_has_what_the_server_has().await?;
        self.world.nothing_was_set_aside().map_err(said)
    }

    pub(crate) async fn account(&mut self, phone: &str) -> Outcome<Arc<Account>> {
        Ok(self.world.phone(phone).await.map_err(said)?.account().map_err(said)?.clone())
    }

    /// All conversations that a phone shows.
    pub(crate) async fn list(&mut self, phone: &str) -> Outcome<Vec<InboxRow>> {
        let query = InboxQuery { assignee: AssigneeFilter::All, open: None, limit: 100, ..InboxQuery::default() };
        Ok(self.account(phone).await?.inbox().page(query).await.map_err(said)?.rows)
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
            17 => self.decides(phone).await?,
            _ => {
                let span = ["+1s", "+4s", "+70s", "+16m", "+9h"];
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

    async fn one_conversation(&mut self, phone: &'static str) -> Outcome<Option<InboxRow>> {
        if self.paused.contains(phone) {
            return Ok(None);
        }
        let list = self.list(phone).await?;
        Ok(self.dice.pick(&list).cloned())
    }

    async fn writes(&mut self, phone: &'static str, step: u64) -> Outcome<()> {
        let Some(row) = self.one_conversation(phone).await? else { return Ok(()) };
        for part in 0..=self.dice.below(3) {
            let words = format!("{phone} {step}.{part};");
            let (what, draft) = self.draft(phone, &row, &words).await?;
            // Refused here (the window, a conversation that left): then it was not given.
            if let Ok(key) = self.account(phone).await?.conversation(row.id).send(draft, None).await {
                self.given.add(Given { words, key, phone, customer: row.title.clone(), told: Told::Queued });
                self.tally.count("commands", 1);
                self.tally.count(what, 1);
            }
        }
        Ok(())
    }

    /// Words, a photo with the words under it, or a template filled with them.
    async fn draft(&mut self, phone: &str, row: &InboxRow, words: &str) -> Outcome<(&'static str, Draft)> {
        let kind = row.channel.as_ref().map(|channel| channel.kind);
        let on_whatsapp = kind == Some(ChannelKind::Whatsapp);
        let text = Draft::Text { body: words.to_owned(), reply_to: None };
        match self.dice.below(10) {
            0 if on_whatsapp => {
                let large = self.dice.happens(25);
                let content = words.as_bytes().repeat(if large { LARGE_BYTES / words.len() } else { 10 });
                let path = self.photos.path().join("photo.jpg");
                std::fs::write(&path, content).map_err(said)?;
                let draft = Draft::Media {
                    path: path.to_string_lossy().into_owned(),
                    mime: "image/jpeg".to_owned(),
                    name: String::new(),
                    caption: words.to_owned(),
                    voice: false,
                    reply_to: None,
                };
                Ok(("photos", draft))
            }
            1 if on_whatsapp => {
                let account = self.account(phone).await?;
                let channels = account.inbox().channels().await.map_err(said)?;
                let Some(channel) = channels.iter().find(|channel| Some(channel.kind) == kind) else {
                    return Ok(("texts", text));
                };
                let choices = account.templates(channel.id).list(Some(row.id)).await.map_err(said)?;
                let Some(choice) = choices.iter().find(|choice| choice.usable && !choice.variables.is_empty()) else {
                    return Ok(("texts", text));
                };
                let fill = |name: &String| TemplateValue { name: name.clone(), value: words.to_owned() };
                let values = choice.variables.iter().map(fill).collect();
                Ok(("templates", Draft::Template { template_id: choice.template.id, values }))
            }
            _ => Ok(("texts", text)),
        }
    }

    async fn does_something_else(&mut self, phone: &'static str, step: u64) -> Outcome<()> {
        let Some(row) = self.one_conversation(phone).await? else { return Ok(()) };
        let conversation = self.account(phone).await?.conversation(row.id);
        let given = match self.dice.below(3) {
            0 => conversation.comment(format!("note {step}"), Vec::new()).await,
            1 => conversation.set_open(!row.open).await,
            _ => conversation.assign(Assignee::None).await,
        };
        self.tally.count("commands", u64::from(given.is_ok()));
        Ok(())
    }

    /// Messages that wait on a phone.
    async fn waiting(&mut self, phone: &'static str, which: fn(&SendProgress) -> bool) -> Outcome<Vec<WaitingCommand>> {
        if self.paused.contains(phone) {
            return Ok(Vec::new());
        }
        let mut waiting = self.account(phone).await?.outbox().waiting().await.map_err(said)?;
        waiting.retain(|one| one.kind == "message.send" && which(&one.progress));
        Ok(waiting)
    }

    async fn cancels(&mut self, phone: &'static str) -> Outcome<()> {
        let waiting = self.waiting(phone, |progress| {
            matches!(
                progress,
                SendProgress::Queued | SendProgress::Uploading | SendProgress::Sending | SendProgress::Unknown
            )
        });
        let waiting = waiting.await?;
        let Some(one) = self.dice.pick(&waiting).cloned() else { return Ok(()) };
        let outbox = self.account(phone).await?.outbox();
        // A server that hangs hangs this too: an agent would turn away.
        match tokio::time::timeout(Duration::from_millis(TRY_MS), outbox.cancel(one.key)).await {
            Ok(Ok(CommandOutcome::Withdrawn { .. })) => {
                self.given.tell(one.key, Told::Gone);
                self.tally.count("cancelled", 1);
            }
            Ok(Ok(CommandOutcome::AlreadySent | CommandOutcome::Queued { .. })) => {}
            // The key may be burnt all the same: what was asked for may still come true.
            Ok(Err(_)) | Err(_) => self.given.tell(one.key, Told::Open),
        }
        Ok(())
    }

    /// An agent answers what is asked.
    async fn decides(&mut self, phone: &'static str) -> Outcome<()> {
        let asked = self.waiting(phone, is_asked).await?;
        let Some(one) = self.dice.pick(&asked).cloned() else { return Ok(()) };
        let decisions = [Decision::Send, Decision::Send, Decision::Edit, Decision::Discard];
        let decision = *self.dice.pick(&decisions).unwrap_or(&Decision::Send);
        self.decide(phone, &one, decision).await;
        Ok(())
    }

    async fn decide(&mut self, phone: &'static str, one: &WaitingCommand, decision: Decision) {
        let Ok(account) = self.account(phone).await else { return };
        let outbox = account.outbox();
        let decided = tokio::time::timeout(Duration::from_millis(TRY_MS), outbox.decide(one.key, decision)).await;
        let sure = has_certainly_not_left(&one.progress);
        let told = match &decided {
            Ok(Ok(CommandOutcome::Queued { .. })) if sure => Some(Told::Again),
            Ok(Ok(CommandOutcome::Withdrawn { .. })) if sure => Some(Told::Gone),
            Ok(Ok(CommandOutcome::Queued { .. } | CommandOutcome::Withdrawn { .. })) => Some(Told::Open),
            Ok(Ok(CommandOutcome::AlreadySent)) => None,
            // Not decided, or decided and not heard of: the key may be burnt.
            Ok(Err(_)) | Err(_) => Some(Told::Open),
        };
        if let Some(told) = told {
            self.given.tell(one.key, told);
            self.tally.count("decided", 1);
        }
        if let Ok(Ok(CommandOutcome::Queued { key })) = decided {
            self.given.goes_on(one.key, key);
        }
    }

    async fn retries(&mut self, phone: &'static str) -> Outcome<()> {
        if self.paused.contains(phone) {
            return Ok(());
        }
        for row in self.list(phone).await? {
            let conversation = self.account(phone).await?.conversation(row.id);
            let screen = conversation.screen(Around::Newest, 100).await.map_err(said)?;
            for row in screen.rows {
                let TimelineRow::Message(bubble) = row else { continue };
                let Some(id) = bubble.message_id.filter(|_| bubble.progress == Some(SendProgress::Failed)) else {
                    continue;
                };
                if conversation.retry(id).await.is_ok() {
                    // A second tap is the same retry.
                    conversation.retry(id).await.ok();
                    self.given.is_tried_again(bubble.content.text());
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
                self.forgotten = self.given.len();
                self.tally.count("restored", 1);
            }
        }
        Ok(())
    }

    /// The faults stop, time passes, and the agents only answer what they are asked.
    async fn calm(&mut self) -> Outcome<()> {
        let faults = self.world.server().faults();
        for (what, times) in faults.counts() {
            self.tally.count(what, times);
        }
        faults.calm();
        for phone in std::mem::take(&mut self.paused) {
            self.account(phone).await?.resume().await.map_err(said)?;
        }
        // Past every pause that a failure asked for: a phone believes a quarter of an hour at most. A
        // machine that is busy may break a call or two yet, which costs a pause more.
        for span in ["+16m"].iter().chain(&["+2m"; 8]) {
            self.world.go_to(span).map_err(said)?;
            self.world.settle().await.map_err(said)?;
            if *span != "+16m" && self.nothing_waits_but_for_an_answer().await? {
                break;
            }
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

    async fn nothing_waits_but_for_an_answer(&mut self) -> Outcome<bool> {
        for phone in self.phones.clone() {
            let waiting = self.account(phone).await?.outbox().waiting().await.map_err(said)?;
            if waiting.iter().any(|one| !is_asked(&one.progress)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn answers_what_is_asked(&mut self, phone: &'static str) -> Outcome<()> {
        let account = self.account(phone).await?;
        for waiting in account.outbox().waiting().await.map_err(said)? {
            if !is_asked(&waiting.progress) {
                let shown = self.shown_of(phone, &waiting).await?;
                return Err(format!(
                    "{phone}, {:?}: still there is {waiting:?}\n  shown: {shown}",
                    account.connection()
                ));
            }
            self.tally.count("asked", 1);
            self.decide(phone, &waiting, Decision::Discard).await;
        }
        Ok(())
    }

    /// What the phone shows of a command that should have come to its end, to find out why it has not.
    async fn shown_of(&mut self, phone: &str, waiting: &WaitingCommand) -> Outcome<String> {
        let Some(id) = waiting.conversation_id else { return Ok("no conversation".to_owned()) };
        let rows = self.account(phone).await?.conversation(id).screen(Around::Newest, 500).await.map_err(said)?.rows;
        let of_it = |row: &&TimelineRow| match row {
            TimelineRow::Message(bubble) => bubble.content.text() == waiting.text,
            TimelineRow::Gap(_) => true,
            TimelineRow::Comment(_) | TimelineRow::Event(_) => false,
        };
        let told: Vec<String> = rows.iter().filter(of_it).map(|row| format!("{row:?}")).collect();
        let left = self.world.simulator().ledger().iter().filter(|entry| entry.text == waiting.text).count();
        Ok(format!("{told:?}, of {} rows; it left {left} times", rows.len()))
    }
}

fn is_asked(progress: &SendProgress) -> bool {
    matches!(progress, SendProgress::NeedsDecision { .. } | SendProgress::Refused { .. })
}
