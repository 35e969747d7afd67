//! Tells the stories of `tests/scenarios` with real phones against a real server.
//!
//! - [`story`]: the files, read and checked
//! - [`world`]: the server, its simulator, the phones and the one clock they share
//! - [`phone`]: what an agent does on a phone, through the facade and nothing else
//! - [`pocket`]: a phone whose files and safe can be touched
//! - [`picture`]: what a screen shows, in the words of stories
//! - [`matching`]: whether that is what a story expects
//! - [`phrases`]: the words of every phrase a story names
//! - [`shown`]: all that a phone shows
//! - [`rows`]: all that a phone keeps of the server
//! - [`tamper`]: what can become of a file
//! - [`teller`]: one step after the other
//! - [`chaos`]: what goes wrong, for the properties
//! - [`kills`]: processes that are killed, power cuts and full disks, at every point
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

pub mod chaos;
pub mod kills;
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
pub mod world;
