//! WhatsApp through Meta's Cloud API: webhooks in, sending and templates out.
//!
//! `webhook` walks the envelope and lets no bad item stop the others; `message` (with `flow`),
//! `status`, `template` and `account` read one item each; `api` speaks the Graph API. Shapes: Meta's "Webhooks
//! reference" and "Cloud API reference".

mod account;
pub mod api;
mod flow;
mod message;
mod status;
pub mod template;
pub mod webhook;

#[cfg(test)]
mod tests;
