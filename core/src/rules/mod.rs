//! What follows from the facts: pure functions of data and `now`.
//!
//! One file answers one question, and its first line asks it. No clock, no I/O, no async, no
//! SQL: time comes in as an argument, words go out as [`Phrase`](crate::model::Phrase)s.

pub mod attention;
pub mod backoff;
pub mod billing;
mod braces;
pub mod compose;
pub mod delivery;
#[cfg(test)]
mod delivery_laws;
pub mod failure;
#[cfg(test)]
mod failure_codes;
pub mod inbox;
pub mod labels;
pub mod market;
mod market_list;
pub mod meta_tariff;
pub mod notify;
pub mod phone;
pub mod policy;
pub mod sending;
#[cfg(test)]
pub(crate) mod table;
pub mod tariff;
pub mod template;
pub(crate) mod time;
pub mod window;
pub mod zone;
