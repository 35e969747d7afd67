use riposte::model::{Row, Tariff, TariffId};
use riposte::rules::tariff::page_tariff;
use rusqlite::params;

use super::{Admin, AdminError};
use crate::app::Shared;
use crate::db::DbError;
use crate::feed::Writer;

/// Ids that a restored server leaves unused: more than were given since the backup was made.
const RESERVE: i64 = 1_000_000;

/// A first start: the account, and the page's tariff with its example rates.
pub(crate) async fn set_up(app: &Shared, name: &str, utc_offset_minutes: i32) -> Result<(), AdminError> {
    const SQL: &str = "INSERT INTO account (id, name, server_id, epoch, utc_offset_minutes) VALUES (1, ?1, ?2, 1, ?3)";
    let name = name.to_owned();
    app.write(move |w| {
        let server_id = format!("srv-{}", uuid::Uuid::new_v4().simple());
        w.tx.execute(SQL, params![name, server_id, utc_offset_minutes])?;
        put_tariff(w, page_tariff().map_err(DbError::from)?)?;
        Ok(())
    })
    .await
}

fn put_tariff(w: &mut Writer<'_>, tariff: Tariff) -> Result<TariffId, DbError> {
    let id = TariffId(w.next_id("tariff")?);
    w.put(&Row::Tariff(Tariff { id, ..tariff }))?;
    Ok(id)
}

impl Admin {
    /// Adds a tariff; its id is given here. The account has the page's tariff from its start.
    pub async fn add_tariff(&self, tariff: Tariff) -> Result<TariffId, AdminError> {
        self.app.write(move |w| Ok(put_tariff(w, tariff)?)).await
    }

    /// Whether the account's plan has conversations at all.
    pub async fn set_conversations(&self, has: bool) -> Result<(), AdminError> {
        self.app.write(move |w| Ok(w.tx.execute("UPDATE account SET conversations = ?1", [has]).map(drop)?)).await
    }

    /// The data folder came from a backup: another history begins, and no id is given twice.
    pub async fn restored(&self) -> Result<(), AdminError> {
        self.app.write(|w| Ok(begin_another_history(w)?)).await
    }
}

/// Phones read everything anew, and no id is given twice.
pub(super) fn begin_another_history(w: &Writer<'_>) -> Result<(), DbError> {
    w.tx.execute("UPDATE account SET epoch = epoch + 1, seq = seq + ?1", [RESERVE])?;
    w.tx.execute("UPDATE counter SET last = last + ?1", [RESERVE])?;
    w.tx.execute("DELETE FROM snapshot", [])?;
    Ok(())
}
