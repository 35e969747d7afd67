//! Which room of the core may use which: the picture of the architecture, held against the code.
//!
//! `model` <- `rules`, `texts` <- `store`, `backend`, `session` <- `sync`, `outbox`, `media`,
//! `push` <- `facade`. Rooms of one rank do not know each other; `facade` introduces them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "arrows/circles.rs"]
mod circles;

use std::fs;
use std::path::{Path, PathBuf};

/// Every allowed pair: a room, and the rooms it may name.
const ALLOWED: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("random", &[]),
    ("task", &[]),
    ("log", &["clock", "task"]),
    ("model", &[]),
    // `random` for tests from a seed; chance itself is in NOT_IN_RULES.
    ("rules", &["model", "random"]),
    ("texts", &["model"]),
    ("store", &["log", "model", "rules", "task", "texts"]),
    ("backend", &["clock", "log", "model", "rules", "texts"]),
    ("session", &["clock", "log", "model", "rules", "task", "texts"]),
    ("sync", &["log", "backend", "clock", "model", "random", "rules", "session", "store", "task", "texts"]),
    ("outbox", &["log", "backend", "clock", "model", "random", "rules", "session", "store", "task", "texts"]),
    ("media", &["log", "backend", "clock", "model", "rules", "session", "store", "task", "texts"]),
    ("push", &["log", "backend", "clock", "model", "rules", "session", "store", "task", "texts"]),
    (
        "facade",
        &[
            "backend", "clock", "log", "media", "model", "outbox", "push", "rules", "session", "store", "sync", "task",
            "texts",
        ],
    ),
];

/// What a rule may not name: it is given `now` and data, and gives data back.
const NOT_IN_RULES: &[&str] = &[
    "tokio",
    "rusqlite",
    "reqwest",
    "SystemTime",
    "Instant::",
    "Utc::now",
    "Local::now",
    "async fn",
    ".await",
    "std::fs",
    "std::net",
    "std::thread",
    "Dice",
    "SELECT ",
    "INSERT ",
];

#[test]
fn rooms_only_use_the_rooms_below_them() {
    let mut wrong = Vec::new();
    for (room, file, line_number, line) in lines_of_code() {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{}: the room `{room}` is not in the list of this test", file.display()));
            continue;
        };
        for used in rooms_named_in(&line, depth_of(&file)) {
            if used != room && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}:{line_number}: `{room}` may not use `{used}`: {}", file.display(), line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_and_texts_know_no_clock_no_runtime_no_storage_and_no_network() {
    let mut wrong = Vec::new();
    for (room, file, line_number, line) in lines_of_code() {
        // `checks.rs` is compiled for tests only: it reads the sources to find unused texts.
        if (room == "rules" || room == "texts") && !file.ends_with("checks.rs") {
            for word in NOT_IN_RULES.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!("{}:{line_number}: `{word}` in a rule: {}", file.display(), line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_scanner_sees_every_way_to_name_a_room() {
    assert_eq!(rooms_named_in("use crate::store::Store;", 2), ["store"]);
    assert_eq!(rooms_named_in("use crate::{model::{Seq, Cursor}, sync::Syncer};", 2), ["model", "sync"]);
    assert_eq!(rooms_named_in("    let x = crate::facade::Error::Offline;", 3), ["facade"]);
    assert_eq!(rooms_named_in("use super::super::outbox::Machine;", 2), ["outbox"]);
    assert_eq!(rooms_named_in("use super::outbox::OutboxEntry;", 2), Vec::<String>::new(), "a file of the same room");
    assert_eq!(rooms_named_in("use super::store;", 1), ["store"]);
    assert_eq!(rooms_named_in("use std::fs;", 1), Vec::<String>::new());
}

/// All lines that are not comments, with the room and file they stand in.
fn lines_of_code() -> Vec<(String, PathBuf, usize, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    assert!(files.len() > 30, "only {} files found: is this the right folder?", files.len());
    let mut lines = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&src).unwrap();
        let room = inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        // The crate's root opens the doors: it names every room.
        if room == "lib" {
            continue;
        }
        for (index, line) in joined_uses(&fs::read_to_string(&file).unwrap()) {
            lines.push((room.clone(), inside.to_owned(), index, line));
        }
    }
    lines
}

/// The lines of a file without comments; a `use` over several lines becomes one.
fn joined_uses(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or("");
        match open.take() {
            Some((start, mut begun)) => {
                begun.push_str(code.trim());
                if code.contains(';') { lines.push((start, begun)) } else { open = Some((start, begun)) }
            }
            None => {
                let trimmed = code.trim_start();
                let is_use = trimmed.starts_with("use ")
                    || trimmed.starts_with("pub use ")
                    || trimmed.starts_with("pub(crate) use ");
                if is_use && !code.contains(';') {
                    open = Some((index + 1, code.to_owned()));
                } else if !trimmed.is_empty() {
                    lines.push((index + 1, code.to_owned()));
                }
            }
        }
    }
    lines
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

/// How many `super` lead from a file to the crate's root.
fn depth_of(inside: &Path) -> usize {
    let parts = inside.components().count();
    if inside.ends_with("mod.rs") { parts - 1 } else { parts }
}

/// The rooms a line names, by `crate::` or by enough `super::` to reach the root.
fn rooms_named_in(line: &str, depth: usize) -> Vec<String> {
    let mut rooms = Vec::new();
    let to_root = "super::".repeat(depth);
    for start in ["crate::", to_root.as_str()] {
        let mut rest = line;
        while let Some(at) = rest.find(start) {
            rest = &rest[at + start.len()..];
            rooms.extend(first_names(rest));
        }
    }
    rooms.retain(|room| ALLOWED.iter().any(|(name, _)| name == room));
    rooms
}

/// `store::Store` names `store`; `{model::Seq, sync}` names both.
fn first_names(path: &str) -> Vec<String> {
    let word = |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(list) = path.strip_prefix('{') else {
        return vec![word(path)];
    };
    let mut names = Vec::new();
    let (mut deep, mut begin) = (0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => deep += 1,
            '}' if deep > 0 => deep -= 1,
            ',' | '}' if deep == 0 => {
                names.push(word(&list[begin..at]));
                begin = at + 1;
                if c == '}' {
                    return names;
                }
            }
            _ => {}
        }
    }
    names
}
