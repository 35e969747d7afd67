use super::Error;
use crate::model::{Allowance, ChannelId, ChannelKind, ChargeKind, Money, Phrase};

/// What was charged.
pub struct Usage {}

/// A month of charges. The server's ledger is the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageMonth {
    /// The year.
    pub year: i32,
    /// The month, from 1.
    pub month: u32,
    /// Charges by market, number and kind.
    pub lines: Vec<UsageLine>,
    /// What is to be paid, one amount a currency.
    pub totals: Vec<Money>,
    /// Messages already paid for, and what is left of them.
    pub allowances: Vec<Allowance>,
    /// Something in it can still change, or is not priced: call it an estimate.
    pub estimate: bool,
    /// Where this phone's own count differs from the ledger: said, not hidden.
    pub difference: Option<Phrase>,
    /// The month was read from the server now; false: what this phone held.
    pub fresh: bool,
}

/// Charges of one market, number and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageLine {
    /// The customers' market; none when it is not known.
    pub market: Option<String>,
    /// The number or page they went out from.
    pub channel_id: ChannelId,
    /// Its logo; none when the channel is not on this phone.
    pub channel_kind: Option<ChannelKind>,
    /// Its name; empty when the channel is not on this phone.
    pub channel_name: String,
    /// What was charged.
    pub kind: ChargeKind,
    /// How many charges stand.
    pub charges: u32,
    /// How many of them an allowance paid.
    pub from_allowance: u32,
    /// How many of them have no price, which is not zero.
    pub not_priced: u32,
    /// What is to be paid, one amount a currency.
    pub amounts: Vec<Money>,
}

impl Usage {
    /// A calendar month in the account's time zone; read from the server when there is a network.
    pub async fn month(&self, year: i32, month: u32) -> Result<UsageMonth, Error> {
        let _ = (year, month);
        todo!()
    }
}
