//! Who is signed in: passwords, tokens, and how often one may try.
//!
//! A refresh makes a new pair of tokens. The old refresh token stays good until one of the new
//! pair is first used: a lost answer does not sign the agent out.

mod attempts;
mod password;
mod tokens;

pub(crate) use attempts::Attempts;
pub(crate) use password::{NOBODY, hash_password, password_fits};
pub(crate) use tokens::{
    ACCESS_LIVES, Device, Issued, Login, SessionError, Who, authenticate, begin, end, end_session, first_use, login_of,
    refresh, session_is_open,
};
