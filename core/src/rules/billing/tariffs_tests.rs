//! One story under the page's tariff and under Meta's three.

use super::*;
use crate::model::{
    Allowance, AllowanceId, AllowanceKind, ChannelId, ChargeKind, ChargeState, CoverAnchor, CoverRules, LedgerId,
    MessageId, PaidCover, Rate, Tariff, TariffModel, WallClock, WindowFacts,
};
use crate::rules::market::ContactAddress;
use crate::rules::meta_tariff::meta_tariff;
use crate::rules::table::{HOUR, at, priced_at_five_cents, whatsapp_window};
use crate::rules::tariff::as_of;
use crate::rules::time::plus_ms;
use crate::rules::window::{ReplyWindow, reply_window, window_closed_since, window_facts, window_opened_at};
use chrono::{DateTime, Utc};
use proptest::prelude::*;

const FRANCE: ContactAddress<'static> = ContactAddress { phone: Some("33612345678"), bsuid: None };

/// Meta's tariff as it was on a day, whatever the story's own date.
fn meta(day: &str) -> Tariff {
    as_of(&meta_tariff(&WallClock::fixed(60)).unwrap(), format!("{day}T12:00:00Z").parse().unwrap()).unwrap()
}

fn conversations_with_a_free_thousand() -> Tariff {
    meta("2024-10-01")
}

fn conversations() -> Tariff {
    meta("2025-06-30")
}

fn per_template() -> Tariff {
    meta("2026-09-30")
}

fn per_message() -> Tariff {
    meta("2026-10-01")
}

/// Sent to a customer who wrote at these times; everything arrives and is reported on at once.
fn story(customer_at: &[&str], sent: &[(ChargeKind, &str)]) -> Vec<BillingFact> {
    let wrote: Vec<_> = customer_at.iter().map(|time| at(time)).collect();
    sent.iter().zip(1..).map(|((kind, time), id)| arrived(&wrote, *kind, at(time), id)).collect()
}

fn arrived(wrote: &[DateTime<Utc>], kind: ChargeKind, time: DateTime<Utc>, id: i64) -> BillingFact {
    BillingFact {
        message_id: MessageId(id),
        kind,
        at: time,
        delivered_at: Some(time),
        failed: false,
        confirmed: true,
        billable: Some(true),
        window_opened_at: window_opened_at(&whatsapp_window(), wrote, &[], time),
        closed_since: window_closed_since(&whatsapp_window(), wrote, &[], time),
        free_until: None,
    }
}

/// The message, what it is charged as, and the price in ten-thousandths.
fn bill(tariff: &Tariff, facts: &[BillingFact]) -> Vec<(i64, ChargeKind, i64)> {
    let charges = charges(tariff, FRANCE, facts);
    let standing = charges.iter().filter(|charge| charge.state != ChargeState::Void);
    standing.map(|charge| (charge.message_id.0, charge.kind, charge.price.unwrap().micros / 100)).collect()
}

use ChargeKind::{Authentication, Marketing, Reply, Template, Utility};

#[test]
fn a_talk_with_a_template_under_the_four_tariffs() {
    let talk = story(
        &["2 10:00", "4 09:00"],
        &[
            (Reply, "2 10:05"),
            (Reply, "2 11:00"),
            (Utility, "2 12:00"),
            (Utility, "4 08:00"),
            (Reply, "4 09:10"),
            (Reply, "4 09:20"),
        ],
    );
    assert_eq!(
        bill(&priced_at_five_cents(), &talk),
        [(1, Reply, 500), (3, Template, 500), (4, Template, 500), (5, Reply, 500)]
    );
    assert_eq!(
        bill(&conversations_with_a_free_thousand(), &talk),
        [(1, Reply, 500), (3, Utility, 500), (4, Utility, 500)],
        "the conversation that the template of the 4th opened covers the replies"
    );
    assert_eq!(bill(&conversations(), &talk), [(3, Utility, 500), (4, Utility, 500)], "service conversations are free");
    assert_eq!(bill(&per_template(), &talk), [(4, Utility, 248)], "in the window a utility template is free");
    assert_eq!(
        bill(&per_message(), &talk),
        [(1, Reply, 248), (2, Reply, 248), (3, Utility, 248), (4, Utility, 248), (5, Reply, 248), (6, Reply, 248)]
    );
}

