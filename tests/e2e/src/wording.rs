//! A picture in the words of stories: keys of the cast for names, short times, phrases by key and arguments.
//!
//! Marked objects of a picture become words; everything else stays as it is. Which fields a screen has is
//! no matter here: a phone in another language, and a screen of tomorrow, need no change.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use riposte::model::{Currency, Money};
use serde_json::{Map, Value, json};

use crate::story::Cast;
use crate::story::time::{Calendar, write_money, write_span};

/// A phrase on a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// As a story names it: `{ "say": key, argument: value, ... }`.
    pub written: Value,
    /// The left side of its line in the files of phrases.
    pub line: String,
    /// The words of the phone for it, in English and in French.
    pub said: [String; 2],
}

/// What is needed to put a picture into words: who is called what, and how times are written.
pub struct Wording<'a> {
    cast: &'a Cast,
    calendar: Calendar,
    /// Whose phone it is.
    me: &'a str,
    now: DateTime<Utc>,
    met: Mutex<Vec<Spoken>>,
}

impl<'a> Wording<'a> {
    /// For one picture.
    pub fn new(cast: &'a Cast, calendar: Calendar, me: &'a str, now: DateTime<Utc>) -> Self {
        Self { cast, calendar, me, now, met: Mutex::default() }
    }

    /// The phrases that were put into words.
    pub fn met(self) -> Vec<Spoken> {
        self.met.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The picture in words. An error names what no phone may write.
    pub fn picture(&self, picture: &Value) -> Result<Value, String> {
        match picture {
            Value::Array(items) => {
                Ok(Value::Array(items.iter().map(|item| self.picture(item)).collect::<Result<_, _>>()?))
            }
            Value::Object(fields) => self.object(fields),
            plain => Ok(plain.clone()),
        }
    }

    fn object(&self, fields: &Map<String, Value>) -> Result<Value, String> {
        let names: Vec<&str> = fields.keys().map(String::as_str).collect();
        let text = |name: &str| fields.get(name).and_then(Value::as_str).ok_or_else(|| wrong(fields));
        let number = |name: &str| fields.get(name).and_then(Value::as_i64).ok_or_else(|| wrong(fields));
        Ok(match names.as_slice() {
            ["at_ms"] => {
                let at = DateTime::from_timestamp_millis(number("at_ms")?).ok_or_else(|| wrong(fields))?;
                json!(self.calendar.write(at))
            }
            ["span_ms"] => json!(write_span(number("span_ms")?)),
            ["size_bytes"] => json!(format!("{} bytes", number("size_bytes")?)),
            ["currency", "micros"] => {
                let currency = Currency::parse(text("currency")?).ok_or_else(|| wrong(fields))?;
                json!(write_money(&Money { micros: number("micros")?, currency }))
            }
            ["person"] => json!(self.person(text("person")?)),
            ["group"] => json!(self.group(text("group")?)),
            ["you"] => json!(self.me),
            ["args", "en", "fr", "phrase"] => self.phrase(fields, text("phrase")?, [text("en")?, text("fr")?])?,
            _ if fields.contains_key("phrase") => return Err(wrong(fields)),
            _ => {
                let words = |(name, value): (&String, &Value)| Ok((name.clone(), self.picture(value)?));
                Value::Object(fields.iter().map(words).collect::<Result<_, String>>()?)
            }
        })
    }

    fn phrase(&self, fields: &Map<String, Value>, key: &str, said: [&str; 2]) -> Result<Value, String> {
        let args = fields.get("args").and_then(Value::as_object).ok_or_else(|| wrong(fields))?;
        let mut written = Map::new();
        written.insert("say".to_owned(), json!(key));
        for (name, value) in args {
            written.insert(name.clone(), self.picture(value)?);
        }
        let mut line = key.to_owned();
        for (name, value) in written.iter().filter(|(name, _)| *name != "say") {
            line += &format!(" {name}={value}");
        }
        // The words of an instant depend on which day it is.
        if args.values().any(|value| value.get("at_ms").is_some()) {
            line += &format!(" on day {}", self.calendar.day(self.now));
        }
        let written = Value::Object(written);
        let met = Spoken { written: written.clone(), line, said: said.map(str::to_owned) };
        self.met.lock().unwrap_or_else(PoisonError::into_inner).push(met);
        Ok(written)
    }

    /// The key of the customer or agent with this name; the name itself if no one of the cast has it.
    fn person<'b>(&'b self, name: &'b str) -> &'b str {
        let customer = self.cast.customers.iter().find(|(_, customer)| customer.name == name).map(|(key, _)| key);
        let agent = || self.cast.agents.iter().find(|(_, agent)| agent.name == name).map(|(key, _)| key);
        customer.or_else(agent).map_or(name, String::as_str)
    }

    fn group<'b>(&'b self, name: &'b str) -> &'b str {
        let group = self.cast.groups.iter().find(|(_, group)| group.name == name);
        group.map_or(name, |(key, _)| key.as_str())
    }
}

fn wrong(fields: &Map<String, Value>) -> String {
    format!("no phone may write {}", Value::Object(fields.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_words(picture: Value) -> (Result<Value, String>, Vec<Spoken>) {
        let cast = std::fs::read_to_string(crate::story::folder().join("cast.json")).unwrap();
        let cast: Cast = serde_json::from_str(&cast).unwrap();
        let calendar = Calendar::new(cast.account.first_day, cast.account.utc_offset_minutes).unwrap();
        let wording = Wording::new(&cast, calendar, "marc", calendar.start());
        (wording.picture(&picture), wording.met())
    }

    #[test]
    fn marked_objects_become_words_and_everything_else_stays() {
        let (words, _) = in_words(json!({
            "who": { "person": "Léa Martin" }, "from": { "you": true }, "left": { "span_ms": 86_100_000 },
            "price": { "micros": 50_000, "currency": "EUR" }, "size": { "size_bytes": 12 },
            "group": { "group": "No such group" }, "rows": [{ "tick": true, "text": null }] }));
        let wanted = json!({ "who": "lea", "from": "marc", "left": "23h55m", "price": "0.05 EUR", "size": "12 bytes",
                             "group": "No such group", "rows": [{ "tick": true, "text": null }] });
        assert_eq!(words, Ok(wanted));
    }

    #[test]
    fn a_phrase_is_its_key_with_its_arguments_and_keeps_what_the_phone_says() {
        let midnight = Calendar::new("2026-11-02".parse().unwrap(), 60).unwrap().start().timestamp_millis();
        let (words, met) = in_words(json!({ "note": { "phrase": "closes_at", "args": { "at": { "at_ms": midnight } },
                                                      "en": "Closes at 00:00", "fr": "Ferme à 00:00" } }));
        assert_eq!(words, Ok(json!({ "note": { "say": "closes_at", "at": "00:00" } })));
        assert_eq!(met.len(), 1);
        assert_eq!(met[0].line, "closes_at at=\"00:00\" on day 1");
        assert_eq!(met[0].said, ["Closes at 00:00", "Ferme à 00:00"]);
    }

    #[test]
    fn a_mark_that_holds_something_else_is_an_error() {
        for picture in [
            json!({ "at_ms": "soon" }),
            json!({ "micros": 1, "currency": "no such" }),
            json!({ "phrase": "costs", "args": {} }),
            json!([{ "note": { "phrase": "costs", "args": {}, "en": "Costs", "fr": null } }]),
        ] {
            assert!(in_words(picture.clone()).0.is_err(), "{picture}");
        }
    }
}
