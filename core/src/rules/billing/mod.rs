//! What does it cost, before and after?
//!
//! The default tariff is the product page's: nothing for a window without an answer, one message
//! rate at the first answer in a window however many replies follow, one message rate per
//! template. Other readings of it, and other tariffs, are settings and data, never code.
//!
//! `charges` says what was charged, `cover` what a charged message pays for besides itself, `quote`
//! what sending would cost, `allowance` which free or included messages pay instead of money,
//! `report` what a month adds up to. The server's ledger is the truth about money.

#[cfg(test)]
mod agreement_tests;
mod allowance;
mod charges;
mod cover;
mod quote;
mod report;
#[cfg(test)]
mod settings_tests;
#[cfg(test)]
mod tariffs_tests;

pub use allowance::{Payable, holds_at, new_month, paying, paying_allowance, settle};
pub use charges::{BillingFact, Charge, charges, newest_cover, with_final_price};
pub use quote::{Elsewhere, FreeReason, NotPricedReason, PriceQuote, QuoteFacts, Waiting, button, phrase, quote};
pub use report::{Report, ReportLine, report};

use crate::model::{ChargeKind, Content, Outgoing};

/// What is charged for a content; none when it never is. Comments and reactions cost nothing.
pub fn charge_kind(content: &Content) -> Option<ChargeKind> {
    match content {
        Content::Text { .. }
        | Content::Media(_)
        | Content::Location { .. }
        | Content::Contacts { .. }
        | Content::Answer { .. }
        | Content::Order { .. }
        | Content::Unsupported
        | Content::Unknown => Some(ChargeKind::Reply),
        Content::Template { .. } => Some(ChargeKind::Template),
        Content::Reaction { .. }
        | Content::Call { .. }
        | Content::Comment { .. }
        | Content::System { .. }
        | Content::RequestWelcome => None,
    }
}

/// What is charged for something about to be sent; none when it never is.
pub fn charge_kind_of_outgoing(content: &Outgoing) -> Option<ChargeKind> {
    match content {
        Outgoing::Text { .. } | Outgoing::Media { .. } => Some(ChargeKind::Reply),
        Outgoing::Template { .. } => Some(ChargeKind::Template),
        Outgoing::Reaction { .. } => None,
    }
}
