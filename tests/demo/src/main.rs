//! `cargo run`: one true story, told from the customer's and the agent's side.
//!
//! A real inbox server, its simulator of WhatsApp and a phone with the real core run in this
//! process and talk over HTTP. Every line is what a screen, the provider's record or the server's
//! ledger says at that moment; what it must say is checked, and anything else ends it with an error.

mod script;
mod stage;
mod telling;
mod words;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use riposte::texts::Language;

use stage::Paper;

/// Tells one customer's story on a phone and a server that are real: two days in a few seconds.
#[derive(Parser)]
#[command(name = "riposte", after_help = "Examples:\n  cargo run\n  cargo run -- --lang fr")]
struct Arguments {
    /// The language: en or fr. Without it, that of the system.
    #[arg(long, value_name = "LANGUAGE", value_parser = ["en", "fr"])]
    lang: Option<String>,
}

/// The locale as the system says it: the first of these that is set counts.
fn locale_of_the_system() -> String {
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set).unwrap_or_default()
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let language = Language::of_locale(&arguments.lang.unwrap_or_else(locale_of_the_system));
    let coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    match script::play(language, Paper::new(coloured)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            // Nothing can be done about a standard error that is closed.
            let _ = writeln!(std::io::stderr(), "\nriposte: {wrong}");
            ExitCode::FAILURE
        }
    }
}