#[test]
fn marketing_and_authentication_are_charged_in_the_window_too() {
    let talk = story(&["2 10:00"], &[(Marketing, "2 10:05"), (Authentication, "2 10:06"), (Utility, "2 10:07")]);
    assert_eq!(bill(&per_template(), &talk), [(1, Marketing, 712), (2, Authentication, 248)]);
    assert_eq!(bill(&per_message(), &talk), [(1, Marketing, 712), (2, Authentication, 248), (3, Utility, 248)]);
}

#[test]
fn a_conversation_is_one_of_its_category_and_lasts_24_hours_from_arriving() {
    let sent = [(Marketing, "2 10:00"), (Marketing, "3 09:59"), (Marketing, "3 10:00"), (Utility, "3 10:01")];
    assert_eq!(
        bill(&conversations(), &story(&[], &sent)),
        [(1, Marketing, 1_000), (3, Marketing, 1_000), (4, Utility, 500)]
    );
}

#[test]
fn what_never_arrives_is_never_final() {
    let mut talk = story(&["2 10:00"], &[(Reply, "2 10:05")]);
    talk[0].delivered_at = None;
    assert_eq!(charges(&per_message(), FRANCE, &talk)[0].state, ChargeState::Provisional);
    talk[0].failed = true;
    assert_eq!(charges(&per_message(), FRANCE, &talk)[0].state, ChargeState::Void);
}

#[test]
fn what_the_provider_does_not_bill_is_void_under_its_own_tariff() {
    let mut talk = story(&["2 10:00"], &[(Reply, "2 10:05"), (Reply, "2 10:06")]);
    talk[0].billable = Some(false);
    let states = charges(&per_message(), FRANCE, &talk).iter().map(|charge| charge.state).collect::<Vec<_>>();
    assert_eq!(states, [ChargeState::Void, ChargeState::Final]);
}

#[test]
fn a_free_entry_point_is_free_under_every_tariff() {
    let mut talk = story(&["2 10:00"], &[(Reply, "2 10:05"), (Marketing, "2 10:06")]);
    talk.iter_mut().for_each(|fact| fact.free_until = Some(at("5 10:05")));
    for tariff in [priced_at_five_cents(), conversations(), per_template(), per_message()] {
        assert_eq!(bill(&tariff, &talk), []);
    }
}

#[test]
fn the_version_is_that_of_the_day_a_message_is_charged() {
    let meta = meta_tariff(&WallClock::fixed(60)).unwrap();
    let utc = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let wrote = [utc("2026-09-30T20:00:00Z")];
    let before = arrived(&wrote, Reply, utc("2026-09-30T21:59:00Z"), 1);
    let across = BillingFact {
        delivered_at: Some(utc("2026-09-30T23:00:00Z")),
        ..arrived(&wrote, Reply, utc("2026-09-30T22:59:00Z"), 2)
    };
    assert_eq!(bill(&meta, &[before, across]), [(2, Reply, 248)], "sent in September and delivered in October");
}

