//! Sizes, scripts and colours.

use super::AT;
use super::pty::*;
use super::screens::Screens;

/// Both panes, and names and texts that are long, wide, or read from the right.
#[test]
fn list_and_conversation_side_by_side_in_every_script() {
    let screens = Screens::of("wide.en");
    let mut pty = Pty::start(&["--lang", "en", "--at", AT], &[], (140, 40));
    pty.wait_for("sent out: 4");
    pty.wait_for("Carmen");
    screens.see(&pty, "01-inbox", "Choose a conversation");
    for (name, file) in [("山田", "02-japanese"), ("Tom Becker", "03-messenger"), ("Maximilian", "04-long-name")] {
        pty.click(name);
        screens.see(&pty, file, "Channel: ");
    }
    pty.click("WA نسحلا ىليل");
    screens.see(&pty, "05-from-the-right", "┆");
    pty.press("نعم (4711)");
    screens.see(&pty, "06-typed-from-the-right", "10/4096");
    pty.click("Visiteur 12");
    screens.see(&pty, "07-no-window", "You can reply at any time.");
    pty.press(CTRL_C);
    assert!(pty.end().success());
}

#[test]
fn another_size_is_drawn_at_once_and_a_tiny_one_breaks_nothing() {
    let mut pty = Pty::start(&["--lang", "en", "--at", AT], &[], (80, 24));
    pty.wait_for("sent out: 4");
    pty.wait_for("Carmen");
    pty.press(ENTER);
    pty.wait_for("Costs");
    pty.resize(140, 40);
    pty.wait("both panes", |screen| screen.contains("Visiteur 12") && screen.contains("Costs"));
    for (columns, rows) in [(40, 12), (41, 13), (60, 12), (200, 12)] {
        pty.resize(columns, rows);
        pty.wait("the conversation", |screen| screen.contains("Costs") && screen.lines().count() == usize::from(rows));
    }
    pty.resize(20, 5);
    pty.wait_for("40 × 12");
    pty.resize(80, 24);
    pty.wait_for("Costs");
    pty.press(CTRL_C);
    assert!(pty.end().success());
}

/// The colours that were set, as `ESC [ 3 8 ; 2` and the like.
fn colours(variables: &[(&str, &str)]) -> (bool, bool) {
    let mut pty = Pty::start(&["--lang", "en", "--at", AT], variables, (80, 24));
    pty.wait_for("sent out: 4");
    pty.wait_for("Carmen");
    pty.press(CTRL_C);
    assert!(pty.end().success());
    let raw = pty.raw();
    let codes: Vec<&str> = raw.split("\u{1b}[").filter_map(|rest| rest.split_once('m').map(|(code, _)| code)).collect();
    let numbers = |code: &&str| code.bytes().all(|byte| byte.is_ascii_digit() || byte == b';');
    let set: Vec<&str> = codes.into_iter().filter(numbers).collect();
    let true_colour = set.iter().any(|code| code.starts_with("38;2;") || code.starts_with("48;2;"));
    let sixteen = set.iter().any(|code| code.starts_with("38;5;") || code.starts_with("48;5;"));
    (true_colour, sixteen)
}

#[test]
fn colours_follow_the_terminal_and_no_color() {
    assert_eq!(colours(&[("COLORTERM", "truecolor")]), (true, false));
    assert_eq!(colours(&[]), (false, true));
    assert_eq!(colours(&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")]), (false, false));
}
