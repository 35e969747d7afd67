use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;

use super::answer::timed;
use crate::app::Shared;
use crate::feed::account;
use crate::problem::Problem;

#[derive(Serialize)]
struct About {
    protocol: u32,
    server_id: String,
    name: String,
    upload_most_bytes: u64,
}

/// `GET /v1/about`
pub(super) async fn about(State(app): State<Shared>) -> Result<impl IntoResponse, Problem> {
    let account = app.read(|tx| account(tx)?.ok_or_else(Problem::internal)).await?;
    let upload_most_bytes = app.limits.upload_bytes;
    Ok(timed(&app, About { protocol: 1, server_id: account.server_id, name: account.name, upload_most_bytes }))
}
