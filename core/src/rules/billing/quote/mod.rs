//! What would sending cost now?

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

use super::allowance::paying_allowance;
use super::charges::{cover_rules, starts_cover};
use crate::model::{
    Allowance, AllowanceKind, ChargeKind, CoverRules, Money, PaidCover, Phrase, PhraseKey, PhraseValue, Tariff,
    WindowFacts, WindowPolicy,
};
use crate::rules::market::{ContactAddress, Market, MarketUnknown, market_of};
use crate::rules::tariff::{rate, version_at};
use crate::rules::time::plus_ms;
use crate::rules::window::{ReplyWindow, reply_window};

/// What sending would cost now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Quote {
    /// Nothing.
    Free {
        /// Why.
        why: FreeReason,
    },
    /// Already paid.
    Covered {
        /// Until then: the earlier of the cover's and the window's end.
        until: DateTime<Utc>,
    },
    /// A unit of an allowance pays.
    Allowance {
        /// Which sort.
        kind: AllowanceKind,
        /// How many are left of it before this message.
        left: i64,
    },
    /// Money.
    Costs {
        /// How much.
        price: Money,
        /// For which market.
        market: String,
        /// The market was guessed from a BSUID.
        estimate: bool,
    },
    /// Nobody can say, which is not zero.
    NotPriced {
        /// Why.
        why: NotPriced,
    },
}

/// Why a message is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum FreeReason {
    /// The customer came by an advertisement.
    FreeEntryPoint {
        /// Until then.
        until: DateTime<Utc>,
    },
    /// Reactions and comments cost nothing.
    NeverCharged,
}

/// Why a message has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum NotPriced {
    /// The channel has no tariff.
    NoTariff,
    /// No version of the tariff holds now, or this build does not know its model.
    UnknownTariff,
    /// The tariff has no rate for this market.
    NoRate,
    /// The customer's market is not known.
    UnknownMarket(MarketUnknown),
}

/// What a quote looks at.
#[derive(Debug, Clone)]
pub struct QuoteFacts<'a> {
    /// The channel's window.
    pub policy: &'a WindowPolicy,
    /// The conversation's window.
    pub window: &'a WindowFacts,
    /// The newest charged reply.
    pub cover: Option<&'a PaidCover>,
    /// What waits in this phone's outbox before this message.
    pub waiting: Waiting,
    /// The account's allowances.
    pub allowances: &'a [Allowance],
    /// The customer.
    pub contact: ContactAddress<'a>,
}

/// What waits in this phone's outbox, as far as money is concerned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Replies to this customer: the first of them may begin a cover.
    pub replies: u32,
    /// Templates to this customer.
    pub templates: u32,
    /// Messages to other customers that will be charged.
    pub elsewhere: u32,
}

/// What sending a message of this kind would cost at `now`: the same rules as
/// [`charges`](super::charges), looking forward. What waits in this phone's outbox goes first.
pub fn quote(tariff: Option<&Tariff>, facts: &QuoteFacts<'_>, kind: ChargeKind, now: DateTime<Utc>) -> Quote {
    let Some(tariff) = tariff else { return Quote::NotPriced { why: NotPriced::NoTariff } };
    let readable = version_at(tariff, now).and_then(|version| Some((version, cover_rules(version)?)));
    let Some((version, rules)) = readable.filter(|_| kind != ChargeKind::Unknown) else {
        return Quote::NotPriced { why: NotPriced::UnknownTariff };
    };
    if let Some(until) = facts.window.free_until.filter(|until| now < *until) {
        return Quote::Free { why: FreeReason::FreeEntryPoint { until } };
    }
    let paid_until = paid_until(facts, rules, now);
    let waiting_cover = || cover_of_waiting(facts, rules, now);
    if kind == ChargeKind::Reply
        && let Some(until) = paid_until.or_else(waiting_cover)
    {
        return Quote::Covered { until };
    }
    // Of several replies that wait, only the first is charged; the others are under its cover.
    let charged_replies = if paid_until.is_none() { facts.waiting.replies.min(1) } else { 0 };
    let units_before = charged_replies.saturating_add(facts.waiting.templates).saturating_add(facts.waiting.elsewhere);
    if let Some((allowance, left)) = paying_allowance(facts.allowances, units_before, now) {
        return Quote::Allowance { kind: allowance.kind, left };
    }
    let (market, estimate) = match market_of(version, facts.contact) {
        Market::Known { market, .. } => (market, false),
        Market::Estimated { market, .. } => (market, true),
        Market::Unknown { why } => return Quote::NotPriced { why: NotPriced::UnknownMarket(why) },
    };
    match rate(version, &market, kind) {
        Some(price) => Quote::Costs { price, market, estimate },
        None => Quote::NotPriced { why: NotPriced::NoRate },
    }
}

