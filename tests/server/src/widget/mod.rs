//! The chat widget of a web site: anonymous visitors who write, and pages that poll for answers.
//!
//! Open to the world, so what lives here guards the door: [`secret`] (whose talk may a page read?),
//! [`origin`] (which web sites may call?) and the rates of `http`. What a visitor writes goes into the
//! inbox like any customer's message. How agents' answers are sent is `channels::widget`.

mod http;
mod origin;
mod secret;

use std::time::Duration;

pub(crate) use http::router;
pub use origin::{NotAnOrigin, Origin};

use crate::rate::Rate;

/// How much strangers may write and read. A bucket each: all of it at once, then evenly over its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WidgetLimits {
    /// Messages of one visitor.
    pub visitor: Rate,
    /// Bytes of text of one visitor.
    pub visitor_bytes: Rate,
    /// Messages from one network address.
    pub address: Rate,
    /// New visitors from one network address.
    pub new_visitors: Rate,
    /// Messages on one site.
    pub site: Rate,
    /// Bytes of text on one site.
    pub site_bytes: Rate,
    /// Calls that read, from one visitor.
    pub reads: Rate,
    /// Calls that read or ask, from one network address.
    pub address_reads: Rate,
}

impl Default for WidgetLimits {
    fn default() -> Self {
        Self {
            visitor: Rate::a_minute(20),
            visitor_bytes: Rate::a_day(256 * 1024),
            address: Rate::a_minute(60),
            new_visitors: Rate { most: 30, span: Duration::from_secs(60 * 60) },
            site: Rate::a_minute(600),
            site_bytes: Rate::a_day(64 * 1024 * 1024),
            reads: Rate::a_minute(120),
            address_reads: Rate::a_minute(3_000),
        }
    }
}

impl WidgetLimits {
    /// For a story, whose visitors all call from one address while its clock stands still.
    pub const FOR_STORIES: Self = {
        const MANY: Rate = Rate { most: 1_000_000_000, span: Duration::from_secs(60) };
        Self {
            visitor: MANY,
            visitor_bytes: MANY,
            address: MANY,
            new_visitors: MANY,
            site: MANY,
            site_bytes: MANY,
            reads: MANY,
            address_reads: MANY,
        }
    };
}
