use chrono::{NaiveDate, TimeDelta};
use riposte::model::{ChannelAccount, ChannelId, OffsetChange, Row, RowKind, Tariff, TariffId};
use riposte::rules::meta_tariff::meta_tariff;
/// The rule of the page's tariff, which a cast names instead of writing it out.
pub(crate) use riposte::rules::tariff::page_rule;
use riposte::rules::tariff::{page_tariff, since};
use rusqlite::params;

use super::{Admin, AdminError};
use crate::app::Shared;
use crate::db::DbError;
use crate::feed::{Writer, row, zone};
use crate::inbox::plan_periods;
use crate::options::Options;

/// Ids that a restored server leaves unused at least.
const RESERVE: i64 = 1_000_000;
/// The largest number that every language reads exactly.
const EPOCH_MOST: u64 = (1 << 53) - 1;

/// A first start: the account, and the page's tariff with its example rates.
pub(crate) async fn set_up(app: &Shared, options: &Options) -> Result<(), AdminError> {
    const SQL: &str = "INSERT INTO account (id, name, server_id, epoch, utc_offset_minutes, simulated)
         VALUES (1, ?1, ?2, ?3, ?4, ?5)";
    let (name, utc_offset_minutes) = (options.account_name.clone(), options.utc_offset_minutes);
    let simulated = options.has_simulator();
    let epoch = options.first_epoch.map_or_else(new_epoch, Ok)?;
    app.write(move |w| {
        let server_id = format!("srv-{}", uuid::Uuid::new_v4().simple());
        w.tx.execute(SQL, params![name, server_id, epoch, utc_offset_minutes, simulated])?;
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

    /// Adds Meta's own tariff as of now: the version that holds, those of the last two months, by
    /// which charges were made that are still looked at, and those to come.
    pub async fn add_meta_tariff(&self) -> Result<TariffId, AdminError> {
        self.app
            .write(|w| {
                let tariff = meta_tariff(&zone(w.tx)?).map_err(DbError::from)?;
                Ok(put_tariff(w, since(tariff, w.now - TimeDelta::days(62)))?)
            })
            .await
    }

    /// What prices the messages of a number or page from now on; none: *not priced*.
    pub async fn set_tariff(&self, channel: ChannelId, tariff: Option<TariffId>) -> Result<(), AdminError> {
        self.app
            .write(move |w| {
                let held: Option<ChannelAccount> = row(w.tx, RowKind::Channel, channel.0)?;
                let held = held.ok_or(AdminError::NotFound("channel"))?;
                if let Some(tariff) = tariff {
                    row::<Tariff>(w.tx, RowKind::Tariff, tariff.0)?.ok_or(AdminError::NotFound("tariff"))?;
                }
                w.put(&Row::Channel(ChannelAccount { tariff, ..held }))?;
                Ok(())
            })
            .await
    }

    /// A monthly plan: so many messages from each billing date to the next, at midnight of the
    /// account. `began` is the first billing date. In the place of the plan there was.
    pub async fn set_plan(&self, messages: u32, began: NaiveDate) -> Result<(), AdminError> {
        const SQL: &str = "INSERT INTO plan (id, messages, began) VALUES (1, ?1, ?2)
             ON CONFLICT (id) DO UPDATE SET messages = excluded.messages, began = excluded.began";
        self.app
            .write(move |w| {
                w.tx.execute(SQL, params![messages, began.to_string()])?;
                Ok(plan_periods(w, w.now)?)
            })
            .await
    }

    /// When the account's clocks change, as its time zone has it: months and plan periods begin at
    /// midnight there.
    pub async fn set_clock_changes(&self, changes: Vec<OffsetChange>) -> Result<(), AdminError> {
        const SQL: &str = "INSERT INTO offset_change (at, utc_offset_minutes) VALUES (?1, ?2)";
        self.app
            .write(move |w| {
                w.tx.execute("DELETE FROM offset_change", [])?;
                for change in changes {
                    w.tx.execute(SQL, params![change.at.timestamp_millis(), change.utc_offset_minutes])?;
                }
                Ok(())
            })
            .await
    }

    /// Whether the account's plan has conversations at all.
    pub async fn set_conversations(&self, has: bool) -> Result<(), AdminError> {
        self.app.write(move |w| Ok(w.tx.execute("UPDATE account SET conversations = ?1", [has]).map(drop)?)).await
    }

    /// The data folder came from a backup: another history begins, and no id is given twice. To be said once for each
    /// restoration, before phones come.
    pub async fn restored(&self) -> Result<(), AdminError> {
        another_history(&self.app).await
    }
}

/// The same, at a start that finds a backup in the data folder.
pub(crate) async fn another_history(app: &Shared) -> Result<(), AdminError> {
    app.write(|w| begin_another_history(w)).await
}

/// The name of a history. Random: a count would repeat if the same backup is restored twice.
fn new_epoch() -> Result<i64, AdminError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| AdminError::NoRandom)?;
    let epoch = u64::from_le_bytes(bytes) & EPOCH_MOST;
    Ok(i64::try_from(epoch.max(2)).unwrap_or(2))
}

/// Another history begins: phones read everything again, and no id is given twice. Ids and versions go on above the
/// milliseconds since 1970: a server gives fewer than a thousand a second, so those that the server gave after the
/// backup lie below, however often it was restored.
pub(super) fn begin_another_history(w: &Writer<'_>) -> Result<(), AdminError> {
    let (epoch, now) = (new_epoch()?, w.now.timestamp_millis());
    w.tx.execute("UPDATE account SET backup_at = NULL, epoch = ?1, seq = max(seq + ?2, ?3)", [epoch, RESERVE, now])?;
    w.tx.execute("UPDATE counter SET last = max(last + ?1, ?2)", [RESERVE, now])?;
    w.tx.execute("DELETE FROM snapshot", [])?;
    Ok(())
}
