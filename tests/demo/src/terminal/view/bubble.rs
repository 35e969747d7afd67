//! One row of a conversation, as lines.
//!
//! A customer's text is at the left behind `│`. Ours is at the right: before `░` while the
//! bubble is grey, before `│` once it is white, so that it is seen without colours too.

use ratatui::layout::Rect;
use riposte::facade::{AuthorLabel, BubbleFill, CommentRow, MessageRow, Side, TimelineRow};
use riposte::model::{Content, Media, Phrase, PhraseKey};

use super::super::ink::{Ink, logo};
use super::super::state::State;
use super::super::text::{cut, seen, wrap};
use super::paint::{Canvas, columns};

/// One line of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The row it belongs to.
    pub(super) row: Option<usize>,
    kind: Kind,
    chosen: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Middle(String, Ink),
    Ruled(String, Ink),
    /// Pieces from the left.
    Left(Vec<(String, Ink)>),
    /// Pieces that end at the right.
    Right(Vec<(String, Ink)>),
    Comment(String),
}

impl Line {
    fn new(kind: Kind) -> Self {
        Self { row: None, kind, chosen: false }
    }

    pub(super) fn middle(text: &str, ink: Ink) -> Self {
        Self::new(Kind::Middle(text.to_owned(), ink))
    }

    pub(super) fn ruled(text: &str, ink: Ink) -> Self {
        Self::new(Kind::Ruled(text.to_owned(), ink))
    }

    pub(super) fn of(self, row: usize) -> Self {
        Self { row: Some(row), ..self }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let (x, y, most) = (area.x + 1, area.y, area.width.saturating_sub(2));
        match &self.kind {
            Kind::Middle(text, ink) => {
                let text = cut(text, most.into());
                let from = x + (most - columns(&text)) / 2;
                canvas.put(from, y, most, &text, *ink);
            }
            Kind::Ruled(text, ink) => canvas.put_ruled(Rect { x, width: most, ..area }, y, text, *ink),
            Kind::Left(pieces) => {
                let mut at = x;
                for (text, ink) in pieces {
                    at += canvas.write(at, y, area.right().saturating_sub(at), text, *ink);
                }
            }
            Kind::Right(pieces) => {
                let total: u16 = pieces.iter().map(|(text, _)| columns(text)).sum();
                let mut at = (x + most).saturating_sub(total).max(x);
                for (text, ink) in pieces {
                    at += canvas.write(at, y, area.right().saturating_sub(at), text, *ink);
                }
            }
            Kind::Comment(text) => {
                let inside = Rect { x: x + 3, width: most.saturating_sub(6), ..area };
                canvas.ink(Rect { height: 1, ..inside }, Ink::Comment);
                canvas.put(inside.x, y, 1, "▏", Ink::Comment);
                canvas.put(inside.x + 1, y, inside.width.saturating_sub(2), text, Ink::Comment);
            }
        }
        if self.chosen {
            canvas.put(area.x, y, 1, "▌", Ink::Key);
        }
    }
}

pub(super) fn lines(state: &State, row: &TimelineRow, width: u16, chosen: bool) -> Vec<Line> {
    let mut lines = match row {
        TimelineRow::Message(bubble) => of_bubble(state, bubble, width),
        TimelineRow::Comment(comment) => of_comment(state, comment, width),
        TimelineRow::Event(event) => {
            let written = format!("{} {}", time(state, event.at), state.say(&event.phrase));
            wrap(&written, usize::from(width.saturating_sub(4)))
                .iter()
                .map(|line| Line::middle(line, Ink::Faint))
                .collect()
        }
        TimelineRow::Gap(_) => {
            let written = format!("┄ {} {} ┄", state.say_key(PhraseKey::HistoryGap), state.labels.fetch);
            vec![Line::middle(&written, Ink::Amber)]
        }
    };
    lines.iter_mut().for_each(|line| line.chosen = chosen);
    lines
}

fn time(state: &State, at: chrono::DateTime<chrono::Utc>) -> String {
    state.local(at).format("%H:%M").to_string()
}

pub(super) fn who(state: &State, who: &AuthorLabel) -> String {
    match who {
        AuthorLabel::You => state.say_key(PhraseKey::AuthorYou),
        AuthorLabel::Person { name } => name.clone(),
        AuthorLabel::Described { phrase } => state.say(phrase),
    }
}

