//! How an event changes the state, and what is to be done then. Pure: nothing here waits, reads a
//! clock or calls the core.
//!
//! - this file: which part of the state it concerns; [`lists`]: inbox, outbox, search, usage,
//!   settings; [`talk`]: the conversation and its composer; [`popup`]: menus, forms, the sheet of
//!   templates; [`news`]: what came back; [`tour`]: the scenes

mod lists;
mod news;
mod popup;
mod talk;
#[cfg(test)]
mod tests;
mod tour;

use riposte::model::ConversationId;

use super::event::{Act, Deed, Effect, Event, Place, Stage};
use super::keys;
use super::state::{Screen, State, Talk};

/// Handles one event.
pub(super) fn update(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Key(key) => match keys::act(state, key) {
            Some(act) => {
                state.notice = None;
                do_act(state, act)
            }
            None => Vec::new(),
        },
        Event::Act(act) => {
            state.notice = None;
            do_act(state, act)
        }
        Event::Paste(text) => do_act(state, Act::Type(text.replace("\r\n", "\n").replace('\r', "\n"))),
        Event::Tick(now) => tick(state, now),
        Event::News(news) => news::take(state, news),
    }
}

fn do_act(state: &mut State, act: Act) -> Vec<Effect> {
    match act {
        Act::Quit => keep_draft(state).into_iter().chain([Effect::Quit]).collect(),
        Act::Deed(deed) => deeds(state, deed),
        Act::Tour => tour::open(state),
        Act::Scene(scene) => tour::play(state, scene),
        act if state.popup.is_some() => popup::act(state, act),
        act => match &state.at {
            Screen::Opening => Vec::new(),
            Screen::SignIn(_) => popup::sign_in(state, act),
            Screen::Talk => talk::act(state, act),
            Screen::Main(place) => {
                let place = *place;
                lists::act(state, place, act)
            }
        },
    }
}

fn deeds(state: &mut State, deed: Deed) -> Vec<Effect> {
    let Some(stage) = state.stage.as_mut() else { return Vec::new() };
    let asked = match deed {
        // Killed already, and not open yet.
        Deed::Lose if stage.lost => return Vec::new(),
        Deed::Lose => {
            stage.lost = true;
            Stage::Lose
        }
        Deed::Network => Stage::Network,
        Deed::Hour => Stage::Hour,
        Deed::Customer => {
            let here = state.talk.as_ref().and_then(|talk| talk.screen.as_ref());
            Stage::Customer(here.map(|screen| screen.title.clone()))
        }
    };
    stage.busy = true;
    keep_draft(state).into_iter().chain([Effect::Stage(asked)]).collect()
}

/// Time has passed: reads again what was valid only until now.
fn tick(state: &mut State, now: chrono::DateTime<chrono::Utc>) -> Vec<Effect> {
    state.now = now;
    let mut effects: Vec<Effect> = keep_draft(state).into_iter().collect();
    if state.inbox.valid_until.is_some_and(|until| until <= now) {
        state.inbox.valid_until = None;
        effects.push(Effect::ReadInbox(state.inbox.query.clone()));
    }
    if let Some(talk) = &mut state.talk
        && let Some(screen) = &mut talk.screen
        && screen.valid_until.is_some_and(|until| until <= now)
    {
        screen.valid_until = None;
        effects.push(read(talk));
    }
    effects
}

/// Everything an account's screens begin with.
fn beginning(state: &State) -> Vec<Effect> {
    vec![Effect::Directory, Effect::ReadInbox(state.inbox.query.clone()), Effect::ReadOutbox]
}

/// Reads the conversation in front again.
fn read(talk: &Talk) -> Effect {
    Effect::ReadTalk { id: talk.id, around: talk.around, limit: talk.limit }
}

/// What was typed since it was last kept.
fn keep_draft(state: &mut State) -> Option<Effect> {
    let talk = state.talk.as_mut()?;
    if !std::mem::take(&mut talk.composer.unsaved) {
        return None;
    }
    let text = if talk.composer.comment { String::new() } else { talk.composer.field.text().to_owned() };
    let draft = riposte::facade::SavedDraft { text, reply_to: talk.composer.reply_to };
    Some(Effect::SaveDraft(talk.id, draft))
}

/// Opens a conversation, leaving the one before.
fn open(state: &mut State, id: ConversationId) -> Vec<Effect> {
    let mut effects = leave(state);
    state.popup = None;
    state.at = Screen::Talk;
    let talk = Talk::new(id, state.now);
    effects.extend([read(&talk), Effect::Enter(id)]);
    state.talk = Some(talk);
    effects
}

fn leave(state: &mut State) -> Vec<Effect> {
    let mut effects: Vec<Effect> = keep_draft(state).into_iter().collect();
    if let Some(talk) = state.talk.take() {
        effects.push(Effect::Leave(talk.id));
    }
    effects
}

fn go(state: &mut State, place: Place) -> Vec<Effect> {
    let mut effects = leave(state);
    state.popup = None;
    state.at = Screen::Main(place);
    match place {
        Place::Inbox => effects.push(Effect::ReadInbox(state.inbox.query.clone())),
        Place::Outbox => effects.push(Effect::ReadOutbox),
        Place::Search => {}
        Place::Usage => {
            let now = state.local(state.now);
            state.usage.month = (chrono::Datelike::year(&now), chrono::Datelike::month(&now));
            state.usage.shown = None;
            effects.push(Effect::Month(state.usage.month.0, state.usage.month.1));
        }
        Place::Settings => effects.push(Effect::Directory),
    }
    effects
}
