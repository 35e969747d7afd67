//! Inside a room: no file uses a file that, directly or by others, uses it.
//!
//! A file can then be read after the files it uses, and changed without the files it does not use.
//! What a `mod.rs` re-exports counts as a use of the file that defines it. Tests are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A file by its module path: `["sync", "feed"]` is `sync/feed.rs` or `sync/feed/mod.rs`.
type Module = Vec<String>;

/// The files of a circle and, if it is meant, why.
struct Meant {
    files: &'static [&'static str],
    #[allow(dead_code, reason = "for the reader")]
    why: &'static str,
}

/// The circles that are meant, and those that still have to end.
const MEANT: &[Meant] = &[
    Meant {
        files: &["texts", "texts::render", "texts::values"],
        why: "still to end: the language and the place stand in the file that calls the other two",
    },
    Meant {
        files: &[
            "texts::catalogue",
            "texts::catalogue::composer",
            "texts::catalogue::failures",
            "texts::catalogue::inbox",
            "texts::catalogue::messages",
            "texts::catalogue::money",
            "texts::catalogue::outbox",
            "texts::catalogue::push",
            "texts::catalogue::refusals",
            "texts::catalogue::templates",
        ],
        why: "still to end: the parts use the maker of entries that stands beside their list",
    },
];

#[test]
fn no_files_of_a_room_use_each_other_in_a_circle() {
    let house = House::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(house.files.len() > 100, "only {} files found", house.files.len());
    let found = house.circles();
    for meant in MEANT {
        let stands = found.iter().any(|circle| circle.iter().all(|file| meant.files.contains(&file.as_str())));
        assert!(stands, "this circle has ended, take it off the list: {}", meant.files.join(", "));
    }
    let circles: Vec<String> = found
        .into_iter()
        .filter(|circle| !MEANT.iter().any(|meant| circle.iter().all(|file| meant.files.contains(&file.as_str()))))
        .map(|circle| circle.join(", "))
        .collect();
    assert!(circles.is_empty(), "files that use each other in a circle:\n{}", circles.join("\n"));
}

#[test]
fn a_use_leads_to_the_file_that_defines_the_item() {
    let house = House::of(&[
        (
            "room",
            "mod one;\nmod two;\nmod deep;\npub use one::One;\npub use two::{Two, Other as Third};\npub struct Here;\n",
        ),
        (
            "room::one",
            "use super::{Third, Here};\nfn f() { super::two::f(); }\n#[cfg(test)]\nmod tests { use super::super::deep::D; }",
        ),
        ("room::two", "use crate::room::{deep::{D, self}, One as Uno};\n// use super::nothing;\n"),
        ("room::deep", "mod lower;\npub use lower::D;\nfn f() { lower::f(); crate::elsewhere::f() }\n"),
        ("room::deep::lower", "use super::super::Two;\n"),
        ("elsewhere", ""),
    ]);
    let used = |file: &str| house.uses[&path(file)].iter().map(|file| file.join("::")).collect::<Vec<_>>();
    assert_eq!(used("room"), Vec::<String>::new(), "a re-export is no use");
    assert_eq!(used("room::one"), ["room", "room::two"]);
    assert_eq!(used("room::two"), ["room::deep", "room::deep::lower", "room::one"]);
    assert_eq!(used("room::deep"), ["room::deep::lower"], "another room is no use");
    assert_eq!(used("room::deep::lower"), ["room::two"]);
    assert_eq!(house.circles(), [["room::deep", "room::deep::lower", "room::one", "room::two"]]);
}

/// The files of the crate and which files of its own room each one uses.
struct House {
    files: BTreeMap<Module, String>,
    uses: BTreeMap<Module, BTreeSet<Module>>,
}

impl House {
    fn read(src: &Path) -> Self {
        let mut files = Vec::new();
        super::collect(src, &mut files);
        let text = |file: &Path| (module_of(file.strip_prefix(src).unwrap()), fs::read_to_string(file).unwrap());
        Self::new(files.iter().map(|file| text(file)).collect())
    }

    fn of(files: &[(&str, &str)]) -> Self {
        Self::new(files.iter().map(|(name, text)| (path(name), (*text).to_owned())).collect())
    }

    fn new(texts: BTreeMap<Module, String>) -> Self {
        let is_test = |file: &Module| {
            file.iter().any(|name| name == "tests" || name.ends_with("_tests"))
                || file.split_last().is_some_and(|(name, parent)| {
                    texts.get(parent).is_some_and(|text| text.contains(&format!("#[cfg(test)]\nmod {name};")))
                })
        };
        let files: BTreeMap<Module, String> = texts
            .iter()
            .filter(|(file, _)| !file.is_empty() && !is_test(file))
            .map(|(file, text)| (file.clone(), code_of(text)))
            .collect();
        let mut house = Self { files, uses: BTreeMap::new() };
        house.uses = house.files.keys().map(|file| (file.clone(), house.used_by(file))).collect();
        house
    }

    fn used_by(&self, file: &Module) -> BTreeSet<Module> {
        let (uses, rest) = statements(&self.files[file]);
        let private = uses.iter().filter(|statement| !statement.public).flat_map(|statement| &statement.paths);
        let paths = private.cloned().chain(inline_paths(&rest));
        let absolute = paths.filter_map(|path| self.absolute(file, &path));
        let defined = absolute.filter(|path| path[0] == file[0]).filter_map(|path| self.defining(&path, 0));
        defined.filter(|used| used != file).collect()
    }

