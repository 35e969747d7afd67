//! Our protocol over HTTP.
//!
//! `core/PROTOCOL.md` is the page this follows. [`HttpBackend`] turns each call of the port
//! into one request; it repeats none, save once with a new token when the server called the
//! old one expired, because such a call was not executed.

mod answer;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
mod call;
mod cause;
mod client;
mod config_error;
mod connection;
mod live;
mod range;
mod samples;
mod tls;
mod wait;
mod wire;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::NaiveDate;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, HeaderName, RANGE};
use reqwest::{Method, Response};
use secrecy::{ExposeSecret, SecretString};

use self::answer::Failure;
use self::call::{Call, Opened};
pub use self::client::{HttpBackend, HttpConfig, host};
pub use self::config_error::ConfigError;
pub use self::connection::ProxySetting;
use super::{
    About, Backend, BackendError, ClockSample, CommandState, Download, ListPosition, MessagesRequest, Page, Ring, Rows,
    Session, SignIn, SnapshotPage, Tokens,
};
use crate::model::{ClientKey, Command, ConversationId, Cursor, MediaId};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");

impl HttpBackend {
    /// A command's answer: refusals are outcomes.
    async fn command_state(&self, call: Call) -> Result<CommandState, BackendError> {
        self.try_ask(call).await?.or_else(Failure::into_command_state)
    }

    async fn opened(&self, call: &Call) -> Result<Response, BackendError> {
        match self.open(call).await? {
            Opened::Success(response, _) => Ok(response),
            Opened::Failure(failure) => Err(failure.into_error()),
        }
    }
}

#[async_trait]
impl Backend for HttpBackend {
    async fn about(&self) -> Result<About, BackendError> {
        self.ask(Call::get("about", &[]).unsigned()).await
    }

    async fn sign_in(&self, request: SignIn) -> Result<Session, BackendError> {
        let body = wire::SignInBody::new(&request, request.password.expose_secret());
        self.ask(Call::new(Method::POST, "session", &[]).unsigned().json(&body)?).await
    }

    async fn refresh(&self, refresh_token: &SecretString) -> Result<Tokens, BackendError> {
        let body = wire::RefreshBody { refresh_token: refresh_token.expose_secret() };
        self.ask(Call::new(Method::POST, "session", &["refresh"]).unsigned().json(&body)?).await.map_err(|error| {
            // There is no other token that could mend an expired refresh token.
            if error == BackendError::TokenExpired { BackendError::SessionRevoked } else { error }
        })
    }

    async fn sign_out(&self) -> Result<(), BackendError> {
        self.opened(&Call::new(Method::DELETE, "session", &[])).await.map(drop)
    }

    async fn changes(&self, since: &Cursor, limit: u32) -> Result<Page, BackendError> {
        let call = Call::get("changes", &[]).query("since", since.0.clone()).query("limit", limit.to_string());
        self.ask(call).await
    }

    async fn snapshot(&self, page: Option<&str>) -> Result<SnapshotPage, BackendError> {
        self.ask(Call::get("snapshot", &[]).query("page", page.map(str::to_owned))).await
    }

    async fn messages(&self, request: MessagesRequest) -> Result<Rows, BackendError> {
        let id = request.conversation_id.to_string();
        let call = Call::get("conversations", &[&id, "messages"])
            .query("before", request.before.map(|id| id.to_string()))
            .query("after", request.after.map(|id| id.to_string()))
            .query("limit", request.limit.to_string());
        self.ask(call).await
    }

    async fn conversation(&self, id: ConversationId) -> Result<Rows, BackendError> {
        self.ask(Call::get("conversations", &[&id.to_string()])).await
    }

    async fn conversations(&self, before: Option<ListPosition>, limit: u32) -> Result<Rows, BackendError> {
        let before = before.map(|place| format!("{},{}", place.activity_at.timestamp_millis(), place.id));
        self.ask(Call::get("conversations", &[]).query("before", before).query("limit", limit.to_string())).await
    }

    async fn ledger(&self, year: i32, month: u32) -> Result<Rows, BackendError> {
        let first = NaiveDate::from_ymd_opt(year, month, 1).ok_or_else(|| BackendError::Refused {
            code: "bad_request".to_owned(),
            detail: "no such month".to_owned(),
        })?;
        let page = |after: Option<String>| {
            Call::get("ledger", &[]).query("month", first.format("%Y-%m").to_string()).query("after", after)
        };
        let mut month: Rows = self.ask(page(None)).await?;
        while month.more
            && let Some(last) = month.rows.iter().map(|held| held.row.id()).max()
        {
            let next: Rows = self.ask(page(Some(last.to_string()))).await?;
            month.more = next.more && next.rows.iter().any(|held| held.row.id() > last);
            month.rows.extend(next.rows);
        }
        Ok(month)
    }

