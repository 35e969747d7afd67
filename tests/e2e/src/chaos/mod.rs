//! Everything that a network and a provider can do wrong, from one seed.
//!
//! [`forwarder`] stands between a phone and the server and knows the protocol well enough to
//! misbehave in its terms; [`dice`] decides when. Nothing here knows what is right: that is
//! compared by `tests/properties.rs`.

mod dice;
pub mod forwarder;

pub use dice::Dice;
