//! The webhooks' way to the server: signed, one after the other, each again until it is answered
//! with 200. On request kept back, doubled, in another order, or several items in one post.

mod join;

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Client;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;

use crate::channels::signature;

/// The first pause before a webhook comes again, and the longest. Real time: the story's clock
/// stands still while a server that was not there comes back.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// How webhooks leave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reports {
    /// Each once, in order.
    #[default]
    Normal,
    /// Not at all, for now.
    Held,
    /// What was held, and what comes, twice.
    Doubled,
    /// What was held, in another order.
    Shuffled,
    /// What was held, twice and in another order; what comes, twice.
    ShuffledDoubled,
    /// What was held, several items in a post; what comes, each by itself.
    Joined,
}

/// A webhook.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Post {
    pub(super) path: &'static str,
    pub(super) secret: String,
    /// The business account, which may want its webhooks elsewhere.
    pub(super) business_id: String,
    pub(super) body: Value,
}

/// A webhook, and where it goes: to the server unless `to` is another address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) post: Post,
    pub(super) to: Option<String>,
}

impl std::fmt::Debug for Post {
    // The secret and what a customer wrote stay out of every log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What waits, and how it leaves. Clones are the same office.
#[derive(Clone, Default)]
pub(super) struct PostOffice {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    mode: Reports,
    waiting: VecDeque<Letter>,
    held: Vec<Letter>,
    /// Where webhooks go; none before the server listens.
    server: Option<String>,
    on_the_way: bool,
    open_calls: usize,
    shuffles: u64,
    happenings: u64,
}

impl PostOffice {
    /// Where webhooks go from now on.
    pub(super) fn serve(&self, server: &str) {
        self.change(|state| state.server = Some(server.trim_end_matches('/').to_owned()));
    }

    pub(super) fn server(&self) -> Option<String> {
        self.lock().server.clone()
    }

    pub(super) fn send(&self, posts: Vec<Letter>) {
        self.change(|state| match state.mode {
            Reports::Held => state.held.extend(posts),
            Reports::Doubled | Reports::ShuffledDoubled => {
                state.waiting.extend(posts.into_iter().flat_map(|post| [post.clone(), post]));
            }
            Reports::Normal | Reports::Shuffled | Reports::Joined => state.waiting.extend(posts),
        });
    }

    pub(super) fn set_mode(&self, mode: Reports) {
        self.change(|state| {
            state.mode = mode;
            if mode == Reports::Held {
                return;
            }
            let mut held = std::mem::take(&mut state.held);
            if matches!(mode, Reports::Doubled | Reports::ShuffledDoubled) {
                held = held.into_iter().flat_map(|post| [post.clone(), post]).collect();
            }
            if matches!(mode, Reports::Shuffled | Reports::ShuffledDoubled) {
                state.shuffles += 1;
                shuffle(&mut held, state.shuffles);
            }
            if mode == Reports::Joined {
                held = join::joined(held);
            }
            state.waiting.extend(held);
        });
    }

    /// A call to the provider is open as long as the guard lives.
    pub(super) fn open_call(&self) -> OpenCall {
        self.change(|state| state.open_calls += 1);
        OpenCall(self.clone())
    }

    /// Ends once no webhook waits that may leave and no call to the provider is open. Gives a
    /// number that is the same as long as nothing has happened since.
    pub(super) async fn idle(&self) -> u64 {
        loop {
            let mut changed = pin!(self.inner.changed.notified());
            changed.as_mut().enable();
            {
                let state = self.lock();
                if state.is_idle() {
                    return state.happenings;
                }
            }
            changed.await;
        }
    }

    /// Delivers, for ever.
    pub(super) async fn run(self, client: Client) {
        loop {
            let mut changed = pin!(self.inner.changed.notified());
            changed.as_mut().enable();
            match self.next() {
                Some((url, post)) => {
                    deliver(&client, &url, &post).await;
                    self.change(|state| state.on_the_way = false);
                }
                None => changed.await,
            }
        }
    }

    fn next(&self) -> Option<(String, Post)> {
        let mut state = self.lock();
        let server = state.server.clone();
        let first = state.waiting.front()?;
        let url = first.to.clone().or_else(|| Some(format!("{}{}", server?, first.post.path)))?;
        let post = state.waiting.pop_front()?.post;
        state.on_the_way = true;
        Some((url, post))
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        {
            let mut state = self.lock();
            change(&mut state);
            state.happenings += 1;
        }
        self.inner.changed.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is whole before it can panic.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && !self.on_the_way && self.open_calls == 0
    }
}

/// Counts an open call until it is dropped.
pub(super) struct OpenCall(PostOffice);

impl Drop for OpenCall {
    fn drop(&mut self) {
        self.0.change(|state| state.open_calls = state.open_calls.saturating_sub(1));
    }
}

async fn deliver(client: &Client, url: &str, post: &Post) {
    let (mut pause, longest) = PAUSE;
    let body = post.body.to_string();
    let signed = signature::sign(&post.secret, body.as_bytes());
    loop {
        let request = client
            .post(url)
            .header("content-type", "application/json")
            .header(signature::HEADER, &signed)
            .body(body.clone());
        if request.send().await.is_ok_and(|answer| answer.status() == reqwest::StatusCode::OK) {
            return;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

/// Another order, the same in every run: Fisher and Yates with a small generator (splitmix64).
fn shuffle(posts: &mut [Letter], seed: u64) {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    for last in (1..posts.len()).rev() {
        let range = u64::try_from(last + 1).unwrap_or(u64::MAX);
        posts.swap(last, usize::try_from(next() % range).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posts(count: usize) -> Vec<Letter> {
        let post = |body: usize| Post {
            path: "/webhooks/whatsapp",
            secret: String::new(),
            business_id: String::new(),
            body: body.into(),
        };
        (0..count).map(|body| Letter { post: post(body), to: None }).collect()
    }

    fn waiting(office: &PostOffice) -> Vec<String> {
        office.lock().waiting.iter().map(|letter| letter.post.body.to_string()).collect()
    }

    #[test]
    fn what_is_held_leaves_twice_when_doubled() {
        let office = PostOffice::default();
        office.set_mode(Reports::Held);
        office.send(posts(2));
        assert!(office.lock().is_idle(), "what is held is not on its way");
        office.set_mode(Reports::Doubled);
        assert_eq!(waiting(&office), ["0", "0", "1", "1"]);
    }

    #[test]
    fn shuffled_is_another_order_of_the_same() {
        let office = PostOffice::default();
        office.set_mode(Reports::Held);
        office.send(posts(9));
        office.set_mode(Reports::Shuffled);
        let left = waiting(&office);
        let mut sorted = left.clone();
        sorted.sort();
        assert_eq!(sorted, ["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
        assert_ne!(left, sorted);
    }

    #[test]
    fn it_is_not_idle_while_a_call_is_open() {
        let office = PostOffice::default();
        let call = office.open_call();
        assert!(!office.lock().is_idle());
        drop(call);
        assert!(office.lock().is_idle());
    }
}
