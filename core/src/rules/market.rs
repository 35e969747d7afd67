//! Which market does a customer's number belong to?
//!
//! Messages are priced by the calling code of the customer's number, never by the country of the
//! business (Meta, "Pricing on the WhatsApp Business Platform", country calling codes). The
//! longest listed prefix counts, since +1 and +7 are shared. A customer with a username may have
//! no number; the BSUID then still begins with a country (Meta, "Business-scoped user IDs").

use super::phone::international;
use crate::model::{MarketMap, MarketPrefix, TariffVersion};

/// What is known of a customer's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ContactAddress<'a> {
    /// The phone number with its country code.
    pub phone: Option<&'a str>,
    /// The business-scoped user id, which begins with a country.
    pub bsuid: Option<&'a str>,
}

/// A market, and how sure that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Market {
    /// By the phone number.
    Known {
        /// The market.
        market: String,
        /// The two-letter country, where the number says it.
        country: Option<String>,
    },
    /// By the country of a BSUID, which is not a calling code: an estimate.
    Estimated {
        /// The market.
        market: String,
        /// The two-letter country.
        country: String,
    },
    /// Not known, which is not the market of the business.
    Unknown {
        /// Why.
        why: MarketUnknown,
    },
}

/// Why a market is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum MarketUnknown {
    /// Neither a number nor a BSUID.
    NoNumber,
    /// A number without its country code, or none at all.
    NotInternational,
    /// The tariff has no market for it, not even one for the rest.
    NotListed,
}

/// The market of a customer under a version of a tariff.
///
/// The phone number decides; without one, the country a BSUID begins with is an estimate. The
/// number of the business never counts.
pub fn market_of(version: &TariffVersion, contact: ContactAddress<'_>) -> Market {
    let by_phone = match contact.phone.filter(|phone| !phone.trim().is_empty()) {
        Some(phone) => by_number(&version.markets, phone),
        None => Market::Unknown { why: MarketUnknown::NoNumber },
    };
    match (&by_phone, contact.bsuid.and_then(country_of_bsuid)) {
        (Market::Unknown { .. }, Some(country)) => by_country(&version.markets, country),
        _ => by_phone,
    }
}

fn by_number(markets: &MarketMap, phone: &str) -> Market {
    let Some(digits) = international(phone) else { return Market::Unknown { why: MarketUnknown::NotInternational } };
    let longest = markets.prefixes.iter().filter(|prefix| digits.starts_with(&prefix.prefix));
    if let Some(found) = longest.max_by_key(|prefix| prefix.prefix.len()) {
        return Market::Known { market: found.market.clone(), country: found.country.clone() };
    }
    match &markets.not_listed {
        Some(market) => Market::Known { market: market.clone(), country: None },
        None => Market::Unknown { why: MarketUnknown::NotListed },
    }
}

/// Territories without a calling code of their own, and the country whose code they share (ITU-T E.164,
/// list of assigned country codes).
const SHARED_CODES: &[(&str, &str)] =
    &[("JE", "GB"), ("GG", "GB"), ("IM", "GB"), ("VA", "IT"), ("AX", "FI"), ("SJ", "NO"), ("EH", "MA")];

fn by_country(markets: &MarketMap, country: &str) -> Market {
    let listed = |country: &str| {
        let listed = markets.countries.iter().find(|listed| listed.country == country).map(|listed| &listed.market);
        let has_country = |prefix: &&MarketPrefix| prefix.country.as_deref() == Some(country);
        listed.or_else(|| markets.prefixes.iter().find(has_country).map(|prefix| &prefix.market))
    };
    let shared = || SHARED_CODES.iter().find(|(territory, _)| *territory == country).and_then(|(_, of)| listed(of));
    match listed(country).or_else(shared).or(markets.not_listed.as_ref()) {
        Some(market) => Market::Estimated { market: market.clone(), country: country.to_owned() },
        None => Market::Unknown { why: MarketUnknown::NotListed },
    }
}

