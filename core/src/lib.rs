//! The mobile core of a Conversations inbox.
//!
//! An agent answers customers' messages from a phone. This crate decides and remembers
//! everything hard about that; an app shows what it says. Begin with [`facade::Riposte`].
//!
//! | room | its question |
//! |---|---|
//! | [`model`] | what is a conversation, a message, a tariff, a command? |
//! | [`rules`] | what follows from the facts at an instant? Pure: `now` is an argument |
//! | [`texts`] | how is that said in English and in French? |
//! | [`store`] | what does this phone remember, across a kill and a power cut? |
//! | [`backend`] | how is an inbox server spoken to? A port, and our protocol behind it |
//! | [`session`] | who is signed in, and what time is it on the server? |
//! | [`sync`] | what has changed since? |
//! | `outbox` | what has still to leave, in which order, and what became of it? |
//! | `media` | where is this file, and how much of it? |
//! | [`facade`] | what does an app see? |
//! | [`clock`] | what time is it here? A story has one that it moves itself |
//!
//! Two journeys. *In*: something rings, [`sync`] asks for the changes after the cursor, one
//! transaction writes rows and cursor, the app reads its screen again. *Out*: a command is durable
//! in the outbox under a key of its own before the call returns, its echo is on screen, it is sent
//! with that key until the server says what became of it, and the server's row takes its place.
//!
//! `model`, `rules`, `texts` and the clock's trait stand alone (`default-features = false`): no
//! runtime, no database, no network. Everything else is the feature `client`.
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

/// The example of the project's page is compiled, so that it stays true.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../../README.md")]
struct Readme;
