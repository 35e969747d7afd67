//! The small makers that the tables of the rules share.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use crate::model::{
    ChannelAccount, ChannelCapabilities, ChannelId, ChannelKind, ChannelState, MediaKind, MediaLimit, Tariff, Template,
    TemplateButton, TemplateCategory, TemplateComponent, TemplateId, TemplateSource, TemplateStatus, TemplateValue,
    TextLimit, TextUnit, WindowPolicy,
};
use crate::rules::tariff::page_tariff;

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const HOUR: i64 = 3_600 * SECOND;
pub(crate) const DAY: i64 = 24 * HOUR;

/// `"3 09:59:59.999"`: a day of November 2026 and a time.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    let (day, time) = text.split_once(' ').unwrap();
    let time = NaiveTime::parse_from_str(time, "%H:%M:%S%.f")
        .or_else(|_| NaiveTime::parse_from_str(time, "%H:%M"))
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    NaiveDate::from_ymd_opt(2026, 11, day.parse().unwrap()).unwrap().and_time(time).and_utc()
}

fn window(length_ms: Option<i64>, human_agent_ms: Option<i64>) -> WindowPolicy {
    WindowPolicy {
        length_ms,
        human_agent_ms,
        reactions_count: false,
        unsupported_counts: true,
        request_welcome_counts: false,
        number_change_keeps_window: false,
    }
}

pub(crate) fn whatsapp_window() -> WindowPolicy {
    window(Some(DAY), None)
}

pub(crate) fn messenger_window() -> WindowPolicy {
    window(Some(DAY), Some(7 * DAY))
}

pub(crate) fn widget_window() -> WindowPolicy {
    window(None, None)
}

pub(crate) fn whatsapp() -> ChannelAccount {
    ChannelAccount {
        id: ChannelId(1),
        kind: ChannelKind::Whatsapp,
        name: "Atelier Nord".to_owned(),
        address: Some("33199000001".to_owned()),
        state: ChannelState::Connected,
        notice: None,
        window: whatsapp_window(),
        capabilities: ChannelCapabilities {
            text_limit: Some(TextLimit { max: 4_096, unit: TextUnit::Characters }),
            media: vec![MediaLimit {
                kind: MediaKind::Image,
                max_bytes: 5 * 1024 * 1024,
                mime: vec!["image/jpeg".to_owned(), "image/png".to_owned()],
            }],
            templates: true,
            quotes: true,
            reactions: true,
            delivery_reports: true,
            read_reports: true,
            tells_customer_read: true,
        },
        tariff: None,
    }
}

pub(crate) fn messenger() -> ChannelAccount {
    let capabilities = ChannelCapabilities { templates: false, ..whatsapp().capabilities };
    ChannelAccount {
        id: ChannelId(2),
        kind: ChannelKind::Messenger,
        window: messenger_window(),
        notice: None,
        capabilities,
        ..whatsapp()
    }
}

pub(crate) fn widget() -> ChannelAccount {
    ChannelAccount {
        id: ChannelId(3),
        kind: ChannelKind::Widget,
        window: widget_window(),
        notice: None,
        capabilities: ChannelCapabilities::default(),
        ..whatsapp()
    }
}

/// The page's tariff, where a message to France costs five cents.
pub(crate) fn priced_at_five_cents() -> Tariff {
    let mut tariff = page_tariff().unwrap();
    for rate in tariff.versions[0].rates.iter_mut().filter(|rate| rate.market == "france") {
        rate.micros = 50_000;
    }
    tariff
}

/// A template that can be sent: a body with one variable, a footer, a button.
pub(crate) fn order_update() -> Template {
    with_parts(vec![
        TemplateComponent::Body { text: "Bonjour {{1}}, votre commande est prête. À bientôt !".to_owned() },
        TemplateComponent::Footer { text: "Atelier Nord".to_owned() },
        TemplateComponent::Buttons { buttons: vec![TemplateButton::QuickReply { text: "Merci".to_owned() }] },
    ])
}

pub(crate) fn with_parts(components: Vec<TemplateComponent>) -> Template {
    Template {
        id: TemplateId(5),
        channel_id: ChannelId(1),
        name: "order_update".to_owned(),
        language: "fr".to_owned(),
        category: TemplateCategory::Utility,
        source: TemplateSource::Conversations,
        status: TemplateStatus::Approved,
        reason: None,
        components,
    }
}

pub(crate) fn values(given: &[(&str, &str)]) -> Vec<TemplateValue> {
    given.iter().map(|(name, value)| TemplateValue { name: (*name).to_owned(), value: (*value).to_owned() }).collect()
}
