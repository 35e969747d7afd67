//! Where one writes: a field with the time left, *Restart*, or why neither. The price stands below
//! what is typed, before it is sent.

use ratatui::layout::Rect;
use riposte::facade::{Composer, ConversationScreen, Quote, TimelineRow};
use riposte::model::{Phrase, PhraseKey, PhraseValue};

use super::super::event::Act;
use super::super::ink::Ink;
use super::super::state::{State, Talk};
use super::super::text::{cut, wrap};
use super::bubble::who;
use super::inbox::left;
use super::paint::{Canvas, columns};

/// The most lines of the field; what is longer is seen from its end.
const MOST_LINES: usize = 6;

/// The rows it takes.
pub(super) fn height(state: &State, talk: &Talk, width: u16) -> u16 {
    let lines = content(state, talk, width).len();
    // A line above, what is typed, and the price below.
    u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2)
}

/// What stands between the line above and the price below.
fn content(state: &State, talk: &Talk, width: u16) -> Vec<String> {
    let most = usize::from(width.saturating_sub(4)).max(1);
    let composer = talk.screen.as_ref().map(|screen| &screen.composer);
    match composer {
        Some(Composer::RestartOnly { why, .. } | Composer::Blocked { why }) if !talk.composer.comment => {
            let waits = talk.screen.as_ref().and_then(|screen| screen.waits_for_answer.as_ref());
            let mut lines = wrap(&state.say(waits.unwrap_or(why)), most);
            // What was typed is not lost because it may not leave.
            if !talk.composer.field.is_empty() {
                lines.push(cut(&format!("┆ {}", talk.composer.field.text()), most));
            }
            lines
        }
        _ => {
            let mut lines = wrap(talk.composer.field.text(), most);
            if talk.composer.reply_to.is_some() {
                lines.insert(0, String::new());
            }
            let surplus = lines.len().saturating_sub(MOST_LINES);
            lines.drain(..surplus);
            lines
        }
    }
}

pub(super) fn draw(state: &State, canvas: &mut Canvas<'_>, area: Rect, talk: &Talk, screen: &ConversationScreen) {
    canvas.rule(area, area.y);
    title(state, canvas, area, talk, screen);
    let inside = Rect { x: area.x + 2, y: area.y + 1, width: area.width.saturating_sub(4), height: area.height - 2 };
    let last = area.bottom() - 1;
    if talk.composer.comment {
        canvas.ink(Rect { x: area.x + 1, width: area.width - 2, ..inside }, Ink::Comment);
        typed(state, canvas, inside, talk, screen);
        canvas.put(inside.x, last, inside.width, &state.say_key(PhraseKey::ContentComment), Ink::Amber);
        return;
    }
    match &screen.composer {
        Composer::Open { .. } => {
            typed(state, canvas, inside, talk, screen);
            price(state, canvas, Rect { y: last, height: 1, ..inside }, talk, screen);
        }
        Composer::RestartOnly { .. } => {
            for (at, line) in content(state, talk, area.width).iter().enumerate() {
                canvas.put(inside.x, inside.y + u16::try_from(at).unwrap_or(0), inside.width, line, Ink::Amber);
            }
            let button = format!("[ {} ]", state.say_key(PhraseKey::RestartConversation));
            canvas.put(inside.x, last, inside.width, &button, Ink::Key);
            canvas.spot(Rect { y: last, height: 1, width: columns(&button), ..inside }, Act::Restart);
        }
        Composer::Blocked { .. } => {
            for (at, line) in content(state, talk, area.width).iter().enumerate() {
                canvas.put(inside.x, inside.y + u16::try_from(at).unwrap_or(0), inside.width, line, Ink::Amber);
            }
        }
    }
}

