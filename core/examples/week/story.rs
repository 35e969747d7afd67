//! What happens: Léa's week with the Atelier Nord, in Paris.

use riposte::model::ChargeKind;

/// Something that happens.
pub(crate) struct Event {
    /// A day of November 2026 and a time, in Paris.
    pub(crate) at: &'static str,
    pub(crate) what: What,
}

/// What happens.
pub(crate) enum What {
    /// The customer writes.
    Writes(&'static str),
    /// The customer writes after a tap on an advertisement.
    ComesByAd(&'static str),
    /// The customer puts an emoji on the newest message.
    Reacts(&'static str),
    /// The agent sends something, with this result.
    Sends(ChargeKind, &'static str, Fate),
    /// Time passes: a moment to look at the window.
    Passes(&'static str),
}

/// What becomes of a message: when it arrives and is read, or why it fails.
pub(crate) enum Fate {
    Read(&'static str, &'static str),
    Arrives(&'static str),
    Fails(i64),
}

const fn event(at: &'static str, what: What) -> Event {
    Event { at, what }
}

use ChargeKind::{Marketing, Reply, Utility};
use What::{ComesByAd, Passes, Reacts, Sends, Writes};

/// The week of Monday 2 November 2026.
pub(crate) const WEEK: &[Event] = &[
    event("2 09:00", Writes("Hello, where is my order?")),
    event("2 09:05", Sends(Reply, "It ships tonight.", Fate::Read("2 09:05", "2 09:06"))),
    event("2 09:20", Sends(Reply, "Here is the tracking number: 4711.", Fate::Arrives("2 09:20"))),
    event("3 08:30", Writes("It has not arrived yet.")),
    event("3 08:40", Sends(Reply, "I am asking the carrier.", Fate::Read("3 08:40", "3 08:41"))),
    event("3 14:00", Sends(Reply, "They will deliver it tomorrow.", Fate::Read("3 14:00", "3 14:05"))),
    event("4 08:30", Passes("her last message is 24 hours old")),
    event("4 15:00", Sends(Utility, "Your order 4711 was delivered.", Fate::Read("4 15:00", "4 15:30"))),
    event("4 16:00", Writes("Thank you! One chair is missing.")),
    event("4 16:05", Sends(Reply, "We are looking into it.", Fate::Fails(131026))),
    event("4 16:10", Sends(Reply, "We are looking into it right now.", Fate::Read("4 16:10", "4 16:11"))),
    event("5 10:00", Sends(Utility, "Your chair is on its way.", Fate::Arrives("5 10:00"))),
    event("5 10:30", Reacts("👍")),
    event("6 18:00", Sends(Marketing, "This weekend: 10% off tables.", Fate::Arrives("6 18:02"))),
    event("7 11:00", ComesByAd("Is the oak table still available?")),
    event("7 11:05", Sends(Reply, "It is, in two sizes.", Fate::Read("7 11:05", "7 11:05"))),
    event("8 10:00", Sends(Marketing, "The oak table, ready to order.", Fate::Arrives("8 10:00"))),
];
