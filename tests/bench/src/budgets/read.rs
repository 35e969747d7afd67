//! Screens: a page of messages, a whole conversation, the inbox.

use riposte::facade::{Around, InboxQuery};
use riposte::model::ConversationId;

use super::base::messages_of;
use super::{Base, Bound, Row, Unit, us};
use crate::Outcome;
use crate::args::Args;
use crate::bare::Bare;
use crate::measure::{Rounds, in_cpu, median};
use crate::ours::Ours;
use crate::report::Progress;

/// Screens of a round: of so many conversations.
const SCREENS: usize = 40;

pub(super) fn rows(base: &Base, args: &Args, progress: &Progress) -> Outcome<Vec<Row>> {
    let bare = Bare::cache(base.bare.path())?;
    let outbox = Bare::outbox(base.bare.path())?;
    let ids: Vec<ConversationId> = (0..SCREENS).map(|back| base.feed.recent(back)).collect();
    let rounds = 2 * args.rounds();
    progress.tick("reading pages");
    let ours = Ours::open(&base.phone.folder(), &base.feed)?;
    let page = Rounds::run(
        rounds,
        || each(&ids, |id| messages_of(&ours, id).map(drop)),
        || each(&ids, |id| bare.page(id.0, 50).map(drop)),
    )?;
    progress.tick("checking the integrity of the cache");
    let check = Rounds::run(
        args.rounds().min(3),
        || Ok(us(in_cpu(|| Ok(ours.runtime().block_on(ours.store().check_integrity())?))?.0)),
        || Ok(us(in_cpu(|| bare.check())?.0)),
    )?;
    ours.close()?;
    progress.tick("reading screens");
    let running = base.phone.start_and_settle()?;
    let screen = Rounds::run(
        rounds,
        || {
            each(&ids, |id| {
                let screen = base.phone.wait(running.account.conversation(id).screen(Around::Newest, 50))?;
                if screen.rows.is_empty() { Err("an empty screen".into()) } else { Ok(()) }
            })
        },
        || each(&ids, |id| bare.screen(&outbox, id.0, 50).map(drop)),
    )?;
    let list = Rounds::run(
        rounds,
        || each(&ids, |_| Ok(base.phone.wait(running.account.inbox().page(InboxQuery::default())).map(drop)?)),
        || each(&ids, |_| bare.inbox(50).map(drop)),
    )?;
    base.phone.stop(running)?;
    Ok(vec![
        Row::new("page", "50 messages of a conversation", Unit::Microseconds, Bound::AtMost(2.0), &page).note(
            "CPU, as the two below. With what is held around them and where something is missing. Both read \
                   JSON into records.",
        ),
        Row::new("screen", "the screen of a conversation", Unit::Microseconds, Bound::AtMost(2.0), &screen).note(
            "As an app reads it: what waits, composer, price, marks, names, in words. Bare reads the same rows \
             and stops there.",
        ),
        // The design has a budget for opening, not for this; 2.5 keeps it from getting worse unseen.
        Row::new("inbox", "a page of the inbox as an app reads it", Unit::Microseconds, Bound::AtMost(2.5), &list)
            .note("With dots, windows, previews and what waits. Bare reads the same rows and stops there."),
        Row::new("integrity", "the integrity check of the cache", Unit::Microseconds, Bound::Shown, &check)
            .note("CPU, once after a start and once a day, beside everything else. Bare: the same check alone."),
    ])
}

fn each(ids: &[ConversationId], mut read: impl FnMut(ConversationId) -> Outcome<()>) -> Outcome<f64> {
    let costs = ids.iter().map(|id| Ok(us(in_cpu(|| read(*id))?.0)));
    Ok(median(&costs.collect::<Outcome<Vec<f64>>>()?))
}