/// What will be written, and how long one may.
fn title(state: &State, canvas: &mut Canvas<'_>, area: Rect, talk: &Talk, screen: &ConversationScreen) {
    let labels = state.labels;
    let name = if talk.composer.comment { labels.comment } else { labels.reply };
    let ink = if talk.composer.comment { Ink::Amber } else { Ink::Bold };
    let open = matches!(screen.composer, Composer::Open { .. });
    if open || talk.composer.comment {
        canvas.put(area.x + 2, area.y, area.width, &format!(" {name} "), ink);
        canvas.spot(Rect { x: area.x + 2, y: area.y, width: columns(name) + 2, height: 1 }, Act::Comment);
    }
    let Composer::Open { closes_at, remaining_ms, human_agent } = &screen.composer else { return };
    let (Some(closes_at), Some(remaining_ms)) = (closes_at, remaining_ms) else {
        let told = format!(" {} ", state.say_key(PhraseKey::WindowUnlimited));
        canvas.put_right(area.right() - 2, area.y, area.width * 2 / 3, &told, Ink::Green);
        return;
    };
    let gone = (state.now - talk.read_at).num_milliseconds();
    let remaining = remaining_ms - gone;
    let until = if *human_agent { PhraseKey::WindowHumanAgentUntil } else { PhraseKey::WindowOpenUntil };
    let told = state.say(&Phrase::new(until).with("until", PhraseValue::At(*closes_at)));
    let told = format!(" {} {} · {told} ", left(state, remaining), labels.left);
    let short = format!(" {} {} ", left(state, remaining), labels.left);
    let room = area.width.saturating_sub(columns(name) + 8);
    let told = if columns(&told) <= room { told } else { short };
    // The same line as in the list: two hours are little while somebody waits.
    let ink = if remaining <= 2 * 3_600_000 { Ink::Amber } else { Ink::Green };
    canvas.put_right(area.right() - 2, area.y, room, &told, ink);
}

fn typed(state: &State, canvas: &mut Canvas<'_>, inside: Rect, talk: &Talk, screen: &ConversationScreen) {
    let ink = if talk.composer.comment { Ink::Comment } else { Ink::Plain };
    let most = usize::from(inside.width).max(1);
    let mut area = inside;
    if let Some(id) = talk.composer.reply_to {
        let quoted = screen.rows.iter().find_map(|row| match row {
            TimelineRow::Bubble(bubble) if bubble.message_id == Some(id) => Some(bubble),
            _ => None,
        });
        let told = quoted
            .map(|bubble| format!("┆ {}{} {}", who(state, &bubble.author), state.labels.colon, bubble.content.text()));
        canvas.put(area.x, area.y, area.width, &cut(&told.unwrap_or_else(|| "┆ …".to_owned()), most), Ink::Faint);
        area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    }
    let lines = wrap(talk.composer.field.text(), most);
    let before = wrap(talk.composer.field.before(), most);
    let first = lines.len().saturating_sub(usize::from(area.height));
    for (at, line) in lines.iter().enumerate().skip(first) {
        canvas.put(area.x, area.y + u16::try_from(at - first).unwrap_or(0), area.width, line, ink);
    }
    // A blank that was just typed is at the end of a line and would be cut off there.
    let last = before.last().map_or(0, |line| columns(line));
    let blanks = talk.composer.field.before().chars().rev().take_while(|c| *c == ' ').count();
    let x = (last + u16::try_from(blanks).unwrap_or(0)).min(area.width.saturating_sub(1));
    let y = u16::try_from((before.len().max(1) - 1).saturating_sub(first)).unwrap_or(0);
    if state.popup.is_none() && talk.chosen.is_none() {
        canvas.cursor(area.x + x, area.y + y.min(area.height.saturating_sub(1)));
    }
}

/// What it costs, before it is sent; what speaks against it; how long it is.
fn price(state: &State, canvas: &mut Canvas<'_>, area: Rect, talk: &Talk, screen: &ConversationScreen) {
    // While the next answer is on its way the last one stands.
    let check = &talk.composer.check.1;
    let counter = match (check.most, talk.composer.field.is_empty()) {
        (Some(most), false) => format!("{}/{most}", check.length),
        (None, false) => check.length.to_string(),
        (_, true) => String::new(),
    };
    let end = canvas.put_right(area.right(), area.y, 16, &counter, Ink::Faint);
    let room = end.saturating_sub(area.x + 1);
    let fault = talk.composer.checked().and_then(|check| check.faults.first());
    if let Some(fault) = fault.filter(|_| !talk.composer.field.text().trim().is_empty()) {
        canvas.put(area.x, area.y, room, &state.say(fault), Ink::Red);
        return;
    }
    let Some(price) = &screen.reply_price else { return };
    let ink = match price.quote {
        Quote::Free { .. } | Quote::Covered { .. } => Ink::Green,
        Quote::Allowance { .. } | Quote::Costs { .. } | Quote::NotPriced { .. } => Ink::Money,
    };
    canvas.put(area.x, area.y, room, &state.say(&price.phrase), ink);
}
