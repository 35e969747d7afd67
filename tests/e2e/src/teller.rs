//! Tells a story step after step, and reports precisely where it stopped being true.

use std::sync::Arc;
use std::time::Duration;

use riposte::clock::ManualClock;
use serde_json::{Map, Value, json};

use crate::line::Device;
use crate::matching::{Edge, compare, compare_edge, phrases_met};
use crate::phone::Here;
use crate::phrases::Met;
use crate::story::{Act, Network, PhoneDeed, Step, Story};
use crate::wording::{Spoken, Wording};
use crate::world::{World, WorldError};

/// How long to wait before a screen is read again, where no event announces that it has changed.
const READ_AGAIN: Duration = Duration::from_millis(5);

/// Where a story stopped being true.
#[derive(Debug, thiserror::Error)]
#[error("{story}, step {step}{at}: {what}{screens}")]
pub struct Failure {
    story: String,
    step: usize,
    at: String,
    what: String,
    screens: String,
}

/// Tells a story from its beginning to its end, with phones in this process. Returns the phrases it named.
pub async fn tell(story: &Story) -> Result<Met, Failure> {
    tell_with::<Here>(story, |clock| Arc::new(clock.clone())).await
}

/// The same, with the phones that `maker` makes.
pub async fn tell_with<D: Device>(story: &Story, maker: impl FnOnce(&ManualClock) -> D::Maker) -> Result<Met, Failure> {
    let failure = |step: usize, what: String| Failure {
        story: story.title.clone(),
        step,
        at: String::new(),
        what,
        screens: String::new(),
    };
    let world = World::<D>::start_with(&story.cast, maker).await.map_err(|error| failure(0, error.to_string()))?;
    let mut teller = Teller { world, met: Met::new() };
    let told = teller.steps(story).await;
    let untouched = teller.world.nothing_was_set_aside();
    teller.world.stop().await;
    told?;
    untouched.map_err(|error| failure(story.steps.len(), error.to_string()))?;
    Ok(teller.met)
}

struct Teller<D: Device> {
    world: World<D>,
    met: Met,
}

impl<D: Device> Teller<D> {
    async fn steps(&mut self, story: &Story) -> Result<(), Failure> {
        if let Err(error) = self.sign_in(story).await {
            let (story, what) = (story.title.clone(), error.to_string());
            return Err(Failure { story, step: 0, at: String::new(), what, screens: String::new() });
        }
        for step in &story.steps {
            if let Err(what) = self.step(step).await {
                return Err(self.failure(story, step, what).await);
            }
        }
        Ok(())
    }

    /// Every phone that has a part in the story, unless a step of its own signs it in.
    async fn sign_in(&mut self, story: &Story) -> Result<(), WorldError> {
        let mut own_step = Vec::new();
        let mut with_a_part = Vec::new();
        for step in &story.steps {
            match &step.act {
                Some(Act::Phone { phone, deed: PhoneDeed::SignsIn(_), .. }) => own_step.push(phone.clone()),
                Some(Act::Phone { phone, .. }) => with_a_part.push(phone.clone()),
                Some(Act::Expect(expected)) => {
                    with_a_part.extend(expected.get("phone").and_then(Value::as_str).map(str::to_owned));
                }
                Some(Act::Customer { .. } | Act::Provider { .. } | Act::Server { .. }) | None => {}
            }
        }
        with_a_part.sort();
        with_a_part.dedup();
        for phone in with_a_part.into_iter().filter(|phone| !own_step.contains(phone)) {
            self.world.phone(&phone).await?.sign_in().await?;
        }
        self.world.settle().await
    }

    async fn step(&mut self, step: &Step) -> Result<(), String> {
        if let Some(at) = &step.at {
            self.world.wait_until(at).await.map_err(|error| error.to_string())?;
            self.world.settle().await.map_err(|error| error.to_string())?;
        }
        match &step.act {
            None => Ok(()),
            Some(Act::Expect(expected)) => self.expect(expected).await,
            Some(act) => {
                self.perform(act).await.map_err(|error| error.to_string())?;
                self.world.settle().await.map_err(|error| error.to_string())
            }
        }
    }

    async fn perform(&mut self, act: &Act) -> Result<(), WorldError> {
        match act {
            Act::Customer { who, on, times, deed } => {
                for _ in 0..*times {
                    self.world.customer(who, on.as_deref(), deed).await?;
                }
                Ok(())
            }
            Act::Phone { phone, deed: PhoneDeed::Network(network), .. } => self.world.network(phone, *network).await,
            Act::Phone { phone, deed, with } => {
                let told = self.world.phone(phone).await?.perform(deed, with).await?;
                self.compare_words(phone, with.told.as_ref(), told.as_ref())
            }
            Act::Provider { provider, deed, reason } => self.world.provider(provider, deed, reason.as_deref()).await,
            Act::Server { deed } => self.world.operator(*deed).await,
            Act::Expect(_) => Ok(()),
        }
    }

    /// Compares what is named. While a network hangs, there is no moment at which everything is idle, and only
    /// the live stream, at a time of its own, reports who looks at a conversation: there the screen is read
    /// again until it fits, or for too long.
    async fn expect(&mut self, expected: &Map<String, Value>) -> Result<(), String> {
        let patience = self.world.patience();
        let hinted = expected.get("conversation").is_some_and(|conversation| conversation.get("colleagues").is_some());
        loop {
            let compared = self.compare(expected).await;
            if compared.is_ok() || !(hinted || self.world.hangs()) || patience.is_over() {
                return compared;
            }
            tokio::time::sleep(READ_AGAIN).await;
        }
    }

