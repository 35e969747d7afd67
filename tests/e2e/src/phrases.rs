//! Each phrase a story names, once in English and once in French: `tests/scenarios/phrases.*.txt`.
//!
//! A line is `key arguments | words`, and ` on day N` where the words depend on which day it is.
//! Each phone says its own words for a phrase, in whatever language it is written, and the teller compares them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::story::folder;

/// The words of every phrase met, by the line's left side, in English and in French.
pub type Met = BTreeMap<String, [String; 2]>;

const FILES: [&str; 2] = ["phrases.en.txt", "phrases.fr.txt"];

/// Stories run side by side; only one at a time writes the files.
static WRITING: Mutex<()> = Mutex::new(());

/// Whether the files are to be written instead of compared.
pub fn updating() -> bool {
    std::env::var_os("RIPOSTE_UPDATE").is_some_and(|value| value == "1")
}

/// Compares what was met with the files, or adds it to them.
pub fn settle(met: &Met) -> Result<(), String> {
    let _only_one = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut wrong = Vec::new();
    for (index, file) in FILES.into_iter().enumerate() {
        let mut known = read(file);
        for (left, said) in met {
            let Some(said) = said.get(index) else { continue };
            if updating() {
                known.insert(left.clone(), said.clone());
            } else if known.get(left) != Some(said) {
                wrong.push(format!("{file}: {left} | {said}"));
            }
        }
        if updating() {
            let text: String = known.iter().map(|(left, said)| format!("{left} | {said}\n")).collect();
            std::fs::write(path(file), text).map_err(|error| format!("{file}: {error}"))?;
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("lines that are not in the files:\n{}", wrong.join("\n"))) }
}

/// The lines of the files that no story met.
pub fn left_over(met: &Met) -> Vec<String> {
    let mut left_over: Vec<String> = FILES
        .iter()
        .flat_map(|file| read(file).into_keys().map(move |left| (left, file)))
        .filter(|(left, _)| !met.contains_key(left))
        .map(|(left, file)| format!("{file}: {left}"))
        .collect();
    left_over.sort();
    left_over
}

fn path(file: &str) -> PathBuf {
    folder().join(file)
}

fn read(file: &str) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(path(file)).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once(" | "))
        .map(|(left, said)| (left.to_owned(), said.to_owned()))
        .collect()
}
