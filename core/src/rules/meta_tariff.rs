//! What did Meta ask for a message, then and now?
//!
//! Until 30 June 2025 a conversation of 24 hours was charged, since 1 July 2025 each delivered
//! template, since 1 October 2026 each delivered message (Meta, "Pricing on the WhatsApp Business
//! Platform" and "Conversation-based pricing"). Rules, markets and rates are files in `core/data/`,
//! each with its source and date; the dates are midnights in the time zone of the business account.
//! Which figures are invented to show how it works is said by each version (`example`).

use chrono::NaiveDate;
use serde::Deserialize;

use super::market_list::MarketLists;
use super::zone::midnight;
use crate::model::{
    ChargeKind, ChargedAt, Currency, MonthlyFree, Rate, SettledBy, Tariff, TariffId, TariffModel, TariffVersion,
    WallClock,
};

const CONVERSATION: &str = include_str!("../../data/meta_conversation.json");
const PER_TEMPLATE: &str = include_str!("../../data/meta_per_template.json");
const PER_MESSAGE: &str = include_str!("../../data/meta_per_message.json");

/// Meta's own tariff, all its versions in their order. An error means that a file this was built
/// with is broken; a test sees to it that none is.
pub fn meta_tariff(zone: &WallClock) -> Result<Tariff, serde_json::Error> {
    let lists = MarketLists::read()?;
    let mut cards: Vec<(Option<NaiveDate>, DatedVersion)> = Vec::new();
    for file in [CONVERSATION, PER_TEMPLATE, PER_MESSAGE] {
        let versions = serde_json::from_str::<File>(file)?.versions;
        cards.extend(versions.into_iter().map(|version| (version.date, version)));
    }
    // A move of markets between two price lists is a version of its own.
    for date in lists.dates() {
        if !cards.iter().any(|(from, _)| *from == Some(date))
            && let Some(held) = cards.iter().filter(|(from, _)| *from < Some(date)).max_by_key(|(from, _)| *from)
        {
            cards.push((Some(date), held.1.clone()));
        }
    }
    cards.sort_by_key(|(from, _)| *from);
    let versions = cards.into_iter().map(|(from, card)| card.version(from, &lists, zone)).collect();
    Ok(Tariff { id: TariffId(0), name: "Meta".to_owned(), versions })
}

#[derive(Deserialize)]
struct File {
    versions: Vec<DatedVersion>,
}

#[derive(Clone, Deserialize)]
struct DatedVersion {
    date: Option<NaiveDate>,
    source: String,
    example: bool,
    currency: Currency,
    model: TariffModel,
    charged_at: ChargedAt,
    settled_by: SettledBy,
    monthly_free: Option<MonthlyFree>,
    rates: Vec<CardLine>,
}

/// A market's line of a rate card, in millionths of the currency's unit.
#[derive(Clone, Deserialize)]
struct CardLine {
    market: String,
    reply: Option<i64>,
    marketing: i64,
    utility: i64,
    authentication: i64,
}

impl DatedVersion {
    fn version(self, from: Option<NaiveDate>, lists: &MarketLists, zone: &WallClock) -> TariffVersion {
        let (markets, markets_source) = lists.on(from);
        TariffVersion {
            from: from.and_then(|day| midnight(zone, day)),
            source: format!("{} The markets: {markets_source}", self.source),
            example: self.example,
            model: self.model,
            markets,
            rates: self.rates.into_iter().flat_map(CardLine::rates).collect(),
            currency: self.currency,
            charged_at: self.charged_at,
            settled_by: self.settled_by,
            allowance_order: Vec::new(),
            monthly_free: self.monthly_free,
        }
    }
}

