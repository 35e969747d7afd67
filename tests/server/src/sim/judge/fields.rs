//! Reading a request as strictly as Meta does: a key that Meta does not know and a value of the
//! wrong type are refused with 100, a required key that is missing or empty with 131008.

use serde_json::{Map, Value};

use crate::sim::errors::{Refusal, because};

/// An object of the request, and where it stands.
#[derive(Clone)]
pub(in crate::sim) struct Fields<'a> {
    path: String,
    fields: &'a Map<String, Value>,
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}['{name}']") }
}

fn wrong_type(path: &str, wanted: &str) -> Refusal {
    because(100, format!("Param {path} must be {wanted}."))
}

impl<'a> Fields<'a> {
    pub(in crate::sim) fn of(value: &'a Value, path: &str) -> Result<Self, Refusal> {
        let fields = value.as_object().ok_or_else(|| wrong_type(path, "a JSON object"))?;
        Ok(Self { path: path.to_owned(), fields })
    }

    /// Refuses every key that is not one of these.
    pub(in crate::sim) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        match self.fields.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) if self.path.is_empty() => Err(because(100, format!("Unexpected key \"{key}\"."))),
            Some(key) => Err(because(100, format!("Unexpected key \"{key}\" on param \"{}\".", self.path))),
            None => Ok(()),
        }
    }

    pub(in crate::sim) fn path(&self, name: &str) -> String {
        below(&self.path, name)
    }

    /// A null is as good as a missing key.
    pub(in crate::sim) fn value(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    pub(in crate::sim) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    pub(in crate::sim) fn missing(&self, name: &str) -> Refusal {
        because(131008, format!("The parameter {} is required.", self.path(name)))
    }

    pub(in crate::sim) fn not_valid(&self, name: &str, why: &str) -> Refusal {
        because(131009, format!("Param {} {why}.", self.path(name)))
    }

    pub(in crate::sim) fn text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        let read = |value: &'a Value| value.as_str().ok_or_else(|| wrong_type(&self.path(name), "a string"));
        self.value(name).map(read).transpose()
    }

    /// A text that is there and not blank.
    pub(in crate::sim) fn need_text(&self, name: &str) -> Result<&'a str, Refusal> {
        self.text(name)?.filter(|text| !text.trim().is_empty()).ok_or_else(|| self.missing(name))
    }

    /// The same, of so many characters at most.
    pub(in crate::sim) fn need_text_up_to(&self, name: &str, most: usize) -> Result<&'a str, Refusal> {
        let text = self.need_text(name)?;
        self.within(name, text, most)?;
        Ok(text)
    }

    pub(in crate::sim) fn text_up_to(&self, name: &str, most: usize) -> Result<Option<&'a str>, Refusal> {
        let text = self.text(name)?;
        text.map_or(Ok(()), |text| self.within(name, text, most))?;
        Ok(text)
    }

    fn within(&self, name: &str, text: &str, most: usize) -> Result<(), Refusal> {
        if text.chars().count() <= most {
            return Ok(());
        }
        Err(because(100, format!("Param {} must be at most {most} characters long.", self.path(name))))
    }

    pub(in crate::sim) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        let read = |value: &Value| value.as_bool().ok_or_else(|| wrong_type(&self.path(name), "a boolean"));
        self.value(name).map(read).transpose()
    }

    /// A number, which Meta takes as a string too.
    pub(in crate::sim) fn need_number(&self, name: &str) -> Result<f64, Refusal> {
        let value = self.value(name).ok_or_else(|| self.missing(name))?;
        let read = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
        read.ok_or_else(|| wrong_type(&self.path(name), "a number"))
    }

    pub(in crate::sim) fn object(&self, name: &str) -> Result<Option<Fields<'a>>, Refusal> {
        self.value(name).map(|value| Fields::of(value, &self.path(name))).transpose()
    }

    pub(in crate::sim) fn need(&self, name: &str) -> Result<Fields<'a>, Refusal> {
        self.object(name)?.ok_or_else(|| self.missing(name))
    }

    /// The objects of a list; a missing list has none.
    pub(in crate::sim) fn list(&self, name: &str) -> Result<Vec<Fields<'a>>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(Vec::new()) };
        let path = self.path(name);
        let items = value.as_array().ok_or_else(|| wrong_type(&path, "an array"))?;
        items.iter().enumerate().map(|(at, item)| Fields::of(item, &format!("{path}[{at}]"))).collect()
    }

    /// A list with so many objects.
    pub(in crate::sim) fn need_list(&self, name: &str, least: usize, most: usize) -> Result<Vec<Fields<'a>>, Refusal> {
        let items = self.list(name)?;
        if items.is_empty() && least > 0 {
            return Err(self.missing(name));
        }
        if (least..=most).contains(&items.len()) {
            return Ok(items);
        }
        Err(self.not_valid(name, &format!("must have {least} to {most} entries")))
    }
}
