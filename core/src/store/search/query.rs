//! What a person typed, as questions to the index.

use super::fold::is_unspaced;
use super::normal::normal_query;

/// The same question for each index. None: nothing in it can be looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query {
    /// For customers.
    pub(crate) contacts: Option<String>,
    /// For messages.
    pub(crate) messages: Option<String>,
}

/// Every word must be there, in any order; the last may be unfinished. Whatever is typed is
/// quoted: nothing of it is an operator of the index.
pub(crate) fn query(text: &str) -> Query {
    let words: Vec<String> = text.split_whitespace().map(normal_query).filter(|word| !word.is_empty()).collect();
    let all = all_of(&words);
    Query { contacts: phone(text).or_else(|| all.clone()), messages: all }
}

fn all_of(words: &[String]) -> Option<String> {
    let (last, before) = words.split_last()?;
    let mut all = String::new();
    for word in before {
        phrase(word, is_lone(word), &mut all);
        all.push(' ');
    }
    // Of a run of pairs each pair is whole; only words with spaces around them can be unfinished.
    phrase(last, is_lone(last) || !last.chars().next_back().is_some_and(is_unspaced), &mut all);
    Some(all)
}

/// A single character of a script without spaces: it begins some pair of every text that has it.
fn is_lone(word: &str) -> bool {
    word.chars().count() == 1 && word.chars().all(is_unspaced)
}

fn phrase(words: &str, unfinished: bool, question: &mut String) {
    question.push('"');
    // The normal form holds no quote; doubling it anyway keeps this true by itself.
    question.push_str(&words.replace('"', "\"\""));
    question.push('"');
    if unfinished {
        question.push('*');
    }
}

/// What looks like a phone number, as digits from the country code on. Numbers are indexed from
/// each of their digits on, so leading zeros, which only say where one calls from, can go.
fn phone(text: &str) -> Option<String> {
    let looks_so = text.chars().all(|c| c.is_ascii_digit() || " +-.()/\u{a0}".contains(c));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    (looks_so && !digits.is_empty()).then(|| format!("\"{digits}\"*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_may_be_unfinished() {
        assert_eq!(query("ma comm").messages.as_deref(), Some("\"ma\" \"comm\"*"));
        assert_eq!(query("東京都").messages.as_deref(), Some("\"東京 京都\""));
        assert_eq!(query("京").messages.as_deref(), Some("\"京\"*"));
    }

    #[test]
    fn nothing_typed_is_an_operator() {
        assert_eq!(query("a\" OR NEAR(b*").messages.as_deref(), Some("\"a\" \"or\" \"near b\"*"));
        assert_eq!(query(" \"*- "), Query::default());
    }

    #[test]
    fn a_number_is_found_however_it_is_written() {
        for typed in ["+33 6 12 34", "0033 61234", "033612 34"] {
            assert_eq!(query(typed).contacts.as_deref(), Some("\"3361234\"*"), "{typed}");
        }
        assert_eq!(query("06 12 34").contacts.as_deref(), Some("\"61234\"*"));
        assert_eq!(query("06 12 34").messages.as_deref(), Some("\"06\" \"12\" \"34\"*"));
    }
}
