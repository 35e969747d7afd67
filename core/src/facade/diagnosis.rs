//! What a support ticket needs, in one text that is safe to send.
//!
//! Lives here: how the text reads. It is in English whatever the phone's language, because it is
//! read by the people who run the inbox. It holds codes, numbers, times and the server's host:
//! never a name, a phone number, a text, a token or a path.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, Utc};

use crate::log::{Cause, Log, LogLevel, LogRecord};
use crate::model::OutboxState;
use crate::session::ServerTime;
use crate::sync::{SyncState, SyncStatus, Trouble};

/// What is known of an account when somebody asks.
pub(super) struct Findings {
    pub(super) platform: String,
    pub(super) server_host: String,
    /// By this device's clock.
    pub(super) wall: DateTime<Utc>,
    pub(super) server_time: ServerTime,
    pub(super) signed_in: bool,
    pub(super) sync: SyncStatus,
    /// What waits; none when the file cannot be read now.
    pub(super) outbox: Option<Vec<OutboxState>>,
    pub(super) failures: Vec<(LogRecord, Option<Cause>)>,
    pub(super) dropped: i64,
    pub(super) sqlite: &'static str,
    pub(super) schema_level: i64,
}

/// The text.
pub(super) fn text(found: &Findings) -> String {
    let mut lines = vec![
        format!(
            "Riposte {} on {}, SQLite {}, cache level {}",
            env!("CARGO_PKG_VERSION"),
            word(&found.platform),
            found.sqlite,
            found.schema_level
        ),
        format!("Server: {}, {}", found.server_host, if found.signed_in { "signed in" } else { "signed out" }),
        format!("Connection: {}", connection(&found.sync)),
        format!("Feed: {}", feed(&found.sync, found.server_time.at)),
        format!("Clock: {}", clock(found)),
        format!("Outbox: {}", found.outbox.as_deref().map_or_else(|| "cannot be read now".to_owned(), outbox)),
    ];
    lines.extend(failures(&found.failures, found.dropped));
    lines.join("\n")
}

/// The text where no account is open.
pub(super) fn before_sign_in(accounts: usize, log: &Log) -> String {
    let mut lines = vec![format!(
        "Riposte {} on {}, {accounts} accounts on this device",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS
    )];
    lines.extend(failures(&log.last_failures(), log.dropped()));
    lines.join("\n")
}

fn failures(failures: &[(LogRecord, Option<Cause>)], dropped: i64) -> Vec<String> {
    let mut lines = vec![format!("Last failures ({dropped} records were dropped by a slow log):")];
    if failures.is_empty() {
        lines.push("  none".to_owned());
    }
    lines.extend(failures.iter().map(failure));
    lines
}

/// Only what looks like one of our words: the rest came from outside.
fn word(text: &str) -> &str {
    let ours =
        !text.is_empty() && text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if ours { text } else { "other" }
}

fn connection(sync: &SyncStatus) -> String {
    let state = match sync.state {
        SyncState::Paused => "paused by the app",
        SyncState::Connecting => "connecting; the server has not answered yet",
        SyncState::CatchingUp { snapshot: false } => "reading what changed",
        SyncState::CatchingUp { snapshot: true } => "reading the whole inbox",
        SyncState::CaughtUp => "up to date",
        SyncState::Waiting(Trouble::NoAnswer) => "waiting to retry: no answer from the server",
        SyncState::Waiting(Trouble::NotOurs) => "waiting to retry: something else answered in the server's place",
        SyncState::Waiting(Trouble::Busy) => "waiting to retry: the server asked to wait",
        SyncState::Waiting(Trouble::Refused) => "waiting to retry: the server refused a valid request",
        SyncState::Waiting(Trouble::Full) => "waiting to retry: this device's storage is full",
        SyncState::Waiting(Trouble::Storage) => "waiting to retry: this device's storage reports a fault",
        SyncState::Locked => "waiting until the device is unlocked",
        SyncState::SignedOut => "stopped: the session has ended",
    };
    format!("{state}; live stream {}", if sync.live { "open" } else { "closed" })
}

fn feed(sync: &SyncStatus, now: DateTime<Utc>) -> String {
    match (sync.caught_up_at, &sync.cursor) {
        (Some(at), _) => format!("caught up at {}, {} s ago", time(at), (now - at).num_seconds().max(0)),
        (None, Some(_)) => "has a cursor; not caught up since the start".to_owned(),
        (None, None) => "no cursor: the inbox was never read".to_owned(),
    }
}

