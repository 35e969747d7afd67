//! WhatsApp through Meta's Cloud API: webhooks in, sending and templates out.
//!
//! `webhook` walks the envelope and lets no bad item stop the others; `message`, `status` and
//! `template` read one item each; `api` speaks the Graph API. Shapes: Meta's "Webhooks
//! reference" and "Cloud API reference".

pub mod api;
mod message;
mod status;
pub mod template;
pub mod webhook;

#[cfg(test)]
mod tests;
