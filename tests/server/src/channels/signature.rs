//! Did the provider sign this? (`X-Hub-Signature-256`: HMAC-SHA256 of the raw bytes under the
//! app's secret, in hexadecimal after `sha256=`.)

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header a signature comes in.
pub const HEADER: &str = "x-hub-signature-256";

/// Whether `header` is the signature of exactly these bytes. Takes as long for a wrong
/// signature as for a right one.
pub fn holds(secret: &str, body: &[u8], header: Option<&str>) -> bool {
    let Some(given) = header.and_then(|header| header.strip_prefix("sha256=")).and_then(from_hex) else {
        return false;
    };
    mac(secret, body).is_some_and(|mac| mac.verify_slice(&given).is_ok())
}

/// The header's value for these bytes.
pub fn sign(secret: &str, body: &[u8]) -> String {
    let bytes = mac(secret, body).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

fn mac(secret: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    // HMAC takes a key of any length: this is never none.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(body);
    Some(mac)
}

fn from_hex(words: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        words.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let pairs = digits?;
    if pairs.len() % 2 != 0 {
        return None;
    }
    Some(pairs.chunks_exact(2).filter_map(|pair| Some(pair.first()? << 4 | pair.last()?)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "an app's secret";
    const BODY: &[u8] = b"{\"object\":\"whatsapp_business_account\"}";

    #[test]
    fn the_signature_of_the_same_bytes_holds() {
        assert!(holds(SECRET, BODY, Some(&sign(SECRET, BODY))));
        assert!(holds(SECRET, b"", Some(&sign(SECRET, b""))));
    }

    #[test]
    fn a_known_vector_of_hmac_sha256_holds() {
        // RFC 4231, test case 2.
        let header = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(sign("Jefe", b"what do ya want for nothing?"), header);
    }

    #[test]
    fn one_other_byte_and_it_does_not_hold() {
        let mut other = BODY.to_vec();
        other[3] ^= 1;
        assert!(!holds(SECRET, &other, Some(&sign(SECRET, BODY))));
        assert!(!holds("another secret", BODY, Some(&sign(SECRET, BODY))));
    }

    #[test]
    fn a_missing_cut_or_garbled_signature_does_not_hold() {
        let right = sign(SECRET, BODY);
        for wrong in
            ["", "sha256=", "sha256=zz", "sha1=00", &right[..right.len() - 1], &right[..right.len() - 2], &right[7..]]
        {
            assert!(!holds(SECRET, BODY, Some(wrong)), "{wrong}");
        }
        assert!(!holds(SECRET, BODY, None));
    }
}
