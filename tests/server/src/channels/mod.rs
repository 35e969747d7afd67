//! The customers' side of the server: what providers post in, and what is sent out through them.
//!
//! A room per provider. Each reads its webhooks into [`event::Event`]s, which know nothing of
//! HTTP, and speaks its sending API behind [`provider::Provider`]. Nothing here decides: windows,
//! prices and who sees what belong to the inbox; what is stored, to its store.

pub mod event;
pub mod provider;
