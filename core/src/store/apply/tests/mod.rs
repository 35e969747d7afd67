mod first_known;
mod history;
mod page;
mod property;
mod snapshot;
mod views;

use crate::model::ConversationId;
use crate::store::tests::Cache;
use crate::store::{Around, Slice};

fn messages(cache: &Cache, conversation: i64) -> Slice {
    cache.read().messages(ConversationId(conversation), Around::Newest, 1_000).unwrap()
}

fn ids(cache: &Cache, conversation: i64) -> Vec<i64> {
    messages(cache, conversation).messages.iter().map(|held| held.message.id.0).collect()
}

/// Where messages may be missing, as (after, before); 0 stands for an open side.
fn holes(cache: &Cache, conversation: i64) -> Vec<(i64, i64)> {
    let side = |id: Option<crate::model::MessageId>| id.map_or(0, |id| id.0);
    messages(cache, conversation).holes.iter().map(|hole| (side(hole.after), side(hole.before))).collect()
}