#[test]
fn a_thousand_replies_of_a_number_are_free_each_month_and_the_next_is_not() {
    let tariff = per_message();
    let zone = WallClock::fixed(60);
    let wrote: Vec<_> = (1..=30).map(|day| at(&format!("{day} 00:00"))).collect();
    let reply = |minute: i64| arrived(&wrote, Reply, plus_ms(at("1 01:00"), minute * 60_000), minute + 1);
    let mut facts: Vec<_> = (0..1_005).map(reply).collect();
    facts[10].failed = true;
    facts[10].delivered_at = None;
    let charges = charges(&tariff, FRANCE, &facts);
    let mut allowances = Vec::new();
    let paid = settle(&tariff, &zone, ChannelId(1), &mut allowances, &charges);
    assert_eq!(paid.len(), 1_000);
    let due: Vec<_> = charges
        .iter()
        .filter(|charge| charge.state != ChargeState::Void && !paid.contains_key(&charge.message_id))
        .collect();
    assert_eq!(due.iter().map(|charge| charge.message_id.0).collect::<Vec<_>>(), [1_002, 1_003, 1_004, 1_005]);
    assert_eq!((allowances.len(), allowances[0].left), (1, 0));

    let december = [arrived(&[at("30 23:00")], Reply, at("30 23:00"), 9_001)];
    let charges = super::charges(&tariff, FRANCE, &december);
    assert_eq!(
        settle(&tariff, &zone, ChannelId(1), &mut allowances, &charges).len(),
        1,
        "where the account is it is December"
    );
    assert_eq!(allowances[1].left, 999);
    assert_eq!(settle(&tariff, &zone, ChannelId(2), &mut allowances, &charges).len(), 1, "another number");
    assert_eq!(allowances[2].channel_id, Some(ChannelId(2)));
}

#[test]
fn before_november_2024_the_thousand_were_the_accounts() {
    let tariff = conversations_with_a_free_thousand();
    let charges = charges(&tariff, FRANCE, &story(&["2 10:00"], &[(Reply, "2 10:05"), (Utility, "2 10:06")]));
    let mut allowances = Vec::new();
    let paid = settle(&tariff, &WallClock::fixed(60), ChannelId(1), &mut allowances, &charges);
    assert_eq!(paid.keys().map(|id| id.0).collect::<Vec<_>>(), [1], "service conversations only");
    assert_eq!((allowances[0].left, allowances[0].channel_id), (999, None));
}

#[test]
fn the_free_messages_of_a_month_go_before_the_grant_and_the_plan() {
    let tariff = per_message();
    let charges = charges(&tariff, FRANCE, &story(&["2 10:00"], &[(Reply, "2 10:05"), (Utility, "2 10:06")]));
    let grant = Allowance {
        id: AllowanceId(1),
        kind: AllowanceKind::Grant,
        total: 1_000,
        left: 3,
        until: None,
        from: None,
        channel_id: None,
    };
    let mut allowances = vec![grant];
    let paid = settle(&tariff, &WallClock::fixed(60), ChannelId(1), &mut allowances, &charges);
    assert_eq!(paid.values().map(|id| id.0).collect::<Vec<_>>(), [2, 1], "the reply, then the template");
}

/// What happens in a conversation.
#[derive(Debug, Clone, Copy)]
enum Event {
    CustomerWrites,
    Sends(ChargeKind),
}

fn any_events() -> impl Strategy<Value = Vec<(i64, Event)>> {
    let event = prop_oneof![
        3 => Just(Event::CustomerWrites),
        4 => Just(Event::Sends(Reply)),
        1 => Just(Event::Sends(Utility)),
        1 => Just(Event::Sends(Marketing)),
    ];
    prop::collection::vec((1_i64..20, event), 1..25)
}

/// The page's tariff with every setting of a cover, and Meta's.
fn any_tariff() -> impl Strategy<Value = Tariff> {
    let settings = (1_i64..40, prop::bool::ANY, prop::bool::ANY, prop::bool::ANY, prop::bool::ANY);
    let page = settings.prop_map(|(hours, crosses, template, by_window, same)| {
        let mut tariff = priced_at_five_cents();
        tariff.versions[0].model = TariffModel::PaidCover(CoverRules {
            cover_ms: hours * HOUR,
            cover_crosses_windows: crosses,
            template_covers_replies: template,
            anchor: if by_window { CoverAnchor::WindowOpened } else { CoverAnchor::ChargedMessage },
            same_category_template_free: same,
        });
        // Categories have prices of their own: only then does the ledger tell them apart.
        for kind in [Marketing, Utility] {
            tariff.versions[0].rates.push(Rate { market: "france".to_owned(), kind: Some(kind), micros: 30_000 });
        }
        tariff
    });
    let meta = prop::sample::select(vec![
        conversations_with_a_free_thousand(),
        conversations(),
        per_template(),
        per_message(),
    ]);
    prop_oneof![3 => page, 4 => meta]
}