    /// A path from the crate's root. None: it leads out of the crate, or to a name of the file itself.
    fn absolute(&self, file: &Module, path: &[String]) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Module::new(),
            "self" => file.clone(),
            "super" => file[..file.len() - 1].to_vec(),
            child => {
                let mut at = file.clone();
                at.push(child.to_owned());
                return self.files.contains_key(&at).then(|| [at.as_slice(), rest].concat());
            }
        };
        for name in rest {
            if name == "super" {
                at.pop()?;
            } else if name != "self" {
                at.push(name.clone());
            }
        }
        (!at.is_empty()).then_some(at)
    }

    /// The file that defines the item at the end of a path.
    fn defining(&self, path: &Module, depth: usize) -> Option<Module> {
        let length = (1..=path.len()).rev().find(|length| self.files.contains_key(&path[..*length]))?;
        let (file, rest) = path.split_at(length);
        let file = file.to_vec();
        let Some(item) = rest.first() else { return Some(file) };
        let (uses, _) = statements(&self.files[&file]);
        let exported = uses.iter().filter(|statement| statement.public).find_map(|statement| {
            let at = statement.names.iter().position(|name| name == item)?;
            self.absolute(&file, &statement.paths[at])
        });
        match exported {
            Some(path) if depth < 10 => self.defining(&path, depth + 1),
            Some(_) | None => Some(file),
        }
    }

    /// Groups of files of one room that reach each other.
    fn circles(&self) -> Vec<Vec<String>> {
        let reached: BTreeMap<&Module, BTreeSet<&Module>> =
            self.files.keys().map(|file| (file, self.reach(file))).collect();
        let mut circles = BTreeSet::new();
        for (file, reach) in &reached {
            let circle: Vec<String> = reach
                .iter()
                .filter(|other| reached[*other].contains(file) && reached[file].contains(file))
                .map(|other| other.join("::"))
                .collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles.into_iter().collect()
    }

    fn reach<'a>(&'a self, file: &'a Module) -> BTreeSet<&'a Module> {
        let mut reached = BTreeSet::new();
        let mut left: Vec<&Module> = self.uses[file].iter().collect();
        while let Some(next) = left.pop() {
            if reached.insert(next) {
                left.extend(&self.uses[next]);
            }
        }
        reached
    }
}

fn path(name: &str) -> Module {
    name.split("::").map(str::to_owned).collect()
}

fn module_of(inside: &Path) -> Module {
    let mut names: Module = inside.components().map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect();
    let last = names.pop().unwrap();
    let name = last.trim_end_matches(".rs");
    if name != "mod" && name != "lib" {
        names.push(name.to_owned());
    }
    names
}

/// The text without comments and without its tests, which stand at its end.
fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// A `use`: the paths it names, and under which name each is known afterwards.
struct Use {
    public: bool,
    paths: Vec<Vec<String>>,
    names: Vec<String>,
}

/// The `use` statements of a text, and the rest of it.
fn statements(code: &str) -> (Vec<Use>, String) {
    let (mut uses, mut rest) = (Vec::new(), String::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        let without_visibility =
            ["pub use ", "pub(crate) use ", "pub(super) use "].iter().find_map(|start| line.strip_prefix(start));
        let Some(tree) = without_visibility.or_else(|| line.strip_prefix("use ")) else {
            rest.push_str(line);
            rest.push('\n');
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            let Some(more) = lines.next() else { break };
            tree.push_str(more.trim());
        }
        let mut found = Use { public: without_visibility.is_some(), paths: Vec::new(), names: Vec::new() };
        expand(&[], tree.split(';').next().unwrap_or_default(), &mut found);
        uses.push(found);
    }
    (uses, rest)
}

/// Writes out the paths of a tree such as `a::{b, c::{self, D as E}}`.
fn expand(before: &[String], tree: &str, found: &mut Use) {
    let tree = tree.trim();
    if let Some((start, list)) = tree.split_once('{') {
        let mut path = before.to_vec();
        path.extend(start.split("::").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned));
        let list = list.trim_end().strip_suffix('}').unwrap_or(list);
        split_list(list).into_iter().for_each(|part| expand(&path, part, found));
        return;
    }
    if tree.is_empty() {
        return;
    }
    let (path, name) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name.trim())));
    let mut whole = before.to_vec();
    whole.extend(path.split("::").map(str::trim).filter(|name| *name != "*").map(str::to_owned));
    found.names.push(name.map(str::to_owned).or_else(|| whole.last().cloned()).unwrap_or_default());
    found.paths.push(whole);
}

/// Splits at the commas that stand in no inner braces.
fn split_list(list: &str) -> Vec<&str> {
    let (mut parts, mut deep, mut begin) = (Vec::new(), 0, 0);
    for (at, sign) in list.char_indices() {
        match sign {
            '{' => deep += 1,
            '}' => deep -= 1,
            ',' if deep == 0 => {
                parts.push(&list[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[begin..]);
    parts
}

/// Paths with at least two names in the text between the `use` statements.
fn inline_paths(code: &str) -> Vec<Vec<String>> {
    let is_name = |sign: char| sign.is_alphanumeric() || sign == '_' || sign == ':';
    let words = code.split(|sign: char| !is_name(sign)).filter(|word| word.contains("::"));
    let names = |word: &str| word.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    words.filter(|word| !word.starts_with(':')).map(names).filter(|path| path.len() > 1).collect()
}
