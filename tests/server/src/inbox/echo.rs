//! A page echoes what we sent through it. When the echo is faster than the answer to our call,
//! it is taken for the company's own phone; once the answer is here, it gives way.

use riposte::model::{Author, ChannelAccount, MessageId};

use super::message::{by_provider_id, message};
use crate::db::DbError;
use crate::feed::Writer;

/// Removes an echo that carries the provider's id of a message of ours.
pub(super) fn give_way(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    provider_id: &str,
    ours: MessageId,
) -> Result<(), DbError> {
    let Some((echo, _)) = by_provider_id(w.tx, channel.id, provider_id)?.filter(|(id, _)| *id != ours) else {
        return Ok(());
    };
    w.tx.execute("DELETE FROM attempt WHERE message_id = ?1", [echo.0])?;
    if let Some(held) = message(w.tx, echo)?.filter(|held| held.author == Author::PhoneApp) {
        w.tx.execute("DELETE FROM message WHERE id = ?1", [echo.0])?;
        w.message_gone(echo.0, held.conversation_id)?;
    }
    Ok(())
}
