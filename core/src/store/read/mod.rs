//! What screens are made of, read out of the cache. [`reader`] has every question that can be asked;
//! the larger ones have a file each.

mod counts;
mod inbox;
mod messages;
mod reader;
mod search;
#[cfg(test)]
mod tests;

pub use counts::{InboxCount, InboxCounts};
pub use inbox::{Closing, InboxFilter, Overlays, StoredConversation, Whose};
pub use messages::{Around, Hole, Slice};
pub use reader::{CacheReader, FeedPosition};
pub use search::SearchHit;
