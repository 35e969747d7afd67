//! One conversation: reading it, and everything that can be done in it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::core::Core;
use super::draft::{self, DraftTarget};
use super::engine::Engine;
use super::overlay::overlays;
use super::presence::{tell_colleagues, tell_nothing_is_on_screen};
use super::{
    Around, ConversationScreen, Draft, DraftCheck, Error, MediaFile, SavedDraft, conversation_screen, entering,
    read_marks,
};
use crate::media;
use crate::model::{AgentId, Assignee, ClientKey, Command, ConversationId, MediaId, MessageId, Outgoing, SavedReplyId};
use crate::outbox::Given;
use crate::rules::compose::{check_reaction, fill_saved_reply, reply_variable};
use crate::rules::delivery::{DeliveryState, progress, state_of_message};
use crate::store::{self, HistoryPart, StoredConversation};
use crate::task;

/// The most bytes of files that are kept; a photo is fetched again when it is shown again.
const MEDIA_MOST_BYTES: u64 = 512 * 1024 * 1024;

/// One conversation: its screen, and what can be done in it.
///
/// Everything that changes something is durable when the call returns: it survives a kill, leaves
/// in the order in which it was given, and is executed once.
///
/// ```no_run
/// # use riposte::facade::*;
/// # async fn answer(account: &Account, id: riposte::model::ConversationId) -> Result<(), Error> {
/// let conversation = account.conversation(id);
/// conversation.enter().await?;
/// let screen = conversation.screen(Around::Newest, 50).await?;
/// if let Composer::Open { .. } = screen.composer {
///     let draft = Draft::Text { body: "Elle part ce soir.".into(), reply_to: None };
///     conversation.send(draft, None).await?;
/// }
/// conversation.leave().await
/// # }
/// ```
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct ConversationHandle {
    engine: Engine,
    core: Arc<Core>,
    id: ConversationId,
    /// What the last screen was made of, for checks that may not wait.
    seen: Arc<Mutex<Option<DraftTarget>>>,
}

impl ConversationHandle {
    pub(super) fn new(engine: Engine, core: Arc<Core>, id: ConversationId) -> Self {
        Self { engine, core, id, seen: Arc::default() }
    }

