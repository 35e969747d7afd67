//! What is known at each moment: the customer's messages, what became of ours, and four tariffs.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use riposte::model::{
    Allowance, AllowanceId, AllowanceKind, ChannelId, ChargeKind, ChargeState, LedgerId, MessageId, PaidCover, Tariff,
    WallClock, WindowFacts, WindowPolicy,
};
use riposte::rules::billing::{self, BillingFact, Charge, PriceQuote, QuoteFacts, Waiting};
use riposte::rules::market::ContactAddress;
use riposte::rules::meta_tariff::meta_tariff;
use riposte::rules::tariff::{as_of, page_tariff};
use riposte::rules::window::{ReplyWindow, reply_window, window_closed_since, window_facts, window_opened_at};

/// Paris in winter.
pub(crate) const OFFSET_MINUTES: i32 = 60;
pub(crate) const NUMBER: ChannelId = ChannelId(1);
const LEA: ContactAddress<'static> = ContactAddress { phone: Some("33612345678"), bsuid: None };

/// WhatsApp's: 24 hours, and an emoji does not count.
pub(crate) fn policy() -> WindowPolicy {
    WindowPolicy {
        length_ms: Some(24 * 3_600_000),
        human_agent_ms: None,
        reactions_count: false,
        unsupported_counts: true,
        request_welcome_counts: false,
        number_change_keeps_window: false,
    }
}

/// `"2 09:05"`: a day of November 2026 and a time in Paris.
pub(crate) fn at(text: &str) -> Result<DateTime<Utc>, String> {
    let wrong = || format!("not a day and a time: {text}");
    let (day, time) = text.split_once(' ').ok_or_else(wrong)?;
    let day = day.parse().ok().and_then(|day| NaiveDate::from_ymd_opt(2026, 11, day)).ok_or_else(wrong)?;
    let time = NaiveTime::parse_from_str(time, "%H:%M").map_err(|_| wrong())?;
    Ok(day.and_time(time).and_utc() - TimeDelta::minutes(i64::from(OFFSET_MINUTES)))
}

/// A tariff by which the week is priced, and what is free or included there.
pub(crate) struct Priced {
    pub(crate) name: &'static str,
    pub(crate) tariff: Tariff,
    /// As they stood when the week began.
    pub(crate) allowances: Vec<Allowance>,
}

/// The page's tariff and Meta's three, as if each held all week.
pub(crate) fn tariffs() -> Result<Vec<Priced>, String> {
    let broken = |error: serde_json::Error| error.to_string();
    let meta = meta_tariff(&WallClock::fixed(OFFSET_MINUTES)).map_err(broken)?;
    let on = |day: &str| {
        let noon = format!("{day}T12:00:00Z").parse::<DateTime<Utc>>().map_err(|error| error.to_string())?;
        as_of(&meta, noon).ok_or_else(|| format!("Meta had no tariff on {day}"))
    };
    let left = |kind, total, left, channel_id| Allowance {
        id: AllowanceId(1),
        kind,
        total,
        left,
        until: None,
        from: None,
        channel_id,
    };
    let priced = |name, tariff, allowances| Priced { name, tariff, allowances };
    Ok(vec![
        priced("page", page_tariff().map_err(broken)?, vec![left(AllowanceKind::Grant, 1_000, 1, None)]),
        priced("conversations", on("2025-06-30")?, Vec::new()),
        priced("templates", on("2026-09-30")?, Vec::new()),
        priced("messages", on("2026-11-02")?, vec![left(AllowanceKind::Monthly, 1_000, 2, Some(NUMBER))]),
    ])
}

/// What is known so far.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) wrote: Vec<DateTime<Utc>>,
    pub(crate) ad_at: Option<DateTime<Utc>>,
    pub(crate) free_until: Option<DateTime<Utc>>,
    pub(crate) sent: Vec<BillingFact>,
}

impl Known {
    pub(crate) fn window(&self) -> WindowFacts {
        window_facts(&policy(), &self.wrote, &[], self.free_until)
    }

    pub(crate) fn reply_window(&self, now: DateTime<Utc>) -> ReplyWindow {
        reply_window(&policy(), &self.window(), now)
    }

    /// What sending would cost now, as the phone says it before the tap.
    pub(crate) fn quote(&self, priced: &Priced, kind: ChargeKind, now: DateTime<Utc>) -> PriceQuote {
        let mut allowances = priced.allowances.clone();
        let charges = self.charges(priced);
        self.settle(priced, &mut allowances, &charges);
        let cover = billing::newest_cover(&priced.tariff, &charges).map(|charge| PaidCover {
            started_at: charge.at,
            charge: LedgerId(charge.message_id.0),
            message_id: charge.message_id,
        });
        let stands = |charge: &&Charge| charge.state != ChargeState::Void && charge.kind.is_template();
        let charged_templates: Vec<_> = charges.iter().filter(stands).map(|charge| (charge.kind, charge.at)).collect();
        let facts = QuoteFacts {
            policy: &policy(),
            window: &self.window(),
            cover: cover.as_ref(),
            charged_templates: &charged_templates,
            channel_id: NUMBER,
            waiting: Waiting::default(),
            allowances: &allowances,
            contact: LEA,
        };
        billing::quote(Some(&priced.tariff), &facts, kind, now)
    }

    /// Writes down what was sent, and what the provider reported of it.
    pub(crate) fn send(
        &mut self,
        kind: ChargeKind,
        now: DateTime<Utc>,
        delivered_at: Option<DateTime<Utc>>,
    ) -> MessageId {
        // The first answer within a day of the tap on the advertisement opens 72 free hours.
        if let (ChargeKind::Reply, Some(_)) = (kind, self.ad_at.take()) {
            self.free_until = Some(now + TimeDelta::hours(72));
        }
        let message_id = MessageId(i64::try_from(self.sent.len()).unwrap_or(i64::MAX).saturating_add(1));
        let arrived = delivered_at.is_some();
        self.sent.push(BillingFact {
            message_id,
            kind,
            at: now,
            delivered_at,
            failed: !arrived,
            confirmed: arrived,
            billable: arrived.then_some(true),
            window_opened_at: window_opened_at(&policy(), &self.wrote, &[], now),
            closed_since: window_closed_since(&policy(), &self.wrote, &[], now),
            free_until: self.free_until,
        });
        message_id
    }

    pub(crate) fn charges(&self, priced: &Priced) -> Vec<Charge> {
        billing::charges(&priced.tariff, LEA, &self.sent)
    }

    /// Which of the charges an allowance paid.
    pub(crate) fn settle(
        &self,
        priced: &Priced,
        allowances: &mut Vec<Allowance>,
        charges: &[Charge],
    ) -> Vec<MessageId> {
        let clock = WallClock::fixed(OFFSET_MINUTES);
        billing::settle(&priced.tariff, &clock, NUMBER, allowances, charges).into_keys().collect()
    }
}
