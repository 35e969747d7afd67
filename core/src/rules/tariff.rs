//! Which version of a tariff holds, and what does it ask?
//!
//! Tariffs change: Meta's own did in July 2025 and in October 2026 (Meta, "Pricing on the
//! WhatsApp Business Platform"). A tariff is therefore dated data with a source, and no figure of
//! it stands in code. The page's tariff is in `core/data/`, with rates marked as examples.

use chrono::{DateTime, Utc};

use crate::model::{ChargeKind, Money, Tariff, TariffVersion};

/// The product page's tariff, with example rates. An error means that the file this was built
/// with is broken; a test sees to it that it is not.
pub fn page_tariff() -> Result<Tariff, serde_json::Error> {
    serde_json::from_str(include_str!("../../data/page_tariff.json"))
}

/// The version that holds at an instant; none before the first.
pub fn version_at(tariff: &Tariff, at: DateTime<Utc>) -> Option<&TariffVersion> {
    // `None` (always so far) sorts before every instant.
    tariff.versions.iter().filter(|version| version.from <= Some(at)).max_by_key(|version| version.from)
}

/// What a message costs in a market. None when there is no rate, which is not zero. A rate for
/// this very kind goes before one for all kinds.
pub fn rate(version: &TariffVersion, market: &str, kind: ChargeKind) -> Option<Money> {
    let of =
        |wanted: Option<ChargeKind>| version.rates.iter().find(|rate| rate.market == market && rate.kind == wanted);
    let rate = of(Some(kind)).or_else(|| of(None))?;
    Some(Money { micros: rate.micros, currency: version.currency })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Rate;
    use crate::rules::table::at;

    #[test]
    fn every_market_of_the_page_has_a_rate_and_every_rate_a_market() {
        let tariff = page_tariff().unwrap();
        for version in &tariff.versions {
            let prefixes = version.markets.prefixes.iter().map(|prefix| &prefix.market);
            let countries = version.markets.countries.iter().map(|country| &country.market);
            let markets: Vec<&String> = prefixes.chain(countries).chain(&version.markets.not_listed).collect();
            for market in &markets {
                assert!(rate(version, market, ChargeKind::Reply).is_some(), "{market}");
                assert_eq!(rate(version, market, ChargeKind::Reply), rate(version, market, ChargeKind::Template));
            }
            assert!(version.rates.iter().all(|rate| markets.contains(&&rate.market)));
        }
    }

    #[test]
    fn the_pages_rates_are_marked_as_examples() {
        assert!(page_tariff().unwrap().versions.iter().all(|version| version.example && !version.source.is_empty()));
    }

    #[test]
    fn no_prefix_stands_twice() {
        let tariff = page_tariff().unwrap();
        let mut prefixes: Vec<_> = tariff.versions[0].markets.prefixes.iter().map(|prefix| &prefix.prefix).collect();
        let all = prefixes.len();
        prefixes.sort_unstable();
        prefixes.dedup();
        assert_eq!(prefixes.len(), all);
    }

    #[test]
    fn a_version_holds_from_its_date_until_the_next_one() {
        let mut tariff = page_tariff().unwrap();
        let dated =
            |from: &str| TariffVersion { from: Some(at(from)), source: from.to_owned(), ..tariff.versions[0].clone() };
        let (third, second) = (dated("20 00:00"), dated("10 00:00"));
        let first = tariff.versions[0].clone();
        tariff.versions = vec![third, first, second];
        let held = |now: &str| version_at(&tariff, at(now)).map(|version| version.from);
        assert_eq!(held("9 23:59:59.999"), Some(None));
        assert_eq!(held("10 00:00"), Some(Some(at("10 00:00"))));
        assert_eq!(held("19 23:59:59.999"), Some(Some(at("10 00:00"))));
        assert_eq!(held("20 00:00"), Some(Some(at("20 00:00"))));
    }

    #[test]
    fn before_its_first_version_a_tariff_says_nothing() {
        let mut tariff = page_tariff().unwrap();
        tariff.versions[0].from = Some(at("10 00:00"));
        assert_eq!(version_at(&tariff, at("9 23:59:59.999")), None);
    }

    #[test]
    fn a_rate_of_its_own_goes_before_the_common_one() {
        let mut version = page_tariff().unwrap().versions.remove(0);
        version.rates.push(Rate { market: "france".to_owned(), kind: Some(ChargeKind::Template), micros: 70_000 });
        assert_eq!(rate(&version, "france", ChargeKind::Template).unwrap().micros, 70_000);
        assert_eq!(rate(&version, "france", ChargeKind::Reply).unwrap().micros, 50_000);
        assert_eq!(rate(&version, "atlantis", ChargeKind::Reply), None);
    }
}
