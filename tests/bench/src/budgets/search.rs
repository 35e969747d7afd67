//! Finding: the slowest hundredth of what people look for.

use super::{Base, Bound, Row, Unit, us};
use crate::Outcome;
use crate::args::Args;
use crate::bare::Bare;
use crate::measure::{Dice, Rounds, in_wall, p99};
use crate::ours::Ours;
use crate::report::Progress;

/// Questions per language.
const QUESTIONS: usize = 12;
/// Hits of one search.
const HITS: usize = 100;
/// The quickest of so many counts: what else the machine does is not the question's.
const TRIES: usize = 3;

pub(super) fn rows(base: &Base, args: &Args, progress: &Progress) -> Outcome<Vec<Row>> {
    progress.tick("searching");
    let mut dice = Dice::new(11);
    let asked = base.feed.languages().iter().flat_map(|language| std::iter::repeat_n(language, QUESTIONS));
    let questions: Vec<String> = asked.map(|language| language.question(&mut dice)).collect();
    let bare = Bare::cache(base.bare.path())?;
    let limit = i64::try_from(HITS)?;
    let ours = Ours::open(&base.phone.folder(), &base.feed)?;
    let found = Rounds::run(
        args.rounds(),
        || {
            slowest(&questions, |text| {
                let text = text.to_owned();
                let search = ours.store().read(move |cache| cache.search(&text, HITS));
                Ok(ours.runtime().block_on(search)?.len())
            })
        },
        || slowest(&questions, |text| bare.search(text, limit).map(|(customers, texts)| customers.len() + texts.len())),
    )?;
    ours.close()?;
    let running = base.phone.start_and_settle()?;
    let inbox = running.account.inbox();
    let shown = Rounds::run(
        args.rounds(),
        || slowest(&questions, |text| Ok(base.phone.wait(inbox.search(text.to_owned()))?.len())),
        || slowest(&questions, |text| bare.search_shown(text, limit)),
    )?;
    base.phone.stop(running)?;
    Ok(vec![
        Row::new("search", "99 of 100 searches, 12 languages", Unit::Microseconds, Bound::AtMost(2.0), &found)
            .note("Customers, then messages, at most 100. Bare: the two MATCHes with the same words and limit."),
        Row::new("search_shown", "the same as an app shows them", Unit::Microseconds, Bound::AtMost(2.0), &shown)
            .note("With name, logo and text of each hit. Bare reads the same columns of each."),
    ])
}

fn slowest(questions: &[String], mut search: impl FnMut(&str) -> Outcome<usize>) -> Outcome<f64> {
    let mut walls = Vec::with_capacity(questions.len());
    let mut hits = 0;
    for text in questions {
        let mut quickest = f64::INFINITY;
        for _ in 0..TRIES {
            let (wall, found) = in_wall(|| search(text))?;
            quickest = quickest.min(us(wall));
            hits += found;
        }
        walls.push(quickest);
    }
    if hits == 0 {
        return Err("nothing was found".into());
    }
    Ok(p99(&walls))
}
