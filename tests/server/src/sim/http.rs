//! The simulator over HTTP, under `/sim` of the server: for stories told from outside this process,
//! in any language. `tests/server/README.md` lists the calls.
//!
//! It is there only if the simulator was asked for: every caller can be any customer.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use riposte::model::TemplateCategory;
use serde::Deserialize;
use serde_json::{Value, json};

use super::cast::{self, Brought, Cast, CastError};
use super::customer::{Manner, Saying};
use super::link::LinkState;
use super::post::Reports;
use super::simulator::{SimError, Simulator};
use super::world::AccountNews;
use crate::admin::{Admin, AdminError, Backup};
use crate::faults::{Faults, Plan};

/// What is played, under `/sim`. `admin` brings a cast into the server.
pub(crate) fn router(simulator: Simulator, admin: Admin, faults: Faults) -> Router {
    let with_the_server = Router::new()
        .route("/sim/cast", post(bring_cast))
        .route("/sim/idle", post(idle))
        .with_state((simulator.clone(), admin.clone()));
    let failing =
        Router::new().route("/sim/faults", get(faults_so_far).post(set_faults).delete(calm)).with_state(faults);
    let restoring = Router::new()
        .route("/sim/backup", post(back_up))
        .route("/sim/restore", post(restore))
        .with_state((admin, Kept::default()));
    let playing = Router::new()
        .route("/sim/clock", get(clock).post(move_clock))
        .route("/sim/customers/{customer}/says", post(says))
        .route("/sim/customers/{customer}/reads", post(reads))
        .route("/sim/customers/{customer}/plays", post(plays))
        .route("/sim/customers/{customer}/marketing", post(marketing))
        .route("/sim/customers/{customer}/phone", post(phone))
        .route("/sim/customers/{customer}/sees", get(sees))
        .route("/sim/company/says", post(company_says))
        .route("/sim/provider", post(provider))
        .route("/sim/accounts", get(accounts))
        .route("/sim/accounts/{key}", post(account_news))
        .route("/sim/templates/{name}", post(decide))
        .route("/sim/links/{phone}", get(link).post(set_link))
        .route("/sim/ledger", get(ledger))
        .with_state(simulator);
    with_the_server.merge(failing).merge(restoring).merge(playing)
}

async fn bring_cast(
    State((simulator, admin)): State<(Simulator, Admin)>,
    Json(cast): Json<Cast>,
) -> Result<Json<Brought>, CastError> {
    Ok(Json(cast::bring_in(&cast, &admin, &simulator).await?))
}

impl IntoResponse for CastError {
    fn into_response(self) -> Response {
        (StatusCode::CONFLICT, Json(json!({ "error": { "detail": self.to_string() } }))).into_response()
    }
}

async fn set_faults(State(faults): State<Faults>, Json(plan): Json<Plan>) -> Json<Value> {
    faults.set(plan);
    Json(json!({}))
}

async fn faults_so_far(State(faults): State<Faults>) -> Json<Value> {
    Json(json!({ "counts": faults.counts() }))
}

/// No more faults from now on, and what hangs goes on. Answers what went wrong until then.
async fn calm(State(faults): State<Faults>) -> Json<Value> {
    faults.calm();
    faults_so_far(State(faults)).await
}

/// The newest backup that was asked for over HTTP.
type Kept = Arc<Mutex<Option<Backup>>>;

async fn back_up(State((admin, kept)): State<(Admin, Kept)>) -> Result<Json<Value>, CastError> {
    let backup = admin.back_up().await?;
    *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(backup);
    Ok(Json(json!({})))
}

async fn restore(State((admin, kept)): State<(Admin, Kept)>) -> Result<Json<Value>, CastError> {
    let backup = kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
    admin.restore(&backup.ok_or(AdminError::NotFound("backup"))?).await?;
    Ok(Json(json!({})))
}

type Answer = Result<Json<Value>, SimError>;

fn done() -> Answer {
    Ok(Json(json!({})))
}

impl IntoResponse for SimError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::UnknownCustomer(_) | Self::UnknownAccount(_) | Self::UnknownTemplate(_) => StatusCode::NOT_FOUND,
            Self::NothingOfOurs
            | Self::NothingOfTheirs
            | Self::PhoneOff
            | Self::NotOnThisChannel
            | Self::NotBase64
            | Self::NoManualClock
            | Self::ClockGoesBack => StatusCode::CONFLICT,
            Self::NotServing | Self::Widget(_) | Self::Port(_) | Self::NoClient(_) | Self::Http(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        (status, Json(json!({ "error": { "detail": self.to_string() } }))).into_response()
    }
}

