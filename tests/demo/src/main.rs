//! `cargo run`: in a terminal a client of the inbox, elsewhere a story.
//!
//! A real inbox server, its simulator of WhatsApp and a phone with the real core run in this
//! process and talk over HTTP. In a terminal the phone's app is a client for keys and mouse
//! ([`terminal`]); elsewhere a story is shown from both sides, and each of its lines is what a
//! screen, the provider's record or the server's ledger shows at that moment; anything else ends it
//! with an error ([`script`]).

mod script;
mod stage;
mod telling;
mod terminal;
mod words;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, FixedOffset, Offset};
use clap::Parser;
use riposte::texts::Language;

use stage::Paper;
use terminal::Time;

/// A client of a conversations inbox, in the terminal. By default it starts a server, customers and
/// a network of its own. Without a terminal it prints one customer's story instead.
#[derive(Parser)]
#[command(
    name = "riposte",
    after_help = "Examples:\n  cargo run\n  cargo run -- --lang fr\n  cargo run -- --story\n  \
                  cargo run -- --server https://inbox.example.com"
)]
struct Arguments {
    /// The language: en or fr. Without it, that of the system.
    #[arg(long, value_name = "LANGUAGE", value_parser = ["en", "fr"])]
    lang: Option<String>,
    /// Use the inbox at this address instead of starting one.
    #[arg(long, value_name = "URL", conflicts_with_all = ["at", "story"])]
    server: Option<String>,
    /// With --server: where messages and tokens are kept. Without it, the user's data folder.
    #[arg(long, value_name = "FOLDER", requires = "server")]
    data: Option<PathBuf>,
    /// With --server: print why the inbox can or cannot be reached, for a support ticket, and end.
    #[arg(long, requires = "server")]
    diagnosis: bool,
    /// Print the story, even in a terminal.
    #[arg(long)]
    story: bool,
    /// The clock of the demo stands still at this time until a key moves it; for tests.
    #[arg(long, value_name = "TIME", hide = true)]
    at: Option<DateTime<FixedOffset>>,
}

/// The first of these variables that is set.
fn set(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
}

/// Where a user's data is kept.
fn data_folder() -> PathBuf {
    match (set(&["XDG_DATA_HOME", "LOCALAPPDATA"]), set(&["HOME"])) {
        (Some(data), _) => PathBuf::from(data).join("riposte"),
        (None, Some(home)) => PathBuf::from(home).join(".local/share/riposte"),
        (None, None) => PathBuf::from("riposte-data"),
    }
}

fn time(at: Option<DateTime<FixedOffset>>) -> Time {
    let minutes = |offset: FixedOffset| offset.local_minus_utc() / 60;
    match at {
        Some(at) => Time { now: at.to_utc(), utc_offset_minutes: minutes(*at.offset()), still: true },
        None => {
            let now = chrono::Local::now();
            Time { now: now.to_utc(), utc_offset_minutes: minutes(now.offset().fix()), still: false }
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let locale = arguments.lang.or_else(|| set(&["LC_ALL", "LC_MESSAGES", "LANG"])).unwrap_or_default();
    let language = Language::of_locale(&locale);
    let seen = std::io::stdout().is_terminal();
    let used = seen && std::io::stdin().is_terminal() && !arguments.story;
    let done = match arguments.server {
        Some(server) if arguments.diagnosis => {
            let folder = arguments.data.unwrap_or_else(data_folder);
            match terminal::diagnosis(server, folder).await {
                // A reader that closed its end has seen enough.
                Ok(text) => writeln!(std::io::stdout(), "{text}").map_err(|wrong| wrong.to_string()),
                Err(wrong) => Err(wrong.to_string()),
            }
        }
        Some(_) if !used => Err("--server needs a terminal".to_owned()),
        Some(server) => {
            let folder = arguments.data.unwrap_or_else(data_folder);
            let offset = time(arguments.at).utc_offset_minutes;
            terminal::client(language, server, folder, offset).await.map_err(|wrong| wrong.to_string())
        }
        None if used => terminal::demo(language, time(arguments.at)).await.map_err(|wrong| wrong.to_string()),
        None => {
            let paper = Paper::new(seen && std::env::var_os("NO_COLOR").is_none());
            script::play(language, paper).await.map_err(|wrong| wrong.to_string())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            // Nothing can be done about a standard error that is closed.
            let _ = writeln!(std::io::stderr(), "\nriposte: {wrong}");
            ExitCode::FAILURE
        }
    }
}