/// Until when the charged reply covers further ones: the earlier of its cover's and the window's
/// end. None when it covers nothing any more.
fn paid_until(facts: &QuoteFacts<'_>, rules: &CoverRules, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let cover = facts.cover?;
    let same_window = facts.window.opened_at.is_none_or(|opened| opened <= cover.started_at);
    if !same_window && !rules.cover_crosses_windows {
        return None;
    }
    within_window(facts, plus_ms(cover.started_at, rules.cover_ms), now)
}

/// Until when the first message that waits will cover this one, should it leave now.
fn cover_of_waiting(facts: &QuoteFacts<'_>, rules: &CoverRules, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let template_covers = starts_cover(ChargeKind::Template, rules) && facts.waiting.templates > 0;
    if facts.waiting.replies == 0 && !template_covers {
        return None;
    }
    within_window(facts, plus_ms(now, rules.cover_ms), now)
}

/// The earlier of `end` and the window's end, as long as it lies ahead and the window is open.
fn within_window(facts: &QuoteFacts<'_>, end: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let until = match reply_window(facts.policy, facts.window, now) {
        ReplyWindow::Open { closes_at, .. } => end.min(closes_at),
        ReplyWindow::Unlimited => end,
        ReplyWindow::Closed { .. } => return None,
    };
    (now < until).then_some(until)
}

/// A quote in words.
pub fn phrase(quote: &Quote) -> Phrase {
    match quote {
        Quote::Free { why: FreeReason::FreeEntryPoint { until } } => {
            Phrase::new(PhraseKey::QuoteFreeEntryPoint).with("until", PhraseValue::At(*until))
        }
        Quote::Free { why: FreeReason::NeverCharged } => Phrase::new(PhraseKey::QuoteNeverCharged),
        Quote::Covered { until } => Phrase::new(PhraseKey::QuoteCovered).with("until", PhraseValue::At(*until)),
        Quote::Allowance { kind: AllowanceKind::Grant, left } => {
            Phrase::new(PhraseKey::QuoteGrant).with("left", PhraseValue::Number(*left))
        }
        Quote::Allowance { kind: AllowanceKind::Plan | AllowanceKind::Unknown, left } => {
            Phrase::new(PhraseKey::QuotePlan).with("left", PhraseValue::Number(*left))
        }
        Quote::Costs { price, estimate: false, .. } => {
            Phrase::new(PhraseKey::QuoteCosts).with("price", PhraseValue::Money(*price))
        }
        Quote::Costs { price, estimate: true, .. } => {
            Phrase::new(PhraseKey::QuoteEstimate).with("price", PhraseValue::Money(*price))
        }
        Quote::NotPriced { why } => Phrase::new(match why {
            NotPriced::NoTariff => PhraseKey::QuoteNoTariff,
            NotPriced::UnknownTariff => PhraseKey::QuoteUnknownTariff,
            NotPriced::NoRate | NotPriced::UnknownMarket(MarketUnknown::NotListed) => PhraseKey::QuoteNoRate,
            NotPriced::UnknownMarket(MarketUnknown::NoNumber) => PhraseKey::QuoteNoNumber,
            NotPriced::UnknownMarket(MarketUnknown::NotInternational) => PhraseKey::QuoteNotInternational,
        }),
    }
}

/// What the button that sends a template says: its price too, when it costs money.
pub fn button(quote: &Quote) -> Phrase {
    match quote {
        Quote::Costs { price, .. } => {
            Phrase::new(PhraseKey::SendTemplatePriced).with("price", PhraseValue::Money(*price))
        }
        Quote::Free { .. } | Quote::Covered { .. } | Quote::Allowance { .. } | Quote::NotPriced { .. } => {
            Phrase::new(PhraseKey::SendTemplate)
        }
    }
}
