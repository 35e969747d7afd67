//! What an inbox has before anybody writes: channels, agents, groups, saved replies, templates.

use chrono::{DateTime, Utc};
use riposte::model::{
    Agent, AgentGroup, AgentGroupId, AgentId, AgentStatus, ChannelAccount, ChannelCapabilities, ChannelId, ChannelKind,
    ChannelState, Row, SavedReply, SavedReplyId, Seq, Template, TemplateCategory, TemplateComponent, TemplateId,
    TemplateSource, TemplateStatus, Versioned, WindowPolicy,
};

/// Connected numbers and pages, one of each kind.
pub(crate) const CHANNELS: usize = 4;
/// Everybody who answers customers; the first is signed in.
pub(crate) const AGENTS: usize = 8;

const HOUR_MS: i64 = 3_600_000;

/// All of it, as a snapshot brings it.
pub(crate) fn rows() -> Vec<Versioned> {
    let mut rows = Vec::new();
    let kinds = [ChannelKind::Whatsapp, ChannelKind::Messenger, ChannelKind::Instagram, ChannelKind::Widget];
    rows.extend((1..).zip(kinds).map(|(id, kind)| Row::Channel(channel(id, kind))));
    rows.extend(["Marc", "Inès", "Tom", "Jürgen", "Lucía", "Ελένη", "健", "Priya"].into_iter().zip(1..).map(agent));
    let groups = ["Orders", "Repairs", "Night"].into_iter().zip(1..);
    rows.extend(
        groups.map(|(name, id)| Row::Group(AgentGroup { id: AgentGroupId(id), name: name.into(), public: true })),
    );
    let replies = ["Hours", "Delivery", "Returns", "Invoice", "Thanks"].into_iter().zip(1..);
    rows.extend(replies.map(|(title, id)| {
        let text = format!("Hello {{first_name}}, about {}: we will look into it at once.", title.to_lowercase());
        Row::SavedReply(SavedReply { id: SavedReplyId(id), title: title.into(), text })
    }));
    rows.extend((1..=5).map(template));
    (1..).zip(rows).map(|(seq, row)| Versioned { seq: Seq(seq), row }).collect()
}

/// The last version of [`rows`]: the feed goes on from there.
pub(crate) fn first_seq() -> i64 {
    rows().last().map_or(0, |row| row.seq.0)
}

/// The agent who is signed in.
pub(crate) fn me() -> Agent {
    Agent {
        id: AgentId(1),
        name: "Marc".to_owned(),
        status: AgentStatus::Online,
        status_since: DateTime::<Utc>::UNIX_EPOCH,
        administrator: true,
        groups: vec![AgentGroupId(1)],
    }
}

fn agent((name, id): (&str, i64)) -> Row {
    Row::Agent(Agent { id: AgentId(id), name: name.to_owned(), ..me() })
}

fn channel(id: i64, kind: ChannelKind) -> ChannelAccount {
    let whatsapp = kind == ChannelKind::Whatsapp;
    ChannelAccount {
        id: ChannelId(id),
        kind,
        name: "Atelier Nord".to_owned(),
        address: whatsapp.then(|| "999100200300".to_owned()),
        state: ChannelState::Connected,
        notice: None,
        window: WindowPolicy {
            length_ms: (kind != ChannelKind::Widget).then_some(24 * HOUR_MS),
            human_agent_ms: None,
            reactions_count: false,
            unsupported_counts: true,
            request_welcome_counts: false,
            number_change_keeps_window: false,
        },
        capabilities: ChannelCapabilities {
            templates: whatsapp,
            quotes: true,
            reactions: true,
            delivery_reports: true,
            read_reports: true,
            ..ChannelCapabilities::default()
        },
        tariff: None,
    }
}

fn template(id: i64) -> Row {
    Row::Template(Template {
        id: TemplateId(id),
        channel_id: ChannelId(1),
        name: format!("news_of_your_order_{id}"),
        language: "en".to_owned(),
        category: TemplateCategory::Utility,
        source: TemplateSource::Conversations,
        status: TemplateStatus::Approved,
        reason: None,
        components: vec![TemplateComponent::Body { text: "Hello, there is news of your order.".to_owned() }],
    })
}