impl CardLine {
    fn rates(self) -> Vec<Rate> {
        let of = |kind, micros| Rate { market: self.market.clone(), kind: Some(kind), micros };
        let reply = self.reply.map(|micros| of(ChargeKind::Reply, micros));
        let templates = [
            of(ChargeKind::Marketing, self.marketing),
            of(ChargeKind::Utility, self.utility),
            of(ChargeKind::Authentication, self.authentication),
        ];
        reply.into_iter().chain(templates).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MonthlyPer;
    use crate::rules::market::{ContactAddress, Market, market_of};
    use crate::rules::tariff::{rate, readable, version_at};
    use chrono::{DateTime, Utc};

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn meta() -> Tariff {
        meta_tariff(&WallClock::fixed(60)).unwrap()
    }

    fn held(at: &str) -> TariffVersion {
        version_at(&meta(), utc(at)).unwrap().clone()
    }

    #[test]
    fn every_change_has_its_version_at_midnight_of_the_account() {
        let meta = meta();
        let from: Vec<_> = meta.versions.iter().map(|version| version.from.map(|at| at.to_rfc3339())).collect();
        let dates = ["2024-10-31", "2025-06-30", "2025-09-30", "2026-06-30", "2026-09-30"];
        let midnights = dates.map(|day| Some(format!("{day}T23:00:00+00:00")));
        assert_eq!(from, [vec![None], midnights.to_vec()].concat());
        let tokyo = meta_tariff(&WallClock::fixed(540)).unwrap();
        assert_eq!(tokyo.versions.last().unwrap().from, Some(utc("2026-09-30T15:00:00Z")));
    }

    #[test]
    fn every_version_can_be_read_has_a_source_and_a_rate_for_each_of_its_markets() {
        for version in &meta().versions {
            assert!(
                readable(version).is_some() && version.source.len() > 20 && version.charged_at == ChargedAt::Delivered
            );
            let prefixes = version.markets.prefixes.iter().map(|prefix| &prefix.market);
            let countries = version.markets.countries.iter().map(|country| &country.market);
            let markets: Vec<&String> = prefixes.chain(countries).chain(&version.markets.not_listed).collect();
            for market in &markets {
                for kind in [ChargeKind::Marketing, ChargeKind::Utility, ChargeKind::Authentication] {
                    assert!(rate(version, market, kind).is_some_and(|rate| rate.micros > 0), "{market} {kind:?}");
                }
            }
            for rate in &version.rates {
                assert!(markets.contains(&&rate.market), "{} has a rate and no prefix", rate.market);
            }
        }
    }

    #[test]
    fn only_a_dated_rate_card_is_not_called_an_example() {
        for version in &meta().versions {
            assert_eq!(version.example, !version.source.contains("in force from"), "{}", version.source);
        }
        assert!(meta().versions.iter().any(|version| !version.example));
    }

    #[test]
    fn a_reply_costs_the_utility_rate_since_october_2026_and_the_first_of_a_month_are_free() {
        let version = held("2026-11-02T09:00:00Z");
        for line in version.rates.iter().filter(|line| line.kind == Some(ChargeKind::Reply)) {
            let utility = rate(&version, &line.market, ChargeKind::Utility).unwrap();
            assert_eq!(line.micros, utility.micros, "{}", line.market);
        }
        let free = version.monthly_free.unwrap();
        assert_eq!((free.kind, free.per), (ChargeKind::Reply, MonthlyPer::Number));
        assert_eq!(held("2026-09-30T12:00:00Z").monthly_free, None);
        assert_eq!(held("2024-10-31T12:00:00Z").monthly_free.unwrap().per, MonthlyPer::Account);
    }

    fn market(phone: &str, day: &str) -> String {
        match market_of(&held(&format!("{day}T12:00:00Z")), ContactAddress { phone: Some(phone), bsuid: None }) {
            Market::Known { market, .. } => market,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_country_moves_to_another_market_on_its_day() {
        for (phone, day_before, day, from, to) in [
            ("263771234567", "2025-09-30", "2025-10-01", "other", "rest_of_africa"),
            ("85212345678", "2026-06-30", "2026-07-01", "rest_of_asia_pacific", "hong_kong"),
            ("97412345678", "2026-06-30", "2026-07-01", "rest_of_middle_east", "qatar"),
            ("212612345678", "2026-09-30", "2026-10-01", "rest_of_africa", "morocco"),
            ("380501234567", "2026-09-30", "2026-10-01", "rest_of_central_and_eastern_europe", "ukraine"),
            ("77011234567", "2026-09-30", "2026-10-01", "russia", "kazakhstan"),
        ] {
            assert_eq!(market(phone, day_before), from, "{phone}");
            assert_eq!(market(phone, day), to, "{phone}");
        }
    }

    #[test]
    fn every_calling_code_of_metas_list_has_the_market_it_is_listed_under() {
        let list = [
            (
                "rest_of_africa",
                "213 244 229 267 226 257 237 235 242 291 251 241 220 233 245 225 254 266 231 218 261 265 223 222 258 264 227 250 221 232 252 211 249 268 255 228 216 256 260 263",
            ),
            ("rest_of_asia_pacific", "93 61 855 86 81 856 976 64 675 63 886 992 66 993 998 84"),
            ("rest_of_central_and_eastern_europe", "355 374 994 375 359 385 420 995 30 371 370 373 389 381 421 386"),
            ("rest_of_western_europe", "43 32 45 358 353 47 351 46 41"),
            (
                "rest_of_latin_america",
                "591 506 1809 1829 1849 593 503 502 509 504 1658 1876 505 507 595 1787 1939 598 58",
            ),
            ("rest_of_middle_east", "973 962 961 967"),
            ("argentina", "54"),
            ("brazil", "55"),
            ("chile", "56"),
            ("colombia", "57"),
            ("egypt", "20"),
            ("france", "33"),
            ("germany", "49"),
            ("hong_kong", "852"),
            ("hungary", "36"),
            ("india", "91"),
            ("indonesia", "62"),
            ("israel", "972"),
            ("italy", "39"),
            ("malaysia", "60"),
            ("mexico", "52"),
            ("netherlands", "31"),
            ("nigeria", "234"),
            ("pakistan", "92"),
            ("peru", "51"),
            ("poland", "48"),
            ("qatar", "974"),
            ("romania", "40"),
            ("russia", "7"),
            ("saudi_arabia", "966"),
            ("singapore", "65"),
            ("south_africa", "27"),
            ("spain", "34"),
            ("turkey", "90"),
            ("united_arab_emirates", "971"),
            ("united_kingdom", "44"),
            ("bangladesh", "880"),
            ("iraq", "964"),
            ("kuwait", "965"),
            ("morocco", "212"),
            ("nepal", "977"),
            ("oman", "968"),
            ("sri_lanka", "94"),
            ("ukraine", "380"),
            ("kazakhstan", "77"),
            ("north_america", "1"),
        ];
        let mut codes = 0;
        for (name, prefixes) in list {
            for prefix in prefixes.split_whitespace() {
                // +1 needs an area code: New York's stands for the unlisted ones.
                let number = if prefix == "1" { "12125550123".to_owned() } else { format!("{prefix}2345678") };
                assert_eq!(market(&number, "2026-11-02"), name, "{prefix}");
                codes += 1;
            }
        }
        assert_eq!(codes, 40 + 16 + 16 + 9 + 19 + 4 + 40);
    }

    #[test]
    fn what_meta_does_not_list_is_other_whatever_it_is_part_of() {
        // Réunion, Guadeloupe, Guyane, Martinique, Nouvelle-Calédonie, Polynésie; Estonia, Luxembourg,
        // Malta, Cyprus, Bosnia, Montenegro, Iceland, Cuba, Syria, Iran; Trinidad under +1.
        let numbers = "262692123456 590690123456 594694123456 596696123456 687751234 68987123456 37255512345 \
            352621123456 35699123456 35799123456 38761123456 38267123456 3546123456 5351234567 963912345678 \
            989123456789 18685550123";
        for number in numbers.split_whitespace().filter(|word| *word != "\\") {
            assert_eq!(market(number, "2026-11-02"), "other", "{number}");
        }
    }
}
