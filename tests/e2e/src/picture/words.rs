use riposte::facade::{BubbleFill, ConnectionState, Dot, MessageAction, SendProgress};
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

pub(super) fn fill(fill: BubbleFill) -> &'static str {
    match fill {
        BubbleFill::Grey => "grey",
        BubbleFill::White => "white",
    }
}

pub(crate) fn progress(progress: &SendProgress) -> &'static str {
    match progress {
        SendProgress::Queued => "queued",
        SendProgress::Uploading => "uploading",
        SendProgress::Sending => "sending",
        SendProgress::Unknown => "unknown",
        SendProgress::NeedsDecision { .. } => "needs_decision",
        SendProgress::Refused { .. } => "refused",
        SendProgress::Sent => "sent",
        SendProgress::Delivered => "delivered",
        SendProgress::Read => "read",
        SendProgress::Played => "played",
        SendProgress::Failed => "failed",
    }
}

/// Why it stands there: the question that is asked, the code of a refusal.
pub(super) fn reason(progress: &SendProgress) -> Value {
    match progress {
        SendProgress::NeedsDecision { reason } => wire_word(reason),
        SendProgress::Refused { code } => json!(code),
        SendProgress::Queued
        | SendProgress::Uploading
        | SendProgress::Sending
        | SendProgress::Unknown
        | SendProgress::Sent
        | SendProgress::Delivered
        | SendProgress::Read
        | SendProgress::Played
        | SendProgress::Failed => Value::Null,
    }
}

pub(super) fn actions(actions: &[MessageAction]) -> Value {
    let word = |action: &MessageAction| match action {
        MessageAction::Retry => "retry",
        MessageAction::Cancel => "cancel",
        MessageAction::Edit => "edit",
        MessageAction::Restart => "restart",
        MessageAction::SendAnyway => "send_anyway",
        MessageAction::Discard => "discard",
    };
    json!(actions.iter().map(word).collect::<Vec<_>>())
}

pub(crate) fn connection(connection: ConnectionState) -> &'static str {
    match connection {
        ConnectionState::Paused => "paused",
        ConnectionState::Offline => "offline",
        ConnectionState::CatchingUp => "catching_up",
        ConnectionState::Live => "live",
        ConnectionState::Locked => "locked",
        ConnectionState::SignedOut => "signed_out",
    }
}
