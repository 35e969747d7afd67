//! Which free or included messages pay for the next one?
//!
//! In the order that the tariff says (by default: the free ones of the month, the grant of the
//! first purchase, the plan, then money). The grant and the plan pay for any message; a month's
//! free ones only for the kind and the number they are given for. A unit goes back to where it
//! came from, even when that has ended meanwhile.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::charges::Charge;
use crate::model::{
    Allowance, AllowanceId, AllowanceKind, ChannelId, ChargeKind, ChargeState, MonthlyPer, Tariff, TariffVersion,
    WallClock,
};
use crate::rules::tariff::version_at;
use crate::rules::zone::month_around;

/// The message that a unit is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payable {
    /// What is charged.
    pub kind: ChargeKind,
    /// The number it goes out from.
    pub channel_id: ChannelId,
    /// When.
    pub at: DateTime<Utc>,
}

/// The allowance that pays for the next charged message after `units_before` others, and how
/// many are left of it then; none when money pays. In the order of [`AllowanceKind`], for a tariff
/// without free messages of a month.
pub fn paying_allowance(allowances: &[Allowance], units_before: u32, at: DateTime<Utc>) -> Option<(&Allowance, i64)> {
    let usable = allowances.iter().filter(|allowance| allowance.kind != AllowanceKind::Monthly);
    first_with_units(in_order(usable.filter(|allowance| is_current(allowance, at)), &[]), units_before)
}

/// The allowance that pays for a message under a version of a tariff, and how many are left of it
/// after `units_before` others; none when money pays.
pub fn paying<'a>(
    version: &TariffVersion,
    allowances: &'a [Allowance],
    message: Payable,
    units_before: u32,
) -> Option<(&'a Allowance, i64)> {
    let pays = |allowance: &&Allowance| is_current(allowance, message.at) && may_pay(version, allowance, message);
    first_with_units(in_order(allowances.iter().filter(pays), &version.allowance_order), units_before)
}

/// The free messages of the month for this message, untouched, where the tariff gives some and
/// none of that month are held yet. `id` is the one it shall have.
pub fn new_month(
    version: &TariffVersion,
    zone: &WallClock,
    held: &[Allowance],
    message: Payable,
    id: AllowanceId,
) -> Option<Allowance> {
    let free = version.monthly_free.filter(|free| free.kind == message.kind)?;
    let channel_id = match free.per {
        MonthlyPer::Number => Some(message.channel_id),
        MonthlyPer::Account => None,
        MonthlyPer::Unknown => return None,
    };
    let of_this_month = |allowance: &Allowance| {
        let same = allowance.kind == AllowanceKind::Monthly && allowance.channel_id == channel_id;
        same && holds_at(allowance, message.at)
    };
    if held.iter().any(of_this_month) {
        return None;
    }
    let (from, until) = month_around(zone, message.at)?;
    Some(Allowance {
        id,
        kind: AllowanceKind::Monthly,
        total: free.units,
        left: free.units,
        until: Some(until),
        from: Some(from),
        channel_id,
    })
}

fn may_pay(version: &TariffVersion, allowance: &Allowance, message: Payable) -> bool {
    let here = allowance.channel_id.is_none_or(|channel| channel == message.channel_id);
    let kind = match allowance.kind {
        AllowanceKind::Monthly => version.monthly_free.is_some_and(|free| free.kind == message.kind),
        AllowanceKind::Grant | AllowanceKind::Plan => true,
        AllowanceKind::Unknown => false,
    };
    here && kind
}

/// Whether an allowance has begun and not ended.
pub fn holds_at(allowance: &Allowance, at: DateTime<Utc>) -> bool {
    allowance.from.is_none_or(|from| from <= at) && allowance.until.is_none_or(|until| at < until)
}

/// A kind this build does not know is not counted on.
fn is_current(allowance: &Allowance, at: DateTime<Utc>) -> bool {
    allowance.kind != AllowanceKind::Unknown && allowance.left > 0 && holds_at(allowance, at)
}

/// By kind in the given order (those it does not name come after, in theirs); of one kind, the one
/// that ends first.
fn in_order<'a>(usable: impl Iterator<Item = &'a Allowance>, order: &[AllowanceKind]) -> Vec<&'a Allowance> {
    let mut usable: Vec<&Allowance> = usable.collect();
    let rank = |kind: AllowanceKind| order.iter().position(|named| *named == kind).unwrap_or(order.len());
    usable.sort_by_key(|allowance| {
        let kind = allowance.kind;
        (rank(kind), kind, allowance.until.is_none(), allowance.until, allowance.id)
    });
    usable
}

