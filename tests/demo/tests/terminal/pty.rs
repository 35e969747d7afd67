//! The program in a terminal of its own, and what that terminal shows.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// Far more than any step takes: after that, what a test waits for will not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Keys as a terminal sends them.
pub(crate) const ENTER: &str = "\r";
pub(crate) const CLEAR: &str = "\u{15}";
pub(crate) const SAVED: &str = "\u{12}";
pub(crate) const ASSIGN: &str = "\u{1}";
pub(crate) const CLOSE: &str = "\u{f}";
pub(crate) const FILE: &str = "\u{6}";
pub(crate) const ESC: &str = "\u{1b}";
pub(crate) const TAB: &str = "\t";
pub(crate) const HOME: &str = "\u{1b}[H";
pub(crate) const UP: &str = "\u{1b}[A";
pub(crate) const DOWN: &str = "\u{1b}[B";
pub(crate) const F2: &str = "\u{1b}OQ";
pub(crate) const F3: &str = "\u{1b}OR";
pub(crate) const F4: &str = "\u{1b}OS";
pub(crate) const F5: &str = "\u{1b}[15~";
pub(crate) const F6: &str = "\u{1b}[17~";
pub(crate) const CTRL_C: &str = "\u{3}";

pub(crate) struct Pty {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    seen: Arc<Seen>,
}

struct Seen {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser,
    /// Everything that was written, as it came.
    raw: Vec<u8>,
    ended: bool,
}

impl Pty {
    /// Starts the program in a terminal of this size, with these variables and no others that
    /// would change what it shows.
    pub(crate) fn start(arguments: &[&str], variables: &[(&str, &str)], (columns, rows): (u16, u16)) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_riposte"));
        command.args(arguments);
        command.cwd(Path::new(env!("CARGO_MANIFEST_DIR")));
        for name in ["LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR", "COLORTERM"] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color");
        variables.iter().for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let reader = pair.master.try_clone_reader().unwrap();
        let state = State { parser: vt100::Parser::new(rows, columns, 0), raw: Vec::new(), ended: false };
        let seen = Arc::new(Seen { state: Mutex::new(state), changed: Condvar::new() });
        std::thread::spawn({
            let seen = seen.clone();
            move || read(reader, &seen)
        });
        let writer = pair.master.take_writer().unwrap();
        Self { master: pair.master, writer, child, seen }
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Clicks the first place where a text stands.
    pub(crate) fn click(&mut self, text: &str) {
        let screen = self.wait_for(text);
        let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains(text)).expect(text);
        let before = line.split(text).next().unwrap_or_default();
        let column = self.seen.state.lock().unwrap().column_of(row, before);
        self.press(&format!("\u{1b}[<0;{};{}M\u{1b}[<0;{};{}m", column + 1, row + 1, column + 1, row + 1));
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.seen.state.lock().unwrap().parser.screen_mut().set_size(rows, columns);
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Everything the program wrote, control sequences included.
    pub(crate) fn raw(&self) -> String {
        String::from_utf8_lossy(&self.seen.state.lock().unwrap().raw).into_owned()
    }

    /// Waits until the screen is as wanted, and gives it.
    pub(crate) fn wait(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + PATIENCE;
        let mut state = self.seen.state.lock().unwrap();
        loop {
            let text = state.text();
            if wanted(&text) {
                return text;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !state.ended, "waited for {what}, and the screen says:\n{text}");
            state = self.seen.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits until a text stands on the screen.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Waits until a text is gone from the screen.
    pub(crate) fn wait_without(&self, text: &str) -> String {
        self.wait(&format!("no {text}"), |screen| !screen.contains(text))
    }

    /// Waits until nothing has changed for a while, and gives the screen.
    pub(crate) fn quiet(&self, span: Duration) -> String {
        let mut state = self.seen.state.lock().unwrap();
        loop {
            let before = state.text();
            let until = Instant::now() + span;
            while !until.saturating_duration_since(Instant::now()).is_zero() {
                let left = until.saturating_duration_since(Instant::now());
                state = self.seen.changed.wait_timeout(state, left).unwrap().0;
            }
            if state.text() == before {
                return before;
            }
        }
    }

    /// Whether the terminal is as a shell wants it: its own screen, no mouse, no pasted brackets,
    /// a cursor.
    pub(crate) fn is_given_back(&self) -> bool {
        let state = self.seen.state.lock().unwrap();
        let screen = state.parser.screen();
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
    }

    /// The process, for a test that ends it from outside.
    pub(crate) fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits for the end.
    pub(crate) fn end(&mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        let mut state = self.seen.state.lock().unwrap();
        while !state.ended {
            state = self.seen.changed.wait(state).unwrap();
        }
        drop(state);
        status
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It has ended already, unless a test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl State {
    fn text(&self) -> String {
        let screen = self.parser.screen();
        let lines: Vec<String> = screen.rows(0, screen.size().1).map(|line| line.trim_end().to_owned()).collect();
        lines.join("\n")
    }

    /// The column that comes after a text at the beginning of a row.
    fn column_of(&self, row: usize, before: &str) -> u16 {
        let screen = self.parser.screen();
        let row = u16::try_from(row).unwrap();
        let mut seen = String::new();
        for column in 0..screen.size().1 {
            if seen.len() >= before.len() {
                return column;
            }
            match screen.cell(row, column).map(|cell| (cell.is_wide_continuation(), cell.contents())) {
                Some((true, _)) => {}
                Some((false, "")) | None => seen.push(' '),
                Some((false, text)) => seen.push_str(text),
            }
        }
        0
    }
}

fn read(mut reader: Box<dyn Read + Send>, seen: &Seen) {
    let mut bytes = [0; 8192];
    loop {
        let count = reader.read(&mut bytes).unwrap_or(0);
        // A test that failed while it looked has said so already.
        let Ok(mut state) = seen.state.lock() else { return };
        state.parser.process(&bytes[..count]);
        state.raw.extend_from_slice(&bytes[..count]);
        state.ended |= count == 0;
        seen.changed.notify_all();
        if count == 0 {
            return;
        }
    }
}
