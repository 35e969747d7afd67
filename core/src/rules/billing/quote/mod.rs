//! What would sending cost now?

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

use super::allowance::{Payable, new_month, paying};
use super::charges::free_in_window;
use super::cover::{cover_end, covers_replies};
use crate::model::{
    Allowance, AllowanceId, AllowanceKind, ChannelId, ChargeKind, CoverRules, Money, PaidCover, Phrase, PhraseKey,
    PhraseValue, Tariff, TariffModel, TariffVersion, WallClock, WindowFacts, WindowPolicy,
};
use crate::rules::market::{ContactAddress, Market, MarketUnknown, market_of};
use crate::rules::tariff::{billed_kind, rate, readable, version_at};
use crate::rules::window::{ReplyWindow, reply_window};

/// What sending would cost now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum PriceQuote {
    /// Nothing.
    Free {
        /// Why.
        why: FreeReason,
    },
    /// Already paid.
    Covered {
        /// Until then: for a reply, the earlier of the cover's and the window's end.
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
        why: NotPricedReason,
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
    /// The tariff asks nothing for it while the customer's window is open.
    WindowOpen {
        /// Until then; none where the channel has no window.
        until: Option<DateTime<Utc>>,
    },
    /// The tariff asks nothing for it.
    ByTariff,
    /// Reactions and comments cost nothing.
    NeverCharged,
}

/// Why a message has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum NotPricedReason {
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
    /// The newest charged message that covers replies.
    pub cover: Option<&'a PaidCover>,
    /// The newest charged template of each category, and when it was charged: under some tariffs it
    /// covers others of its category.
    pub charged_templates: &'a [(ChargeKind, DateTime<Utc>)],
    /// The number or page it would go out from.
    pub channel_id: ChannelId,
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
pub fn quote(tariff: Option<&Tariff>, facts: &QuoteFacts<'_>, kind: ChargeKind, now: DateTime<Utc>) -> PriceQuote {
    let Some(tariff) = tariff else { return PriceQuote::NotPriced { why: NotPricedReason::NoTariff } };
    let readable = version_at(tariff, now).and_then(|version| Some((version, readable(version)?)));
    let Some((version, model)) = readable.filter(|_| kind != ChargeKind::Unknown) else {
        return PriceQuote::NotPriced { why: NotPricedReason::UnknownTariff };
    };
    if let Some(until) = facts.window.free_until.filter(|until| now < *until) {
        return PriceQuote::Free { why: FreeReason::FreeEntryPoint { until } };
    }
    let Before { free, replies } = match model {
        TariffModel::PaidCover(rules) => before_cover(facts, rules, kind, now),
        TariffModel::PerMessage(rules) => {
            let window = reply_window(facts.policy, facts.window, now);
            let open = !matches!(window, ReplyWindow::Closed { .. });
            let until = match window {
                ReplyWindow::Open { closes_at, .. } => Some(closes_at),
                ReplyWindow::Unlimited | ReplyWindow::Closed { .. } => None,
            };
            let free = PriceQuote::Free { why: FreeReason::WindowOpen { until } };
            let replies = if free_in_window(rules, ChargeKind::Reply, open) { 0 } else { facts.waiting.replies };
            Before { free: free_in_window(rules, kind, open).then_some(free), replies }
        }
        TariffModel::Unknown => return PriceQuote::NotPriced { why: NotPricedReason::UnknownTariff },
    };
    if let Some(free) = free {
        return free;
    }
    let units_before = replies.saturating_add(facts.waiting.templates).saturating_add(facts.waiting.elsewhere);
    charged(version, facts, billed_kind(version, kind), units_before, now)
}

/// What stands before a message: what makes it free, and how many replies to this customer that
/// wait will be charged.
struct Before {
    free: Option<PriceQuote>,
    replies: u32,
}

