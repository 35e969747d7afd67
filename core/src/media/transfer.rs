//! Upload and download, each going on where it was cut.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use super::{Kept, MediaError, MediaFiles};
use crate::backend::{Backend, BackendError, Download};
use crate::model::MediaId;

/// How much travels at once: what a cut connection costs to send again.
const PIECE_BYTES: usize = 512 * 1024;
/// How often an upload asks again how much the server has before it stops for now.
const ASKED_ANEW: u32 = 5;
/// The largest file that is fetched. The largest of any channel is 100 MB.
const DOWNLOAD_MOST_BYTES: u64 = 256 * 1024 * 1024;

/// Brings a kept file to the server. The server says where an earlier try ended. Where that was the end
/// of the file, a piece of no bytes makes sure: it may have every byte and not have put it away yet.
pub(crate) async fn upload(files: &MediaFiles, backend: &dyn Backend, file: &str) -> Result<(), BackendError> {
    let path = files.path(file);
    let sha256 = file.rsplit('/').next().unwrap_or(file);
    // A file that is gone cannot come back by waiting: refused, and the message says so.
    let gone = || BackendError::Refused { code: "upload_missing".to_owned(), detail: "the file is gone".to_owned() };
    let total = fs::metadata(&path).map_err(|_| gone())?.len();
    let mut asked_anew = 0;
    let mut offset = backend.uploaded_bytes(sha256).await?;
    loop {
        let piece = if offset < total {
            match read_piece(files, path.clone(), offset).await {
                Ok(piece) if !piece.is_empty() => piece,
                // It is still there, and continues when the files are opened again.
                Err(MediaError::Closed) => return Err(BackendError::NoAnswer),
                Ok(_) | Err(_) => return Err(gone()),
            }
        } else {
            Bytes::new()
        };
        let sent = piece.len() as u64;
        match backend.upload(sha256, offset, total, piece).await {
            Ok(()) if offset + sent >= total => return Ok(()),
            Ok(()) => offset += sent,
            Err(BackendError::Refused { code, .. }) if code == "upload_offset" => {
                asked_anew += 1;
                // It may still be reading what an earlier process sent: that ends, and is no refusal.
                if asked_anew > ASKED_ANEW {
                    return Err(BackendError::Busy { retry_after: None });
                }
                offset = backend.uploaded_bytes(sha256).await?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Fetches a file, unless it is here. What a cut download left is gone on with.
pub(crate) async fn download(files: &MediaFiles, backend: &dyn Backend, id: MediaId) -> Result<Kept, MediaError> {
    // The second caller finds the file here.
    let turn = files.turn(id);
    let _mine = turn.lock().await;
    if let Some(kept) = files.at_work(move |files| files.by_id(id)).await? {
        return Ok(kept);
    }
    let part = files.part_path(id)?;
    let mut length = fs::metadata(&part).map_or(0, |metadata| metadata.len());
    let Download { total_bytes, mut pieces } = backend.download(id, length).await.map_err(MediaError::Backend)?;
    let mut gathered = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        let piece = match piece {
            Ok(piece) => piece,
            Err(error) => {
                append(files, &part, gathered.split().freeze()).await?;
                return Err(MediaError::Backend(error));
            }
        };
        length = length.saturating_add(piece.len() as u64);
        if length > DOWNLOAD_MOST_BYTES {
            fs::remove_file(&part).ok();
            return Err(MediaError::TooLarge);
        }
        gathered.extend_from_slice(&piece);
        if gathered.len() >= PIECE_BYTES {
            append(files, &part, gathered.split().freeze()).await?;
        }
    }
    append(files, &part, gathered.freeze()).await?;
    match total_bytes {
        // It only stopped: what is here is gone on with.
        Some(total) if length < total => return Err(MediaError::Backend(BackendError::NoAnswer)),
        // What is here is not the beginning of that file.
        Some(total) if length > total => {
            fs::remove_file(&part).ok();
            return Err(MediaError::Backend(BackendError::NotOurs("the file is shorter than what came of it")));
        }
        Some(_) | None => {}
    }
    let kept = files.at_work(move |files| {
        let kept = files.take_in(&part)?;
        files.remember_id(id, &kept.sha256)?;
        Ok(kept)
    });
    kept.await
}

async fn append(files: &MediaFiles, path: &Path, piece: Bytes) -> Result<(), MediaError> {
    let path = path.to_owned();
    files.at_work(move |_| Ok(OpenOptions::new().create(true).append(true).open(path)?.write_all(&piece)?)).await
}

async fn read_piece(files: &MediaFiles, path: PathBuf, offset: u64) -> Result<Bytes, MediaError> {
    let read = files.at_work(move |_| {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        file.take(PIECE_BYTES as u64).read_to_end(&mut piece)?;
        Ok(Bytes::from(piece))
    });
    read.await
}
