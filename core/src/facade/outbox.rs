//! What waits to leave, and what the agent decides about it.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::core::Core;
use super::engine::Engine;
use super::names::title;
use super::timeline::progress_of;
use super::{Error, MessageAction, SendProgress};
use crate::model::{ClientKey, Command, ConversationId, OutboxEntry, Outgoing, Phrase};
use crate::outbox::{ChoiceError, ChoiceResult, carry_out};
use crate::rules::failure::refusal;
use crate::rules::labels;
use crate::rules::sending::actions::actions;
use crate::rules::sending::choice::{Choice, known_refusal};
use crate::rules::window::reply_window;
use crate::store::Loss;

/// The code of a loss whose content is unknown. Not the server's.
const OUTBOX_DAMAGED: &str = "outbox_damaged";

/// What waits to leave.
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct Outbox {
    engine: Engine,
    core: Arc<Core>,
}

/// A command that waits, or that was refused and waits to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct WaitingCommand {
    /// Its key.
    pub key: ClientKey,
    /// Its conversation.
    pub conversation_id: Option<ConversationId>,
    /// The title of its conversation: the customer's name, or what stands for it.
    pub conversation_title: Option<String>,
    /// The command in the wire's word (`message.send`, ...).
    pub kind: String,
    /// Its words, if it has any.
    pub text: String,
    /// When the agent gave it.
    pub at: DateTime<Utc>,
    /// Where it stands.
    pub progress: SendProgress,
    /// The same in words.
    pub note: Option<Phrase>,
    /// What the agent can do about it, the best first.
    pub actions: Vec<MessageAction>,
}

/// What the agent decides about a command that cannot go on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Decision {
    /// Send it all the same. Free text after the window is refused.
    Send,
    /// Take it back: its words are returned for the composer.
    Edit,
    /// Let it go.
    Discard,
}

/// What became of a command after a decision, a retry or a cancellation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum CommandOutcome {
    /// It waits to leave again, maybe under a new key.
    Queued {
        /// The key it now has.
        key: ClientKey,
    },
    /// It will never leave.
    Withdrawn {
        /// Its words.
        text: String,
    },
    /// Too late: it left already.
    AlreadySent,
}

impl Outbox {
    pub(super) fn new(engine: Engine, core: Arc<Core>) -> Self {
        Self { engine, core }
    }

