use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;

use super::answer::{self, WireRow};
use super::asked::Asked;
use super::signed::Signed;
use crate::app::Shared;
use crate::feed::{self, PageError, PageLimits, Place};
use crate::problem::Problem;

#[derive(Serialize)]
struct Page {
    from: String,
    to: String,
    more: bool,
    items: Vec<WireRow>,
    now: i64,
}

/// `GET /v1/changes?since=CURSOR&limit=500`
pub(super) async fn changes(
    State(app): State<Shared>,
    signed: Signed,
    asked: Asked,
) -> Result<impl IntoResponse, Problem> {
    let since = match asked.text("since").filter(|since| !since.is_empty()) {
        Some(text) => Some(Place::read(text).ok_or_else(|| Problem::bad_request("since is no cursor"))?),
        None => None,
    };
    let most = app.limits.page.items;
    let behind = app.most_items.load(Ordering::Relaxed);
    let limits = PageLimits { items: asked.limit(most, most)?, behind, ..app.limits.page };
    let (me, now) = (signed.agent(), app.now());
    let page = app.read(move |tx| feed::changes(tx, me, since, limits, now)).await?;
    Ok(Json(Page {
        from: page.from.cursor().0,
        to: page.to.cursor().0,
        more: page.more,
        items: answer::changes(page.items),
        now: app.now().timestamp_millis(),
    }))
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        match error {
            PageError::SnapshotNeeded { reason, detail } => {
                let mut problem = Self::new(410, "snapshot_needed", detail);
                problem.error.reason = Some(reason.to_owned());
                problem
            }
            PageError::Db(error) => error.into(),
        }
    }
}
