//! `disk.c`, compiled at run time, and the parameters of a process that loads it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Outcome, said};

const SOURCE: &str = include_str!("disk.c");

/// What happens at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// Killed before the call.
    Before,
    /// Killed after half of what the call writes.
    Half,
    /// Killed after the call.
    After,
    /// The power is cut before the call: nothing that was not synced is there any more.
    Cut,
    /// The same, and of what was not synced some reached the disk.
    CutSome,
    /// From here on there is no room.
    Full,
    /// From here on the disk takes nothing.
    Broken,
    /// Nothing can be written from the first call on.
    ReadOnly,
}

impl How {
    /// Whether the process dies of it.
    pub fn kills(self) -> bool {
        match self {
            Self::Before | Self::Half | Self::After | Self::Cut | Self::CutSome => true,
            Self::Full | Self::Broken | Self::ReadOnly => false,
        }
    }

    /// As `disk.c` calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Half => "half",
            Self::After => "after",
            Self::Cut => "cut",
            Self::CutSome => "cut-some",
            Self::Full => "full",
            Self::Broken => "broken",
            Self::ReadOnly => "readonly",
        }
    }

    /// The word's meaning.
    pub fn named(word: &str) -> Option<Self> {
        let all =
            [Self::Before, Self::Half, Self::After, Self::Cut, Self::CutSome, Self::Full, Self::Broken, Self::ReadOnly];
        all.into_iter().find(|how| how.word() == word)
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Where and how a process is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blow {
    /// At which point, from 1.
    pub at: u64,
    /// What happens there.
    pub how: How,
    /// Which pages and names reached the disk, for [`How::CutSome`].
    pub seed: u64,
}

/// Where a process was struck, or that it ended before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Struck {
    /// At this call on this name (`socket` for the network).
    At {
        /// `create`, `write`, `truncate`, `fsync`, `rename`, `delete`, `mkdir`, `send`.
        call: String,
        /// Below the phone's folder.
        name: String,
        /// How much it was about to write.
        bytes: u64,
    },
    /// It came to the end of the flow after so many points.
    Ended(u64),
    /// Nothing was reported: it ended before the first point.
    Never,
}

/// The compiled `disk.c`.
pub struct Shim {
    library: PathBuf,
}

impl Shim {
    /// Compiles it into a folder. None where that cannot be done: not Linux, or no C compiler.
    pub fn build(folder: &Path) -> Outcome<Option<Self>> {
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        if !cfg!(all(target_os = "linux", target_env = "gnu"))
            || Command::new(&compiler).arg("--version").output().is_err()
        {
            return Ok(None);
        }
        let (source, library) = (folder.join("disk.c"), folder.join("disk.so"));
        std::fs::write(&source, SOURCE).map_err(said)?;
        let compile = Command::new(compiler)
            .args(["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .args(["-ldl", "-lpthread"])
            .output()
            .map_err(said)?;
        if compile.status.success() {
            Ok(Some(Self { library }))
        } else {
            Err(String::from_utf8_lossy(&compile.stderr).into_owned())
        }
    }

    /// Loads it into a process that is about to be started: what is below `folder` is watched, and
    /// everything else it needs lies in `beside`, on the same disk.
    pub fn load(&self, process: &mut Command, folder: &Path, beside: &Path, blow: Blow) {
        process
            .env("LD_PRELOAD", &self.library)
            .env("RIPOSTE_DISK_FOLDER", folder)
            .env("RIPOSTE_DISK_MARK", mark(beside))
            .env("RIPOSTE_DISK_GRAVE", grave(beside))
            .env("RIPOSTE_DISK_REPORT", report(beside))
            .env("RIPOSTE_DISK_AT", blow.at.to_string())
            .env("RIPOSTE_DISK_HOW", blow.how.word())
            .env("RIPOSTE_DISK_SEED", blow.seed.to_string());
    }
}

/// The file whose making begins the counting, and whose deletion ends it.
pub fn mark(beside: &Path) -> PathBuf {
    beside.join("mark")
}

fn grave(beside: &Path) -> PathBuf {
    beside.join("grave")
}

fn report(beside: &Path) -> PathBuf {
    beside.join("report")
}

/// Makes the folder beside the phone's empty.
pub fn clear(beside: &Path) -> Outcome<()> {
    if beside.exists() {
        std::fs::remove_dir_all(beside).map_err(said)?;
    }
    std::fs::create_dir_all(grave(beside)).map_err(said)
}

/// What was reported. After a power cut SQLite's shared memory is gone too.
pub fn read_report(beside: &Path) -> Outcome<Struck> {
    let Ok(text) = std::fs::read_to_string(report(beside)) else { return Ok(Struck::Never) };
    let mut struck = Struck::Never;
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        struck = match (words.as_slice(), struck) {
            (["at", _, call, name, bytes], _) => {
                Struck::At { call: (*call).to_owned(), name: (*name).to_owned(), bytes: bytes.parse().map_err(said)? }
            }
            (["end", count], Struck::Never) => Struck::Ended(count.parse().map_err(said)?),
            // It went on with a broken disk.
            (["end", _], earlier) => earlier,
            _ => return Err(format!("disk.c says {line:?}")),
        };
    }
    Ok(struck)
}

/// Deletes SQLite's shared memory below a folder: it does not outlive a power cut.
pub fn forget_shared_memory(folder: &Path) -> Outcome<()> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry.map_err(said)?.path();
        if path.is_dir() {
            forget_shared_memory(&path)?;
        } else if path.to_string_lossy().ends_with("-shm") {
            std::fs::remove_file(path).map_err(said)?;
        }
    }
    Ok(())
}
