//! What the screen of one conversation is made of, and what can be put into its composer.

use chrono::{DateTime, Utc};

use super::{Composer, Dot, MediaFix, PriceQuote, TimelineRow};
use crate::model::{
    AgentGroupId, AgentId, ChannelCapabilities, ChannelId, ChannelKind, ChannelState, Contact, ConversationId,
    MessageId, Phrase, TemplateId, TemplateValue,
};

/// Everything a conversation's screen needs, as of one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ConversationScreen {
    /// Which conversation.
    pub id: ConversationId,
    /// The customer's name, or what stands for it.
    pub title: String,
    /// The customer; none when the row is not on this phone yet.
    pub contact: Option<Contact>,
    /// The *Channel* section; none when the row is not on this phone yet.
    pub channel: Option<ChannelSection>,
    /// Who answers it.
    pub assignee: Option<AssignedAgent>,
    /// Which group answers it.
    pub group: Option<AssignedGroup>,
    /// False once an agent closed it.
    pub open: bool,
    /// The attention dot.
    pub dot: Dot,
    /// What stands where one writes: a field with the time left, *Restart*, or why neither.
    pub composer: Composer,
    /// What is said beside it when the inbox server states another window than the messages here
    /// come to; none when they agree.
    pub window_difference: Option<Phrase>,
    /// What a reply costs now; none where the composer is not open.
    pub reply_price: Option<PriceTag>,
    /// After a template: it now waits for the customer's answer.
    pub waits_for_answer: Option<Phrase>,
    /// The conversation, oldest first. Echoes of what has not left yet come last.
    pub rows: Vec<TimelineRow>,
    /// The first message this agent has not read.
    pub unread_from: Option<MessageId>,
    /// Colleagues who look at it or answer it right now.
    pub colleagues: Vec<Colleague>,
    /// What was typed and not sent.
    pub draft: Option<SavedDraft>,
    /// There are older messages: [`ConversationHandle::load_older`](super::ConversationHandle::load_older).
    pub more_before: bool,
    /// There are newer messages than the last row.
    pub more_after: bool,
    /// False after a restart without a network: the server's clock is not known, so times left are
    /// guesses and should be shown as such.
    pub times_confirmed: bool,
    /// When to read the screen again although nothing changed: a mark ends, the window closes.
    pub valid_until: Option<DateTime<Utc>>,
}

/// Which part of a conversation to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Around {
    /// The newest messages.
    Newest,
    /// Those older than one.
    Before {
        /// Which one.
        message: MessageId,
    },
    /// Those newer than one.
    After {
        /// Which one.
        message: MessageId,
    },
    /// Those around one, as for a search hit.
    Message {
        /// Which one.
        message: MessageId,
    },
}

/// The *Channel* section of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ChannelSection {
    /// The channel account.
    pub id: ChannelId,
    /// The logo.
    pub kind: ChannelKind,
    /// The name of the connected number or page.
    pub name: String,
    /// The number or page id, as customers see it.
    pub address: Option<String>,
    /// Whether it can be used.
    pub state: ChannelState,
    /// The same in words; none while it is connected.
    pub notice: Option<Phrase>,
    /// What can be sent here.
    pub capabilities: ChannelCapabilities,
}

/// The agent a conversation is assigned to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct AssignedAgent {
    /// Which.
    pub id: AgentId,
    /// The name.
    pub name: String,
    /// Whether that is the agent who is signed in.
    pub me: bool,
}

/// The group a conversation is assigned to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct AssignedGroup {
    /// Which.
    pub id: AgentGroupId,
    /// The name.
    pub name: String,
}

/// A colleague at the same conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Colleague {
    /// Who.
    pub id: AgentId,
    /// The name.
    pub name: String,
    /// Writing, not only reading.
    pub answering: bool,
}

/// A price before the tap.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct PriceTag {
    /// Free, covered, from an allowance, an amount, or not priced.
    pub quote: PriceQuote,
    /// The same in words.
    pub phrase: Phrase,
}

/// What was typed and not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct SavedDraft {
    /// The words.
    pub text: String,
    /// The message it quotes.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub reply_to: Option<MessageId>,
}

/// What the agent is about to send.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Draft {
    /// Words.
    Text {
        /// The words.
        body: String,
        /// The message it quotes.
        reply_to: Option<MessageId>,
    },
    /// A file. It is copied in: the caller may delete its own at once.
    Media {
        /// Where the file is.
        path: String,
        /// Its MIME type.
        mime: String,
        /// The name the customer sees; empty: the file's own.
        name: String,
        /// What is written under it.
        caption: String,
        /// Recorded as a voice message.
        voice: bool,
        /// The message it quotes.
        reply_to: Option<MessageId>,
    },
    /// A template.
    Template {
        /// Which.
        template_id: TemplateId,
        /// Its variables.
        values: Vec<TemplateValue>,
    },
}

/// What is wrong with a draft, while it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct DraftCheck {
    /// Its length as the channel counts it; 0 for anything but words.
    pub length: u32,
    /// The most the channel takes; none: no limit.
    pub max_length: Option<u32>,
    /// What has to change before it can be sent. Empty: it can.
    pub faults: Vec<Phrase>,
    /// What the agent should see before sending, and may overrule: a variable of a saved reply that
    /// no value was filled in for.
    pub notes: Vec<Phrase>,
    /// What can be done with a file that does not fit, the best first.
    pub fixes: Vec<FileFix>,
}

/// Something that can be done with a file that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct FileFix {
    /// What.
    pub fix: MediaFix,
    /// The same in words.
    pub phrase: Phrase,
}

/// A file on this phone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct MediaFile {
    /// Where it is. Evicted when room is needed: ask again rather than keep the path.
    pub path: String,
    /// Its content, in hexadecimal.
    pub sha256: String,
    /// Its size.
    pub size_bytes: i64,
}
