use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;

use super::answer::{self, WireRow};
use super::asked::Asked;
use super::signed::Signed;
use crate::app::Shared;
use crate::feed::{self, SnapshotError};
use crate::problem::Problem;

#[derive(Serialize)]
struct Newest {
    conversation_id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<i64>,
}

#[derive(Serialize)]
struct Visible {
    id: i64,
    seq: i64,
    messages_seq: i64,
}

#[derive(Serialize)]
struct Page {
    epoch: String,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    rows: Vec<WireRow>,
    newest: Vec<Newest>,
    visible: Vec<Visible>,
    complete: bool,
    now: i64,
}

/// `GET /v1/snapshot` and `GET /v1/snapshot?page=NEXT`
pub(super) async fn snapshot(
    State(app): State<Shared>,
    signed: Signed,
    asked: Asked,
) -> Result<impl IntoResponse, Problem> {
    let (me, limits) = (signed.agent(), app.limits.snapshot);
    let token = asked.text("page").map(str::to_owned);
    let page = app.write(move |w| feed::snapshot(w, me, token.as_deref(), limits)).await?;
    let newest = |(conversation_id, from)| Newest { conversation_id, from };
    let visible = |(id, seq, messages_seq)| Visible { id, seq, messages_seq };
    Ok(Json(Page {
        epoch: page.at.epoch_word(),
        at: page.at.cursor().0,
        complete: page.next.is_none(),
        next: page.next,
        rows: answer::rows(page.rows),
        newest: page.newest.into_iter().map(newest).collect(),
        visible: page.visible.into_iter().map(visible).collect(),
        now: app.now().timestamp_millis(),
    }))
}

impl From<SnapshotError> for Problem {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::NoToken => Self::bad_request("page is no token of a snapshot"),
            SnapshotError::TooOld => {
                let mut problem = Self::new(410, "snapshot_needed", "the snapshot's hour is over: begin again");
                problem.error.reason = Some("too_old".to_owned());
                problem
            }
            SnapshotError::Db(error) => error.into(),
        }
    }
}
