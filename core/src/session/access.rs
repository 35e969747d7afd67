//! Who is signed in, and with which token may a call go out now?
//!
//! One refresh at a time; its result is for every caller. New tokens are in the secret store
//! before the first of them is used: the old refresh token stays good until then, so neither a
//! lost answer nor a kill signs anybody out. Only the server's word or a person ends a session.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use super::{SecretError, SecretStore, ServerClock};
use crate::model::Tokens;
use crate::task::{self, sync::AtomicU64};

/// An access token that ends sooner than this is replaced before it is used.
const AHEAD: TimeDelta = TimeDelta::seconds(60);

/// Who gives new tokens: the server, behind the port. Wired by the facade.
#[async_trait]
pub trait Authority: Send + Sync {
    /// Trades a refresh token for new tokens.
    async fn refresh(&self, refresh_token: &SecretString) -> Result<Tokens, RefreshError>;
}

/// Why there are no new tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshError {
    /// The session was ended: this refresh token is worth nothing any more.
    Revoked,
    /// No answer, or not the server's. It may have been executed, which does no harm.
    NoAnswer,
    /// The server asks to wait.
    Busy {
        /// At least this long.
        retry_after: Option<Duration>,
    },
}

/// Why there is no access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The session has ended.
    #[error("signed out")]
    SignedOut,
    /// The safe is locked until the device is unlocked: later.
    #[error("the keys are locked until the device is unlocked")]
    Locked,
    /// The system does not let this app have its keys.
    #[error("the system refuses the keys")]
    Denied,
    /// The server did not answer.
    #[error("no answer from the server")]
    NoAnswer,
    /// The server asks to wait.
    #[error("the server asks to wait")]
    Busy {
        /// At least this long.
        retry_after: Option<Duration>,
    },
}

/// Whether an agent is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// Yes.
    SignedIn,
    /// Yes, and the keys cannot be read before the device is unlocked.
    Locked,
    /// No more.
    SignedOut(SignedOutWhy),
}

/// Why the session has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedOutWhy {
    /// The agent signed out here.
    ByAgent,
    /// The server ended the session.
    Revoked,
    /// The safe no longer has the tokens, such as after a backup was put on another phone.
    KeysLost,
}

/// What a session is made of.
pub struct SessionParts {
    /// The device's safe.
    pub secrets: Arc<dyn SecretStore>,
    /// The name of this session's secret in it; one per signed-in account and agent.
    pub name: String,
    /// Who gives new tokens.
    pub authority: Arc<dyn Authority>,
    /// The time in which tokens end.
    pub clock: Arc<ServerClock>,
}

/// A signed-in agent. Clones are the same session.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    parts: SessionParts,
    held: Arc<Mutex<Held>>,
    /// How many refreshes have ended, so that who waited for one does not start another.
    refreshes: AtomicU64,
    state: watch::Sender<SessionState>,
}

#[derive(Default)]
struct Held {
    tokens: Option<Tokens>,
    /// The server called the access token expired, whatever its end says.
    spoilt: bool,
    /// How the last refresh ended.
    last_failure: Option<SessionError>,
    /// The tokens of a session that ended, for as long as the safe may still have them.
    left: Option<Tokens>,
    /// The safe has nothing of this session any more.
    forgotten: bool,
}

impl Session {
    /// A session of an earlier run. Its tokens are read when first needed.
    pub fn resume(parts: SessionParts) -> Self {
        Self::with(parts, Held::default())
    }

    /// A session that just began. Its tokens are in the safe when this returns.
    pub async fn begin(parts: SessionParts, tokens: Tokens) -> Result<Self, SessionError> {
        keep(&parts, &tokens).await?;
        Ok(Self::with(parts, Held { tokens: Some(tokens), ..Held::default() }))
    }

    fn with(parts: SessionParts, held: Held) -> Self {
        let (state, _) = watch::channel(SessionState::SignedIn);
        Self { inner: Arc::new(Inner { parts, held: Arc::new(Mutex::new(held)), refreshes: AtomicU64::new(0), state }) }
    }

    /// Whether an agent is signed in, and every change of that.
    pub fn state(&self) -> watch::Receiver<SessionState> {
        self.inner.state.subscribe()
    }

    /// An access token that is good now, as far as this device knows.
    pub async fn access_token(&self) -> Result<SecretString, SessionError> {
        let seen = self.inner.refreshes.load(Ordering::Acquire);
        let held = self.inner.held.clone().lock_owned().await;
        if let Some(token) = self.inner.fresh(&held) {
            return Ok(token);
        }
        // A task of its own: the caller may be cancelled, and a refresh is never cut in half.
        let inner = self.inner.clone();
        task::beside(async move { inner.obtain(held, seen).await }).await.unwrap_or(Err(SessionError::NoAnswer))
    }

    /// The server called this token expired. Another one that is held is not touched.
    pub async fn expired(&self, token: &SecretString) {
        let mut held = self.inner.held.lock().await;
        if held.tokens.as_ref().is_some_and(|tokens| tokens.access.expose_secret() == token.expose_secret()) {
            held.spoilt = true;
        }
    }

    /// The server said that the session is over.
    pub async fn revoked(&self) {
        let mut held = self.inner.held.clone().lock_owned().await;
        self.inner.end(&mut held, SignedOutWhy::Revoked).await.ok();
    }

    /// The agent signs out here: the tokens are forgotten. The session is ended at the server before, through its port.
    pub async fn forget(&self) -> Result<(), SessionError> {
        let mut held = self.inner.held.clone().lock_owned().await;
        self.inner.end(&mut held, SignedOutWhy::ByAgent).await
    }
}

