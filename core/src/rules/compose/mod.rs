//! What can be written here, and does this text or file fit?
//!
//! `composer` follows the messaging window and the channel's state, `limits` are the channel's
//! own, as data, counted as the channel counts, `mime` knows the types of files, `convert` what to
//! make of one that does not fit, `saved_reply` puts a customer into a kept text.

mod composer;
mod convert;
mod limits;
mod mime;
mod saved_reply;

pub use composer::{Composer, closed_phrase, composer, phrase, restart, waits_for_answer};
pub use convert::{MediaFix, fix_phrase, media_fixes};
pub use limits::{MediaFault, TextCheck, carries_caption, check_caption, check_media, check_reaction, check_text};
pub use mime::{canonical_type, takes_type};
pub use saved_reply::{FilledReply, fill_saved_reply, reply_variable, unfilled, unknown_variable};
