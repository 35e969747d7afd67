//! Overlays: menus, forms, the sheet of templates.

use ratatui::layout::Rect;
use riposte::model::PhraseKey;

use super::super::event::Act;
use super::super::ink::Ink;
use super::super::state::{Form, Menu, Screen, Sheet, State};
use super::super::text::{width, wrap};
use super::inbox::first_shown;
use super::paint::{Canvas, columns};

/// An area of at most this size in the middle of another.
fn middle(area: Rect, columns: u16, rows: u16) -> Rect {
    let (width, height) = (columns.min(area.width), rows.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

pub(super) fn menu(menu: &Menu, canvas: &mut Canvas<'_>, area: Rect) {
    let rows = u16::try_from(menu.entries.len().max(1)).unwrap_or(u16::MAX).saturating_add(2);
    let inside = canvas.frame(middle(area, 66, rows), &menu.title);
    if menu.entries.is_empty() {
        canvas.put(inside.x, inside.y, inside.width, &menu.empty, Ink::Faint);
        return;
    }
    let widest = menu.entries.iter().map(|entry| columns(&entry.label)).max().unwrap_or(0);
    let fit = usize::from(inside.height);
    let first = first_shown(menu.chosen, fit, menu.entries.len());
    for (at, entry) in menu.entries.iter().enumerate().skip(first).take(fit) {
        let row = Rect { y: inside.y + u16::try_from(at - first).unwrap_or(0), height: 1, ..inside };
        let used = canvas.write(row.x, row.y, row.width, &entry.label, Ink::Plain);
        let detail = row.x + used.max(widest) + 2;
        canvas.put(detail, row.y, row.right().saturating_sub(detail), &entry.detail, Ink::Faint);
        if at == menu.chosen {
            canvas.ink(row, Ink::Chosen);
            canvas.put(row.x - 1, row.y, 1, "▸", Ink::Key);
        }
        canvas.spot(row, Act::Row(at));
    }
}

pub(super) fn form(state: &State, form: &Form, canvas: &mut Canvas<'_>, area: Rect) {
    let across = area.width.min(76);
    let most = usize::from(across.saturating_sub(4)).max(1);
    let faults: Vec<String> =
        form.faults.iter().take(if form.tried { 4 } else { 1 }).flat_map(|fault| wrap(fault, most)).collect();
    let preview: Vec<String> =
        if form.preview.is_empty() { Vec::new() } else { wrap(&form.preview, most.saturating_sub(2)) };
    let rows = form.fields.len() + faults.len() + if preview.is_empty() { 0 } else { preview.len() + 2 } + 5;
    let rows = u16::try_from(rows).unwrap_or(u16::MAX);
    let inside = canvas.frame(middle(area, across, rows), &form.title);
    let widest = form.fields.iter().map(|field| columns(&field.label)).max().unwrap_or(0);
    let mut y = inside.y;
    for (at, field) in form.fields.iter().enumerate() {
        let row = Rect { y, height: 1, ..inside };
        let focused = at == form.focus;
        canvas.put(row.x, y, widest, &field.label, if focused { Ink::Bold } else { Ink::Faint });
        let from = row.x + widest + 2;
        let room = row.right().saturating_sub(from);
        let hidden = |text: &str| if field.secret { "•".repeat(text.chars().count()) } else { text.to_owned() };
        let before = columns(&hidden(field.field.before()));
        // Of a long text the end is shown, where typing happens.
        let text = tail(&hidden(field.field.text()), usize::from(room.saturating_sub(1)));
        let shown = if field.options.is_empty() { text } else { format!("‹ {text} ›") };
        canvas.put(from, y, room, &shown, Ink::Plain);
        let used = columns(&shown);
        if used < room && field.options.is_empty() {
            canvas.put(from + used, y, room - used, &"·".repeat(usize::from(room - used)), Ink::Faint);
        }
        let typing = matches!(state.at, Screen::SignIn(_)) || state.popup.is_some();
        if focused && typing && field.options.is_empty() {
            canvas.cursor(from + before.min(room.saturating_sub(1)), y);
        }
        canvas.spot(row, Act::Row(at));
        y += 1;
    }
    if !preview.is_empty() {
        canvas.put(inside.x, y + 1, inside.width, state.labels.preview, Ink::Faint);
        y += 2;
        for line in &preview {
            canvas.put(inside.x, y, 1, "│", Ink::Faint);
            canvas.put(inside.x + 2, y, inside.width.saturating_sub(2), line, Ink::Plain);
            y += 1;
        }
    }
    for fault in &faults {
        canvas.put(inside.x, y, inside.width, fault, if form.tried { Ink::Red } else { Ink::Amber });
        y += 1;
    }
    let last = inside.bottom().saturating_sub(1);
    let button = format!("[ {} ]", form.button);
    canvas.put(inside.x, last, inside.width, &button, Ink::Key);
    canvas.spot(Rect { y: last, height: 1, width: columns(&button), ..inside }, Act::Enter);
    let from = inside.x + columns(&button) + 2;
    canvas.put(from, last, inside.right().saturating_sub(from), &form.price, Ink::Money);
}

/// The end of a text, as much as fits.
fn tail(text: &str, most: usize) -> String {
    let mut from = 0;
    while width(text.get(from..).unwrap_or_default()) > most {
        from += text.get(from..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
    }
    text.get(from..).unwrap_or_default().to_owned()
}

/// The templates: those that can be sent first, the others greyed with the reason.
pub(super) fn sheet(state: &State, sheet: &Sheet, canvas: &mut Canvas<'_>, area: Rect) {
    let inside = canvas.frame(middle(area, 90, area.height), &state.say_key(PhraseKey::RestartConversation));
    let most = usize::from(inside.width);
    let advice = wrap(&state.say_key(PhraseKey::TemplateAdvice), most);
    let below = u16::try_from(advice.len()).unwrap_or(1) + 1;
    for (at, line) in advice.iter().enumerate() {
        let y = inside.bottom() + u16::try_from(at).unwrap_or(0) - below + 1;
        canvas.put(inside.x, y, inside.width, line, Ink::Faint);
    }
    if sheet.list.rows.is_empty() {
        let empty = if sheet.loading { "…".to_owned() } else { state.say_key(PhraseKey::EmptyTemplates) };
        canvas.put(inside.x, inside.y, inside.width, &empty, Ink::Faint);
        return;
    }
    const ROWS: u16 = 3;
    let fit = usize::from((inside.height - below) / ROWS).max(1);
    let first = first_shown(sheet.list.chosen, fit, sheet.list.rows.len());
    for (at, choice) in sheet.list.rows.iter().enumerate().skip(first).take(fit) {
        let row = Rect { y: inside.y + u16::try_from(at - first).unwrap_or(0) * ROWS, height: ROWS, ..inside };
        let template = &choice.template;
        let name = format!(
            "{} {} · {} · {}",
            if choice.usable { "▸" } else { "×" },
            template.name,
            template.language,
            state.labels.category_of(template.category)
        );
        let price = choice.price.as_ref().map(|price| state.say(&price.phrase)).unwrap_or_default();
        let end = canvas.put_right(row.right(), row.y, row.width / 2, &price, Ink::Money);
        let ink = if choice.usable { Ink::Bold } else { Ink::Faint };
        canvas.put(row.x, row.y, end.saturating_sub(row.x + 1), &name, ink);
        let ink = if choice.usable { Ink::Plain } else { Ink::Faint };
        canvas.put(row.x + 2, row.y + 1, row.width - 2, &choice.text, ink);
        if let Some(why) = &choice.why_not {
            canvas.put(row.x + 2, row.y + 2, row.width - 2, &state.say(why), Ink::Amber);
        }
        if at == sheet.list.chosen {
            canvas.ink(Rect { height: 1, ..row }, Ink::Chosen);
        }
        canvas.spot(row, Act::Row(at));
    }
}
