//! The doorbell: server-sent events, and who looks at what.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use futures_util::stream;
use riposte::model::{Agent, AgentStatus, ConversationId, RowKind};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::answer::timed;
use super::asked::Body;
use super::signed::Signed;
use crate::app::Shared;
use crate::db::DbError;
use crate::feed::{Place, account, in_view, row, something_new};
use crate::presence::Seen;
use crate::problem::Problem;
use crate::session::{Who, session_is_open};

/// A stream without a beat for much longer than this is dead.
const BEAT: Duration = Duration::from_secs(15);

/// `GET /v1/live`
pub(super) async fn live(
    State(app): State<Shared>,
    signed: Signed,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let last = headers.get("last-event-id").and_then(|header| header.to_str().ok()).and_then(Place::read);
    let stream = Listener {
        doorbell: app.doorbell.subscribe(),
        presence: app.presence.subscribe(),
        stopping: app.stopping.subscribe(),
        beat_at: app.clock.boot() + BEAT,
        forget_at: None,
        rung: last,
        shown: Vec::new(),
        waiting: Some(Reason::Opened),
        next: None,
        who: signed.0,
        app,
    };
    Ok(Sse::new(stream::unfold(stream, Listener::event)))
}

/// Why a stream wakes up.
enum Reason {
    Opened,
    Rang,
    Beat,
    Stop,
}

/// One live stream.
struct Listener {
    app: Shared,
    who: Who,
    doorbell: watch::Receiver<i64>,
    presence: watch::Receiver<()>,
    stopping: watch::Receiver<bool>,
    beat_at: Duration,
    /// When the next presence expires.
    forget_at: Option<Duration>,
    /// The place that was rung for last.
    rung: Option<Place>,
    /// The presence that was shown last.
    shown: Vec<Seen>,
    waiting: Option<Reason>,
    /// An event that was found together with another.
    next: Option<Event>,
}

impl Listener {
    /// The next event; none when the stream is over.
    async fn event(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if let Some(event) = self.next.take() {
                return Some((Ok(event), self));
            }
            let reason = match self.waiting.take() {
                Some(reason) => reason,
                None => self.wait().await,
            };
            if matches!(reason, Reason::Stop) {
                return None;
            }
            let at = self.ring().await.ok()??;
            let presence = self.presence().await.ok()?;
            if matches!(reason, Reason::Beat) && self.app.clock.boot() >= self.beat_at {
                self.beat_at = self.app.clock.boot() + BEAT;
                self.next = Some(Event::default().comment("beat"));
            }
            match (at, presence) {
                (Some(at), presence) => {
                    self.next = presence.or(self.next);
                    return Some((Ok(at), self));
                }
                (None, Some(presence)) => return Some((Ok(presence), self)),
                (None, None) => {}
            }
        }
    }

    async fn wait(&mut self) -> Reason {
        let clock = self.app.clock.clone();
        let timer = clock.sleep_until(self.forget_at.map_or(self.beat_at, |at| at.min(self.beat_at)));
        tokio::select! {
            () = timer => Reason::Beat,
            rang = self.doorbell.changed() => if rang.is_ok() { Reason::Rang } else { Reason::Stop },
            said = self.presence.changed() => if said.is_ok() { Reason::Rang } else { Reason::Stop },
            _ = self.stopping.wait_for(|stopping| *stopping) => Reason::Stop,
        }
    }

    /// An `at`, if there is something for this agent since the last one. `None`: the session is
    /// over, and so is the stream.
    async fn ring(&mut self) -> Result<Option<Option<Event>>, DbError> {
        let (who, rung) = (self.who, self.rung);
        let found = self
            .app
            .read(move |tx| {
                let Some(account) = account(tx)? else { return Ok::<_, DbError>(None) };
                if !session_is_open(tx, who.session)? {
                    return Ok(None);
                }
                let head = Place { epoch: account.epoch, seq: account.seq };
                let new = match rung {
                    Some(rung) if rung.epoch == head.epoch => {
                        rung.seq < head.seq && something_new(tx, who.agent, rung.seq)?
                    }
                    _ => true,
                };
                Ok(Some((head, new)))
            })
            .await?;
        let Some((head, new)) = found else { return Ok(None) };
        // What is not for this agent is passed over without a ring.
        self.rung = Some(head);
        let cursor = head.cursor().0;
        Ok(Some(new.then(|| Event::default().event("at").id(&cursor).data(&cursor))))
    }

    /// The whole list, if it is another than the one shown last.
    async fn presence(&mut self) -> Result<Option<Event>, DbError> {
        let (seen, forget_at) = self.app.presence.all(self.app.clock.boot());
        self.forget_at = forget_at;
        if seen.is_empty() && self.shown.is_empty() {
            return Ok(None);
        }
        let me = self.who.agent;
        let visible = self
            .app
            .read(move |tx| {
                let mut visible = Vec::new();
                for seen in seen {
                    // Who works unseen is not shown to others.
                    let agent: Option<Agent> = row(tx, RowKind::Agent, seen.agent_id.0)?;
                    let unseen = agent.is_none_or(|agent| agent.status == AgentStatus::Invisible);
                    let mine = seen.agent_id == me;
                    if (mine || !unseen) && in_view(tx, me, seen.conversation_id)?.is_some() {
                        visible.push(seen);
                    }
                }
                Ok::<_, DbError>(visible)
            })
            .await?;
        if visible == self.shown {
            return Ok(None);
        }
        self.shown = visible;
        let data = serde_json::to_string(&self.shown)?;
        Ok(Some(Event::default().event("presence").data(data)))
    }
}

#[derive(Deserialize)]
struct Present {
    conversation_id: Option<ConversationId>,
    #[serde(default)]
    answering: bool,
}

#[derive(Serialize)]
struct Nothing {}

/// `POST /v1/presence`
pub(super) async fn presence(
    State(app): State<Shared>,
    signed: Signed,
    body: Body,
) -> Result<impl IntoResponse, Problem> {
    let present: Option<Present> = body.read()?;
    let me = signed.agent();
    let at = present.and_then(|present| Some((present.conversation_id?, present.answering)));
    if let Some((id, _)) = at {
        app.read(move |tx| in_view(tx, me, id)?.ok_or_else(Problem::not_found)).await?;
    }
    app.presence.say(me, signed.0.session, at, app.clock.boot());
    Ok(timed(&app, Nothing {}))
}
