//! Screens as text, compared with the recorded ones. `RIPOSTE_UPDATE=1` records them again.

use std::path::PathBuf;
use std::time::Duration;

use super::pty::Pty;

/// When nothing has changed for so long a screen is taken to be finished; only for keeping it.
const QUIET: Duration = Duration::from_millis(900);

/// Where screens of one walk are kept.
pub(crate) struct Screens {
    folder: PathBuf,
    keep: bool,
}

impl Screens {
    pub(crate) fn of(walk: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/screens").join(walk);
        let keep = std::env::var_os("RIPOSTE_UPDATE").is_some_and(|value| value == "1");
        if keep {
            std::fs::create_dir_all(&folder).unwrap();
        }
        Self { folder, keep }
    }

    /// Waits until the screen is the one that was kept under this name.
    pub(crate) fn see(&self, pty: &Pty, name: &str, marker: &str) {
        let file = self.folder.join(format!("{name}.txt"));
        if self.keep {
            pty.wait_for(marker);
            std::fs::write(&file, same_port(&pty.quiet(QUIET)) + "\n").unwrap();
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{name} was never kept"));
        let kept = kept.trim_end_matches('\n');
        assert!(kept.contains(marker), "{name} shows {marker}");
        pty.wait(&format!("{name}, which is\n{kept}\n"), |screen| same_port(screen).trim_end_matches('\n') == kept);
    }
}

/// The demo's server listens on any free port.
fn same_port(screen: &str) -> String {
    let Some((before, after)) = screen.split_once("127.0.0.1:") else { return screen.to_owned() };
    format!("{before}127.0.0.1:PORT{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
}
