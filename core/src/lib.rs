//! The mobile core of a Conversations inbox: all that is hard about answering customers from a
//! phone, for thin apps in Kotlin and Swift to show.
//!
//! An app sees [`facade`] and nothing else: it reads screens, gives commands, and is notified of what to
//! read again.
//!
//! ```no_run
//! use riposte::facade::{Around, Config, Draft, Error, InboxQuery, MemorySecretStore, Riposte};
//!
//! # async fn run() -> Result<(), Error> {
//! let secrets = std::sync::Arc::new(MemorySecretStore::new());
//! let riposte = Riposte::open(Config::new("/data/riposte".into(), secrets))?;
//! let account = riposte
//!     .sign_in("https://inbox.example.com".into(), "marc@example.com".into(), "correct horse".into())
//!     .await?;
//! if let Some(row) = account.inbox().page(InboxQuery::default()).await?.rows.first() {
//!     let conversation = account.conversation(row.id);
//!     let screen = conversation.screen(Around::Newest, 50).await?;
//!     println!("{}: {} messages", screen.title, screen.rows.len());
//!     // Durable when it returns; it leaves when there is a network, once, and in order.
//!     conversation.send(Draft::Text { body: "Elle part ce soir.".into(), reply_to: None }, None).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # The rooms, and which way they know each other
//!
//! ```text
//! model  <-  rules, texts  <-  store, backend, session  <-  sync, outbox, media  <-  facade
//! ```
//!
//! - [`model`]: the nouns, as the wire has them. [`rules`]: what follows from them, as pure
//!   functions that are given `now`. [`texts`]: every sentence, in English and French.
//! - [`store`]: what the phone remembers, in two files. [`backend`]: the port to an inbox server,
//!   and our protocol over HTTP. [`session`]: tokens, and the server's clock.
//! - [`sync`]: the change feed into the store. `outbox`: commands on their way out. `media`: files.
//! - [`facade`]: joins them.
//!
//! Rooms of one rank do not import each other; they meet through small traits that the facade
//! wires up. A test reads the `use` lines and fails on any other arrow. [`clock`] is the one
//! clock of the phone and of the reference server, so that a story moves both.
//!
//! # Features
//!
//! `client` (default) is everything. Without it there are `model`, `rules`, `texts` and the clock's
//! traits, which need no runtime, no SQL and no HTTP: the reference server judges with the same
//! rules. `clock` adds the machine's own clock.
#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

#[cfg(feature = "client")]
pub mod backend;
pub mod clock;
#[cfg(feature = "client")]
pub mod facade;
#[cfg(feature = "client")]
pub mod log;
#[cfg(feature = "client")]
mod media;
pub mod model;
#[cfg(feature = "client")]
mod outbox;
#[cfg(any(test, feature = "client"))]
mod random;
pub mod rules;
#[cfg(feature = "client")]
pub mod session;
#[cfg(feature = "client")]
pub mod store;
#[cfg(feature = "client")]
pub mod sync;
#[cfg(feature = "client")]
mod task;
pub mod texts;

#[cfg(feature = "uniffi")]
uniffi::setup_scaffolding!("riposte");

/// The example of the project's page is compiled, so that it stays true.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../../README.md")]
struct Readme;
