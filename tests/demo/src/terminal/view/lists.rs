//! Outbox, search, usage, settings.

use ratatui::layout::Rect;
use riposte::facade::{SendProgress, UsageMonth};
use riposte::model::{AllowanceKind, Money, Phrase, PhraseKey, PhraseValue};
use riposte::rules::labels::charge_kind;

use super::super::event::Act;
use super::super::ink::{Ink, logo};
use super::super::state::State;
use super::super::text::{cut, wrap};
use super::bubble::action_name;
use super::channel_phrase;
use super::inbox::{first_shown, when};
use super::paint::{Canvas, columns};

/// A heading; returns the area below it.
fn titled(canvas: &mut Canvas<'_>, area: Rect, title: &str) -> Rect {
    canvas.put(area.x + 1, area.y, area.width - 2, title, Ink::Bold);
    canvas.rule(area, area.y + 1);
    Rect { x: area.x + 1, y: area.y + 2, width: area.width - 2, height: area.height.saturating_sub(2) }
}

fn row(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

/// Waiting commands, and what can be decided about them.
pub(super) fn outbox(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let title = format!("{} {}", state.labels.outbox, state.outbox.rows.len());
    let inside = titled(canvas, area, &title);
    if state.outbox.rows.is_empty() {
        canvas.put(inside.x, inside.y, inside.width, &state.say_key(PhraseKey::EmptyOutbox), Ink::Faint);
        return;
    }
    const ROWS: u16 = 4;
    let fit = usize::from(inside.height / ROWS).max(1);
    let first = first_shown(state.outbox.chosen, fit, state.outbox.rows.len());
    for (at, waiting) in state.outbox.rows.iter().enumerate().skip(first).take(fit) {
        let area = Rect { y: inside.y + row(at - first) * ROWS, height: ROWS, ..inside };
        let name = waiting.conversation_title.clone().unwrap_or_default();
        let kind = state.labels.kind(&waiting.kind);
        let head = if name.is_empty() { kind.to_owned() } else { format!("{name} · {kind}") };
        let end = canvas.put_right(area.right(), area.y, 14, &when(state, waiting.at), Ink::Faint);
        canvas.put(area.x + 2, area.y, end.saturating_sub(area.x + 3), &head, Ink::Bold);
        canvas.put(area.x + 2, area.y + 1, area.width - 2, &waiting.text, Ink::Plain);
        let ink = match &waiting.progress {
            SendProgress::Refused { .. } | SendProgress::Failed => Ink::Red,
            SendProgress::NeedsDecision { .. } | SendProgress::Unknown => Ink::Amber,
            SendProgress::Queued
            | SendProgress::Uploading
            | SendProgress::Sending
            | SendProgress::Sent
            | SendProgress::Delivered
            | SendProgress::Read
            | SendProgress::Played => Ink::Faint,
        };
        let note = waiting.note.as_ref().map(|note| state.say(note)).unwrap_or_default();
        let mut can: Vec<&str> = waiting.actions.iter().map(|action| action_name(state, *action)).collect();
        can.dedup();
        let can = can.join(" · ");
        // Two lines for both: the sentence, and what can be done.
        let lines = wrap(&note, usize::from(area.width - 2));
        let first_line = lines.first().cloned().unwrap_or_default();
        canvas.put(area.x + 2, area.y + 2, area.width - 2, &cut(&first_line, usize::from(area.width - 2)), ink);
        let rest = lines.get(1).cloned().unwrap_or_default();
        let third = [rest, can].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("  → ");
        canvas.put(area.x + 2, area.y + 3, area.width - 2, &third, Ink::Key);
        if at == state.outbox.chosen {
            (0..ROWS).for_each(|line| canvas.put(area.x - 1, area.y + line, 1, "▌", Ink::Key));
        }
        canvas.spot(area, Act::Row(at));
    }
}

/// Search for names, numbers and words on this phone.
pub(super) fn search(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let field = &state.search.field;
    let label = format!("{}{} ", state.labels.search, state.labels.colon);
    let used = columns(&label);
    canvas.put(area.x + 1, area.y, area.width, &label, Ink::Bold);
    canvas.put(area.x + 1 + used, area.y, area.width.saturating_sub(used + 2), field.text(), Ink::Plain);
    if state.popup.is_none() {
        canvas.cursor((area.x + 1 + used + columns(field.before())).min(area.right() - 1), area.y);
    }
    canvas.rule(area, area.y + 1);
    let inside = Rect { x: area.x + 1, y: area.y + 2, width: area.width - 2, height: area.height.saturating_sub(2) };
    let hits = &state.search.hits;
    if hits.rows.is_empty() {
        if !state.search.asked.trim().is_empty() {
            canvas.put(inside.x, inside.y, inside.width, &state.say_key(PhraseKey::EmptySearch), Ink::Faint);
        }
        return;
    }
    let fit = usize::from(inside.height / 2).max(1);
    let first = first_shown(hits.chosen, fit, hits.rows.len());
    for (at, hit) in hits.rows.iter().enumerate().skip(first).take(fit) {
        let area = Rect { y: inside.y + row(at - first) * 2, height: 2, ..inside };
        let end = canvas.put_right(area.right(), area.y, 14, &when(state, hit.at), Ink::Faint);
        if let Some(badge) = &hit.channel {
            canvas.put(area.x + 1, area.y, 2, logo(badge.kind), Ink::Logo(badge.kind));
        }
        canvas.put(area.x + 4, area.y, end.saturating_sub(area.x + 5), &hit.title, Ink::Bold);
        canvas.put(area.x + 4, area.y + 1, area.width - 4, &hit.text, Ink::Plain);
        if at == hits.chosen {
            (0..2).for_each(|line| canvas.put(area.x - 1, area.y + line, 1, "▌", Ink::Key));
        }
        canvas.spot(area, Act::Row(at));
    }
}

/// What was charged in a month.
pub(super) fn usage(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let (year, month) = state.usage.month;
    let named = usize::try_from(month).ok().and_then(|month| state.labels.months.get(month.checked_sub(1)?));
    let title = format!("{} · {} {year}", state.labels.usage, named.copied().unwrap_or_default());
    let inside = titled(canvas, area, &title);
    let Some(shown) = &state.usage.shown else {
        canvas.put(inside.x, inside.y, inside.width, state.labels.busy, Ink::Faint);
        return;
    };
    let mut y = inside.y;
    if !shown.fresh {
        canvas.put(inside.x, y, inside.width, state.labels.not_fresh, Ink::Amber);
        y += 1;
    }
    if let Some(notice) = &shown.notice {
        canvas.put(inside.x, y, inside.width, &state.say(notice), Ink::Faint);
        y += 2;
    }
    y = usage_lines(state, canvas, inside, shown, y);
    if !shown.lines.is_empty() {
        canvas.rule(inside, y);
        let estimate = if shown.estimate { format!(" ({})", state.labels.estimate) } else { String::new() };
        let total = format!("{}{estimate}", amounts(state, &shown.totals));
        canvas.put(inside.x, y + 1, inside.width, state.labels.total, Ink::Bold);
        canvas.put_right(inside.right(), y + 1, inside.width / 2, &total, Ink::Money);
        y += 3;
    }
    for allowance in &shown.allowances {
        let name = match allowance.kind {
            AllowanceKind::Monthly => state.labels.monthly,
            AllowanceKind::Grant => state.labels.grant,
            AllowanceKind::Plan => state.labels.plan,
            AllowanceKind::Unknown => state.labels.included,
        };
        let written = format!(
            "{name}{} {}/{} {}",
            state.labels.colon, allowance.left, allowance.total, state.labels.allowance_left
        );
        canvas.put(inside.x, y, inside.width, &written, Ink::Green);
        y += 1;
    }
    if !shown.differences.is_empty() {
        let written = format!("{} {}", shown.differences.len(), state.labels.differences);
        canvas.put(inside.x, y, inside.width, &written, Ink::Amber);
    }
}

fn usage_lines(state: &State, canvas: &mut Canvas<'_>, inside: Rect, shown: &UsageMonth, from: u16) -> u16 {
    let mut y = from;
    for line in &shown.lines {
        if y >= inside.bottom() {
            break;
        }
        if let Some(kind) = line.channel_kind {
            canvas.put(inside.x, y, 2, logo(kind), Ink::Logo(kind));
        }
        let place: Vec<&str> = [&line.country, &line.market].into_iter().flatten().map(String::as_str).collect();
        let market = if place.is_empty() { state.labels.unknown_market.to_owned() } else { place.join(" ") };
        let kind = state.say(&charge_kind(line.kind));
        let mut paid: Vec<String> = Vec::new();
        if !line.amounts.is_empty() {
            paid.push(amounts(state, &line.amounts));
        }
        if line.from_allowance > 0 {
            paid.push(format!("{} {}", line.from_allowance, state.labels.included));
        }
        if line.not_priced > 0 {
            paid.push(format!("{} {}", line.not_priced, state.labels.not_priced));
        }
        let end = canvas.put_right(inside.right(), y, inside.width / 2, &paid.join(" · "), Ink::Money);
        let written = format!("{} · {market} · {} × {kind}", line.channel_name, line.charges);
        canvas.put(inside.x + 3, y, end.saturating_sub(inside.x + 4), &written, Ink::Plain);
        y += 1;
    }
    y
}

fn amounts(state: &State, amounts: &[Money]) -> String {
    let written =
        |money: &Money| state.say(&Phrase::new(PhraseKey::LedgerPrice).with("price", PhraseValue::Money(*money)));
    amounts.iter().map(written).collect::<Vec<_>>().join(" + ")
}

/// The agent, the channels and their states, where the tokens are.
pub(super) fn settings(state: &State, canvas: &mut Canvas<'_>, area: Rect) {
    let labels = state.labels;
    let inside = titled(canvas, area, labels.settings);
    let mut y = inside.y;
    let label_columns = 12;
    let mut line = |canvas: &mut Canvas<'_>, label: &str, text: &str, ink: Ink| {
        canvas.put(inside.x, y, label_columns, label, Ink::Faint);
        canvas.put(inside.x + label_columns + 1, y, inside.width - label_columns - 1, text, ink);
        y += 1;
        y - 1
    };
    let choice = |canvas: &mut Canvas<'_>, at: usize, y: u16, act: Act| {
        if state.settings == at {
            canvas.put(inside.x - 1, y, 1, "▌", Ink::Key);
        }
        canvas.spot(Rect { y, height: 1, ..inside }, act);
    };
    let at = line(canvas, labels.status, &format!("‹ {} ›", labels.status_of(state.status())), Ink::Bold);
    choice(canvas, 0, at, Act::Status);
    let at = line(canvas, "", &format!("[ {} ]", labels.sign_out), Ink::Key);
    choice(canvas, 1, at, Act::SignOut);
    line(canvas, "", "", Ink::Plain);
    if let Some(who) = &state.who {
        line(canvas, labels.account, &format!("{} · {}", who.company_name, who.agent_name), Ink::Plain);
        line(canvas, labels.server, &who.server_url, Ink::Plain);
    }
    line(canvas, labels.tokens, state.secrets, Ink::Plain);
    line(canvas, labels.help, labels.help_link, Ink::Plain);
    line(canvas, "", "", Ink::Plain);
    for (at, channel) in state.directory.channels.iter().enumerate() {
        let label = if at == 0 { labels.channels } else { "" };
        let address = channel.address.as_ref().map(|address| format!(" ({address})")).unwrap_or_default();
        let kind = state.say(&channel_phrase(channel.kind));
        let written = format!(
            "{} {kind} · {}{address}{} {}",
            logo(channel.kind),
            channel.name,
            labels.colon,
            state.say(&channel.phrase)
        );
        let connected = channel.state == riposte::model::ChannelState::Connected;
        line(canvas, label, &written, if connected { Ink::Plain } else { Ink::Amber });
    }
}
