use riposte::facade::{Action, Connection, Dot, Fill, Progress};
use serde::Serialize;
use serde_json::{Value, json};

/// A word of the wire for something that has one.
pub fn wire_word<T: Serialize>(of: &T) -> Value {
    serde_json::to_value(of).unwrap_or(Value::Null)
}

pub(super) fn dot(dot: Dot) -> Value {
    match dot {
        Dot::None => Value::Null,
        Dot::Purple => json!("purple"),
        Dot::Red => json!("red"),
    }
}

pub(super) fn fill(fill: Fill) -> &'static str {
    match fill {
        Fill::Grey => "grey",
        Fill::White => "white",
    }
}

pub(crate) fn progress(progress: &Progress) -> &'static str {
    match progress {
        Progress::Queued => "queued",
        Progress::Uploading => "uploading",
        Progress::Sending => "sending",
        Progress::Unknown => "unknown",
        Progress::NeedsDecision { .. } => "needs_decision",
        Progress::Refused { .. } => "refused",
        Progress::Sent => "sent",
        Progress::Delivered => "delivered",
        Progress::Read => "read",
        Progress::Played => "played",
        Progress::Failed => "failed",
    }
}

/// Why it stands there: the question that is asked, the code of a refusal.
pub(super) fn reason(progress: &Progress) -> Value {
    match progress {
        Progress::NeedsDecision { reason } => wire_word(reason),
        Progress::Refused { code } => json!(code),
        Progress::Queued
        | Progress::Uploading
        | Progress::Sending
        | Progress::Unknown
        | Progress::Sent
        | Progress::Delivered
        | Progress::Read
        | Progress::Played
        | Progress::Failed => Value::Null,
    }
}

pub(super) fn actions(actions: &[Action]) -> Value {
    let word = |action: &Action| match action {
        Action::Retry => "retry",
        Action::Cancel => "cancel",
        Action::Edit => "edit",
        Action::Restart => "restart",
        Action::SendAnyway => "send_anyway",
        Action::Discard => "discard",
    };
    json!(actions.iter().map(word).collect::<Vec<_>>())
}

pub(crate) fn connection(connection: Connection) -> &'static str {
    match connection {
        Connection::Paused => "paused",
        Connection::Offline => "offline",
        Connection::CatchingUp => "catching_up",
        Connection::Live => "live",
        Connection::Locked => "locked",
        Connection::SignedOut => "signed_out",
    }
}
