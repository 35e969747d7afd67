use super::*;
use crate::model::{Allowance, AllowanceKind, ChannelId, Money, PaidCover, PhraseKey, WindowFacts, WindowPolicy};
use crate::model::{
    AllowanceId, ChargeState, Currency, LedgerId, MessageId, MessageRules, MonthlyFree, MonthlyPer, TariffModel,
};
use crate::rules::billing::{BillingFact, charges, newest_cover};
use crate::rules::market::{ContactAddress, MarketUnknown};
use crate::rules::table::{at, priced_at_five_cents, whatsapp_window};
use crate::rules::time::plus_ms;
use crate::rules::window::{ReplyWindow, reply_window};
use crate::rules::window::{window_closed_since, window_facts};
use proptest::prelude::*;

const FRANCE: ContactAddress<'static> = ContactAddress { phone: Some("33612345678"), bsuid: None };

/// A customer of France who wrote once, and what the phone knows.
struct Case {
    policy: WindowPolicy,
    window: WindowFacts,
    cover: Option<PaidCover>,
    waiting: Vec<ChargeKind>,
    elsewhere: Vec<Elsewhere>,
    allowances: Vec<Allowance>,
    contact: ContactAddress<'static>,
    tariff: Option<Tariff>,
}

fn customer_wrote(time: &str) -> Case {
    Case {
        policy: whatsapp_window(),
        window: window_facts(&whatsapp_window(), &[at(time)], &[], None),
        cover: None,
        waiting: Vec::new(),
        elsewhere: Vec::new(),
        allowances: Vec::new(),
        contact: FRANCE,
        tariff: Some(priced_at_five_cents()),
    }
}

impl Case {
    fn answered(self, time: &str) -> Self {
        Self { cover: Some(PaidCover { started_at: at(time), charge: LedgerId(1), message_id: MessageId(1) }), ..self }
    }

    fn quote(&self, kind: ChargeKind, now: &str) -> PriceQuote {
        let facts = QuoteFacts {
            policy: &self.policy,
            window: &self.window,
            cover: self.cover.as_ref(),
            waiting: Waiting { here: &self.waiting, elsewhere: &self.elsewhere },
            charged_templates: &[],
            channel_id: ChannelId(1),
            allowances: &self.allowances,
            contact: self.contact,
        };
        quote(self.tariff.as_ref(), &facts, kind, at(now))
    }

    fn reply(&self, now: &str) -> PriceQuote {
        self.quote(ChargeKind::Reply, now)
    }
}

fn five_cents() -> PriceQuote {
    let price = Money { micros: 50_000, currency: Currency::EUR };
    PriceQuote::Costs { price, market: "france".to_owned(), estimate: false }
}

fn covered(until: &str) -> PriceQuote {
    PriceQuote::Covered { until: at(until) }
}

fn not_priced(why: NotPricedReason) -> PriceQuote {
    PriceQuote::NotPriced { why }
}

fn grant(left: i64) -> Allowance {
    Allowance {
        id: AllowanceId(1),
        kind: AllowanceKind::Grant,
        total: 1_000,
        left,
        until: None,
        from: None,
        channel_id: None,
    }
}

#[test]
fn the_first_answer_costs_one_rate() {
    assert_eq!(customer_wrote("2 10:00").reply("2 11:00"), five_cents());
}

#[test]
fn further_answers_are_paid_until_the_earlier_of_cover_and_window() {
    let case = customer_wrote("2 10:00").answered("2 11:00");
    assert_eq!(case.reply("2 12:00"), covered("3 10:00"), "the window ends before the cover");
    let mut extended = customer_wrote("2 10:00").answered("2 11:00");
    extended.window = window_facts(&whatsapp_window(), &[at("2 10:00"), at("2 20:00")], &[], None);
    assert_eq!(extended.reply("2 22:00"), covered("3 11:00"), "the cover ends before the window");
    assert_eq!(extended.reply("3 10:59:59.999"), covered("3 11:00"));
    assert_eq!(extended.reply("3 11:00"), five_cents());
}

