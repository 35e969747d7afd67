//! The rules about money: a year of one customer, a market, a price, a month of the ledger.

use chrono::{DateTime, TimeDelta, Utc};
use riposte::model::{
    ChannelId, ChargeKind, ConversationId, LedgerEntry, LedgerId, MessageId, PaidCover, Tariff, WallClock, WindowPolicy,
};
use riposte::rules::billing::{
    BillingFact, Charge, PriceQuote, QuoteFacts, Waiting, charges, newest_cover, quote, report, settle,
};
use riposte::rules::market::{ContactAddress, market_of};
use riposte::rules::meta_tariff::meta_tariff;
use riposte::rules::phone::same_for_all_forms;
use riposte::rules::tariff::{page_tariff, rate, version_at};
use riposte::rules::window::{window_facts, window_opened_at};
use riposte::rules::zone;

use super::measure;

const LEA: ContactAddress<'static> = ContactAddress { phone: Some("33612345678"), bsuid: None };
const LISTED_LAST: ContactAddress<'static> = ContactAddress { phone: Some("998901234567"), bsuid: None };

fn policy() -> WindowPolicy {
    WindowPolicy {
        length_ms: Some(86_400_000),
        human_agent_ms: None,
        reactions_count: false,
        unsupported_counts: true,
        request_welcome_counts: false,
        number_change_keeps_window: false,
    }
}

fn begin() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// Three replies a day for a year to a customer who writes each morning; each tenth is a template.
fn year() -> Vec<BillingFact> {
    let wrote: Vec<_> = (0..365).map(|day| begin() + TimeDelta::days(day)).collect();
    let sent = (0..1_095_i64).map(|number| {
        let at = begin() + TimeDelta::days(number / 3) + TimeDelta::hours(1 + number % 3 * 4);
        // The window of the last customer message alone: the whole history would be measured instead.
        let last = wrote.iter().rev().find(|time| **time <= at).copied();
        BillingFact {
            message_id: MessageId(number + 1),
            kind: if number % 10 == 9 { ChargeKind::Utility } else { ChargeKind::Reply },
            at,
            delivered_at: Some(at),
            failed: number % 50 == 0,
            confirmed: true,
            billable: Some(true),
            closed_since: None,
            window_opened_at: window_opened_at(&policy(), last.as_slice(), &[], at),
            free_until: None,
        }
    });
    sent.collect()
}

fn ledger(charges: &[Charge]) -> Vec<LedgerEntry> {
    let entry = |charge: &Charge| LedgerEntry {
        id: LedgerId(charge.message_id.0),
        conversation_id: ConversationId(1),
        message_id: charge.message_id,
        channel_id: ChannelId(1),
        at: charge.at,
        kind: charge.kind,
        market: charge.market.clone(),
        country: charge.country.clone(),
        price: charge.price,
        allowance_id: None,
        state: charge.state,
    };
    charges.iter().map(entry).collect()
}

/// What a reply costs two hours after the customer's first message.
fn quoted(tariff: &Tariff, cover: Option<&PaidCover>) -> PriceQuote {
    let window = window_facts(&policy(), &[begin()], &[], None);
    let facts = QuoteFacts {
        policy: &policy(),
        window: &window,
        cover,
        charged_templates: &[],
        channel_id: ChannelId(1),
        waiting: Waiting::default(),
        allowances: &[],
        contact: LEA,
    };
    quote(Some(tariff), &facts, ChargeKind::Reply, begin() + TimeDelta::hours(2))
}

pub(super) fn measure_all() {
    let clock = WallClock::fixed(60);
    let page = page_tariff().expect("core/data/page_tariff.json");
    let meta = meta_tariff(&clock).expect("core/data/meta_*.json");
    let version = version_at(&page, begin()).expect("the page's tariff has no first day");
    let sent = year();
    let of_page = charges(&page, LEA, &sent);
    let of_meta = charges(&meta, LEA, &sent);
    let entries = ledger(&of_page);
    assert!(of_page.len() > 300 && of_meta.len() > 300, "the year is charged for");
    let covered = PaidCover { started_at: begin(), charge: LedgerId(1), message_id: MessageId(1) };

    measure("money: market of a French number", || market_of(version, LEA));
    measure("money: market of the number listed last", || market_of(version, LISTED_LAST));
    measure("money: one form for all the ways to write a number", || same_for_all_forms("+55 (11) 8765-4321"));
    measure("money: rate of a market", || rate(version, "united_kingdom", ChargeKind::Reply));
    measure("money: quote of a reply that costs", || quoted(&page, None));
    measure("money: quote of a reply that is covered", || quoted(&page, Some(&covered)));
    measure("money: quote of a reply under Meta's tariff", || quoted(&meta, None));
    measure("money: the month around an instant", || zone::month_around(&clock, begin()));
    measure("money: charges of a year, 1,095 messages", || charges(&page, LEA, &sent));
    measure("money: charges of a year, Meta's tariff", || charges(&meta, LEA, &sent));
    measure("money: a year's charges against allowances", || {
        settle(&meta, &clock, ChannelId(1), &mut Vec::new(), &of_meta)
    });
    measure("money: the newest cover of a year", || newest_cover(&page, &of_page).is_some());
    measure("money: report of a year's ledger", || report(&entries));
    measure("money: Meta's tariff put together from its files", || {
        meta_tariff(&clock).map(|tariff| tariff.versions.len())
    });
}
