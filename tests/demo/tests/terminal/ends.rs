//! However it ends, the terminal is given back and nothing is left on disk.

use std::process::Command;

use super::AT;
use super::pty::*;

fn start(folder: &tempfile::TempDir) -> Pty {
    let folder = folder.path().to_str().unwrap();
    let pty = Pty::start(&["--lang", "en", "--at", AT], &[("TMPDIR", folder)], (80, 24));
    pty.wait_for("sent out: 4");
    pty.wait_for("Carmen");
    pty
}

fn is_empty(folder: &tempfile::TempDir) -> bool {
    std::fs::read_dir(folder.path()).unwrap().next().is_none()
}

#[test]
fn it_ends_with_a_key_and_leaves_nothing_behind() {
    for key in ["q", CTRL_C] {
        let folder = tempfile::tempdir().unwrap();
        let mut pty = start(&folder);
        assert!(!is_empty(&folder), "the demo's data is in a temporary folder");
        pty.press(key);
        assert!(pty.end().success());
        assert!(pty.is_given_back());
        assert!(is_empty(&folder));
    }
}

#[test]
fn it_ends_on_a_signal_from_outside() {
    for signal in ["-TERM", "-HUP", "-INT"] {
        let folder = tempfile::tempdir().unwrap();
        let mut pty = start(&folder);
        assert!(Command::new("kill").args([signal, &pty.process().to_string()]).status().unwrap().success());
        assert!(pty.end().success(), "{signal}");
        assert!(pty.is_given_back(), "{signal}");
        assert!(is_empty(&folder), "{signal}");
    }
}