/// What a phone knows of the covers of a conversation.
fn newest(tariff: &Tariff, sent: &[BillingFact]) -> (Option<PaidCover>, Vec<(ChargeKind, DateTime<Utc>)>) {
    let charges = charges(tariff, FRANCE, sent);
    let cover = newest_cover(tariff, &charges).map(|cover| PaidCover {
        started_at: cover.at,
        charge: LedgerId(1),
        message_id: cover.message_id,
    });
    let templates = charges.iter().filter(|charge| charge.state != ChargeState::Void && charge.kind.is_template());
    (cover, templates.map(|charge| (charge.kind, charge.at)).collect())
}

fn window(wrote: &[DateTime<Utc>]) -> WindowFacts {
    window_facts(&whatsapp_window(), wrote, &[], None)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Quote, send, charge under each of the tariffs: when nothing else happens in between, the two
    /// agree to the millionth, and so does what pays.
    #[test]
    fn the_quote_and_the_charge_agree_under_every_tariff(
        tariff in any_tariff(),
        events in any_events(),
        units in 0_i64..4,
    ) {
        let policy = whatsapp_window();
        let zone = WallClock::fixed(0);
        let grant = Allowance { id: AllowanceId(1), kind: AllowanceKind::Grant, total: 4, left: units, until: None, from: None, channel_id: None };
        let (mut now, mut wrote, mut sent) = (at("2 00:00"), Vec::new(), Vec::<BillingFact>::new());
        for (hours, event) in events {
            now = plus_ms(now, hours * HOUR);
            let Event::Sends(kind) = event else { wrote.push(now); continue };
            let window = window(&wrote);
            let open = matches!(reply_window(&policy, &window, now), ReplyWindow::Open { .. });
            if kind == Reply && !open {
                continue; // the provider would refuse it
            }
            let mut held = vec![grant.clone()];
            settle(&tariff, &zone, ChannelId(1), &mut held, &charges(&tariff, FRANCE, &sent));
            let (cover, charged_templates) = newest(&tariff, &sent);
            let facts = QuoteFacts {
                policy: &policy, window: &window, cover: cover.as_ref(), charged_templates: &charged_templates,
                channel_id: ChannelId(1), waiting: Waiting::default(), allowances: &held, contact: FRANCE,
            };
            let quoted = quote(Some(&tariff), &facts, kind, now);
            let id = sent.len() as i64 + 1;
            let fact = arrived(&wrote, kind, now, id);
            sent.push(BillingFact { window_opened_at: if open { window.opened_at } else { None }, ..fact });
            let charges = charges(&tariff, FRANCE, &sent);
            let mut after = vec![grant.clone()];
            let paid = settle(&tariff, &zone, ChannelId(1), &mut after, &charges);
            let charged = charges.into_iter().find(|charge| charge.message_id.0 == id);
            match (quoted, charged) {
                (PriceQuote::Costs { price, market, estimate: false }, Some(charge)) => {
                    prop_assert_eq!((charge.price, charge.market), (Some(price), Some(market)));
                    prop_assert_eq!(paid.get(&MessageId(id)), None);
                }
                (PriceQuote::Allowance { kind, left }, Some(charge)) => {
                    let payer = after.iter().find(|held| Some(&held.id) == paid.get(&charge.message_id)).unwrap();
                    prop_assert_eq!((payer.kind, payer.left), (kind, left - 1));
                }
                (PriceQuote::Covered { until }, None) => prop_assert!(now < until),
                (PriceQuote::Free { .. }, None) => {}
                (quoted, charged) => prop_assert!(false, "{:?} became {:?}", quoted, charged),
            }
        }
    }
}
