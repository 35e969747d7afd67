//! The pages for people who carry this on are true: the files they name exist, every environment
//! variable is in the table, and every package says what it is and where it comes from.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGES: &[&str] = &[
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "core/ARCHITECTURE.md",
    "tests/scenarios/README.md",
];

/// What a variable can be read by.
const SOURCES: &[&str] = &["c", "kt", "kts", "py", "rs", "sh", "swift", "toml", "xml", "yml"];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap()
}

/// Every file below a folder, without what tools build.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let built = ["target", "build", "node_modules", "__pycache__"].contains(&name.as_str());
            let hidden = name.starts_with('.') && ![".github", ".ci", ".cargo", ".config"].contains(&name.as_str());
            if !built && !hidden {
                files(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// The names in a text that begin with `RIPOSTE_`.
fn variables(text: &str) -> BTreeSet<String> {
    let names = text.match_indices(concat!("RIPOSTE", "_")).map(|(at, _)| {
        text[at..].chars().take_while(|char| char.is_ascii_uppercase() || *char == '_').collect::<String>()
    });
    names.filter(|name| name.len() > "RIPOSTE_".len()).collect()
}

#[test]
fn the_table_of_variables_is_complete_and_has_none_too_many() {
    let mut found = Vec::new();
    files(&repository(), &mut found);
    let is_source = |path: &PathBuf| match path.extension() {
        Some(extension) => SOURCES.contains(&&*extension.to_string_lossy()),
        None => true,
    };
    let mut used = BTreeSet::new();
    for path in found.iter().filter(|path| is_source(path)) {
        used.extend(variables(&fs::read_to_string(path).unwrap_or_default()));
    }
    assert!(used.len() > 15, "the sources were not found");
    let page = read("CONTRIBUTING.md");
    let (_, table) = page.split_once("## Environment variables").unwrap();
    let table = table.split("\n## ").next().unwrap();
    assert_eq!(variables(table), used);
}

/// The file a word of a page names, if it looks like one: `core/src/rules`, `tests/run`.
fn named_file(word: &str) -> Option<&str> {
    let word = word.split(['#', ' ']).next()?;
    let first = word.split('/').next()?;
    let folders = ["core", "tests", "bindings", ".github"];
    (folders.contains(&first) && word.contains('/') && !word.contains(['*', '{', '$'])).then_some(word)
}

#[test]
fn every_file_that_a_page_names_is_there() {
    let mut named = 0;
    for page in PAGES {
        let text = read(page);
        let in_code = text.split('`').skip(1).step_by(2);
        for file in in_code.filter_map(named_file) {
            named += 1;
            assert!(repository().join(file).exists(), "{page} names {file}");
        }
        let folder = repository().join(page).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            if !path.is_empty() && !link.contains("://") {
                named += 1;
                assert!(folder.join(path).exists(), "{page} links to {link}");
            }
        }
    }
    assert!(named > 60, "only {named} files are named");
}

#[test]
fn every_package_says_what_it_is_and_where_it_comes_from() {
    let workspace = read("Cargo.toml");
    assert!(workspace.contains("\nrepository = \"https://"));
    let (_, members) = workspace.split_once("members = [").unwrap();
    let members = members.split(']').next().unwrap().split('"').skip(1).step_by(2);
    for member in members {
        let manifest = read(&format!("{member}/Cargo.toml"));
        assert!(manifest.contains("\ndescription = \""), "{member} has no description");
        assert!(manifest.contains("\nrepository.workspace = true"), "{member} has no repository");
    }
}
