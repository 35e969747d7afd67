//! The envelope of a WhatsApp webhook: accounts, changes, items. Each item is read by itself, and
//! what the inbox has no use for is set aside under its name.

use super::{account, message, status, template};
use crate::channels::event::{Addressed, Event, Parsed, Unreadable};
use crate::channels::json::{Fault, Node};
use crate::channels::repair;

/// Reads a webhook's body. Never fails: what cannot be read stands in `unreadable`.
pub fn read(body: &[u8]) -> Parsed {
    let mut parsed = Parsed::default();
    let document = match repair::document(body) {
        Ok(document) => document,
        Err(error) => {
            parsed.set_aside_whole(body, &error);
            return parsed;
        }
    };
    let root = Node::root(&document);
    if root.text("object") != Some("whatsapp_business_account") {
        parsed.set_aside("", &root, root.fault("not a WhatsApp webhook"));
        return parsed;
    }
    for entry in root.list("entry") {
        let changes = entry.list("changes");
        if changes.is_empty() {
            parsed.set_aside("", &entry, entry.fault("an entry without changes"));
        }
        for change in changes {
            if let Err(fault) = read_change(&entry, &change, &mut parsed) {
                parsed.set_aside(change.text("field").unwrap_or_default(), &change, fault);
            }
        }
    }
    parsed
}

fn read_change(entry: &Node<'_>, change: &Node<'_>, parsed: &mut Parsed) -> Result<(), Fault> {
    let value = change.need("value")?;
    match change.need_text("field")? {
        "messages" => read_conversation(&value, parsed),
        "standby" => read_standby(&value, parsed),
        "messaging_handovers" => {
            let (account, event) = message::read_handover(&value)?;
            parsed.events.push(Addressed { account, event });
            Ok(())
        }
        "smb_message_echoes" => {
            let account = account_of(&value)?;
            let echoes = value.list("message_echoes");
            parsed.messages(&account, "smb_message_echoes", &value, &echoes, message::From::Company);
            Ok(())
        }
        "calls" => {
            let account = account_of(&value)?;
            parsed.each(&account, "calls", value.list("calls"), |item| message::read_call(&value, item));
            Ok(())
        }
        field if template::is_news(field) => {
            let event = template::read_news(field, entry, &value)?;
            parsed.events.push(Addressed { account: entry.need_id("id")?, event });
            Ok(())
        }
        field => match account::read_news(field, entry, &value) {
            Some(event) => {
                parsed.events.push(Addressed { account: entry.need_id("id")?, event });
                Ok(())
            }
            // Preferences, quality, the history of a phone, whatever Meta adds: the inbox has no
            // place for it, and the operator sees that it came.
            None => Err(change.fault("the inbox has no use for this field")),
        },
    }
}

fn read_conversation(value: &Node<'_>, parsed: &mut Parsed) -> Result<(), Fault> {
    let account = account_of(value)?;
    let messages = value.list("messages");
    let statuses = value.list("statuses");
    if messages.is_empty() && statuses.is_empty() {
        return Err(value.fault("neither messages nor statuses"));
    }
    parsed.messages(&account, "messages", value, &messages, message::From::Customer);
    parsed.each(&account, "statuses", statuses, status::read);
    Ok(())
}

/// A bot has the conversation (Meta Business Agent): the same items, beside or inside `standby`,
/// and the bot's answers as echoes.
fn read_standby(value: &Node<'_>, parsed: &mut Parsed) -> Result<(), Fault> {
    let account = account_of(value)?;
    let inside = value.get("standby").filter(|standby| standby.value().is_object());
    let around = inside.as_ref().unwrap_or(value);
    let messages = around.list("messages");
    let echoes = around.list("message_echoes");
    let statuses = around.list("statuses");
    if messages.is_empty() && echoes.is_empty() && statuses.is_empty() {
        return Err(value.fault("neither messages nor echoes nor statuses"));
    }
    let metadata = value.get("metadata");
    let shared = message::Shared::of(around, metadata.as_ref(), &messages);
    parsed.read_messages(&account, "standby", &shared, &messages, message::From::StandbyCustomer);
    let shared = message::Shared::of(around, metadata.as_ref(), &echoes);
    parsed.read_messages(&account, "standby", &shared, &echoes, message::From::Bot);
    parsed.each(&account, "standby", statuses, status::read);
    Ok(())
}

fn account_of(value: &Node<'_>) -> Result<String, Fault> {
    value.need("metadata")?.need_id("phone_number_id")
}

impl Parsed {
    fn messages(&mut self, account: &str, name: &str, value: &Node<'_>, items: &[Node<'_>], from: message::From) {
        let metadata = value.get("metadata");
        let shared = message::Shared::of(value, metadata.as_ref(), items);
        self.read_messages(account, name, &shared, items, from);
    }

    fn read_messages(
        &mut self,
        account: &str,
        name: &str,
        shared: &message::Shared<'_>,
        items: &[Node<'_>],
        from: message::From,
    ) {
        for item in items {
            match message::read(shared, item, from) {
                Ok((event, fault)) => {
                    self.events.push(Addressed { account: account.to_owned(), event });
                    // The customer's bubble is there; what it said stays readable for the operator.
                    if let Some(fault) = fault {
                        self.set_aside(name, item, fault);
                    }
                }
                Err(fault) => self.set_aside(name, item, fault),
            }
        }
    }

    fn each(
        &mut self,
        account: &str,
        name: &str,
        items: Vec<Node<'_>>,
        read: impl Fn(&Node<'_>) -> Result<Event, Fault>,
    ) {
        for item in items {
            match read(&item) {
                Ok(event) => self.events.push(Addressed { account: account.to_owned(), event }),
                Err(fault) => self.set_aside(name, &item, fault),
            }
        }
    }

    /// Keeps an item that could not be read, or that the inbox has no use for.
    pub fn set_aside(&mut self, name: &str, item: &Node<'_>, fault: Fault) {
        self.unreadable.push(Unreadable {
            name: name.to_owned(),
            place: item.place().to_owned(),
            why: fault.to_string(),
            raw: item.value().to_string(),
        });
    }

    /// Keeps a body that is no JSON.
    pub fn set_aside_whole(&mut self, body: &[u8], error: &serde_json::Error) {
        let why = format!("not JSON, at line {} column {}", error.line(), error.column());
        let raw = String::from_utf8_lossy(body).into_owned();
        self.unreadable.push(Unreadable { name: String::new(), place: String::new(), why, raw });
    }
}
