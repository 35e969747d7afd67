//! One call over HTTP: the token, the time it may take, the bytes it may bring.

use std::future::Future;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_RANGE, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use reqwest::{Method, Response, Url};
use secrecy::{ExposeSecret, SecretString};

use super::answer::{Failure, RawAnswer};
use super::client::{HttpBackend, host_of};
use super::wire::Answer;
use super::{cause, range};
use crate::backend::{BackendError, ClockSample};
use crate::log::{Cause, Fact};

/// Real time, not the clock's: how long the beginning of an answer, and each next piece of it, may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The same when the request itself carries a file.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(120);

/// The longest JSON that is read, unpacked. A full page of the feed is a tenth of it.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// A call before it goes out.
pub(super) struct Call {
    /// What the call is about, for the log: the first part of its path.
    name: &'static str,
    method: Method,
    path: Vec<String>,
    query: Vec<(&'static str, String)>,
    headers: HeaderMap,
    body: Bytes,
    signed: bool,
    patience: Duration,
}

impl Call {
    /// A call of `name`, the first part of its path, with the `rest` of it.
    pub(super) fn new(method: Method, name: &'static str, rest: &[&str]) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Self {
            name,
            method,
            path: std::iter::once(name).chain(rest.iter().copied()).map(str::to_owned).collect(),
            query: Vec::new(),
            headers,
            body: Bytes::new(),
            signed: true,
            patience: PATIENCE,
        }
    }

    pub(super) fn get(name: &'static str, rest: &[&str]) -> Self {
        Self::new(Method::GET, name, rest)
    }

    pub(super) fn query(mut self, name: &'static str, value: impl Into<Option<String>>) -> Self {
        self.query.extend(value.into().map(|value| (name, value)));
        self
    }

    /// A header, unless its value cannot stand in one: what we send are ids, keys and cursors.
    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(super) fn json(mut self, body: &impl serde::Serialize) -> Result<Self, BackendError> {
        let json = serde_json::to_vec(body).map_err(|_| unsayable())?;
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = json.into();
        Ok(self)
    }

    pub(super) fn file(mut self, piece: Bytes) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        self.body = piece;
        self.patience = UPLOAD_PATIENCE;
        self
    }

    /// Needs no session.
    pub(super) fn unsigned(mut self) -> Self {
        self.signed = false;
        self
    }

    fn changing(&self) -> bool {
        !self.method.is_safe()
    }
}

/// A request that cannot be put on the wire is refused here as the server would.
fn unsayable() -> BackendError {
    BackendError::Refused { code: "bad_request".to_owned(), detail: String::new() }
}

/// The head of an answer, and how to go on.
pub(super) enum Opened {
    /// A success; its body has not been read.
    Success(Response, Timing),
    /// Anything else, read whole.
    Failure(Failure),
}

/// Boot times between which the server wrote its clock into the answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    asked: Duration,
    heard: Duration,
}

impl Timing {
    fn sample(self, server: DateTime<Utc>) -> ClockSample {
        let round_trip = self.heard.saturating_sub(self.asked);
        ClockSample { server, boot: self.asked + round_trip / 2, round_trip }
    }
}

impl HttpBackend {
    /// Sends a call and reads its answer.
    pub(super) async fn ask<T: Answer>(&self, call: Call) -> Result<T, BackendError> {
        self.try_ask(call).await?.map_err(Failure::into_error)
    }

    /// The same, with the failure left to the caller to understand.
    pub(super) async fn try_ask<T: Answer>(&self, call: Call) -> Result<Result<T, Failure>, BackendError> {
        match self.open(&call).await? {
            Opened::Success(response, timing) => {
                let answer =
                    raw_answer(response, call.changing()).await.map_err(|broken| self.note(call.name, broken))?;
                let told = answer.read::<T>().inspect_err(|_| self.note_stranger(call.name, answer.status))?;
                self.samples.put(timing.sample(told.now));
                Ok(Ok(told.value))
            }
            Opened::Failure(failure) => Ok(Err(failure)),
        }
    }

    /// Sends a call and waits for the head of its answer. A token that the server calls expired
    /// is mended once: such a call was not executed.
    pub(super) async fn open(&self, call: &Call) -> Result<Opened, BackendError> {
        if !call.signed {
            return self.send(call, None).await;
        }
        let Some(credentials) = &self.credentials else {
            return Err(BackendError::Refused { code: "no_token".to_owned(), detail: String::new() });
        };
        let token = credentials.access_token().await?;
        let mut opened = self.send(call, Some(&token)).await?;
        if matches!(&opened, Opened::Failure(failure) if failure.is_token_expired()) {
            credentials.expired(&token).await;
            let token = credentials.access_token().await?;
            opened = self.send(call, Some(&token)).await?;
        }
        if matches!(&opened, Opened::Failure(failure) if failure.is_session_revoked()) {
            credentials.revoked().await;
        }
        Ok(opened)
    }

