//! The charges of the messages that would leave now, one after the other.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::kinds::{FreeReason, NotPricedReason, PriceQuote, QuoteFacts};
use crate::model::{Allowance, AllowanceId, ChargeKind, CoverRules, TariffModel, TariffVersion, WallClock};
use crate::rules::billing::allowance::{Payable, new_month, paying};
use crate::rules::billing::charges::free_in_window;
use crate::rules::billing::cover::{cover_end, covers_replies};
use crate::rules::market::{Market, market_of};
use crate::rules::tariff::{billed_kind, rate};
use crate::rules::window::{ReplyWindow, ends_at, reply_window};

/// What the next message would cost, after those that have been sent through it.
#[derive(Clone)]
pub(super) struct Forward<'a> {
    version: &'a TariffVersion,
    model: &'a TariffModel,
    facts: &'a QuoteFacts<'a>,
    now: DateTime<Utc>,
    window: ReplyWindow,
    /// Until when replies are paid for.
    replies_paid_until: Option<DateTime<Utc>>,
    /// Until when further templates of a category are paid for.
    category_paid_until: BTreeMap<ChargeKind, DateTime<Utc>>,
    allowances: Vec<Allowance>,
}

impl<'a> Forward<'a> {
    pub(super) fn new(
        version: &'a TariffVersion,
        model: &'a TariffModel,
        facts: &'a QuoteFacts<'a>,
        now: DateTime<Utc>,
    ) -> Self {
        let window = reply_window(facts.policy, facts.window, now);
        let mut forward = Self {
            version,
            model,
            facts,
            now,
            window,
            replies_paid_until: None,
            category_paid_until: BTreeMap::new(),
            allowances: facts.allowances.to_vec(),
        };
        if let TariffModel::PaidCover(rules) = model {
            forward.replies_paid_until = forward.paid_by_reply(rules);
            let kinds = facts.charged_templates.iter().map(|(kind, _)| *kind);
            let paid = kinds.filter_map(|kind| Some((kind, forward.paid_by_template(rules, kind)?))).collect();
            forward.category_paid_until = paid;
        }
        forward
    }

    /// What a message costs, which then counts as sent.
    pub(super) fn send(&mut self, kind: ChargeKind) -> PriceQuote {
        if let Some(until) = self.facts.window.free_until.filter(|until| self.now < *until) {
            return PriceQuote::Free { why: FreeReason::FreeEntryPoint { until } };
        }
        let rules = match self.model {
            TariffModel::PaidCover(rules) => rules,
            TariffModel::PerMessage(rules) => {
                let open = !matches!(self.window, ReplyWindow::Closed { .. });
                if free_in_window(rules, kind, open) {
                    let until = ends_at(self.facts.policy, self.facts.window, self.now);
                    return PriceQuote::Free { why: FreeReason::WindowOpen { until } };
                }
                return self.charged(kind);
            }
            TariffModel::Unknown => return PriceQuote::NotPriced { why: NotPricedReason::UnknownTariff },
        };
        if let Some(until) = self.covered_until(rules, kind) {
            return PriceQuote::Covered { until };
        }
        let quote = self.charged(kind);
        let end = cover_end(rules, self.now, self.open_from());
        if covers_replies(kind, rules) {
            self.replies_paid_until = self.within_window(end);
        }
        if kind.is_template() && self.now < end {
            self.category_paid_until.insert(kind, end);
        }
        quote
    }

    /// A waiting message to another customer takes what would pay for it.
    pub(super) fn send_elsewhere(&mut self, message: Payable) {
        self.take_unit(Payable { kind: billed_kind(self.version, message.kind), ..message });
    }

    fn covered_until(&self, rules: &CoverRules, kind: ChargeKind) -> Option<DateTime<Utc>> {
        match kind {
            ChargeKind::Reply => self.replies_paid_until,
            kind if kind.is_template() && rules.same_category_template_free => {
                self.category_paid_until.get(&kind).copied()
            }
            ChargeKind::Template
            | ChargeKind::Marketing
            | ChargeKind::Utility
            | ChargeKind::Authentication
            | ChargeKind::Unknown => None,
        }
    }

