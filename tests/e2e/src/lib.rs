//! Tells the stories of `tests/scenarios` with real phones against a real server.
//!
//! - [`story`]: the files, read and checked
//! - [`world`]: the server, its simulator, the phones and the one clock they share
//! - [`line`]: what the teller asks of a phone, in this process or in one of another language
//! - [`phone`]: what an agent does on a phone, through the facade and nothing else
//! - [`pocket`]: a phone whose files and safe can be touched
//! - [`picture`]: what a screen shows, as every language writes it
//! - [`wording`]: a picture in the words of stories
//! - [`matching`]: whether a screen shows what a story expects
//! - [`phrases`]: the words of every phrase a story names
//! - [`shown`]: everything that a phone shows
//! - [`rows`]: all rows of the server that a phone keeps
//! - [`tamper`]: how a file can be damaged
//! - [`teller`]: one step after the other
//! - [`chaos`]: what goes wrong, for the properties
//! - [`kills`]: processes that are killed, power cuts and full disks, at every point
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

pub mod chaos;
pub mod kills;
pub mod line;
pub mod matching;
pub mod phone;
pub mod phrases;
pub mod picture;
pub mod pocket;
pub mod rows;
pub mod shown;
pub mod story;
pub mod tamper;
pub mod teller;
pub mod wording;
pub mod world;
