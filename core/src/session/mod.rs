//! Who is signed in: tokens, their refresh, and the server's clock.
//!
//! Tokens live in the [`SecretStore`] of the device and in memory, nowhere else. This room
//! knows no URL and no table: it asks an [`Authority`] for new tokens and an [`OffsetKeeper`]
//! to remember the clock, and the facade says who they are.

mod access;
mod secrets;
mod server_clock;
mod tokens;

#[cfg(test)]
mod tests;

pub use access::{Authority, RefreshError, Session, SessionError, SessionParts, SessionState, SignedOutWhy};
pub use secrets::{MemorySecretStore, SecretError, SecretStore};
pub use server_clock::{OffsetKeeper, SavedOffset, ServerClock, ServerTime};
