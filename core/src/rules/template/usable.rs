//! Can this template be sent from the inbox, and why not?

use crate::model::{
    ChannelAccount, Phrase, PhraseKey, PhraseValue, Template, TemplateComponent, TemplateSource, TemplateStatus,
};

/// Whether a template can be sent from the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Usability {
    /// It can.
    Usable,
    /// Shown greyed, with the reason.
    NotUsable {
        /// Why.
        why: Phrase,
    },
    /// Not even listed: made elsewhere, or for another number.
    NotOffered {
        /// Why.
        why: Phrase,
    },
}

/// Whether a template can be sent from the inbox on a channel account.
pub fn usability(template: &Template, channel: &ChannelAccount) -> Usability {
    let not_offered = |key| Usability::NotOffered { why: Phrase::new(key) };
    if !channel.capabilities.templates {
        return not_offered(PhraseKey::TemplatesNotHere);
    }
    if template.channel_id != channel.id {
        return not_offered(PhraseKey::TemplateOtherChannel);
    }
    match template.source {
        TemplateSource::Conversations => {}
        TemplateSource::Automation | TemplateSource::Unknown => {
            return not_offered(PhraseKey::TemplateNotFromConversations);
        }
    }
    match status_fault(template) {
        Some(why) => Usability::NotUsable { why },
        None if template.components.contains(&TemplateComponent::Unknown) => {
            Usability::NotUsable { why: Phrase::new(PhraseKey::TemplateUnknownPart) }
        }
        None => Usability::Usable,
    }
}

/// What Meta holds against it, with Meta's reason where there is one.
pub(super) fn status_fault(template: &Template) -> Option<Phrase> {
    let reason = template.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    let reason = reason.map(|reason| PhraseValue::Text(reason.to_owned()));
    Some(match (template.status, reason) {
        (TemplateStatus::Approved, _) => return None,
        (TemplateStatus::Pending, _) => Phrase::new(PhraseKey::TemplatePending),
        (TemplateStatus::Rejected, None) => Phrase::new(PhraseKey::TemplateRejected),
        (TemplateStatus::Rejected, Some(reason)) => Phrase::new(PhraseKey::TemplateRejectedWhy).with("reason", reason),
        (TemplateStatus::Paused, None) => Phrase::new(PhraseKey::TemplatePaused),
        (TemplateStatus::Paused, Some(reason)) => Phrase::new(PhraseKey::TemplatePausedWhy).with("reason", reason),
        (TemplateStatus::Disabled, None) => Phrase::new(PhraseKey::TemplateDisabled),
        (TemplateStatus::Disabled, Some(reason)) => Phrase::new(PhraseKey::TemplateDisabledWhy).with("reason", reason),
        (TemplateStatus::Unknown, _) => Phrase::new(PhraseKey::TemplateStatusUnknown),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ChannelId;
    use crate::rules::table::{messenger, order_update, whatsapp};

    fn why(template: &Template) -> Option<PhraseKey> {
        match usability(template, &whatsapp()) {
            Usability::Usable => None,
            Usability::NotUsable { why } | Usability::NotOffered { why } => Some(why.key),
        }
    }

    #[test]
    fn created_from_conversations_and_approved_it_can_be_sent() {
        assert_eq!(usability(&order_update(), &whatsapp()), Usability::Usable);
    }

    #[test]
    fn one_from_the_template_list_page_is_never_offered() {
        let automation = Template { source: TemplateSource::Automation, ..order_update() };
        let why = Phrase::new(PhraseKey::TemplateNotFromConversations);
        assert_eq!(usability(&automation, &whatsapp()), Usability::NotOffered { why });
    }

    #[test]
    fn what_meta_has_not_approved_is_shown_with_the_reason() {
        let with = |status, reason: Option<&str>| {
            why(&Template { status, reason: reason.map(str::to_owned), ..order_update() })
        };
        assert_eq!(with(TemplateStatus::Pending, None), Some(PhraseKey::TemplatePending));
        assert_eq!(with(TemplateStatus::Rejected, None), Some(PhraseKey::TemplateRejected));
        assert_eq!(with(TemplateStatus::Rejected, Some("INVALID_FORMAT")), Some(PhraseKey::TemplateRejectedWhy));
        assert_eq!(with(TemplateStatus::Paused, Some(" ")), Some(PhraseKey::TemplatePaused));
        assert_eq!(with(TemplateStatus::Disabled, Some("quality")), Some(PhraseKey::TemplateDisabledWhy));
        assert_eq!(with(TemplateStatus::Unknown, None), Some(PhraseKey::TemplateStatusUnknown));
    }

    #[test]
    fn another_numbers_template_is_not_offered() {
        let other = Template { channel_id: ChannelId(9), ..order_update() };
        assert_eq!(why(&other), Some(PhraseKey::TemplateOtherChannel));
    }

    #[test]
    fn a_channel_without_templates_offers_none() {
        let here = Template { channel_id: messenger().id, ..order_update() };
        let why = Phrase::new(PhraseKey::TemplatesNotHere);
        assert_eq!(usability(&here, &messenger()), Usability::NotOffered { why });
    }

    #[test]
    fn a_template_with_an_unknown_part_cannot_be_sent() {
        let mut carousel = order_update();
        carousel.components.push(TemplateComponent::Unknown);
        assert_eq!(why(&carousel), Some(PhraseKey::TemplateUnknownPart));
    }
}