    async fn execute(&self, key: ClientKey, epoch: &str, command: &Command) -> Result<CommandState, BackendError> {
        let body = wire::CommandBody { epoch: epoch.into(), command: std::borrow::Cow::Borrowed(command) };
        let call = Call::new(Method::POST, "commands", &[]).header(IDEMPOTENCY_KEY, &key.to_string()).json(&body)?;
        self.command_state(call).await
    }

    async fn command(&self, key: ClientKey) -> Result<CommandState, BackendError> {
        match self.try_ask(Call::get("commands", &[&key.to_string()])).await? {
            Ok(state) => Ok(state),
            Err(failure) if failure.is_not_found() => Ok(CommandState::NotFound),
            // That the question was refused says nothing of the command: a refused command is told
            // with 200.
            Err(failure) => Err(failure.into_error()),
        }
    }

    async fn cancel(&self, key: ClientKey) -> Result<CommandState, BackendError> {
        // The same: only *cancelled* means that the key can never execute.
        self.ask(Call::new(Method::POST, "commands", &[&key.to_string(), "cancel"])).await
    }

    async fn live(
        &self,
        last: Option<&Cursor>,
    ) -> Result<BoxStream<'static, Result<Ring, BackendError>>, BackendError> {
        // Unpacked: whoever packs a stream on its way also holds it back until a block is full.
        let mut call = Call::get("live", &[]).header(ACCEPT, "text/event-stream").header(ACCEPT_ENCODING, "identity");
        if let Some(last) = last {
            call = call.header(LAST_EVENT_ID, &last.0);
        }
        let response = self.opened(&call).await?;
        let events = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !events.is_some_and(|kind| kind.starts_with("text/event-stream")) {
            return Err(BackendError::NotOurs("it is not a stream of events"));
        }
        Ok(live::Rings::new(response.bytes_stream()).boxed())
    }

    async fn presence(&self, conversation: Option<ConversationId>, answering: bool) -> Result<(), BackendError> {
        let body = wire::PresenceBody { conversation_id: conversation, answering };
        self.opened(&Call::new(Method::POST, "presence", &[]).json(&body)?).await.map(drop)
    }

    async fn uploaded_bytes(&self, sha256: &str) -> Result<u64, BackendError> {
        let response = self.opened(&Call::new(Method::HEAD, "uploads", &[sha256])).await?;
        let offset = response.headers().get(UPLOAD_OFFSET).and_then(|offset| offset.to_str().ok()?.parse().ok());
        offset.ok_or(BackendError::NotOurs("it says no offset"))
    }

    async fn upload(&self, sha256: &str, offset: u64, total_bytes: u64, piece: Bytes) -> Result<(), BackendError> {
        let call = Call::new(Method::PUT, "uploads", &[sha256])
            .header(UPLOAD_OFFSET, &offset.to_string())
            .header(UPLOAD_LENGTH, &total_bytes.to_string())
            .file(piece);
        self.opened(&call).await.map(drop)
    }

    async fn download(&self, id: MediaId, offset: u64) -> Result<Download, BackendError> {
        let mut call = Call::get("media", &[&id.to_string()]).header(ACCEPT, "*/*");
        if offset > 0 {
            call = call.header(RANGE, &format!("bytes={offset}-"));
        }
        let response = match self.open(&call).await? {
            Opened::Success(response, _) => response,
            // Asking for what follows the last byte: there is nothing, and that is no error.
            Opened::Failure(failure) if offset > 0 && failure.status() == 416 => {
                return Ok(Download { total_bytes: failure.file_bytes(), pieces: stream::empty().boxed() });
            }
            Opened::Failure(failure) => return Err(failure.into_error()),
        };
        let part = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok()).and_then(range::read);
        // Whoever does not know ranges sends the whole file; the beginning is here already.
        let (mut skip, total_bytes) = match response.status().as_u16() {
            206 if part.is_some_and(|part| part.first != Some(offset)) => {
                return Err(BackendError::NotOurs("it is another part of the file"));
            }
            206 => (0, part.and_then(|part| part.total)),
            _ => (offset, response.content_length()),
        };
        let pieces = response.bytes_stream().map_err(|_| BackendError::NoAnswer);
        let pieces = pieces.map_ok(move |mut piece| {
            let here = skip.min(piece.len() as u64);
            skip -= here;
            piece.split_off(usize::try_from(here).unwrap_or(piece.len()))
        });
        Ok(Download { total_bytes, pieces: pieces.boxed() })
    }

    fn network_changed(&self) {
        self.connections.renew();
    }

    fn take_clock_samples(&self) -> Vec<ClockSample> {
        self.samples.take()
    }
}
