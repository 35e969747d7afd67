//! The nouns of an inbox: what a server row, a command and a price are.
//!
//! Records only. A type here knows how it is written on the wire (times are milliseconds UTC,
//! unknown kinds are kept apart and never an error) and nothing about clocks, storage or
//! networks. What follows from these records is decided in [`crate::rules`].

mod agent;
mod channel;
mod command;
mod contact;
mod content;
mod conversation;
mod delivery;
mod ids;
mod listing;
mod message;
mod money;
mod outbox;
mod phrase;
mod phrase_key;
mod preferences;
mod readable;
mod row;
mod tariff;
mod template;
#[cfg(feature = "client")]
mod tokens;

pub use agent::*;
pub use channel::*;
pub use command::*;
pub use contact::*;
pub use content::*;
pub use conversation::*;
pub use delivery::*;
pub use ids::*;
pub use listing::*;
pub use message::*;
pub use money::*;
pub use outbox::*;
pub use phrase::*;
pub use phrase_key::*;
pub use preferences::*;
pub use row::*;
pub use tariff::*;
pub use template::*;
#[cfg(feature = "client")]
pub use tokens::*;

/// How instants are written: milliseconds UTC.
pub(crate) mod ms {
    pub(crate) use chrono::serde::ts_milliseconds as at;
    pub(crate) use chrono::serde::ts_milliseconds_option as maybe;
}
