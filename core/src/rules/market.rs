//! Which market does a customer's number belong to?

use crate::model::TariffVersion;

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
pub enum MarketUnknown {
    /// Neither a number nor a BSUID.
    NoNumber,
    /// A number without its country code, or none at all.
    NotInternational,
    /// The tariff has no market for it, not even one for the rest.
    NotListed,
}

/// The market of a customer under a version of a tariff.
pub fn market_of(version: &TariffVersion, contact: ContactAddress<'_>) -> Market {
    todo!("{version:?} {contact:?}")
}
