//! The table: name, ours, bare, ratio, bound, verdict.

use std::io::Write;

use crate::Outcome;
use crate::budgets::{Bound, Row, Unit};
use crate::measure::Spread;

pub(super) fn print(rows: &[Row], to: &mut impl Write) -> Outcome<()> {
    writeln!(to, "{:<20} {:>12} {:>12}  {:<22} {:<10} ", "", "ours", "bare", "ratio (middle half)", "budget")?;
    for row in rows {
        let bare = row.bare.map_or_else(|| "-".to_owned(), |bare| number(bare.median, row.unit));
        let ratio = row.ratio.map_or_else(String::new, ratio);
        let verdict = match (row.bound, row.holds) {
            (Bound::Shown, _) => "",
            (_, true) => "pass",
            (_, false) => "FAIL",
        };
        let ours = number(row.ours.median, row.unit);
        writeln!(
            to,
            "{:<20} {ours:>12} {bare:>12}  {ratio:<22} {:<10} {verdict}",
            row.name,
            bound(row.bound, row.unit)
        )?;
        writeln!(to, "  {}", row.what)?;
    }
    writeln!(to, "\nWhat is in a line and what is not:")?;
    let mut said = Vec::new();
    for row in rows.iter().filter(|row| !row.note.is_empty()) {
        if !said.contains(&row.name) {
            said.push(row.name);
            writeln!(to, "  {}: {}", row.name, row.note)?;
        }
    }
    writeln!(to, "  Not here yet: handling a push. The size of the library is with the bindings.")?;
    Ok(())
}

fn ratio(ratio: Spread) -> String {
    format!("{:.2} ({:.2} to {:.2})", ratio.median, ratio.low, ratio.high)
}

fn bound(bound: Bound, unit: Unit) -> String {
    match bound {
        Bound::AtMost(most) => format!("<= {most:.2}"),
        Bound::AtLeast(least) => format!(">= {least:.2}"),
        Bound::Within(most) => format!("<= {}", number(most, unit)),
        Bound::Shown => String::new(),
    }
}

fn number(value: f64, unit: Unit) -> String {
    match unit {
        Unit::EventsPerCpuSecond => format!("{} /s", grouped(value)),
        Unit::Bytes if value >= 1e6 => format!("{:.1} MB", value / 1e6),
        Unit::Bytes => format!("{value:.0} B"),
        Unit::Microseconds => time(value),
    }
}

pub(super) fn time(us: f64) -> String {
    if us >= 10_000.0 { format!("{:.1} ms", us / 1e3) } else { format!("{} µs", grouped(us)) }
}

/// With a comma at each thousand.
pub(super) fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        assert_eq!(grouped(1_234_567.4), "1,234,567");
        assert_eq!(grouped(999.0), "999");
        assert_eq!(number(86_400.0, Unit::EventsPerCpuSecond), "86,400 /s");
        assert_eq!(number(1_250.0, Unit::Microseconds), "1,250 µs");
        assert_eq!(number(34_567.0, Unit::Microseconds), "34.6 ms");
        assert_eq!(number(281.4, Unit::Bytes), "281 B");
    }
}
