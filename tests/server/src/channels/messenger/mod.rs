//! Messenger and Instagram Direct: Meta's page messaging, one shape for both.
//!
//! `webhook` reads what a page or an Instagram account receives, `api` sends. No templates here:
//! after the window there is only waiting.

pub mod api;
mod attachment;
pub mod webhook;

#[cfg(test)]
mod tests;
