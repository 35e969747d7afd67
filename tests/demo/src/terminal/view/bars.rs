//! The line above everything and the lines below: who, how connected, which keys, the tour.

use ratatui::layout::Rect;
use riposte::facade::{Composer, ConnectionState};

use super::super::event::{Act, Deed, Filter, Place};
use super::super::ink::Ink;
use super::super::state::{Popup, Screen, State};
use super::super::text::wrap;
use super::paint::{Canvas, columns};

/// The keys, and what just happened or what the demo's own keys do.
pub(super) const HELP_ROWS: u16 = 2;

/// Who is here, how connected, and what time it is.
pub(super) fn header(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    canvas.ink(area, Ink::Bar);
    let local = state.local(state.now);
    let time = local.format("%H:%M").to_string();
    let mut right = canvas.put_right(area.right() - 1, area.y, 8, &time, Ink::Bar);
    if let Some((connection, phrase)) = &state.connection {
        let ink = match connection {
            ConnectionState::Live => Ink::Bar,
            ConnectionState::CatchingUp => Ink::Bar,
            ConnectionState::Offline
            | ConnectionState::Paused
            | ConnectionState::Locked
            | ConnectionState::SignedOut => Ink::Amber,
        };
        let words = state.say(phrase);
        let short = words.split(['.', ':']).next().unwrap_or_default().trim();
        right = canvas.put_right(right.saturating_sub(2), area.y, 24, short, ink);
    }
    let waiting = state.outbox.rows.len();
    if waiting > 0 {
        let written = format!("↑{waiting}");
        right = canvas.put_right(right.saturating_sub(2), area.y, 6, &written, Ink::Amber);
        canvas.spot(Rect { x: right, y: area.y, width: columns(&written), height: 1 }, Act::Go(Place::Outbox));
    }
    let who = match &state.who {
        Some(who) => {
            let name = state.directory.me.as_ref().map_or(&who.agent_name, |me| &me.name);
            format!(" Riposte · {} · {name} · {}", who.company_name, state.labels.status_of(state.status()))
        }
        None => " Riposte".to_owned(),
    };
    canvas.put(area.x, area.y, right.saturating_sub(area.x + 1), &who, Ink::Bar);
    let settings = Rect { width: columns(&who).min(right.saturating_sub(area.x)), ..area };
    canvas.spot(settings, Act::Go(Place::Settings));
}

/// The rows that the tour takes.
pub(super) fn tour_height(state: &State, width: u16) -> u16 {
    u16::try_from(tour_lines(state, width).len()).unwrap_or(0)
}

fn tour_lines(state: &State, width: u16) -> Vec<String> {
    let Some(at) = state.scene else { return Vec::new() };
    let Some(scene) = at.checked_sub(1).and_then(|at| state.labels.scenes.get(at)) else { return Vec::new() };
    let written = format!("{at}/{} {}. {}", state.labels.scenes.len(), scene.title, scene.text);
    let mut lines = wrap(&written, usize::from(width.saturating_sub(2)));
    lines.truncate(4);
    lines
}

/// Everything below the screen.
pub(super) fn foot(state: &State, canvas: &mut Canvas<'_>, area: Rect, tour: u16) {
    for (y, line) in (area.y..).zip(tour_lines(state, area.width)) {
        canvas.ink(Rect { y, height: 1, ..area }, Ink::Tour);
        canvas.put(area.x + 1, y, area.width - 2, &line, Ink::Tour);
    }
    let help = Rect { y: area.y + tour, height: 1, ..area };
    let mut known = here(state);
    if state.scene.is_some() && state.popup.is_none() {
        known.insert(0, key("F6", state.labels.tour_next, Act::Scene(0)));
    }
    keys(canvas, help, &known);
    let second = Rect { y: help.y + 1, ..help };
    match (&state.notice, state.stage) {
        (Some(notice), _) => {
            let ink = if notice.bad { Ink::Red } else { Ink::Green };
            canvas.put(second.x + 1, second.y, second.width - 2, &notice.text, ink);
        }
        (None, Some(_)) => stage(state, canvas, second),
        (None, None) => {}
    }
}

struct Key {
    key: &'static str,
    label: &'static str,
    act: Act,
}

fn key(key: &'static str, label: &'static str, act: Act) -> Key {
    Key { key, label, act }
}

fn keys(canvas: &mut Canvas<'_>, area: Rect, keys: &[Key]) {
    let mut x = area.x + 1;
    for Key { key, label, act } in keys {
        let taken = columns(key) + 1 + columns(label);
        if x + taken > area.right() {
            return;
        }
        canvas.put(x, area.y, area.width, key, Ink::Key);
        canvas.put(x + columns(key) + 1, area.y, area.width, label, Ink::Plain);
        canvas.spot(Rect { x, y: area.y, width: taken, height: 1 }, act.clone());
        x += taken + 2;
    }
}

