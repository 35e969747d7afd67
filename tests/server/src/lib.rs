//! The reference inbox server of the protocol.
pub mod channels;
