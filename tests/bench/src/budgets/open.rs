//! From nothing to the first page of the inbox.

use riposte::facade::InboxQuery;

use super::base::inbox_of;
use super::{Base, Bound, Row, Unit, us};
use crate::Outcome;
use crate::args::Args;
use crate::bare::Bare;
use crate::measure::{Rounds, in_wall};
use crate::ours::Ours;
use crate::report::Progress;

pub(super) fn rows(base: &Base, args: &Args, progress: &Progress) -> Outcome<Vec<Row>> {
    let bare = || {
        let (wall, bare) = in_wall(|| {
            let bare = Bare::cache(base.bare.path())?;
            let outbox = Bare::outbox(base.bare.path())?;
            bare.inbox(50)?;
            Ok((bare, outbox))
        })?;
        drop(bare);
        Ok(us(wall))
    };
    progress.tick("opening the store");
    let store = Rounds::run(
        4 * args.rounds(),
        || {
            let (wall, ours) = in_wall(|| {
                let ours = Ours::open(&base.phone.folder(), &base.feed)?;
                inbox_of(&ours)?;
                Ok(ours)
            })?;
            ours.close()?;
            Ok(us(wall))
        },
        bare,
    )?;
    progress.tick("starting the core");
    let start = Rounds::run(
        4 * args.rounds(),
        || {
            let (wall, running) = in_wall(|| {
                let running = base.phone.start()?;
                let page = base.phone.wait(running.account.inbox().page(InboxQuery::default()))?;
                if page.rows.is_empty() {
                    return Err("the inbox is empty".into());
                }
                Ok(running)
            })?;
            base.phone.stop(running)?;
            Ok(us(wall))
        },
        bare,
    )?;
    Ok(vec![
        Row::new("open", "both files opened, first page of the inbox", Unit::Microseconds, Bound::AtMost(1.6), &store)
            .note("Ours opens a reader more and checks the outbox. Bare: two connections, the pragmas, the query, the names."),
        Row::new("start", "the core started, first page of the inbox", Unit::Microseconds, Bound::Shown, &start)
            .note("With the runtime, its threads, the TLS roots, the session and the tasks of an account."),
    ])
}