    async fn compare(&mut self, expected: &Map<String, Value>) -> Result<(), String> {
        let phone = expected.get("phone").and_then(Value::as_str).map(str::to_owned);
        if expected.keys().all(|name| name == "phone") {
            return Err("an expectation names a screen, or the provider".to_owned());
        }
        for (name, wanted) in expected.iter().filter(|(name, _)| *name != "phone") {
            match (name.as_str(), &phone) {
                ("provider", _) => {
                    let on = wanted.get("on").and_then(Value::as_str);
                    let taken = self.world.taken_by_provider(on).await.map_err(|error| error.to_string())?;
                    let actual = json!({ "received": taken.len(), "texts": taken });
                    compare(&without_question("provider", wanted), &actual)
                        .map_err(|what| format!("provider{what}"))?;
                }
                (screen, Some(phone)) => self.compare_screen(phone, screen, wanted).await?,
                (screen, None) => return Err(format!("whose {screen}? An expectation about a screen names a phone")),
            }
        }
        Ok(())
    }

    async fn compare_screen(&mut self, phone: &str, screen: &str, wanted: &Value) -> Result<(), String> {
        let calendar = self.world.calendar();
        let wrong = |error: &dyn std::fmt::Display| format!("{phone}'s {screen}: {error}");
        let device = self.world.phone(phone).await.map_err(|error| wrong(&error))?;
        let (actual, spoken) = device.screen(screen, wanted, calendar).await.map_err(|error| wrong(&error))?;
        let wanted = without_question(screen, wanted);

        let mut named = wanted.clone();
        let mut edges = false;
        if let Value::Object(fields) = &mut named {
            let rows = actual.get("rows").cloned().unwrap_or_default();
            for (field, edge) in [("first_rows", Edge::First), ("last_rows", Edge::Last)] {
                if let Some(some) = fields.remove(field) {
                    edges = true;
                    compare_edge(&some, &rows, edge).map_err(|what| format!("{phone}'s {screen}.{field}{what}"))?;
                    self.remember(&some, &edge.of(&rows, &some), &spoken);
                }
            }
        }
        // Nothing else than its first or last rows may be asked of a conversation.
        if edges && named.as_object().is_some_and(Map::is_empty) {
            return Ok(());
        }
        compare(&named, &actual).map_err(|what| format!("{phone}'s {screen}{what}"))?;
        self.remember(&named, &actual, &spoken);
        Ok(())
    }

    /// The phrase that the agent saw when something was refused.
    fn compare_words(&mut self, phone: &str, wanted: Option<&Value>, seen: Option<&Value>) -> Result<(), WorldError> {
        let Some(wanted) = wanted else { return Ok(()) };
        let seen = seen.ok_or_else(|| WorldError::Story("nothing was refused, so the agent saw nothing".to_owned()))?;
        let wording = Wording::new(self.world.cast(), self.world.calendar(), phone, self.world.now());
        let written = wording.picture(seen).map_err(WorldError::Story)?;
        let spoken = wording.met();
        compare(wanted, &written).map_err(|what| WorldError::Story(format!("what the agent saw{what}")))?;
        self.remember(wanted, &written, &spoken);
        Ok(())
    }

    /// Keeps the words of the phrases that were named.
    fn remember(&mut self, wanted: &Value, actual: &Value, spoken: &[Spoken]) {
        let mut named = Vec::new();
        phrases_met(wanted, actual, &mut named);
        for written in named {
            if let Some(phrase) = spoken.iter().find(|phrase| phrase.written.as_object() == Some(written)) {
                self.met.insert(phrase.line.clone(), phrase.said.clone());
            }
        }
    }

    /// The step, and the phone's state as it is now.
    async fn failure(&mut self, story: &Story, step: &Step, what: String) -> Failure {
        let phone = match &step.act {
            Some(Act::Phone { phone, .. }) => Some(phone.clone()),
            Some(Act::Expect(expected)) => expected.get("phone").and_then(Value::as_str).map(str::to_owned),
            Some(Act::Customer { .. } | Act::Provider { .. } | Act::Server { .. }) | None => None,
        };
        let mut screens = String::new();
        if let Some(phone) = phone {
            for screen in ["connection", "outbox", "conversation"] {
                let calendar = self.world.calendar();
                if let Ok(device) = self.world.phone(&phone).await
                    && let Ok((actual, _)) = device.screen(screen, &Value::Null, calendar).await
                {
                    screens += &format!("\n  {phone}'s {screen}: {actual}");
                }
            }
        }
        let at = format!(" ({})", self.world.calendar().write(self.world.now()));
        Failure { story: story.title.clone(), step: step.number, at, what, screens }
    }
}

/// An expectation without the words that only say which part of a screen is meant.
fn without_question(screen: &str, wanted: &Value) -> Value {
    let question: &[&str] = match screen {
        "inbox" => &["whose", "channel", "open", "unread", "unanswered", "closing_soon"],
        "conversation" => &["with", "on"],
        "templates" => &["for", "on"],
        "search" => &["for"],
        "provider" => &["on"],
        _ => &[],
    };
    match wanted {
        Value::Object(fields) => {
            Value::Object(fields.iter().filter(|(name, _)| !question.contains(&name.as_str())).map(own).collect())
        }
        other => other.clone(),
    }
}

fn own((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// The network of a step, for the link.
impl From<Network> for riposte_server::sim::LinkState {
    fn from(network: Network) -> Self {
        match network {
            Network::On => Self::Up,
            Network::Off => Self::Down,
            Network::Hanging => Self::Hanging,
        }
    }
}
