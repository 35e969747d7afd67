use std::io;

use crate::channels::graph::NoClient;

/// Why the simulator could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// No customer has this key.
    #[error("there is no customer {0:?}")]
    UnknownCustomer(String),
    /// No number or page has this key.
    #[error("there is no channel {0:?}")]
    UnknownAccount(String),
    /// No template has this name.
    #[error("there is no template {0:?}")]
    UnknownTemplate(String),
    /// There is nothing of the business to react to, to quote or to play.
    #[error("the business has sent nothing of that kind to this customer yet")]
    NothingOfOurs,
    /// There is nothing of the customer to change or take back.
    #[error("the customer has written nothing yet")]
    NothingOfTheirs,
    /// The customer's phone is off.
    #[error("the customer's phone is off")]
    PhoneOff,
    /// This channel does not know that.
    #[error("not possible on this channel")]
    NotOnThisChannel,
    /// A file's content is not base64.
    #[error("the file is not base64")]
    NotBase64,
    /// The machine's own clock cannot be moved.
    #[error("this clock cannot be moved")]
    NoManualClock,
    /// Clocks do not go back.
    #[error("the clock never goes back")]
    ClockGoesBack,
    /// The server does not listen yet.
    #[error("the server does not listen yet")]
    NotServing,
    /// The server's widget refused.
    #[error("the server's widget answered {0}")]
    Widget(u16),
    /// A port could not be opened.
    #[error("no port: {0}")]
    Port(#[from] io::Error),
    /// The HTTP client could not be made.
    #[error(transparent)]
    NoClient(#[from] NoClient),
    /// The server could not be called.
    #[error("the server could not be called: {0}")]
    Http(#[from] reqwest::Error),
}