fn of_bubble(state: &State, bubble: &MessageRow, width: u16) -> Vec<Line> {
    let most = usize::from(width.saturating_sub(2)) * 4 / 5;
    let ours = bubble.side == Side::Ours;
    let ink = match bubble.fill {
        BubbleFill::Grey => Ink::Grey,
        BubbleFill::White => Ink::White,
    };
    let mark = if bubble.fill == BubbleFill::Grey { "░" } else { "│" };
    let mut lines = vec![head(state, bubble, width)];
    let body = body(state, bubble, most.saturating_sub(3).max(1));
    let widest = body.iter().map(|line| columns(line)).max().unwrap_or(0);
    for text in body {
        let (_, from_the_right) = seen(&text);
        let blank = " ".repeat(usize::from(widest - columns(&text)));
        // Right-to-left text begins at the right.
        let text = if from_the_right { (blank, text) } else { (text, blank) };
        lines.push(Line::new(match ours {
            false => Kind::Left(vec![
                (mark.to_owned(), Ink::Faint),
                (" ".to_owned(), ink),
                (text.0, ink),
                (text.1, ink),
                (" ".to_owned(), ink),
            ]),
            true => Kind::Right(vec![
                (" ".to_owned(), ink),
                (text.0, ink),
                (text.1, ink),
                (" ".to_owned(), ink),
                (mark.to_owned(), Ink::Faint),
            ]),
        }));
    }
    lines.extend(below(state, bubble, usize::from(width.saturating_sub(4)), ours));
    lines
}

/// Who, when, the channel's logo beside the time; the tick that flashes.
fn head(state: &State, bubble: &MessageRow, width: u16) -> Line {
    let time = (format!(" {}", time(state, bubble.at)), Ink::Faint);
    let logo = (format!(" {}", logo(bubble.channel)), Ink::Logo(bubble.channel));
    let name = cut(&who(state, &bubble.author), usize::from(width / 2));
    let edited = if bubble.edited { format!(" · {}", state.say_key(PhraseKey::ContentEdited)) } else { String::new() };
    if bubble.side == Side::Customer {
        return Line::new(Kind::Left(vec![(name, Ink::Bold), logo, time, (edited, Ink::Faint)]));
    }
    let tick = if bubble.tick { " ✓" } else { "" };
    Line::new(Kind::Right(vec![(name, Ink::Bold), (tick.to_owned(), Ink::Green), logo, time]))
}

/// Its content: the quote, the kind, the text.
fn body(state: &State, bubble: &MessageRow, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(quoted) = &bubble.quoted {
        let author = quoted
            .author
            .as_ref()
            .map(|author| format!("{}{} ", who(state, author), state.labels.colon))
            .unwrap_or_default();
        let phrase = quoted.phrase.as_ref().map(|phrase| state.say(phrase)).unwrap_or_default();
        let said = [phrase, quoted.text.clone()].into_iter().filter(|said| !said.is_empty()).collect::<Vec<_>>();
        let said = if said.is_empty() { "…".to_owned() } else { said.join(" · ") };
        lines.push(cut(&format!("┆ {author}{said}"), most));
    }
    if bubble.deleted {
        let written = bubble.content_phrase.as_ref().map(|phrase| state.say(phrase)).unwrap_or_default();
        lines.push(cut(&format!("× {written}"), most));
        return lines;
    }
    match &bubble.content {
        Content::Media(media) => lines.extend(card(state, bubble, media, most)),
        Content::Location { name, address, latitude_e6, longitude_e6 } => {
            let place = format!("{:.5}, {:.5}", f64::from(*latitude_e6) / 1e6, f64::from(*longitude_e6) / 1e6);
            let written = [name.clone(), address.clone(), place];
            lines.push(cut(&format!("▣ {}", kind(state, bubble)), most));
            lines.extend(written.iter().filter(|written| !written.is_empty()).flat_map(|written| wrap(written, most)));
        }
        Content::Contacts { cards } => {
            lines.push(cut(&format!("▣ {}", kind(state, bubble)), most));
            let written = cards.iter().map(|card| format!("{} {}", card.name, card.phones.join(", ")));
            lines.extend(written.flat_map(|written| wrap(&written, most)));
        }
        content => {
            let kind = kind(state, bubble);
            if !kind.is_empty() {
                lines.push(cut(&format!("▣ {kind}"), most));
            }
            if !content.text().is_empty() {
                lines.extend(wrap(content.text(), most));
            }
        }
    }
    if lines.is_empty() {
        lines.push("…".to_owned());
    }
    lines
}

fn kind(state: &State, bubble: &MessageRow) -> String {
    bubble.content_phrase.as_ref().map(|phrase| state.say(phrase)).unwrap_or_default()
}

