//! Why did it fail, can it be tried again, and what else can be done?

use crate::model::{ChannelKind, Phrase, ProviderError};

/// A failure, as a person can use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which sort.
    pub kind: FailureKind,
    /// In words.
    pub phrase: Phrase,
    /// Whether trying again makes sense.
    pub retry: Retry,
    /// What to do instead.
    pub offer: Option<Offer>,
}

/// Sorts of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The messaging window is closed.
    WindowClosed,
    /// This customer cannot be reached there.
    Customer,
    /// The provider held a template back.
    HeldBack,
    /// The text, file or values do not fit.
    Content,
    /// The template cannot be sent.
    Template,
    /// Too much at once.
    TooFast,
    /// The number, the account or its payment is in trouble.
    Account,
    /// The provider is in trouble.
    Provider,
    /// The inbox made a mistake.
    Inbox,
    /// A code this build does not know.
    Unknown,
}

/// Whether trying again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// It would fail again.
    Never,
    /// The agent may try at once.
    Now,
    /// Not before so many milliseconds have passed since the attempt.
    After {
        /// Milliseconds.
        ms: i64,
    },
}

/// What to do instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Offer {
    /// Restart the conversation with a template.
    Restart,
    /// Wait for the customer to write.
    WaitForCustomer,
    /// Reach the customer another way.
    OtherWay,
    /// Change it and send it anew.
    Edit,
    /// Choose another template.
    OtherTemplate,
    /// Tell an administrator.
    TellAdministrator,
    /// Unblock the customer.
    Unblock,
}

/// What a provider's error means.
pub fn failure(channel: ChannelKind, error: &ProviderError) -> Failure {
    todo!("{channel:?} {error:?}")
}

/// Whether an error says that the messaging window is closed.
pub fn closes_window(channel: ChannelKind, error: &ProviderError) -> bool {
    todo!("{channel:?} {error:?}")
}

/// A refusal of the inbox server (`error.code` of the protocol) in words.
pub fn refusal(code: &str) -> Phrase {
    todo!("{code:?}")
}
