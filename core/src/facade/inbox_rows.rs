//! What the list of conversations and the directories beside it are made of.

use chrono::{DateTime, Utc};

use super::{AuthorLabel, Dot};
use crate::model::{
    AgentGroupId, ChannelId, ChannelKind, ChannelState, ConversationId, ListPosition, MessageId, Phrase,
};

/// Which conversations to list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct InboxQuery {
    /// Assigned to whom.
    pub assignee: AssigneeFilter,
    /// Of one channel only.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub channel: Option<ChannelKind>,
    /// Open or closed only.
    #[cfg_attr(feature = "uniffi", uniffi(default = Some(true)))]
    pub open: Option<bool>,
    /// With something this agent has not read.
    #[cfg_attr(feature = "uniffi", uniffi(default = false))]
    pub unread_only: bool,
    /// With a customer who waits for an answer.
    #[cfg_attr(feature = "uniffi", uniffi(default = false))]
    pub unanswered_only: bool,
    /// Only those whose window closes within 2 hours, whether the customer waits for an answer or not.
    #[cfg_attr(feature = "uniffi", uniffi(default = false))]
    pub closing_soon: bool,
    /// After the last row of the page before: [`InboxPage::next`].
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub before: Option<ListPosition>,
    /// How many rows at most, 1 to 500.
    #[cfg_attr(feature = "uniffi", uniffi(default = 50))]
    pub limit: u32,
}

impl Default for InboxQuery {
    fn default() -> Self {
        Self {
            assignee: AssigneeFilter::All,
            channel: None,
            open: Some(true),
            unread_only: false,
            unanswered_only: false,
            closing_soon: false,
            before: None,
            limit: 50,
        }
    }
}

/// To whom a conversation is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum AssigneeFilter {
    /// To the agent who is signed in.
    Mine,
    /// To no agent and no group.
    Unassigned,
    /// All that the agent may see.
    All,
    /// To a group.
    AgentGroup {
        /// Which.
        id: AgentGroupId,
    },
}

/// A page of the list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct InboxPage {
    /// The rows.
    pub rows: Vec<InboxRow>,
    /// Where the next page begins; none on the last.
    pub next: Option<ListPosition>,
    /// What an empty list says: nothing here, still loading, not in the plan.
    pub notice: Option<Phrase>,
    /// When to read the page again although nothing changed: a dot turns, a window closes.
    pub valid_until: Option<DateTime<Utc>>,
}

/// A conversation in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct InboxRow {
    /// Which conversation.
    pub id: ConversationId,
    /// The customer's name, or what stands for it.
    pub title: String,
    /// The logo beside the name; none when the channel is not on this phone yet.
    pub channel: Option<ChannelBadge>,
    /// The line under the name.
    pub preview: Option<PreviewLine>,
    /// The last thing that moved it in the list.
    pub at: DateTime<Utc>,
    /// The attention dot.
    pub dot: Dot,
    /// Holds something this agent has not read.
    pub unread: bool,
    /// Since when the customer waits for an answer.
    pub waiting_since: Option<DateTime<Utc>>,
    /// False once an agent closed it.
    pub open: bool,
    /// The messaging window; none where the channel has none.
    pub window: Option<WindowBadge>,
    /// The name of the agent it is assigned to.
    pub assignee: Option<String>,
    /// The name of the group it is assigned to.
    pub group: Option<String>,
}

/// The logo beside a name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ChannelBadge {
    /// The logo.
    pub kind: ChannelKind,
    /// The name of the connected number or page.
    pub account_name: String,
}

/// The line under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct PreviewLine {
    /// Who wrote it.
    pub author: AuthorLabel,
    /// Its words; empty when the kind says it all.
    pub text: String,
    /// What stands for a content without words, such as *photo*.
    pub phrase: Option<Phrase>,
}

/// The messaging window in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum WindowBadge {
    /// Free text goes.
    Open {
        /// Milliseconds left.
        remaining_ms: i64,
        /// The window closes within 2 hours and the customer waits for an answer: worth a colour.
        urgent: bool,
    },
    /// Only a template goes.
    Closed,
}

/// How many conversations are open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct InboxCounts {
    /// Assigned to me.
    pub mine: u32,
    /// Assigned to no agent and no group.
    pub unassigned: u32,
    /// All I may see.
    pub all: u32,
    /// With something that the agent has not read.
    pub unread: u32,
    /// By group; a group without open conversations is absent.
    pub groups: Vec<GroupCount>,
}

/// How many conversations of a group are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct GroupCount {
    /// Which group.
    pub id: AgentGroupId,
    /// How many.
    pub open: u32,
    /// How many of them hold something I have not read.
    pub unread: u32,
}

/// A connected number or page, as the settings list it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ChannelLine {
    /// Which.
    pub id: ChannelId,
    /// The logo.
    pub kind: ChannelKind,
    /// The name of the number or page.
    pub name: String,
    /// The number or page id, as customers see it.
    pub address: Option<String>,
    /// Whether it can be used.
    pub state: ChannelState,
    /// The same in words.
    pub phrase: Phrase,
    /// Templates exist here.
    pub templates: bool,
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct SearchHit {
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// The message; none when the customer's name or number was found.
    pub message_id: Option<MessageId>,
    /// The customer's name, or what stands for it.
    pub title: String,
    /// The logo beside the name.
    pub channel: Option<ChannelBadge>,
    /// The words around what was found.
    pub text: String,
    /// When it was written.
    pub at: DateTime<Utc>,
}
