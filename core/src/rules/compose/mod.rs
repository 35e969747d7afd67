//! What can be written here, and does this text or file fit?
//!
//! `composer` follows the messaging window and the channel's state, `limits` are the channel's
//! own, as data, counted as the channel counts, `saved_reply` puts a customer into a kept text.

mod composer;
mod limits;
mod saved_reply;

pub use composer::{Composer, closed_phrase, composer, phrase, restart, waits_for_answer};
pub use limits::{MediaFault, TextCheck, check_media, check_text};
pub use saved_reply::{FilledReply, fill_saved_reply, reply_variable, unknown_variable};
