//! A webhook as JSON, also when one character of it is no JSON.
//!
//! Half a surrogate pair, bytes that are no UTF-8, a raw control character in a string or a number
//! of 400 digits make a JSON parser refuse the whole document, and with it every other customer's
//! message of the same webhook. Only then the document is repaired: what cannot stand in a string
//! becomes U+FFFD, a number that no type holds becomes `null`.

use serde_json::Value;

/// Reads a document. The error is that of the document as it came.
pub fn document(body: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(body).or_else(|error| serde_json::from_str(&repaired(body)).map_err(|_| error))
}

fn repaired(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(char) = rest.chars().next() {
        rest = match char {
            '"' => string(rest, &mut out),
            '-' | '0'..='9' => number(rest, &mut out),
            other => {
                out.push(other);
                rest.get(other.len_utf8()..).unwrap_or_default()
            }
        };
    }
    out
}

/// Copies a number, or `null` for one that is none. Gives what follows it.
fn number<'a>(text: &'a str, out: &mut String) -> &'a str {
    let end = text.find(|char: char| !"+-.0123456789eE".contains(char)).unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    out.push_str(if serde_json::from_str::<Value>(number).is_ok() { number } else { "null" });
    rest
}

/// Copies a string with its quotation marks. Gives what follows it.
fn string<'a>(text: &'a str, out: &mut String) -> &'a str {
    out.push('"');
    let mut rest = text.get(1..).unwrap_or_default();
    while let Some(char) = rest.chars().next() {
        rest = rest.get(char.len_utf8()..).unwrap_or_default();
        match char {
            '"' => {
                out.push('"');
                return rest;
            }
            '\\' => rest = escape(rest, out),
            control if u32::from(control) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    rest
}

/// Copies what stands after a backslash. Gives what follows it.
fn escape<'a>(text: &'a str, out: &mut String) -> &'a str {
    const REPLACEMENT: &str = "\\ufffd";
    let Some(kind) = text.chars().next() else { return text };
    let after = text.get(kind.len_utf8()..).unwrap_or_default();
    match kind {
        '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => {
            out.push('\\');
            out.push(kind);
            after
        }
        'u' => {
            let Some(first) = unit(after) else {
                out.push_str(REPLACEMENT);
                return after;
            };
            let rest = after.get(4..).unwrap_or_default();
            let second = rest.strip_prefix("\\u").and_then(unit);
            match (first, second) {
                (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) => {
                    out.push_str(&format!("\\u{first:04x}\\u{second:04x}"));
                    rest.get(6..).unwrap_or_default()
                }
                (0xD800..=0xDFFF, _) => {
                    out.push_str(REPLACEMENT);
                    rest
                }
                _ => {
                    out.push_str(&format!("\\u{first:04x}"));
                    rest
                }
            }
        }
        _ => {
            out.push_str(REPLACEMENT);
            after
        }
    }
}

/// Four hexadecimal digits.
fn unit(text: &str) -> Option<u32> {
    let digits = text.get(..4)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn half_a_surrogate_costs_that_character() {
        let read = document(br#"["a\ud83d b", "\ude00", "\ud83d\ude00", "c"]"#).unwrap();
        assert_eq!(read, json!(["a\u{fffd} b", "\u{fffd}", "😀", "c"]));
    }

    #[test]
    fn bytes_that_are_no_utf_8_cost_that_character() {
        assert_eq!(document(b"[\"a\xffb\", \"c\"]").unwrap(), json!(["a\u{fffd}b", "c"]));
    }

    #[test]
    fn a_number_of_400_digits_costs_that_number() {
        let body = format!(r#"{{"a": {}, "b": 1e999, "c": -12.5e3}}"#, "9".repeat(400));
        assert_eq!(document(body.as_bytes()).unwrap(), json!({ "a": null, "b": null, "c": -12500.0 }));
    }

    #[test]
    fn raw_control_characters_and_unknown_escapes_cost_that_character() {
        assert_eq!(
            document(b"[\"a\x01\nb\", \"\\x\", \"\\u12\"]").unwrap(),
            json!(["a\u{1}\nb", "\u{fffd}", "\u{fffd}12"])
        );
    }

    #[test]
    fn what_is_no_document_stays_none() {
        for body in [&b""[..], b"{", b"\xff\xfe", b"[1,", b"{\"a\" 1}"] {
            assert!(document(body).is_err(), "{body:?}");
        }
    }

    proptest! {
        /// A sound document is read as it is, and no damage makes the reader panic.
        #[test]
        fn any_text_survives(text in ".*", cut in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let sound = json!([text, 1, "end"]).to_string();
            prop_assert_eq!(document(sound.as_bytes()).unwrap(), json!([text, 1, "end"]));
            prop_assert_eq!(serde_json::from_str::<Value>(&repaired(sound.as_bytes())).unwrap(), json!([text, 1, "end"]));
            let mut damaged = sound.into_bytes();
            let at = cut.index(damaged.len());
            damaged.splice(at..at, bytes);
            let _ = document(&damaged);
        }
    }
}
