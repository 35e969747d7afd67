//! Pages of the feed into the cache: events per second of CPU, and bytes on disk per event.

use super::{Bound, Row, Unit};
use crate::Outcome;
use crate::args::Args;
use crate::bare::Bare;
use crate::feed::{Feed, Kind, Page};
use crate::measure::{Rounds, in_cpu};
use crate::ours::Ours;
use crate::report::Progress;

pub(super) fn rows(args: &Args, progress: &Progress) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    if args.wants("apply") || args.wants("bytes") {
        let (speed, bytes) = rounds(Kind::Words, args, progress)?;
        let what = format!("{} changes in pages of 500, with search", args.events());
        rows.push(Row::new("apply", what, Unit::EventsPerCpuSecond, Bound::AtLeast(0.85), &speed).note(
            "From JSON to rows, index and cursor. Bare: the same bytes, tables and words (made by the same \
             function), no view, no tombstones, no change events.",
        ));
        rows.push(Row::new("bytes", "cache file per change", Unit::Bytes, Bound::AtMost(1.25), &bytes));
    }
    if args.wants("apply_without_words") {
        let (speed, _) = rounds(Kind::NoWords, args, progress)?;
        let what = format!("{} changes in pages of 500, nothing to search by", args.events());
        rows.push(
            Row::new("apply_without_words", what, Unit::EventsPerCpuSecond, Bound::AtLeast(0.85), &speed)
                .note("Voice messages, pictures and stickers: what is left is parsing and tables."),
        );
    }
    Ok(rows)
}

/// Events per CPU-second, and bytes per event.
fn rounds(kind: Kind, args: &Args, progress: &Progress) -> Outcome<(Rounds, Rounds)> {
    let begin = Feed::new(kind);
    let mut feed = Feed::new(kind);
    let mut pages: Vec<Page> = Vec::new();
    let mut events = 0;
    while events < args.events() {
        let page = feed.page()?;
        events += page.events;
        pages.push(page);
    }
    let per_second = |cpu: std::time::Duration| events as f64 / cpu.as_secs_f64();
    let mut bytes = Rounds { ours: Vec::new(), bare: Vec::new() };
    let (our_bytes, bare_bytes) = (&mut bytes.ours, &mut bytes.bare);
    let speed = Rounds::run(
        args.rounds(),
        || {
            progress.tick("applying changes");
            let folder = tempfile::tempdir()?;
            let ours = Ours::open(folder.path(), &begin)?;
            let (cpu, ()) = in_cpu(|| ours.apply_all(&pages, &feed))?;
            our_bytes.push(ours.close()? as f64 / events as f64);
            Ok(per_second(cpu))
        },
        || {
            progress.tick("applying changes, bare");
            let folder = tempfile::tempdir()?;
            let mut bare = Bare::cache(folder.path())?;
            bare.begin()?;
            let (cpu, ()) = in_cpu(|| bare.apply_all(&pages, feed.now().timestamp_millis()))?;
            bare_bytes.push(bare.close()? as f64 / events as f64);
            Ok(per_second(cpu))
        },
    )?;
    Ok((speed, bytes))
}
