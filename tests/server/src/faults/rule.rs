//! What goes wrong, where and how often, as it stands in a file or on the wire.

use axum::http::Method;
use serde::{Deserialize, Serialize};

/// Everything that goes wrong, and the seed that decides when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The same seed decides the same for the n-th call.
    #[serde(default)]
    pub seed: u64,
    /// What goes wrong. Of several rules for a call the first one whose share it falls into counts.
    pub rules: Vec<Rule>,
}

/// What goes wrong with which calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which calls; all of them without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Endpoint>,
    /// How many of a hundred of them.
    pub percent: u8,
    /// What happens.
    pub fault: Fault,
}

impl Rule {
    /// Whether it speaks of a call. Leaving the feed is said only to those who read it.
    pub(super) fn is_about(&self, endpoint: Endpoint) -> bool {
        let meant = self.on.is_none_or(|on| on == endpoint);
        meant && (self.fault != Fault::Gone || endpoint == Endpoint::Changes)
    }
}

/// A call of the protocol (core/PROTOCOL.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `GET /v1/about`
    About,
    /// Signing in and out.
    Session,
    /// `POST /v1/session/refresh`
    Refresh,
    /// `GET /v1/changes`
    Changes,
    /// `GET /v1/snapshot`
    Snapshot,
    /// Conversations, messages and charges outside the feed.
    History,
    /// `POST /v1/commands`
    Execute,
    /// `GET /v1/commands/{key}`
    Find,
    /// `POST /v1/commands/{key}/cancel`
    Cancel,
    /// `GET /v1/live`
    Live,
    /// `POST /v1/presence`
    Presence,
    /// Uploads, both calls.
    Uploads,
    /// `GET /v1/media/{id}`
    Media,
    /// Where notifications go.
    Devices,
    /// Anything else.
    Other,
}

impl Endpoint {
    pub(super) fn of(method: &Method, path: &str) -> Self {
        let mut parts = path.trim_start_matches("/v1/").split('/');
        match (parts.next().unwrap_or_default(), parts.next(), parts.next()) {
            ("about", ..) => Self::About,
            ("session", Some("refresh"), _) => Self::Refresh,
            ("session", ..) => Self::Session,
            ("changes", ..) => Self::Changes,
            ("snapshot", ..) => Self::Snapshot,
            ("conversations" | "ledger", ..) => Self::History,
            ("commands", None, _) if method == Method::POST => Self::Execute,
            ("commands", Some(_), None) => Self::Find,
            ("commands", Some(_), Some("cancel")) => Self::Cancel,
            ("live", ..) => Self::Live,
            ("presence", ..) => Self::Presence,
            ("uploads", ..) => Self::Uploads,
            ("media", ..) => Self::Media,
            ("devices", ..) => Self::Devices,
            _ => Self::Other,
        }
    }
}

/// Something that happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// It is handled so much later, on the server's clock.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// The connection breaks before it is handled.
    DroppedBefore,
    /// It is handled, and the connection breaks before the answer.
    DroppedAfter,
    /// It is answered with this status. 408, 429 and 503 are never handled, and 429 and 503 say so
    /// in the protocol's words; any other is a proxy's page, and chance says whether it was handled.
    Status {
        /// The status.
        status: u16,
        /// The header that says when to come again.
        #[serde(default)]
        retry_after: RetryAfter,
    },
    /// It is handled, and the connection breaks in the middle of the answer.
    Truncated,
    /// Another server answers with its own page, as a hotel's network does.
    NotJson,
    /// A stream ends after its first event; any other call as `truncated`.
    Closed,
    /// The answer begins and nothing follows, until calm returns.
    HalfOpen,
    /// The feed says that it does not reach back: a snapshot is needed.
    Gone,
    /// It is handled, and the time that the answer tells is off, as of a server whose clock was moved.
    ClockMoved {
        /// Milliseconds; negative when it is behind.
        ms: i64,
    },
}

impl Fault {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delay { .. } => "delay",
            Self::DroppedBefore => "dropped_before",
            Self::DroppedAfter => "dropped_after",
            Self::Status { .. } => "status",
            Self::Truncated => "truncated",
            Self::NotJson => "not_json",
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Gone => "gone",
            Self::ClockMoved { .. } => "clock_moved",
        }
    }
}

/// What stands in `Retry-After`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// The header is not there.
    #[default]
    Absent,
    /// So many seconds.
    Seconds(u32),
    /// The date so many seconds from now, on the server's clock.
    Date(u32),
    /// Something that no clock can follow.
    Absurd,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_known_by_its_method_and_path() {
        let of = |method: Method, path: &str| Endpoint::of(&method, path);
        assert_eq!(of(Method::POST, "/v1/commands"), Endpoint::Execute);
        assert_eq!(of(Method::GET, "/v1/commands/0192f3a0"), Endpoint::Find);
        assert_eq!(of(Method::POST, "/v1/commands/0192f3a0/cancel"), Endpoint::Cancel);
        assert_eq!(of(Method::POST, "/v1/session"), Endpoint::Session);
        assert_eq!(of(Method::POST, "/v1/session/refresh"), Endpoint::Refresh);
        assert_eq!(of(Method::GET, "/v1/conversations/4711/messages"), Endpoint::History);
        assert_eq!(of(Method::GET, "/elsewhere"), Endpoint::Other);
    }

    #[test]
    fn a_plan_is_read_to_the_last_field() {
        let plan = r#"{ "seed": 7, "rules": [
            { "on": "execute", "percent": 20, "fault": { "is": "status", "status": 429, "retry_after": { "seconds": 5 } } },
            { "percent": 5, "fault": { "is": "delay", "ms": 3000 } } ] }"#;
        let plan: Plan = serde_json::from_str(plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&serde_json::to_string(&plan).unwrap()).unwrap(), plan);
        assert!(!plan.rules[0].is_about(Endpoint::Find) && plan.rules[1].is_about(Endpoint::Find));
        for odd in [r#"{"rules":[{"percent":5,"fault":{"is":"earthquake"}}]}"#, r#"{"rules":[],"sed":1}"#] {
            assert!(serde_json::from_str::<Plan>(odd).is_err(), "{odd}");
        }
    }
}
