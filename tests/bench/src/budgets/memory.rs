//! How much memory applying takes at most: each in a process of its own, started from here.

use std::process::Command;

use super::{Bound, Row, Unit};
use crate::Outcome;
use crate::args::{Args, Side};
use crate::bare::Bare;
use crate::feed::{Feed, Kind};
use crate::measure::Rounds;
use crate::ours::Ours;
use crate::report::Progress;

/// None if the system does not report a process's memory.
pub(super) fn row(args: &Args, progress: &Progress) -> Outcome<Option<Row>> {
    if peak_bytes().is_none() {
        return Ok(None);
    }
    let measured = |side: Side| {
        progress.tick("measuring memory");
        let child = Command::new(std::env::current_exe()?).args(args.for_memory(side)).output()?;
        if !child.status.success() {
            return Err(String::from_utf8_lossy(&child.stderr).into_owned().into());
        }
        Ok(String::from_utf8(child.stdout)?.trim().parse::<f64>()?)
    };
    let rounds = Rounds::run(args.rounds().min(3), || measured(Side::Ours), || measured(Side::Bare))?;
    let what = format!("{} changes applied: the most memory", args.events());
    Ok(Some(Row::new("memory", what, Unit::Bytes, Bound::Shown, &rounds).note("The whole process, with this bench.")))
}

/// In the process of its own: applies, and prints how much memory that took at most.
pub(crate) fn child(side: Side, args: &Args) -> Outcome<u64> {
    let begin = Feed::new(Kind::Words);
    let mut feed = Feed::new(Kind::Words);
    let folder = tempfile::tempdir()?;
    let mut events = 0;
    match side {
        Side::Ours => {
            let ours = Ours::open(folder.path(), &begin)?;
            while events < args.events() {
                let page = feed.page()?;
                events += page.events;
                ours.apply(&page.json, &feed)?;
            }
        }
        Side::Bare => {
            let mut bare = Bare::cache(folder.path())?;
            bare.begin()?;
            while events < args.events() {
                let page = feed.page()?;
                events += page.events;
                bare.apply(&page.json, feed.now().timestamp_millis())?;
            }
        }
    }
    peak_bytes().ok_or_else(|| "the system does not report it".into())
}

/// The most memory this process has had at once.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}
