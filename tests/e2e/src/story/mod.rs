//! A story as it stands in its file: read, and refused if it holds something that the teller does not know.
//!
//! The schema is `tests/scenarios/README.md`. Nothing here starts a server or moves a clock.

mod step;
pub mod time;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

pub use riposte_server::sim::cast::Cast;
pub use step::*;

/// A story file, with its cast filled in.
#[derive(Debug, Clone)]
pub struct Story {
    /// Its title.
    pub title: String,
    /// Who and what is there.
    pub cast: Cast,
    /// What happens.
    pub steps: Vec<Step>,
}

/// Why a story cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// The file cannot be read.
    #[error("{0}: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// The file, or a part of it, does not follow the schema.
    #[error("{place}: {problem}")]
    Malformed {
        /// Where: the file, the cast, a step by its number from 1.
        place: String,
        /// What is wrong.
        problem: String,
    },
}

impl StoryError {
    fn malformed(place: impl Into<String>, problem: impl ToString) -> Self {
        Self::Malformed { place: place.into(), problem: problem.to_string() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    story: String,
    #[serde(default)]
    #[allow(dead_code, reason = "for the reader of the file")]
    because: Option<String>,
    #[serde(default)]
    cast: Value,
    steps: Vec<serde_json::Map<String, Value>>,
}

/// The folder with the stories, the cast and the phrases.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

/// The names of all stories, without `.json`, in order.
pub fn names() -> std::io::Result<Vec<String>> {
    let mut names: Vec<String> = std::fs::read_dir(folder())?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .filter(|name| name != "cast")
        .collect();
    names.sort();
    Ok(names)
}

impl Story {
    /// Reads a story of the folder by its name.
    pub fn named(name: &str) -> Result<Self, StoryError> {
        let read = |file: String| {
            let path = folder().join(file);
            std::fs::read_to_string(&path).map_err(|error| StoryError::Unreadable(path, error))
        };
        Self::parse(&read("cast.json".into())?, &read(format!("{name}.json"))?)
    }

    /// Reads a story, given the cast that it changes.
    pub fn parse(cast: &str, story: &str) -> Result<Self, StoryError> {
        let mut whole_cast: Value =
            serde_json::from_str(cast).map_err(|error| StoryError::malformed("cast.json", error))?;
        let file: File = serde_json::from_str(story).map_err(|error| StoryError::malformed("the file", error))?;
        merge(&mut whole_cast, file.cast);
        let cast: Cast =
            serde_json::from_value(whole_cast).map_err(|error| StoryError::malformed("the cast", error))?;
        cast.check().map_err(|problem| StoryError::malformed("the cast", problem))?;
        let steps = file
            .steps
            .into_iter()
            .enumerate()
            .map(|(index, step)| {
                let number = index + 1;
                Step::parse(number, step, &cast)
                    .map_err(|problem| StoryError::malformed(format!("step {number}"), problem))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { title: file.story, cast, steps })
    }
}

/// RFC 7396: what is named replaces, `null` takes away.
fn merge(into: &mut Value, patch: Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (name, value) in patch {
                if value.is_null() {
                    into.remove(&name);
                } else {
                    merge(into.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        (_, Value::Null) => {}
        (into, patch) => *into = patch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(story: &str) -> Result<Story, StoryError> {
        let cast = std::fs::read_to_string(folder().join("cast.json")).unwrap();
        Story::parse(&cast, story)
    }

    #[test]
    fn every_story_of_the_folder_can_be_read() {
        for name in names().unwrap() {
            Story::named(&name).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    #[test]
    fn a_story_changes_its_cast_and_takes_away_what_it_sets_to_null() {
        let story =
            read(r#"{"story":"x","cast":{"customers":{"lea":{"name":"Lea"},"paul":null}},"steps":[]}"#).unwrap();
        assert_eq!(story.cast.customers["lea"].name, "Lea");
        assert_eq!(story.cast.customers["lea"].phone.as_deref(), Some("33612345678"));
        assert!(!story.cast.customers.contains_key("paul"));
    }

    #[test]
    fn a_mistake_is_named_with_its_step() {
        let said = |steps: &str| read(&format!(r#"{{"story":"x","steps":[{steps}]}}"#)).unwrap_err().to_string();
        assert_eq!(
            said(r#"{"customer":"lea","reads":true}, {"customer":"leo","says":"x"}"#),
            "step 2: there is no \"leo\" among the customers"
        );
        assert!(said(r#"{"customer":"lea","shouts":"x"}"#).starts_with("step 1: unknown variant `shouts`"));
        assert!(said(r#"{"customer":"lea","says":"x","reads":true}"#).starts_with("step 1: one deed"));
        assert!(said(r#"{"customer":"lea","phone":"marc","says":"x"}"#).starts_with("step 1: one subject"));
    }
}
