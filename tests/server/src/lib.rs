//! The reference inbox server of the protocol.
#![allow(clippy::todo)]
pub mod channels;
pub mod inbox;
pub mod sim;
