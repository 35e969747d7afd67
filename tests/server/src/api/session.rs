use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::response::IntoResponse;
use riposte::model::{Agent, OffsetChange, RowKind};
use serde::{Deserialize, Serialize};

use super::answer::timed;
use super::asked::Body;
use super::signed::Signed;
use crate::app::{App, Shared};
use crate::feed::{account, row, zone};
use crate::problem::Problem;
use crate::session::{self, Device, Issued, NOBODY, password_fits};

#[derive(Deserialize)]
struct SignIn {
    email: String,
    password: String,
    device_id: String,
    device_name: String,
    platform: String,
}

/// No name of a device or address is longer, in bytes; a password neither.
const FIELD_MOST: usize = 1_000;

#[derive(Serialize)]
struct Tokens {
    access_token: String,
    access_until: i64,
    refresh_token: String,
}

impl From<Issued> for Tokens {
    fn from(issued: Issued) -> Self {
        Self {
            access_token: issued.access,
            access_until: issued.access_until.timestamp_millis(),
            refresh_token: issued.refresh,
        }
    }
}

#[derive(Serialize)]
struct AccountInfo {
    id: i64,
    name: String,
    conversations: bool,
    utc_offset_minutes: i32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    offset_changes: Vec<OffsetChange>,
}

#[derive(Serialize)]
struct Session {
    #[serde(flatten)]
    tokens: Tokens,
    agent: Agent,
    account: AccountInfo,
}

/// `POST /v1/session`
pub(super) async fn sign_in(
    State(app): State<Shared>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Body,
) -> Result<impl IntoResponse, Problem> {
    let asked: SignIn = body.read()?;
    let fields = [&asked.email, &asked.password, &asked.device_id, &asked.device_name, &asked.platform];
    if fields.iter().any(|field| field.len() > FIELD_MOST) || asked.device_id.is_empty() {
        return Err(Problem::bad_request(format!("a field is empty or longer than {FIELD_MOST} bytes")));
    }
    let email = asked.email.trim().to_lowercase();
    let address = format!("from {}", from.ip());
    let began = app.clock.boot();
    count(&app, &email, &address, began)?;

    let known = {
        let email = email.clone();
        app.read(move |tx| session::login_of(tx, &email)).await?
    };
    let (agent, stored) = known.map_or((None, NOBODY.to_owned()), |(agent, stored)| (Some(agent), stored));
    let password = asked.password;
    let fits = tokio::task::spawn_blocking(move || password_fits(&password, &stored)).await.unwrap_or(false);
    let Some(agent) = agent.filter(|_| fits) else {
        return Err(Problem::new(401, "bad_credentials", "the address or the password is wrong"));
    };
    app.attempts.forgive(&email);
    app.attempts.take_back(&address, began);

    let device = Device { id: asked.device_id, name: asked.device_name, platform: asked.platform };
    let now = app.now();
    let (tokens, agent, account, zone) = app
        .db
        .write(move |tx| {
            let issued = session::begin(tx, agent, &device, now)?;
            let agent: Agent = row(tx, RowKind::Agent, agent.0)?.ok_or_else(Problem::internal)?;
            let account = account(tx)?.ok_or_else(Problem::internal)?;
            Ok::<_, Problem>((Tokens::from(issued), agent, account, zone(tx)?))
        })
        .await?;
    let account = AccountInfo {
        id: 1,
        name: account.name,
        conversations: account.conversations,
        utc_offset_minutes: account.utc_offset_minutes,
        offset_changes: zone.changes,
    };
    Ok(timed(&app, Session { tokens, agent, account }))
}

fn count(app: &App, email: &str, address: &str, now: Duration) -> Result<(), Problem> {
    let names = [(email, app.limits.sign_ins_per_account), (address, app.limits.sign_ins_per_address)];
    app.attempts.begin(&names, now).map_err(|wait| Problem::busy(429, "too many attempts to sign in", wait))
}

#[derive(Deserialize)]
struct Refresh {
    refresh_token: String,
}

/// `POST /v1/session/refresh`
pub(super) async fn refresh(State(app): State<Shared>, body: Body) -> Result<impl IntoResponse, Problem> {
    let asked: Refresh = body.read()?;
    let now = app.now();
    let issued = app.db.write(move |tx| session::refresh(tx, &asked.refresh_token, now)).await?;
    Ok(timed(&app, Tokens::from(issued)))
}

#[derive(Serialize)]
struct Nothing {}

/// `DELETE /v1/session`
pub(super) async fn sign_out(State(app): State<Shared>, Signed(who): Signed) -> Result<impl IntoResponse, Problem> {
    let now = app.now();
    app.db.write(move |tx| session::end(tx, who, now)).await?;
    // Its live streams end now.
    app.doorbell.send_modify(|_| {});
    Ok(timed(&app, Nothing {}))
}
