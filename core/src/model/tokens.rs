use chrono::{DateTime, Utc};
use secrecy::SecretString;

/// The tokens of a session. Its `Debug` shows none of them.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// For calls; valid for minutes.
    pub access: SecretString,
    /// End of the access token, in the server's time.
    pub access_until: DateTime<Utc>,
    /// For new tokens; valid for weeks.
    pub refresh: SecretString,
}
