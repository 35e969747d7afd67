//! Which free or included messages pay for the next one?

use chrono::{DateTime, Utc};

use crate::model::{Allowance, AllowanceKind};

/// The allowance that pays for the next charged message after `units_before` others, and how
/// many are left of it then; none when money pays.
///
/// The grant of the first purchase goes first, then the plan; of one kind, the one that ends
/// first. A kind this build does not know is not counted on.
pub fn paying_allowance(allowances: &[Allowance], units_before: u32, at: DateTime<Utc>) -> Option<(&Allowance, i64)> {
    let mut usable: Vec<&Allowance> = allowances
        .iter()
        .filter(|allowance| allowance.kind != AllowanceKind::Unknown && allowance.left > 0)
        .filter(|allowance| allowance.until.is_none_or(|until| at < until))
        .collect();
    usable.sort_by_key(|allowance| (allowance.kind, allowance.until.is_none(), allowance.until, allowance.id));
    let mut before = i64::from(units_before);
    for allowance in usable {
        if before < allowance.left {
            return Some((allowance, allowance.left - before));
        }
        before -= allowance.left;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AllowanceId;
    use crate::rules::table::at;

    fn allowance(id: i64, kind: AllowanceKind, left: i64, until: Option<&str>) -> Allowance {
        Allowance { id: AllowanceId(id), kind, total: 1_000, left, until: until.map(at) }
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
}
