use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    AllowanceId, ChannelId, ConversationId, Currency, LedgerId, MessageId, Money, TariffId, TemplateCategory, ms,
};

/// How messages are priced: versions that follow each other, each with its source.
///
/// No number of a tariff stands in code: this is data, from the server or `core/data/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tariff {
    /// Its id.
    pub id: TariffId,
    /// Its name, for people.
    pub name: String,
    /// What holds from when.
    pub versions: Vec<TariffVersion>,
}

/// One version of a tariff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TariffVersion {
    /// From when it holds; none for *always so far*.
    #[serde(default, with = "ms::maybe", skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Where its figures come from.
    pub source: String,
    /// True when the rates are invented to show how it works.
    #[serde(default)]
    pub example: bool,
    /// The rule by which messages are charged.
    pub model: TariffModel,
    /// Which market a phone number belongs to.
    pub markets: MarketMap,
    /// What a message costs in a market.
    pub rates: Vec<Rate>,
    /// The currency of the rates.
    pub currency: Currency,
    /// At which moment a message is charged.
    #[serde(default, skip_serializing_if = "is_default")]
    pub charged_at: ChargedAt,
    /// Whose word makes a charge final or void.
    #[serde(default, skip_serializing_if = "is_default")]
    pub settled_by: SettledBy,
    /// In which order allowances pay; an empty list is the order of [`AllowanceKind`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowance_order: Vec<AllowanceKind>,
    /// Messages that are free in each calendar month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_free: Option<MonthlyFree>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// At which moment a message is charged: the moment that chooses the version, the month and the
/// start of a cover.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargedAt {
    /// When it goes out.
    #[default]
    Sent,
    /// When it reaches the customer's phone. Until then its charge is provisional.
    Delivered,
    /// A word this build does not know: nothing can be priced by it.
    #[serde(other)]
    Unknown,
}

/// Whose word makes a charge final or void.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettledBy {
    /// What became of the message: any pricing report makes it final, only a failure voids it. For
    /// the reseller who sells messages at its own rates, whatever the provider charges it.
    #[default]
    Fate,
    /// What the provider's pricing report says: not billable voids it. For the provider's own tariff.
    Pricing,
    /// A word this build does not know: nothing can be priced by it.
    #[serde(other)]
    Unknown,
}

/// Messages that are free in each calendar month of the account's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthlyFree {
    /// The kind of message.
    pub kind: ChargeKind,
    /// How many.
    pub units: i64,
    /// Who has so many.
    pub per: MonthlyPer,
}

/// Who has a month's free messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthlyPer {
    /// The whole account.
    Account,
    /// Each number of the business.
    Number,
    /// A word this build does not know: nothing can be priced by it.
    #[serde(other)]
    Unknown,
}

/// The rule by which messages are charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case")]
pub enum TariffModel {
    /// A charged reply covers the replies that follow it (the product page's tariff).
    PaidCover(CoverRules),
    /// Each message is charged on its own (Meta's tariffs since July 2025).
    PerMessage(MessageRules),
    /// A model this build does not know: nothing can be priced by it.
    #[serde(other)]
    Unknown,
}

/// What a charged reply covers. The default covers nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverRules {
    /// Milliseconds a charged reply covers further replies.
    pub cover_ms: i64,
    /// Whether the cover outlives the window it began in.
    #[serde(default)]
    pub cover_crosses_windows: bool,
    /// Whether a template's charge also covers replies.
    #[serde(default)]
    pub template_covers_replies: bool,
    /// From where the cover is counted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub anchor: CoverAnchor,
    /// Whether a template's charge covers further templates of its category.
    #[serde(default, skip_serializing_if = "is_default")]
    pub same_category_template_free: bool,
}

/// From where a cover is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoverAnchor {
    /// From the charged message.
    #[default]
    ChargedMessage,
    /// In spans counted from the customer's message that opened the window: a charge covers the rest
    /// of the span it falls into. A cover that crosses windows is counted from the charged message.
    WindowOpened,
    /// A word this build does not know: nothing can be priced by it.
    #[serde(other)]
    Unknown,
}

