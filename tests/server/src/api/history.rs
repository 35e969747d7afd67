//! Older conversations and messages, and a month's charges.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{Datelike, Months, NaiveDate};
use riposte::model::ConversationId;
use riposte::rules::zone;
use serde::Serialize;

use super::answer::{self, WireRow};
use super::asked::{Asked, Named};
use super::signed::Signed;
use crate::app::{App, Shared};
use crate::feed::{self, Listed, Place, account};
use crate::problem::Problem;

/// Rows of one answer.
const MOST: usize = 200;
const USUAL: usize = 50;

#[derive(Serialize)]
struct Rows {
    at: String,
    more: bool,
    rows: Vec<WireRow>,
    now: i64,
}

/// Reads rows and the cursor they are read at, in one state of the database.
async fn read(
    app: &App,
    find: impl FnOnce(&rusqlite::Connection) -> Result<Listed, Problem> + Send + 'static,
) -> Result<Json<Rows>, Problem> {
    let (at, listed) = app
        .read(move |tx| {
            let account = account(tx)?.ok_or_else(Problem::internal)?;
            let at = Place { epoch: account.epoch, seq: account.seq };
            Ok::<_, Problem>((at, find(tx)?))
        })
        .await?;
    let (more, rows) = (listed.more, answer::rows(listed.rows));
    Ok(Json(Rows { at: at.cursor().0, more, rows, now: app.now().timestamp_millis() }))
}

fn limit(asked: &Asked) -> Result<i64, Problem> {
    Ok(i64::try_from(asked.limit(USUAL, MOST)?).unwrap_or(i64::MAX))
}

/// `GET /v1/conversations?before=ACTIVITY_MS,ID&limit=50`
pub(super) async fn conversations(
    State(app): State<Shared>,
    signed: Signed,
    asked: Asked,
) -> Result<impl IntoResponse, Problem> {
    let (me, limit) = (signed.agent(), limit(&asked)?);
    let place = |text: &str| -> Option<(i64, i64)> {
        let (activity, id) = text.split_once(',')?;
        Some((activity.parse().ok()?, id.parse().ok()?))
    };
    let before = match asked.text("before") {
        Some(text) => Some(place(text).ok_or_else(|| Problem::bad_request("before is ACTIVITY_MS,ID"))?),
        None => None,
    };
    read(&app, move |db| Ok(feed::conversation_list(db, me, before, limit)?)).await
}

/// `GET /v1/conversations/{id}`
pub(super) async fn conversation(
    State(app): State<Shared>,
    signed: Signed,
    named: Named,
) -> Result<impl IntoResponse, Problem> {
    let (me, id) = (signed.agent(), ConversationId(named.id()?));
    read(&app, move |db| {
        let rows = feed::conversation_rows(db, me, id)?;
        if rows.is_empty() { Err(Problem::not_found()) } else { Ok(Listed { rows, more: false }) }
    })
    .await
}

/// `GET /v1/conversations/{id}/messages?before=ID` or `?after=ID`
pub(super) async fn messages(
    State(app): State<Shared>,
    signed: Signed,
    named: Named,
    asked: Asked,
) -> Result<impl IntoResponse, Problem> {
    let (me, id, limit) = (signed.agent(), ConversationId(named.id()?), limit(&asked)?);
    let (before, after) = (asked.number("before")?, asked.number("after")?);
    if before.is_some() && after.is_some() {
        return Err(Problem::bad_request("before or after, not both"));
    }
    read(&app, move |db| feed::messages(db, me, id, before, after, limit)?.ok_or_else(Problem::not_found)).await
}

/// `GET /v1/ledger?month=2026-11&after=ID`, in the account's time zone.
pub(super) async fn ledger(State(app): State<Shared>, _: Signed, asked: Asked) -> Result<impl IntoResponse, Problem> {
    let wrong = || Problem::bad_request("month is written 2026-11");
    let month = asked.text("month").ok_or_else(wrong)?;
    let shape = month.len() == 7
        && month
            .bytes()
            .enumerate()
            .all(|(place, b)| (place == 4) == (b == b'-') && (place == 4 || b.is_ascii_digit()));
    let first =
        NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d").ok().filter(|_| shape).ok_or_else(wrong)?;
    first.checked_add_months(Months::new(1)).ok_or_else(wrong)?;
    let after = asked.number("after")?.unwrap_or(0);
    read(&app, move |db| {
        let (from, to) = zone::month(&feed::zone(db)?, first.year(), first.month()).ok_or_else(Problem::internal)?;
        Ok(feed::ledger_between(db, from.timestamp_millis(), to.timestamp_millis(), after)?)
    })
    .await
}
