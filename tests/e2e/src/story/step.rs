//! A step: when, who, what.

use std::collections::BTreeMap;

use riposte::model::{AgentStatus, TemplateCategory, TemplateComponent};
use riposte_server::sim::cast;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Cast;

/// One step of a story.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its place in the story, from 1.
    pub number: usize,
    /// Where the clock goes first.
    pub at: Option<String>,
    /// What happens; nothing when only time passes.
    pub act: Option<Act>,
}

/// Something a person or the provider does, or something a screen must say.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "tests/scenarios/README.md describes every deed")]
pub enum Act {
    Customer { who: String, on: Option<String>, times: u32, deed: CustomerDeed },
    Phone { phone: String, deed: PhoneDeed, with: Box<PhoneDetails> },
    Provider { provider: String, deed: ProviderDeed, reason: Option<String> },
    Server { deed: ServerDeed },
    Expect(Map<String, Value>),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum CustomerDeed {
    Says(String),
    Sends(Value),
    Reads(bool),
    Reachable(bool),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum PhoneDeed {
    SignsIn(bool),
    Opens(String),
    Leaves(bool),
    Types(String),
    Replies(String),
    RepliesWith(String),
    SendsFile(FilePart),
    Reacts(String),
    Comments(String),
    RestartsWith(String),
    Assigns(AssignTo),
    Closes(bool),
    Reopens(bool),
    Scrolls(Scroll),
    Network(Network),
    App(AppMove),
    Status(AgentStatus),
    Decides(String),
    Retries(String),
    Cancels(String),
    CreatesTemplate(Value),
    RefreshesTemplates(String),
}

/// What a deed on a phone needs besides itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct PhoneDetails {
    #[serde(alias = "of")]
    pub to: Option<String>,
    pub on: Option<String>,
    pub quotes: Option<String>,
    #[serde(default)]
    pub mentions: Vec<String>,
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    pub how: Option<How>,
    pub refused: Option<String>,
    pub told: Option<Value>,
}

const DETAILS: [&str; 9] = ["to", "of", "on", "quotes", "mentions", "values", "how", "refused", "told"];

/// A file that a story makes up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct FilePart {
    pub mime: String,
    pub bytes: usize,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub caption: String,
    #[serde(default)]
    pub voice: bool,
}

/// A template that a story submits for approval; the fields of core/PROTOCOL.md 7.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct NewTemplatePart {
    pub name: String,
    pub language: String,
    pub category: TemplateCategory,
    pub components: Vec<TemplateComponent>,
    #[serde(default)]
    pub samples: BTreeMap<String, String>,
}

/// To whom a conversation goes.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum AssignTo {
    Agent(String),
    Group { group: String },
    Nobody(()),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Network {
    On,
    Off,
    Hanging,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Scroll {
    Up,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum AppMove {
    Paused,
    Resumed,
    Restarted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum How {
    SendNow,
    Discard,
    Edit,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ProviderDeed {
    RefusesNext(i64),
    FailsNext(i64),
    LosesAnswerNext(bool),
    Reports(Reports),
    Approves(String),
    Rejects(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ServerDeed {
    BacksUp(bool),
    GoesBack(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Reports {
    Held,
    Doubled,
    Shuffled,
    ShuffledDoubled,
    Normal,
}

impl Step {
    pub(super) fn parse(number: usize, mut step: Map<String, Value>, cast: &Cast) -> Result<Self, String> {
        let at = step.remove("at").map(text).transpose()?;
        step.remove("note");
        let subjects: Vec<&str> = ["customer", "phone", "provider", "server", "expect"]
            .into_iter()
            .filter(|name| step.contains_key(*name))
            .collect();
        let act = match subjects.as_slice() {
            [] if step.is_empty() && at.is_some() => None,
            [subject] => {
                let value = step.remove(*subject).unwrap_or_default();
                Some(Act::parse(subject, value, step, cast)?)
            }
            _ => return Err("one subject: customer, phone, provider, server or expect".to_owned()),
        };
        Ok(Self { number, at, act })
    }
}

impl Act {
    fn parse(subject: &str, value: Value, mut rest: Map<String, Value>, cast: &Cast) -> Result<Self, String> {
        if subject == "expect" {
            let Value::Object(expected) = value else { return Err("expect needs an object".to_owned()) };
            if let Some(name) = rest.keys().next() {
                return Err(format!("{name:?} does not go with expect"));
            }
            return Ok(Self::Expect(expected));
        }
        let who = text(value)?;
        match subject {
            "customer" => {
                known("customers", &cast.customers, &who)?;
                let on = rest.remove("on").map(text).transpose()?;
                if let Some(channel) = &on {
                    known("channels", &cast.channels, channel)?;
                }
                let times = rest
                    .remove("times")
                    .map_or(Ok(1), |times| serde_json::from_value(times).map_err(|_| "times is a number".to_owned()))?;
                Ok(Self::Customer { who, on, times, deed: deed(rest)? })
            }
            "provider" => {
                let reason = rest.remove("reason").map(text).transpose()?;
                Ok(Self::Provider { provider: who, deed: deed(rest)?, reason })
            }
            "server" if who == "inbox" => Ok(Self::Server { deed: deed(rest)? }),
            "server" => Err(format!("no server {who:?}: it is the inbox")),
            _ => {
                known("phones", &cast.phones, &who)?;
                let (details, rest): (Map<_, _>, Map<_, _>) =
                    rest.into_iter().partition(|(name, _)| DETAILS.contains(&name.as_str()));
                let with: PhoneDetails =
                    serde_json::from_value(Value::Object(details)).map_err(|error| error.to_string())?;
                if let Some(customer) = &with.to {
                    known("customers", &cast.customers, customer)?;
                }
                Ok(Self::Phone { phone: who, deed: deed(rest)?, with: Box::new(with) })
            }
        }
    }
}

/// The one deed that is left once subject and details are taken out.
fn deed<D: serde::de::DeserializeOwned>(rest: Map<String, Value>) -> Result<D, String> {
    if rest.len() != 1 {
        let names: Vec<&str> = rest.keys().map(String::as_str).collect();
        return Err(format!("one deed, not {}: {}", names.len(), names.join(", ")));
    }
    serde_json::from_value(Value::Object(rest)).map_err(|error| error.to_string())
}

fn known<T>(part: &'static str, of: &BTreeMap<String, T>, key: &str) -> Result<(), String> {
    cast::known(part, of, key).map_err(|error| error.to_string())
}

fn text(value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(format!("a text, not {other}")),
    }
}