fn before_cover(facts: &QuoteFacts<'_>, rules: &CoverRules, kind: ChargeKind, now: DateTime<Utc>) -> Before {
    let paid = paid_until(facts, rules, now);
    let until = match kind {
        ChargeKind::Reply => paid.or_else(|| cover_of_waiting(facts, rules, now)),
        kind if kind.is_template() && rules.same_category_template_free => category_paid_until(facts, rules, kind, now),
        ChargeKind::Template
        | ChargeKind::Marketing
        | ChargeKind::Utility
        | ChargeKind::Authentication
        | ChargeKind::Unknown => None,
    };
    // Of several replies that wait, only the first is charged; the others are under its cover.
    let replies = if paid.is_none() { facts.waiting.replies.min(1) } else { 0 };
    Before { free: until.map(|until| PriceQuote::Covered { until }), replies }
}

/// What a message costs that is not free: a unit, money, or unknown.
fn charged(
    version: &TariffVersion,
    facts: &QuoteFacts<'_>,
    kind: ChargeKind,
    units_before: u32,
    now: DateTime<Utc>,
) -> PriceQuote {
    let market = market_of(version, facts.contact);
    let price = match &market {
        Market::Known { market, .. } | Market::Estimated { market, .. } => rate(version, market, kind),
        Market::Unknown { .. } => None,
    };
    if price.is_some_and(|price| price.micros == 0) {
        return PriceQuote::Free { why: FreeReason::ByTariff };
    }
    let message = Payable { kind, channel_id: facts.channel_id, at: now };
    // The month's free messages that nobody has touched yet: where the month ends does not matter here.
    let month = new_month(version, &WallClock::default(), facts.allowances, message, AllowanceId(0));
    let held: Vec<Allowance> = facts.allowances.iter().cloned().chain(month).collect();
    if let Some((allowance, left)) = paying(version, &held, message, units_before) {
        return PriceQuote::Allowance { kind: allowance.kind, left };
    }
    let (market, estimate) = match market {
        Market::Known { market, .. } => (market, false),
        Market::Estimated { market, .. } => (market, true),
        Market::Unknown { why } => return PriceQuote::NotPriced { why: NotPricedReason::UnknownMarket(why) },
    };
    match price {
        Some(price) => PriceQuote::Costs { price, market, estimate },
        None => PriceQuote::NotPriced { why: NotPricedReason::NoRate },
    }
}

/// Until when the charged message covers further replies: the earlier of its cover's and the
/// window's end. None when it covers nothing any more.
fn paid_until(facts: &QuoteFacts<'_>, rules: &CoverRules, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let cover = facts.cover?;
    let opened = facts.window.opened_at;
    let same_window = opened.is_none_or(|opened| opened <= cover.started_at);
    if !same_window && !rules.cover_crosses_windows {
        return None;
    }
    let counted_from = opened.filter(|_| same_window);
    within_window(facts, cover_end(rules, cover.started_at, counted_from), now)
}

/// Until when a charged template covers others of its category, in a window or not.
fn category_paid_until(
    facts: &QuoteFacts<'_>,
    rules: &CoverRules,
    kind: ChargeKind,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let newest = facts.charged_templates.iter().filter(|(charged, _)| *charged == kind).map(|(_, at)| *at).max()?;
    let open_from = match reply_window(facts.policy, facts.window, now) {
        ReplyWindow::Open { .. } | ReplyWindow::Unlimited => facts.window.opened_at,
        ReplyWindow::Closed { .. } => None,
    };
    let same_window = match open_from {
        Some(opened) => opened <= newest,
        // Outside a window are those that went out after it, or before there ever was one.
        None => !matches!(reply_window(facts.policy, facts.window, newest), ReplyWindow::Open { .. }),
    };
    let counted_from = open_from.filter(|_| same_window);
    let until = cover_end(rules, newest, counted_from);
    (now < until && (same_window || rules.cover_crosses_windows)).then_some(until)
}

/// Until when the first message that waits will cover this one, should it leave now.
fn cover_of_waiting(facts: &QuoteFacts<'_>, rules: &CoverRules, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let template_covers = covers_replies(ChargeKind::Template, rules) && facts.waiting.templates > 0;
    if facts.waiting.replies == 0 && !template_covers {
        return None;
    }
    within_window(facts, cover_end(rules, now, facts.window.opened_at), now)
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
