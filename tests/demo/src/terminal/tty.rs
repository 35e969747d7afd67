//! The terminal itself: taken over at the start, restored at the end whatever happens.

use std::io::{Stdout, Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::style::Print;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::backend::CrosstermBackend;

/// Right-to-left text is put in order here; a terminal that would reorder it again is asked not to
/// ("explicit mode" of the terminal working group's recommendation on bidirectional text).
const ORDER_IS_OURS: &str = "\u{1b}[8l";
const ORDER_IS_YOURS: &str = "\u{1b}[8h";

static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal, taken over until this is dropped.
pub(super) struct Tty {
    pub(super) terminal: ratatui::Terminal<CrosstermBackend<Stdout>>,
}

impl Tty {
    pub(super) fn take() -> std::io::Result<Self> {
        restore_before_a_panic_is_printed();
        TAKEN.store(true, Ordering::SeqCst);
        let taken = enable_raw_mode()
            .and_then(|()| {
                execute!(stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste, Print(ORDER_IS_OURS))
            })
            .and_then(|()| ratatui::Terminal::new(CrosstermBackend::new(stdout())));
        match taken {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        give_back();
    }
}

/// Restores the terminal, once.
fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // If it is gone already, there is nothing to restore.
    let _ = execute!(
        stdout(),
        Print(ORDER_IS_YOURS),
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
    let _ = stdout().flush();
}

/// The message of a panic must be readable after the terminal is restored.
fn restore_before_a_panic_is_printed() {
    let earlier = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        give_back();
        earlier(panic);
    }));
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    use super::*;

    /// Run by the test below, in a terminal of its own.
    #[test]
    #[ignore = "needs a terminal, which the next test gives it"]
    fn something_goes_wrong_while_it_is_taken() {
        let _tty = Tty::take().unwrap();
        panic!("as is meant");
    }

    #[test]
    fn a_panic_restores_the_terminal_and_its_message_stays_readable() {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        let test = "terminal::tty::tests::something_goes_wrong_while_it_is_taken";
        command.args(["--exact", test, "--ignored", "--nocapture"]);
        // A backtrace would push the words off the screen.
        command.env("RUST_BACKTRACE", "0");
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let mut bytes = Vec::new();
        // A terminal whose program has ended gives an error after the last byte.
        let _ = reader.read_to_end(&mut bytes);
        child.wait().unwrap();

        let mut parser = vt100::Parser::new(24, 80, 0);
        parser.process(&bytes);
        let screen = parser.screen();
        assert!(String::from_utf8_lossy(&bytes).contains("\u{1b}[?1049h"), "it was taken");
        assert!(screen.contents().contains("as is meant"), "{}", screen.contents());
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    }
}
