//! Syncing between a server made of a map and a phone with a real store.
//!
//! - `world`, `feed`: what the server knows, and what it says of it;
//! - `server`: the server as the phone meets it, with the faults that a test orders;
//! - `phone`: a phone in a temporary folder, and what it holds in comparable form;
//! - the rest: one subject each; `property` throws everything together by a seed.

mod doorbell;
mod feed;
mod pages;
mod pause;
mod phone;
mod property;
mod scroll;
mod server;
mod snapshots;
mod world;
