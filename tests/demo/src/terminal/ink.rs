//! Colours: every part of a screen has an ink; the terminal decides how it looks.

use ratatui::style::{Color, Modifier, Style};
use riposte::model::ChannelKind;

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Palette {
    /// None: `NO_COLOR` is set. Bold, underlined and reversed remain.
    None,
    /// The sixteen of every terminal, as its owner has set them.
    Sixteen,
    /// All of them.
    True,
}

/// What a part of a screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Bold,
    Faint,
    /// The line above and below everything.
    Bar,
    /// A key or button.
    Key,
    /// The selected row.
    Chosen,
    /// A customer's bubble, and one of ours that was read.
    White,
    /// A bubble of ours that was not read.
    Grey,
    /// A comment, which only colleagues see.
    Comment,
    /// A new conversation.
    Purple,
    /// One that was missed; an error.
    Red,
    /// A window with time left; a connection.
    Green,
    /// A window that closes soon; something to decide.
    Amber,
    /// What it costs.
    Money,
    /// The tour.
    Tour,
    /// A channel's logo.
    Logo(ChannelKind),
}

impl Palette {
    /// What this terminal supports, by its environment variables.
    pub(super) fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        if set("NO_COLOR").is_some() {
            return Self::None;
        }
        match set("COLORTERM").as_deref() {
            Some("truecolor" | "24bit") => Self::True,
            _ => Self::Sixteen,
        }
    }

    pub(super) fn style(self, ink: Ink) -> Style {
        let style = Style::new();
        let coloured = |style: Style, sixteen: Color, rgb: (u8, u8, u8)| match self {
            Self::None => style,
            Self::Sixteen => style.fg(sixteen),
            Self::True => style.fg(Color::Rgb(rgb.0, rgb.1, rgb.2)),
        };
        let on = |style: Style, sixteen: Color, rgb: (u8, u8, u8)| match self {
            Self::None => style,
            Self::Sixteen => style.bg(sixteen),
            Self::True => style.bg(Color::Rgb(rgb.0, rgb.1, rgb.2)),
        };
        let on_dark = |style: Style| coloured(style, Color::White, (236, 239, 244));
        let on_light = |style: Style| coloured(style, Color::Black, (24, 27, 33));
        match ink {
            Ink::Plain => style,
            Ink::Bold => style.add_modifier(Modifier::BOLD),
            Ink::Faint => match self {
                Self::None => style.add_modifier(Modifier::DIM),
                Self::Sixteen | Self::True => coloured(style, Color::DarkGray, (129, 138, 153)),
            },
            Ink::Bar if self == Self::None => style.add_modifier(Modifier::REVERSED),
            Ink::Bar => on(on_dark(style), Color::Blue, (37, 56, 88)),
            Ink::Key => coloured(style.add_modifier(Modifier::BOLD), Color::Cyan, (120, 200, 220)),
            Ink::Chosen => style.add_modifier(Modifier::REVERSED),
            Ink::White if self == Self::None => style,
            Ink::White => on(on_light(style), Color::White, (242, 244, 247)),
            Ink::Grey if self == Self::None => style,
            Ink::Grey => on(on_dark(style), Color::DarkGray, (84, 92, 105)),
            Ink::Comment => on(on_light(style), Color::Yellow, (247, 224, 142)),
            Ink::Purple => coloured(style.add_modifier(Modifier::BOLD), Color::Magenta, (177, 98, 255)),
            Ink::Red => coloured(style.add_modifier(Modifier::BOLD), Color::Red, (240, 84, 84)),
            Ink::Green => coloured(style, Color::Green, (104, 190, 120)),
            Ink::Amber => coloured(style.add_modifier(Modifier::BOLD), Color::Yellow, (240, 180, 60)),
            Ink::Money => coloured(style, Color::Cyan, (120, 200, 220)),
            Ink::Tour => on(on_light(style), Color::Cyan, (150, 214, 228)),
            Ink::Logo(kind) => {
                let style = style.add_modifier(Modifier::BOLD);
                match kind {
                    ChannelKind::Whatsapp => coloured(style, Color::Green, (37, 211, 102)),
                    ChannelKind::Messenger => coloured(style, Color::Blue, (64, 150, 255)),
                    ChannelKind::Instagram => coloured(style, Color::Magenta, (225, 72, 140)),
                    ChannelKind::Widget => coloured(style, Color::Yellow, (240, 180, 60)),
                    ChannelKind::Unknown => style,
                }
            }
        }
    }
}

/// A channel's logo in two letters.
pub(super) fn logo(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Whatsapp => "WA",
        ChannelKind::Messenger => "ME",
        ChannelKind::Instagram => "IG",
        ChannelKind::Widget => "WB",
        ChannelKind::Unknown => "??",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn palette(set: &[(&str, &str)]) -> Palette {
        let set: Vec<(String, String)> = set.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Palette::of(|name| set.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
    }

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        assert_eq!(palette(&[]), Palette::Sixteen);
        assert_eq!(palette(&[("COLORTERM", "truecolor")]), Palette::True);
        assert_eq!(palette(&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")]), Palette::None);
        assert_eq!(palette(&[("NO_COLOR", "")]), Palette::Sixteen);
    }

    #[test]
    fn without_colours_nothing_is_coloured() {
        let inks = [Ink::Bar, Ink::White, Ink::Grey, Ink::Comment, Ink::Red, Ink::Logo(ChannelKind::Whatsapp)];
        for style in inks.map(|ink| Palette::None.style(ink)) {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }
}
