//! What agents do among themselves: comments, assignments, opening and closing, reading, status.

use riposte::model::{
    Agent, AgentId, AgentStatus, Assignee, Author, Content, ConversationId, MessageId, ReadMarker, RowKind,
};

use super::tell_read::{self, TellRead};
use super::{Begun, Order, Refs, State};
use crate::feed::{Writer, group_is_public, in_view, row};
use crate::inbox::{self, NewMessage, Stored};
use crate::problem::Problem;

/// A comment's length, in characters.
const COMMENT_MOST: usize = 10_000;

/// A conversation that the agent sees.
pub(super) fn seen(w: &Writer<'_>, me: AgentId, id: ConversationId) -> Result<Stored, Problem> {
    in_view(w.tx, me, id)?.ok_or_else(Problem::not_found)?;
    inbox::stored(w.tx, id)?.ok_or_else(Problem::not_found)
}

fn agent(w: &Writer<'_>, id: AgentId) -> Result<Agent, Problem> {
    row(w.tx, RowKind::Agent, id.0)?.ok_or_else(|| Problem::new(404, "not_found", "there is no such agent"))
}

pub(super) fn comment(
    w: &mut Writer<'_>,
    order: &Order,
    id: ConversationId,
    body: &str,
    mentions: &[AgentId],
) -> Result<State, Problem> {
    let stored = seen(w, order.agent, id)?;
    if body.trim().is_empty() {
        return Err(Problem::bad_request("the comment is empty"));
    }
    if body.chars().count() > COMMENT_MOST {
        return Err(Problem::refused("too_long", format!("a comment has at most {COMMENT_MOST} characters")));
    }
    for id in mentions {
        agent(w, *id)?;
    }
    let channel = inbox::channel(w.tx, stored.channel_id)?.ok_or_else(Problem::not_found)?;
    let message = NewMessage {
        conversation_id: id,
        author: Author::Agent { id: order.agent },
        at: w.now,
        content: Content::Comment { body: body.to_owned(), mentions: mentions.to_vec() },
        reply_to: None,
        client_key: Some(order.key),
        standby: false,
    };
    let written = inbox::insert(w, &channel, message)?;
    Ok(State::Applied(Refs::of(RowKind::Message, written.id.0)?.and(RowKind::Conversation, id.0)?))
}

pub(super) fn assign(
    w: &mut Writer<'_>,
    me: AgentId,
    id: ConversationId,
    to: Assignee,
    only_if: Option<Assignee>,
) -> Result<State, Problem> {
    let stored = seen(w, me, id)?;
    match to {
        Assignee::Agent(to) => drop(agent(w, to)?),
        Assignee::Group(to) => {
            let found = group_is_public(w.tx, to)?;
            found.ok_or_else(|| Problem::new(404, "not_found", "there is no such group"))?;
        }
        Assignee::None => {}
    }
    if only_if.is_some_and(|expected| expected != stored.assigned_to()) {
        return Err(Problem::conflict("it is assigned to somebody else"));
    }
    inbox::assign(w, id, to)?;
    Ok(State::Applied(Refs::of(RowKind::Conversation, id.0)?))
}

pub(super) fn set_open(
    w: &mut Writer<'_>,
    me: AgentId,
    id: ConversationId,
    open: bool,
    only_if: Option<bool>,
) -> Result<State, Problem> {
    let stored = seen(w, me, id)?;
    if only_if.is_some_and(|expected| expected != stored.open) {
        return Err(Problem::conflict(if stored.open { "it is open" } else { "it is closed" }));
    }
    if stored.open != open {
        inbox::set_open(w, id, open)?;
    }
    Ok(State::Applied(Refs::of(RowKind::Conversation, id.0)?))
}

/// A marker never goes back: two phones of one agent may say it in any order.
pub(super) fn mark_read(
    w: &mut Writer<'_>,
    me: AgentId,
    id: ConversationId,
    up_to: MessageId,
    tell_customer: bool,
) -> Result<Begun, Problem> {
    let stored = seen(w, me, id)?;
    inbox::message(w.tx, up_to)?.filter(|read| read.conversation_id == id).ok_or_else(Problem::not_found)?;
    if inbox::read_up_to(w.tx, me, id)?.is_none_or(|held| held < up_to) {
        w.put_marker(me, ReadMarker { conversation_id: id, up_to })?;
    }
    let state = State::Applied(Refs::of(RowKind::ReadMarker, id.0)?);
    let tell: Option<TellRead> = if tell_customer { tell_read::up_to(w, &stored, up_to)? } else { None };
    Ok(match tell {
        Some(tell) => Begun::TellRead(state, Box::new(tell)),
        None => Begun::Done(state),
    })
}

pub(super) fn set_status(w: &mut Writer<'_>, me: AgentId, status: AgentStatus) -> Result<State, Problem> {
    if status == AgentStatus::Unknown {
        return Err(Problem::bad_request("status is online, offline or invisible"));
    }
    let held = agent(w, me)?;
    inbox::set_status(w, held, status)?;
    Ok(State::Applied(Refs::of(RowKind::Agent, me.0)?))
}
