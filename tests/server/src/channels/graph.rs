//! Calling a Graph-shaped API: JSON over HTTP, and above all what a failed call means.
//!
//! The question that matters after a failure is whether the provider may have done it: a message
//! sent twice cannot be taken back. So an answer that was lost is [`SendProblem::Lost`] and is
//! never called again by itself; only what surely was not done is `Busy` or `Unreachable`.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, StatusCode, Url};
use riposte::model::ProviderError;
use serde_json::Value;

use super::json::Node;
use super::media::{MediaHosts, NamedBy, PublicOnly, permit};
use super::provider::{FetchedMedia, ProviderAccount, SendProblem};

/// How long one call may take. Meta answers a send within a second or two.
const CALL_MOST: Duration = Duration::from_secs(20);
/// How long the fetching of a file may stand still, and how long it may take in all.
const STALL_MOST: Duration = Duration::from_secs(20);
const FILE_MOST: Duration = Duration::from_secs(120);
/// Redirects on the way to a file.
const REDIRECTS_MOST: usize = 3;
/// The largest answer of the API: a page of templates has less.
const ANSWER_MOST_BYTES: usize = 8 * 1024 * 1024;
/// The largest file a customer can send (a document on WhatsApp).
const FILE_MOST_BYTES: usize = 100 * 1024 * 1024;

/// Codes that say *not now* rather than *no* (Meta, "Error codes"; field.md 2.8): rates of an
/// app, an account, a number and a pair, and troubles of Meta's own.
const NOT_NOW: [i64; 10] = [1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133004];

/// A caller of Graph-shaped APIs. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Graph {
    client: Client,
    /// For addresses that are not the configured base: reaches public hosts only.
    outside: Client,
    hosts: MediaHosts,
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
    pub fn new(hosts: MediaHosts) -> Result<Self, NoClient> {
        let outside = client()?.https_only(true).dns_resolver(PublicOnly).build()?;
        Ok(Self { client: client()?.build()?, outside, hosts })
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

    /// Fetches a file from where [`permit`] lets it, within its time and size.
    pub(super) async fn download(
        &self,
        account: &ProviderAccount,
        url: &str,
        named_by: NamedBy,
    ) -> Result<FetchedMedia, SendProblem> {
        let fetched = tokio::time::timeout(FILE_MOST, self.follow(account, url, named_by)).await;
        fetched.unwrap_or(Err(SendProblem::Unreachable))
    }

    async fn follow(&self, account: &ProviderAccount, url: &str, by: NamedBy) -> Result<FetchedMedia, SendProblem> {
        let (mut url, mut named_by) = (Url::parse(url).map_err(|_| no_file(ELSEWHERE))?, by);
        for _ in 0..=REDIRECTS_MOST {
            let permit = permit(&self.hosts, &account.base, &url, named_by).ok_or_else(|| no_file(ELSEWHERE))?;
            let request = if permit.base { self.client.get(url.clone()) } else { self.outside.get(url.clone()) };
            let request = if permit.token { request.bearer_auth(&account.token) } else { request };
            let response = request.send().await.map_err(not_answered)?;
            if !response.status().is_redirection() {
                return read_file(response).await;
            }
            // The next address is the answering host's word, not the API's.
            let next = response.headers().get(LOCATION).and_then(|next| next.to_str().ok());
            url = next.and_then(|next| url.join(next).ok()).ok_or_else(|| no_file(ELSEWHERE))?;
            named_by = NamedBy::Stranger;
        }
        Err(no_file("the file's address leads on and on"))
    }

    async fn answer(&self, account: &ProviderAccount, request: RequestBuilder) -> Result<Value, SendProblem> {
        let response = request.bearer_auth(&account.token).timeout(CALL_MOST).send().await.map_err(not_answered)?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        // It said yes; without its words there is no id to know the message by.
        let body = read_most(response, ANSWER_MOST_BYTES).await.ok_or(SendProblem::Lost)?;
        serde_json::from_slice(&body).map_err(|_| SendProblem::Lost)
    }
}

const ELSEWHERE: &str = "the file's address is not one of the provider's";

/// A file that is not fetched, now or later (131052 is Meta's code for it).
fn no_file(why: &str) -> SendProblem {
    SendProblem::Refused(ProviderError { code: 131052, subcode: None, detail: why.to_owned() })
}

async fn read_file(response: Response) -> Result<FetchedMedia, SendProblem> {
    if !response.status().is_success() {
        return Err(refusal(response).await);
    }
    let mime = response.headers().get(CONTENT_TYPE).and_then(|mime| mime.to_str().ok());
    let mime = mime.unwrap_or("application/octet-stream").to_owned();
    let said = response.content_length().unwrap_or_default();
    if usize::try_from(said).map_or(true, |said| said > FILE_MOST_BYTES) {
        return Err(no_file(TOO_LARGE));
    }
    match read_within(response, FILE_MOST_BYTES).await? {
        Some(bytes) => Ok(FetchedMedia { mime, bytes }),
        None => Err(no_file(TOO_LARGE)),
    }
}

const TOO_LARGE: &str = "the file is larger than any the provider takes";

/// A body; none if it is larger than that.
async fn read_within(mut response: Response, most: usize) -> Result<Option<Bytes>, SendProblem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(not_answered)? {
        if bytes.len().saturating_add(chunk.len()) > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes.freeze()))
}

/// A whole body of at most that size; none if it broke off or is larger.
async fn read_most(response: Response, most: usize) -> Option<Bytes> {
    read_within(response, most).await.ok().flatten()
}

/// The server's HTTP client, to be built. Redirects are not followed: a send must not be
/// repeated to another host.
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

/// Whether an id that a webhook named is one: it must not become another path of the API, where the token goes along.
pub(super) fn is_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !id.is_empty() && !id.starts_with('.') && id.bytes().all(plain)
}

/// No answer came. Only a connection that was never made surely carried nothing.
fn not_answered(error: reqwest::Error) -> SendProblem {
    if error.is_connect() || error.is_builder() { SendProblem::Unreachable } else { SendProblem::Lost }
}

async fn refusal(response: Response) -> SendProblem {
    let status = response.status();
    let body = read_most(response, ANSWER_MOST_BYTES).await;
    let body: Option<Value> = body.and_then(|body| serde_json::from_slice(&body).ok());
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
