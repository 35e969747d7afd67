//! The budgets, one module each: what is promised, how it is measured, what was measured.

mod apply;
mod base;
mod enqueue;
mod memory;
mod night;
mod open;
mod pause;
mod read;
mod search;

use serde::Serialize;

pub(crate) use base::{Base, Point};
pub(crate) use memory::child as memory_of;

use crate::Outcome;
use crate::args::Args;
use crate::measure::{Rounds, Spread};
use crate::report::Progress;

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// What was done.
    pub(crate) what: String,
    pub(crate) unit: Unit,
    pub(crate) ours: Spread,
    /// Bare SQLite doing the same.
    pub(crate) bare: Option<Spread>,
    /// Ours divided by bare, round by round.
    pub(crate) ratio: Option<Spread>,
    pub(crate) bound: Bound,
    pub(crate) holds: bool,
    /// What is in it and what is not; why a bound is another than the design's.
    pub(crate) note: &'static str,
}

/// What numbers are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    Microseconds,
    EventsPerCpuSecond,
    Bytes,
}

/// What a line must not miss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    /// The ratio.
    AtMost(f64),
    /// The ratio.
    AtLeast(f64),
    /// The number itself, in its unit.
    Within(f64),
    /// Nothing is promised; it is shown because it is asked about.
    Shown,
}

impl Bound {
    fn holds(self, ours: Spread, ratio: Option<Spread>) -> bool {
        let ratio = ratio.map_or(f64::NAN, |ratio| ratio.median);
        match self {
            Self::AtMost(most) => ratio <= most,
            Self::AtLeast(least) => ratio >= least,
            Self::Within(most) => ours.median <= most,
            Self::Shown => true,
        }
    }
}

impl Row {
    fn new(name: &'static str, what: impl Into<String>, unit: Unit, bound: Bound, rounds: &Rounds) -> Self {
        let (ours, ratio) = (Spread::of(&rounds.ours), rounds.ratio());
        let (bare, ratio) = match rounds.bare.is_empty() {
            true => (None, None),
            false => (Some(Spread::of(&rounds.bare)), Some(ratio)),
        };
        Self { name, what: what.into(), unit, ours, bare, ratio, holds: bound.holds(ours, ratio), bound, note: "" }
    }

    fn note(self, note: &'static str) -> Self {
        Self { note, ..self }
    }
}

/// Everything that was measured.
pub(crate) struct Measured {
    pub(crate) rows: Vec<Row>,
    pub(crate) curve: Vec<Point>,
}

/// The names that `--only` knows, in the order of the table.
pub(crate) const NAMES: [&str; 17] = [
    "apply",
    "apply_without_words",
    "bytes",
    "enqueue",
    "send",
    "open",
    "start",
    "page",
    "screen",
    "inbox",
    "integrity",
    "search",
    "search_shown",
    "night",
    "flat",
    "pause",
    "memory",
];

/// Measures what was asked for.
pub(crate) fn measure(args: &Args, progress: &Progress) -> Outcome<Measured> {
    let mut rows = Vec::new();
    let wanted = |names: &[&str]| names.iter().any(|name| args.wants(name));
    if wanted(&["apply", "apply_without_words", "bytes"]) {
        rows.extend(apply::rows(args, progress)?);
    }
    if wanted(&["enqueue"]) {
        rows.push(enqueue::durable(args, progress)?);
    }
    let mut curve = Vec::new();
    // Whatever needs no inbox that has grown is above, or measured in a process of its own.
    let alone = ["apply", "apply_without_words", "bytes", "enqueue", "memory"];
    if NAMES.iter().any(|name| !alone.contains(name) && args.wants(name)) {
        let mut base = at("the grown inbox", Base::grow(args, progress))?;
        rows.extend(base.flat());
        rows.extend(at("open", open::rows(&base, args, progress))?);
        rows.extend(at("page", read::rows(&base, args, progress))?);
        rows.extend(at("search", search::rows(&base, args, progress))?);
        rows.push(at("send", enqueue::send(&base, args, progress))?);
        rows.push(at("night", night::row(&mut base, args, progress))?);
        rows.push(at("pause", pause::row(&mut base, args, progress))?);
        curve = base.points;
    }
    if wanted(&["memory"]) {
        rows.extend(memory::row(args, progress)?);
    }
    rows.retain(|row| args.wants(row.name));
    rows.sort_by_key(|row| NAMES.iter().position(|name| *name == row.name));
    Ok(Measured { rows, curve })
}

/// What went wrong, and where.
fn at<T>(name: &str, measured: Outcome<T>) -> Outcome<T> {
    measured.map_err(|error| format!("{name}: {error}").into())
}

/// A duration in microseconds.
fn us(span: std::time::Duration) -> f64 {
    span.as_secs_f64() * 1e6
}
