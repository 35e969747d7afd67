//! Draws the state. Pure: the same state gives the same screen, and nothing is remembered here.
//!
//! - this file: which screen, the bars above and below; [`paint`]: putting text into cells
//! - [`inbox`], [`conversation`] with [`bubble`] and [`composer`], [`lists`]: the screens
//! - [`popup`]: menus, forms and the sheet of templates; [`bars`]: help line and tour

mod bars;
mod bubble;
mod composer;
mod conversation;
mod inbox;
mod lists;
mod paint;
mod popup;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use riposte::model::{ChannelKind, Phrase, PhraseKey};

use super::event::{Act, Place};
use super::ink::{Ink, Palette};
use super::state::{Popup, Screen, State};
use paint::Canvas;

/// A place that can be clicked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) area: Rect,
    pub(super) act: Act,
}

/// What a drawing returns besides the cells.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    /// Later ones are on top of earlier ones.
    pub(super) spots: Vec<Spot>,
    /// The cursor.
    pub(super) cursor: Option<(u16, u16)>,
}

/// The smallest terminal that shows anything useful.
const LEAST: (u16, u16) = (40, 12);
/// From this width on the list stands beside the conversation.
const WIDE: u16 = 100;
/// The list's share of a wide screen.
const LIST_COLUMNS: u16 = 46;

/// Draws everything.
pub(super) fn draw(state: &State, palette: Palette, area: Rect, buffer: &mut Buffer) -> Drawn {
    let mut canvas = Canvas::new(buffer, palette);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        canvas.put(area.x, area.y, area.width, &format!("{} × {}", LEAST.0, LEAST.1), Ink::Plain);
        return canvas.drawn();
    }
    // By the actual cells: the state learns of another size a moment later.
    let wide = area.width >= WIDE;
    let tour = bars::tour_height(state, area.width);
    bars::header(state, &mut canvas, Rect { height: 1, ..area });
    let below = bars::HELP_ROWS + tour;
    let body = Rect { y: area.y + 1, height: area.height - 1 - below, ..area };
    let foot = Rect { y: body.bottom(), height: below, ..area };
    match &state.at {
        Screen::Opening => canvas.put(body.x + 2, body.y + 1, body.width - 2, state.labels.opening, Ink::Faint),
        Screen::SignIn(form) => popup::form(state, form, &mut canvas, body),
        Screen::Main(place) => main(state, *place, &mut canvas, body, wide),
        Screen::Talk if wide => {
            let (list, talk) = split(body);
            inbox::draw(state, &mut canvas, list);
            conversation::draw(state, &mut canvas, talk);
        }
        Screen::Talk => conversation::draw(state, &mut canvas, body),
    }
    if let Some(popup) = &state.popup {
        canvas.cover(body);
        match popup {
            Popup::Menu(menu) => popup::menu(menu, &mut canvas, body),
            Popup::Form(form) => popup::form(state, form, &mut canvas, body),
            Popup::Sheet(sheet) => popup::sheet(state, sheet, &mut canvas, body),
        }
    }
    bars::foot(state, &mut canvas, foot, tour);
    canvas.drawn()
}

fn main(state: &State, place: Place, canvas: &mut Canvas<'_>, body: Rect, wide: bool) {
    match place {
        Place::Inbox if wide => {
            let (list, talk) = split(body);
            inbox::draw(state, canvas, list);
            canvas.put(talk.x + 2, talk.y + 1, talk.width - 2, state.labels.nothing_chosen, Ink::Faint);
        }
        Place::Inbox => inbox::draw(state, canvas, body),
        Place::Outbox => lists::outbox(state, canvas, body),
        Place::Search => lists::search(state, canvas, body),
        Place::Usage => lists::usage(state, canvas, body),
        Place::Settings => lists::settings(state, canvas, body),
    }
}

/// The name of a channel.
fn channel_phrase(kind: ChannelKind) -> Phrase {
    Phrase::new(match kind {
        ChannelKind::Whatsapp => PhraseKey::ChannelWhatsapp,
        ChannelKind::Messenger => PhraseKey::ChannelMessenger,
        ChannelKind::Instagram => PhraseKey::ChannelInstagram,
        ChannelKind::Widget => PhraseKey::ChannelWidget,
        ChannelKind::Unknown => PhraseKey::ChannelOther,
    })
}

/// The list, a line between, the conversation.
fn split(body: Rect) -> (Rect, Rect) {
    let list = Rect { width: LIST_COLUMNS, ..body };
    let talk = Rect { x: body.x + LIST_COLUMNS + 1, width: body.width - LIST_COLUMNS - 1, ..body };
    (list, talk)
}
