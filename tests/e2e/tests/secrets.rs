//! No token, password, name, number or text in a log or an error, and none of the first two on the disk.
//!
//! A phone is driven through everything that fails, and each error is shown as a program would show it.
//! The core's log and those of the libraries below it are turned on, at their most detailed level. A
//! diagnosis is read like a log.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use std::fmt::{Debug, Display};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use riposte::facade::{
    Account, Around, AssigneeFilter, Decision, Draft, InboxQuery, LogLevel, LogRecord, LogSetup, LogSink, NewTemplate,
    RiposteError, SavedDraft, SecretStore,
};
use riposte::model::{ClientKey, MediaId, MessageId, TemplateCategory, TemplateComponent, TemplateId, TemplateValue};
use riposte_e2e::phone::PASSWORD;
use riposte_e2e::pocket::Pocket;
use riposte_e2e::story::{Story, folder};
use riposte_e2e::world::World;
use riposte_server::faults::{Fault, Plan, RetryAfter, Rule};
use secrecy::ExposeSecret;

/// What people wrote here, and nowhere else.
const TEXTS: [&str; 5] =
    ["Ma grand-mère est à l'hôpital", "Courage à vous deux", "Elle demande un geste", "Un brouillon", "geste_2"];

/// Everything that was said where a program or a library may write it down.
static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn say(what: String) {
    SAID.lock().unwrap_or_else(PoisonError::into_inner).push(what);
}

/// The core's own log, at its loudest.
struct CoreLog;

impl LogSink for CoreLog {
    fn record(&self, record: LogRecord) {
        say(format!("core {} {record:?}", record.line));
    }
}

struct Listens;

