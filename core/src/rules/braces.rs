//! Which `{{variables}}` does a text hold?
//!
//! Templates and saved replies write them the same way.

/// A piece of such a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// Words as they stand.
    Words(&'t str),
    /// `{{name}}`, without the braces and the spaces inside.
    Variable(&'t str),
}

/// A text in pieces. Braces that do not close, or hold nothing, are words.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut words_from, mut looked_until) = (0, 0);
    while let Some(open) = find(text, looked_until, "{{") {
        looked_until = open + 2;
        let Some(close) = find(text, looked_until, "}}") else { break };
        let name = text.get(open + 2..close).unwrap_or_default().trim();
        if name.is_empty() || name.contains(['{', '}']) {
            // `{{ {{1}}`: what is inside may still be one.
            looked_until = open + 1;
            continue;
        }
        if open > words_from {
            found.push(Piece::Words(text.get(words_from..open).unwrap_or_default()));
        }
        found.push(Piece::Variable(name));
        (words_from, looked_until) = (close + 2, close + 2);
    }
    if words_from < text.len() {
        found.push(Piece::Words(text.get(words_from..).unwrap_or_default()));
    }
    found
}

fn find(text: &str, from: usize, what: &str) -> Option<usize> {
    text.get(from..)?.find(what).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_that_form_no_variable_are_words() {
        assert_eq!(pieces("{{}} et {{"), [Piece::Words("{{}} et {{")]);
        assert_eq!(pieces("{{a{b}}"), [Piece::Words("{{a{b}}")]);
        assert_eq!(pieces("{{ {{1}}"), [Piece::Words("{{ "), Piece::Variable("1")]);
        assert_eq!(pieces("{{{1}}"), [Piece::Words("{"), Piece::Variable("1")]);
        assert_eq!(pieces("é{{1}}ô"), [Piece::Words("é"), Piece::Variable("1"), Piece::Words("ô")]);
    }
}
