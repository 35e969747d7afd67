//! Finding conversations and messages by words.

use std::collections::BTreeSet;

use rusqlite::{Connection, named_params};

use crate::model::{ContactId, ConversationId, MessageId};
use crate::store::StoreError;
use crate::store::column::{all, sql_limit};
use crate::store::search::query;
use crate::store::table::{contact, conversation, message};

/// Something found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchHit {
    /// The conversation to open.
    pub conversation_id: ConversationId,
    /// The message that matches; none when the customer's name or number does.
    pub message_id: Option<MessageId>,
}

pub(super) fn search(db: &Connection, text: &str, limit: usize) -> Result<Vec<SearchHit>, StoreError> {
    let query = query(text);
    let mut hits = Vec::new();
    if let Some(words) = query.contacts {
        let params = named_params! { ":words": words, ":limit": sql_limit(limit) };
        let contacts = all(db, contact::SEARCH, params, |row| Ok(ContactId(row.get(0)?)))?;
        let mut seen = BTreeSet::new();
        for id in contacts {
            for conversation_id in conversation::of_contact(db, id, sql_limit(limit))? {
                if seen.insert(conversation_id) {
                    hits.push(SearchHit { conversation_id, message_id: None });
                }
            }
        }
        hits.truncate(limit);
    }
    if let Some(words) = query.messages {
        let params = named_params! { ":words": words, ":limit": sql_limit(limit - hits.len()) };
        hits.extend(all(db, message::SEARCH, params, |row| {
            Ok(SearchHit { message_id: Some(MessageId(row.get(0)?)), conversation_id: ConversationId(row.get(1)?) })
        })?);
    }
    Ok(hits)
}
