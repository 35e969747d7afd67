//! Rust's phones behind the line: what a phone in another language does, to read beside its description.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use riposte::clock::ManualClock;
use serde_json::{Map, Value};

use super::{Answer, Ask, Device};
use crate::phone::{Here, PhoneError, missing};

/// Answers each line until there are no more.
pub async fn serve(asks: impl BufRead, mut answers: impl Write) -> std::io::Result<()> {
    let mut shelf = Shelf::default();
    for line in asks.lines() {
        let answer = Answer::from(shelf.answer(&line?).await);
        serde_json::to_writer(&mut answers, &answer)?;
        answers.write_all(b"\n")?;
        answers.flush()?;
    }
    Ok(())
}

/// The phones of this process, by key. Each has a clock of its own, which the teller moves.
#[derive(Default)]
struct Shelf {
    phones: BTreeMap<String, OnShelf>,
}

struct OnShelf {
    folder: String,
    clock: Arc<ManualClock>,
    phone: Here,
}

impl Shelf {
    async fn answer(&mut self, line: &str) -> Result<Value, PhoneError> {
        let wrong = |error: serde_json::Error| missing(format!("no such ask: {error}"));
        let mut fields: Map<String, Value> = serde_json::from_str(line).map_err(wrong)?;
        let key = fields.remove("phone").and_then(|key| key.as_str().map(str::to_owned));
        let key = key.ok_or_else(|| missing("an ask names its phone"))?;
        let ask: Ask = serde_json::from_value(Value::Object(fields)).map_err(wrong)?;

        // Another folder is another phone: its secrets do not go with it.
        if let Ask::Open { folder, now_ms, .. } = &ask
            && self.phones.get(&key).is_none_or(|known| known.folder != *folder)
        {
            let now = DateTime::from_timestamp_millis(*now_ms).ok_or_else(|| missing("now_ms is no instant"))?;
            let clock = Arc::new(ManualClock::new(now));
            let phone = Here::make(&clock, &key);
            self.phones.insert(key.clone(), OnShelf { folder: folder.clone(), clock, phone });
        }
        let known = self.phones.get_mut(&key).ok_or_else(|| missing(format!("{key} was not opened")))?;
        match ask {
            Ask::Advance { by_ms } => {
                known.clock.advance(Duration::from_millis(by_ms));
                Ok(Value::Null)
            }
            ask => known.phone.ask(ask).await,
        }
    }
}
