//! What a page costs as the inbox grows, drawn.

use std::io::Write;

use super::table::{grouped, time};
use crate::Outcome;
use crate::budgets::Point;

const WIDTH: f64 = 40.0;

pub(super) fn print(points: &[Point], to: &mut impl Write) -> Outcome<()> {
    writeln!(to, "CPU of a page as the inbox grows (█ ours, ░ bare)")?;
    draw("applying a page of 500 changes", points, |point| point.apply_us, to)?;
    draw("a page of 50 messages", points, |point| point.page_us, to)?;
    draw("a page of the inbox", points, |point| point.inbox_us, to)?;
    writeln!(to, "\nOn disk:")?;
    for point in points {
        let [ours, bare] = point.bytes.map(|bytes| bytes as f64 / 1e6);
        writeln!(to, "  {:>9} messages  {ours:>7.1} MB, bare {bare:>7.1} MB", grouped(point.messages as f64))?;
    }
    Ok(())
}

fn draw(what: &str, points: &[Point], of: fn(&Point) -> [f64; 2], to: &mut impl Write) -> Outcome<()> {
    let most = points.iter().flat_map(of).fold(f64::MIN_POSITIVE, f64::max);
    writeln!(to, "\n{what}")?;
    for point in points {
        let [ours, bare] = of(point);
        let bar = |value: f64, with: &str| with.repeat((value / most * WIDTH).round().max(1.0) as usize);
        writeln!(to, "  {:>9}  {} {}", grouped(point.messages as f64), bar(ours, "█"), time(ours))?;
        writeln!(to, "  {:>9}  {} {}", "", bar(bare, "░"), time(bare))?;
    }
    Ok(())
}
