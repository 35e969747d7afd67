//! Syncing between a server made of a map and a phone with a real store.
//!
//! - `server`: the server, with the faults that a test orders;
//! - `phone`: a phone in a temporary folder, and what it holds in comparable form;
//! - the rest: one subject each; `property` throws everything together by a seed.

mod doorbell;
mod pages;
mod pause;
mod phone;
mod property;
mod scroll;
mod server;
mod snapshots;
