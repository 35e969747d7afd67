//! Tells the stories of `tests/scenarios` with real phones against a real server.
//!
//! [`story`] reads the files, [`matching`] compares screens with what a story expects.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

pub mod matching;
pub mod picture;
pub mod story;
