//! Calling a Graph-shaped API: JSON over HTTP, and above all what a failed call means.
//!
//! The question that matters after a failure is whether the provider may have done it: a message
//! sent twice cannot be taken back. So an answer that was lost is [`SendProblem::Lost`] and is
//! never called again by itself; only what surely was not done is `Busy` or `Unreachable`.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, StatusCode};
use riposte::model::ProviderError;
use serde_json::Value;

use super::json::Node;
use super::provider::{FetchedMedia, ProviderAccount, SendProblem};

/// How long one call may take. Meta answers a send within a second or two.
const CALL_MOST: Duration = Duration::from_secs(20);
/// How long the fetching of a file may stand still.
const STALL_MOST: Duration = Duration::from_secs(20);
/// The largest file a customer can send (a document on WhatsApp).
const FILE_MOST_BYTES: usize = 100 * 1024 * 1024;

/// Codes that say *not now* rather than *no* (Meta, "Error codes"; field.md 2.8): rates of an
/// app, an account, a number and a pair, and troubles of Meta's own.
const NOT_NOW: [i64; 10] = [1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133004];

/// A caller of Graph-shaped APIs. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Graph {
    client: Client,
}

/// The HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum NoClient {
    /// TLS could not be set up.
    #[error("no TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The client itself.
    #[error("no HTTP client: {0}")]
    Http(#[from] reqwest::Error),
}

impl Graph {
    /// A caller with connections of its own.
    pub fn new() -> Result<Self, NoClient> {
        Ok(Self { client: client()?.build()? })
    }

    /// Posts JSON to `{base}/{version}/{path}`.
    pub(super) async fn post(&self, account: &ProviderAccount, path: &str, body: &Value) -> Result<Value, SendProblem> {
        let request = self.client.post(address(account, path)).json(body);
        self.answer(account, request).await
    }

    /// Gets JSON from `{base}/{version}/{path}`.
    pub(super) async fn get(
        &self,
        account: &ProviderAccount,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Value, SendProblem> {
        self.answer(account, self.client.get(address(account, path)).query(query)).await
    }

    /// Posts a file as a form (`multipart/form-data`) with the given fields before it.
    pub(super) async fn upload(
        &self,
        account: &ProviderAccount,
        path: &str,
        fields: &[(&str, &str)],
        file: &UploadedFile<'_>,
    ) -> Result<Value, SendProblem> {
        let boundary = format!("form-{}", uuid::Uuid::new_v4().simple());
        let request = self
            .client
            .post(address(account, path))
            .header(CONTENT_TYPE, format!("multipart/form-data; boundary={boundary}"))
            .body(form(&boundary, fields, file));
        self.answer(account, request).await
    }

    /// Fetches a file. The token goes along only when the address came from the API itself.
    pub(super) async fn download(&self, url: &str, token: Option<&str>) -> Result<FetchedMedia, SendProblem> {
        let request = self.client.get(url);
        let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
        let mut response = request.send().await.map_err(not_answered)?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let mime = response.headers().get(CONTENT_TYPE).and_then(|mime| mime.to_str().ok());
        let mime = mime.unwrap_or("application/octet-stream").to_owned();
        let mut bytes = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(not_answered)? {
            if bytes.len().saturating_add(chunk.len()) > FILE_MOST_BYTES {
                let detail = "the file is larger than any the provider takes".to_owned();
                return Err(SendProblem::Refused(ProviderError { code: 131052, subcode: None, detail }));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(FetchedMedia { mime, bytes: bytes.freeze() })
    }

    async fn answer(&self, account: &ProviderAccount, request: RequestBuilder) -> Result<Value, SendProblem> {
        let response = request.bearer_auth(&account.token).timeout(CALL_MOST).send().await.map_err(not_answered)?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        // It said yes; without its words there is no id to know the message by.
        response.json().await.map_err(|_| SendProblem::Lost)
    }
}

/// The server's HTTP client, to be built. Redirects are not followed: a send must not be
/// repeated to somebody else.
pub fn client() -> Result<ClientBuilder, NoClient> {
    let builder = Client::builder()
        .tls_backend_preconfigured(tls()?)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(STALL_MOST);
    Ok(builder)
}

/// TLS with ring and Mozilla's roots, whatever the machine has.
fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// A file on its way to the provider.
pub(super) struct UploadedFile<'a> {
    /// What the form calls it.
    pub(super) part: &'a str,
    pub(super) name: &'a str,
    pub(super) mime: &'a str,
    pub(super) bytes: &'a Bytes,
}

fn address(account: &ProviderAccount, path: &str) -> String {
    format!("{}/{}/{path}", account.base.trim_end_matches('/'), account.version)
}

/// No answer came. Only a connection that was never made surely carried nothing.
fn not_answered(error: reqwest::Error) -> SendProblem {
    if error.is_connect() || error.is_builder() { SendProblem::Unreachable } else { SendProblem::Lost }
}

async fn refusal(response: Response) -> SendProblem {
    let status = response.status();
    let body: Option<Value> = response.json().await.ok();
    match body.as_ref().and_then(error_of) {
        Some(error) if NOT_NOW.contains(&error.code) || status == StatusCode::TOO_MANY_REQUESTS => {
            SendProblem::Busy(error)
        }
        Some(error) => SendProblem::Refused(error),
        None => without_words(status),
    }
}

/// What a call means that says nothing to the customer yet: a lost answer is no lost message.
pub(super) fn nothing_sent(problem: SendProblem) -> SendProblem {
    match problem {
        SendProblem::Lost => SendProblem::Unreachable,
        other => other,
    }
}

/// An answer that is not the API's: a proxy on the way spoke, or a server in trouble.
fn without_words(status: StatusCode) -> SendProblem {
    let error = ProviderError { code: i64::from(status.as_u16()), subcode: None, detail: String::new() };
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => SendProblem::Busy(error),
        status if status.is_server_error() => SendProblem::Lost,
        _ => SendProblem::Refused(error),
    }
}

fn error_of(body: &Value) -> Option<ProviderError> {
    let error = Node::root(body).get("error")?;
    let details = error.get("error_data").and_then(|data| data.text("details"));
    Some(ProviderError {
        code: error.get("code")?.number().ok()?,
        subcode: error.get("error_subcode").and_then(|subcode| subcode.number().ok()),
        detail: details.or(error.text("message")).unwrap_or_default().to_owned(),
    })
}

fn form(boundary: &str, fields: &[(&str, &str)], file: &UploadedFile<'_>) -> Vec<u8> {
    // A name or a type that could end its header early is cut down to harmless characters.
    let quoted = |words: &str| words.chars().filter(|c| !c.is_control() && !"\"\\".contains(*c)).collect::<String>();
    let mut body = String::new();
    for (name, value) in fields {
        body += &format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += &format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
        file.part,
        quoted(if file.name.is_empty() { "file" } else { file.name }),
        quoted(file.mime),
    );
    let mut bytes = body.into_bytes();
    bytes.extend_from_slice(file.bytes);
    bytes.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    bytes
}