    /// What a message costs that is not free: a unit, money, or unknown.
    fn charged(&mut self, kind: ChargeKind) -> PriceQuote {
        let kind = billed_kind(self.version, kind);
        let market = market_of(self.version, self.facts.contact);
        let price = match &market {
            Market::Known { market, .. } | Market::Estimated { market, .. } => rate(self.version, market, kind),
            Market::Unknown { .. } => None,
        };
        if price.is_some_and(|price| price.micros == 0) {
            return PriceQuote::Free { why: FreeReason::ByTariff };
        }
        let message = Payable { kind, channel_id: self.facts.channel_id, at: self.now };
        if let Some(paid) = self.take_unit(message) {
            return paid;
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

    fn take_unit(&mut self, message: Payable) -> Option<PriceQuote> {
        // Where the month ends does not matter here: its free messages are untouched, or held.
        let least = self.allowances.iter().map(|held| held.id.0).min().unwrap_or_default().min(0);
        let id = AllowanceId(least.saturating_sub(1));
        self.allowances.extend(new_month(self.version, &WallClock::default(), &self.allowances, message, id));
        let (paid, id) = {
            let (allowance, left) = paying(self.version, &self.allowances, message, 0)?;
            (PriceQuote::Allowance { kind: allowance.kind, left }, allowance.id)
        };
        self.allowances.iter_mut().filter(|held| held.id == id).for_each(|held| held.left -= 1);
        Some(paid)
    }

    /// Start of the window that is open now.
    fn open_from(&self) -> Option<DateTime<Utc>> {
        match self.window {
            ReplyWindow::Open { .. } | ReplyWindow::Unlimited => self.facts.window.opened_at,
            ReplyWindow::Closed { .. } => None,
        }
    }

    /// Until when the newest charged message covers further replies: the earlier of its cover's and
    /// the window's end.
    fn paid_by_reply(&self, rules: &CoverRules) -> Option<DateTime<Utc>> {
        let cover = self.facts.cover?;
        let opened = self.facts.window.opened_at;
        let same_window = opened.is_none_or(|opened| opened <= cover.started_at);
        if !same_window && !rules.cover_crosses_windows {
            return None;
        }
        let counted_from = opened.filter(|_| same_window);
        self.within_window(cover_end(rules, cover.started_at, counted_from))
    }

    /// Until when a charged template covers others of its category, in a window or not.
    fn paid_by_template(&self, rules: &CoverRules, kind: ChargeKind) -> Option<DateTime<Utc>> {
        let of_kind = self.facts.charged_templates.iter().filter(|(charged, _)| *charged == kind);
        let newest = of_kind.map(|(_, at)| *at).max()?;
        let same_stretch = match self.window {
            ReplyWindow::Open { .. } | ReplyWindow::Unlimited => {
                self.facts.window.opened_at.is_none_or(|opened| opened <= newest)
            }
            // Outside a window it covers until the next one opens: it must be younger than the last end.
            ReplyWindow::Closed { since, .. } => since.is_none_or(|end| end <= newest),
        };
        let counted_from = self.open_from().filter(|_| same_stretch);
        let until = cover_end(rules, newest, counted_from);
        (self.now < until && (same_stretch || rules.cover_crosses_windows)).then_some(until)
    }

    /// The earlier of `end` and the end of the open window, the days for a person included; none when
    /// that is past, or no window is open.
    fn within_window(&self, end: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = match self.window {
            ReplyWindow::Open { closes_at, .. } => {
                end.min(ends_at(self.facts.policy, self.facts.window, self.now).unwrap_or(closes_at))
            }
            ReplyWindow::Unlimited => end,
            ReplyWindow::Closed { .. } => return None,
        };
        (self.now < until).then_some(until)
    }
}
