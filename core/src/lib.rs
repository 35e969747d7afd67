//! The mobile core of a Conversations inbox.
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

#[cfg(feature = "client")]
pub mod backend;
pub mod clock;
#[cfg(feature = "client")]
pub mod facade;
#[cfg(feature = "client")]
mod media;
pub mod model;
#[cfg(feature = "client")]
mod outbox;
pub mod rules;
#[cfg(feature = "client")]
pub mod session;
#[cfg(feature = "client")]
pub mod store;
#[cfg(feature = "client")]
pub mod sync;
pub mod texts;
