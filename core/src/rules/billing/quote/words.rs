//! A quote in words.

use super::kinds::{FreeReason, NotPricedReason, PriceQuote};
use crate::model::{AllowanceKind, Phrase, PhraseKey, PhraseValue};
use crate::rules::market::MarketUnknown;

/// A quote in words.
pub fn phrase(quote: &PriceQuote) -> Phrase {
    match quote {
        PriceQuote::Free { why: FreeReason::FreeEntryPoint { until } } => {
            Phrase::new(PhraseKey::QuoteFreeEntryPoint).with("until", PhraseValue::At(*until))
        }
        PriceQuote::Free { why: FreeReason::WindowOpen { until: Some(until) } } => {
            Phrase::new(PhraseKey::QuoteFreeInWindow).with("until", PhraseValue::At(*until))
        }
        PriceQuote::Free { why: FreeReason::WindowOpen { until: None } | FreeReason::ByTariff } => {
            Phrase::new(PhraseKey::QuoteFreeByTariff)
        }
        PriceQuote::Free { why: FreeReason::NeverCharged } => Phrase::new(PhraseKey::QuoteNeverCharged),
        PriceQuote::Covered { until } => Phrase::new(PhraseKey::QuoteCovered).with("until", PhraseValue::At(*until)),
        PriceQuote::Allowance { kind: AllowanceKind::Grant, left } => {
            Phrase::new(PhraseKey::QuoteGrant).with("left", PhraseValue::Number(*left))
        }
        PriceQuote::Allowance { kind: AllowanceKind::Monthly, left } => {
            Phrase::new(PhraseKey::QuoteMonthly).with("left", PhraseValue::Number(*left))
        }
        PriceQuote::Allowance { kind: AllowanceKind::Plan | AllowanceKind::Unknown, left } => {
            Phrase::new(PhraseKey::QuotePlan).with("left", PhraseValue::Number(*left))
        }
        PriceQuote::Costs { price, estimate: false, .. } => {
            Phrase::new(PhraseKey::QuoteCosts).with("price", PhraseValue::Money(*price))
        }
        PriceQuote::Costs { price, estimate: true, .. } => {
            Phrase::new(PhraseKey::QuoteEstimate).with("price", PhraseValue::Money(*price))
        }
        PriceQuote::NotPriced { why } => Phrase::new(match why {
            NotPricedReason::NoTariff => PhraseKey::QuoteNoTariff,
            NotPricedReason::UnknownTariff => PhraseKey::QuoteUnknownTariff,
            NotPricedReason::NoRate | NotPricedReason::UnknownMarket(MarketUnknown::NotListed) => {
                PhraseKey::QuoteNoRate
            }
            NotPricedReason::UnknownMarket(MarketUnknown::NoNumber) => PhraseKey::QuoteNoNumber,
            NotPricedReason::UnknownMarket(MarketUnknown::NotInternational) => PhraseKey::QuoteNotInternational,
        }),
    }
}

/// What the button that sends a template says: its price too, when it costs money.
pub fn button(quote: &PriceQuote) -> Phrase {
    match quote {
        PriceQuote::Costs { price, .. } => {
            Phrase::new(PhraseKey::SendTemplatePriced).with("price", PhraseValue::Money(*price))
        }
        PriceQuote::Free { .. }
        | PriceQuote::Covered { .. }
        | PriceQuote::Allowance { .. }
        | PriceQuote::NotPriced { .. } => Phrase::new(PhraseKey::SendTemplate),
    }
}
