//! The rules about money: a year of one customer, a market, a price, a month of the ledger.

use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};
use riposte::model::{
    ChannelId, ChargeKind, ChargeState, ConversationId, LedgerEntry, LedgerId, MessageId, PaidCover, Tariff, WallClock,
    WindowPolicy,
};
use riposte::rules::billing::{BillingFact, Charge, QuoteFacts, Waiting, charges, newest_cover, quote, report, settle};
use riposte::rules::market::{ContactAddress, market_of};
use riposte::rules::meta_tariff::meta_tariff;
use riposte::rules::phone::same_for_all_forms;
use riposte::rules::tariff::{page_tariff, rate, version_at};
use riposte::rules::window::{window_facts, window_opened_at};
use riposte::rules::zone;

use super::{Rule, rule};

const LEA: ContactAddress<'static> = ContactAddress { phone: Some("33612345678"), bsuid: None };
const NOBODY_LISTS: ContactAddress<'static> = ContactAddress { phone: Some("998901234567"), bsuid: None };

fn policy() -> WindowPolicy {
    WindowPolicy {
        length_ms: Some(86_400_000),
        human_agent_ms: None,
        reactions_count: false,
        unsupported_counts: true,
        request_welcome_counts: false,
    }
}

fn begin() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// Three replies a day for a year to a customer who writes each morning; each tenth is a template.
fn year() -> (Vec<DateTime<Utc>>, Vec<BillingFact>) {
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
            window_opened_at: window_opened_at(&policy(), last.as_slice(), &[], at),
            free_until: None,
        }
    });
    let sent = sent.collect();
    (wrote, sent)
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

fn quoted(tariff: &Tariff, cover: Option<&PaidCover>, wrote: &[DateTime<Utc>], now: DateTime<Utc>) {
    let window = window_facts(&policy(), wrote, &[], None);
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
    std::hint::black_box(quote(Some(tariff), &facts, ChargeKind::Reply, now));
}

pub(crate) fn rules() -> Vec<Rule> {
    let page = Rc::new(page_tariff().expect("core/data/page_tariff.json"));
    let meta = Rc::new(meta_tariff(&WallClock::fixed(60)).expect("core/data/meta_*.json"));
    let (wrote, sent) = year();
    let sent = Rc::new(sent);
    let now = begin() + TimeDelta::hours(2);
    let version = Rc::new(version_at(&page, now).expect("the page's tariff has no first day").clone());
    let page_charges = Rc::new(charges(&page, LEA, &sent));
    let entries = Rc::new(ledger(&page_charges));
    let standing = page_charges.iter().filter(|charge| charge.state != ChargeState::Void).count();
    assert!(standing > 300, "the year is charged for: {standing}");
    let covered = PaidCover { started_at: begin(), charge: LedgerId(1), message_id: MessageId(1) };
    let first = wrote.first().copied().into_iter().collect::<Vec<_>>();

    let with = |tariff: &Rc<Tariff>| (tariff.clone(), sent.clone());
    let (for_market, for_unlisted, for_rate) = (version.clone(), version.clone(), version);
    let ((page_a, sent_a), (meta_a, sent_b)) = (with(&page), with(&meta));
    let (page_b, charges_b) = (page.clone(), page_charges.clone());
    let (page_c, first_c) = (page.clone(), first.clone());
    let (page_d, first_d) = (page, first.clone());
    let meta_c = meta.clone();
    let meta_charges = charges(&meta, LEA, &sent);
    vec![
        rule("market of a French number", move || market_of(&for_market, LEA)),
        rule("market of the number listed last", move || market_of(&for_unlisted, NOBODY_LISTS)),
        rule("one form for all the ways to write a number", || same_for_all_forms("+55 (11) 8765-4321")),
        rule("rate of a market", move || rate(&for_rate, "united_kingdom", ChargeKind::Reply)),
        rule("quote of a reply that costs", move || quoted(&page_c, None, &first_c, now)),
        rule("quote of a reply that is covered", move || quoted(&page_d, Some(&covered), &first_d, now)),
        rule("quote of a reply under Meta's tariff", move || quoted(&meta_c, None, &first, now)),
        rule("charges of a year (1,095 messages), the page's tariff", move || charges(&page_a, LEA, &sent_a)),
        rule("charges of a year (1,095 messages), Meta's tariff", move || charges(&meta_a, LEA, &sent_b)),
        rule("the newest cover among a year's charges", move || newest_cover(&page_b, &charges_b).is_some()),
        rule("a year's charges paid by free messages, then money", move || {
            settle(&meta, &WallClock::fixed(60), ChannelId(1), &mut Vec::new(), &meta_charges)
        }),
        rule("report of a year's ledger", move || report(entries.iter())),
        rule("the month around an instant", move || zone::month_around(&WallClock::fixed(60), now)),
        rule("reading the page's tariff from its file", page_tariff_is_read),
        rule("putting Meta's tariff together from its files", meta_tariff_is_read),
    ]
}

fn page_tariff_is_read() -> usize {
    page_tariff().map_or(0, |tariff| tariff.versions.len())
}

fn meta_tariff_is_read() -> usize {
    meta_tariff(&WallClock::fixed(60)).map_or(0, |tariff| tariff.versions.len())
}
