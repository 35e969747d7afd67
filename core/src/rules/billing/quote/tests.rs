use super::*;
use crate::model::{AllowanceId, ChargeState, Currency, LedgerId, MessageId, TariffModel};
use crate::rules::billing::{BillingFact, charges, newest_cover};
use crate::rules::table::{at, priced_at_five_cents, whatsapp_window};
use crate::rules::time::plus_ms;
use crate::rules::window::window_facts;
use proptest::prelude::*;

const FRANCE: ContactAddress<'static> = ContactAddress { phone: Some("33612345678"), bsuid: None };

/// A customer of France who wrote once, and what the phone knows.
struct Case {
    policy: WindowPolicy,
    window: WindowFacts,
    cover: Option<PaidCover>,
    waiting: Waiting,
    allowances: Vec<Allowance>,
    contact: ContactAddress<'static>,
    tariff: Option<Tariff>,
}

fn customer_wrote(time: &str) -> Case {
    Case {
        policy: whatsapp_window(),
        window: window_facts(&whatsapp_window(), &[at(time)], &[], None),
        cover: None,
        waiting: Waiting::default(),
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
            waiting: self.waiting,
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
    case.waiting.replies = 1;
    assert_eq!(case.reply("2 11:00"), covered("3 10:00"));
    assert_eq!(case.quote(ChargeKind::Template, "2 11:00"), five_cents());
}

#[test]
fn what_waits_takes_its_free_messages_first() {
    let mut case = customer_wrote("2 10:00");
    case.allowances = vec![grant(3)];
    let left = |left| PriceQuote::Allowance { kind: AllowanceKind::Grant, left };
    assert_eq!(case.reply("2 11:00"), left(3));
    case.waiting = Waiting { replies: 0, templates: 1, elsewhere: 1 };
    assert_eq!(case.reply("2 11:00"), left(1));
    case.waiting = Waiting { replies: 5, templates: 1, elsewhere: 1 };
    assert_eq!(case.quote(ChargeKind::Template, "2 11:00"), five_cents(), "five replies take one, under one cover");
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
            sent.push(BillingFact { message_id, kind, at: now, delivered_at: None, failed: false, confirmed: false, billable: None, window_opened_at, free_until: None });
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
