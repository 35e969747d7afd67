//! What a quote says, and what it looks at.

use chrono::{DateTime, Utc};

use crate::model::{
    Allowance, AllowanceKind, ChannelId, ChargeKind, ConversationId, Money, PaidCover, WindowFacts, WindowPolicy,
};
use crate::rules::market::{ContactAddress, MarketUnknown};

/// What sending would cost now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum PriceQuote {
    /// Nothing.
    Free {
        /// Why.
        why: FreeReason,
    },
    /// Already paid.
    Covered {
        /// Until then: for a reply, the earlier of the cover's and the window's end.
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
        /// The market was guessed from a BSUID, or what pays depends on what else leaves first.
        estimate: bool,
    },
    /// Not known, which is not zero.
    NotPriced {
        /// Why.
        why: NotPricedReason,
    },
}

/// Why a message is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum FreeReason {
    /// The customer came by an advertisement.
    FreeEntryPoint {
        /// Until then.
        until: DateTime<Utc>,
    },
    /// The tariff asks nothing for it while the customer's window is open.
    WindowOpen {
        /// Until then; none where the channel has no window.
        until: Option<DateTime<Utc>>,
    },
    /// The tariff asks nothing for it.
    ByTariff,
    /// Reactions and comments cost nothing.
    NeverCharged,
}

/// Why a message has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum NotPricedReason {
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
    /// The newest charged message that covers replies.
    pub cover: Option<&'a PaidCover>,
    /// The charged templates, each with its own category although the tariff may charge all as one kind,
    /// and when they were charged: under some tariffs they cover others of their category.
    pub charged_templates: &'a [(ChargeKind, DateTime<Utc>)],
    /// The number or page it would go out from.
    pub channel_id: ChannelId,
    /// What waits in this phone's outbox before this message.
    pub waiting: Waiting<'a>,
    /// The account's allowances.
    pub allowances: &'a [Allowance],
    /// The customer.
    pub contact: ContactAddress<'a>,
}

/// What waits in this phone's outbox, as far as money is concerned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting<'a> {
    /// Messages to this customer, in the order in which they leave.
    pub here: &'a [ChargeKind],
    /// Messages to other customers. Any of them may leave before or after this one.
    pub elsewhere: &'a [Elsewhere],
}

/// A waiting message to another customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere {
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// The number or page it goes out from.
    pub channel_id: ChannelId,
    /// What it is.
    pub kind: ChargeKind,
}