impl log::Log for Listens {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        say(format!("log {} {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// How errors are shown: to people, to programs, and with whatever is behind them.
#[derive(Default)]
struct Errors(u32);

impl Errors {
    fn hear<T>(&mut self, result: Result<T, RiposteError>) {
        if let Err(error) = result {
            self.0 += 1;
            say(shown(&error));
            let mut cause = std::error::Error::source(&error);
            while let Some(behind) = cause {
                say(format!("{behind} {behind:?}"));
                cause = behind.source();
            }
        }
    }
}

fn shown<E: Display + Debug>(error: &E) -> String {
    format!("error {error} {error:?} {error:#?}")
}

/// A third of all calls fail in every way there is.
fn trouble(seed: u64) -> Plan {
    let status = |status: u16| Fault::Status { status, retry_after: RetryAfter::Absurd };
    let faults = [
        Fault::DroppedBefore,
        Fault::DroppedAfter,
        Fault::Truncated,
        Fault::NotJson,
        Fault::Gone,
        status(408),
        status(429),
        status(500),
        status(503),
    ];
    Plan { seed, rules: faults.map(|fault| Rule { on: None, percent: 5, fault }).to_vec() }
}

/// Everything that an agent can do, wisely or not.
async fn does_everything(account: &Account, folder: &Path, errors: &mut Errors) {
    let (inbox, outbox, push) = (account.inbox(), account.outbox(), account.push());
    let query = InboxQuery { assignee: AssigneeFilter::All, open: None, limit: 100, ..InboxQuery::default() };
    let rows = inbox.page(query).await.map_or_else(|_| Vec::new(), |page| page.rows);
    let text = |body: &str| Draft::Text { body: body.to_owned(), reply_to: None };
    let photo = |path: &Path| Draft::Media {
        path: path.to_string_lossy().into_owned(),
        mime: "image/jpeg".to_owned(),
        name: String::new(),
        caption: TEXTS[1].to_owned(),
        voice: false,
        reply_to: None,
    };
    std::fs::write(folder.join("photo.jpg"), b"a photo").unwrap();
    for row in &rows {
        let lea = account.conversation(row.id);
        errors.hear(lea.enter().await);
        errors.hear(lea.screen(Around::Newest, 50).await);
        errors.hear(lea.screen(Around::Message { message: MessageId(987_654) }, 50).await);
        errors.hear(lea.load_older().await);
        for body in [TEXTS[1].to_owned(), String::new(), TEXTS[1].repeat(1_000)] {
            errors.hear(lea.send(text(&body), None).await);
        }
        errors.hear(lea.send(photo(&folder.join("photo.jpg")), None).await);
        errors.hear(lea.send(photo(&folder.join("none.jpg")), None).await);
        let values = vec![TemplateValue { name: "9".to_owned(), value: TEXTS[1].to_owned() }];
        errors.hear(lea.send(Draft::Template { template_id: TemplateId(1), values }, None).await);
        errors.hear(lea.send(Draft::Template { template_id: TemplateId(99), values: Vec::new() }, None).await);
        errors.hear(lea.comment(TEXTS[2].to_owned(), Vec::new()).await);
        errors.hear(lea.retry(MessageId(987_654)).await);
        errors.hear(lea.react(MessageId(987_654), Some("👍".to_owned())).await);
        errors.hear(lea.save_draft(SavedDraft { text: TEXTS[3].to_owned(), reply_to: None }).await);
        errors.hear(lea.media(MediaId(987_654)).await);
        errors.hear(lea.leave().await);
    }
    for channel in inbox.channels().await.unwrap_or_default() {
        let templates = account.templates(channel.id);
        errors.hear(templates.list(None).await);
        errors.hear(templates.refresh().await);
        let new = |name: &str, body: &str| NewTemplate {
            name: name.to_owned(),
            language: "fr".to_owned(),
            category: TemplateCategory::Utility,
            components: vec![TemplateComponent::Body { text: body.to_owned() }],
            samples: Vec::new(),
        };
        errors.hear(templates.create(new("Geste !", TEXTS[2])).await);
        errors.hear(templates.create(new(TEXTS[4], TEXTS[2])).await);
        errors.hear(templates.preview(TemplateId(99), Vec::new()).await);
    }
    errors.hear(inbox.search(TEXTS[0].to_owned()).await);
    errors.hear(push.notification_decision(MessageId(987_654)).await);
    errors.hear(account.usage().month(2026, 11).await);
    errors.hear(account.settled(300).await);
    for waiting in outbox.waiting().await.unwrap_or_default() {
        let cut = Duration::from_millis(300);
        for decision in [Decision::Send, Decision::Edit] {
            if let Ok(decided) = tokio::time::timeout(cut, outbox.decide(waiting.key, decision)).await {
                errors.hear(decided);
            }
        }
    }
    errors.hear(outbox.cancel(ClientKey(uuid::Uuid::nil())).await);
}

/// What no log may hold: what is secret, and what belongs to a person.
fn secrets(world: &World, phone: &Pocket, account: &str) -> (Vec<String>, Vec<String>) {
    let kept = phone.safe.get(account.to_owned()).unwrap();
    let kept: serde_json::Value = serde_json::from_str(kept.expose_secret()).unwrap();
    let tokens = kept.as_object().unwrap().values().filter_map(|value| value.as_str()).filter(|text| text.len() > 12);
    let mut secret: Vec<String> = tokens.map(str::to_owned).collect();
    assert!(secret.len() >= 2, "a token of each kind");
    secret.push(PASSWORD.to_owned());
    let cast = world.cast();
    let mut somebodys: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).collect();
    for customer in cast.customers.values() {
        somebodys.push(customer.name.clone());
        somebodys.extend(customer.phone.clone());
    }
    somebodys.extend(cast.agents.values().map(|agent| agent.name.clone()));
    somebodys.push("@example.com".to_owned());
    (secret, somebodys)
}

fn is_nowhere_below(folder: &Path, secret: &[String]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            is_nowhere_below(&path, secret);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for one in secret {
            let found = bytes.windows(one.len()).any(|part| part == one.as_bytes());
            assert!(!found, "{} holds a secret", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_and_nothing_of_anybodys_in_a_log_an_error_or_a_file() {
    log::set_logger(&Listens).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    log::trace!("it listens");
    let cast = std::fs::read_to_string(folder().join("cast.json")).unwrap();
    let story = Story::parse(&cast, r#"{ "story": "secrets", "steps": [] }"#).unwrap();
    let world = World::start(&story.cast).await.unwrap();
    for (customer, channel) in [("lea", "whatsapp"), ("paul", "whatsapp"), ("tom", "messenger")] {
        world.simulator().writes(customer, channel, TEXTS[0]).await.unwrap();
    }
    let (mut errors, mut pocket) = (Errors::default(), Pocket::new(world.clock()).unwrap());
    pocket.log = Some(LogSetup { sink: Arc::new(CoreLog), level: LogLevel::Debug });
    let files = tempfile::tempdir().unwrap();
    let app = pocket.app().unwrap();
    let wrong = [("marc@example.com", "wrong horse"), ("nobody@example.com", PASSWORD), ("marc", PASSWORD)];
    for (email, password) in wrong {
        errors.hear(app.sign_in(world.server_url(), email.to_owned(), password.to_owned()).await);
    }
    errors.hear(app.sign_in("http://127.0.0.1:1".into(), "marc@example.com".into(), PASSWORD.into()).await);
    let account = pocket.sign_in(world.server_url(), "marc").await.unwrap();
    let (mut secret, somebodys) = secrets(&world, &pocket, &account.id());
    assert!(account.settled(20_000).await.unwrap());
    does_everything(&account, files.path(), &mut errors).await;

    // Two days later the windows are closed and the tokens have ended.
    world.clock().advance(Duration::from_secs(2 * 86_400));
    for seed in 1..=3 {
        world.server().faults().set(trouble(seed));
        does_everything(&account, files.path(), &mut errors).await;
    }
    world.server().faults().calm();
    account.settled(20_000).await.unwrap();
    say(account.diagnosis().await.unwrap());
    secret.extend(secrets(&world, &pocket, &account.id()).0);
    is_nowhere_below(pocket.folder(), &secret);
    world.simulator().refuse_next(131_026);
    does_everything(&account, files.path(), &mut errors).await;
    account.pause().await.unwrap();
    does_everything(&account, files.path(), &mut errors).await;
    account.resume().await.unwrap();
    account.sign_out(true).await.unwrap();
    say(app.diagnosis());
    does_everything(&account, files.path(), &mut errors).await;
    is_nowhere_below(pocket.folder(), &secret);

    let said = SAID.lock().unwrap();
    let logged = said.iter().filter(|line| line.starts_with("log ")).count();
    assert!(said.iter().filter(|line| line.starts_with("core ")).count() > 20, "the core says too little");
    println!("{} errors and {logged} lines of logs say nothing", errors.0);
    assert!(errors.0 > 150 && logged > 10, "{} errors, {logged} lines", errors.0);
    for line in said.iter() {
        if let Some(found) = secret.iter().chain(&somebodys).find(|one| line.contains(one.as_str())) {
            panic!("{found:?} stands in: {line}");
        }
    }
}
