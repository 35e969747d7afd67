//! Which version of a tariff holds, and what does it ask?
//!
//! Tariffs change: Meta's own did in July 2025 and in October 2026 (Meta, "Pricing on the
//! WhatsApp Business Platform"). A tariff is therefore dated data with a source, and no figure of
//! it stands in code. The page's tariff is in `core/data/`, with rates marked as examples.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::market_list::MarketLists;
use crate::model::{
    ChargeKind, ChargedAt, CoverAnchor, Currency, Money, MonthlyPer, Rate, SettledBy, Tariff, TariffId, TariffModel,
    TariffVersion,
};

const PAGE: &str = include_str!("../../data/page_tariff.json");

/// The product page's tariff, with example rates. An error means that a file this was built with
/// is broken; a test sees to it that none is.
pub fn page_tariff() -> Result<Tariff, serde_json::Error> {
    let lists = MarketLists::read()?;
    let page: PageTariff = serde_json::from_str(PAGE)?;
    Ok(Tariff { id: TariffId(1), name: page.name, versions: vec![page.version.on(&lists)] })
}

/// The rule of the page's tariff alone: what a charge covers, and for how long. For data that brings
/// rates of its own. Errors are those of [`page_tariff`].
pub fn page_rule() -> Result<TariffModel, serde_json::Error> {
    #[derive(Deserialize)]
    struct Rule {
        model: TariffModel,
    }
    #[derive(Deserialize)]
    struct Page {
        version: Rule,
    }
    Ok(serde_json::from_str::<Page>(PAGE)?.version.model)
}

/// `core/data/page_tariff.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageTariff {
    name: String,
    version: PageVersion,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageVersion {
    source: String,
    example: bool,
    currency: Currency,
    model: TariffModel,
    /// The day whose list of markets holds.
    markets_on: NaiveDate,
    rates: Vec<Rate>,
}

impl PageVersion {
    fn on(self, lists: &MarketLists) -> TariffVersion {
        let (markets, markets_source) = lists.on(Some(self.markets_on));
        TariffVersion {
            from: None,
            source: format!("{} The markets: {markets_source}", self.source),
            example: self.example,
            model: self.model,
            markets,
            rates: self.rates,
            currency: self.currency,
            charged_at: ChargedAt::default(),
            settled_by: SettledBy::default(),
            allowance_order: Vec::new(),
            monthly_free: None,
        }
    }
}

/// The version that holds at an instant; none before the first.
pub fn version_at(tariff: &Tariff, at: DateTime<Utc>) -> Option<&TariffVersion> {
    // `None` (always so far) sorts before every instant.
    tariff.versions.iter().filter(|version| version.from <= Some(at)).max_by_key(|version| version.from)
}

/// The same tariff as if what held at an instant had always held and always will: to price one
/// story under several tariffs and compare them. None before its first version.
pub fn as_of(tariff: &Tariff, at: DateTime<Utc>) -> Option<Tariff> {
    let version = version_at(tariff, at)?;
    let versions = vec![TariffVersion { from: None, ..version.clone() }];
    Some(Tariff { id: tariff.id, name: tariff.name.clone(), versions })
}

/// A tariff without the versions that ended before an instant.
pub fn since(tariff: Tariff, at: DateTime<Utc>) -> Tariff {
    let first = version_at(&tariff, at).and_then(|version| version.from);
    let versions = tariff.versions.into_iter().filter(|version| version.from >= first).collect();
    Tariff { versions, ..tariff }
}

/// What a message is charged as: a tariff that does not price this category of templates apart
/// calls them all templates.
pub fn billed_kind(version: &TariffVersion, kind: ChargeKind) -> ChargeKind {
    let apart = || version.rates.iter().any(|rate| rate.kind == Some(kind));
    if kind.is_template() && !apart() { ChargeKind::Template } else { kind }
}

/// What a message costs in a market. None when there is no rate, which is not zero. A rate for
/// this very kind goes before one for all templates, and that before one for all kinds.
pub fn rate(version: &TariffVersion, market: &str, kind: ChargeKind) -> Option<Money> {
    let of =
        |wanted: Option<ChargeKind>| version.rates.iter().find(|rate| rate.market == market && rate.kind == wanted);
    let of_templates = || if kind.is_template() { of(Some(ChargeKind::Template)) } else { None };
    let rate = of(Some(kind)).or_else(of_templates).or_else(|| of(None))?;
    Some(Money { micros: rate.micros, currency: version.currency })
}

/// The rule of a version, when this build can read all of it.
pub(crate) fn readable(version: &TariffVersion) -> Option<&TariffModel> {
    let moment = version.charged_at != ChargedAt::Unknown && version.settled_by != SettledBy::Unknown;
    let monthly =
        version.monthly_free.is_none_or(|free| free.per != MonthlyPer::Unknown && free.kind != ChargeKind::Unknown);
    let model = match &version.model {
        TariffModel::PaidCover(rules) => rules.anchor != CoverAnchor::Unknown,
        TariffModel::PerMessage(_) => true,
        TariffModel::Unknown => false,
    };
    (moment && monthly && model).then_some(&version.model)
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
    fn before_its_first_version_a_tariff_prices_nothing() {
        let mut tariff = page_tariff().unwrap();
        tariff.versions[0].from = Some(at("10 00:00"));
        assert_eq!(version_at(&tariff, at("9 23:59:59.999")), None);
    }

    #[test]
    fn what_ended_before_an_instant_is_left_out_and_what_held_then_is_not() {
        let mut tariff = page_tariff().unwrap();
        let dated = |from: &str| TariffVersion { from: Some(at(from)), ..tariff.versions[0].clone() };
        tariff.versions = vec![tariff.versions[0].clone(), dated("10 00:00"), dated("20 00:00")];
        let left = |now: &str| since(tariff.clone(), at(now)).versions.len();
        assert_eq!((left("9 23:59"), left("10 00:00"), left("19 23:59"), left("25 00:00")), (3, 2, 2, 1));
    }

    #[test]
    fn a_tariff_frozen_at_an_instant_is_what_it_was_then() {
        let mut tariff = page_tariff().unwrap();
        tariff.versions.push(TariffVersion {
            from: Some(at("10 00:00")),
            example: false,
            ..tariff.versions[0].clone()
        });
        let frozen = as_of(&tariff, at("12 00:00")).unwrap();
        assert_eq!((frozen.versions.len(), frozen.versions[0].from, frozen.versions[0].example), (1, None, false));
        tariff.versions.remove(0);
        assert_eq!(as_of(&tariff, at("9 00:00")), None);
    }

    #[test]
    fn a_tariff_that_prices_no_category_apart_calls_them_all_templates() {
        let mut version = page_tariff().unwrap().versions.remove(0);
        assert_eq!(billed_kind(&version, ChargeKind::Marketing), ChargeKind::Template);
        assert_eq!(billed_kind(&version, ChargeKind::Reply), ChargeKind::Reply);
        version.rates.push(Rate { market: "france".to_owned(), kind: Some(ChargeKind::Marketing), micros: 90_000 });
        version.rates.push(Rate { market: "france".to_owned(), kind: Some(ChargeKind::Template), micros: 70_000 });
        assert_eq!(billed_kind(&version, ChargeKind::Marketing), ChargeKind::Marketing);
        assert_eq!(billed_kind(&version, ChargeKind::Utility), ChargeKind::Template);
        let micros = |kind| rate(&version, "france", kind).unwrap().micros;
        assert_eq!(
            (micros(ChargeKind::Marketing), micros(ChargeKind::Utility), micros(ChargeKind::Reply)),
            (90_000, 70_000, 50_000)
        );
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
