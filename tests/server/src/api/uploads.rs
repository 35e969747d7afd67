//! Files on their way here: in pieces, from where the last one ended.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use riposte::model::AgentId;
use serde::Serialize;
use tokio::io::AsyncWriteExt;

use super::answer::timed;
use super::asked::Named;
use super::signed::Signed;
use crate::app::{App, Shared};
use crate::files::{Hash, Part};
use crate::inbox;
use crate::problem::Problem;

const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");

fn hash(named: &Named) -> Result<Hash, Problem> {
    Hash::read(&named.0).ok_or_else(|| Problem::bad_request("a file is named by 64 hexadecimal digits"))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Problem> {
    let text = headers.get(name).and_then(|header| header.to_str().ok());
    text.and_then(|text| text.parse().ok()).ok_or_else(|| Problem::bad_request(format!("the header {name} is a size")))
}

/// The size of a whole file that the agent may attach. Of any other file they learn nothing, not even that it is here.
async fn whole(app: &App, agent: AgentId, hash: &Hash) -> Result<Option<u64>, Problem> {
    let Some(size) = app.files.size(hash).await else { return Ok(None) };
    let hash = hash.clone();
    let theirs = app.read(move |tx| inbox::owns(tx, agent, &hash)).await?;
    Ok(Some(size).filter(|_| theirs))
}

/// `HEAD /v1/uploads/{sha256}`
pub(super) async fn how_far(State(app): State<Shared>, signed: Signed, named: Named) -> Result<Response, Problem> {
    let (agent, hash) = (signed.agent(), hash(&named)?);
    let offset = match whole(&app, agent, &hash).await? {
        Some(whole) => whole,
        None => app.files.part_size(agent, &hash).await,
    };
    Ok(([(OFFSET, HeaderValue::from(offset))], StatusCode::OK).into_response())
}

#[derive(Serialize)]
struct Taken {
    offset: u64,
    complete: bool,
}

/// `PUT /v1/uploads/{sha256}`
pub(super) async fn put(
    State(app): State<Shared>,
    signed: Signed,
    named: Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let hash = hash(&named)?;
    let (from, length) = (number(&headers, &OFFSET)?, number(&headers, &LENGTH)?);
    if length > app.limits.upload_bytes {
        return Err(Problem::too_large(app.limits.upload_bytes));
    }
    let agent = signed.agent();
    // The piece is written by a task of its own: what arrived stays, whole writes only, also
    // when the caller is cut off in the middle.
    let shared = app.clone();
    let work = app.tasks.spawn(async move { take(&shared, agent, &hash, from, length, body).await });
    let (offset, taken) = work.await.unwrap_or_else(|_| (0, Err(Problem::internal())));
    let mut response = match taken {
        Ok(complete) => timed(&app, Taken { offset, complete }).into_response(),
        Err(problem) => problem.into_response(),
    };
    response.headers_mut().insert(OFFSET, HeaderValue::from(offset));
    Ok(response)
}

/// Takes a piece. Gives how far the file is now, and whether it is whole.
async fn take(
    app: &App,
    agent: AgentId,
    hash: &Hash,
    from: u64,
    length: u64,
    body: Body,
) -> (u64, Result<bool, Problem>) {
    match whole(app, agent, hash).await {
        Ok(None) => {}
        Ok(Some(whole)) => return (whole, Ok(true)),
        Err(problem) => return (0, Err(problem)),
    }
    let elsewhere = || Problem::new(409, "upload_offset", "the upload goes on elsewhere");
    let Some(part) = app.files.part(agent, hash) else {
        return (app.files.part_size(agent, hash).await, Err(elsewhere()));
    };
    let here = part.size().await;
    if from != here {
        return (here, Err(elsewhere()));
    }
    if let Err(problem) = room(app, agent, length.saturating_sub(here)).await {
        return (here, Err(problem));
    }
    let written = append(&part, body, length.saturating_sub(here)).await;
    let here = part.size().await;
    match written {
        Err(problem) => (here, Err(problem)),
        Ok(()) if here < length => (here, Ok(false)),
        Ok(()) => match app.files.keep_part(&part, hash).await {
            Ok(true) => (here, keep(app, agent, hash, here).await.map(|()| true)),
            Ok(false) => (0, Err(Problem::refused("upload_mismatch", "the whole does not have that hash"))),
            Err(_) => (here, Err(Problem::internal())),
        },
    }
}

/// Whether an agent's uploads that no message carries leave room for so many bytes more.
async fn room(app: &App, agent: AgentId, more: u64) -> Result<(), Problem> {
    let most = app.limits.unused_uploads_bytes;
    let unused = app.read(move |tx| inbox::unused_bytes(tx, agent)).await?;
    let parts = app.files.parts_bytes(agent).await.map_err(|_| Problem::internal())?;
    if unused.saturating_add(parts).saturating_add(more) > most {
        return Err(Problem::new(
            413,
            "too_large",
            format!("more than {most} bytes of uploads that no message carries"),
        ));
    }
    Ok(())
}

async fn keep(app: &App, agent: AgentId, hash: &Hash, size: u64) -> Result<(), Problem> {
    let (hash, size) = (hash.clone(), i64::try_from(size).unwrap_or(i64::MAX));
    Ok(app.write(move |w| inbox::uploaded(w, agent, &hash, size)).await?)
}

async fn append(part: &Part, body: Body, most: u64) -> Result<(), Problem> {
    let failed = |_| Problem::internal();
    let mut file = part.append().await.map_err(failed)?;
    let (mut pieces, mut left) = (body.into_data_stream(), most);
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else { break };
        let size = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if size > left {
            return Err(Problem::bad_request("more bytes than Upload-Length says"));
        }
        left -= size;
        file.write_all(&piece).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    file.sync_all().await.map_err(failed)
}
