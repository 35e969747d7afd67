//! What an installation keeps beside the databases of its accounts: its id, who is signed in, and a
//! folder for each account.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::Error;
use super::engine::blocking;
use super::record::AccountRecord;
use crate::media::MediaFiles;
use crate::store::{Store, make_folder, replace_file, sync_folder};

const ACCOUNTS_FOLDER: &str = "accounts";
const RECORD_FILE: &str = "account.json";
const DEVICE_FILE: &str = "device";
/// The folder of an account that was signed out, until it is deleted. No id has a dot.
const FORGOTTEN: &str = "forgotten";

/// The folder of an installation.
pub(super) struct Installation {
    accounts: PathBuf,
    /// Under which the server knows this phone.
    pub(super) device_id: String,
}

impl Installation {
    /// Makes what is missing, and ends what a kill cut short. Blocks.
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let accounts = folder.join(ACCOUNTS_FOLDER);
        make_folder(&accounts).map_err(storage)?;
        sweep_forgotten(&accounts);
        Ok(Self { accounts, device_id: device_id(&folder.join(DEVICE_FILE))? })
    }

    /// Who is signed in. Blocks.
    pub(super) fn records(&self) -> Vec<AccountRecord> {
        records(&self.accounts)
    }

    /// The folder of an account, made where it is missing.
    pub(super) async fn folder(&self, id: &str) -> Result<PathBuf, Error> {
        let folder = self.accounts.join(id);
        blocking(move || make_folder(&folder).map(|()| folder).map_err(storage)).await
    }

    /// From now on this account is signed in.
    pub(super) async fn keep(&self, record: AccountRecord) -> Result<(), Error> {
        let folder = self.accounts.join(&record.id);
        blocking(move || write_record(&folder, &record)).await
    }

    /// The account is signed out, and its files are gone.
    pub(super) async fn forget(&self, id: &str) -> Result<(), Error> {
        let folder = self.accounts.join(id);
        blocking(move || forget_folder(&folder).map_err(storage)).await
    }
}

/// Opens the files below a folder, making what is missing.
pub(super) async fn opened(folder: PathBuf) -> Result<(Store, MediaFiles), Error> {
    blocking(move || {
        let (store, _) = Store::open(&folder)?;
        Ok((store, MediaFiles::new(folder)))
    })
    .await
}

/// One directory per account and agent, whatever characters a server's id has.
pub(super) fn account_id(server_id: &str, account: i64, agent: i64) -> String {
    let hash = hex(server_id.as_bytes());
    let short = hash.get(..12).unwrap_or_default();
    format!("{short}-{account}-{agent}")
}

/// Deletes the folder of an account. From the first step on, which is on disk when it is done, it is no
/// account's any more, and the next start deletes what a kill left of it.
fn forget_folder(folder: &Path) -> io::Result<()> {
    let missing_is_fine = |result: io::Result<()>| match result {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    let forgotten = folder.with_extension(FORGOTTEN);
    // What is left of an earlier time.
    missing_is_fine(fs::remove_dir_all(&forgotten))?;
    missing_is_fine(fs::rename(folder, &forgotten))?;
    folder.parent().map_or(Ok(()), sync_folder)?;
    missing_is_fine(fs::remove_dir_all(&forgotten))
}

/// Leftovers only cost room: they are no reason not to open.
fn sweep_forgotten(accounts: &Path) {
    for path in fs::read_dir(accounts).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if is_forgotten(&path) {
            fs::remove_dir_all(path).ok();
        }
    }
}

fn is_forgotten(folder: &Path) -> bool {
    folder.extension().is_some_and(|extension| extension == FORGOTTEN)
}

/// A record and what it adds up to: an address in which one letter has changed is another server, and
/// tokens must not go there.
#[derive(Serialize, Deserialize)]
struct RecordFile {
    record: Box<RawValue>,
    sha256: String,
}

/// A folder whose record cannot be read is of a sign-in that was cut short, or its memory was damaged:
/// passed over. Signing in again finds what waits there.
fn records(accounts: &Path) -> Vec<AccountRecord> {
    let folders = fs::read_dir(accounts).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = folders.filter(|folder| !is_forgotten(folder)).map(|folder| folder.join(RECORD_FILE));
    files.filter_map(|file| read_record(&fs::read(file).ok()?)).collect()
}