fn first_with_units(usable: Vec<&Allowance>, units_before: u32) -> Option<(&Allowance, i64)> {
    let mut before = i64::from(units_before);
    for allowance in usable {
        if before < allowance.left {
            return Some((allowance, allowance.left - before));
        }
        before -= allowance.left;
    }
    None
}

/// What pays for each charge of one number: units are taken in the order of the charges, and a void
/// one takes none. The allowances are left as they stand after it.
pub fn settle(
    tariff: &Tariff,
    zone: &WallClock,
    channel_id: ChannelId,
    allowances: &mut Vec<Allowance>,
    charges: &[Charge],
) -> BTreeMap<crate::model::MessageId, AllowanceId> {
    let mut paid = BTreeMap::new();
    for charge in charges.iter().filter(|charge| charge.state != ChargeState::Void) {
        let Some(version) = version_at(tariff, charge.at) else { continue };
        let message = Payable { kind: charge.kind, channel_id, at: charge.at };
        let next_id = AllowanceId(allowances.iter().map(|held| held.id.0).max().unwrap_or(0).saturating_add(1));
        allowances.extend(new_month(version, zone, allowances, message, next_id));
        let Some(id) = paying(version, allowances, message, 0).map(|(allowance, _)| allowance.id) else { continue };
        allowances.iter_mut().filter(|held| held.id == id).for_each(|held| held.left -= 1);
        paid.insert(charge.message_id, id);
    }
    paid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MonthlyFree;
    use crate::rules::table::at;

    fn allowance(id: i64, kind: AllowanceKind, left: i64, until: Option<&str>) -> Allowance {
        Allowance { id: AllowanceId(id), kind, total: 1_000, left, until: until.map(at), from: None, channel_id: None }
    }

    fn pays(allowances: &[Allowance], before: u32, now: &str) -> Option<(i64, i64)> {
        paying_allowance(allowances, before, at(now)).map(|(allowance, left)| (allowance.id.0, left))
    }

    #[test]
    fn the_grant_goes_before_the_plan() {
        let both =
            [allowance(2, AllowanceKind::Plan, 5, Some("30 00:00")), allowance(1, AllowanceKind::Grant, 3, None)];
        assert_eq!(pays(&both, 0, "2 10:00"), Some((1, 3)));
        assert_eq!(pays(&both, 2, "2 10:00"), Some((1, 1)));
        assert_eq!(pays(&both, 3, "2 10:00"), Some((2, 5)));
        assert_eq!(pays(&both, 7, "2 10:00"), Some((2, 1)));
        assert_eq!(pays(&both, 8, "2 10:00"), None);
    }

    #[test]
    fn what_ends_first_is_used_first_and_not_after_its_end() {
        let plans = [
            allowance(1, AllowanceKind::Plan, 5, Some("30 00:00")),
            allowance(2, AllowanceKind::Plan, 5, Some("10 00:00")),
        ];
        assert_eq!(pays(&plans, 0, "9 23:59:59.999"), Some((2, 5)));
        assert_eq!(pays(&plans, 0, "10 00:00"), Some((1, 5)));
    }

    #[test]
    fn an_empty_or_unknown_allowance_pays_nothing() {
        assert_eq!(pays(&[allowance(1, AllowanceKind::Grant, 0, None)], 0, "2 10:00"), None);
        assert_eq!(pays(&[allowance(1, AllowanceKind::Unknown, 9, None)], 0, "2 10:00"), None);
        assert_eq!(pays(&[], 0, "2 10:00"), None);
    }

    fn version(monthly: Option<MonthlyPer>, order: &[AllowanceKind]) -> TariffVersion {
        let mut version = crate::rules::tariff::page_tariff().unwrap().versions.remove(0);
        version.monthly_free = monthly.map(|per| MonthlyFree { kind: ChargeKind::Reply, units: 1_000, per });
        version.allowance_order = order.to_vec();
        version
    }

    fn reply(now: &str) -> Payable {
        Payable { kind: ChargeKind::Reply, channel_id: ChannelId(1), at: at(now) }
    }

    fn month_of(channel: i64, left: i64) -> Allowance {
        let (from, channel_id) = (Some(at("1 00:00")), Some(ChannelId(channel)));
        Allowance { from, channel_id, ..allowance(9, AllowanceKind::Monthly, left, Some("30 00:00")) }
    }

    #[test]
    fn the_order_is_the_tariffs_to_say() {
        let all = [
            allowance(1, AllowanceKind::Grant, 3, None),
            allowance(2, AllowanceKind::Plan, 5, Some("30 00:00")),
            month_of(1, 7),
        ];
        let first = |order: &[AllowanceKind]| {
            let version = version(Some(MonthlyPer::Number), order);
            let ids = [0, 1, 2, 3, 4, 5, 6, 7, 10, 14, 15]
                .map(|before| paying(&version, &all, reply("2 10:00"), before).map(|(allowance, _)| allowance.kind));
            ids.into_iter().fold(Vec::new(), |mut seen, kind| {
                if seen.last() != Some(&kind) {
                    seen.push(kind);
                }
                seen
            })
        };
        use AllowanceKind::{Grant, Monthly, Plan};
        assert_eq!(first(&[]), [Some(Monthly), Some(Grant), Some(Plan), None], "free, plan, then money");
        assert_eq!(first(&[Plan, Grant]), [Some(Plan), Some(Grant), Some(Monthly), None]);
        assert_eq!(first(&[Grant]), [Some(Grant), Some(Monthly), Some(Plan), None]);
    }

    #[test]
    fn a_months_free_replies_pay_for_replies_of_their_number_only() {
        let version = version(Some(MonthlyPer::Number), &[]);
        let pays = |message| paying(&version, &[month_of(1, 5)], message, 0).is_some();
        assert!(pays(reply("2 10:00")));
        assert!(!pays(Payable { kind: ChargeKind::Utility, ..reply("2 10:00") }));
        assert!(!pays(Payable { channel_id: ChannelId(2), ..reply("2 10:00") }));
        assert!(!pays(reply("30 00:00")), "the month is over");
    }

    #[test]
    fn an_allowance_holds_from_its_first_instant_to_before_its_end() {
        let period = Allowance { from: Some(at("5 00:00")), ..allowance(1, AllowanceKind::Plan, 5, Some("9 00:00")) };
        let held = ["4 23:59:59.999", "5 00:00", "8 23:59:59.999", "9 00:00"].map(|now| holds_at(&period, at(now)));
        assert_eq!(held, [false, true, true, false]);
        assert!(holds_at(&allowance(2, AllowanceKind::Grant, 0, None), at("9 00:00")), "for ever");
    }

    #[test]
    fn the_next_plan_period_pays_nothing_before_it_begins() {
        let next = Allowance { from: Some(at("15 00:00")), ..allowance(2, AllowanceKind::Plan, 5, Some("30 00:00")) };
        assert_eq!(pays(std::slice::from_ref(&next), 0, "14 23:59:59.999"), None);
        assert_eq!(pays(&[next], 0, "15 00:00"), Some((2, 5)));
    }

    #[test]
    fn a_month_begins_with_all_its_free_messages_at_midnight_of_the_account() {
        let zone = WallClock::fixed(60);
        let new = |per, held: &[Allowance], message| {
            new_month(&version(Some(per), &[]), &zone, held, message, AllowanceId(4))
        };
        let of_number = new(MonthlyPer::Number, &[], reply("2 10:00")).unwrap();
        assert_eq!((of_number.left, of_number.channel_id), (1_000, Some(ChannelId(1))));
        assert_eq!(of_number.from.unwrap().to_rfc3339(), "2026-10-31T23:00:00+00:00");
        assert_eq!(of_number.until.unwrap().to_rfc3339(), "2026-11-30T23:00:00+00:00");
        assert_eq!(new(MonthlyPer::Account, &[], reply("2 10:00")).unwrap().channel_id, None);
        let used_up = Allowance { left: 0, ..of_number };
        assert_eq!(new(MonthlyPer::Number, std::slice::from_ref(&used_up), reply("2 10:00")), None, "once a month");
        let other = Payable { channel_id: ChannelId(2), ..reply("2 10:00") };
        assert!(new(MonthlyPer::Number, &[used_up], other).is_some(), "each number has its own");
        assert_eq!(new_month(&version(None, &[]), &zone, &[], reply("2 10:00"), AllowanceId(4)), None);
    }
}
