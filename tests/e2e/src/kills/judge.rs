//! What must be true after the restart.

use std::collections::BTreeSet;
use std::path::Path;

use riposte::facade::{Account, Around, AssigneeFilter, Decision, InboxQuery, InboxRow, SendProgress, TimelineRow};
use riposte::model::ConversationId;
use riposte_server::sim::Simulator;
use riposte_server::sim::ledger::Judged;
use rusqlite::{Connection, OpenFlags};

use super::child::{Told, text};
use super::flow::Flow;
use super::{Outcome, said};

/// As many rows as any list here has.
const ALL: u32 = 500;

/// What became of the texts of a run.
pub struct Texts<'a> {
    /// The flow.
    pub flow: Flow,
    /// Its word.
    pub word: &'a str,
    /// The results its process recorded.
    pub told: &'a [Told],
    /// What the agent was asked about after the restart, and discarded.
    pub asked: &'a [String],
}

impl Texts<'_> {
    /// What the core reported as queued went out once, in order, or the agent was asked; what was taken back
    /// did not; nothing went out twice; each is one bubble.
    pub async fn judge(&self, simulator: &Simulator, witness: &Account, conversation: ConversationId) -> Outcome<()> {
        let ledger = simulator.ledger();
        let sent: Vec<_> = ledger.iter().filter(|entry| entry.judged == Judged::Accepted).collect();
        let mut keys = BTreeSet::new();
        if let Some(twice) = sent.iter().filter_map(|entry| entry.key.as_ref()).find(|key| !keys.insert(*key)) {
            return Err(format!("the key {twice} went out twice"));
        }
        let shown = shown(witness, conversation).await?;
        let mut last = None;
        for which in self.flow.messages() {
            let text = text(self.word, which);
            let times = sent.iter().filter(|entry| entry.text.contains(&text)).count();
            self.judge_one(&text, times, &shown)?;
            let place = sent.iter().position(|entry| entry.text.contains(&text));
            if place.is_some() && place < last {
                return Err(format!("{text:?} went out before its turn"));
            }
            last = place.or(last);
        }
        for which in self.flow.comments() {
            let text = text(self.word, which);
            let times = shown.iter().filter(|row| row.contains(&text)).count();
            self.judge_one(&text, times, &shown)?;
        }
        Ok(())
    }

    fn judge_one(&self, text: &str, times: usize, shown: &[String]) -> Outcome<()> {
        let told = |told: fn(String) -> Told| self.told.contains(&told(text.to_owned()));
        let bubbles = shown.iter().filter(|row| row.contains(text)).count();
        let asked = self.asked.iter().any(|waiting| waiting.contains(text));
        if times > 1 {
            return Err(format!("{text:?} went out {times} times"));
        }
        if bubbles != times {
            return Err(format!("{text:?} went out {times} times and is {bubbles} bubbles"));
        }
        if told(Told::Gone) && times > 0 {
            return Err(format!("{text:?} was taken back and went out"));
        }
        if told(Told::AlreadySent) && times == 0 {
            return Err(format!("{text:?} was said to have left and did not"));
        }
        if told(Told::Queued) && !told(Told::Gone) && times == 0 && !asked && !self.may_be_gone(text) {
            return Err(format!("{text:?} was reported as queued, never left, and the agent was not asked"));
        }
        Ok(())
    }

    /// It was being taken back when the process died: whether it was is open.
    fn may_be_gone(&self, text: &str) -> bool {
        match self.flow {
            Flow::CancelQueued | Flow::CancelSent => *text == super::child::text(self.word, "text"),
            _ => false,
        }
    }
}

/// Discards what the agent is asked about, and returns what that was. Anything else that still waits is
/// a fault.
pub async fn answer_what_is_asked(account: &Account) -> Outcome<Vec<String>> {
    let outbox = account.outbox();
    let mut asked = Vec::new();
    for waiting in outbox.waiting().await.map_err(said)? {
        match waiting.progress {
            SendProgress::NeedsDecision { .. } | SendProgress::Refused { .. } => {
                asked.push(format!("{}: {:?}", waiting.text, waiting.progress));
                outbox.decide(waiting.key, Decision::Discard).await.map_err(said)?;
            }
            _ => return Err(format!("{:?}: still there is {waiting:?}", account.connection())),
        }
    }
    Ok(asked)
}

