//! The envelope of a WhatsApp webhook: accounts, changes, items. Each item is read by itself.

use serde_json::Value;

use super::{message, status, template};
use crate::channels::event::{Addressed, Event, Parsed, Unreadable};
use crate::channels::json::{Fault, Node};

/// Reads a webhook's body. Never fails: what cannot be read stands in `unreadable`.
pub fn read(body: &[u8]) -> Parsed {
    let mut parsed = Parsed::default();
    let document: Value = match serde_json::from_slice(body) {
        Ok(document) => document,
        Err(error) => {
            let why = format!("not JSON, at line {} column {}", error.line(), error.column());
            let raw = String::from_utf8_lossy(body).into_owned();
            parsed.unreadable.push(Unreadable { place: String::new(), why, raw });
            return parsed;
        }
    };
    let root = Node::root(&document);
    if root.text("object") != Some("whatsapp_business_account") {
        parsed.set_aside(&root, root.fault("not a WhatsApp webhook"));
        return parsed;
    }
    for entry in root.list("entry") {
        let changes = entry.list("changes");
        if changes.is_empty() {
            parsed.set_aside(&entry, entry.fault("an entry without changes"));
        }
        for change in changes {
            if let Err(fault) = read_change(&entry, &change, &mut parsed) {
                parsed.set_aside(&change, fault);
            }
        }
    }
    parsed
}

fn read_change(entry: &Node<'_>, change: &Node<'_>, parsed: &mut Parsed) -> Result<(), Fault> {
    let value = change.need("value")?;
    match change.need_text("field")? {
        "messages" => read_conversation(&value, parsed),
        "smb_message_echoes" => {
            let account = account_of(&value)?;
            parsed.each(&account, value.list("message_echoes"), |item| {
                message::read(&value, item, message::From::Company)
            });
            Ok(())
        }
        "calls" => {
            let account = account_of(&value)?;
            parsed.each(&account, value.list("calls"), |item| message::read_call(&value, item));
            Ok(())
        }
        field if template::is_news(field) => {
            let event = template::read_news(field, &value)?;
            parsed.events.push(Addressed { account: entry.need_id("id")?, event });
            Ok(())
        }
        // Fields of no consequence here (account updates, preferences, quality): subscribed to
        // by mistake or new, either way nothing is lost by passing them over.
        _ => Ok(()),
    }
}

fn read_conversation(value: &Node<'_>, parsed: &mut Parsed) -> Result<(), Fault> {
    let account = account_of(value)?;
    let messages = value.list("messages");
    let statuses = value.list("statuses");
    if messages.is_empty() && statuses.is_empty() {
        return Err(value.fault("neither messages nor statuses"));
    }
    parsed.each(&account, messages, |item| message::read(value, item, message::From::Customer));
    parsed.each(&account, statuses, status::read);
    Ok(())
}

fn account_of(value: &Node<'_>) -> Result<String, Fault> {
    value.need("metadata")?.need_id("phone_number_id")
}

impl Parsed {
    fn each(&mut self, account: &str, items: Vec<Node<'_>>, read: impl Fn(&Node<'_>) -> Result<Event, Fault>) {
        for item in items {
            match read(&item) {
                Ok(event) => self.events.push(Addressed { account: account.to_owned(), event }),
                Err(fault) => self.set_aside(&item, fault),
            }
        }
    }

    /// Keeps an item that could not be read.
    pub fn set_aside(&mut self, item: &Node<'_>, fault: Fault) {
        let unreadable =
            Unreadable { place: item.place().to_owned(), why: fault.to_string(), raw: item.value().to_string() };
        self.unreadable.push(unreadable);
    }
}
