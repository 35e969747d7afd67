//! `tests/FEATURES.md` is true: what it points to exists, and what is promised is shown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Promised lines without a story. FEATURES.md gives the reason for each, under *Not yet*.
const NOT_YET: [&str; 2] = ["2.2", "18.1"];

struct Feature {
    number: String,
    promised: bool,
    marks: Vec<String>,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page() -> String {
    std::fs::read_to_string(repository().join("tests/FEATURES.md")).unwrap()
}

fn features() -> Vec<Feature> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    page()
        .lines()
        .filter(|line| line.starts_with("| ") && line[2..].starts_with(|first: char| first.is_ascii_digit()))
        .map(cells)
        .inspect(|row| assert_eq!(row.len(), 9, "nine columns: {}", row[0]))
        .map(|row| Feature {
            number: row[0].clone(),
            promised: row[1] == "S",
            marks: row[3..].iter().flat_map(|cell| cell.split_whitespace()).map(str::to_owned).collect(),
        })
        .collect()
}

/// Whether a mark points to a story, or to a function with that name in that file.
fn points_to_something(mark: &str) -> bool {
    if let Some(story) = mark.strip_prefix("story:") {
        return repository().join("tests/scenarios").join(format!("{story}.json")).is_file();
    }
    let Some((file, name)) = mark.strip_prefix("test:").and_then(|place| place.split_once('#')) else { return false };
    let source = std::fs::read_to_string(repository().join(file)).unwrap_or_default();
    // A function as Rust, Kotlin, Swift and Python write it.
    ["fn", "fun", "func", "def"].iter().any(|word| source.contains(&format!("{word} {name}(")))
}

#[test]
fn every_mark_points_to_something_that_exists() {
    for feature in features() {
        assert!(!feature.marks.is_empty(), "{}: a line without a mark needs a dash", feature.number);
        for mark in feature.marks.iter().filter(|mark| *mark != "-") {
            assert!(points_to_something(mark), "{}: {mark} points to nothing", feature.number);
        }
    }
}

#[test]
fn every_promised_line_has_a_story_or_says_why_not_yet() {
    let without_story: BTreeSet<String> = features()
        .into_iter()
        .filter(|feature| feature.promised && !feature.marks.iter().any(|mark| mark.starts_with("story:")))
        .map(|feature| feature.number)
        .collect();
    let allowed: BTreeSet<String> = NOT_YET.iter().map(|number| (*number).to_owned()).collect();
    assert_eq!(without_story, allowed);

    let text = page();
    let (_, not_yet) = text.split_once("## Not yet").expect("a section called Not yet");
    let said: BTreeSet<String> = not_yet
        .lines()
        .filter_map(|line| line.strip_prefix("- ")?.split_once(": "))
        .map(|(number, _)| number.to_owned())
        .collect();
    assert_eq!(said, allowed);
}

#[test]
fn every_story_shows_something() {
    let marks: BTreeSet<String> = features().into_iter().flat_map(|feature| feature.marks).collect();
    for name in riposte_e2e::story::names().unwrap() {
        assert!(marks.contains(&format!("story:{name}")), "{name} stands in no line of FEATURES.md");
    }
}

#[test]
fn numbers_rise_and_stand_once() {
    let numbers: Vec<Vec<u32>> = features()
        .iter()
        .map(|feature| feature.number.split('.').map(|part| part.parse().unwrap()).collect())
        .collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
}