async fn clock(State(simulator): State<Simulator>) -> Json<Value> {
    Json(json!({ "now": simulator.now().timestamp_millis() }))
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ClockMove {
    AdvanceMs(u64),
    #[serde(with = "chrono::serde::ts_milliseconds")]
    To(DateTime<Utc>),
}

async fn move_clock(State(simulator): State<Simulator>, Json(asked): Json<ClockMove>) -> Answer {
    match asked {
        ClockMove::AdvanceMs(ms) => simulator.advance(std::time::Duration::from_millis(ms))?,
        ClockMove::To(at) => simulator.advance_to(at)?,
    }
    Ok(clock(State(simulator)).await)
}

#[derive(Deserialize)]
struct Said {
    on: String,
    content: Saying,
    #[serde(default)]
    quoting: bool,
    #[serde(default)]
    by_advertisement: bool,
}

async fn says(State(simulator): State<Simulator>, Path(customer): Path<String>, Json(said): Json<Said>) -> Answer {
    let manner = Manner { quoting: said.quoting, by_advertisement: said.by_advertisement };
    let id = simulator.says(&customer, &said.on, &said.content, manner).await?;
    Ok(Json(json!({ "id": id })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct On {
    on: String,
}

async fn reads(State(simulator): State<Simulator>, Path(customer): Path<String>, Json(on): Json<On>) -> Answer {
    simulator.reads(&customer, &on.on)?;
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhoneChange {
    reachable: Option<bool>,
    deliverable: Option<bool>,
    read_receipts: Option<bool>,
}

async fn phone(
    State(simulator): State<Simulator>,
    Path(customer): Path<String>,
    Json(change): Json<PhoneChange>,
) -> Answer {
    simulator.set_phone(&customer, |phone| {
        phone.reachable = change.reachable.unwrap_or(phone.reachable);
        phone.deliverable = change.deliverable.unwrap_or(phone.deliverable);
        phone.read_receipts = change.read_receipts.unwrap_or(phone.read_receipts);
    })?;
    done()
}

async fn plays(State(simulator): State<Simulator>, Path(customer): Path<String>, Json(on): Json<On>) -> Answer {
    simulator.plays(&customer, &on.on)?;
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Marketing {
    on: String,
    wanted: bool,
}

async fn marketing(
    State(simulator): State<Simulator>,
    Path(customer): Path<String>,
    Json(asked): Json<Marketing>,
) -> Answer {
    simulator.wants_marketing(&customer, &asked.on, asked.wanted)?;
    done()
}

/// Numbers and pages with all that a client needs to be pointed at them.
async fn accounts(State(simulator): State<Simulator>) -> Json<Value> {
    Json(json!({ "api": simulator.api(), "accounts": simulator.accounts() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Happens {
    happens: AccountNews,
}

async fn account_news(
    State(simulator): State<Simulator>,
    Path(key): Path<String>,
    Json(asked): Json<Happens>,
) -> Answer {
    simulator.account_news(&key, asked.happens)?;
    done()
}

async fn sees(State(simulator): State<Simulator>, Path(customer): Path<String>, Query(on): Query<On>) -> Answer {
    Ok(Json(json!({ "texts": simulator.visitor_sees(&customer, &on.on).await? })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompanySays {
    on: String,
    to: String,
    body: String,
}

async fn company_says(State(simulator): State<Simulator>, Json(said): Json<CompanySays>) -> Answer {
    simulator.company_says(&said.on, &said.to, &said.body)?;
    done()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Misbehaviour {
    refuse_next: Option<i64>,
    fail_next: Option<i64>,
    #[serde(default)]
    lose_next_answer: bool,
    #[serde(default)]
    hold_next: bool,
    /// Whether the templates that were held pass their check.
    release_held: Option<bool>,
    reports: Option<Reports>,
}

async fn provider(State(simulator): State<Simulator>, Json(asked): Json<Misbehaviour>) -> Answer {
    if let Some(code) = asked.refuse_next {
        simulator.refuse_next(code);
    }
    if let Some(code) = asked.fail_next {
        simulator.fail_next(code);
    }
    if asked.lose_next_answer {
        simulator.lose_next_answer();
    }
    if asked.hold_next {
        simulator.hold_next();
    }
    if let Some(passed) = asked.release_held {
        simulator.release_held(passed);
    }
    if let Some(reports) = asked.reports {
        simulator.reports(reports);
    }
    done()
}

/// What Meta changes about a template; the fields that are there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decided {
    /// A status: `approved`, `rejected`, `paused`, `disabled`, `flagged`...
    decision: Option<String>,
    #[serde(default)]
    reason: String,
    category: Option<TemplateCategory>,
    body: Option<String>,
    quality: Option<String>,
}

async fn decide(State(simulator): State<Simulator>, Path(name): Path<String>, Json(decided): Json<Decided>) -> Answer {
    if let Some(decision) = &decided.decision {
        let reason = Some(decided.reason.as_str()).filter(|reason| !reason.is_empty());
        simulator.decide(&name, &decision.to_uppercase(), reason)?;
    }
    if let Some(category) = decided.category {
        simulator.change_category(&name, &super::templates::upper(&category))?;
    }
    if let Some(body) = &decided.body {
        simulator.change_body(&name, body)?;
    }
    if let Some(quality) = &decided.quality {
        simulator.change_quality(&name, &quality.to_uppercase())?;
    }
    done()
}

async fn link(State(simulator): State<Simulator>, Path(phone): Path<String>) -> Answer {
    let link = simulator.link(&phone).await?;
    Ok(Json(json!({ "url": link.url(), "state": link.state() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkChange {
    state: Option<LinkState>,
    doorbell: Option<bool>,
}

async fn set_link(
    State(simulator): State<Simulator>,
    Path(phone): Path<String>,
    Json(change): Json<LinkChange>,
) -> Answer {
    let link = simulator.link(&phone).await?;
    if let Some(state) = change.state {
        link.set(state).await?;
    }
    if let Some(through) = change.doorbell {
        link.set_doorbell(through);
    }
    Ok(Json(json!({ "url": link.url(), "state": link.state() })))
}

async fn ledger(State(simulator): State<Simulator>) -> Json<Value> {
    Json(json!({ "sends": simulator.ledger(), "read": simulator.read_by_business() }))
}

async fn idle(State((simulator, admin)): State<(Simulator, Admin)>) -> Json<Value> {
    simulator.idle().await;
    Json(json!({ "head": admin.head() }))
}
