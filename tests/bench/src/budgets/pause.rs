//! The app leaves the front: everything closed, soon.

use std::path::Path;
use std::time::Duration;

use super::{Base, Bound, Row, Unit, us};
use crate::Outcome;
use crate::args::Args;
use crate::measure::{Rounds, in_wall};
use crate::report::Progress;

/// Two tenths of a second, in microseconds.
const MOST_US: f64 = 200_000.0;
/// Pages that wait, so that some are being read when the pause comes.
const PAGES: usize = 6;

pub(super) fn row(base: &mut Base, args: &Args, progress: &Progress) -> Outcome<Row> {
    progress.tick("pausing");
    let running = base.phone.start_and_settle()?;
    let folder = base.phone.folder();
    let mut rounds = Rounds { ours: Vec::new(), bare: Vec::new() };
    for round in 0..2 * args.rounds() {
        base.phone.wait(running.account.resume())?;
        if round % 2 == 0 {
            base.phone.settle(&running)?;
        } else {
            for _ in 0..PAGES {
                let from = base.feed.cursor();
                let page = base.feed.page()?;
                base.server.offer(&from, page.json, base.feed.now())?;
            }
            running.account.network_available();
            // Not to wait for anything, but to stop it somewhere in the middle, another place each time.
            std::thread::sleep(Duration::from_millis(3 * u64::try_from(round)?));
        }
        let (wall, ()) = in_wall(|| Ok(base.phone.wait(running.account.pause())?))?;
        rounds.ours.push(us(wall));
        if let Some(open) = open_below(&folder)? {
            return Err(format!("after pause() {open} is still open").into());
        }
    }
    base.phone.wait(running.account.resume())?;
    base.phone.settle(&running)?;
    base.phone.stop(running)?;
    let mut row =
        Row::new("pause", "pause(), and no file left open", Unit::Microseconds, Bound::Within(MOST_US), &rounds);
    // The slowest counts: the system does not ask how often it went well.
    let slowest = rounds.ours.iter().copied().fold(0.0, f64::max);
    row.holds = slowest <= MOST_US;
    row.ours.high = slowest;
    Ok(row
        .note("Idle and in the middle of reading changes; judged by the slowest. Open files as the system lists them."))
}

/// A file of the account that this process has open. Only Linux lists them here.
fn open_below(folder: &Path) -> Outcome<Option<String>> {
    let listed = Path::new("/proc/self/fd");
    if !listed.is_dir() {
        return Ok(None);
    }
    // Names below the account's folder are ours; no other name is printed.
    let folder = folder.canonicalize()?;
    for entry in std::fs::read_dir(listed)? {
        let Ok(target) = std::fs::read_link(entry?.path()) else { continue };
        if let Ok(name) = target.strip_prefix(&folder) {
            return Ok(Some(name.display().to_string()));
        }
    }
    Ok(None)
}
