//! The process that dies: reads its order, does the flow, and records each result before it goes on, so that
//! the test that finds it dead knows what the core promised.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use riposte::clock::ManualClock;
use riposte::model::{ChannelId, ConversationId, TemplateId};
use serde::{Deserialize, Serialize};

use super::flow::Flow;
use super::{Outcome, said, shim};

/// The file that is made when a flow is over.
pub const LAST: &str = "last";
/// The variable of the environment with the order.
pub const ORDER: &str = "RIPOSTE_ORDER";

/// What the process is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// Which flow.
    pub flow: Flow,
    /// The phone's folder.
    pub folder: PathBuf,
    /// Its safe.
    pub secrets: PathBuf,
    /// Everything else, beside the phone's folder.
    pub beside: PathBuf,
    /// Where the server is.
    pub server_url: String,
    /// When the phone's clock was made.
    pub clock_from: DateTime<Utc>,
    /// How much time has passed on it since, in milliseconds.
    pub clock_ms: u64,
    /// A word that is in every text of this run and in no other's.
    pub word: String,
    /// The conversation to write in.
    pub conversation: ConversationId,
    /// A template, and its channel.
    pub template: (ChannelId, TemplateId),
    /// How long to wait for rest, in milliseconds of real time.
    pub patience_ms: u64,
}

/// The results that the core returned to the process, a line each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// This text is queued.
    Queued(String),
    /// This text will never leave.
    Gone(String),
    /// This text has left.
    AlreadySent(String),
    /// This is kept as the draft.
    Draft(String),
    /// Signed in.
    SignedIn,
    /// Signed out, and nothing is left.
    SignedOut,
    /// The account is paused.
    Paused,
    /// Refused, with the error's code.
    Refused(String),
}

impl Order {
    /// The order in the environment, if this process is one that dies.
    pub fn of_this_process() -> Option<Self> {
        serde_json::from_str(&std::env::var(ORDER).ok()?).ok()
    }

    /// The phone's clock.
    pub fn clock(&self) -> ManualClock {
        let clock = ManualClock::new(self.clock_from);
        clock.advance(Duration::from_millis(self.clock_ms));
        clock
    }

    /// One of the run's texts.
    pub fn text(&self, which: &str) -> String {
        text(&self.word, which)
    }

    /// From here on the points are counted.
    pub fn begin(&self) -> Outcome<()> {
        std::fs::File::create(shim::mark(&self.beside)).map(drop).map_err(said)
    }

    /// No more points, after one last: whatever was said by now outlives a power cut.
    pub fn end(&self) -> Outcome<()> {
        // A disk that takes nothing takes this neither.
        drop(std::fs::File::create(self.folder.join(LAST)));
        std::fs::remove_file(shim::mark(&self.beside)).map_err(said)
    }

    /// Records a result. The system has it when this returns: a kill leaves it.
    pub fn tell(&self, told: &Told) -> Outcome<()> {
        let line = format!("{}\n", serde_json::to_string(told).map_err(said)?);
        let mut file = OpenOptions::new().create(true).append(true).open(told_file(&self.beside)).map_err(said)?;
        file.write_all(line.as_bytes()).map_err(said)
    }
}

/// One of the texts of the run with this word.
pub fn text(word: &str, which: &str) -> String {
    format!("{which} {word}.")
}

fn told_file(beside: &Path) -> PathBuf {
    beside.join("told")
}

/// The results that the process recorded before it died.
pub fn read_told(beside: &Path) -> Outcome<Vec<Told>> {
    let text = std::fs::read_to_string(told_file(beside)).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).map_err(said)).collect()
}
