//! The form in which the device's secret store keeps the tokens of a session.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::model::Tokens;

/// One secret for the whole set: a kill between two writes cannot mix two sets.
#[derive(Serialize, Deserialize)]
struct Kept {
    access: String,
    #[serde(with = "chrono::serde::ts_milliseconds")]
    access_until: DateTime<Utc>,
    refresh: String,
}

impl Tokens {
    pub(super) fn to_secret(&self) -> Option<SecretString> {
        let kept = Kept {
            access: self.access.expose_secret().to_owned(),
            access_until: self.access_until,
            refresh: self.refresh.expose_secret().to_owned(),
        };
        serde_json::to_string(&kept).ok().map(SecretString::from)
    }

    pub(super) fn from_secret(secret: &SecretString) -> Option<Self> {
        let kept: Kept = serde_json::from_str(secret.expose_secret()).ok()?;
        Some(Self { access: kept.access.into(), access_until: kept.access_until, refresh: kept.refresh.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        Tokens { access: "a.1".into(), access_until: DateTime::UNIX_EPOCH, refresh: "r.1".into() }
    }

    #[test]
    fn what_the_safe_kept_is_what_was_given() {
        let back = Tokens::from_secret(&tokens().to_secret().unwrap()).unwrap();
        assert_eq!(back.access.expose_secret(), "a.1");
        assert_eq!(back.refresh.expose_secret(), "r.1");
        assert_eq!(back.access_until, DateTime::UNIX_EPOCH);
    }

    #[test]
    fn debug_shows_no_token() {
        let shown = format!("{:?}", tokens());
        assert!(!shown.contains("a.1") && !shown.contains("r.1"), "{shown}");
    }
}
