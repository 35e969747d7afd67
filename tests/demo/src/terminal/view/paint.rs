//! Puts text into cells, and remembers what can be clicked.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::event::Act;
use super::super::ink::{Ink, Palette};
use super::super::text::{cut, seen, width};
use super::{Drawn, Spot};

/// Cells to paint on.
pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    palette: Palette,
    drawn: Drawn,
}

/// Columns of a text, as the cells count them.
pub(super) fn columns(text: &str) -> u16 {
    u16::try_from(width(text)).unwrap_or(u16::MAX)
}

impl<'a> Canvas<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, palette: Palette) -> Self {
        Self { buffer, palette, drawn: Drawn::default() }
    }

    pub(super) fn drawn(self) -> Drawn {
        self.drawn
    }

    fn style(&self, ink: Ink) -> Style {
        self.palette.style(ink)
    }

    /// A text from a column on, cut to `most` columns. Returns the columns it took.
    pub(super) fn write(&mut self, x: u16, y: u16, most: u16, text: &str, ink: Ink) -> u16 {
        let (line, _) = seen(&cut(text, most.into()));
        let most = most.min(self.buffer.area.right().saturating_sub(x));
        if most == 0 || y >= self.buffer.area.bottom() {
            return 0;
        }
        let style = self.style(ink);
        let (end, _) = self.buffer.set_stringn(x, y, &line, most.into(), style);
        end.saturating_sub(x)
    }

    /// The same, without the columns it took.
    pub(super) fn put(&mut self, x: u16, y: u16, most: u16, text: &str, ink: Ink) {
        self.write(x, y, most, text, ink);
    }

    /// A text that ends at a column; returns where it begins.
    pub(super) fn put_right(&mut self, right: u16, y: u16, most: u16, text: &str, ink: Ink) -> u16 {
        let text = cut(text, most.into());
        let x = right.saturating_sub(columns(&text));
        self.put(x, y, most, &text, ink);
        x
    }

    /// A text in the middle of a row, between lines.
    pub(super) fn put_ruled(&mut self, area: Rect, y: u16, text: &str, ink: Ink) {
        let text = cut(text, area.width.saturating_sub(6).into());
        let taken = columns(&text) + 2;
        let left = area.width.saturating_sub(taken) / 2;
        let right = area.width.saturating_sub(taken + left);
        let line = |columns: u16| "─".repeat(columns.into());
        self.put(area.x, y, left, &line(left), Ink::Faint);
        self.put(area.x + left + 1, y, taken, &text, ink);
        self.put(area.x + left + taken, y, right, &line(right), Ink::Faint);
    }

    /// A line from side to side.
    pub(super) fn rule(&mut self, area: Rect, y: u16) {
        self.put(area.x, y, area.width, &"─".repeat(area.width.into()), Ink::Faint);
    }

    /// Changes the ink of what is there.
    pub(super) fn ink(&mut self, area: Rect, ink: Ink) {
        let style = self.style(ink);
        self.buffer.set_style(area.intersection(self.buffer.area), style);
    }

    /// Empties an area.
    pub(super) fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
    }

    /// What is below can no longer be clicked; a click there goes back.
    pub(super) fn cover(&mut self, area: Rect) {
        self.spot(area, Act::Back);
    }

    pub(super) fn spot(&mut self, area: Rect, act: Act) {
        self.drawn.spots.push(Spot { area, act });
    }

    pub(super) fn cursor(&mut self, x: u16, y: u16) {
        self.drawn.cursor = Some((x, y));
    }

    /// A frame with a title; returns the area inside.
    pub(super) fn frame(&mut self, area: Rect, title: &str) -> Rect {
        self.clear(area);
        let across = usize::from(area.width.saturating_sub(2));
        let last = area.bottom().saturating_sub(1);
        self.put(area.x, area.y, area.width, &format!("┌{}┐", "─".repeat(across)), Ink::Faint);
        self.put(area.x, last, area.width, &format!("└{}┘", "─".repeat(across)), Ink::Faint);
        for y in area.y + 1..last {
            self.put(area.x, y, 1, "│", Ink::Faint);
            self.put(area.right().saturating_sub(1), y, 1, "│", Ink::Faint);
        }
        self.put(area.x + 2, area.y, area.width.saturating_sub(4), &format!(" {title} "), Ink::Bold);
        // A click inside the frame, beside the choices, closes nothing.
        self.drawn.spots.push(Spot { area, act: Act::Move(0) });
        Rect {
            x: area.x + 2,
            y: area.y + 1,
            width: area.width.saturating_sub(4),
            height: area.height.saturating_sub(2),
        }
    }
}
