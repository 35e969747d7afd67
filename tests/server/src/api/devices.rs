//! Where an agent's notifications go. Nothing is sent from here yet.

use axum::extract::State;
use axum::response::IntoResponse;
use rusqlite::params;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::timed;
use super::asked::{Body, Named};
use super::signed::Signed;
use crate::app::Shared;
use crate::db::DbError;
use crate::db::text::json;
use crate::problem::Problem;

#[derive(Serialize, Deserialize)]
struct Push {
    platform: String,
    transport: Transport,
    address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    p256dh: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth: Option<String>,
    #[serde(default)]
    preferences: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Transport {
    Fcm,
    Apns,
    Webpush,
}

#[derive(Serialize)]
struct Nothing {}

/// `PUT /v1/devices/{device_id}`
pub(super) async fn put(
    State(app): State<Shared>,
    signed: Signed,
    named: Named,
    body: Body,
) -> Result<impl IntoResponse, Problem> {
    const SQL: &str = "INSERT INTO device (agent_id, device_id, push) VALUES (?1, ?2, ?3)
         ON CONFLICT (agent_id, device_id) DO UPDATE SET push = excluded.push";
    let push: Push = body.read()?;
    let (me, push) = (signed.agent(), json(&push)?);
    app.db.write(move |tx| Ok::<_, DbError>(tx.execute(SQL, params![me.0, named.0, push]).map(drop)?)).await?;
    Ok(timed(&app, Nothing {}))
}

/// `DELETE /v1/devices/{device_id}`
pub(super) async fn delete(
    State(app): State<Shared>,
    signed: Signed,
    named: Named,
) -> Result<impl IntoResponse, Problem> {
    const SQL: &str = "DELETE FROM device WHERE agent_id = ?1 AND device_id = ?2";
    let me = signed.agent();
    app.db.write(move |tx| Ok::<_, DbError>(tx.execute(SQL, params![me.0, named.0]).map(drop)?)).await?;
    Ok(timed(&app, Nothing {}))
}
