use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{conversation, now, row, snapshot};
use crate::store::{OpenReport, Store, StoreError};

/// The files below a folder that this process has open.
fn open_files(folder: &Path) -> Vec<PathBuf> {
    let folder = folder.canonicalize().unwrap();
    let descriptors = fs::read_dir("/proc/self/fd").unwrap();
    let files = descriptors.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    files.filter(|file| file.starts_with(&folder)).collect()
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn after_closing_no_file_is_open() {
    let folder = TempDir::new().unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    store.apply_snapshot_page(snapshot(1, vec![row(1, conversation(1))]), now()).await.unwrap();
    store.read(|cache| cache.cursor()).await.unwrap();
    assert!(open_files(folder.path()).len() >= 4, "the test can see open files");
    store.close().await;
    assert_eq!(open_files(folder.path()), Vec::<PathBuf>::new());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("-wal")), "{left:?}");
}

#[tokio::test]
async fn a_closed_store_says_so_and_opens_again() {
    let folder = TempDir::new().unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    store.apply_snapshot_page(snapshot(1, vec![row(1, conversation(1))]), now()).await.unwrap();
    store.close().await;
    assert_eq!(store.read(|cache| cache.cursor()).await, Err(StoreError::Closed));
    assert_eq!(store.write(|_| Ok(())).await, Err(StoreError::Closed));
    assert_eq!(store.outbox(|_| Ok(())).await, Err(StoreError::Closed));
    assert_eq!(store.snapshot_progress().await, Err(StoreError::Closed));
    store.close().await;
    assert_eq!(store.reopen().await, Ok(OpenReport::default()));
    assert_eq!(store.reopen().await, Ok(OpenReport::default()));
    assert!(store.read(|cache| cache.cursor()).await.unwrap().is_some());
}