/// A file as a card: what it is, its name and size, what is written under it.
fn card(state: &State, bubble: &MessageRow, media: &Media, most: usize) -> Vec<String> {
    let mut written = vec![kind(state, bubble)];
    written.push(media.name.clone());
    written.extend(media.size_bytes.map(|size| size_words(state, size)));
    if media.media_id.is_none() && bubble.message_id.is_some() {
        written.push(state.say_key(PhraseKey::ContentMediaComing));
    }
    written.retain(|written| !written.is_empty());
    let mut lines = vec![cut(&format!("▣ {}", written.join(" · ")), most)];
    if !media.caption.is_empty() {
        lines.extend(wrap(&media.caption, most));
    }
    lines
}

/// A size, in the units of the trade.
fn size_words(state: &State, bytes: i64) -> String {
    let [one, thousand, million] = state.labels.bytes;
    match bytes {
        0..1_000 => format!("{bytes} {one}"),
        1_000..1_000_000 => format!("{} {thousand}", bytes / 1_000),
        _ => format!("{} {million}", bytes / 1_000_000),
    }
}

/// Below it: marks, cost, reactions, actions.
fn below(state: &State, bubble: &MessageRow, most: usize, ours: bool) -> Vec<Line> {
    let mut written: Vec<(String, Ink)> = Vec::new();
    for mark in &bubble.reactions {
        written.push((format!("{} {}", mark.emoji, who(state, &mark.author)), Ink::Plain));
    }
    if let Some(note) = &bubble.note {
        written.push((state.say(note), note_ink(bubble)));
    }
    if let Some(cost) = &bubble.cost {
        let price: &Phrase = &cost.phrase;
        written.push((state.say(price), Ink::Money));
    }
    let mut lines = Vec::new();
    for (text, ink) in written {
        for line in wrap(&text, most) {
            let piece = vec![(line, ink)];
            lines.push(Line::new(if ours { Kind::Right(piece) } else { Kind::Left(piece) }));
        }
    }
    if !bubble.actions.is_empty() {
        let mut names: Vec<&str> = bubble.actions.iter().map(|action| action_name(state, *action)).collect();
        names.dedup();
        let piece = vec![(cut(&format!("↑ ⏎ {}", names.join(" · ")), most), Ink::Key)];
        lines.push(Line::new(if ours { Kind::Right(piece) } else { Kind::Left(piece) }));
    }
    merge(lines, most)
}

/// Short marks share a line.
fn merge(lines: Vec<Line>, most: usize) -> Vec<Line> {
    let mut merged: Vec<Line> = Vec::new();
    for line in lines {
        if let (
            Some(Line { kind: Kind::Right(before) | Kind::Left(before), .. }),
            Kind::Right(more) | Kind::Left(more),
        ) = (merged.last_mut(), &line.kind)
        {
            let taken =
                |pieces: &[(String, Ink)]| pieces.iter().map(|(text, _)| usize::from(columns(text))).sum::<usize>();
            if taken(before) + taken(more) + 3 <= most.min(60) {
                before.push((" · ".to_owned(), Ink::Faint));
                before.extend(more.iter().cloned());
                continue;
            }
        }
        merged.push(line);
    }
    merged
}

pub(super) fn action_name(state: &State, action: riposte::facade::MessageAction) -> &'static str {
    use riposte::facade::MessageAction;
    match action {
        MessageAction::Retry => state.labels.retry,
        MessageAction::Cancel => state.labels.cancel,
        MessageAction::Edit => state.labels.edit,
        MessageAction::Restart => state.labels.restart,
        MessageAction::SendAnyway => state.labels.send_anyway,
        MessageAction::Discard => state.labels.discard,
    }
}

fn note_ink(bubble: &MessageRow) -> Ink {
    use riposte::facade::SendProgress;
    match &bubble.progress {
        Some(SendProgress::Failed | SendProgress::Refused { .. }) => Ink::Red,
        Some(SendProgress::NeedsDecision { .. } | SendProgress::Unknown | SendProgress::Queued) => Ink::Amber,
        Some(
            SendProgress::Uploading
            | SendProgress::Sending
            | SendProgress::Sent
            | SendProgress::Delivered
            | SendProgress::Read
            | SendProgress::Played,
        )
        | None => Ink::Faint,
    }
}

fn of_comment(state: &State, comment: &CommentRow, width: u16) -> Vec<Line> {
    let most = usize::from(width.saturating_sub(12)).max(1);
    let name = who(state, &comment.author);
    let label = state.say_key(PhraseKey::ContentComment);
    let mut lines = vec![Line::new(Kind::Comment(format!("{name} {} · {label}", time(state, comment.at))))];
    lines.extend(wrap(&comment.body, most).into_iter().map(|line| Line::new(Kind::Comment(line))));
    if let Some(note) = &comment.note {
        lines.extend(wrap(&state.say(note), most).into_iter().map(|line| Line::new(Kind::Comment(line))));
    }
    lines
}
