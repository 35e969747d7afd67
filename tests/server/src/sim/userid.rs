//! Business-scoped user ids, which everybody has since April 2026: a country and up to 128 letters
//! and digits (Meta, "Business-scoped user IDs").

use sha2::{Digest, Sha256};

/// Calling codes and countries that the simulator knows; the longest that fits is the right one.
const COUNTRIES: [(&str, &str); 51] = [
    ("1", "US"),
    ("7", "RU"),
    ("20", "EG"),
    ("27", "ZA"),
    ("30", "GR"),
    ("31", "NL"),
    ("32", "BE"),
    ("33", "FR"),
    ("34", "ES"),
    ("36", "HU"),
    ("39", "IT"),
    ("40", "RO"),
    ("41", "CH"),
    ("43", "AT"),
    ("44", "GB"),
    ("45", "DK"),
    ("46", "SE"),
    ("47", "NO"),
    ("48", "PL"),
    ("49", "DE"),
    ("51", "PE"),
    ("52", "MX"),
    ("54", "AR"),
    ("55", "BR"),
    ("56", "CL"),
    ("57", "CO"),
    ("60", "MY"),
    ("61", "AU"),
    ("62", "ID"),
    ("65", "SG"),
    ("81", "JP"),
    ("86", "CN"),
    ("90", "TR"),
    ("91", "IN"),
    ("92", "PK"),
    ("212", "MA"),
    ("213", "DZ"),
    ("216", "TN"),
    ("221", "SN"),
    ("225", "CI"),
    ("234", "NG"),
    ("351", "PT"),
    ("352", "LU"),
    ("353", "IE"),
    ("358", "FI"),
    ("380", "UA"),
    ("420", "CZ"),
    ("880", "BD"),
    ("966", "SA"),
    ("971", "AE"),
    ("972", "IL"),
];

/// Calling code and country of a number in digits.
pub(super) fn country_of(digits: &str) -> Option<(&'static str, &'static str)> {
    let fits = COUNTRIES.into_iter().filter(|(code, _)| digits.starts_with(code));
    fits.max_by_key(|(code, _)| code.len())
}

/// The id of a customer. It is the same whenever the same customer is added, and another one
/// after each change.
pub(super) fn user_id(key: &str, phone: Option<&str>, changes: u32) -> String {
    let country = phone.and_then(country_of).map_or("FR", |(_, country)| country);
    let digest = Sha256::digest(format!("{key} {} {changes}", phone.unwrap_or_default()));
    let number = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    format!("{country}.{number:020}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_country_is_that_of_the_number() {
        assert!(user_id("lea", Some("33612345678"), 0).starts_with("FR."));
        assert!(user_id("layla", Some("971501234567"), 0).starts_with("AE."));
    }

    #[test]
    fn the_same_customer_has_the_same_id_until_it_changes() {
        assert_eq!(user_id("lea", Some("33612345678"), 0), user_id("lea", Some("33612345678"), 0));
        assert_ne!(user_id("lea", Some("33612345678"), 0), user_id("lea", Some("33612345678"), 1));
    }
}
