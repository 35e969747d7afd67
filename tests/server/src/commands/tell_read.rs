//! Showing customers that their messages were read, where an agent wants that.

use riposte::model::MessageId;

use crate::app::Shared;
use crate::channels::provider::{ProviderAccount, Recipient};
use crate::db::DbError;
use crate::feed::Writer;
use crate::inbox::{self, Stored};

/// What the customer may be shown to have been read.
pub(super) struct TellRead {
    account: ProviderAccount,
    to: Recipient,
    provider_id: String,
}

/// The newest customer message up to a marker; none if the channel cannot show it to the customer.
pub(super) fn up_to(w: &Writer<'_>, stored: &Stored, marker: MessageId) -> Result<Option<TellRead>, DbError> {
    const NEWEST: &str =
        "SELECT max(id) FROM message WHERE conversation_id = ?1 AND id <= ?2 AND from_customer = 1 AND shows = 1";
    let tells = inbox::channel(w.tx, stored.channel_id)?.is_some_and(|held| held.capabilities.tells_customer_read);
    let newest: Option<i64> = w.tx.query_row(NEWEST, [stored.id.0, marker.0], |row| row.get(0))?;
    let Some(newest) = newest.filter(|_| tells) else { return Ok(None) };
    let (Some(account), Some(provider_id)) =
        (inbox::provider_account(w.tx, stored.channel_id)?, inbox::provider_id(w.tx, MessageId(newest))?)
    else {
        return Ok(None);
    };
    let to = inbox::recipient(w.tx, stored.channel_id, stored.contact_id)?;
    Ok(Some(TellRead { account, to, provider_id }))
}

/// Best effort, in the background: the agent has read it whether or not the customer learns of it.
pub(super) fn tell(app: &Shared, what: TellRead) {
    let shared = app.clone();
    drop(app.tasks.spawn(async move {
        if let Some(provider) = shared.providers.of(what.account.kind) {
            // A lost blue tick is not worth a second call.
            let _ = provider.mark_read(&what.account, &what.to, &what.provider_id).await;
        }
    }));
}
