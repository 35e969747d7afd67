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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_password_fits() {
        let stored = hash_password("correct horse", PasswordCost::FOR_TESTS).unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(password_fits("correct horse", &stored));
        assert!(!password_fits("correct horsf", &stored));
        assert!(!password_fits("correct horse", "not a hash"));
    }
}
