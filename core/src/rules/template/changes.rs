//! What became of a template since the agent saw it?
//!
//! Meta approves, rejects, pauses and disables templates at any time, and moves them to another
//! category, which changes their price ("Template status", "Template category" webhooks). All
//! that may happen while the phone is away or the template is being filled in.

use super::usable::status_fault;
use crate::model::{Phrase, PhraseKey, Template, TemplateCategory, TemplateStatus};

/// A sentence for each thing that changed and matters to who is about to send it: status,
/// category (and so price), words. Empty when it is what it was.
pub fn changes(seen: &Template, now: &Template) -> Vec<Phrase> {
    let mut news = Vec::new();
    if seen.status != now.status || seen.reason != now.reason {
        match status_fault(now) {
            Some(fault) => news.push(fault),
            None if seen.status != TemplateStatus::Approved => news.push(Phrase::new(PhraseKey::TemplateNowApproved)),
            None => {}
        }
    }
    if seen.category != now.category {
        news.push(Phrase::new(match now.category {
            TemplateCategory::Marketing => PhraseKey::TemplateNowMarketing,
            TemplateCategory::Utility => PhraseKey::TemplateNowUtility,
            TemplateCategory::Authentication => PhraseKey::TemplateNowAuthentication,
            TemplateCategory::Unknown => PhraseKey::TemplateNowOtherCategory,
        }));
    }
    if seen.components != now.components {
        news.push(Phrase::new(PhraseKey::TemplateNowOtherWords));
    }
    news
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TemplateComponent;
    use crate::rules::table::order_update;

    fn since(change: impl Fn(&mut Template)) -> Vec<PhraseKey> {
        let mut now = order_update();
        change(&mut now);
        changes(&order_update(), &now).into_iter().map(|phrase| phrase.key).collect()
    }

    #[test]
    fn what_is_as_it_was_needs_no_word() {
        assert_eq!(since(|_| {}), []);
    }

    #[test]
    fn a_template_paused_while_the_phone_was_away_is_named() {
        assert_eq!(since(|now| now.status = TemplateStatus::Paused), [PhraseKey::TemplatePaused]);
        let disabled = |now: &mut Template| {
            now.status = TemplateStatus::Disabled;
            now.reason = Some("quality".to_owned());
        };
        assert_eq!(since(disabled), [PhraseKey::TemplateDisabledWhy]);
    }

    #[test]
    fn a_template_approved_meanwhile_is_named() {
        let pending = Template { status: TemplateStatus::Pending, ..order_update() };
        let news = changes(&pending, &order_update());
        assert_eq!(news, [Phrase::new(PhraseKey::TemplateNowApproved)]);
    }

    #[test]
    fn another_category_is_another_price() {
        let into = |category| since(|now| now.category = category);
        assert_eq!(into(TemplateCategory::Marketing), [PhraseKey::TemplateNowMarketing]);
        assert_eq!(into(TemplateCategory::Authentication), [PhraseKey::TemplateNowAuthentication]);
        assert_eq!(into(TemplateCategory::Unknown), [PhraseKey::TemplateNowOtherCategory]);
        let marketing = Template { category: TemplateCategory::Marketing, ..order_update() };
        assert_eq!(changes(&marketing, &order_update()), [Phrase::new(PhraseKey::TemplateNowUtility)]);
    }

    #[test]
    fn other_words_are_to_be_read_again() {
        let changed = since(|now| now.components = vec![TemplateComponent::Body { text: "Bonjour.".to_owned() }]);
        assert_eq!(changed, [PhraseKey::TemplateNowOtherWords]);
    }
}