#[test]
fn the_cover_of_an_earlier_window_covers_nothing() {
    let mut case = customer_wrote("2 10:00").answered("2 20:00");
    case.window = window_facts(&whatsapp_window(), &[at("2 10:00"), at("3 10:00")], &[], None);
    assert_eq!(case.reply("3 11:00"), five_cents());
    let tariff = case.tariff.as_mut().unwrap();
    if let TariffModel::PaidCover(rules) = &mut tariff.versions[0].model {
        rules.cover_crosses_windows = true;
    }
    assert_eq!(case.reply("3 11:00"), covered("3 20:00"), "unless the tariff says so");
}

#[test]
fn a_template_costs_even_while_a_reply_would_not() {
    assert_eq!(customer_wrote("2 10:00").answered("2 11:00").quote(ChargeKind::Template, "2 12:00"), five_cents());
}

#[test]
fn a_free_entry_point_is_free_until_its_end() {
    let mut case = customer_wrote("2 10:00");
    case.window.free_until = Some(at("2 12:00"));
    let free = PriceQuote::Free { why: FreeReason::FreeEntryPoint { until: at("2 12:00") } };
    assert_eq!(case.reply("2 11:59:59.999"), free);
    assert_eq!(case.quote(ChargeKind::Template, "2 11:59:59.999"), free);
    assert_eq!(case.reply("2 12:00"), five_cents());
}

#[test]
fn a_reply_that_waits_pays_for_the_next_one() {
    let mut case = customer_wrote("2 10:00");
    case.waiting = vec![ChargeKind::Reply];
    assert_eq!(case.reply("2 11:00"), covered("3 10:00"));
    assert_eq!(case.quote(ChargeKind::Template, "2 11:00"), five_cents());
}

#[test]
fn what_waits_takes_its_free_messages_first() {
    let mut case = customer_wrote("2 10:00");
    case.allowances = vec![grant(3)];
    let left = |left| PriceQuote::Allowance { kind: AllowanceKind::Grant, left };
    assert_eq!(case.reply("2 11:00"), left(3));
    case.waiting = vec![ChargeKind::Template];
    case.elsewhere = vec![to_tom(ChargeKind::Template)];
    assert_eq!(case.reply("2 11:00"), left(1));
    case.waiting = [vec![ChargeKind::Reply; 5], vec![ChargeKind::Template]].concat();
    case.elsewhere.clear();
    assert_eq!(case.quote(ChargeKind::Template, "2 11:00"), left(1), "five replies take one, under one cover");
    case.waiting.push(ChargeKind::Template);
    assert_eq!(case.quote(ChargeKind::Template, "2 11:00"), five_cents());
}

fn to_tom(kind: ChargeKind) -> Elsewhere {
    Elsewhere { conversation_id: crate::model::ConversationId(2), channel_id: ChannelId(1), kind }
}

fn estimated(quote: PriceQuote) -> PriceQuote {
    match quote {
        PriceQuote::Costs { price, market, .. } => PriceQuote::Costs { price, market, estimate: true },
        other => other,
    }
}

#[test]
fn of_two_conversations_for_the_last_unit_both_quotes_are_estimates() {
    let mut case = customer_wrote("2 10:00");
    case.allowances = vec![grant(1)];
    case.elsewhere = vec![to_tom(ChargeKind::Reply)];
    assert_eq!(case.reply("2 11:00"), estimated(five_cents()));
    case.elsewhere.push(to_tom(ChargeKind::Reply));
    case.allowances = vec![grant(2)];
    let left = PriceQuote::Allowance { kind: AllowanceKind::Grant, left: 1 };
    assert_eq!(case.reply("2 11:00"), left, "two replies to Tom are under one cover");
    case.allowances.clear();
    assert_eq!(case.reply("2 11:00"), five_cents(), "without a unit there is nothing to wait for");
}