    async fn send(&self, call: &Call, token: Option<&SecretString>) -> Result<Opened, BackendError> {
        let mut request = self
            .connections
            .client()
            .request(call.method.clone(), self.url(&call.path, &call.query)?)
            .headers(call.headers.clone())
            .body(call.body.clone());
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, bearer(token)?);
        }
        let asked = self.clock.boot();
        let response = within(call.patience, request.send()).await.map_err(|broken| self.note(call.name, broken))?;
        let timing = Timing { asked, heard: self.clock.boot() };
        if response.status().is_success() {
            return Ok(Opened::Success(response, timing));
        }
        let answer = raw_answer(response, call.changing()).await.map_err(|broken| self.note(call.name, broken))?;
        // The answer to HEAD has no body to say why: a token is the likely reason, and asking
        // for another one is harmless.
        if call.method == Method::HEAD && answer.status == 401 {
            return Ok(Opened::Failure(Failure::token_expired()));
        }
        let failure = answer.failure();
        match &failure {
            Failure::Ours { status, .. } => {
                self.log.info(
                    "call_refused",
                    &[("call", Fact::Word(call.name)), ("status", Fact::Number((*status).into()))],
                );
            }
            Failure::Foreign { status, .. } => self.note_stranger(call.name, *status),
        }
        if let Some(now) = failure.now() {
            self.samples.put(timing.sample(now));
        }
        Ok(Opened::Failure(failure))
    }

    fn url(&self, path: &[String], query: &[(&'static str, String)]) -> Result<Url, BackendError> {
        let mut url = self.base.clone();
        url.path_segments_mut().map_err(|()| unsayable())?.pop_if_empty().push("v1").extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

fn bearer(token: &SecretString) -> Result<HeaderValue, BackendError> {
    let mut value =
        HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).map_err(|_| BackendError::TokenExpired)?;
    value.set_sensitive(true);
    Ok(value)
}

/// A call that brought no answer of the server.
struct Broken {
    cause: Cause,
    error: BackendError,
}

impl HttpBackend {
    fn note(&self, call: &'static str, broken: Broken) -> BackendError {
        let host = Fact::Host(self.host());
        self.log.warning(
            "call_failed",
            &[("call", Fact::Word(call)), ("cause", Fact::Cause(broken.cause)), ("host", host)],
        );
        broken.error
    }

    /// Something between the phone and the server answered in its place.
    fn note_stranger(&self, call: &'static str, status: u16) {
        let cause = match status {
            // A page to sign in to the network, or the way to one.
            200..400 | 511 => Cause::CaptivePortal,
            407 => Cause::Proxy,
            429 => Cause::RateLimit,
            500.. => Cause::ServerDown,
            _ => Cause::NotTheServer,
        };
        let (status, host) = (Fact::Number(status.into()), Fact::Host(self.host()));
        let facts = [("call", Fact::Word(call)), ("cause", Fact::Cause(cause)), ("status", status), ("host", host)];
        self.log.warning("call_failed", &facts);
    }

    /// The server's host and port, without path and without what a URL may carry besides.
    fn host(&self) -> String {
        host_of(&self.base)
    }
}

/// Waits for the network no longer than `span` of real time.
async fn within<T>(span: Duration, work: impl Future<Output = reqwest::Result<T>>) -> Result<T, Broken> {
    match tokio::time::timeout(span, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Broken {
            cause: cause::cause(&error),
            error: match cause::is_untrusted(&error) {
                true => BackendError::NotOurs("its certificate is not trusted"),
                // Whatever else broke on the way, the caller does the same: what became of the call is unknown.
                false => BackendError::NoAnswer,
            },
        }),
        Err(_) => Err(Broken { cause: Cause::Timeout, error: BackendError::NoAnswer }),
    }
}

async fn raw_answer(mut response: Response, changing: bool) -> Result<RawAnswer, Broken> {
    let header = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok());
    let json = header(CONTENT_TYPE).is_some_and(is_json);
    let date = header(DATE).and_then(|date| DateTime::parse_from_rfc2822(date).ok()).map(|date| date.to_utc());
    let retry_after = header(RETRY_AFTER).map(str::to_owned);
    let file_bytes = header(CONTENT_RANGE).and_then(range::read).and_then(|part| part.total);
    let status = response.status().as_u16();
    let mut body = BytesMut::new();
    // What is not ours is not worth the agent's data volume.
    while json && let Some(piece) = within(PATIENCE, response.chunk()).await? {
        if body.len() + piece.len() > MOST_BYTES {
            let error = BackendError::NotOurs("it is longer than 16 MiB");
            return Err(Broken { cause: Cause::AnswerTooLong, error });
        }
        body.extend_from_slice(&piece);
    }
    Ok(RawAnswer { status, json, retry_after, date, body: body.freeze(), changing, file_bytes })
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}
