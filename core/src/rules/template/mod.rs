//! Which templates can be sent from here, and what do they say once filled in?
//!
//! A template is a text Meta approved, made of a header, a body, a footer and buttons (Meta,
//! "Template components"). From the inbox only those go that were created from Conversations and
//! that Meta approved, as the product page says; those of the template list page are not even
//! offered.
//!
//! `usable` decides that, `variables` finds what wants a value, `fill` puts the values in, `payload`
//! makes the provider's object, `check` looks at a new one before it is submitted, `changes` says
//! what became of one meanwhile; the numbers are in `limits`.

mod changes;
mod check;
mod fill;
mod limits;
mod payload;
mod usable;
mod variables;

pub use changes::changes;
pub use check::{check_among, check_new};
pub use fill::{Filled, fill, preview};
pub use payload::provider_payload;
pub use usable::{Usability, usability};
pub use variables::{LocationPart, Variable, VariablePlace, variables};
