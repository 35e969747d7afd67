//! Which version of a tariff holds, and what does it ask?

use chrono::{DateTime, Utc};

use crate::model::{ChargeKind, Money, Tariff, TariffVersion};

/// The product page's tariff, with example rates.
pub fn page_tariff() -> Result<Tariff, serde_json::Error> {
    todo!()
}

/// The version that holds at an instant.
pub fn version_at(tariff: &Tariff, at: DateTime<Utc>) -> Option<&TariffVersion> {
    todo!("{tariff:?} {at:?}")
}

/// What a message costs in a market. None when there is no rate, which is not zero.
pub fn rate(version: &TariffVersion, market: &str, kind: ChargeKind) -> Option<Money> {
    todo!("{version:?} {market:?} {kind:?}")
}
