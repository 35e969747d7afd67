use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::FutureExt;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::{Shelf, clock, nine};
use crate::clock::{Clock, ClockSample, ManualClock};
use crate::model::Tokens;
use crate::session::{
    Authority, MemorySecretStore, RefreshError, SecretError, SecretStore, ServerClock, Session, SessionError,
    SessionParts, SessionState, SignedOutWhy,
};
use crate::task::model::{explore, threads};

const NAME: &str = "account-1-agent-3";
const LIFE: TimeDelta = TimeDelta::minutes(15);

/// A server that keeps to the protocol: the old refresh token is good until the new one, or
/// the access token that came with it, is first used.
struct Server {
    clock: ManualClock,
    state: Mutex<ServerState>,
    /// Refreshes wait here until the test lets them through.
    gate: Semaphore,
}

#[derive(Default)]
struct ServerState {
    refreshes: usize,
    good: HashSet<String>,
    /// What happens to the next answers, first one last.
    fates: Vec<Fate>,
}

enum Fate {
    /// Executed, and the answer lost.
    Lost,
    Busy,
    Revoked,
}

#[async_trait]
impl Authority for Server {
    async fn refresh(&self, refresh_token: &SecretString) -> Result<Tokens, RefreshError> {
        self.gate.acquire().await.unwrap().forget();
        let mut state = self.state.lock().unwrap();
        if !state.good.contains(refresh_token.expose_secret()) {
            return Err(RefreshError::Revoked);
        }
        let fate = state.fates.pop();
        match fate {
            Some(Fate::Busy) => return Err(RefreshError::Busy { retry_after: Some(Duration::from_secs(7)) }),
            Some(Fate::Revoked) => return Err(RefreshError::Revoked),
            Some(Fate::Lost) | None => {}
        }
        // Whoever comes with a token has used it: the one before is good no more.
        state.good.retain(|token| token == refresh_token.expose_secret());
        state.refreshes += 1;
        let n = state.refreshes;
        state.good.insert(format!("r.{n}"));
        if matches!(fate, Some(Fate::Lost)) {
            return Err(RefreshError::NoAnswer);
        }
        Ok(Tokens {
            access: format!("a.{n}").into(),
            access_until: self.clock.wall() + LIFE,
            refresh: format!("r.{n}").into(),
        })
    }
}

struct Phone {
    clock: ManualClock,
    secrets: Arc<MemorySecretStore>,
    server: Arc<Server>,
    session: Session,
}

impl Phone {
    /// Signed in at nine with `a.0`, good for a quarter of an hour.
    async fn signed_in() -> Self {
        let (clock, shelf) = clock();
        let server_clock = Arc::new(ServerClock::open(Arc::new(clock.clone()), shelf).await);
        let sample = ClockSample { server: nine(), boot: clock.boot(), round_trip: Duration::ZERO };
        server_clock.observe(&[sample]).await;
        let secrets = Arc::new(MemorySecretStore::new());
        let good = HashSet::from(["r.0".to_owned()]);
        let server = Arc::new(Server {
            clock: clock.clone(),
            state: Mutex::new(ServerState { good, ..ServerState::default() }),
            gate: Semaphore::new(1000),
        });
        let parts = SessionParts {
            secrets: secrets.clone(),
            name: NAME.to_owned(),
            authority: server.clone(),
            clock: server_clock.clone(),
        };
        let tokens = Tokens { access: "a.0".into(), access_until: nine() + LIFE, refresh: "r.0".into() };
        let session = Session::begin(parts, tokens).await.unwrap();
        Self { clock, secrets, server, session }
    }

    /// The app is started anew.
    async fn restarted(self) -> Self {
        let clock = Arc::new(ServerClock::open(Arc::new(self.clock.clone()), Arc::<Shelf>::default()).await);
        let sample = ClockSample { server: self.clock.wall(), boot: self.clock.boot(), round_trip: Duration::ZERO };
        clock.observe(&[sample]).await;
        let parts = SessionParts {
            secrets: self.secrets.clone(),
            name: NAME.to_owned(),
            authority: self.server.clone(),
            clock,
        };
        Self { session: Session::resume(parts), ..self }
    }

