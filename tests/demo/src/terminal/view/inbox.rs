//! The list of conversations.

use chrono::{DateTime, Datelike, Utc};
use ratatui::layout::Rect;
use riposte::facade::{AssigneeFilter, AuthorLabel, Dot, InboxRow, PreviewLine, WindowBadge};

use super::super::event::{Act, Filter};
use super::super::ink::{Ink, logo};
use super::super::state::State;
use super::channel_phrase;
use super::paint::{Canvas, columns};

/// Rows of a conversation in the list.
const CARD: u16 = 2;

pub(super) fn draw(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    if !filters(state, canvas, Rect { height: 2, ..area }) {
        canvas.rule(area, area.y + 1);
    }
    let list = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    if state.inbox.list.rows.is_empty() {
        let notice = state.inbox.notice.as_ref().map(|notice| state.say(notice)).unwrap_or_default();
        for (at, line) in super::super::text::wrap(&notice, usize::from(area.width - 2)).iter().enumerate() {
            canvas.put(list.x + 1, list.y + 1 + u16::try_from(at).unwrap_or(0), area.width - 2, line, Ink::Faint);
        }
        return;
    }
    let fit = usize::from((list.height / CARD).max(1));
    let first = first_shown(state.inbox.list.chosen, fit, state.inbox.list.rows.len());
    for (at, row) in state.inbox.list.rows.iter().enumerate().skip(first).take(fit) {
        let y = list.y + u16::try_from(at - first).unwrap_or(0) * CARD;
        let area = Rect { y, height: CARD, ..list };
        card(state, canvas, area, row, at == state.inbox.list.chosen);
        canvas.spot(area, Act::Card(at));
    }
}

/// The first row that is drawn, so that the chosen one is seen.
pub(super) fn first_shown(chosen: usize, fit: usize, length: usize) -> usize {
    let wanted = chosen.saturating_sub(fit / 2);
    wanted.min(length.saturating_sub(fit))
}

/// The filters, on a second line too where the first is too short; whether it was.
fn filters(state: &State, canvas: &mut Canvas<'_>, area: Rect) -> bool {
    let (labels, query, counts) = (state.labels, &state.inbox.query, &state.inbox.counts);
    let group = |id| state.directory.groups.iter().find(|group| group.id == id);
    let in_group = |id| counts.groups.iter().find(|count| count.id == id).map_or(0, |count| count.open);
    let whose = match query.assignee {
        AssigneeFilter::All => format!("{} {}", labels.all, counts.all),
        AssigneeFilter::Mine => format!("{} {}", labels.mine, counts.mine),
        AssigneeFilter::Unassigned => format!("{} {}", labels.unassigned, counts.unassigned),
        AssigneeFilter::AgentGroup { id } => format!("{} {}", group(id).map_or("", |group| &group.name), in_group(id)),
    };
    let kind = query.channel.map_or(labels.every_channel.to_owned(), |kind| state.say(&channel_phrase(kind)));
    let open = match query.open {
        Some(true) => labels.open,
        Some(false) => labels.closed,
        None => labels.open_and_closed,
    };
    let unread = format!("{} {}", labels.unread, counts.unread);
    let places = [
        ("⇥", whose.as_str(), true, Filter::Assignee),
        ("c", &kind, query.channel.is_some(), Filter::Channel),
        ("o", open, query.open != Some(true), Filter::Open),
        ("u", &unread, query.unread_only, Filter::Unread),
        ("w", labels.unanswered, query.unanswered_only, Filter::Unanswered),
        ("s", labels.closing, query.closing_soon, Filter::Closing),
    ];
    let (mut x, mut y) = (area.x + 1, area.y);
    for (key, label, on, filter) in places {
        let taken = columns(key) + 1 + columns(label);
        if x + taken > area.right() {
            (x, y) = (area.x + 1, y + 1);
        }
        if y >= area.bottom() {
            break;
        }
        canvas.put(x, y, 2, key, Ink::Key);
        canvas.put(x + 2, y, area.right().saturating_sub(x + 2), label, if on { Ink::Bold } else { Ink::Faint });
        if on && filter != Filter::Assignee {
            canvas.put(x + 1, y, 1, "•", Ink::Amber);
        }
        canvas.spot(Rect { x, y, width: taken, height: 1 }, Act::Filter(filter));
        x += taken + 2;
    }
    y > area.y
}

