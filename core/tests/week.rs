//! What the example `week` prints, to the letter. `RIPOSTE_UPDATE=1` writes it again.

#![allow(clippy::unwrap_used)]

#[path = "../examples/week/facts.rs"]
mod facts;
#[path = "../examples/week/story.rs"]
mod story;
#[path = "../examples/week/tell.rs"]
mod tell;

#[test]
fn the_week_is_printed_as_before() {
    let printed = tell::week().unwrap();
    for line in printed.lines() {
        assert!(line.chars().count() <= 110, "{} columns: {line}", line.chars().count());
    }
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/week/golden.txt");
    if std::env::var_os("RIPOSTE_UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(golden, &printed).unwrap();
    }
    assert_eq!(printed, std::fs::read_to_string(golden).unwrap_or_default());
}
