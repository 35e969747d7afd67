//! What would sending cost now?
//!
//! The rule of [`charges`](super::charges), looking forward: the waiting messages go first, each as
//! what it is, and take their covers and units. Messages to other customers may leave before this one
//! or after it: if that changes what pays, the quote is an estimate.

mod forward;
mod kinds;
#[cfg(test)]
mod tests;
mod words;

use chrono::{DateTime, Utc};

use super::allowance::Payable;
use crate::model::{ChargeKind, ConversationId, Tariff, TariffModel};
use crate::rules::tariff::{readable, version_at};
use forward::Forward;

pub use kinds::{Elsewhere, FreeReason, NotPricedReason, PriceQuote, QuoteFacts, Waiting};
pub use words::{button, phrase};

/// What sending a message of this kind would cost at `now`.
pub fn quote(tariff: Option<&Tariff>, facts: &QuoteFacts<'_>, kind: ChargeKind, now: DateTime<Utc>) -> PriceQuote {
    let Some(tariff) = tariff else { return PriceQuote::NotPriced { why: NotPricedReason::NoTariff } };
    let readable = version_at(tariff, now).and_then(|version| Some((version, readable(version)?)));
    let Some((version, model)) = readable.filter(|_| kind != ChargeKind::Unknown) else {
        return PriceQuote::NotPriced { why: NotPricedReason::UnknownTariff };
    };
    let before_others = Forward::new(version, model, facts, now);
    let mut after_others = before_others.clone();
    for message in charged_elsewhere(model, facts.waiting) {
        let Elsewhere { channel_id, kind, .. } = *message;
        after_others.send_elsewhere(Payable { kind, channel_id, at: now });
    }
    let [first, last] = [before_others, after_others].map(|mut forward| {
        facts.waiting.here.iter().for_each(|waiting| drop(forward.send(*waiting)));
        forward.send(kind)
    });
    match (first, last) {
        // Which of them leaves first decides whether a unit pays for this one.
        (PriceQuote::Allowance { .. }, PriceQuote::Costs { price, market, .. }) => {
            PriceQuote::Costs { price, market, estimate: true }
        }
        (_, last) => last,
    }
}

/// The messages to other customers that may be charged: of several replies in one conversation under
/// a cover, the first one covers the others.
fn charged_elsewhere<'a>(model: &TariffModel, waiting: Waiting<'a>) -> impl Iterator<Item = &'a Elsewhere> {
    let one_a_conversation = matches!(model, TariffModel::PaidCover(_));
    let mut replied_to: Vec<ConversationId> = Vec::new();
    waiting.elsewhere.iter().filter(move |message| {
        if !one_a_conversation || message.kind != ChargeKind::Reply {
            return true;
        }
        let first = !replied_to.contains(&message.conversation_id);
        replied_to.push(message.conversation_id);
        first
    })
}
