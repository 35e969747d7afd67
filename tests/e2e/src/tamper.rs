//! Damage of a file, of every kind, from a seed. Nothing here knows what the files
//! mean beyond SQLite's own layout (pages, the log, the shared memory).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use riposte_server::faults::Dice;

/// A page of our databases.
const PAGE_BYTES: usize = 4096;

/// A kind of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// Its first hundred bytes are noise.
    Header,
    /// One of its pages is noise.
    NoisyPage,
    /// One of its pages is all zeros.
    EmptyPage,
    /// One of its pages has the content of another.
    WrongPage,
    /// A few bits somewhere are others.
    FlippedBits,
    /// One letter of a text in it is another letter, and nothing else.
    OtherLetter,
    /// It ends in the middle.
    Truncated,
    /// It is there and has nothing in it.
    Emptied,
    /// All of it is noise.
    Noise,
    /// It is gone.
    Missing,
    /// A folder has its name.
    Folder,
    /// A newer version of the app has written it, a database.
    Newer,
}

impl Damage {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Header,
        Self::NoisyPage,
        Self::EmptyPage,
        Self::WrongPage,
        Self::FlippedBits,
        Self::OtherLetter,
        Self::Truncated,
        Self::Emptied,
        Self::Noise,
        Self::Missing,
        Self::Folder,
        Self::Newer,
    ];

    /// Does it to a file. `letters` is a word of which one letter changes ([`Self::OtherLetter`]).
    /// False if there is nothing there that this could happen to.
    pub fn happens_to(self, file: &Path, letters: &str, dice: &mut Dice) -> io::Result<bool> {
        let Ok(mut content) = fs::read(file) else { return Ok(false) };
        if content.is_empty() {
            return Ok(false);
        }
        let pages = content.len() / PAGE_BYTES;
        match self {
            Self::Header => noise(content.iter_mut().take(100), dice),
            Self::NoisyPage | Self::EmptyPage | Self::WrongPage if pages < 3 => return Ok(false),
            Self::NoisyPage => noise(page(&mut content, below(dice, pages)).iter_mut(), dice),
            Self::EmptyPage => page(&mut content, below(dice, pages)).fill(0),
            Self::WrongPage => {
                let (from, to) = (below(dice, pages), below(dice, pages));
                if from == to {
                    return Ok(false);
                }
                let other = page(&mut content, from).to_vec();
                page(&mut content, to).copy_from_slice(&other);
            }
            Self::FlippedBits => {
                for _ in 0..=dice.below(4) {
                    let at = below(dice, content.len());
                    if let Some(byte) = content.get_mut(at) {
                        *byte ^= 1 << dice.below(8);
                    }
                }
            }
            Self::OtherLetter => {
                let at: Vec<usize> = positions(&content, letters.as_bytes());
                let Some(at) = dice.pick(&at).copied() else { return Ok(false) };
                if let Some(byte) = content.get_mut(at) {
                    *byte = if *byte == b'x' { b'y' } else { b'x' };
                }
            }
            Self::Truncated => content.truncate(below(dice, content.len())),
            Self::Emptied => content.clear(),
            Self::Noise => noise(content.iter_mut(), dice),
            // `user_version` in the header; the log may have another.
            Self::Newer => match content.get_mut(60..64) {
                Some(version) if file.extension().is_some_and(|kind| kind == "db") => version.fill(0x7f),
                _ => return Ok(false),
            },
            Self::Missing => return fs::remove_file(file).map(|()| true),
            Self::Folder => {
                fs::remove_file(file)?;
                return fs::create_dir(file).map(|()| true);
            }
        }
        fs::write(file, content)?;
        Ok(true)
    }
}

fn below(dice: &mut Dice, end: usize) -> usize {
    usize::try_from(dice.below(u64::try_from(end).unwrap_or(u64::MAX))).unwrap_or_default()
}

fn noise<'a>(bytes: impl Iterator<Item = &'a mut u8>, dice: &mut Dice) {
    bytes.for_each(|byte| *byte = u8::try_from(dice.below(256)).unwrap_or_default());
}

fn page(content: &mut [u8], number: usize) -> &mut [u8] {
    content.chunks_exact_mut(PAGE_BYTES).nth(number).unwrap_or_default()
}

/// Where a word begins.
fn positions(content: &[u8], word: &[u8]) -> Vec<usize> {
    content.windows(word.len().max(1)).enumerate().filter(|(_, bytes)| *bytes == word).map(|(at, _)| at).collect()
}

/// Copies a folder with all that is in it, as it is at this moment: what a kill leaves.
pub fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
