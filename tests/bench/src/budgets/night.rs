//! The morning: a thousand changes wait, and the phone comes to the front.

use std::time::Duration;

use riposte::facade::{Around, InboxQuery};

use super::{Base, Bound, Row, Unit, us};
use crate::Outcome;
use crate::args::Args;
use crate::bare::Bare;
use crate::feed::PAGE;
use crate::measure::{Rounds, cpu, in_cpu};
use crate::report::Progress;

const CHANGES: usize = 1_000;

/// A ratio of the same run, because a bound in milliseconds fails on a slower machine. The goal is 1.8; the
/// rest is HTTP, tasks and the screens of the facade.
const MOST_RATIO: f64 = 3.5;

pub(super) fn row(base: &mut Base, args: &Args, progress: &Progress) -> Outcome<Row> {
    progress.tick("waking after a night");
    let mut bare = Bare::cache(base.bare.path())?;
    let outbox = Bare::outbox(base.bare.path())?;
    let running = base.phone.start_and_settle()?;
    let mut rounds = Rounds { ours: Vec::new(), bare: Vec::new() };
    for _ in 0..=args.rounds() {
        base.phone.wait(running.account.pause())?;
        let mut pages = Vec::new();
        // The last turn of a page may not fit: a little less than a whole page each.
        for _ in 0..CHANGES.div_ceil(PAGE) {
            let from = base.feed.cursor();
            let page = base.feed.page()?;
            base.server.offer(&from, page.json.clone(), base.feed.now())?;
            pages.push(page);
        }
        base.phone.set_time(base.feed.now());
        let (before, served) = (cpu(), base.server.cpu());
        let id = base.feed.recent(0);
        base.phone.wait(async {
            running.account.resume().await?;
            running.account.settled(60_000).await?;
            running.account.inbox().page(InboxQuery::default()).await?;
            running.account.conversation(id).screen(Around::Newest, 50).await
        })?;
        let spent = cpu().saturating_sub(before).saturating_sub(base.server.cpu().saturating_sub(served));
        let now_ms = base.feed.now().timestamp_millis();
        let (bare_spent, ()) = in_cpu(|| {
            bare.apply_all(&pages, now_ms)?;
            bare.inbox(50)?;
            bare.screen(&outbox, id.0, 50).map(drop)
        })?;
        rounds.ours.push(us(spent.max(Duration::ZERO)));
        rounds.bare.push(us(bare_spent));
    }
    base.phone.stop(running)?;
    // The first was for warming up.
    rounds.ours.remove(0);
    rounds.bare.remove(0);
    Ok(Row::new("night", "1,000 changes after a night", Unit::Microseconds, Bound::AtMost(MOST_RATIO), &rounds).note(
        "CPU from resume to the first screens, all threads, with HTTP to this machine and without TLS or gzip. \
         Bare: the same pages and queries.",
    ))
}