#[test]
fn a_waiting_template_takes_none_of_the_months_free_replies() {
    let mut case = customer_wrote("2 10:00");
    let mut tariff = priced_at_five_cents();
    tariff.versions[0].model = TariffModel::PerMessage(MessageRules::default());
    tariff.versions[0].monthly_free = Some(MonthlyFree { kind: ChargeKind::Reply, units: 2, per: MonthlyPer::Number });
    case.tariff = Some(tariff);
    let left = |left| PriceQuote::Allowance { kind: AllowanceKind::Monthly, left };
    case.waiting = vec![ChargeKind::Utility];
    case.elsewhere = vec![to_tom(ChargeKind::Marketing)];
    assert_eq!(case.reply("2 11:00"), left(2));
    case.waiting.push(ChargeKind::Reply);
    assert_eq!(case.reply("2 11:00"), left(1));
    case.elsewhere = vec![Elsewhere { channel_id: ChannelId(2), ..to_tom(ChargeKind::Reply) }];
    assert_eq!(case.reply("2 11:00"), left(1), "another number has free replies of its own");
}

#[test]
fn a_template_that_is_free_in_the_window_takes_no_unit() {
    let mut case = customer_wrote("2 10:00");
    let mut tariff = priced_at_five_cents();
    let free_in_window = vec![ChargeKind::Utility];
    tariff.versions[0].model = TariffModel::PerMessage(MessageRules { free_in_window });
    case.tariff = Some(tariff);
    case.allowances = vec![grant(1)];
    case.waiting = vec![ChargeKind::Utility];
    assert_eq!(case.reply("2 11:00"), PriceQuote::Allowance { kind: AllowanceKind::Grant, left: 1 });
    assert_eq!(case.reply("3 11:00"), five_cents(), "after the window the template takes it");
}

#[test]
fn a_second_waiting_template_of_a_category_is_covered_by_the_first_where_the_tariff_has_it_so() {
    let mut case = customer_wrote("2 10:00");
    if let TariffModel::PaidCover(rules) = &mut case.tariff.as_mut().unwrap().versions[0].model {
        rules.same_category_template_free = true;
    }
    case.waiting = vec![ChargeKind::Utility];
    assert_eq!(case.quote(ChargeKind::Utility, "2 11:00"), covered("3 11:00"));
    assert_eq!(case.quote(ChargeKind::Marketing, "2 11:00"), five_cents());
}

#[test]
fn on_messenger_a_reply_is_paid_until_the_end_of_the_days_for_a_person() {
    let mut case = customer_wrote("2 10:00").answered("3 09:00");
    case.policy = crate::rules::table::messenger_window();
    case.window = window_facts(&case.policy, &[at("2 10:00")], &[], None);
    assert_eq!(case.reply("3 09:30"), covered("4 09:00"), "the standard window ends at ten, the cover does not");
    if let TariffModel::PaidCover(rules) = &mut case.tariff.as_mut().unwrap().versions[0].model {
        rules.cover_ms = 30 * 24 * 3_600_000;
    }
    assert_eq!(case.reply("3 09:30"), covered("9 10:00"));
}

#[test]
fn what_has_no_price_is_not_free() {
    let mut case = customer_wrote("2 10:00");
    case.contact = ContactAddress { phone: Some("0612345678"), bsuid: None };
    assert_eq!(case.reply("2 11:00"), not_priced(NotPricedReason::UnknownMarket(MarketUnknown::NotInternational)));
    case.contact = ContactAddress::default();
    assert_eq!(case.reply("2 11:00"), not_priced(NotPricedReason::UnknownMarket(MarketUnknown::NoNumber)));
    case.contact = FRANCE;
    assert_eq!(case.quote(ChargeKind::Unknown, "2 11:00"), not_priced(NotPricedReason::UnknownTariff));
    case.tariff.as_mut().unwrap().versions[0].rates.clear();
    assert_eq!(case.reply("2 11:00"), not_priced(NotPricedReason::NoRate));
    case.tariff.as_mut().unwrap().versions[0].from = Some(at("3 00:00"));
    assert_eq!(case.reply("2 11:00"), not_priced(NotPricedReason::UnknownTariff));
    case.tariff = None;
    assert_eq!(case.reply("2 11:00"), not_priced(NotPricedReason::NoTariff));
}

