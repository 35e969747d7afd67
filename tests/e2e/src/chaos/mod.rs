//! Everything that a network and a provider can do wrong, from one seed.
//!
//! [`forwarder`] stands between a phone and the server and knows the protocol well enough to
//! misbehave in its terms; [`Dice`] decides when. Nothing here knows what is right: that is
//! compared by `tests/properties.rs`.

pub mod forwarder;

pub use riposte_server::faults::Dice;
