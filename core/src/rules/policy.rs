//! What does a channel allow by default?
//!
//! The lengths of windows and the limits of texts and files are data with sources and a date
//! (`core/data/channels.json`), as the providers change them. A server starts a new channel from
//! here; what a channel's row then says is what counts.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::{ChannelCapabilities, ChannelKind, WindowPolicy};

const CHANNELS: &str = include_str!("../../data/channels.json");

/// What a channel allows by default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChannelPolicy {
    /// The day on which the sources said so (`2026-11-01`).
    pub as_of: String,
    /// Where it is written.
    pub sources: Vec<String>,
    /// How long one may write after the customer's last message.
    pub window: WindowPolicy,
    /// What can be sent.
    pub capabilities: ChannelCapabilities,
}

/// What a channel allows by default; none for a kind this build does not know.
pub fn channel_policy(kind: ChannelKind) -> Option<ChannelPolicy> {
    let name = match kind {
        ChannelKind::Whatsapp => "whatsapp",
        ChannelKind::Messenger => "messenger",
        ChannelKind::Instagram => "instagram",
        ChannelKind::Widget => "widget",
        ChannelKind::Unknown => return None,
    };
    let mut channels: BTreeMap<String, ChannelPolicy> = serde_json::from_str(CHANNELS).ok()?;
    channels.remove(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TextUnit;
    use crate::rules::table::{DAY, messenger_window, whatsapp, whatsapp_window, widget_window};

    fn policy(kind: ChannelKind) -> ChannelPolicy {
        channel_policy(kind).unwrap()
    }

    #[test]
    fn the_windows_of_the_four_channels_are_data() {
        assert_eq!(policy(ChannelKind::Whatsapp).window, whatsapp_window());
        assert_eq!(policy(ChannelKind::Messenger).window, messenger_window());
        assert_eq!(policy(ChannelKind::Instagram).window, messenger_window());
        assert_eq!(policy(ChannelKind::Widget).window, widget_window());
        assert_eq!(policy(ChannelKind::Whatsapp).window.length_ms, Some(DAY));
        assert_eq!(channel_policy(ChannelKind::Unknown), None);
    }

    #[test]
    fn each_channel_counts_its_texts_in_its_own_way() {
        let limit = |kind| policy(kind).capabilities.text_limit.map(|limit| (limit.max, limit.unit));
        assert_eq!(limit(ChannelKind::Whatsapp), Some((4_096, TextUnit::Characters)));
        assert_eq!(limit(ChannelKind::Messenger), Some((2_000, TextUnit::Characters)));
        assert_eq!(limit(ChannelKind::Instagram), Some((1_000, TextUnit::Bytes)));
        assert_eq!(limit(ChannelKind::Widget), Some((10_000, TextUnit::Characters)));
    }

    #[test]
    fn only_whatsapp_has_templates_and_every_channel_says_where_its_limits_come_from() {
        for kind in [ChannelKind::Whatsapp, ChannelKind::Messenger, ChannelKind::Instagram, ChannelKind::Widget] {
            let policy = policy(kind);
            assert_eq!(policy.capabilities.templates, kind == ChannelKind::Whatsapp, "{kind:?}");
            assert!(!policy.sources.is_empty() && policy.as_of.len() == 10, "{kind:?}");
        }
        assert_eq!(whatsapp().capabilities.text_limit, policy(ChannelKind::Whatsapp).capabilities.text_limit);
    }
}