#[test]
fn a_market_guessed_from_a_bsuid_is_an_estimate() {
    let mut case = customer_wrote("2 10:00");
    case.contact = ContactAddress { phone: None, bsuid: Some("FR.1A") };
    let quote = case.reply("2 11:00");
    assert!(matches!(quote, PriceQuote::Costs { estimate: true, .. }));
    assert_eq!(phrase(&quote).key, PhraseKey::QuoteEstimate);
}

#[test]
fn the_price_stands_on_the_button() {
    assert_eq!(button(&five_cents()).key, PhraseKey::SendTemplatePriced);
    assert_eq!(button(&not_priced(NotPricedReason::NoTariff)).key, PhraseKey::SendTemplate);
}

/// What happens in a conversation, an hour step at a time.
#[derive(Debug, Clone, Copy)]
enum Event {
    CustomerWrites,
    Sends(ChargeKind),
}

fn any_events() -> impl Strategy<Value = Vec<(i64, Event)>> {
    let event = prop_oneof![
        3 => Just(Event::CustomerWrites),
        4 => Just(Event::Sends(ChargeKind::Reply)),
        1 => Just(Event::Sends(ChargeKind::Template)),
    ];
    prop::collection::vec((1_i64..20, event), 1..25)
}

proptest! {
    /// Quote, send, charge: when nothing else happens in between, the two agree.
    #[test]
    fn the_quote_and_the_charge_agree(
        events in any_events(),
        crosses in prop::bool::ANY,
        template_covers in prop::bool::ANY,
    ) {
        let mut tariff = priced_at_five_cents();
        if let TariffModel::PaidCover(rules) = &mut tariff.versions[0].model {
            (rules.cover_crosses_windows, rules.template_covers_replies) = (crosses, template_covers);
        }
        let policy = whatsapp_window();
        let (mut now, mut wrote, mut sent) = (at("2 00:00"), Vec::new(), Vec::<BillingFact>::new());
        for (hours, event) in events {
            now = plus_ms(now, hours * 3_600_000);
            let Event::Sends(kind) = event else { wrote.push(now); continue };
            let window = window_facts(&policy, &wrote, &[], None);
            let open = matches!(reply_window(&policy, &window, now), ReplyWindow::Open { .. });
            if kind == ChargeKind::Reply && !open {
                continue; // the provider would refuse it
            }
            let before = charges(&tariff, FRANCE, &sent);
            let cover = newest_cover(&tariff, &before)
                .map(|charge| PaidCover { started_at: charge.at, charge: LedgerId(1), message_id: charge.message_id });
            let facts = QuoteFacts {
                policy: &policy, window: &window, cover: cover.as_ref(), waiting: Waiting::default(),
                charged_templates: &[], channel_id: ChannelId(1), allowances: &[], contact: FRANCE,
            };
            let quoted = quote(Some(&tariff), &facts, kind, now);
            let message_id = MessageId(sent.len() as i64 + 1);
            // A template into a closed window stands in none: what it starts, ends with it.
            let window_opened_at = if open { window.opened_at } else { None };
            sent.push(BillingFact { message_id, kind, at: now, delivered_at: None, failed: false, confirmed: false, billable: None, window_opened_at, closed_since: window_closed_since(&policy, &wrote, &[], now), free_until: None });
            let charged = charges(&tariff, FRANCE, &sent).into_iter().find(|charge| charge.message_id == message_id);
            match (quoted, charged) {
                (PriceQuote::Costs { price, .. }, Some(charge)) => {
                    prop_assert_eq!(charge.price, Some(price));
                    prop_assert_eq!(charge.state, ChargeState::Provisional);
                }
                (PriceQuote::Covered { .. }, None) => {}
                (quoted, charged) => prop_assert!(false, "{:?} became {:?}", quoted, charged),
            }
        }
    }
}
