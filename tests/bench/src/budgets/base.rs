//! An inbox that grows from a thousand messages on, ours and bare side by side, and what a page
//! costs on the way. The grown one is what the other budgets read.

use serde::Serialize;
use tempfile::TempDir;

use riposte::model::ConversationId;
use riposte::store::{Around, InboxFilter};

use super::{Bound, Row, Unit, us};
use crate::Outcome;
use crate::args::Args;
use crate::bare::Bare;
use crate::feed::{Feed, Kind};
use crate::measure::{Rounds, Spread, in_cpu, median};
use crate::ours::Ours;
use crate::phone::Phone;
use crate::report::Progress;
use crate::server::Server;

/// Pages whose cost stands for a size.
const SAMPLE: usize = 16;

/// What a page costs at one size, in microseconds of CPU, ours and bare.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Point {
    pub(crate) messages: usize,
    pub(crate) apply_us: [f64; 2],
    pub(crate) page_us: [f64; 2],
    pub(crate) inbox_us: [f64; 2],
    /// Of both files.
    pub(crate) bytes: [u64; 2],
}

/// The grown inbox. Nothing is open.
pub(crate) struct Base {
    pub(crate) server: Server,
    pub(crate) phone: Phone,
    pub(crate) feed: Feed,
    pub(crate) bare: TempDir,
    pub(crate) points: Vec<Point>,
    _installed: TempDir,
}

impl Base {
    pub(crate) fn grow(args: &Args, progress: &Progress) -> Outcome<Self> {
        let mut feed = Feed::new(Kind::Words);
        let server = Server::start(feed.now(), feed.cursor())?;
        let installed = tempfile::tempdir()?;
        let phone = Phone::install(installed.path(), &server, feed.now())?;
        let bare_folder = tempfile::tempdir()?;
        let ours = Ours::open(&phone.folder(), &feed)?;
        let mut bare = Bare::cache(bare_folder.path())?;
        bare.begin()?;
        let mut points = Vec::new();
        let mut messages = 0;
        for size in args.sizes() {
            while messages < size {
                let page = feed.page()?;
                messages += page.messages;
                ours.apply(&page.json, &feed)?;
                bare.apply(&page.json, feed.now().timestamp_millis())?;
                progress.part("growing the inbox", messages, args.size());
            }
            let point = sample(&ours, &mut bare, &mut feed, size)?;
            messages += point.1;
            let file = |path: std::path::PathBuf| std::fs::metadata(path).map_or(0, |file| file.len());
            let bytes = [file(phone.folder().join("cache.db")), file(bare_folder.path().join("bare.db"))];
            points.push(Point { bytes, ..point.0 });
        }
        // A phone that opens it has nothing to fetch.
        ours.settle(&feed)?;
        ours.close()?;
        bare.close()?;
        phone.set_time(feed.now());
        Ok(Self { server, phone, feed, bare: bare_folder, points, _installed: installed })
    }

    /// How much more a page costs in the grown inbox than in the small one.
    pub(super) fn flat(&self) -> Vec<Row> {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else { return Vec::new() };
        let row = |what: &str, of: fn(&Point) -> [f64; 2]| {
            let [ours, bare] = of(last);
            let [ours_first, bare_first] = of(first);
            let one = |value: f64| Spread { median: value, low: value, high: value };
            let growth = one((ours / ours_first) / (bare / bare_first));
            let rounds = Rounds { ours: vec![ours], bare: vec![bare] };
            let what = format!(
                "{what}, {} against {} messages: x{:.2}, bare x{:.2}",
                last.messages,
                first.messages,
                ours / ours_first,
                bare / bare_first
            );
            let bound = Bound::AtMost(1.25);
            let row = Row::new("flat", what, Unit::Microseconds, bound, &rounds)
                .note("The ratio is our growth to bare's: what SQLite itself costs more in a larger file is not ours.");
            Row { ratio: Some(growth), holds: bound.holds(row.ours, Some(growth)), ..row }
        };
        vec![
            row("applying a page", |point| point.apply_us),
            row("a page of messages", |point| point.page_us),
            row("a page of the inbox", |point| point.inbox_us),
        ]
    }
}

/// What pages cost now, and how many messages came with them.
fn sample(ours: &Ours, bare: &mut Bare, feed: &mut Feed, size: usize) -> Outcome<(Point, usize)> {
    let mut apply = [Vec::new(), Vec::new()];
    let mut messages = 0;
    for _ in 0..SAMPLE {
        let page = feed.page()?;
        messages += page.messages;
        let [our_costs, bare_costs] = &mut apply;
        our_costs.push(us(in_cpu(|| ours.apply(&page.json, feed))?.0));
        bare_costs.push(us(in_cpu(|| bare.apply(&page.json, feed.now().timestamp_millis()))?.0));
    }
    let (mut page, mut inbox) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for round in 0..60 {
        let id = feed.recent(round % 20);
        let [our_page, bare_page] = &mut page;
        our_page.push(us(in_cpu(|| messages_of(ours, id))?.0));
        bare_page.push(us(in_cpu(|| bare.page(id.0, 50))?.0));
        let [our_inbox, bare_inbox] = &mut inbox;
        our_inbox.push(us(in_cpu(|| inbox_of(ours))?.0));
        bare_inbox.push(us(in_cpu(|| bare.inbox(50))?.0));
    }
    // Pages of the feed differ in what they bring, and now and then one pays for a checkpoint: all
    // of them count. Reads are all alike: the middle one.
    let mean = |[ours, bare]: [Vec<f64>; 2]| {
        [ours.iter().sum::<f64>() / ours.len() as f64, bare.iter().sum::<f64>() / bare.len() as f64]
    };
    let middle = |[ours, bare]: [Vec<f64>; 2]| [median(&ours), median(&bare)];
    let point =
        Point { messages: size, apply_us: mean(apply), page_us: middle(page), inbox_us: middle(inbox), bytes: [0, 0] };
    Ok((point, messages))
}

/// The newest 50 messages of a conversation.
pub(super) fn messages_of(ours: &Ours, id: ConversationId) -> Outcome<usize> {
    let read = ours.store().read(move |cache| cache.messages(id, Around::Newest, 50));
    Ok(ours.runtime().block_on(read)?.messages.len())
}

/// The first page of the inbox with the names in it.
pub(super) fn inbox_of(ours: &Ours) -> Outcome<usize> {
    let read = ours.store().read(|cache| {
        let filter = InboxFilter { open: Some(true), ..InboxFilter::all() };
        let page = cache.inbox(&filter, None, 51)?;
        cache.agents()?;
        cache.groups()?;
        Ok(page.len())
    });
    Ok(ours.runtime().block_on(read)?)
}
