//! The composer: a field with the time left, *Restart*, or why neither. The price is below the text,
//! before it is sent.

use ratatui::layout::Rect;
use riposte::facade::{Composer, ConversationScreen, PriceQuote, TimelineRow};
use riposte::model::{Phrase, PhraseKey, PhraseValue};

use super::super::event::Act;
use super::super::ink::Ink;
use super::super::state::{State, Talk};
use super::super::text::{cut, seen, wrap};
use super::bubble::who;
use super::inbox::left;
use super::paint::{Canvas, columns};

/// The most lines of the field; of a longer text the end is visible.
const MOST_LINES: usize = 6;

/// The rows it takes.
pub(super) fn height(state: &State, talk: &Talk, width: u16) -> u16 {
    let lines = content(state, talk, width).len();
    // A line above, what is typed, and the price below.
    u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2)
}

/// What is between the line above and the price below.
fn content(state: &State, talk: &Talk, width: u16) -> Vec<String> {
    let most = usize::from(width.saturating_sub(4)).max(1);
    let composer = talk.screen.as_ref().map(|screen| &screen.composer);
    match composer {
        Some(Composer::RestartOnly { why, .. } | Composer::Blocked { why }) if !talk.composer.comment => {
            let waits = talk.screen.as_ref().and_then(|screen| screen.waits_for_answer.as_ref());
            let mut lines = wrap(&state.say(waits.unwrap_or(why)), most);
            // A text that cannot leave is kept.
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

/// What is being written, and how long that is possible.
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
        let written = format!(" {} ", state.say_key(PhraseKey::WindowUnlimited));
        canvas.put_right(area.right() - 2, area.y, area.width * 2 / 3, &written, Ink::Green);
        return;
    };
    let gone = (state.now - talk.read_at).num_milliseconds();
    let remaining = remaining_ms - gone;
    let until = if *human_agent { PhraseKey::WindowHumanAgentUntil } else { PhraseKey::WindowOpenUntil };
    let written = state.say(&Phrase::new(until).with("until", PhraseValue::At(*closes_at)));
    let written = format!(" {} {} · {written} ", left(state, remaining), labels.left);
    let short = format!(" {} {} ", left(state, remaining), labels.left);
    let room = area.width.saturating_sub(columns(name) + 8);
    let written = if columns(&written) <= room { written } else { short };
    // The same line as in the list: two hours are little while a customer waits.
    let ink = if remaining <= 2 * 3_600_000 { Ink::Amber } else { Ink::Green };
    canvas.put_right(area.right() - 2, area.y, room, &written, ink);
}

fn typed(state: &State, canvas: &mut Canvas<'_>, inside: Rect, talk: &Talk, screen: &ConversationScreen) {
    let ink = if talk.composer.comment { Ink::Comment } else { Ink::Plain };
    let most = usize::from(inside.width).max(1);
    let mut area = inside;
    if let Some(id) = talk.composer.reply_to {
        let quoted = screen.rows.iter().find_map(|row| match row {
            TimelineRow::Message(bubble) if bubble.message_id == Some(id) => Some(bubble),
            _ => None,
        });
        let written = quoted
            .map(|bubble| format!("┆ {}{} {}", who(state, &bubble.author), state.labels.colon, bubble.content.text()));
        canvas.put(area.x, area.y, area.width, &cut(&written.unwrap_or_else(|| "┆ …".to_owned()), most), Ink::Faint);
        area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    }
    let lines = wrap(talk.composer.field.text(), most);
    let before = wrap(talk.composer.field.before(), most);
    let first = lines.len().saturating_sub(usize::from(area.height));
    for (at, line) in lines.iter().enumerate().skip(first) {
        let y = area.y + u16::try_from(at - first).unwrap_or(0);
        // Right-to-left text is aligned to the right.
        match seen(line).1 {
            true => drop(canvas.put_right(area.right(), y, area.width, line, ink)),
            false => canvas.put(area.x, y, area.width, line, ink),
        }
    }
    // A blank that was just typed is at the end of a line and would be cut off there.
    let last = before.last().map_or(0, |line| columns(line));
    let blanks = talk.composer.field.before().chars().rev().take_while(|c| *c == ' ').count();
    let x = (last + u16::try_from(blanks).unwrap_or(0)).min(area.width.saturating_sub(1));
    let y = u16::try_from((before.len().max(1) - 1).saturating_sub(first)).unwrap_or(0);
    let from_the_right = lines.get(before.len().max(1) - 1).is_some_and(|line| seen(line).1);
    let x = if from_the_right { area.width.saturating_sub(x + 1) } else { x };
    if state.popup.is_none() && talk.chosen.is_none() {
        canvas.cursor(area.x + x, area.y + y.min(area.height.saturating_sub(1)));
    }
}

/// Its price, before it is sent; known obstacles; its length.
fn price(state: &State, canvas: &mut Canvas<'_>, area: Rect, talk: &Talk, screen: &ConversationScreen) {
    // Until the next check arrives the last one is shown.
    let check = &talk.composer.check.1;
    let counter = match (check.max_length, talk.composer.field.is_empty()) {
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
        PriceQuote::Free { .. } | PriceQuote::Covered { .. } => Ink::Green,
        PriceQuote::Allowance { .. } | PriceQuote::Costs { .. } | PriceQuote::NotPriced { .. } => Ink::Money,
    };
    canvas.put(area.x, area.y, room, &state.say(&price.phrase), ink);
}
