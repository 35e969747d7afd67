//! Who is called what: customers, colleagues, and what stands where there is no name.

use super::{AuthorLabel, ChannelBadge};
use crate::model::{Agent, AgentGroup, AgentGroupId, AgentId, Author, ChannelAccount, Contact};
use crate::rules::labels;

/// The people a screen may have to name.
pub(super) struct Names<'a> {
    pub(super) me: AgentId,
    pub(super) agents: &'a [Agent],
    pub(super) groups: &'a [AgentGroup],
}

impl Names<'_> {
    pub(super) fn agent(&self, id: AgentId) -> Option<String> {
        self.agents.iter().find(|agent| agent.id == id).map(|agent| agent.name.clone())
    }

    pub(super) fn group(&self, id: AgentGroupId) -> Option<String> {
        self.groups.iter().find(|group| group.id == id).map(|group| group.name.clone())
    }

    /// Who wrote something; `customer` is the title of the conversation.
    pub(super) fn who(&self, author: &Author, customer: &str) -> AuthorLabel {
        match author {
            Author::Agent { id } if *id == self.me => AuthorLabel::You,
            Author::Agent { id } => match self.agent(*id) {
                Some(name) => AuthorLabel::Person { name },
                None => said(author, self.me, customer),
            },
            Author::Customer => AuthorLabel::Person { name: customer.to_owned() },
            Author::PhoneApp | Author::Automation | Author::System | Author::Unknown => said(author, self.me, customer),
        }
    }
}

fn said(author: &Author, me: AgentId, customer: &str) -> AuthorLabel {
    match labels::author(author, Some(me)) {
        Some(phrase) => AuthorLabel::Described { phrase },
        None => AuthorLabel::Person { name: customer.to_owned() },
    }
}

/// The end of a customer's id that tells two without a name apart.
const ID_END: usize = 6;

/// The customer's name, or what stands for it: the handle, the number. A customer without any of
/// them goes by the end of their WhatsApp id, or by the number of their row.
pub(super) fn title(contact: Option<&Contact>) -> String {
    let Some(contact) = contact else { return String::new() };
    let username = contact.username.as_ref().map(|username| format!("@{}", username.trim_start_matches('@')));
    let phone = contact.phone.as_ref().map(|phone| format!("+{phone}"));
    match contact.name.trim() {
        "" => username.or(phone).unwrap_or_else(|| unnamed(contact)),
        name => name.to_owned(),
    }
}

fn unnamed(contact: &Contact) -> String {
    match &contact.bsuid {
        Some(bsuid) => {
            let start = bsuid.char_indices().rev().nth(ID_END - 1).map_or(0, |(at, _)| at);
            format!("WhatsApp …{}", bsuid.get(start..).unwrap_or_default())
        }
        None => format!("#{}", contact.id),
    }
}

pub(super) fn badge(channel: &ChannelAccount) -> ChannelBadge {
    ChannelBadge { kind: channel.kind, account_name: channel.name.clone() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::ContactId;

    fn customer(name: &str, username: Option<&str>, phone: Option<&str>) -> Contact {
        Contact {
            id: ContactId(1),
            name: name.into(),
            phone: phone.map(Into::into),
            bsuid: Some("FR.abc".into()),
            username: username.map(Into::into),
            language: None,
            attributes: BTreeMap::new(),
        }
    }

    #[test]
    fn a_customer_without_a_name_goes_by_handle_or_number_or_the_end_of_the_id() {
        assert_eq!(title(Some(&customer("Léa", Some("lea"), Some("336")))), "Léa");
        assert_eq!(title(Some(&customer(" ", Some("@lea"), Some("336")))), "@lea");
        assert_eq!(title(Some(&customer("", None, Some("336")))), "+336");
        let named_by =
            |bsuid: Option<&str>| title(Some(&Contact { bsuid: bsuid.map(Into::into), ..customer("", None, None) }));
        assert_eq!(named_by(Some("FR.2026206508304015")), "WhatsApp …304015");
        assert_eq!(named_by(Some("FR.2026206508304016")), "WhatsApp …304016");
        assert_eq!(named_by(Some("é")), "WhatsApp …é");
        assert_eq!(named_by(None), "#1");
    }
}
