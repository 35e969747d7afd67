//! The bench runs at a small size and prints what it should. Its timings are not judged here: this
//! is neither the machine nor the build for it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::process::{Command, Output};

use serde_json::Value;

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_riposte-bench")).args(arguments).output().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = bench(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_budget_is_measured_and_the_json_says_all_of_it() {
    let report = json(&["--size", "2000", "--rounds", "1", "--json", "--no-verdict"]);
    assert_eq!(report["messages"], 2000);
    let rows = report["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    for name in [
        "apply",
        "apply_without_words",
        "bytes",
        "enqueue",
        "send",
        "open",
        "start",
        "page",
        "screen",
        "inbox",
        "integrity",
        "search",
        "search_shown",
        "night",
        "flat",
        "pause",
    ] {
        assert!(names.contains(&name), "{name} is missing in {names:?}");
    }
    for row in rows {
        assert!(row["ours"]["median"].as_f64().is_some_and(|median| median > 0.0), "{row}");
        assert!(row["holds"].is_boolean() && row["bound"] != Value::Null, "{row}");
        // What is compared has both sides.
        assert_eq!(row["bare"].is_null(), row["ratio"].is_null(), "{row}");
    }
    let curve = report["curve"].as_array().unwrap();
    assert_eq!(curve.iter().map(|point| point["messages"].as_u64().unwrap()).collect::<Vec<_>>(), [1000, 2000]);
    let bytes = rows.iter().find(|row| row["name"] == "bytes").unwrap();
    assert!(bytes["ratio"]["median"].as_f64().unwrap() < 1.25, "a size is no timing: {bytes}");
}

#[test]
fn one_budget_can_be_asked_for_and_the_table_names_it() {
    let output = bench(&["--size", "1000", "--rounds", "1", "--only", "bytes", "--no-verdict"]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && table.contains("bytes") && table.contains("<= 1.25"), "{table}");
    assert!(!table.contains("apply  "), "{table}");
    assert_eq!(bench(&["--only", "nothing_of_the_kind"]).status.code(), Some(2));
}
