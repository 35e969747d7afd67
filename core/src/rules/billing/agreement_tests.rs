//! What is quoted is what is charged: random histories of an account.
//!
//! Each history has two customers of one number, a grant, one of the tariffs with drawn settings, and
//! events in time: customers write, replies and templates of several kinds leave together as they waited
//! in the outbox, some fail, a refusal closes a window, a customer changes the number, the rates change.
//! Before messages leave, each one is quoted behind those that wait before it; afterwards the ledger has
//! to agree to the millionth, and in what paid. Quotes that depend on the other customer's messages have
//! to be estimates. A final charge keeps its price.
//!
//! `RIPOSTE_SEEDS=n` tries the first n seeds (2,000 otherwise), `RIPOSTE_SEEDS=n-m` those from n to m,
//! `RIPOSTE_SEED=n` one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::*;
use crate::model::{
    Allowance, AllowanceId, AllowanceKind, ChannelId, ChargeKind, ChargeState, ConversationId, CoverAnchor, CoverRules,
    LedgerEntry, LedgerId, MessageId, PaidCover, Rate, Tariff, TariffModel, WallClock,
};
use crate::random::Random;
use crate::rules::market::ContactAddress;
use crate::rules::meta_tariff::meta_tariff;
use crate::rules::table::{HOUR, at, priced_at_five_cents, whatsapp_window};
use crate::rules::tariff::as_of;
use crate::rules::time::plus_ms;
use crate::rules::window::{ReplyWindow, reply_window, window_closed_since, window_facts, window_opened_at};

use ChargeKind::{Marketing, Reply, Utility};

const NUMBER: ChannelId = ChannelId(1);
const PHONES: [&str; 3] = ["33612345678", "34612345678", "4915112345678"];

/// A customer and what was sent to them.
#[derive(Default)]
struct Customer {
    phone: usize,
    wrote: Vec<DateTime<Utc>>,
    refused: Vec<DateTime<Utc>>,
    sent: Vec<BillingFact>,
}

struct History {
    random: Random,
    tariff: Tariff,
    grant: i64,
    now: DateTime<Utc>,
    customers: [Customer; 2],
    ledger: BTreeMap<MessageId, LedgerEntry>,
    next_id: i64,
}

/// What is quoted for a message that is about to leave.
struct Quoted {
    message_id: MessageId,
    quote: PriceQuote,
    beside_others: bool,
}

fn any_tariff(random: &mut Random) -> Tariff {
    if random.percent(50) {
        let days = ["2024-10-01", "2025-06-30", "2026-09-30", "2026-10-01"];
        let day = format!("{}T12:00:00Z", random.one_of(&days).unwrap());
        return as_of(&meta_tariff(&WallClock::fixed(60)).unwrap(), day.parse().unwrap()).unwrap();
    }
    let mut tariff = priced_at_five_cents();
    tariff.versions[0].model = TariffModel::PaidCover(CoverRules {
        cover_ms: random.between(1, 40) * HOUR,
        cover_crosses_windows: random.percent(30),
        template_covers_replies: random.percent(30),
        anchor: random.one_of(&[CoverAnchor::WindowOpened, CoverAnchor::ChargedMessage]).unwrap(),
        same_category_template_free: random.percent(50),
    });
    // Without rates of their own all categories are charged as templates.
    if random.percent(70) {
        for (market, kind) in
            ["france", "spain", "germany"].into_iter().flat_map(|market| [(market, Marketing), (market, Utility)])
        {
            tariff.versions[0].rates.push(Rate { market: market.to_owned(), kind: Some(kind), micros: 30_000 });
        }
    }
    tariff
}

