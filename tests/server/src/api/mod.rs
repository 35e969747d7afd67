//! The protocol's addresses. Each handler reads what was asked, lets a room of the server do it,
//! and writes the answer down; nothing is decided here.

mod about;
mod answer;
mod asked;
mod changes;
mod commands;
mod devices;
mod history;
mod live;
mod media;
mod session;
mod signed;
mod snapshot;
mod uploads;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response_with_state;
use axum::routing::{get, head, post, put};
use tower_http::compression::CompressionLayer;

use crate::app::Shared;
use crate::problem::Problem;

/// Everything under `/v1`.
pub(crate) fn router(app: Shared) -> Router {
    // Files come in pieces of any size and are counted as they come.
    let uploads = Router::new()
        .route("/v1/uploads/{sha256}", head(uploads::how_far).put(uploads::put))
        .layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/v1/about", get(about::about))
        .route("/v1/session", post(session::sign_in).delete(session::sign_out))
        .route("/v1/session/refresh", post(session::refresh))
        .route("/v1/changes", get(changes::changes))
        .route("/v1/snapshot", get(snapshot::snapshot))
        .route("/v1/conversations", get(history::conversations))
        .route("/v1/conversations/{id}", get(history::conversation))
        .route("/v1/conversations/{id}/messages", get(history::messages))
        .route("/v1/ledger", get(history::ledger))
        .route("/v1/commands", post(commands::execute))
        .route("/v1/commands/{key}", get(commands::find))
        .route("/v1/commands/{key}/cancel", post(commands::cancel))
        .route("/v1/live", get(live::live))
        .route("/v1/presence", post(live::presence))
        .route("/v1/media/{id}", get(media::media))
        .route("/v1/devices/{device_id}", put(devices::put).delete(devices::delete))
        .layer(DefaultBodyLimit::max(app.limits.body_bytes))
        .merge(uploads)
        .fallback(no_such_address)
        .method_not_allowed_fallback(no_such_method)
        .layer(map_response_with_state(app.clone(), answer::say_problem))
        .layer(CompressionLayer::new())
        .with_state(app)
}

async fn no_such_address() -> Problem {
    Problem::new(404, "not_found", "there is no such address")
}

async fn no_such_method() -> Problem {
    Problem::new(405, "bad_request", "this address takes another method")
}