/// How single messages are charged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRules {
    /// Kinds that cost nothing while the customer's window is open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub free_in_window: Vec<ChargeKind>,
}

/// Phone prefixes and the markets they belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketMap {
    /// Digits a number starts with, and the market. The longest one that fits counts.
    pub prefixes: Vec<MarketPrefix>,
    /// Two-letter countries, for a customer known only by a BSUID.
    #[serde(default)]
    pub countries: Vec<MarketCountry>,
    /// The market of every number that no prefix fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_listed: Option<String>,
}

/// A phone prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketPrefix {
    /// Country code and, where it matters, what follows it.
    pub prefix: String,
    /// The market.
    pub market: String,
    /// The two-letter country, where the prefix says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A country and its market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketCountry {
    /// Two letters.
    pub country: String,
    /// The market.
    pub market: String,
}

/// What a message costs in a market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// The market.
    pub market: String,
    /// What is charged; none holds for every kind that has no rate of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChargeKind>,
    /// Millionths of the version's currency.
    pub micros: i64,
}

/// What is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum ChargeKind {
    /// A reply: under a cover, the first of a window or after the cover ended.
    Reply,
    /// A template, where the tariff has one price for all of them.
    Template,
    /// A marketing template, where the tariff prices categories apart.
    Marketing,
    /// A utility template.
    Utility,
    /// An authentication template.
    Authentication,
    /// A kind this build does not know; counted and shown, never priced here.
    #[serde(other)]
    Unknown,
}

impl ChargeKind {
    /// What a template of a category is charged as. A category that this build does not know is a template.
    pub fn of_template(category: TemplateCategory) -> Self {
        match category {
            TemplateCategory::Marketing => Self::Marketing,
            TemplateCategory::Utility => Self::Utility,
            TemplateCategory::Authentication => Self::Authentication,
            TemplateCategory::Unknown => Self::Template,
        }
    }

    /// Whether it is a template of any sort.
    pub fn is_template(self) -> bool {
        match self {
            Self::Template | Self::Marketing | Self::Utility | Self::Authentication => true,
            Self::Reply | Self::Unknown => false,
        }
    }
}

/// Messages that need no money: a grant, a plan's, a month's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Allowance {
    /// Its id.
    pub id: AllowanceId,
    /// Which sort.
    pub kind: AllowanceKind,
    /// How many there were.
    pub total: i64,
    /// How many are left.
    pub left: i64,
    /// Until when they can be used; none means for ever.
    #[serde(default, with = "ms::maybe", skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// From when; none means always so far.
    #[serde(default, with = "ms::maybe", skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// The only number they can be used on; none means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<ChannelId>,
}

/// Sorts of allowances, in the order in which they are used unless the tariff says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum AllowanceKind {
    /// Those that the tariff gives free in each calendar month.
    Monthly,
    /// Given once per account at the first purchase; never renewed.
    Grant,
    /// Those of a monthly plan.
    Plan,
    /// A kind this build does not know; shown, never counted on in an estimate.
    #[serde(other)]
    Unknown,
}

/// One charge. The server's ledger is the truth about money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Its id.
    pub id: LedgerId,
    /// The conversation it belongs to.
    pub conversation_id: ConversationId,
    /// The message that was charged.
    pub message_id: MessageId,
    /// The number or page it went out from.
    pub channel_id: ChannelId,
    /// When, in provider time.
    #[serde(with = "ms::at")]
    pub at: DateTime<Utc>,
    /// What was charged.
    pub kind: ChargeKind,
    /// The customer's market; none when it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// The customer's two-letter country, where the number says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// What it costs; none when the tariff has no rate, which is not zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// The allowance that paid for it instead of money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowance_id: Option<AllowanceId>,
    /// Whether it can still change.
    pub state: ChargeState,
}

/// Whether a charge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum ChargeState {
    /// The provider has not reported yet.
    Provisional,
    /// It stands.
    Final,
    /// The message failed, or the provider does not bill it: charge and cover passed to the next
    /// one, the unit went back.
    Void,
    /// A state this build does not know; counted like a provisional one.
    #[serde(other)]
    Unknown,
}