    async fn give(&self, command: Command) -> Result<ClientKey, Error> {
        let (core, id) = (self.core.clone(), self.id);
        self.engine
            .run(async move {
                stored(&core, id).await?;
                core.give(Given { conversation_id: Some(id), ..Given::of(command) }).await
            })
            .await
    }
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl ConversationHandle {
    /// Which conversation.
    pub fn id(&self) -> ConversationId {
        self.id
    }

    /// It is on screen: what is missing is fetched if there is a network, what is shown is marked
    /// as read, now and as it arrives, and colleagues see that this agent looks at it.
    ///
    /// Fails with [`Error::NotFound`] when it is not, or no longer, in this agent's view.
    pub async fn enter(&self) -> Result<(), Error> {
        let (core, id) = (self.core.clone(), self.id);
        // Here and not in the task: enter and leave count in the order in which they were called.
        let visit = core.visits.enter(id);
        self.engine
            .run(async move {
                let held = match entering::fill_what_is_missing(&core, id).await {
                    Ok(held) => held,
                    Err(error) => {
                        core.visits.end(visit);
                        return Err(error);
                    }
                };
                read_marks::mark(&core, &held, visit).await?;
                if core.visits.is_visited(visit) {
                    // In a task of its own, best effort: the caller does not wait for the server.
                    task::spawn(async move { tell_colleagues(&core).await });
                }
                Ok(())
            })
            .await
    }

    /// It is no longer on screen.
    pub async fn leave(&self) -> Result<(), Error> {
        let core = self.core.clone();
        let was_here = core.visits.leave(self.id);
        self.engine
            .run(async move {
                if was_here {
                    task::spawn(async move { tell_nothing_is_on_screen(&core).await });
                }
                Ok(())
            })
            .await
    }

    /// The screen: at most `limit` messages (1 to 500) and all that stands around them.
    ///
    /// Fails with [`Error::NotFound`] when it is not, or no longer, in this agent's view.
    pub async fn screen(&self, around: Around, limit: u32) -> Result<ConversationScreen, Error> {
        let (core, id, seen) = (self.core.clone(), self.id, self.seen.clone());
        self.engine
            .run(async move {
                let (screen, stored) = conversation_screen::screen(&core, id, around, limit).await?;
                *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(DraftTarget::of(&core, &stored));
                Ok(screen)
            })
            .await
    }

    /// What is wrong with a draft. Cheap and without waiting, for each keystroke; judges by the
    /// screen that this handle read last, and finds no fault before one was read.
    pub fn check(&self, draft: Draft) -> DraftCheck {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        seen.map(|target| draft::check(&self.core, &target, &draft)).unwrap_or_default()
    }

    /// Sends. Durable when it returns; the echo is then on screen. A `once_key` makes giving the
    /// same draft twice the same as giving it once.
    ///
    /// Fails with [`Error::Refused`] when the draft cannot go out from here (`window_closed`,
    /// `channel_not_connected`, `bad_request` when it is empty, `too_long`, `too_large`,
    /// `not_supported`, `template_not_usable`),
    /// and with [`Error::Full`] when 500 commands or 250 MB wait already. Being offline is no error.
    pub async fn send(&self, draft: Draft, once_key: Option<String>) -> Result<ClientKey, Error> {
        let (core, id) = (self.core.clone(), self.id);
        self.engine
            .run(async move {
                let target = DraftTarget::of(&core, &stored(&core, id).await?);
                let (content, reply_to, file) = draft::outgoing(&core, &target, draft).await?;
                let typed = matches!(content, Outgoing::Text { .. });
                let command = Command::SendMessage { conversation_id: id, content, reply_to };
                core.give(Given { once_key, file, ends_draft: typed, ..Given::of(command) }).await
            })
            .await
    }

    /// A new attempt of a message that failed. Asked for twice it is asked for once.
    ///
    /// Fails with [`Error::NotFound`] when the message is not here, and with [`Error::Refused`]
    /// (`conflict`) when its newest attempt did not fail, or not to this phone's knowledge.
    pub async fn retry(&self, message: MessageId) -> Result<ClientKey, Error> {
        let (core, id) = (self.core.clone(), self.id);
        self.engine
            .run(async move {
                let held = core.store.read(move |cache| cache.message(message)).await?;
                let held = held.map(|stored| stored.message).filter(|held| held.conversation_id == id);
                let held = held.ok_or(Error::NotFound)?;
                if state_of_message(&held) != DeliveryState::Failed {
                    return Err(Error::refused("conflict"));
                }
                let (failed, _) = progress(&held.delivery);
                let attempt = Some(failed.max(held.attempt).saturating_add(1));
                let command = Command::RetryMessage { message_id: message, attempt };
                core.give(Given { conversation_id: Some(id), ..Given::of(command) }).await
            })
            .await
    }

    /// Leaves a note for colleagues, calling some of them to it.
    pub async fn comment(&self, body: String, mentions: Vec<AgentId>) -> Result<ClientKey, Error> {
        self.give(Command::AddComment { conversation_id: self.id, body, mentions }).await
    }

    /// Puts an emoji on a message; none takes it away.
    ///
    /// Fails with [`Error::Refused`] where the channel has no reactions or the window is closed.
    pub async fn react(&self, to: MessageId, emoji: Option<String>) -> Result<ClientKey, Error> {
        let (core, id) = (self.core.clone(), self.id);
        self.engine
            .run(async move {
                let target = DraftTarget::of(&core, &stored(&core, id).await?);
                draft::may_write(&core, &target)?;
                let message = core.store.read(move |cache| cache.message(to)).await?.ok_or(Error::NotFound)?;
                if let Some(why) = check_reaction(&message.message, target.capabilities(), core.now()) {
                    return Err(Error::refused_with("not_supported", why));
                }
                let content = Outgoing::Reaction { to, emoji };
                core.give(Given::of(Command::SendMessage { conversation_id: id, content, reply_to: None })).await
            })
            .await
    }

    /// Assigns it to an agent, to a group or to none, if it is still assigned as this phone shows it:
    /// what a colleague changed meanwhile is not undone, the command is refused with `conflict`.
    pub async fn assign(&self, to: Assignee) -> Result<ClientKey, Error> {
        let (core, id) = (self.core.clone(), self.id);
        self.engine
            .run(async move {
                let mut shown = stored(&core, id).await?;
                overlays(&core.store.outbox(move |outbox| outbox.entries_of(id)).await?).lay(&mut shown);
                let if_assignee = Some(shown.conversation.assigned_to());
                let command = Command::Assign { conversation_id: id, to, if_assignee };
                core.give(Given { conversation_id: Some(id), ..Given::of(command) }).await
            })
            .await
    }

    /// Closes or reopens it.
    pub async fn set_open(&self, open: bool) -> Result<ClientKey, Error> {
        self.give(Command::SetOpen { conversation_id: self.id, open, if_open: None }).await
    }

    /// Read up to and including a message. [`enter`](Self::enter) does this by itself.
    pub async fn mark_read(&self, up_to: MessageId, tell_customer: bool) -> Result<(), Error> {
        self.give(Command::MarkRead { conversation_id: self.id, up_to, tell_customer }).await.map(drop)
    }

    /// Fetches older messages from the server: before the oldest one held, or into the newest gap.
    /// True when there are still more. Fails with [`Error::Offline`] without a network.
    pub async fn load_older(&self) -> Result<bool, Error> {
        let (core, id) = (self.core.clone(), self.id);
        self.engine.run(async move { load_older(&core, id).await }).await
    }

    /// Keeps what is being typed, and lets colleagues see that something is; empty forgets it.
    pub async fn save_draft(&self, draft: SavedDraft) -> Result<(), Error> {
        let (core, id) = (self.core.clone(), self.id);
        self.engine
            .run(async move {
                let answering = !draft.text.is_empty();
                save_draft(&core, id, draft).await?;
                if core.visits.set_answering(id, answering) {
                    task::spawn(async move { tell_colleagues(&core).await });
                }
                Ok(())
            })
            .await
    }

    /// A saved reply with its variables filled in for this customer, to be put into the composer:
    /// `name`, `first_name`, `phone`, `username`, `agent`, and the customer's attributes by their
    /// names. A variable that has no value stays as it is written.
    pub async fn saved_reply(&self, id: SavedReplyId) -> Result<String, Error> {
        let (core, conversation) = (self.core.clone(), self.id);
        self.engine
            .run(async move {
                let replies = core.store.read(|cache| cache.saved_replies()).await?;
                let reply = replies.into_iter().find(|reply| reply.id == id).ok_or(Error::NotFound)?;
                let stored = stored(&core, conversation).await?;
                let me = &core.record.agent;
                let value = |name: &str| reply_variable(stored.contact.as_ref()?, Some(me), name);
                Ok(fill_saved_reply(&reply.text, value).text)
            })
            .await
    }

    /// A file of this conversation, fetched if it is not here. A fetch that was cut goes on where
    /// it ended.
    pub async fn media(&self, id: MediaId) -> Result<MediaFile, Error> {
        let core = self.core.clone();
        self.engine
            .run(async move {
                let fetched = async {
                    let kept = media::download(&core.files, core.backend.as_ref(), id).await?;
                    make_room(&core, &kept.file).await?;
                    Ok(kept)
                };
                let kept = core.while_active(fetched).await?;
                let path = core.files.path(&kept.file).to_string_lossy().into_owned();
                Ok(MediaFile { path, sha256: kept.sha256, size_bytes: kept.size_bytes })
            })
            .await
    }
}

async fn stored(core: &Core, id: ConversationId) -> Result<StoredConversation, Error> {
    core.store.read(move |cache| cache.conversation(id)).await?.ok_or(Error::NotFound)
}

async fn load_older(core: &Core, id: ConversationId) -> Result<bool, Error> {
    let newest_hole = || core.store.read(move |cache| cache.newest_hole(id));
    // Nothing is missing: what is held reaches the beginning.
    let Some(hole) = newest_hole().await? else { return Ok(false) };
    core.syncer.fill(id, hole.before.map_or(HistoryPart::Newest, HistoryPart::Before)).await?;
    Ok(newest_hole().await?.is_some())
}

/// Deletes files that were not looked at for longest, except `shown` and what has not left yet.
async fn make_room(core: &Core, shown: &str) -> Result<(), Error> {
    let entries = core.store.outbox(|outbox| outbox.entries()).await?;
    let mut needed: HashSet<String> = entries.into_iter().filter_map(|entry| entry.file).collect();
    needed.insert(shown.to_owned());
    Ok(core.files.at_work(move |files| files.evict(MEDIA_MOST_BYTES, &needed)).await?)
}

async fn save_draft(core: &Core, id: ConversationId, draft: SavedDraft) -> Result<(), Error> {
    let draft = store::Draft { text: draft.text, reply_to: draft.reply_to, changed_at: core.now() };
    Ok(core.store.outbox(move |outbox| outbox.save_draft(id, &draft)).await?)
}