    async fn carry_out(&self, key: ClientKey, choice: Choice) -> Result<CommandOutcome, Error> {
        let core = self.core.clone();
        self.engine.run(async move { decide(&core, key, choice).await }).await
    }
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl Outbox {
    /// What waits, oldest first. Read marks are left out: the agent does not wait for them.
    ///
    /// What was damaged in this device's memory stands here as [`SendProgress::Refused`]: `damaged` is a
    /// command of which something has changed, which can be taken back and never leaves; before all others
    /// and of kind `outbox` stands `outbox_damaged`, when something could not be read at all. Discarding
    /// that one means that the agent has seen it.
    pub async fn waiting(&self) -> Result<Vec<WaitingCommand>, Error> {
        let core = self.core.clone();
        self.engine.run(async move { waiting(&core).await }).await
    }

    /// Tries a refused command again, under a new key; one that waits for its time goes at once.
    ///
    /// Fails with [`Error::Refused`] (`window_closed`) for free text after the window.
    pub async fn retry(&self, key: ClientKey) -> Result<CommandOutcome, Error> {
        self.carry_out(key, Choice::Send).await
    }

    /// Takes a command back. Free while it waits here; after that the server is asked, which
    /// burns the key or says what became of it ([`Error::Offline`] when it cannot be asked).
    pub async fn cancel(&self, key: ClientKey) -> Result<CommandOutcome, Error> {
        self.carry_out(key, Choice::TakeBack).await
    }

    /// Decides about a command in [`SendProgress::NeedsDecision`] or [`SendProgress::Refused`].
    ///
    /// Fails as [`retry`](Self::retry) and [`cancel`](Self::cancel) do.
    pub async fn decide(&self, key: ClientKey, decision: Decision) -> Result<CommandOutcome, Error> {
        let choice = match decision {
            Decision::Send => Choice::Send,
            Decision::Edit | Decision::Discard => Choice::TakeBack,
        };
        self.carry_out(key, choice).await
    }
}

async fn decide(core: &Core, key: ClientKey, choice: Choice) -> Result<CommandOutcome, Error> {
    if let Some(loss) = core.store.outbox(|outbox| outbox.loss()).await?
        && loss.key == key
    {
        return seen(core, choice).await;
    }
    if choice == Choice::Send {
        may_leave(core, key).await?;
    }
    let outcome = carry_out(&core.outbox, key, choice).await.map_err(|error| match error {
        ChoiceError::Store(error) => Error::from(error),
        ChoiceError::Backend(error) => Error::from(error),
    })?;
    core.bell.hurry();
    match outcome {
        ChoiceResult::Queued(key) => Ok(CommandOutcome::Queued { key }),
        ChoiceResult::Gone(entry) => Ok(CommandOutcome::Withdrawn { text: text(&entry).to_owned() }),
        ChoiceResult::AlreadySent => Ok(CommandOutcome::AlreadySent),
        ChoiceResult::NotFound => Err(Error::NotFound),
    }
}

/// The agent has seen that something was lost.
async fn seen(core: &Core, choice: Choice) -> Result<CommandOutcome, Error> {
    if choice == Choice::Send {
        return Err(Error::refused(OUTBOX_DAMAGED));
    }
    core.store.outbox(|outbox| outbox.forget_loss()).await?;
    core.outbox.listener.outbox_changed(None);
    Ok(CommandOutcome::Withdrawn { text: String::new() })
}

/// Refuses at once what would certainly be refused later.
async fn may_leave(core: &Core, key: ClientKey) -> Result<(), Error> {
    let entry = core.store.outbox(move |outbox| outbox.entry(key)).await?.ok_or(Error::NotFound)?;
    let stored = match entry.conversation_id {
        Some(id) => core.store.read(move |cache| cache.conversation(id)).await?,
        None => None,
    };
    let window = stored.and_then(|stored| {
        let channel = stored.channel?;
        Some(reply_window(&channel.window, &stored.conversation.window, core.now()))
    });
    known_refusal(&entry, window.as_ref()).map_or(Ok(()), |code| Err(Error::refused(code)))
}

pub(super) async fn waiting(core: &Core) -> Result<Vec<WaitingCommand>, Error> {
    let (mut entries, loss) = core.store.outbox(|outbox| Ok((outbox.entries()?, outbox.loss()?))).await?;
    entries.retain(|entry| !matches!(entry.command, Command::MarkRead { .. }));
    let asked = entries.clone();
    let held: Held = core
        .store
        .read(move |cache| {
            let mut held = Held::default();
            for entry in &asked {
                if let Some(id) = entry.conversation_id
                    && let Some(stored) = cache.conversation(id)?
                {
                    held.names.insert(id, title(stored.contact.as_ref()));
                }
                if let Command::RetryMessage { message_id, .. } = &entry.command
                    && let Some(stored) = cache.message(*message_id)?
                {
                    held.texts.insert(entry.key, stored.message.content.text().to_owned());
                }
            }
            Ok(held)
        })
        .await?;
    let online = core.outbox.feed.online();
    let lost = loss.map(|loss| lost(loss, core.now()));
    Ok(lost.into_iter().chain(entries.iter().map(|entry| waiting_command(entry, &held, online))).collect())
}

/// What the cache knows about the commands that wait.
#[derive(Default)]
struct Held {
    /// The customers' names.
    names: HashMap<ConversationId, String>,
    /// What the messages say that are being tried again.
    texts: HashMap<ClientKey, String>,
}

/// It has no text and no conversation: its content is unknown.
fn lost(loss: Loss, now: DateTime<Utc>) -> WaitingCommand {
    WaitingCommand {
        key: loss.key,
        conversation_id: None,
        conversation_title: None,
        kind: "outbox".to_owned(),
        text: String::new(),
        at: loss.key.made_at().unwrap_or(now),
        progress: SendProgress::Refused { code: OUTBOX_DAMAGED.to_owned() },
        note: Some(refusal(OUTBOX_DAMAGED)),
        actions: vec![MessageAction::Discard],
    }
}

fn waiting_command(entry: &OutboxEntry, held: &Held, online: bool) -> WaitingCommand {
    WaitingCommand {
        key: entry.key,
        conversation_id: entry.conversation_id,
        conversation_title: entry.conversation_id.and_then(|id| held.names.get(&id).cloned()),
        kind: kind(&entry.command).to_owned(),
        text: held.texts.get(&entry.key).map_or_else(|| text(entry), String::as_str).to_owned(),
        at: entry.created_at,
        progress: progress_of(&entry.state),
        note: Some(labels::outbox(&entry.state, online)),
        actions: actions(entry),
    }
}

fn kind(command: &Command) -> &'static str {
    match command {
        Command::SendMessage { .. } => "message.send",
        Command::RetryMessage { .. } => "message.retry",
        Command::AddComment { .. } => "comment.add",
        Command::Assign { .. } => "conversation.assign",
        Command::SetOpen { .. } => "conversation.set_open",
        Command::MarkRead { .. } => "conversation.mark_read",
        Command::SetStatus { .. } => "agent.set_status",
        Command::CreateTemplate { .. } => "template.create",
        Command::RefreshTemplates { .. } => "template.refresh",
    }
}

fn text(entry: &OutboxEntry) -> &str {
    match &entry.command {
        Command::SendMessage { content: Outgoing::Text { body }, .. } | Command::AddComment { body, .. } => body,
        Command::SendMessage { content: Outgoing::Media { caption, .. }, .. } => caption,
        Command::SendMessage { content: Outgoing::Reaction { emoji, .. }, .. } => emoji.as_deref().unwrap_or(""),
        Command::CreateTemplate { name, .. } => name,
        Command::SendMessage { content: Outgoing::Template { .. }, .. }
        | Command::RetryMessage { .. }
        | Command::Assign { .. }
        | Command::SetOpen { .. }
        | Command::MarkRead { .. }
        | Command::SetStatus { .. }
        | Command::RefreshTemplates { .. } => "",
    }
}
