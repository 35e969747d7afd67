//! The mobile core of a Conversations inbox.
#![warn(missing_docs)]

#[cfg(feature = "client")]
pub mod backend;
pub mod clock;
pub mod model;