fn card(state: &State, canvas: &mut Canvas<'_>, area: Rect, row: &InboxRow, chosen: bool) {
    let (y, right) = (area.y, area.right() - 1);
    if chosen {
        canvas.put(area.x, y, 1, "▌", Ink::Key);
        canvas.put(area.x, y + 1, 1, "▌", Ink::Key);
    }
    let (dot, ink) = match row.dot {
        Dot::None => (" ", Ink::Plain),
        Dot::Purple => ("●", Ink::Purple),
        // Another shape too, for people who cannot tell red.
        Dot::Red => ("◆", Ink::Red),
    };
    canvas.put(area.x + 1, y, 1, dot, ink);
    if let Some(badge) = &row.channel {
        canvas.put(area.x + 3, y, 2, logo(badge.kind), Ink::Logo(badge.kind));
    }
    let time = when(state, row.at);
    let mut end = canvas.put_right(right, y, 12, &time, Ink::Faint);
    if row.unread {
        end = canvas.put_right(end - 1, y, 1, "•", Ink::Amber);
    }
    let name = if row.unread || chosen { Ink::Bold } else { Ink::Plain };
    canvas.put(area.x + 6, y, end.saturating_sub(area.x + 7), &row.title, name);

    let end = second_line(state, canvas, row, right, y + 1);
    if let Some(preview) = &row.preview {
        let text = preview_words(state, preview, &row.title);
        let ink = if row.unread { Ink::Plain } else { Ink::Faint };
        canvas.put(area.x + 6, y + 1, end.saturating_sub(area.x + 7), &text, ink);
    }
}

/// The window and who answers, at the right; returns where they begin.
fn second_line(state: &State, canvas: &mut Canvas<'_>, row: &InboxRow, right: u16, y: u16) -> u16 {
    let mut end = right;
    if !row.open {
        end = canvas.put_right(end, y, 12, state.labels.closed, Ink::Faint).saturating_sub(1);
    }
    match row.window {
        None => {}
        Some(WindowBadge::Closed) => {
            end = canvas.put_right(end, y, 16, state.labels.window_closed, Ink::Faint).saturating_sub(1);
        }
        Some(WindowBadge::Open { remaining_ms, urgent }) => {
            let gone = (state.now - state.inbox.read_at).num_milliseconds();
            let ink = if urgent { Ink::Amber } else { Ink::Green };
            end = canvas.put_right(end, y, 12, &left(state, remaining_ms - gone), ink).saturating_sub(1);
        }
    }
    if let Some(who) = row.assignee.as_ref().or(row.group.as_ref()) {
        // A first name is enough for a colleague.
        let short = who.split(' ').next().unwrap_or(who);
        end = canvas.put_right(end.saturating_sub(1), y, 12, short, Ink::Faint).saturating_sub(1);
    }
    end
}

/// The line under a name: who wrote it, if not the customer, and what.
pub(super) fn preview_words(state: &State, preview: &PreviewLine, customer: &str) -> String {
    let who = match &preview.author {
        AuthorLabel::Person { name } if name == customer => None,
        AuthorLabel::You => Some(state.say_key(riposte::model::PhraseKey::AuthorYou)),
        AuthorLabel::Person { name } => name.split(' ').next().map(str::to_owned),
        AuthorLabel::Described { phrase } => Some(state.say(phrase)),
    };
    let who = who.map(|who| format!("{who}{} ", state.labels.colon)).unwrap_or_default();
    let kind = preview.phrase.as_ref().map(|phrase| state.say(phrase)).unwrap_or_default();
    match (kind.is_empty(), preview.text.is_empty()) {
        (false, true) => format!("{who}{kind}"),
        (false, false) => format!("{who}{kind} · {}", preview.text),
        (true, _) => format!("{who}{}", preview.text),
    }
}

/// The time of today, the day of what is older.
pub(super) fn when(state: &State, at: DateTime<Utc>) -> String {
    let (at, now) = (state.local(at), state.local(state.now));
    let days = (now.date_naive() - at.date_naive()).num_days();
    match days {
        0 => at.format("%H:%M").to_string(),
        1 => state.labels.yesterday.to_lowercase(),
        _ => {
            let month = usize::try_from(at.month0()).ok().and_then(|month| state.labels.short_months.get(month));
            let month = month.copied().unwrap_or_default();
            format!("{} {month}", at.day())
        }
    }
}

/// The time left of a window.
pub(super) fn left(state: &State, ms: i64) -> String {
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms.max(0) / 1_000 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours @ 0..48, minutes) => format!("{hours} h {minutes:02}{}", state.labels.minute),
        (hours, _) => format!("{} {}", hours / 24, if state.labels.minute.is_empty() { "j" } else { "d" }),
    }
}
