//! What was measured, for people and for programs.

mod curve;
mod table;

use std::io::{IsTerminal, Write};
use std::time::Instant;

use serde::Serialize;

use crate::Outcome;
use crate::args::Args;
use crate::budgets::{Measured, Point, Row};

/// Says on the terminal what is being done. Without a terminal it is silent.
pub(crate) struct Progress {
    began: Instant,
    shown: bool,
}

impl Progress {
    pub(crate) fn new(args: &Args) -> Self {
        Self { began: Instant::now(), shown: std::io::stderr().is_terminal() && !args.json }
    }

    pub(crate) fn tick(&self, what: &str) {
        self.show(what);
    }

    pub(crate) fn part(&self, what: &str, done: usize, of: usize) {
        self.show(&format!("{what}: {} of {}", done.min(of), of));
    }

    fn show(&self, what: &str) {
        if self.shown {
            // A terminal that is gone is no reason to stop measuring.
            write!(std::io::stderr(), "\r\x1b[K{:>4} s  {what}", self.began.elapsed().as_secs()).ok();
        }
    }

    pub(crate) fn end(&self) {
        if self.shown {
            write!(std::io::stderr(), "\r\x1b[K").ok();
        }
    }
}

/// The machine, as far as it matters to the numbers.
#[derive(Serialize)]
struct Machine {
    system: &'static str,
    processor: &'static str,
    /// The bench kept itself to one of its cores.
    one_core: bool,
    optimised: bool,
}

impl Machine {
    fn this(one_core: bool) -> Self {
        Self {
            system: std::env::consts::OS,
            processor: std::env::consts::ARCH,
            one_core,
            optimised: !cfg!(debug_assertions),
        }
    }
}

#[derive(Serialize)]
struct Report<'a> {
    messages: usize,
    rounds: usize,
    machine: Machine,
    rows: &'a [Row],
    curve: &'a [Point],
    holds: bool,
}

pub(crate) fn print(measured: &Measured, args: &Args, one_core: bool, to: &mut impl Write) -> Outcome<()> {
    let holds = measured.rows.iter().all(|row| row.holds);
    let (machine, rounds) = (Machine::this(one_core), args.rounds());
    if args.json {
        let (rows, curve) = (measured.rows.as_slice(), measured.curve.as_slice());
        let report = Report { messages: args.size(), rounds, machine, rows, curve, holds };
        serde_json::to_writer_pretty(&mut *to, &report)?;
        return Ok(writeln!(to)?);
    }
    writeln!(
        to,
        "{} messages in twelve languages, {rounds} rounds, {} {} {}{}\n",
        table::grouped(args.size() as f64),
        if machine.one_core { "on one core of" } else { "on all cores of" },
        machine.processor,
        machine.system,
        if machine.optimised { "" } else { ", NOT OPTIMISED: build with --release" },
    )?;
    table::print(&measured.rows, to)?;
    if measured.curve.len() > 1 {
        writeln!(to)?;
        curve::print(&measured.curve, to)?;
    }
    Ok(())
}
