//! How a line looks: time, whose screen, what it says. No more than 100 columns.

use std::io::Write;

/// The widest line.
pub(crate) const COLUMNS: usize = 100;

/// Where the words begin: after the time and whose screen it is.
const INDENT: usize = 18;

/// Where lines go, and whether they may have colours.
pub(crate) struct Paper {
    coloured: bool,
    last: (String, String),
}

/// How a line is coloured, on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// As it is.
    Plain,
    /// The title and the days.
    Bold,
    /// What happens around the screens.
    Faint,
    /// What the customer writes.
    Customer,
    /// What the agent writes.
    Agent,
    /// What it costs.
    Money,
    /// The window.
    Window,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Bold => "1",
            Self::Faint => "2",
            Self::Customer => "36",
            Self::Agent => "32",
            Self::Money => "33",
            Self::Window => "35",
        }
    }
}

impl Paper {
    pub(crate) fn new(coloured: bool) -> Self {
        Self { coloured, last: Default::default() }
    }

    /// A line from the first column on.
    pub(crate) fn text(&mut self, ink: Ink, text: &str) -> std::io::Result<()> {
        self.last = Default::default();
        self.put("", ink, text)
    }

    /// A line of a screen: the time and whose screen it is, where they are new, and what it says.
    pub(crate) fn said(&mut self, time: &str, whose: &str, ink: Ink, text: &str) -> std::io::Result<()> {
        let (last_time, last_whose) = &self.last;
        let shown_time = if last_time == time { "" } else { time };
        let shown_whose = if last_time == time && last_whose == whose { "" } else { whose };
        let mut head = format!("{shown_time:<9}{shown_whose:<width$}", width = INDENT - 9);
        self.last = (time.to_owned(), whose.to_owned());
        for line in wrap(text, COLUMNS - INDENT) {
            self.put(&head, ink, &line)?;
            head = " ".repeat(INDENT);
        }
        Ok(())
    }

    fn put(&self, head: &str, ink: Ink, text: &str) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.coloured && ink != Ink::Plain {
            writeln!(out, "\u{1b}[2m{head}\u{1b}[0m\u{1b}[{}m{text}\u{1b}[0m", ink.code())
        } else {
            writeln!(out, "{}", format!("{head}{text}").trim_end())
        }
    }
}

/// Breaks a text at its line ends, and at spaces where it is too wide.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_inclusive(' ') {
            if !line.is_empty() && line.chars().count() + word.trim_end().chars().count() > width {
                lines.push(line.trim_end().to_owned());
                line = "  ".to_owned();
            }
            line += word;
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_goes_on_below_itself() {
        assert_eq!(wrap("one two three", 8), ["one two", "  three"]);
        assert_eq!(wrap("one\ntwo", 8), ["one", "two"]);
    }
}
