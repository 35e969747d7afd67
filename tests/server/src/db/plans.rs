//! No statement that runs for an item of a webhook or a command reads a table that grows from its
//! beginning: with a million rows kept, an item costs what it costs with a thousand.
//!
//! The statements are read from the sources of `inbox`, `feed` and `commands`, so that a new one is
//! checked without being named here.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::migrate;

/// Statements that read a table whole, and why they may.
const WHOLE: &[(&str, &str)] = &[
    ("FROM media_to_fetch", "what waits to be fetched, not what was"),
    ("FROM conversation ORDER BY id", "agents or groups changed: an administrator did that"),
    ("FROM command WHERE state = 'pending'", "once, at the start"),
    ("SELECT row_id FROM feed", "once, at the start"),
    ("template_made_here", "templates that agents made: at most 250 a business account"),
    ("FROM snapshot WHERE", "snapshots of the last hour"),
    ("FROM joined ORDER BY id DESC", "an administrator's list, with its limit"),
    ("FROM joined j", "an administrator undoes a joining"),
];

/// Tables that stay small: one row an agent, a number, a page or a change of clocks.
const SMALL: &[&str] =
    &["viewer", "channel_link", "offset_change", "kinds", "agent_login", "retention", "feed_hour", "(subquery-1)"];

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["inbox", "feed", "commands"]
        .iter()
        .map(|room| Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room))
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The string literals of a source that are statements.
fn statements(source: &str) -> Vec<String> {
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let code = code.replace("\\\"", "").replace("'\"'", "");
    let is_statement = |literal: &&str| {
        ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "].iter().any(|word| literal.trim_start().starts_with(word))
    };
    code.split('"').skip(1).step_by(2).filter(is_statement).map(|literal| literal.replace("\\\n", "\n")).collect()
}

#[test]
fn no_statement_reads_a_table_that_grows_from_its_beginning() {
    let mut db = Connection::open_in_memory().unwrap();
    migrate::run(&mut db).unwrap();
    let (mut checked, mut faults) = (0, Vec::new());
    for path in sources() {
        for sql in statements(&std::fs::read_to_string(&path).unwrap()) {
            if sql.contains('{') || WHOLE.iter().any(|(part, _)| sql.contains(part)) {
                continue;
            }
            let mut plan =
                db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap_or_else(|error| panic!("{sql}: {error}"));
            let empty = vec![rusqlite::types::Value::Null; plan.parameter_count()];
            let steps = plan.query_map(rusqlite::params_from_iter(empty), |row| row.get::<_, String>(3)).unwrap();
            for step in steps.map(Result::unwrap) {
                let table =
                    step.strip_prefix("SCAN ").map(|rest| rest.split(' ').next().unwrap_or_default().to_owned());
                if table.is_some_and(|table| !SMALL.contains(&table.as_str())) && !step.contains("CONSTANT ROW") {
                    faults.push(format!("{}: {step}: {sql}", path.display()));
                }
            }
            checked += 1;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(checked > 80, "{checked} statements were found");
}