fn read_record(content: &[u8]) -> Option<AccountRecord> {
    // An older build kept the record alone.
    let Ok(file) = serde_json::from_slice::<RecordFile>(content) else { return serde_json::from_slice(content).ok() };
    (hex(file.record.get().as_bytes()) == file.sha256).then(|| serde_json::from_str(file.record.get()).ok())?
}

fn hex(content: &[u8]) -> String {
    digest(&SHA256, content).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write_record(folder: &Path, record: &AccountRecord) -> Result<(), Error> {
    let bug = |_| Error::Bug { detail: "an account's record".to_owned() };
    let record = serde_json::value::to_raw_value(record).map_err(bug)?;
    let sha256 = hex(record.get().as_bytes());
    let json = serde_json::to_vec(&RecordFile { record, sha256 }).map_err(bug)?;
    replace_file(&folder.join(RECORD_FILE), &json).map_err(storage)
}

/// Made once, at installation. An app and its extensions may start for the first time together:
/// the first of them makes it.
fn device_id(file: &Path) -> Result<String, Error> {
    if let Some(id) = fs::read_to_string(file).ok().and_then(|id| whole_id(&id)) {
        return Ok(id);
    }
    if file.is_dir() {
        fs::remove_dir(file).map_err(storage)?;
    }
    let mut open = File::options().read(true).write(true).create(true).truncate(false).open(file).map_err(storage)?;
    open.lock().map_err(storage)?;
    let mut kept = Vec::new();
    open.read_to_end(&mut kept).map_err(storage)?;
    if let Some(id) = String::from_utf8(kept).ok().and_then(|kept| whole_id(&kept)) {
        return Ok(id);
    }
    let id = Uuid::now_v7().to_string();
    let written = open.set_len(0).and_then(|()| open.rewind()).and_then(|()| open.write_all(id.as_bytes()));
    let kept = written.and_then(|()| open.sync_all());
    kept.and_then(|()| file.parent().map_or(Ok(()), sync_folder)).map_err(storage)?;
    Ok(id)
}

/// What a kill left half written, or a damaged memory, is no id.
fn whole_id(text: &str) -> Option<String> {
    Some(Uuid::try_parse(text.trim()).ok()?.to_string())
}

fn storage(error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::Full,
        kind => Error::Storage { detail: kind.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_installation_keeps_its_id_and_accounts_of_two_servers_are_two() {
        let folder = tempfile::tempdir().unwrap();
        let id = || Installation::open(folder.path()).unwrap().device_id;
        let first = id();
        assert_eq!(first, id());
        // What a kill left of it.
        fs::write(folder.path().join(DEVICE_FILE), &first[..20]).unwrap();
        assert_eq!(id().len(), first.len());
        assert_ne!(account_id("srv-1", 1, 3), account_id("../srv", 1, 3));
        assert!(account_id("../srv", 1, 3).chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    }

    #[test]
    fn a_sign_out_that_was_cut_short_is_ended_by_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let account = folder.path().join(ACCOUNTS_FOLDER).join("a-1-3");
        make_folder(&account).unwrap();
        fs::write(account.join("cache.db"), b"names and texts").unwrap();
        fs::rename(&account, account.with_extension(FORGOTTEN)).unwrap();
        Installation::open(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path().join(ACCOUNTS_FOLDER)).unwrap().count(), 0);
        // Signed in again and out again, also where something could not be deleted the first time.
        for _ in 0..2 {
            make_folder(&account).unwrap();
            fs::write(account.join("cache.db"), b"names and texts").unwrap();
            make_folder(&account.with_extension(FORGOTTEN).join("left")).unwrap();
            forget_folder(&account).unwrap();
            forget_folder(&account).unwrap();
            assert_eq!(fs::read_dir(folder.path().join(ACCOUNTS_FOLDER)).unwrap().count(), 0);
        }
    }

    #[test]
    fn an_app_and_its_extensions_that_start_together_for_the_first_time_are_one_installation() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join(DEVICE_FILE);
            let all_ready = std::sync::Barrier::new(8);
            let start = || {
                all_ready.wait();
                device_id(&file).unwrap()
            };
            let ids: std::collections::HashSet<String> = std::thread::scope(|scope| {
                let starts: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
                starts.into_iter().map(|start| start.join().unwrap()).collect()
            });
            assert_eq!(ids.len(), 1);
        }
    }
}
