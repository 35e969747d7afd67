//! Reading JSON that others wrote: every step names its place, so that what could not be read
//! can be reported without repeating what a customer wrote.

use chrono::{DateTime, Utc};
use serde_json::Value;

/// What is wrong with a piece of JSON, and where. Names fields, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Fault {
    /// A path, such as `entry[0].changes[1].value`.
    pub place: String,
    /// What was expected there.
    pub what: &'static str,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    value: &'a Value,
    place: String,
}

/// The last millisecond of the year 9999. Later ones are no times of messages, and adding a day to
/// the very last instants would overflow.
const LAST_MS: i64 = 253_402_300_799_999;
/// From here on a number is milliseconds: as seconds it would be the year 5138, as milliseconds it
/// is 1973.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

impl<'a> Node<'a> {
    /// The whole document.
    pub fn root(value: &'a Value) -> Self {
        Self { value, place: String::new() }
    }

    /// The value itself.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// Where it stands.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// That something is wrong here.
    pub fn fault(&self, what: &'static str) -> Fault {
        Fault { place: self.place.clone(), what }
    }

    /// A field, if it is there and not null.
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        let place = if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) };
        Some(Node { value, place })
    }

    /// A field that must be there.
    pub fn need(&self, key: &'static str) -> Result<Node<'a>, Fault> {
        self.get(key).ok_or_else(|| Fault { place: self.place.clone(), what: key }.missing())
    }

    /// The entries of a list. Something else has none.
    pub fn entries(&self) -> Vec<Node<'a>> {
        let list = self.value.as_array().map(Vec::as_slice).unwrap_or_default();
        let entry = |(index, value)| Node { value, place: format!("{}[{index}]", self.place) };
        list.iter().enumerate().map(entry).collect()
    }

    /// The entries of a list in a field; a missing field has none.
    pub fn list(&self, key: &str) -> Vec<Node<'a>> {
        self.get(key).map(|node| node.entries()).unwrap_or_default()
    }

    /// Words that must be here.
    pub fn words(&self) -> Result<&'a str, Fault> {
        self.value.as_str().ok_or_else(|| self.fault("a string was expected"))
    }

    /// Words in a field; none when it is missing, empty or something else.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key).and_then(Value::as_str).filter(|words| !words.is_empty())
    }

    /// Words that must stand in a field.
    pub fn need_text(&self, key: &'static str) -> Result<&'a str, Fault> {
        self.need(key)?.words()
    }

    /// An id that must stand in a field: providers write them as words or as numbers.
    pub fn need_id(&self, key: &'static str) -> Result<String, Fault> {
        let node = self.need(key)?;
        node.id().ok_or_else(|| node.fault("an id was expected"))
    }

    /// An id, written as words or as a number.
    pub fn id(&self) -> Option<String> {
        match self.value {
            Value::String(words) if !words.is_empty() => Some(words.clone()),
            Value::Number(number) => number.as_i64().map(|number| number.to_string()),
            _ => None,
        }
    }

    /// A whole number, written as one or as words.
    pub fn number(&self) -> Result<i64, Fault> {
        let read = match self.value {
            Value::Number(number) => number.as_i64(),
            Value::String(words) => words.trim().parse().ok(),
            _ => None,
        };
        read.ok_or_else(|| self.fault("a whole number was expected"))
    }

    /// An instant since 1970. WhatsApp writes seconds (in a string), Messenger milliseconds, and
    /// either sometimes the other: the size tells them apart.
    pub fn instant(&self) -> Result<DateTime<Utc>, Fault> {
        let count = self.number()?;
        let ms = if count < MILLISECONDS_FROM { count.saturating_mul(1000) } else { count };
        Some(ms)
            .filter(|ms| (0..=LAST_MS).contains(ms))
            .and_then(DateTime::from_timestamp_millis)
            .ok_or_else(|| self.fault("a time between 1970 and 9999 was expected"))
    }
}

impl Fault {
    fn missing(self) -> Self {
        let place = if self.place.is_empty() { self.what.to_owned() } else { format!("{}.{}", self.place, self.what) };
        Self { place, what: "is missing" }
    }
}
