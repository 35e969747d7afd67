//! For `tests/bench` alone: reading a page costs as much as writing it, and belongs to it.

use super::wire::Answer;
use crate::backend::Page;

/// A page of the change feed, from the bytes of its answer.
pub fn page(json: &[u8]) -> Result<Page, serde_json::Error> {
    Ok(Page::read(json)?.value)
}