impl History {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let tariff = any_tariff(&mut random);
        let grant = random.between(0, 6);
        let customers = [Customer::default(), Customer { phone: 1, ..Customer::default() }];
        Self { random, tariff, grant, now: at("2 00:00"), customers, ledger: BTreeMap::new(), next_id: 1 }
    }

    fn address(customer: &Customer) -> ContactAddress<'static> {
        ContactAddress { phone: Some(PHONES[customer.phone]), bsuid: None }
    }

    fn window_is_open(&self, of: usize) -> bool {
        let customer = &self.customers[of];
        let window = window_facts(&whatsapp_window(), &customer.wrote, &customer.refused, None);
        matches!(reply_window(&whatsapp_window(), &window, self.now), ReplyWindow::Open { .. })
    }

    /// The charges of both customers in the order in which they count, and what pays for each.
    fn settled(&self) -> (Vec<Charge>, Vec<Allowance>, BTreeMap<MessageId, AllowanceId>) {
        let mut all: Vec<Charge> = self.customers.iter().flat_map(|customer| self.charges_of(customer)).collect();
        all.sort_by_key(|charge| (charge.at, charge.message_id));
        let mut allowances = vec![Allowance {
            id: AllowanceId(1),
            kind: AllowanceKind::Grant,
            total: 6,
            left: self.grant,
            until: None,
            from: None,
            channel_id: None,
        }];
        let paid = settle(&self.tariff, &WallClock::fixed(60), NUMBER, &mut allowances, &all);
        (all, allowances, paid)
    }

    fn charges_of(&self, customer: &Customer) -> Vec<Charge> {
        let computed = charges(&self.tariff, Self::address(customer), &customer.sent);
        let with_held = |charge: Charge| match self.ledger.get(&charge.message_id) {
            Some(held) => with_final_price(charge, held),
            None => charge,
        };
        computed.into_iter().map(with_held).collect()
    }

    /// Writes the ledger. A final price that is there already has to stay.
    fn write_ledger(&mut self) -> Result<(), String> {
        for charge in self.settled().0 {
            let entry = LedgerEntry {
                id: LedgerId(charge.message_id.0),
                conversation_id: ConversationId(1),
                message_id: charge.message_id,
                channel_id: NUMBER,
                at: charge.at,
                kind: charge.kind,
                market: charge.market,
                country: charge.country,
                price: charge.price,
                allowance_id: None,
                state: charge.state,
            };
            let held = self.ledger.insert(charge.message_id, entry.clone());
            if let Some(held) = held.filter(|held| held.state == ChargeState::Final && held.price != entry.price) {
                return Err(format!("a final charge was rewritten: {held:?} became {entry:?}"));
            }
        }
        Ok(())
    }

    fn quote(&self, of: usize, kind: ChargeKind, here: &[ChargeKind], elsewhere: &[Elsewhere]) -> PriceQuote {
        let customer = &self.customers[of];
        let charges = self.charges_of(customer);
        let cover = newest_cover(&self.tariff, &charges).map(|charge| PaidCover {
            started_at: charge.at,
            charge: LedgerId(charge.message_id.0),
            message_id: charge.message_id,
        });
        let standing = charges.iter().filter(|charge| charge.state != ChargeState::Void && charge.kind.is_template());
        let category = |id: MessageId| customer.sent.iter().find(|fact| fact.message_id == id).unwrap().kind;
        let charged_templates: Vec<_> = standing.map(|charge| (category(charge.message_id), charge.at)).collect();
        let facts = QuoteFacts {
            policy: &whatsapp_window(),
            window: &window_facts(&whatsapp_window(), &customer.wrote, &customer.refused, None),
            cover: cover.as_ref(),
            charged_templates: &charged_templates,
            channel_id: NUMBER,
            waiting: Waiting { here, elsewhere },
            allowances: &self.settled().1,
            contact: Self::address(customer),
        };
        quote(Some(&self.tariff), &facts, kind, self.now)
    }

    fn drawn_kinds(&mut self, of: usize, most: i64) -> Vec<ChargeKind> {
        let open = self.window_is_open(of);
        let drawn = (0..self.random.between(0, most))
            .map(|_| self.random.one_of(&[Reply, Reply, Reply, Utility, Marketing]).unwrap());
        let drawn: Vec<ChargeKind> = drawn.collect();
        // The provider would refuse a reply after the window.
        drawn.into_iter().filter(|kind| open || *kind != Reply).collect()
    }

    /// Messages wait for both customers, each is quoted, and they leave at once.
    fn messages_leave(&mut self) -> Result<(), String> {
        let others = if self.random.percent(40) { 2 } else { 0 };
        let kinds = [self.drawn_kinds(0, 3), self.drawn_kinds(1, others)];
        let ours = self.random.percent(50);
        let order: Vec<usize> = if ours { vec![0, 1] } else { vec![1, 0] };
        let mut quoted = Vec::new();
        for of in [0, 1] {
            let conversation_id = ConversationId(2 - i64::try_from(of).unwrap());
            let other = |kind: &ChargeKind| Elsewhere { conversation_id, channel_id: NUMBER, kind: *kind };
            let elsewhere: Vec<Elsewhere> = kinds[1 - of].iter().map(other).collect();
            for (before, kind) in kinds[of].iter().enumerate() {
                quoted.push((of, self.quote(of, *kind, &kinds[of][..before], &elsewhere), !elsewhere.is_empty()));
            }
        }
        let mut ids = Vec::new();
        for of in order {
            for kind in &kinds[of] {
                ids.push((of, self.leaves(of, *kind)));
            }
        }
        // Quotes stand by customer, ids by the order of leaving.
        ids.sort_by_key(|(of, id)| (*of, *id));
        let (charged, allowances, paid) = self.settled();
        for ((_, quote, beside_others), (_, message_id)) in quoted.into_iter().zip(ids) {
            agrees(&Quoted { message_id, quote, beside_others }, &charged, &allowances, &paid)?;
        }
        self.write_ledger()
    }

    fn leaves(&mut self, of: usize, kind: ChargeKind) -> MessageId {
        let (policy, now) = (whatsapp_window(), self.now);
        let message_id = MessageId(self.next_id);
        self.next_id += 1;
        let customer = &mut self.customers[of];
        customer.sent.push(BillingFact {
            message_id,
            kind,
            at: now,
            delivered_at: Some(now),
            failed: false,
            confirmed: true,
            billable: None,
            window_opened_at: window_opened_at(&policy, &customer.wrote, &customer.refused, now),
            closed_since: window_closed_since(&policy, &customer.wrote, &customer.refused, now),
            free_until: None,
        });
        message_id
    }

    fn happens(&mut self) -> Result<(), String> {
        self.now = plus_ms(self.now, self.random.between(1, 80) * HOUR / 4);
        let of = self.random.below(2);
        match self.random.below(20) {
            0..=6 => self.customers[of].wrote.push(self.now),
            7..=16 => self.messages_leave()?,
            17 => {
                if let Some(fact) = self.customers[of].sent.last_mut() {
                    (fact.failed, fact.delivered_at) = (true, None);
                }
                self.write_ledger()?;
            }
            18 if self.window_is_open(of) => self.customers[of].refused.push(self.now),
            18 => self.customers[of].phone = self.random.below(PHONES.len()),
            _ => {
                let factor = self.random.between(2, 3);
                self.tariff.versions[0].rates.iter_mut().for_each(|rate| rate.micros *= factor);
                self.write_ledger()?;
            }
        }
        Ok(())
    }
}

