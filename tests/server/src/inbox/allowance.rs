//! Units of what is free or included: taken, given back, and there when a month or a plan's period
//! begins.

use chrono::{DateTime, NaiveDate, Utc};
use riposte::model::{Allowance, AllowanceId, AllowanceKind, Row, RowKind, TariffVersion};
use riposte::rules::billing::{Payable, new_month, paying};
use riposte::rules::zone::plan_period;
use rusqlite::OptionalExtension;

use crate::db::DbError;
use crate::feed::{Writer, row, rows_of, zone};

/// One unit of the allowance that pays next; none when money does.
pub(super) fn take_unit(
    w: &mut Writer<'_>,
    version: &TariffVersion,
    message: Payable,
) -> Result<Option<AllowanceId>, DbError> {
    plan_periods(w, message.at)?;
    let mut held: Vec<Allowance> = rows_of(w.tx, RowKind::Allowance)?;
    if let Some(month) = new_month(version, &zone(w.tx)?, &held, message, AllowanceId(0)) {
        held.push(Allowance { id: AllowanceId(w.next_id("allowance")?), ..month });
    }
    let Some((paying, _)) = paying(version, &held, message, 0) else { return Ok(None) };
    let taken = Allowance { left: paying.left - 1, ..paying.clone() };
    let id = taken.id;
    w.put(&Row::Allowance(taken))?;
    Ok(Some(id))
}

/// A unit goes back to where it came from.
pub(super) fn give_back(w: &mut Writer<'_>, id: Option<AllowanceId>) -> Result<(), DbError> {
    let Some(id) = id else { return Ok(()) };
    if let Some(held) = row::<Allowance>(w.tx, RowKind::Allowance, id.0)? {
        w.put(&Row::Allowance(Allowance { left: (held.left + 1).min(held.total), ..held }))?;
    }
    Ok(())
}

/// The plan's messages of the period around an instant and of the next one, so that phones know
/// what they may count on when it begins.
pub(crate) fn plan_periods(w: &mut Writer<'_>, at: DateTime<Utc>) -> Result<(), DbError> {
    const PLAN: &str = "SELECT messages, began FROM plan WHERE id = 1";
    let plan = w.tx.query_row(PLAN, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).optional()?;
    let Some((messages, began)) = plan else { return Ok(()) };
    let Ok(began) = began.parse::<NaiveDate>() else { return Ok(()) };
    let zone = zone(w.tx)?;
    let Some(period) = plan_period(&zone, began, at) else { return Ok(()) };
    let next = plan_period(&zone, began, period.1);
    let held: Vec<Allowance> = rows_of(w.tx, RowKind::Allowance)?;
    for (from, until) in [Some(period), next].into_iter().flatten() {
        let of_period = |allowance: &Allowance| allowance.kind == AllowanceKind::Plan && allowance.from == Some(from);
        if held.iter().any(of_period) {
            continue;
        }
        let id = AllowanceId(w.next_id("allowance")?);
        let (kind, total, left) = (AllowanceKind::Plan, messages, messages);
        let (from, until) = (Some(from), Some(until));
        w.put(&Row::Allowance(Allowance { id, kind, total, left, until, from, channel_id: None }))?;
    }
    Ok(())
}