    async fn token(&self) -> Result<String, SessionError> {
        self.session.access_token().await.map(|token| token.expose_secret().to_owned())
    }

    fn minutes_pass(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(60 * minutes));
    }

    fn refreshes(&self) -> usize {
        self.server.state.lock().unwrap().refreshes
    }

    /// What will become of the next refreshes, in order.
    fn next(&self, fates: impl IntoIterator<Item = Fate>) {
        let mut fates: Vec<Fate> = fates.into_iter().collect();
        fates.reverse();
        self.server.state.lock().unwrap().fates = fates;
    }

    fn state(&self) -> SessionState {
        *self.session.state().borrow()
    }

    fn kept(&self) -> Result<String, SecretError> {
        self.secrets.get(NAME.into()).map(|secret| secret.expose_secret().to_owned())
    }
}

#[tokio::test]
async fn a_valid_token_is_used_without_a_refresh() {
    let phone = Phone::signed_in().await;
    phone.minutes_pass(13);
    assert_eq!(phone.token().await.unwrap(), "a.0");
    assert_eq!(phone.refreshes(), 0);
}

#[tokio::test]
async fn a_token_is_replaced_before_it_ends() {
    let phone = Phone::signed_in().await;
    phone.minutes_pass(14);
    assert_eq!(phone.token().await.unwrap(), "a.1");
}

#[tokio::test]
async fn fifty_who_need_a_token_cause_one_refresh() {
    let phone = Phone::signed_in().await;
    phone.minutes_pass(20);
    let asking = (0..50).map(|_| phone.token());
    let tokens = futures_util::future::join_all(asking).await;
    assert!(tokens.iter().all(|token| token.as_deref() == Ok("a.1")));
    assert_eq!(phone.refreshes(), 1);
}

#[tokio::test]
async fn fifty_who_need_a_token_share_one_failure() {
    let phone = Phone::signed_in().await;
    phone.minutes_pass(20);
    phone.next([Fate::Lost]);
    let tokens = futures_util::future::join_all((0..50).map(|_| phone.token())).await;
    assert!(tokens.iter().all(|token| *token == Err(SessionError::NoAnswer)));
    assert_eq!(phone.refreshes(), 1);
}

#[tokio::test]
async fn who_gives_up_waiting_does_not_cut_the_refresh() {
    let phone = Phone::signed_in().await;
    phone.minutes_pass(20);
    phone.server.gate.forget_permits(1000);
    let session = phone.session.clone();
    let impatient = tokio::spawn(async move { session.access_token().await });
    tokio::task::yield_now().await;
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    phone.server.gate.add_permits(1);
    assert_eq!(phone.token().await.unwrap(), "a.1");
    assert_eq!(phone.refreshes(), 1);
}

#[tokio::test]
async fn a_lost_answer_ends_no_session() {
    let phone = Phone::signed_in().await;
    phone.minutes_pass(20);
    phone.next([Fate::Lost, Fate::Lost]);
    assert_eq!(phone.token().await, Err(SessionError::NoAnswer));
    assert_eq!(phone.token().await, Err(SessionError::NoAnswer));
    assert_eq!(phone.token().await.unwrap(), "a.3");
    assert_eq!(phone.state(), SessionState::SignedIn);
}

#[tokio::test]
async fn new_tokens_are_in_the_safe_before_they_are_used() {
    let phone = Phone::signed_in().await;
    phone.minutes_pass(20);
    assert_eq!(phone.token().await.unwrap(), "a.1");
    assert!(phone.kept().unwrap().contains("r.1"));
    // Had the phone died before the first use, either set would have served.
    let phone = phone.restarted().await;
    assert_eq!(phone.token().await.unwrap(), "a.1");
}