/// Whether a quote came true.
fn agrees(
    quoted: &Quoted,
    charged: &[Charge],
    allowances: &[Allowance],
    paid: &BTreeMap<MessageId, AllowanceId>,
) -> Result<(), String> {
    let Quoted { message_id, quote, beside_others } = quoted;
    let charge = charged.iter().find(|charge| charge.message_id == *message_id);
    let payer = paid.get(message_id).map(|id| allowances.iter().find(|held| held.id == *id).unwrap());
    let holds = match (quote, charge) {
        (PriceQuote::Costs { price, market, estimate: false }, Some(charge)) => {
            charge.price == Some(*price) && charge.market.as_ref() == Some(market) && payer.is_none()
        }
        (PriceQuote::Costs { price, estimate: true, .. }, Some(charge)) => {
            *beside_others && (payer.is_some() || charge.price == Some(*price))
        }
        (PriceQuote::Allowance { kind, .. }, Some(_)) => {
            payer.is_some_and(|payer| payer.kind == *kind || *beside_others)
        }
        (PriceQuote::Covered { .. } | PriceQuote::Free { .. }, None) => true,
        _ => false,
    };
    if holds { Ok(()) } else { Err(format!("{quote:?} became {charge:?}, paid by {payer:?}")) }
}

#[test]
fn what_is_quoted_is_what_is_charged_in_every_history() {
    let setting = |name| std::env::var(name).ok();
    let number = |text: &str| text.parse::<u64>().unwrap();
    let (first, last) = match (setting("RIPOSTE_SEED"), setting("RIPOSTE_SEEDS")) {
        (Some(seed), _) => (number(&seed), number(&seed)),
        (None, Some(seeds)) => match seeds.split_once('-') {
            Some((first, last)) => (number(first), number(last)),
            None => (1, number(&seeds)),
        },
        (None, None) => (1, 2_000),
    };
    for seed in first..=last {
        let mut history = History::new(seed);
        for _ in 0..12 {
            if let Err(what) = history.happens() {
                panic!("RIPOSTE_SEED={seed} at {}: {what}\nunder {:?}", history.now, history.tariff.versions[0].model);
            }
        }
    }
}

/// The history that was red on a fresh clone, by hand.
#[test]
fn a_cover_bought_outside_a_window_ends_when_the_next_one_opens() {
    let mut tariff = priced_at_five_cents();
    tariff.versions[0].model = TariffModel::PaidCover(CoverRules {
        cover_ms: 32 * HOUR,
        same_category_template_free: true,
        ..CoverRules::default()
    });
    let (policy, wrote) = (whatsapp_window(), [at("2 02:00")]);
    let sent = |id: i64, kind: ChargeKind, time: &str| BillingFact {
        message_id: MessageId(id),
        kind,
        at: at(time),
        delivered_at: Some(at(time)),
        failed: false,
        confirmed: true,
        billable: None,
        window_opened_at: window_opened_at(&policy, &wrote, &[], at(time)),
        closed_since: window_closed_since(&policy, &wrote, &[], at(time)),
        free_until: None,
    };
    let charged = |facts: &[BillingFact]| {
        let charges = charges(&tariff, ContactAddress { phone: Some(PHONES[0]), bsuid: None }, facts);
        charges.iter().map(|charge| charge.message_id.0).collect::<Vec<_>>()
    };
    let facts = [sent(1, Marketing, "2 01:00"), sent(2, Reply, "2 07:00"), sent(3, Marketing, "3 02:00")];
    assert_eq!(charged(&facts), [1, 2, 3], "the window in between ended the first cover");
    let before = [sent(1, Marketing, "2 01:00"), sent(2, Marketing, "2 01:30"), sent(3, Marketing, "2 03:00")];
    assert_eq!(charged(&before), [1, 3], "no window opened between the first two");
    let after = [sent(1, Marketing, "3 02:00"), sent(2, Marketing, "4 09:00"), sent(3, Marketing, "4 10:00")];
    assert_eq!(charged(&after), [1, 3], "32 hours without a window");
}
