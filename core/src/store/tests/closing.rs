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

#[tokio::test]
async fn who_opens_the_files_anew_has_them_and_who_had_them_is_closed() {
    let folder = TempDir::new().unwrap();
    let (first, _) = Store::open(folder.path()).unwrap();
    first.apply_snapshot_page(snapshot(1, vec![row(1, conversation(1))]), now()).await.unwrap();
    let (second, _) = Store::open(&folder.path().join(".")).unwrap();
    assert_eq!(first.write(|_| Ok(())).await, Err(StoreError::Closed));
    assert_eq!(first.outbox(|_| Ok(())).await, Err(StoreError::Closed));
    assert!(second.read(|cache| cache.cursor()).await.unwrap().is_some(), "what the first had written is there");

    // Opened again, the first has them back.
    first.reopen().await.unwrap();
    assert!(first.read(|cache| cache.cursor()).await.unwrap().is_some());
    assert_eq!(second.read(|cache| cache.cursor()).await, Err(StoreError::Closed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn opened_by_many_at_once_nothing_that_was_told_to_be_kept_is_lost() {
    let folder = TempDir::new().unwrap();
    let opens = |number: u32| {
        let folder = folder.path().to_owned();
        tokio::spawn(async move {
            let mut kept = Vec::new();
            for turn in 0..20 {
                let name = format!("{number}.{turn}");
                let open = {
                    let folder = folder.clone();
                    move || Store::open(&folder)
                };
                let (store, _) = match tokio::task::spawn_blocking(open).await.unwrap() {
                    Ok(opened) => opened,
                    Err(StoreError::Closed) => continue,
                    Err(error) => panic!("{error:?}"),
                };
                let put = {
                    let name = name.clone();
                    move |outbox: &mut crate::store::OutboxWriter<'_>| outbox.put_setting(&name, &turn)
                };
                match store.outbox(put).await {
                    Ok(()) => kept.push(name),
                    Err(StoreError::Closed) => {}
                    Err(error) => panic!("{error:?}"),
                }
                store.close_elsewhere();
            }
            kept
        })
    };
    let everybody: Vec<_> = (0..6).map(opens).collect();
    let mut kept = Vec::new();
    for one in everybody {
        kept.extend(one.await.unwrap());
    }
    assert!(!kept.is_empty());
    let (store, _) = Store::open(folder.path()).unwrap();
    for name in kept {
        let asked = name.clone();
        let held = store.outbox(move |outbox| outbox.setting::<u32>(&asked)).await.unwrap();
        assert!(held.is_some(), "{name}");
    }
}