#[tokio::test]
async fn tokens_the_safe_does_not_take_are_not_used() {
    let phone = Phone::signed_in().await;
    phone.minutes_pass(20);
    phone.secrets.set_locked(true);
    assert_eq!(phone.token().await, Err(SessionError::Locked));
    phone.secrets.set_locked(false);
    assert!(phone.kept().unwrap().contains("r.0"));
    assert_eq!(phone.token().await.unwrap(), "a.2");
    assert!(phone.kept().unwrap().contains("r.2"));
}

#[tokio::test]
async fn a_token_the_server_calls_expired_is_not_used_again() {
    let phone = Phone::signed_in().await;
    phone.session.expired(&"a.0".into()).await;
    assert_eq!(phone.token().await.unwrap(), "a.1");
    // The word came late, about a token that is gone already.
    phone.session.expired(&"a.0".into()).await;
    assert_eq!(phone.token().await.unwrap(), "a.1");
}

#[tokio::test]
async fn a_token_that_is_about_to_end_serves_while_no_other_can_be_had() {
    let phone = Phone::signed_in().await;
    phone.minutes_pass(14);
    phone.next([Fate::Busy]);
    assert_eq!(phone.token().await.unwrap(), "a.0");
    phone.minutes_pass(1);
    phone.next([Fate::Busy]);
    assert_eq!(phone.token().await, Err(SessionError::Busy { retry_after: Some(Duration::from_secs(7)) }));
}

#[tokio::test]
async fn a_session_the_server_ended_is_forgotten_here() {
    let phone = Phone::signed_in().await;
    phone.minutes_pass(20);
    phone.next([Fate::Revoked]);
    assert_eq!(phone.token().await, Err(SessionError::SignedOut));
    assert_eq!(phone.state(), SessionState::SignedOut(SignedOutWhy::Revoked));
    assert_eq!(phone.kept(), Err(SecretError::NotFound));
    assert_eq!(phone.token().await, Err(SessionError::SignedOut));
}

#[tokio::test]
async fn the_agent_signs_out() {
    let phone = Phone::signed_in().await;
    phone.session.forget().await.unwrap();
    // What the server says afterwards changes nothing.
    phone.session.revoked().await;
    assert_eq!(phone.state(), SessionState::SignedOut(SignedOutWhy::ByAgent));
    assert_eq!(phone.token().await, Err(SessionError::SignedOut));
}

#[tokio::test]
async fn a_late_word_about_a_session_that_is_over_takes_nothing_from_the_next_one() {
    let phone = Phone::signed_in().await;
    let next = Tokens { access: "b.0".into(), access_until: nine() + LIFE, refresh: "s.0".into() };
    for signed_out_before in [false, true] {
        let old = Phone::signed_in().await;
        if signed_out_before {
            old.session.forget().await.unwrap();
        }
        old.secrets.put(NAME.into(), next.to_secret().unwrap()).unwrap();
        old.session.revoked().await;
        assert!(old.kept().unwrap().contains("s.0"));
        assert!(matches!(old.state(), SessionState::SignedOut(_)));
    }
    // Its own it does forget.
    phone.session.revoked().await;
    assert_eq!(phone.kept(), Err(SecretError::NotFound));
}

#[tokio::test]
async fn what_a_locked_safe_could_not_forget_is_forgotten_when_asked_again() {
    let phone = Phone::signed_in().await;
    phone.secrets.set_locked(true);
    assert_eq!(phone.session.forget().await, Err(SessionError::Locked));
    phone.secrets.set_locked(false);
    phone.session.forget().await.unwrap();
    assert_eq!(phone.kept(), Err(SecretError::NotFound));
}

#[tokio::test]
async fn locked_means_later_and_never_a_new_key() {
    let phone = Phone::signed_in().await.restarted().await;
    phone.secrets.set_locked(true);
    assert_eq!(phone.token().await, Err(SessionError::Locked));
    assert_eq!(phone.state(), SessionState::Locked);
    phone.secrets.set_locked(false);
    assert_eq!(phone.token().await.unwrap(), "a.0");
    assert_eq!(phone.state(), SessionState::SignedIn);
    assert_eq!(phone.refreshes(), 0);
}