/// The keys of what is in front.
fn here(state: &State) -> Vec<Key> {
    let k = &state.labels.keys;
    let back = || key("Esc", k.back, Act::Back);
    match &state.popup {
        Some(Popup::Menu(_)) => return vec![key("⏎", k.choose, Act::Enter), back()],
        Some(Popup::Form(form)) => {
            let mut keys = vec![key("⏎", k.send, Act::Enter), key("Tab", k.next, Act::Next)];
            if form.fields.get(form.focus).is_some_and(|field| !field.options.is_empty()) {
                keys.push(key("→", k.change, Act::Edit(super::super::field::Edit::Right)));
            }
            keys.push(back());
            return keys;
        }
        Some(Popup::Sheet(_)) => {
            return vec![
                key("⏎", k.choose, Act::Enter),
                key("n", k.new, Act::NewTemplate),
                key("r", k.refresh, Act::Refresh),
                back(),
            ];
        }
        None => {}
    }
    let go = |place| Act::Go(place);
    let tour = || key("?", k.tour, Act::Tour);
    match &state.at {
        Screen::Opening => vec![key("^C", k.quit, Act::Quit)],
        Screen::SignIn(_) => {
            vec![
                key("⏎", state.labels.sign_in, Act::Enter),
                key("Tab", k.next, Act::Next),
                key("^C", k.quit, Act::Quit),
            ]
        }
        Screen::Main(Place::Inbox) => vec![
            tour(),
            key("⏎", k.open, Act::Enter),
            key("Tab", k.whose, Act::Filter(Filter::Assignee)),
            key("/", k.search, go(Place::Search)),
            key("b", k.outbox, go(Place::Outbox)),
            key("m", k.usage, go(Place::Usage)),
            key(",", k.settings, go(Place::Settings)),
            key("q", k.quit, Act::Quit),
        ],
        Screen::Main(Place::Outbox) => vec![key("⏎", k.choose, Act::Enter), back(), tour()],
        Screen::Main(Place::Search) => vec![key("⏎", k.open, Act::Enter), back()],
        Screen::Main(Place::Usage) => {
            vec![key("←", k.month, Act::Month(-1)), key("→", k.month, Act::Month(1)), back(), tour()]
        }
        Screen::Main(Place::Settings) => vec![key("⏎", k.change, Act::Enter), back(), tour()],
        Screen::Talk => talk(state),
    }
}

fn talk(state: &State) -> Vec<Key> {
    let k = &state.labels.keys;
    let talk = state.talk.as_ref();
    let screen = talk.and_then(|talk| talk.screen.as_ref());
    let open = screen.is_some_and(|screen| screen.open);
    let restart = screen.is_some_and(|screen| matches!(screen.composer, Composer::RestartOnly { .. }));
    let standing = talk.is_some_and(|talk| talk.chosen.is_some());
    let enter = match (standing, restart) {
        (true, _) => k.choose,
        (false, true) => k.restart,
        (false, false) => k.send,
    };
    vec![
        key("⏎", enter, Act::Enter),
        key("↑", k.message, Act::Move(-1)),
        key("Tab", k.comment, Act::Comment),
        key("^R", k.saved, Act::SavedReplies),
        key("^T", k.restart, Act::Restart),
        key("^A", k.assign, Act::Assign),
        key("^O", if open { k.close } else { k.reopen }, Act::SetOpen),
        key("Esc", k.back, Act::Back),
        key("^F", k.file, Act::File),
        key("F1", k.tour, Act::Tour),
    ]
}

/// The demo's own keys, and what the providers have taken.
fn stage(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let (k, Some(stage)) = (&state.labels.keys, state.stage) else { return };
    let taken = format!("{} {}", state.labels.taken, stage.taken);
    let right = canvas.put_right(area.right() - 1, area.y, area.width, &taken, Ink::Faint);
    let deeds = Rect { width: right.saturating_sub(area.x), ..area };
    let lead = if stage.busy { state.labels.busy } else { state.labels.demo };
    let used = canvas.write(deeds.x + 1, deeds.y, deeds.width, lead, Ink::Faint) + 1;
    let ink = if stage.network { Ink::Green } else { Ink::Red };
    canvas.put(deeds.x + used + 1, deeds.y, 1, if stage.network { "●" } else { "×" }, ink);
    let rest = Rect { x: deeds.x + used + 2, width: deeds.width.saturating_sub(used + 2), ..deeds };
    let known = [
        key("F2", k.network, Act::Deed(Deed::Network)),
        key("F3", k.hour, Act::Deed(Deed::Hour)),
        key("F4", k.customer, Act::Deed(Deed::Customer)),
        key("F5", k.lose, Act::Deed(Deed::Lose)),
    ];
    keys(canvas, rest, &known);
}
