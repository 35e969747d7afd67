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

/// The customer's name, or what stands for it: the handle, the number. A BSUID is nobody's name.
pub(super) fn title(contact: Option<&Contact>) -> String {
    let Some(contact) = contact else { return String::new() };
    let username = contact.username.as_ref().map(|username| format!("@{}", username.trim_start_matches('@')));
    let phone = contact.phone.as_ref().map(|phone| format!("+{phone}"));
    match contact.name.trim() {
        "" => username.or(phone).unwrap_or_default(),
        name => name.to_owned(),
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
    fn a_customer_without_a_name_goes_by_handle_or_number_and_never_by_bsuid() {
        assert_eq!(title(Some(&customer("Léa", Some("lea"), Some("336")))), "Léa");
        assert_eq!(title(Some(&customer(" ", Some("@lea"), Some("336")))), "@lea");
        assert_eq!(title(Some(&customer("", None, Some("336")))), "+336");
        assert_eq!(title(Some(&customer("", None, None))), "");
    }
}
