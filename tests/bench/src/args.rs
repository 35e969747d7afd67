//! The command line.

use clap::{Parser, ValueEnum};

use crate::budgets::NAMES;

/// What Riposte promises to cost, measured beside bare SQLite doing the same work.
#[derive(Debug, Parser)]
#[command(name = "riposte-bench", after_help = "Build it with --release: anything else measures the compiler.")]
pub(crate) struct Args {
    /// Messages in the inbox, from 1,000 on.
    #[arg(long, default_value_t = 100_000)]
    size: usize,
    /// Up to a million messages, and more rounds.
    #[arg(long, conflicts_with = "size")]
    full: bool,
    /// Rounds of each measurement.
    #[arg(long)]
    rounds: Option<usize>,
    /// Only the budget of this name (may be given several times).
    #[arg(long, value_parser = NAMES)]
    only: Vec<String>,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
    /// Say what was measured, and do not fail on a missed budget.
    #[arg(long)]
    pub(crate) no_verdict: bool,
    /// The process of its own that the memory is measured in.
    #[arg(long, hide = true)]
    pub(crate) memory: Option<Side>,
}

/// Whose memory.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Side {
    Ours,
    Bare,
}

impl Args {
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// Messages in the grown inbox.
    pub(crate) fn size(&self) -> usize {
        if self.full { 1_000_000 } else { self.size.max(1_000) }
    }

    /// The sizes at which a page is measured: powers of ten, and the last.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let powers = std::iter::successors(Some(1_000), |size: &usize| size.checked_mul(10));
        let mut sizes: Vec<usize> = powers.take_while(|size| *size < self.size()).collect();
        sizes.push(self.size());
        sizes
    }

    /// Changes that are applied at once: the budget says 50,000; a small inbox has fewer.
    pub(crate) fn events(&self) -> usize {
        self.size().min(50_000)
    }

    pub(crate) fn rounds(&self) -> usize {
        self.rounds.unwrap_or(if self.full { 9 } else { 5 }).max(1)
    }

    pub(crate) fn for_memory(&self, side: Side) -> Vec<String> {
        let side = match side {
            Side::Ours => "ours",
            Side::Bare => "bare",
        };
        ["--size", &self.size().to_string(), "--memory", side].map(str::to_owned).to_vec()
    }
}
