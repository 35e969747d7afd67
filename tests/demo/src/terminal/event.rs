//! What happens to the client, what its user wants, and what is to be done about it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use crossterm::event::KeyEvent;
use riposte::facade::{
    Account, Around, Changed, ConnectionState, ConversationScreen, Decision, Draft, DraftCheck, Error, InboxCounts,
    InboxPage, InboxQuery, MediaFile, NewTemplate, SavedDraft, SearchHit, TemplateChoice, TemplatePreview, UsageMonth,
    WaitingCommand,
};
use riposte::model::{
    Agent, AgentGroup, AgentId, AgentStatus, Assignee, ChannelId, ClientKey, ConversationId, MediaId, MessageId,
    Phrase, SavedReply, SavedReplyId, TemplateId, TemplateValue,
};

use super::field::Edit;

/// Something that happened.
pub(super) enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// Something on the screen was clicked, or a key means it.
    Act(Act),
    /// Text was pasted.
    Paste(String),
    /// Time has passed.
    Tick(DateTime<Utc>),
    /// Something came back from the core or from behind the scenes.
    News(News),
}

/// What the user wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    Quit,
    /// One step back: out of a popup, a selection, a screen.
    Back,
    /// Up and down, by rows.
    Move(i32),
    First,
    Last,
    /// What Enter does here.
    Enter,
    /// A row of what is in front was clicked.
    Row(usize),
    /// A row of the inbox was clicked.
    Card(usize),
    Type(String),
    Edit(Edit),
    /// To the next place where one types, or the one before.
    Next,
    Previous,
    Go(Place),
    Filter(Filter),
    /// Reply or comment.
    Comment,
    SavedReplies,
    Restart,
    Assign,
    /// Close the conversation, or reopen it.
    SetOpen,
    File,
    /// In the sheet of templates.
    NewTemplate,
    Refresh,
    /// The month before or after.
    Month(i32),
    Status,
    SignOut,
    /// Of the demo alone.
    Deed(Deed),
    /// The tour's list.
    Tour,
    /// One scene of it, from 1; 0: the one after the present.
    Scene(usize),
}

/// The screens one can go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Inbox,
    Outbox,
    Search,
    Usage,
    Settings,
}

/// The inbox's filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    Assignee,
    Channel,
    Open,
    Unread,
    Unanswered,
    Closing,
}

/// What the demo's own keys do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Cut the network, or mend it.
    Network,
    /// An hour passes.
    Hour,
    /// The customer on screen, or the next one, reads and writes.
    Customer,
    /// The app is killed and opened again.
    Lose,
}

/// What an entry of a menu does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    AssignTo(Assignee),
    Insert(SavedReplyId),
    Mention(AgentId, String),
    Quote(MessageId),
    React(MessageId),
    Emoji(MessageId, Option<String>),
    Media(MediaId),
    /// A new attempt of a message that failed at the provider.
    Again(MessageId),
    /// A command of the outbox.
    Retry(ClientKey),
    Cancel(ClientKey),
    Decide(ClientKey, Decision),
    /// The words of a failed message, into the composer.
    Reuse(String),
    Restart(Option<ConversationId>),
    Conversation(ConversationId),
    Scene(usize),
    SignOut,
}

/// Something to be done outside of the state.
#[derive(Debug, Clone)]
pub(super) enum Effect {
    Quit,
    SignIn {
        server: String,
        email: String,
        password: String,
    },
    SignOut {
        force: bool,
    },
    ReadInbox(InboxQuery),
    LoadMore,
    Directory,
    ReadOutbox,
    Search(String),
    Month(i32, u32),
    Status(AgentStatus),
    /// It comes on screen.
    Enter(ConversationId),
    Leave(ConversationId),
    ReadTalk {
        id: ConversationId,
        around: Around,
        limit: u32,
    },
    LoadOlder(ConversationId),
    /// What the core makes of what was typed.
    Check(String, Option<MessageId>),
    Send(ConversationId, Draft),
    Say(ConversationId, String, Vec<AgentId>),
    Again(ConversationId, MessageId),
    React(ConversationId, MessageId, Option<String>),
    Assign(ConversationId, Assignee),
    SetOpen(ConversationId, bool),
    SaveDraft(ConversationId, SavedDraft),
    SavedReply(ConversationId, SavedReplyId),
    Media(ConversationId, MediaId),
    Retry(ClientKey),
    Cancel(ClientKey),
    Decide(ClientKey, Decision),
    Templates(ChannelId, Option<ConversationId>),
    RefreshTemplates(ChannelId),
    Preview(ChannelId, TemplateId, Vec<TemplateValue>),
    CheckTemplate(ChannelId, NewTemplate),
    CreateTemplate(ChannelId, NewTemplate),
    /// For those behind the scenes.
    Stage(Stage),
}

/// What those behind the scenes are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// Cut it, or mend it.
    Network,
    Hour,
    /// The customer of this name, or the next one in turn.
    Customer(Option<String>),
    Lose,
    /// Everything for a scene of the tour.
    Scene(usize),
    /// Only how many messages the providers took.
    Count,
}

/// What came back.
pub(super) enum News {
    /// An account is open.
    Opened(Arc<Account>),
    /// Nobody is signed in: where, and as whom, is for the user to say.
    NobodySignedIn,
    SignedOut,
    /// These have not been sent and would be lost.
    Unsent(usize),
    Changed(Vec<Changed>),
    Connection(ConnectionState, Phrase),
    Inbox(InboxPage, InboxCounts),
    /// Further conversations came, or there are none.
    More,
    Directory(Box<Directory>),
    Outbox(Vec<WaitingCommand>),
    Found {
        text: String,
        hits: Vec<SearchHit>,
    },
    Month(Box<UsageMonth>),
    Talk(Box<ConversationScreen>),
    /// Older messages came.
    Older(ConversationId),
    /// What the core makes of a text.
    Checked(String, DraftCheck),
    /// Words for the composer.
    Words(ConversationId, String),
    File(MediaFile),
    Templates(Vec<TemplateChoice>),
    Preview(TemplateId, TemplatePreview),
    TemplateFaults(Vec<Phrase>),
    /// The new template is on its way.
    Created,
    /// It was not possible, and why.
    Failed(Error),
    /// Everything that was asked before is done: those behind the scenes may go on.
    Ready(Stage),
    /// From behind the scenes.
    Stage(StageNews),
    /// How many messages the providers took from the inbox.
    Taken(usize),
    /// Something of ours went wrong behind the scenes.
    Broken(String),
}

/// What those behind the scenes say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StageNews {
    /// Whether the phone has a network.
    pub(super) network: bool,
    /// How many messages the providers took from the inbox.
    pub(super) taken: usize,
    /// What the clock shows now.
    pub(super) now: DateTime<Utc>,
    /// A scene is set, in this conversation.
    pub(super) scene: Option<(usize, ConversationId)>,
}

/// What changes seldom.
pub(super) struct Directory {
    pub(super) me: Agent,
    pub(super) agents: Vec<Agent>,
    pub(super) groups: Vec<AgentGroup>,
    pub(super) saved_replies: Vec<SavedReply>,
    pub(super) channels: Vec<riposte::facade::ChannelLine>,
}
