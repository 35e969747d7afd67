//! Providers, simulator and server against each other over real HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod end_to_end;
mod link;
mod listener;
mod phone;
mod providers;
mod requests;
mod simulator;
