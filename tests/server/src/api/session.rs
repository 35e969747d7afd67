use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use riposte::model::{Agent, OffsetChange, RowKind};
use serde::{Deserialize, Serialize};

use super::answer::timed;
use super::asked::Body;
use super::signed::Signed;
use crate::address::counted_as;
use crate::app::{App, Shared};
use crate::feed::{account, row, zone};
use crate::problem::Problem;
use crate::session::{self, Device, Issued, Login, NOBODY, SessionError, password_fits};

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
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse, Problem> {
    let asked: SignIn = body.read()?;
    let fields = [&asked.email, &asked.password, &asked.device_id, &asked.device_name, &asked.platform];
    if fields.iter().any(|field| field.len() > FIELD_MOST) || asked.device_id.is_empty() {
        return Err(Problem::bad_request(format!("a field is empty or longer than {FIELD_MOST} bytes")));
    }
    let email = asked.email.trim().to_lowercase();
    let login = {
        let (email, device) = (email.clone(), asked.device_id.clone());
        app.read(move |tx| session::login_of(tx, &email, &device)).await?
    };
    let address = counted_as(app.proxies.client(peer, &headers));
    let counted = Counted::of(&app, login.as_ref(), &email, &asked.device_id, &address);
    let began = app.clock.boot();
    counted.begin(&app, began)?;

    let (agent, stored) =
        login.map_or((None, NOBODY.to_owned()), |Login { agent, password, .. }| (Some(agent), password));
    let fits = fits(&app, asked.password, stored).await;
    let Some(agent) = agent.filter(|_| fits) else {
        return Err(Problem::new(401, "bad_credentials", "the address or the password is wrong"));
    };
    counted.was_right(&app, began);

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

/// Compares a password, which takes memory and time: few at once, from all callers.
async fn fits(app: &App, password: String, stored: String) -> bool {
    // The semaphore is never closed: a permit comes.
    let _permit = app.hashing.acquire().await;
    tokio::task::spawn_blocking(move || password_fits(&password, &stored)).await.unwrap_or(false)
}

/// Under which names an attempt to sign in is counted, each with the most it has.
///
/// A guesser is slowed by the account and the network address together, by the address, and by the account. A device
/// from which the agent signed in before counts for itself: its id is a secret of the installation, so no stranger's
/// guesses keep an agent out who has their phone.
struct Counted {
    /// Forgiven when the password was right.
    own: (String, usize),
    /// Shared with others' attempts: only this one is taken back.
    shared: Vec<(String, usize)>,
}

impl Counted {
    fn of(app: &App, login: Option<&Login>, email: &str, device: &str, address: &str) -> Self {
        let limits = &app.limits;
        match login {
            Some(Login { agent, knows_device: true, .. }) => {
                Self { own: (format!("device {agent} {device}"), limits.sign_ins_per_account), shared: Vec::new() }
            }
            _ => Self {
                own: (format!("{email} {address}"), limits.sign_ins_per_account),
                shared: vec![
                    (address.to_owned(), limits.sign_ins_per_address),
                    (format!("account {email}"), limits.sign_ins_of_new_devices),
                ],
            },
        }
    }

    fn begin(&self, app: &App, now: Duration) -> Result<(), Problem> {
        let all = std::iter::once(&self.own).chain(&self.shared);
        let names: Vec<(&str, usize)> = all.map(|(name, most)| (name.as_str(), *most)).collect();
        app.attempts.begin(&names, now).map_err(|wait| Problem::busy(429, "too many attempts to sign in", wait))
    }

    fn was_right(&self, app: &App, began: Duration) {
        app.attempts.forgive(&self.own.0);
        self.shared.iter().for_each(|(name, _)| app.attempts.take_back(name, began));
    }
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
    let Some(issued) = issued else {
        // Its live streams end now.
        app.doorbell.send_modify(|_| {});
        return Err(SessionError::Revoked.into());
    };
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
