//! What a key means on the screen that is in front.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::event::{Act, Deed, Filter, Place};
use super::field::Edit;
use super::state::{Popup, Screen, State};

/// What a key means here, if anything.
pub(super) fn act(state: &State, key: KeyEvent) -> Option<Act> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if let Some(act) = everywhere(state, key.code, control) {
        return Some(act);
    }
    match &state.popup {
        Some(Popup::Form(_)) => form(key),
        Some(Popup::Sheet(_)) => sheet(key.code).or_else(|| list(key.code)),
        Some(Popup::Menu(_)) => list(key.code),
        None => match &state.at {
            Screen::Opening => None,
            Screen::SignIn(_) => form(key),
            Screen::Talk => talk(state, key),
            Screen::Main(Place::Search) => search(key),
            Screen::Main(place) => main(*place, key.code).or_else(|| list(key.code)),
        },
    }
}

fn everywhere(state: &State, code: KeyCode, control: bool) -> Option<Act> {
    let staged = |deed| state.stage.is_some().then_some(Act::Deed(deed));
    match code {
        KeyCode::Char('c') if control => Some(Act::Quit),
        KeyCode::F(1) => Some(Act::Tour),
        KeyCode::F(2) => staged(Deed::Network),
        KeyCode::F(3) => staged(Deed::Hour),
        KeyCode::F(4) => staged(Deed::Customer),
        KeyCode::F(5) => staged(Deed::Lose),
        KeyCode::F(6) => state.stage.is_some().then_some(Act::Scene(0)),
        KeyCode::Esc => Some(Act::Back),
        _ => None,
    }
}

fn list(code: KeyCode) -> Option<Act> {
    match code {
        KeyCode::Up | KeyCode::Char('k') => Some(Act::Move(-1)),
        KeyCode::Down | KeyCode::Char('j') => Some(Act::Move(1)),
        KeyCode::PageUp => Some(Act::Move(-8)),
        KeyCode::PageDown => Some(Act::Move(8)),
        KeyCode::Home => Some(Act::First),
        KeyCode::End => Some(Act::Last),
        KeyCode::Enter => Some(Act::Enter),
        KeyCode::Char(digit @ '1'..='9') => Some(Act::Row(digit as usize - '1' as usize)),
        _ => None,
    }
}

fn main(place: Place, code: KeyCode) -> Option<Act> {
    let filter = |filter| (place == Place::Inbox).then_some(Act::Filter(filter));
    match code {
        KeyCode::Char('q') => Some(Act::Quit),
        KeyCode::Char('?') => Some(Act::Tour),
        KeyCode::Char('/') => Some(Act::Go(Place::Search)),
        KeyCode::Char('i') => Some(Act::Go(Place::Inbox)),
        KeyCode::Char('b') => Some(Act::Go(Place::Outbox)),
        KeyCode::Char('m') => Some(Act::Go(Place::Usage)),
        KeyCode::Char(',') => Some(Act::Go(Place::Settings)),
        KeyCode::Tab => filter(Filter::Assignee),
        KeyCode::Char('c') => filter(Filter::Channel),
        KeyCode::Char('o') => filter(Filter::Open),
        KeyCode::Char('u') => filter(Filter::Unread),
        KeyCode::Char('w') => filter(Filter::Unanswered),
        KeyCode::Char('s') => filter(Filter::Closing),
        KeyCode::Left if place == Place::Usage => Some(Act::Month(-1)),
        KeyCode::Right if place == Place::Usage => Some(Act::Month(1)),
        // Digits choose in menus, not in lists of customers.
        KeyCode::Char('1'..='9') => Some(Act::Move(0)),
        _ => None,
    }
}

fn sheet(code: KeyCode) -> Option<Act> {
    match code {
        KeyCode::Char('n') => Some(Act::NewTemplate),
        KeyCode::Char('r') => Some(Act::Refresh),
        _ => None,
    }
}

fn talk(state: &State, key: KeyEvent) -> Option<Act> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let standing = state.talk.as_ref().is_some_and(|talk| talk.chosen.is_some());
    match key.code {
        KeyCode::Char('r') if control => Some(Act::SavedReplies),
        KeyCode::Char('t') if control => Some(Act::Restart),
        KeyCode::Char('a') if control => Some(Act::Assign),
        KeyCode::Char('o') if control => Some(Act::SetOpen),
        KeyCode::Char('f') if control => Some(Act::File),
        KeyCode::Char('j') if control => Some(Act::Type("\n".to_owned())),
        KeyCode::Enter if key.modifiers.contains(KeyModifiers::ALT) => Some(Act::Type("\n".to_owned())),
        KeyCode::Tab => Some(Act::Comment),
        KeyCode::Up => Some(Act::Move(-1)),
        KeyCode::Down => Some(Act::Move(1)),
        KeyCode::PageUp => Some(Act::Move(-8)),
        KeyCode::PageDown => Some(Act::Move(8)),
        KeyCode::Home if standing => Some(Act::First),
        KeyCode::End if standing => Some(Act::Last),
        KeyCode::Enter => Some(Act::Enter),
        _ => typing(key),
    }
}

fn search(key: KeyEvent) -> Option<Act> {
    match key.code {
        KeyCode::Up => Some(Act::Move(-1)),
        KeyCode::Down => Some(Act::Move(1)),
        KeyCode::PageUp => Some(Act::Move(-8)),
        KeyCode::PageDown => Some(Act::Move(8)),
        KeyCode::Enter => Some(Act::Enter),
        _ => typing(key),
    }
}

fn form(key: KeyEvent) -> Option<Act> {
    match key.code {
        KeyCode::Tab | KeyCode::Down => Some(Act::Next),
        KeyCode::BackTab | KeyCode::Up => Some(Act::Previous),
        KeyCode::Enter => Some(Act::Enter),
        _ => typing(key),
    }
}

fn typing(key: KeyEvent) -> Option<Act> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let edit = match key.code {
        KeyCode::Char('w') if control => Edit::Word,
        KeyCode::Char('u') if control => Edit::Clear,
        KeyCode::Char(_) if control => return None,
        KeyCode::Char(c) => return Some(Act::Type(c.to_string())),
        KeyCode::Backspace => Edit::Backspace,
        KeyCode::Delete => Edit::Delete,
        KeyCode::Left => Edit::Left,
        KeyCode::Right => Edit::Right,
        KeyCode::Home => Edit::Home,
        KeyCode::End => Edit::End,
        _ => return None,
    };
    Some(Act::Edit(edit))
}
