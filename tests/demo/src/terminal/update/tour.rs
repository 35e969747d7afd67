//! The guided tour: one key for each scene.

use riposte::facade::Draft;
use riposte::model::ConversationId;

use super::super::event::{Choice, Effect, Stage};
use super::super::field::Field;
use super::super::state::{Entry, Menu, Popup, State};
use super::{keep_draft, talk};

fn list(state: &State) -> Menu {
    let scenes = state.labels.scenes.iter().enumerate();
    let entries = scenes.map(|(at, scene)| Entry {
        label: format!("{} {}", at + 1, scene.title),
        detail: String::new(),
        choice: Choice::Scene(at + 1),
    });
    let title = state.labels.tour.to_owned();
    Menu { title, entries: entries.collect(), chosen: state.scene.map_or(0, |at| at - 1), empty: String::new() }
}

/// Opens the list, if an agent is signed in.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if state.who.is_some() {
        state.popup = Some(Popup::Menu(list(state)));
    }
    Vec::new()
}

/// Plays a scene; 0 is the one after the present.
pub(super) fn play(state: &mut State, scene: usize) -> Vec<Effect> {
    state.popup = None;
    let Some(stage) = &mut state.stage else {
        let written = state.labels.tour_needs_demo;
        state.complain(written);
        return Vec::new();
    };
    if stage.lost {
        return Vec::new();
    }
    let last = state.labels.scenes.len();
    let scene = match scene {
        0 => state.scene.map_or(1, |at| if at >= last { 1 } else { at + 1 }),
        scene => scene.min(last),
    };
    stage.busy = true;
    state.scene = Some(scene);
    let mut effects: Vec<Effect> = keep_draft(state).into_iter().collect();
    effects.push(Effect::Stage(Stage::Scene(scene)));
    effects
}

/// The stage is set: what the agent does in the scene.
pub(super) fn begin(state: &mut State, scene: usize, id: ConversationId) -> Vec<Effect> {
    if scene == 5 {
        return talk::restart(state, id);
    }
    let mut effects = open_here(state, id);
    let written = |at: usize| state.labels.written.get(at).copied().unwrap_or_default();
    let send = |body: &str| Effect::Send(id, Draft::Text { body: body.to_owned(), reply_to: None });
    match scene {
        1 => {
            let text = written(0);
            if let Some(talk) = &mut state.talk {
                talk.composer.field = Field::of(text);
                effects.extend(talk::typed(talk));
            }
        }
        3 => effects.extend([send(written(1)), Effect::ReadOutbox]),
        4 => {
            if let Some(stage) = &mut state.stage {
                stage.lost = true;
            }
            effects.extend([send(written(2)), Effect::Stage(Stage::Lose)]);
        }
        _ => {}
    }
    effects
}

fn open_here(state: &mut State, id: ConversationId) -> Vec<Effect> {
    match &state.talk {
        Some(talk) if talk.id == id => vec![super::read(talk)],
        _ => super::open(state, id),
    }
}
