//! The client in a terminal, through a pty: what its user sees, as text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod cards;
mod ends;
mod pty;
mod screens;
mod server;
mod walk;
mod wide;

/// A Wednesday evening; the clock stands still until a key moves it.
const AT: &str = "2026-11-04T18:30:00+01:00";