/// The words of the rows of a conversation.
async fn shown(account: &Account, conversation: ConversationId) -> Outcome<Vec<String>> {
    let screen = account.conversation(conversation).screen(Around::Newest, ALL).await.map_err(said)?;
    let words = screen.rows.iter().filter_map(|row| match row {
        TimelineRow::Message(bubble) => Some(bubble.content.text().to_owned()),
        TimelineRow::Comment(comment) => Some(comment.body.clone()),
        TimelineRow::Event(_) | TimelineRow::Gap(_) => None,
    });
    Ok(words.collect())
}

/// The conversations a phone has, every message of them fetched.
pub async fn fetch_all(account: &Account) -> Outcome<Vec<InboxRow>> {
    let query = InboxQuery { assignee: AssigneeFilter::All, open: None, limit: ALL, ..InboxQuery::default() };
    let rows = account.inbox().page(query.clone()).await.map_err(said)?.rows;
    for row in &rows {
        while account.conversation(row.id).load_older().await.map_err(said)? {}
    }
    Ok(account.inbox().page(query).await.map_err(said)?.rows)
}

/// All that a phone shows, a line each.
pub async fn everything(account: &Account) -> Outcome<Vec<String>> {
    let mut all = vec![format!("{:?}", account.inbox().agents().await.map_err(said)?)];
    all.push(format!("{:?}", account.inbox().saved_replies().await.map_err(said)?));
    all.push(format!("{:?}", account.inbox().channels().await.map_err(said)?));
    for row in fetch_all(account).await? {
        let screen = account.conversation(row.id).screen(Around::Newest, ALL).await.map_err(said)?;
        all.push(format!("{row:?}"));
        all.extend(screen.rows.iter().map(|row| format!("{row:?}")));
    }
    all.push(format!("{:?}", account.usage().month(2026, 11).await.map_err(said)?));
    all.push(format!("{:?}", account.outbox().waiting().await.map_err(said)?));
    Ok(all)
}

/// What two phones show is the same.
pub fn same(held: &[String], clean: &[String]) -> Outcome<()> {
    for (held, clean) in held.iter().zip(clean) {
        if held != clean {
            return Err(format!("the phone differs\n  clean: {clean}\n  here:  {held}"));
        }
    }
    if held.len() == clean.len() { Ok(()) } else { Err(format!("{} rows, and not {}", held.len(), clean.len())) }
}

/// The files of a closed phone are whole, and nothing lies about.
pub fn files_are_whole(folder: &Path) -> Outcome<()> {
    let mut found = Vec::new();
    files_below(folder, folder, &mut found)?;
    for file in &found {
        let name = file.rsplit('/').next().unwrap_or_default();
        let known = matches!(name, "device" | "account.json" | "cache.db" | "outbox.db");
        let media = file.contains("/media/") && !name.contains('.');
        if !known && !media {
            return Err(format!("{file} lies about"));
        }
        if name.ends_with(".db") {
            let db = Connection::open_with_flags(folder.join(file), OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(said)?;
            let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(said)?;
            if whole != "ok" {
                return Err(format!("{file}: {whole}"));
            }
        }
    }
    Ok(())
}

/// The files below a folder, by their names from `root` on.
pub fn files_below(root: &Path, folder: &Path, found: &mut Vec<String>) -> Outcome<()> {
    for entry in std::fs::read_dir(folder).map_err(said)? {
        let path = entry.map_err(said)?.path();
        if path.is_dir() {
            files_below(root, &path, found)?;
        } else {
            found.push(path.strip_prefix(root).map_err(said)?.to_string_lossy().into_owned());
        }
    }
    Ok(())
}
