//! No list that a screen waits for reads more rows than it shows, and none is sorted by hand.

use rusqlite::{Connection, StatementStatus};

use super::Cache;
use crate::store::table::{contact, conversation, held_range, ledger, message};

/// How SQLite answers a statement, a line a step.
fn plan(db: &Connection, statement: &str) -> Vec<String> {
    let explained = ["EXPLAIN QUERY PLAN ", statement].concat();
    let mut explained = db.prepare(&explained).unwrap();
    // Parameters stay unbound: the plan does not depend on them.
    let mut rows = explained.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}

fn assert_direct(name: &str, statement: &str) {
    let cache = Cache::blank();
    for step in plan(&cache.db, statement) {
        // The index of words is a virtual table: it is always "scanned", by its own index.
        let by_words = step.contains("VIRTUAL TABLE INDEX");
        assert!(by_words || !step.starts_with("SCAN "), "{name} scans: {step}");
        assert!(!step.contains("TEMP B-TREE"), "{name} sorts: {step}");
        assert!(!step.contains("AUTOMATIC"), "{name} builds an index: {step}");
    }
}

#[test]
fn lists_messages_and_search_go_by_their_indexes() {
    for (name, statement) in [conversation::HOT, message::HOT, ledger::HOT].concat() {
        assert_direct(name, statement);
    }
    assert_direct("customers by words", contact::SEARCH);
}

#[test]
fn no_statement_is_prepared_again_for_other_values() {
    let cache = Cache::blank();
    for (name, statement) in [conversation::HOT, message::HOT, ledger::HOT].concat() {
        let mut statement = cache.db.prepare(statement).unwrap();
        for value in 1..4 {
            for parameter in 1..=statement.parameter_count() {
                statement.raw_bind_parameter(parameter, value).unwrap();
            }
            // What the answer is does not matter here, nor that a number is no question to an index of words.
            statement.raw_query().next().ok();
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{name}");
    }
}

#[test]
fn each_list_has_an_index_that_orders_it() {
    let cache = Cache::blank();
    for (statement, index) in [
        (conversation::LIST_ALL, "conversation_by_open"),
        (conversation::LIST_MINE, "conversation_by_assignee"),
        (conversation::LIST_UNASSIGNED, "conversation_by_assignee"),
        (conversation::LIST_GROUP, "conversation_by_group"),
    ] {
        let steps = plan(&cache.db, statement);
        assert!(steps.iter().any(|step| step.contains(index)), "{steps:?}");
    }
}

#[test]
fn what_is_behind_stands_in_an_index_of_its_own() {
    let cache = Cache::blank();
    let steps = plan(&cache.db, conversation::BEHIND);
    assert_eq!(steps, ["SCAN conversation USING INDEX conversation_behind"]);
}

#[test]
fn what_is_wanted_is_looked_for_at_the_top_of_the_list_only() {
    let cache = Cache::blank();
    let steps = plan(&cache.db, held_range::WANTED);
    assert!(steps.iter().all(|step| !step.starts_with("SCAN conversation")), "{steps:?}");
    assert!(steps.iter().all(|step| !step.contains("TEMP B-TREE")), "{steps:?}");
}
