//! Everything the screens show: the core's last answers, and the user's position in them.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use riposte::facade::{
    AccountInfo, Around, ChannelLine, ConnectionState, ConversationScreen, DraftCheck, InboxCounts, InboxQuery,
    InboxRow, SearchHit, TemplateChoice, TimelineRow, UsageMonth, WaitingCommand,
};
use riposte::model::{
    Agent, AgentGroup, AgentId, AgentStatus, ChannelId, ConversationId, MessageId, Phrase, PhraseKey, SavedReply,
};

use super::event::{Choice, Place};
use super::field::Field;
use super::labels::Labels;

/// Turns a phrase into words, as the core does.
pub(super) type Speaker = Arc<dyn Fn(&Phrase) -> String + Send + Sync>;

/// Everything the screens show.
pub(super) struct State {
    pub(super) labels: &'static Labels,
    pub(super) speaker: Speaker,
    /// What the phone's clock shows.
    pub(super) now: DateTime<Utc>,
    pub(super) utc_offset_minutes: i32,
    pub(super) who: Option<AccountInfo>,
    /// The server to sign in on.
    pub(super) server: String,
    pub(super) connection: Option<(ConnectionState, Phrase)>,
    /// The demo's own controls, where they are.
    pub(super) stage: Option<StageState>,
    /// Where the tokens are kept, in the words of the settings.
    pub(super) secrets: &'static str,
    pub(super) at: Screen,
    pub(super) popup: Option<Popup>,
    /// A sentence about what just happened, until the next key.
    pub(super) notice: Option<Notice>,
    /// The scene of the tour that plays, from 1.
    pub(super) scene: Option<usize>,
    /// The templates are to be shown once this conversation is on screen.
    pub(super) sheet_for: Option<ConversationId>,
    pub(super) directory: Known,
    pub(super) inbox: InboxState,
    pub(super) talk: Option<Talk>,
    pub(super) outbox: Listed<WaitingCommand>,
    pub(super) search: SearchState,
    pub(super) usage: UsageState,
    pub(super) settings: usize,
}

/// Which screen is in front.
pub(super) enum Screen {
    /// Nothing is known yet.
    Opening,
    SignIn(Form),
    Main(Place),
    /// The conversation of [`State::talk`].
    Talk,
}

/// The demo's own controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StageState {
    pub(super) network: bool,
    pub(super) taken: usize,
    /// Something is being done behind the scenes.
    pub(super) busy: bool,
    /// The app was killed and is not open yet.
    pub(super) lost: bool,
}

/// A sentence at the bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) text: String,
    pub(super) bad: bool,
}

/// What changes seldom.
#[derive(Default)]
pub(super) struct Known {
    pub(super) me: Option<Agent>,
    pub(super) agents: Vec<Agent>,
    pub(super) groups: Vec<AgentGroup>,
    pub(super) saved_replies: Vec<SavedReply>,
    pub(super) channels: Vec<ChannelLine>,
}

/// The list of conversations.
pub(super) struct InboxState {
    pub(super) query: InboxQuery,
    pub(super) list: Listed<InboxRow>,
    pub(super) counts: InboxCounts,
    pub(super) notice: Option<Phrase>,
    pub(super) more: bool,
    pub(super) valid_until: Option<DateTime<Utc>>,
    /// What is left of a window was counted then.
    pub(super) read_at: DateTime<Utc>,
}

/// A list and the selected row.
pub(super) struct Listed<T> {
    pub(super) rows: Vec<T>,
    pub(super) chosen: usize,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), chosen: 0 }
    }
}

impl<T> Listed<T> {
    pub(super) fn chosen(&self) -> Option<&T> {
        self.rows.get(self.chosen)
    }

    pub(super) fn step(&mut self, rows: i32) {
        self.chosen = step(self.chosen, rows, self.rows.len());
    }

    pub(super) fn replace(&mut self, rows: Vec<T>) {
        self.rows = rows;
        self.step(0);
    }
}

/// Moves the selection by that many rows, within the list.
pub(super) fn step(from: usize, rows: i32, length: usize) -> usize {
    let to = i64::try_from(from).unwrap_or(0) + i64::from(rows);
    usize::try_from(to.max(0)).unwrap_or(0).min(length.saturating_sub(1))
}

/// The conversation in front.
pub(super) struct Talk {
    pub(super) id: ConversationId,
    pub(super) screen: Option<ConversationScreen>,
    pub(super) read_at: DateTime<Utc>,
    /// Which part of it is shown.
    pub(super) around: Around,
    pub(super) limit: u32,
    pub(super) loading: bool,
    /// Rows above were asked for while others were still loading.
    pub(super) more_wanted: bool,
    /// The selected row; none: at the newest, in the composer.
    pub(super) chosen: Option<String>,
    /// Where *new* was when it was opened.
    pub(super) unread_from: Option<MessageId>,
    pub(super) composer: Writing,
}

/// What is being written.
#[derive(Default)]
pub(super) struct Writing {
    pub(super) field: Field,
    pub(super) comment: bool,
    pub(super) mentions: Vec<(AgentId, String)>,
    pub(super) reply_to: Option<MessageId>,
    /// The core's check of it, and the text that was checked.
    pub(super) check: (String, DraftCheck),
    /// Changed since it was last kept.
    pub(super) unsaved: bool,
}

