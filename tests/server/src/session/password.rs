use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::options::PasswordCost;

/// A password that cannot be hashed.
#[derive(Debug, thiserror::Error)]
#[error("this password cannot be used")]
pub(crate) struct BadPassword;

/// What is stored of a password.
pub(crate) fn hash_password(password: &str, cost: PasswordCost) -> Result<String, BadPassword> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|_| BadPassword)?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    Ok(argon.hash_password(password.as_bytes()).map_err(|_| BadPassword)?.to_string())
}

/// Whether a password is the one that was stored. What it costs is written in what was stored.
pub(crate) fn password_fits(password: &str, stored: &str) -> bool {
    Argon2::default().verify_password(password.as_bytes(), stored).is_ok()
}

/// Fits no password, and takes as long as one that might: the time an answer takes does not
/// show which addresses exist. The hash of random bytes that were thrown away.
pub(crate) const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$9R0pHnuP8F1mY0b6fVvJZw$q2yRk1n6m3oQkD0g8m4m1u0rQm0d3b6o0S3JcQm1l0Y";

#[cfg(test)]
mod tests {
    use argon2::password_hash::phc::PasswordHash;

    use super::*;

    #[test]
    fn the_hash_for_an_unknown_address_costs_as_much_as_a_real_one() {
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(!password_fits("", NOBODY));
    }

    #[test]
    fn only_the_same_password_fits() {
        let stored = hash_password("correct horse", PasswordCost::FOR_TESTS).unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(password_fits("correct horse", &stored));
        assert!(!password_fits("correct horsf", &stored));
        assert!(!password_fits("correct horse", "not a hash"));
    }
}