impl Inner {
    /// The held access token, unless it is time for another.
    fn fresh(&self, held: &Held) -> Option<SecretString> {
        let tokens = held.tokens.as_ref().filter(|_| !held.spoilt)?;
        let now = self.parts.clock.now();
        // An unconfirmed clock judges no token: the server decides.
        (!now.confirmed || now.at + AHEAD < tokens.access_until).then(|| tokens.access.clone())
    }

    /// The held access token, when it has not ended even if it is about to.
    fn not_yet_ended(&self, held: &Held) -> Option<SecretString> {
        let tokens = held.tokens.as_ref().filter(|_| !held.spoilt)?;
        (self.parts.clock.now().at < tokens.access_until).then(|| tokens.access.clone())
    }

    async fn obtain(&self, mut held: OwnedMutexGuard<Held>, seen: u64) -> Result<SecretString, SessionError> {
        if let SessionState::SignedOut(_) = *self.state.borrow() {
            return Err(SessionError::SignedOut);
        }
        if held.tokens.is_none() {
            held.tokens = Some(self.read(&mut held).await?);
            if let Some(token) = self.fresh(&held) {
                return Ok(token);
            }
        }
        // Another call refreshed while this one waited for the lock: its failure is ours, too.
        if self.refreshes.load(Ordering::Acquire) > seen
            && let Some(failure) = held.last_failure
        {
            return self.not_yet_ended(&held).ok_or(failure);
        }
        let refreshed = self.refresh(&mut held).await;
        held.last_failure = refreshed.as_ref().err().copied();
        self.refreshes.fetch_add(1, Ordering::AcqRel);
        match refreshed {
            Ok(token) => Ok(token),
            Err(failure) => self.not_yet_ended(&held).ok_or(failure),
        }
    }

    async fn read(&self, held: &mut Held) -> Result<Tokens, SessionError> {
        let (secrets, name) = (self.parts.secrets.clone(), self.parts.name.clone());
        let read = blocking(move || secrets.get(name)).await;
        match read {
            Ok(secret) => match Tokens::from_secret(&secret) {
                Some(tokens) => {
                    self.state.send_if_modified(|state| set(state, SessionState::SignedIn));
                    Ok(tokens)
                }
                None => self.lost(held).await,
            },
            Err(SecretError::NotFound) => self.lost(held).await,
            Err(SecretError::Locked) => {
                self.state.send_if_modified(|state| set(state, SessionState::Locked));
                Err(SessionError::Locked)
            }
            Err(SecretError::Denied) => Err(SessionError::Denied),
        }
    }

    async fn lost(&self, held: &mut Held) -> Result<Tokens, SessionError> {
        self.end(held, SignedOutWhy::KeysLost).await.ok();
        Err(SessionError::SignedOut)
    }

    async fn refresh(&self, held: &mut Held) -> Result<SecretString, SessionError> {
        let Some(old) = held.tokens.as_ref() else { return Err(SessionError::SignedOut) };
        match self.parts.authority.refresh(&old.refresh).await {
            Ok(new) => {
                // Not kept means not used: the old ones stay good and the next try has its turn.
                keep(&self.parts, &new).await?;
                let access = new.access.clone();
                held.tokens = Some(new);
                held.spoilt = false;
                Ok(access)
            }
            Err(RefreshError::Revoked) => {
                self.end(held, SignedOutWhy::Revoked).await.ok();
                Err(SessionError::SignedOut)
            }
            Err(RefreshError::NoAnswer) => Err(SessionError::NoAnswer),
            Err(RefreshError::Busy { retry_after }) => Err(SessionError::Busy { retry_after }),
        }
    }

    /// Ends the session here, even when the safe will not forget. A late word about a session
    /// that is long over touches nothing of the one that has begun since under the same name.
    async fn end(&self, held: &mut Held, why: SignedOutWhy) -> Result<(), SessionError> {
        self.state.send_if_modified(|state| match state {
            SessionState::SignedOut(_) => false,
            SessionState::SignedIn | SessionState::Locked => set(state, SessionState::SignedOut(why)),
        });
        if held.forgotten {
            return Ok(());
        }
        let left = held.tokens.take().or(held.left.take());
        *held = Held { left: left.clone(), ..Held::default() };
        let (secrets, name) = (self.parts.secrets.clone(), self.parts.name.clone());
        match blocking(move || forget(&*secrets, &name, left.as_ref())).await {
            Ok(()) | Err(SecretError::NotFound) => {
                *held = Held { forgotten: true, ..Held::default() };
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Forgets the secret, unless it is another session's. A session that never read its tokens takes
/// what is there for its own.
fn forget(secrets: &dyn SecretStore, name: &str, tokens: Option<&Tokens>) -> Result<(), SecretError> {
    if let Some(mine) = tokens
        && let Some(kept) = Tokens::from_secret(&secrets.get(name.to_owned())?)
        && kept.refresh.expose_secret() != mine.refresh.expose_secret()
    {
        return Ok(());
    }
    secrets.delete(name.to_owned())
}

fn set(state: &mut SessionState, to: SessionState) -> bool {
    let changed = *state != to;
    *state = to;
    changed
}

async fn keep(parts: &SessionParts, tokens: &Tokens) -> Result<(), SessionError> {
    let secret = tokens.to_secret().ok_or(SessionError::Denied)?;
    let (secrets, name) = (parts.secrets.clone(), parts.name.clone());
    Ok(blocking(move || secrets.put(name, secret)).await?)
}

/// The safe may ask the system, and the system may take its time.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    task::hop(work).await.unwrap_or(Err(SecretError::Denied))
}

impl From<SecretError> for SessionError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::NotFound => Self::SignedOut,
            SecretError::Locked => Self::Locked,
            SecretError::Denied => Self::Denied,
        }
    }
}
