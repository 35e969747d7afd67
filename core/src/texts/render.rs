//! A sentence of the catalogue and its arguments, put together.

use chrono::{DateTime, Utc};

use super::{Language, Locale, values};
use crate::model::{PhraseArg, PhraseValue};

/// The narrow no-break space of French typography.
pub(super) const NARROW: char = '\u{202f}';

/// A piece of a sentence.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Words as they stand.
    Literal(&'t str),
    /// `{name}`
    Value(&'t str),
    /// `{name?one|many}`
    Plural { name: &'t str, one: &'t str, many: &'t str },
}

/// Writes a sentence with its arguments into `out`.
pub(super) fn render(text: &str, args: &[PhraseArg], locale: &Locale, now: DateTime<Utc>, out: &mut String) {
    let value = |name: &str| args.iter().find(|arg| arg.name == name).map(|arg| &arg.value);
    for piece in pieces(text) {
        match piece {
            Piece::Literal(words) => match locale.language {
                Language::English => out.push_str(words),
                Language::French => out.push_str(&typeset(words)),
            },
            // A test makes sure that no argument is missing; a sentence with a gap is still better
            // than none.
            Piece::Value(name) => match value(name) {
                Some(value) => {
                    let at = out.len();
                    values::write(value, locale, now, out);
                    if locale.language == Language::French && matches!(value, PhraseValue::At(_)) {
                        contract(out, at);
                    }
                }
                None => out.push('…'),
            },
            Piece::Plural { name, one, many } => {
                let count = match value(name) {
                    Some(PhraseValue::Number(count)) => *count,
                    _ => 2,
                };
                render(if is_one(count, locale.language) { one } else { many }, args, locale, now, out);
            }
        }
    }
}

/// English: exactly one. French: less than two, so that 0 is singular.
fn is_one(count: i64, language: Language) -> bool {
    match language {
        Language::English => count.unsigned_abs() == 1,
        Language::French => count.unsigned_abs() < 2,
    }
}

/// French joins *à* and *le*: *jusqu’à* and *le 7 août* make *jusqu’au 7 août*. `at` is where the
/// second begins.
fn contract(out: &mut String, at: usize) {
    let (before, after) = out.split_at_checked(at).unwrap_or((out, ""));
    if let (Some(before), Some(day)) = (before.strip_suffix("à "), after.strip_prefix("le ")) {
        *out = format!("{before}au {day}");
    }
}

/// French spacing: narrow and unbreakable before `; : ! ?` and inside `« »`.
pub(super) fn typeset(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut rest = words.chars().peekable();
    while let Some(char) = rest.next() {
        let before_mark = matches!(rest.peek(), Some(';' | ':' | '!' | '?' | '»'));
        out.push(if char == ' ' && (before_mark || out.ends_with('«')) { NARROW } else { char });
    }
    out
}

/// The pieces of a sentence. Choices may hold values of their own.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((literal, after)) = rest.split_once('{') {
        if !literal.is_empty() {
            found.push(Piece::Literal(literal));
        }
        let (inside, tail) = until_closing(after);
        found.push(piece(inside));
        rest = tail;
    }
    if !rest.is_empty() {
        found.push(Piece::Literal(rest));
    }
    found
}

fn piece(inside: &str) -> Piece<'_> {
    let Some((name, choices)) = inside.split_once('?') else { return Piece::Value(inside) };
    let (one, many) = choices.split_once('|').unwrap_or((choices, choices));
    Piece::Plural { name, one, many }
}

/// The text before the closing brace, and the text after it.
fn until_closing(text: &str) -> (&str, &str) {
    let mut depth = 0_usize;
    for (at, char) in text.char_indices() {
        match char {
            '{' => depth += 1,
            '}' if depth == 0 => return (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
            '}' => depth -= 1,
            _ => {}
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, count: i64, language: Language) -> String {
        let args = [PhraseArg { name: "n".to_owned(), value: PhraseValue::Number(count) }];
        let mut out = String::new();
        render(text, &args, &Locale { language, utc_offset_minutes: 0 }, DateTime::UNIX_EPOCH, &mut out);
        out
    }

    #[test]
    fn in_english_only_one_is_singular() {
        let text = "{n} {n?message|messages} left";
        assert_eq!(written(text, 1, Language::English), "1 message left");
        assert_eq!(written(text, 0, Language::English), "0 messages left");
        assert_eq!(written(text, 2, Language::English), "2 messages left");
    }

    #[test]
    fn in_french_zero_is_singular_too() {
        let text = "{n} {n?produit|produits}";
        assert_eq!(written(text, 0, Language::French), "0 produit");
        assert_eq!(written(text, 1, Language::French), "1 produit");
        assert_eq!(written(text, 2, Language::French), "2 produits");
    }

    #[test]
    fn a_choice_may_hold_the_value_itself() {
        let text = "{n?Contact|{n} contacts}";
        assert_eq!(written(text, 1, Language::English), "Contact");
        assert_eq!(written(text, 3, Language::English), "3 contacts");
    }

    #[test]
    fn french_joins_until_and_the_day() {
        let written_at = |text: &str, at: &str| {
            let args = [PhraseArg { name: "at".to_owned(), value: PhraseValue::At(at.parse().unwrap()) }];
            let mut out = String::new();
            let place = Locale { language: Language::French, utc_offset_minutes: 60 };
            render(text, &args, &place, "2026-11-02T12:00:00Z".parse().unwrap(), &mut out);
            out.replace(NARROW, " ")
        };
        assert_eq!(written_at("jusqu’à {at}.", "2026-12-07T09:00:00Z"), "jusqu’au 7 décembre à 10 h 00.");
        assert_eq!(written_at("jusqu’à {at}.", "2026-11-03T09:00:00Z"), "jusqu’à demain à 10 h 00.");
        assert_eq!(written_at("depuis {at}.", "2026-10-01T09:00:00Z"), "depuis le 1er octobre à 10 h 00.");
    }

    #[test]
    fn french_marks_are_kept_on_their_line_by_narrow_spaces() {
        assert_eq!(typeset("Refusé : pourquoi ?"), "Refusé\u{202f}: pourquoi\u{202f}?");
        assert_eq!(typeset("« vu »"), "«\u{202f}vu\u{202f}»");
    }

    #[test]
    fn what_a_customer_wrote_is_not_typeset() {
        let args = [PhraseArg { name: "name".to_owned(), value: PhraseValue::Text("Léa !".to_owned()) }];
        let mut out = String::new();
        let locale = Locale { language: Language::French, utc_offset_minutes: 0 };
        render("{name} : ici", &args, &locale, DateTime::UNIX_EPOCH, &mut out);
        assert_eq!(out, "Léa !\u{202f}: ici");
    }
}
