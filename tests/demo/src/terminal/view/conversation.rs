//! One conversation: the customer, the messages, the composer.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use ratatui::layout::Rect;
use riposte::facade::{ConversationScreen, TimelineRow};
use riposte::model::{Phrase, PhraseKey, PhraseValue};

use super::super::event::Act;
use super::super::ink::{Ink, logo};
use super::super::state::{State, Talk, row_key};
use super::bubble::{self, Line};
use super::channel_phrase;
use super::composer;
use super::paint::{Canvas, columns};

pub(super) fn draw(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let Some(talk) = &state.talk else { return };
    let Some(screen) = &talk.screen else {
        canvas.put(area.x + 2, area.y + 1, area.width - 2, state.labels.opening, Ink::Faint);
        return;
    };
    head(state, canvas, Rect { height: 2, ..area }, screen);
    canvas.rule(area, area.y + 2);
    let composing = composer::height(state, talk, area.width).min(area.height / 2);
    let writing = Rect { y: area.bottom() - composing, height: composing, ..area };
    let said = Rect { y: area.y + 3, height: area.height.saturating_sub(3 + composing), ..area };
    rows(state, canvas, said, talk, screen);
    composer::draw(state, canvas, writing, talk, screen);
}

/// Who, from where, who answers; below it the *Channel* section.
fn head(state: &State, canvas: &mut Canvas<'_>, area: Rect, screen: &ConversationScreen) {
    let labels = state.labels;
    let mut x = area.x + 1;
    if let Some(channel) = &screen.channel {
        canvas.put(x, area.y, 2, logo(channel.kind), Ink::Logo(channel.kind));
        x += 3;
    }
    let who = match (&screen.assignee, &screen.group) {
        (Some(agent), _) if agent.me => labels.me.to_owned(),
        (Some(agent), _) => agent.name.clone(),
        (None, Some(group)) => group.name.clone(),
        (None, None) => labels.no_one.to_owned(),
    };
    let stands = if screen.open { format!("→ {who}") } else { format!("→ {who} · {}", labels.closed) };
    let end = canvas.put_right(area.right() - 1, area.y, area.width / 2, &stands, Ink::Plain);
    canvas.spot(Rect { x: end, width: columns(&stands), height: 1, y: area.y }, Act::Assign);
    canvas.put(x, area.y, end.saturating_sub(x + 1), &screen.title, Ink::Bold);

    let mut second = Vec::new();
    if let Some(channel) = &screen.channel {
        let kind = state.say(&channel_phrase(channel.kind));
        let address = channel.address.as_ref().map(|address| format!(" ({address})")).unwrap_or_default();
        second.push(format!("{}{} {kind} · {}{address}", labels.channel, labels.colon, channel.name));
        second.extend(channel.notice.as_ref().map(|notice| state.say(notice)));
    }
    if let Some(contact) = &screen.contact {
        let phone = contact.phone.as_ref().map(|phone| format!("+{phone}"));
        let handle = contact.username.as_ref().map(|handle| format!("@{}", handle.trim_start_matches('@')));
        second.extend(phone.or(handle).filter(|known| *known != screen.title));
    }
    let colleagues = screen.colleagues.iter().map(|one| state.say(&presence(&one.name, one.answering)));
    let mut written: Vec<String> = colleagues.collect();
    written.extend(screen.window_difference.as_ref().map(|difference| state.say(difference)));
    if !screen.times_confirmed {
        written.push(state.say_key(PhraseKey::TimesUnconfirmed));
    }
    let written = written.join(" · ");
    let y = area.y + 1;
    let end = canvas.put_right(area.right() - 1, y, area.width / 2, &written, Ink::Amber);
    canvas.put(area.x + 1, y, end.saturating_sub(area.x + 2), &second.join(" · "), Ink::Faint);
}

/// The messages, scrolled so that the selected row is visible, or else the newest.
fn rows(state: &State, canvas: &mut Canvas<'_>, area: Rect, talk: &Talk, screen: &ConversationScreen) {
    let (lines, spans) = lines(state, talk, screen, area.width);
    let height = usize::from(area.height);
    let newest = lines.len().saturating_sub(height);
    let first = match talk.chosen.as_deref().and_then(|key| spans.get(key)) {
        Some((from, to)) if *from < newest => {
            let middle = (from + to) / 2;
            middle.saturating_sub(height / 2).min(*from).min(newest)
        }
        Some(_) | None => newest,
    };
    // Less than a screen is at the bottom, next to the composer.
    let y = area.y + u16::try_from(height.saturating_sub(lines.len())).unwrap_or(0);
    for (at, line) in lines.iter().skip(first).take(height).enumerate() {
        let y = y + u16::try_from(at).unwrap_or(0);
        line.draw(canvas, Rect { y, height: 1, ..area });
        if let Some(row) = line.row {
            canvas.spot(Rect { y, height: 1, ..area }, Act::Row(row));
        }
    }
}

/// Every line, and the lines of each row.
fn lines<'a>(
    state: &State,
    talk: &Talk,
    screen: &'a ConversationScreen,
    width: u16,
) -> (Vec<Line>, BTreeMap<&'a str, (usize, usize)>) {
    let mut lines = Vec::new();
    let mut spans = BTreeMap::new();
    let mut day: Option<NaiveDate> = None;
    if screen.more_before {
        lines.push(Line::middle(state.labels.older, Ink::Faint));
    }
    for (at, row) in screen.rows.iter().enumerate() {
        if let Some(new) = at_of(row).map(|at| state.local(at).date_naive()).filter(|new| Some(*new) != day) {
            day = Some(new);
            lines.push(Line::ruled(&day_line(state, new), Ink::Bold));
        }
        if let TimelineRow::Message(bubble) = row
            && bubble.message_id.is_some()
            && bubble.message_id == talk.unread_from
        {
            lines.push(Line::ruled(state.labels.new, Ink::Amber));
        }
        let from = lines.len();
        let chosen = talk.chosen.as_deref() == Some(row_key(row));
        lines.extend(bubble::lines(state, row, width, chosen).into_iter().map(|line| line.of(at)));
        spans.insert(row_key(row), (from, lines.len()));
    }
    (lines, spans)
}

fn at_of(row: &TimelineRow) -> Option<DateTime<Utc>> {
    match row {
        TimelineRow::Message(bubble) => Some(bubble.at),
        TimelineRow::Comment(comment) => Some(comment.at),
        TimelineRow::Event(event) => Some(event.at),
        TimelineRow::Gap(_) => None,
    }
}

/// *Today*, *Yesterday*, or the day by its name.
fn day_line(state: &State, day: NaiveDate) -> String {
    let labels = state.labels;
    match (state.local(state.now).date_naive() - day).num_days() {
        0 => return labels.today.to_owned(),
        1 => return labels.yesterday.to_owned(),
        _ => {}
    }
    let named = |names: &[&'static str], at: u32| usize::try_from(at).ok().and_then(|at| names.get(at).copied());
    let weekday = named(&labels.weekdays, day.weekday().num_days_from_monday()).unwrap_or_default();
    let month = named(&labels.months, day.month0()).unwrap_or_default();
    format!("{weekday} {} {month}", day.day())
}

/// A colleague at the same conversation.
fn presence(name: &str, answering: bool) -> Phrase {
    let name = PhraseValue::Text(name.to_owned());
    match answering {
        true => Phrase::new(PhraseKey::PresenceAnswering).with("name", name),
        false => Phrase::new(PhraseKey::PresenceViewing).with("name", name),
    }
}
