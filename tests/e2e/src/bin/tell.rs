//! Tells every story of `tests/scenarios` with the phones of one language.
//!
//!   tell [--only STORY] [--folder FOLDER] COMMAND [ARGUMENT...]
//!
//! COMMAND is a process that answers asks (`tests/scenarios/README.md`, "A phone in another language"). Its
//! phones keep their files under FOLDER. The last line is "N passed, N failed"; a story that fails says at
//! which step. One more thing counts: a story that is not true must fail.
#![allow(clippy::print_stdout, reason = "a command that prints what it found")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use riposte_e2e::line::process::{Elsewhere, Line};
use riposte_e2e::phrases::{self, Met};
use riposte_e2e::story::{Story, folder, names};
use riposte_e2e::teller::tell_with;

/// A story whose second step expects another customer than the one who wrote.
const UNTRUE: &str = r#"{ "story": "untrue", "steps": [
    { "at": "09:00", "customer": "lea", "says": "Bonjour" },
    { "expect": { "phone": "marc", "inbox": [{ "customer": "paul" }] } } ] }"#;
const FOUND_OUT: &str = r#"untrue, step 2 (09:00): marc's inbox[0].customer: expected "paul", there is "lea""#;

struct Order {
    only: Option<String>,
    folder: PathBuf,
    command: Vec<String>,
}

impl Order {
    fn read(arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut order = Self { only: None, folder: std::env::temp_dir(), command: Vec::new() };
        let mut arguments = arguments.peekable();
        while let Some(option) = arguments.next_if(|argument| argument.starts_with("--")) {
            match option.as_str() {
                "--only" => order.only = Some(arguments.next()?),
                "--folder" => order.folder = PathBuf::from(arguments.next()?),
                _ => return None,
            }
        }
        order.command = arguments.collect();
        (!order.command.is_empty()).then_some(order)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(order) = Order::read(std::env::args().skip(1)) else {
        eprintln!("tell [--only STORY] [--folder FOLDER] COMMAND [ARGUMENT...]");
        return ExitCode::from(2);
    };
    match Telling::new(order).all().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(what) => {
            eprintln!("tell: {what}");
            ExitCode::from(2)
        }
    }
}

/// One telling of all stories.
struct Telling {
    order: Order,
    line: Option<Arc<Line>>,
    met: Met,
    passed: u32,
    failed: u32,
}

impl Telling {
    fn new(order: Order) -> Self {
        Self { order, line: None, met: Met::new(), passed: 0, failed: 0 }
    }

    async fn all(mut self) -> Result<bool, String> {
        let mut stories = names().map_err(|error| error.to_string())?;
        if let Some(only) = &self.order.only {
            stories.retain(|name| name == only);
        }
        if stories.is_empty() {
            return Err("there is no such story".to_owned());
        }
        for name in &stories {
            let from = Instant::now();
            let told = self.one(name).await;
            self.note(&format!("{name} ({} ms)", from.elapsed().as_millis()), told);
        }
        let untrue = self.untrue().await;
        self.note("a story that is not true", untrue);
        if self.order.only.is_none() && self.failed == 0 {
            let left_over = phrases::left_over(&self.met);
            let nothing = if left_over.is_empty() { Ok(()) } else { Err(left_over.join("\n")) };
            self.note("no line of the phrases is left over", nothing);
        }
        println!("{} passed, {} failed", self.passed, self.failed);
        Ok(self.failed == 0)
    }

    async fn one(&mut self, name: &str) -> Result<(), String> {
        let story = Story::named(name).map_err(|error| error.to_string())?;
        let met = self.tell(&story).await?;
        phrases::settle(&met)?;
        self.met.extend(met);
        Ok(())
    }

    async fn untrue(&mut self) -> Result<(), String> {
        let cast = std::fs::read_to_string(folder().join("cast.json")).map_err(|error| error.to_string())?;
        let story = Story::parse(&cast, UNTRUE).map_err(|error| error.to_string())?;
        match self.tell(&story).await {
            Err(what) if what.starts_with(FOUND_OUT) => Ok(()),
            Err(what) => Err(format!("it failed otherwise than it must: {what}")),
            Ok(_) => Err("it passed".to_owned()),
        }
    }

    /// With the process of the story before. A failure may have left it in any state: the next story gets
    /// a new one.
    async fn tell(&mut self, story: &Story) -> Result<Met, String> {
        let line = match self.line.take() {
            Some(line) => line,
            None => Line::start(&self.order.command, self.order.folder.clone()).map_err(|error| error.to_string())?,
        };
        let told = tell_with::<Elsewhere>(story, |_| line.clone()).await;
        if told.is_ok() {
            self.line = Some(line);
        }
        told.map_err(|failure| failure.to_string())
    }

    fn note(&mut self, what: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => {
                self.passed += 1;
                println!("ok      {what}");
            }
            Err(why) => {
                self.failed += 1;
                println!("FAILED  {what}\n        {why}");
            }
        }
    }
}