impl Writing {
    /// The core's check of the current text; none until it has answered.
    pub(super) fn checked(&self) -> Option<&DraftCheck> {
        Some(&self.check.1).filter(|_| self.check.0 == self.field.text())
    }
}

impl Talk {
    pub(super) fn new(id: ConversationId, now: DateTime<Utc>) -> Self {
        Self {
            id,
            screen: None,
            read_at: now,
            around: Around::Newest,
            limit: 50,
            loading: false,
            more_wanted: false,
            chosen: None,
            unread_from: None,
            composer: Writing::default(),
        }
    }

    pub(super) fn rows(&self) -> &[TimelineRow] {
        self.screen.as_ref().map_or(&[], |screen| &screen.rows)
    }

    pub(super) fn chosen_row(&self) -> Option<&TimelineRow> {
        let chosen = self.chosen.as_deref()?;
        self.rows().iter().find(|row| row_key(row) == chosen)
    }
}

/// What identifies a row.
pub(super) fn row_key(row: &TimelineRow) -> &str {
    match row {
        TimelineRow::Message(bubble) => &bubble.row_key,
        TimelineRow::Comment(comment) => &comment.row_key,
        TimelineRow::Event(event) => &event.row_key,
        TimelineRow::Gap(gap) => &gap.row_key,
    }
}

/// An overlay on a screen.
pub(super) enum Popup {
    Menu(Menu),
    Form(Form),
    Sheet(Sheet),
}

/// A list of things to do.
pub(super) struct Menu {
    pub(super) title: String,
    pub(super) entries: Vec<Entry>,
    pub(super) chosen: usize,
    /// The text of an empty list.
    pub(super) empty: String,
}

/// One of them.
pub(super) struct Entry {
    pub(super) label: String,
    pub(super) detail: String,
    pub(super) choice: Choice,
}

/// Some fields, and what they are for.
pub(super) struct Form {
    pub(super) purpose: Purpose,
    pub(super) title: String,
    pub(super) fields: Vec<FormField>,
    pub(super) focus: usize,
    /// What the customer will read.
    pub(super) preview: String,
    /// What has to change first.
    pub(super) faults: Vec<String>,
    pub(super) button: String,
    /// What it costs.
    pub(super) price: String,
    /// Enter was pressed: from now on missing values are named.
    pub(super) tried: bool,
}

/// One field of a form.
pub(super) struct FormField {
    pub(super) label: String,
    pub(super) field: Field,
    /// The text is not shown.
    pub(super) secret: bool,
    /// The choices, for the arrow keys.
    pub(super) options: Vec<String>,
}

impl FormField {
    pub(super) fn new(label: &str, text: &str) -> Self {
        Self { label: label.to_owned(), field: Field::of(text), secret: false, options: Vec::new() }
    }
}

/// What a form is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Purpose {
    SignIn,
    Values(ChannelId, Box<TemplateChoice>),
    NewTemplate(ChannelId),
    File,
}

/// *Restart the conversation*: the templates.
pub(super) struct Sheet {
    pub(super) channel: ChannelId,
    pub(super) list: Listed<TemplateChoice>,
    pub(super) loading: bool,
}

/// The search screen.
#[derive(Default)]
pub(super) struct SearchState {
    pub(super) field: Field,
    pub(super) hits: Listed<SearchHit>,
    /// The query.
    pub(super) asked: String,
}

/// What was charged.
#[derive(Default)]
pub(super) struct UsageState {
    /// Year and month on screen.
    pub(super) month: (i32, u32),
    pub(super) shown: Option<UsageMonth>,
}

impl State {
    pub(super) fn new(labels: &'static Labels, speaker: Speaker, now: DateTime<Utc>, utc_offset_minutes: i32) -> Self {
        Self {
            labels,
            speaker,
            now,
            utc_offset_minutes,
            who: None,
            server: String::new(),
            connection: None,
            stage: None,
            secrets: "",
            at: Screen::Opening,
            popup: None,
            notice: None,
            scene: None,
            sheet_for: None,
            directory: Known::default(),
            inbox: InboxState {
                query: InboxQuery::default(),
                list: Listed::default(),
                counts: InboxCounts::default(),
                notice: None,
                more: false,
                valid_until: None,
                read_at: now,
            },
            talk: None,
            outbox: Listed::default(),
            search: SearchState::default(),
            usage: UsageState::default(),
            settings: 0,
        }
    }

    /// A sentence of the core in words.
    pub(super) fn say(&self, phrase: &Phrase) -> String {
        (self.speaker)(phrase)
    }

    pub(super) fn say_key(&self, key: PhraseKey) -> String {
        self.say(&Phrase::new(key))
    }

    /// An instant as the clock on the wall here shows it.
    pub(super) fn local(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        at + TimeDelta::minutes(self.utc_offset_minutes.into())
    }

    pub(super) fn status(&self) -> AgentStatus {
        self.directory.me.as_ref().map_or(AgentStatus::Unknown, |me| me.status)
    }

    pub(super) fn tell(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), bad: false });
    }

    pub(super) fn complain(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), bad: true });
    }
}
