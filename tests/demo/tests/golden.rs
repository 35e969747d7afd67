//! What `cargo run` prints, in both languages, to the letter. `RIPOSTE_UPDATE=1` records it again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::path::Path;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_riposte"));
    for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    command.args(arguments).output().unwrap()
}

fn is_as_before(language: &str) {
    let output = run(&["--lang", language]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));

    assert!(printed.lines().count() <= 100, "{} lines", printed.lines().count());
    for line in printed.lines() {
        assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
        assert!(!line.contains('\u{1b}'), "no colours without a terminal: {line:?}");
    }

    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("golden.{language}.txt"));
    if std::env::var_os("RIPOSTE_UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&golden, &printed).unwrap();
    }
    assert_eq!(printed, std::fs::read_to_string(&golden).unwrap_or_default());
}

#[test]
fn the_story_in_english() {
    is_as_before("en");
}

#[test]
fn the_story_in_french() {
    is_as_before("fr");
}

#[test]
fn the_readme_shows_what_is_printed() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(here.join("../../README.md")).unwrap();
    let golden = std::fs::read_to_string(here.join("golden.en.txt")).unwrap();
    let blocks = page.split("```text\n").skip(1).filter_map(|rest| rest.split("```").next());
    let blocks: Vec<&str> = blocks.collect();
    let excerpt: Vec<&&str> = blocks.iter().filter(|block| block.contains("Marc     ")).collect();
    assert_eq!(excerpt.len(), 1, "one piece of the story");
    assert!(golden.contains(*excerpt[0]), "not what is printed:\n{}", excerpt[0]);

    let screen = std::fs::read_to_string(here.join("tests/screens/talk.en/05-typed.txt")).unwrap();
    assert!(blocks.contains(&screen.as_str()), "the page shows the terminal as it is:\n{screen}");
}

#[test]
fn help_says_how_to_choose_the_language() {
    let output = run(&["--help"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(printed.contains("--lang") && printed.contains("cargo run -- --lang fr"), "{printed}");
}

#[test]
fn an_unknown_language_is_an_error_with_a_sentence() {
    let output = run(&["--lang", "de"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("[possible values: en, fr]"));
}

#[test]
fn a_diagnosis_says_why_the_inbox_cannot_be_reached() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_riposte"))
        .args(["--server", "https://inbox.invalid", "--diagnosis", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    for line in ["No inbox answers at this address", "cause=name_not_resolved", "The server's name has no address"] {
        assert!(text.contains(line), "{text}");
    }
}
