//! Which calling codes make up which market, on which day?
//!
//! Meta lists them by country calling code and moves a country now and then (Meta, "Pricing on the
//! WhatsApp Business Platform", country calling codes). One file holds the list and its moves,
//! `core/data/markets.json`; every tariff of that folder names a day and takes the markets from it.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::model::{MarketCountry, MarketMap, MarketPrefix};

const MARKETS: &str = include_str!("../../data/markets.json");

/// The markets as Meta listed them first, then each day's moves.
#[derive(Debug, Deserialize)]
pub(super) struct MarketLists {
    maps: Vec<DatedMap>,
}

#[derive(Debug, Deserialize)]
struct DatedMap {
    date: Option<NaiveDate>,
    source: String,
    prefixes: Vec<MarketPrefix>,
    #[serde(default)]
    countries: Vec<MarketCountry>,
    not_listed: Option<String>,
}

impl MarketLists {
    /// An error means that the file this was built with is broken; a test sees to it that it is not.
    pub(super) fn read() -> Result<Self, serde_json::Error> {
        serde_json::from_str(MARKETS)
    }

    /// The days on which a country moved.
    pub(super) fn dates(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        self.maps.iter().filter_map(|map| map.date)
    }

    /// The markets of a day, and their source. Without a day: as they were listed first.
    pub(super) fn on(&self, day: Option<NaiveDate>) -> (MarketMap, &str) {
        let mut map = MarketMap { prefixes: Vec::new(), countries: Vec::new(), not_listed: None };
        let mut source = "";
        for dated in self.maps.iter().filter(|dated| dated.date.is_none() || dated.date <= day) {
            for moved in &dated.prefixes {
                match map.prefixes.iter_mut().find(|held| held.prefix == moved.prefix) {
                    Some(held) => held.market = moved.market.clone(),
                    None => map.prefixes.push(moved.clone()),
                }
            }
            map.countries.extend(dated.countries.iter().cloned());
            map.not_listed = dated.not_listed.clone().or(map.not_listed);
            source = &dated.source;
        }
        (map, source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_prefix_is_listed_twice_on_any_day() {
        let lists = MarketLists::read().unwrap();
        for day in std::iter::once(None).chain(lists.dates().map(Some)) {
            let (map, source) = lists.on(day);
            let mut prefixes: Vec<_> = map.prefixes.iter().map(|prefix| &prefix.prefix).collect();
            let all = prefixes.len();
            prefixes.sort_unstable();
            prefixes.dedup();
            assert!(prefixes.len() == all && all > 150 && !source.is_empty(), "{day:?}: {all} prefixes");
        }
    }

    #[test]
    fn before_a_move_the_country_is_in_its_old_market() {
        let lists = MarketLists::read().unwrap();
        let market = |day: Option<&str>| {
            let (map, _) = lists.on(day.map(|day| day.parse().unwrap()));
            map.prefixes.into_iter().find(|prefix| prefix.prefix == "212").unwrap().market
        };
        assert_eq!(market(None), "rest_of_africa");
        assert_eq!(market(Some("2026-09-30")), "rest_of_africa");
        assert_eq!(market(Some("2026-10-01")), "morocco");
    }
}