fn clock(found: &Findings) -> String {
    let offset_ms = (found.server_time.at - found.wall).num_milliseconds();
    let sure = if found.server_time.confirmed { "confirmed" } else { "not confirmed since the device started" };
    format!(
        "{} by this device; the server is {offset_ms} ms ahead, give or take {} ms, {sure}",
        time(found.wall),
        found.server_time.error_ms
    )
}

fn outbox(states: &[OutboxState]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for state in states {
        *counts.entry(name(state)).or_default() += 1;
    }
    let mut text = match states.len() {
        0 => return "nothing waits".to_owned(),
        1 => "1 command".to_owned(),
        commands => format!("{commands} commands"),
    };
    for (at, (name, count)) in counts.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{} {count} {name}", if at == 0 { ":" } else { "," });
    }
    text
}

fn name(state: &OutboxState) -> String {
    match state {
        OutboxState::Queued { not_before: None } => "queued".to_owned(),
        OutboxState::Queued { not_before: Some(_) } => "queued to retry".to_owned(),
        OutboxState::Uploading => "uploading".to_owned(),
        OutboxState::InFlight => "in flight".to_owned(),
        OutboxState::Unknown => "of unknown fate".to_owned(),
        OutboxState::Accepted => "accepted".to_owned(),
        OutboxState::NeedsDecision { reason, .. } => format!("to decide ({})", reason.code()),
        OutboxState::Failed { code, .. } => format!("refused ({})", word(code)),
    }
}

fn failure((record, cause): &(LogRecord, Option<Cause>)) -> String {
    let level = if record.level == LogLevel::Error { "error" } else { "warning" };
    let mut line = format!("  {} {level} {}", time(record.at), record.line);
    if let Some(cause) = cause {
        // Writing to a string cannot fail.
        let _ = write!(line, "\n    {}", cause.words());
    }
    line
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DecisionReason;

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-02T{time}Z").parse().unwrap()
    }

    fn findings() -> Findings {
        Findings {
            platform: "android".to_owned(),
            server_host: "inbox.example.com".to_owned(),
            wall: at("09:00:00"),
            server_time: ServerTime { at: at("09:00:02"), error_ms: 40, confirmed: true },
            signed_in: true,
            sync: SyncStatus {
                state: SyncState::Waiting(Trouble::NoAnswer),
                live: false,
                caught_up_at: Some(at("08:58:02")),
                cursor: None,
            },
            outbox: Some(Vec::new()),
            failures: Vec::new(),
            dropped: 0,
            sqlite: "3.54.1",
            schema_level: 7,
        }
    }

    #[test]
    fn a_diagnosis_names_the_cause_and_what_waits() {
        let queued = OutboxState::Queued { not_before: None };
        let closed = OutboxState::NeedsDecision { reason: DecisionReason::WindowClosed, since: at("08:59:00") };
        let record = LogRecord {
            at: at("08:59:30"),
            level: LogLevel::Warning,
            code: "call_failed".to_owned(),
            line: "call_failed call=changes cause=name_not_resolved host=inbox.example.com".to_owned(),
        };
        let found = Findings {
            outbox: Some(vec![queued.clone(), closed, queued]),
            failures: vec![(record, Some(Cause::NameNotResolved))],
            ..findings()
        };
        let expected = "\
Riposte 0.1.0 on android, SQLite 3.54.1, cache level 7
Server: inbox.example.com, signed in
Connection: waiting to retry: no answer from the server; live stream closed
Feed: caught up at 2026-11-02 08:58:02 UTC, 120 s ago
Clock: 2026-11-02 09:00:00 UTC by this device; the server is 2000 ms ahead, give or take 40 ms, confirmed
Outbox: 3 commands: 2 queued, 1 to decide (window_closed)
Last failures (0 records were dropped by a slow log):
  2026-11-02 08:59:30 UTC warning call_failed call=changes cause=name_not_resolved host=inbox.example.com
    The server's name has no address: the device is offline, the name is misspelled, or DNS is down.";
        assert_eq!(text(&found), expected);
    }

    #[test]
    fn words_from_outside_are_not_repeated() {
        let since = at("08:59:00");
        let refused = OutboxState::Failed { code: "Léa said: +33612345678".to_owned(), since };
        let found = Findings { outbox: Some(vec![refused]), platform: "Léa's phone".to_owned(), ..findings() };
        let text = text(&found);
        assert!(text.contains("1 refused (other)") && text.contains(" on other,"), "{text}");
    }
}
