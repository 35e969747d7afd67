//! `cargo run --release -p riposte-bench`: what Riposte promises to cost, measured beside bare
//! SQLite doing the same work in the same run.
//!
//! - `text`, `directory`, `feed`: an inbox that could be real, the same on every machine;
//! - `ours`, `phone`, `server`: our store by itself; the whole core behind its facade, and an
//!   inbox server with its answers ready;
//! - `bare`: the other side: rusqlite, prepared statements, nothing else;
//! - `budgets`: what is promised, one module each; `measure`: clocks, rounds, medians;
//! - `report`: the table, the curve, the JSON.

mod args;
mod bare;
mod budgets;
mod directory;
mod feed;
mod measure;
mod ours;
mod phone;
mod report;
#[cfg(test)]
mod same;
mod server;
mod text;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;
use crate::report::Progress;

/// Any error ends the bench: half a measurement is none.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            writeln!(std::io::stderr(), "riposte-bench: {error}").ok();
            ExitCode::from(2)
        }
    }
}

/// False when a budget was missed.
fn run(args: &Args) -> Outcome<bool> {
    let mut stdout = std::io::stdout().lock();
    let one_core = measure::keep_to_one_core();
    if let Some(side) = args.memory {
        writeln!(stdout, "{}", budgets::memory_of(side, args)?)?;
        return Ok(true);
    }
    let progress = Progress::new(args);
    let measured = budgets::measure(args, &progress)?;
    progress.end();
    report::print(&measured, args, one_core, &mut stdout)?;
    Ok(args.no_verdict || measured.rows.iter().all(|row| row.holds))
}
