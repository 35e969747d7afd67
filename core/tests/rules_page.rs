//! `RULES.md` tells the truth: every rule says all there is to say, the tests it names exist, and
//! the table of failures holds what the agent really reads.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use riposte::model::{ChannelKind, ProviderError};
use riposte::rules::failure::{Retry, failure};
use riposte::texts::{Language, Locale, words};

const PARTS: [&str; 6] = ["- Default: ", "- Setting: ", "- Example: ", "- Source: ", "- Decided by: ", "- Held by: "];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page() -> String {
    fs::read_to_string(repository().join("core/RULES.md")).unwrap()
}

/// The rules by their headings.
fn rules() -> BTreeMap<String, String> {
    let page = page();
    let sections = page.split("\n### ").skip(1);
    let whole = sections.map(|section| section.split("\n## ").next().unwrap());
    whole
        .map(|section| {
            let (heading, text) = section.split_once('\n').unwrap();
            (heading.to_owned(), text.to_owned())
        })
        .collect()
}

#[test]
fn every_rule_has_its_default_its_setting_an_example_its_source_its_place_and_its_test() {
    let rules = rules();
    assert!(rules.len() > 30, "only {} rules found", rules.len());
    for (heading, text) in rules {
        for part in PARTS {
            let said = text.lines().find_map(|line| line.strip_prefix(part)).unwrap_or_default();
            assert!(!said.trim().is_empty(), "{heading} has no `{part}`");
        }
    }
}

#[test]
fn every_test_that_is_named_exists() {
    let page = page();
    let marks: Vec<&str> = page.split_whitespace().filter_map(|word| word.strip_prefix("test:")).collect();
    assert!(marks.len() > 100, "only {} marks found", marks.len());
    for mark in marks {
        let (file, name) = mark.split_once('#').unwrap_or_else(|| panic!("{mark} names no test"));
        let source = fs::read_to_string(repository().join(file)).unwrap_or_else(|_| panic!("{file} is not there"));
        let at = source.find(&format!("fn {name}(")).unwrap_or_else(|| panic!("{mark} is not there"));
        let before = source[..at].lines().rev().take(3).collect::<String>();
        assert!(before.contains("test"), "{mark} is no test");
    }
}

#[test]
fn every_place_that_decides_a_rule_defines_what_is_named() {
    for (heading, text) in rules() {
        let places = text.lines().find_map(|line| line.strip_prefix("- Decided by: ")).unwrap();
        for place in places.split_whitespace() {
            let (file, item) = place.split_once('#').unwrap_or_else(|| panic!("{heading}: {place} names no item"));
            let source = fs::read_to_string(repository().join(file)).unwrap_or_else(|_| panic!("{file} is not there"));
            assert!(defines(&source, item), "{heading}: {file} does not define {item}");
        }
    }
}

/// Whether a file defines a function, a type or a constant of this name; a use of it is not enough.
fn defines(source: &str, item: &str) -> bool {
    ["fn", "struct", "enum", "const", "trait", "type"].iter().any(|kind| {
        let definition = format!("{kind} {item}");
        source.match_indices(&definition).any(|(at, _)| {
            let before = source[..at].chars().next_back();
            let after = source[at + definition.len()..].chars().next();
            let ends = |sign: Option<char>| sign.is_none_or(|sign| !sign.is_alphanumeric() && sign != '_');
            ends(before) && ends(after)
        })
    })
}

#[test]
fn a_name_that_is_only_used_or_only_begins_like_it_is_not_defined() {
    assert!(defines("pub(super) fn plan(entries: &[E]) -> Plan {", "plan"));
    assert!(defines("pub const LIMIT: i64 = 1;", "LIMIT"));
    assert!(!defines("let x = plan(entries);", "plan"));
    assert!(!defines("fn planned() {}", "plan"));
}

#[test]
fn it_is_written_without_a_line_of_code() {
    let page = page();
    for sign in ["```", "::", "->", "fn ", "Option<"] {
        assert!(!page.contains(sign), "`{sign}` is code");
    }
}

/// Codes, what the agent reads, when to try again: the rows under the heading of 3.1.
fn failures() -> Vec<(Vec<i64>, String, String)> {
    let rules = rules();
    let (_, text) = rules.iter().find(|(heading, _)| heading.starts_with("3.1 ")).unwrap();
    let rows =
        text.lines().filter(|line| line.starts_with("| ") && line[2..].starts_with(|c: char| c.is_ascii_digit()));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let codes = cells[0].split(", ").map(|code| code.parse().unwrap()).collect();
        (codes, cells[1].to_owned(), cells[2].to_owned())
    })
    .collect()
}

#[test]
fn the_table_of_failures_says_what_the_agent_reads() {
    let place = Locale { language: Language::English, utc_offset_minutes: 0 };
    let rows = failures();
    assert!(rows.len() > 25, "only {} rows found", rows.len());
    for (codes, sentence, again) in rows {
        for code in codes {
            let error = ProviderError { code, subcode: None, detail: String::new() };
            let failure = failure(ChannelKind::Whatsapp, &error);
            assert_eq!(words(&failure.phrase, &place, DateTime::UNIX_EPOCH), sentence, "{code}");
            let said = match failure.retry {
                Retry::Never => "no".to_owned(),
                Retry::Now => "at once".to_owned(),
                Retry::After { ms } if ms % 3_600_000 == 0 => format!("after {} h", ms / 3_600_000),
                Retry::After { ms } if ms % 60_000 == 0 => format!("after {} min", ms / 60_000),
                Retry::After { ms } => format!("after {} s", ms / 1_000),
            };
            assert_eq!(said, again, "{code}");
        }
    }
}
