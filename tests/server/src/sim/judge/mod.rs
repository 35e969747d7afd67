//! What becomes of a request to send: taken, or refused with which of Meta's errors.
//!
//! - [`fields`]: reading it strictly; [`message`], [`interactive`]: what each type asks for
//! - [`template`]: do the parameters fit the template?
//! - [`page`]: the same for Messenger and Instagram
//!
//! What is wrong with the request itself is refused at once. Some faults Meta finds only later:
//! such a message is taken and then fails ([`Verdict::fails`]).

mod fields;
mod interactive;
mod message;
pub(super) mod page;
mod template;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

use super::errors::{Refusal, refusal};
use super::media;
use super::templates::SimTemplate;
use super::window::Standing;
use super::world::SimFile;

pub(super) use fields::Fields;
pub(super) use message::{read, read_mark};
pub(super) use template::Part;

/// Whom a message goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recipient {
    /// A phone number in digits, and whether it was written with a plus.
    Phone { digits: String, with_plus: bool },
    /// A business-scoped user id.
    UserId(String),
}

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FileRef {
    /// Uploaded before.
    Id(String),
    /// Meta fetches it. The simulator does not, and takes it for what it should be.
    Link,
}

/// A message as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// As the caller wrote it: the answer repeats it.
    pub(super) input: String,
    pub(super) to: Recipient,
    pub(super) kind: String,
    /// The words: the body, the caption, a template's values, the emoji.
    pub(super) text: String,
    pub(super) template: Option<AskedTemplate>,
    pub(super) file: Option<FileRef>,
    pub(super) reacts_to: Option<String>,
    pub(super) quotes: Option<String>,
    pub(super) key: Option<String>,
}

/// A template with its values, as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AskedTemplate {
    pub(super) name: String,
    pub(super) language: String,
    pub(super) parts: Vec<Part>,
}

impl Asked {
    /// The id of an uploaded file.
    pub(super) fn file_id(&self) -> Option<&str> {
        match &self.file {
            Some(FileRef::Id(id)) => Some(id),
            Some(FileRef::Link) | None => None,
        }
    }
}

/// What is known about the other end.
pub(super) struct Facts<'a> {
    pub(super) standing: Standing,
    /// The customer wants no marketing of this number any more.
    pub(super) stopped_marketing: bool,
    /// The templates of the account.
    pub(super) templates: &'a [&'a SimTemplate],
    /// An uploaded file, by its id.
    pub(super) file: &'a dyn Fn(&str) -> Option<&'a SimFile>,
    /// The message that is reacted to is one of this talk and no reaction itself.
    pub(super) target_known: bool,
}

/// A message that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// What it is priced as.
    pub(super) category: String,
    /// It fails later, with this code.
    pub(super) fails: Option<i64>,
}

/// The verdict on a WhatsApp message.
pub(super) fn whatsapp(asked: &Asked, facts: &Facts<'_>, now: DateTime<Utc>) -> Result<Verdict, Refusal> {
    if let Some(given) = &asked.template {
        let found = facts.templates.iter().find(|known| known.name == given.name && known.language == given.language);
        let found = found.copied().ok_or_else(|| refusal(132001))?;
        template::check(given, &asked.to, found, facts.file)?;
        let unwanted = facts.stopped_marketing && found.category == "MARKETING";
        return Ok(Verdict { category: found.category.to_lowercase(), fails: unwanted.then_some(131050) });
    }
    if !facts.standing.is_open(now) {
        return Err(refusal(131047));
    }
    let service = |fails| Ok(Verdict { category: "service".to_owned(), fails });
    if asked.kind == "reaction" {
        return service((!facts.target_known).then_some(131009));
    }
    let Some(id) = asked.file_id() else { return service(None) };
    let file = (facts.file)(id).ok_or_else(|| template::unknown_file(&format!("{}['id']", asked.kind)))?;
    service((!media::fits(&asked.kind, file)).then_some(131053))
}
