//! What does it cost, before and after?

use chrono::{DateTime, Utc};

use super::market::{ContactAddress, MarketUnknown};
use crate::model::{
    Allowance, AllowanceKind, ChargeKind, ChargeState, Content, MessageId, Money, Outgoing, PaidCover, Phrase, Tariff,
    WindowFacts, WindowPolicy,
};

/// A message of ours, as far as money is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingFact {
    /// Which message.
    pub message_id: MessageId,
    /// Reply or template.
    pub kind: ChargeKind,
    /// When it went out (its newest attempt), in provider time.
    pub at: DateTime<Utc>,
    /// It failed and is not known to have arrived.
    pub failed: bool,
    /// The provider reported on it, so its charge stands.
    pub confirmed: bool,
    /// Start of the unbroken window it was sent in.
    pub window_opened_at: Option<DateTime<Utc>>,
    /// End of the free entry point known when it was sent.
    pub free_until: Option<DateTime<Utc>>,
}

/// A charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The message that is charged.
    pub message_id: MessageId,
    /// When it went out.
    pub at: DateTime<Utc>,
    /// What is charged.
    pub kind: ChargeKind,
    /// The customer's market; none when it is not known.
    pub market: Option<String>,
    /// The two-letter country, where it is known.
    pub country: Option<String>,
    /// The price; none when there is no rate, which is not zero.
    pub price: Option<Money>,
    /// The market was guessed from a BSUID.
    pub estimate: bool,
    /// Whether it stands.
    pub state: ChargeState,
}

/// What sending would cost now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quote {
    /// Nothing.
    Free {
        /// Why.
        why: FreeReason,
    },
    /// Already paid.
    Covered {
        /// Until then: the earlier of the cover's and the window's end. None: no end is known.
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
        why: NotPriced,
    },
}

/// Why a message is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FreeReason {
    /// The customer came by an advertisement.
    FreeEntryPoint {
        /// Until then.
        until: DateTime<Utc>,
    },
    /// Reactions and comments cost nothing.
    NeverCharged,
}

/// Why a message has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotPriced {
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
    /// The newest charged reply.
    pub cover: Option<&'a PaidCover>,
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

/// What is charged for a content; none when it never is.
pub fn charge_kind(content: &Content) -> Option<ChargeKind> {
    todo!("{content:?}")
}

/// What is charged for something about to be sent; none when it never is.
pub fn charge_kind_of_outgoing(content: &Outgoing) -> Option<ChargeKind> {
    todo!("{content:?}")
}

/// The charges of one conversation. Facts in any order, any repetition; charges in provider
/// order. A charged message that failed is there with the state void.
pub fn charges(tariff: &Tariff, contact: ContactAddress<'_>, facts: &[BillingFact]) -> Vec<Charge> {
    todo!("{tariff:?} {contact:?} {facts:?}")
}

/// The charge whose cover is the newest: what a conversation's `cover` is made of.
pub fn newest_cover<'a>(tariff: &Tariff, charges: &'a [Charge]) -> Option<&'a Charge> {
    todo!("{tariff:?} {charges:?}")
}

/// The allowance that pays for the next charged message after `units_before` others; none when
/// money does. With how many are left of it then.
pub fn paying_allowance(allowances: &[Allowance], units_before: u32, at: DateTime<Utc>) -> Option<(&Allowance, i64)> {
    todo!("{allowances:?} {units_before:?} {at:?}")
}

/// What sending a message of this kind would cost at `now`.
pub fn quote(tariff: Option<&Tariff>, facts: &QuoteFacts<'_>, kind: ChargeKind, now: DateTime<Utc>) -> Quote {
    todo!("{tariff:?} {facts:?} {kind:?} {now:?}")
}

/// A quote in words.
pub fn phrase(quote: &Quote) -> Phrase {
    todo!("{quote:?}")
}