#[tokio::test]
async fn keys_that_are_gone_or_spoilt_sign_out() {
    for spoil in [false, true] {
        let phone = Phone::signed_in().await.restarted().await;
        if spoil {
            phone.secrets.put(NAME.into(), "half a sec".into()).unwrap();
        } else {
            phone.secrets.delete(NAME.into()).unwrap();
        }
        assert_eq!(phone.token().await, Err(SessionError::SignedOut));
        assert_eq!(phone.state(), SessionState::SignedOut(SignedOutWhy::KeysLost));
    }
}

#[tokio::test]
async fn an_unconfirmed_clock_judges_no_token() {
    let phone = Phone::signed_in().await;
    phone.clock.reboot();
    phone.clock.set_wall(nine() + TimeDelta::days(400));
    let clock = Arc::new(ServerClock::open(Arc::new(phone.clock.clone()), Arc::<Shelf>::default()).await);
    let parts =
        SessionParts { secrets: phone.secrets.clone(), name: NAME.to_owned(), authority: phone.server.clone(), clock };
    let session = Session::resume(parts);
    assert_eq!(session.access_token().await.unwrap().expose_secret(), "a.0");
}

/// Begins a model with a phone whose token has ended.
fn model(name: &str, about: impl Fn(Arc<Phone>) + Send + Sync + 'static) {
    explore(name, 1_000, move || {
        let phone = shuttle::future::block_on(Phone::signed_in());
        phone.minutes_pass(20);
        about(Arc::new(phone));
    });
}

#[test]
fn model_one_refresh_whoever_asks_and_whoever_gives_up() {
    model("session: three ask for a token, one gives up", |phone| {
        let asks = || {
            let phone = phone.clone();
            async move { assert_eq!(phone.token().await.as_deref(), Ok("a.1")) }
        };
        let gives_up = {
            let phone = phone.clone();
            async move {
                let mut token = Box::pin(phone.token());
                // One look, and never again.
                assert!(matches!(futures_util::poll!(&mut token), Poll::Pending | Poll::Ready(Ok(_))));
            }
        };
        threads([asks().boxed(), asks().boxed(), gives_up.boxed()]);
        assert_eq!(phone.refreshes(), 1);
        assert!(phone.kept().unwrap().contains("r.1"));
    });
}

#[test]
fn model_a_sign_out_beside_a_refresh_leaves_no_secret() {
    model("session: sign-out beside a refresh and a word of the server", |phone| {
        let asks = || {
            let phone = phone.clone();
            async move {
                match phone.token().await {
                    Ok(token) => {
                        // The server calls it expired, in the middle of everything.
                        phone.session.expired(&token.as_str().into()).await;
                    }
                    Err(error) => assert_eq!(error, SessionError::SignedOut),
                }
            }
        };
        let leaves = {
            let phone = phone.clone();
            async move { phone.session.forget().await.unwrap() }
        };
        threads([asks().boxed(), asks().boxed(), leaves.boxed()]);
        assert_eq!(phone.state(), SessionState::SignedOut(SignedOutWhy::ByAgent));
        assert_eq!(phone.kept(), Err(SecretError::NotFound), "signed out, and the tokens are still there");
    });
}

#[test]
fn model_a_failed_refresh_is_everybodys_and_the_next_one_has_its_turn() {
    model("session: a lost answer shared by those who waited", |phone| {
        phone.next([Fate::Lost]);
        let asks = || {
            let phone = phone.clone();
            async move {
                // Who came after it may cause another one, which goes well.
                match phone.token().await {
                    Ok(token) => assert_eq!(token, "a.2"),
                    Err(error) => assert_eq!(error, SessionError::NoAnswer),
                }
            }
        };
        threads([asks().boxed(), asks().boxed(), asks().boxed()]);
        assert!((1..=2).contains(&phone.refreshes()));
    });
}