/// `FR.1A2B` and `FR.ENT.1A2B` begin with the customer's country.
fn country_of_bsuid(bsuid: &str) -> Option<&str> {
    let (country, rest) = bsuid.split_once('.')?;
    let two_letters = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    (two_letters && !rest.is_empty()).then_some(country)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tariff::page_tariff;

    fn page() -> TariffVersion {
        page_tariff().unwrap().versions.remove(0)
    }

    fn of_phone(phone: &str) -> Market {
        market_of(&page(), ContactAddress { phone: Some(phone), bsuid: None })
    }

    fn known(market: &str, country: Option<&str>) -> Market {
        Market::Known { market: market.to_owned(), country: country.map(str::to_owned) }
    }

    fn unknown(why: MarketUnknown) -> Market {
        Market::Unknown { why }
    }

    #[test]
    fn the_calling_code_names_the_market() {
        assert_eq!(of_phone("33612345678"), known("france", Some("FR")));
        assert_eq!(of_phone("4915112345678"), known("germany", Some("DE")));
        assert_eq!(of_phone("306912345678"), known("rest_of_central_and_eastern_europe", Some("GR")));
    }

    #[test]
    fn french_overseas_codes_are_not_france() {
        for phone in
            ["262692123456", "590690123456", "594694123456", "596696123456", "508551234", "687751234", "68987123456"]
        {
            assert_eq!(of_phone(phone), known("other", None), "{phone}");
        }
    }

    #[test]
    fn under_plus_one_the_area_code_decides() {
        assert_eq!(of_phone("12125550123"), known("north_america", None));
        assert_eq!(of_phone("15145550123"), known("north_america", None));
        assert_eq!(of_phone("18095550123"), known("rest_of_latin_america", Some("DO")));
        assert_eq!(of_phone("18765550123"), known("rest_of_latin_america", Some("JM")));
        assert_eq!(of_phone("17875550123"), known("rest_of_latin_america", Some("PR")));
        assert_eq!(of_phone("18685550123"), known("other", Some("TT")), "the other Caribbean ones are not listed");
    }

    #[test]
    fn under_plus_seven_the_next_digit_decides() {
        assert_eq!(of_phone("79161234567"), known("russia", Some("RU")));
        assert_eq!(of_phone("77011234567"), known("kazakhstan", Some("KZ")));
        assert_eq!(of_phone("76001234567"), known("kazakhstan", Some("KZ")));
    }

    #[test]
    fn an_unlisted_country_is_other() {
        assert_eq!(of_phone("37255512345"), known("other", None), "Estonia");
        assert_eq!(of_phone("352621123456"), known("other", None), "Luxembourg");
    }

    #[test]
    fn people_write_numbers_in_many_ways() {
        for phone in
            ["+33 6 12 34 56 78", "0033612345678", "+33 (6) 12.34-56/78", "٣٣٦١٢٣٤٥٦٧٨", "\u{200e}+33612345678"]
        {
            assert_eq!(of_phone(phone), known("france", Some("FR")), "{phone}");
        }
    }

    #[test]
    fn a_national_number_is_unknown_and_never_the_companys_country() {
        assert_eq!(of_phone("0612345678"), unknown(MarketUnknown::NotInternational));
        assert_eq!(of_phone("38000"), unknown(MarketUnknown::NotInternational), "a short code");
        assert_eq!(of_phone("lea@example.com"), unknown(MarketUnknown::NotInternational));
    }

    #[test]
    fn without_a_number_the_country_of_the_bsuid_is_an_estimate() {
        let of_bsuid = |bsuid| market_of(&page(), ContactAddress { phone: None, bsuid: Some(bsuid) });
        let estimated =
            |market: &str, country: &str| Market::Estimated { market: market.to_owned(), country: country.to_owned() };
        assert_eq!(of_bsuid("FR.1A2B3C"), estimated("france", "FR"));
        assert_eq!(of_bsuid("CA.ENT.1A2B3C"), estimated("north_america", "CA"));
        assert_eq!(of_bsuid("EE.1A2B3C"), estimated("other", "EE"));
        assert_eq!(of_bsuid("1A2B3C"), unknown(MarketUnknown::NoNumber));
    }

    #[test]
    fn the_phone_number_goes_before_the_bsuid() {
        let both = ContactAddress { phone: Some("4915112345678"), bsuid: Some("FR.1A2B3C") };
        assert_eq!(market_of(&page(), both), known("germany", Some("DE")));
    }

    #[test]
    fn nothing_is_known_of_a_customer_without_number_and_bsuid() {
        assert_eq!(market_of(&page(), ContactAddress::default()), unknown(MarketUnknown::NoNumber));
        assert_eq!(of_phone("  "), unknown(MarketUnknown::NoNumber));
    }

    #[test]
    fn a_tariff_without_a_market_for_the_rest_leaves_it_unknown() {
        let mut version = page();
        version.markets.not_listed = None;
        let contact = ContactAddress { phone: Some("37255512345"), bsuid: None };
        assert_eq!(market_of(&version, contact), unknown(MarketUnknown::NotListed));
    }

    #[test]
    fn a_territory_without_a_calling_code_of_its_own_has_the_market_of_the_code_it_shares() {
        let of = |bsuid: &str| market_of(&page(), ContactAddress { phone: None, bsuid: Some(bsuid) });
        for (territory, phone) in [
            ("JE", "441534000000"),
            ("GG", "441481000000"),
            ("IM", "441624000000"),
            ("VA", "390669800000"),
            ("AX", "35818000000"),
            ("SJ", "4779000000"),
            ("EH", "212528000000"),
        ] {
            let Market::Known { market: by_code, .. } = of_phone(phone) else { panic!("{phone} has a market") };
            let estimated = Market::Estimated { market: by_code, country: territory.to_owned() };
            assert_eq!(of(&format!("{territory}.1A")), estimated);
        }
    }
}
