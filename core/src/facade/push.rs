//! What this phone notifies its agent of: preferences, quiet hours, the badge, reminders.
//!
//! Showing is the app's; whether and when is decided here. What is kept is kept on this phone.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::core::Core;
use super::engine::Engine;
use super::names::title;
use super::overlay::overlays;
use super::{Changed, Error};
use crate::model::{
    Agent, ConversationId, ListPosition, MessageId, NotificationPreferences, OffsetChange, Phrase, QuietHours,
    WallClock,
};
use crate::rules::notify::{
    self, NotificationDecision, NotifyFacts, counts_on_badge, quiet_until, reminder_phrase, reminders,
};
use crate::store::{Closing, InboxFilter, StoredConversation, Whose};

const PREFERENCES: &str = "notifications";
const WALL_CLOCK: &str = "wall_clock";

/// More than this is written `999+` on an icon.
const BADGE_MOST: usize = 999;
/// The most reminders at once: iOS keeps 64 local notifications of an app, some are for others.
const REMINDERS_MOST: usize = 48;
/// No window is longer than this, whatever the channel.
const AHEAD: TimeDelta = TimeDelta::days(60);
const DAY_MINUTES: u16 = 24 * 60;
const PAGE: usize = 500;

/// What this phone notifies its agent of.
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct Push {
    engine: Engine,
    core: Arc<Core>,
}

/// A reminder for the app to schedule. It replaces those it was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ScheduledReminder {
    /// Whose window closes.
    pub conversation_id: ConversationId,
    /// When to show it.
    pub at: DateTime<Utc>,
    /// The end of the window it speaks of.
    pub closes_at: DateTime<Utc>,
    /// What it says.
    pub phrase: Phrase,
}

impl Push {
    pub(super) fn new(engine: Engine, core: Arc<Core>) -> Self {
        Self { engine, core }
    }
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl Push {
    /// What the agent wants to be notified of; the defaults until something was chosen.
    pub async fn preferences(&self) -> Result<NotificationPreferences, Error> {
        let core = self.core.clone();
        self.engine.run(async move { Ok(kept(&core).await?.preferences) }).await
    }

    /// Keeps what the agent wants to be notified of. The badge and the reminders change with it.
    ///
    /// Fails with [`Error::Refused`] (`bad_request`) when quiet hours name a minute that no day has.
    pub async fn set_preferences(&self, preferences: NotificationPreferences) -> Result<(), Error> {
        if preferences.quiet_hours.is_some_and(|hours| !is_of_a_day(hours)) {
            return Err(Error::refused("bad_request"));
        }
        let core = self.core.clone();
        self.engine
            .run(async move {
                core.store.outbox(move |outbox| outbox.put_setting(PREFERENCES, &preferences)).await?;
                core.hub.announce(&[Changed::Inbox]);
                Ok(())
            })
            .await
    }

    /// Keeps the clock on the agent's wall, by which quiet hours are meant: the offset now and its
    /// next changes, as the phone's system knows them. To be given at each start and when the time
    /// zone changes; until then it is the offset of [`Config`](super::Config).
    pub async fn set_wall_clock(&self, utc_offset_minutes: i32, changes: Vec<OffsetChange>) -> Result<(), Error> {
        let core = self.core.clone();
        let wall_clock = WallClock { utc_offset_minutes, changes };
        self.engine
            .run(async move { Ok(core.store.outbox(move |outbox| outbox.put_setting(WALL_CLOCK, &wall_clock)).await?) })
            .await
    }

    /// The end of the quiet hours of now; none when it is not quiet.
    pub async fn quiet_until(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let core = self.core.clone();
        self.engine
            .run(async move {
                let kept = kept(&core).await?;
                Ok(quiet_until(kept.preferences.quiet_hours, &kept.wall_clock, core.now()))
            })
            .await
    }

    /// The number on the app's icon: open conversations with something unread that the agent wants
    /// to be notified of, 999 at most.
    pub async fn badge(&self) -> Result<u32, Error> {
        let core = self.core.clone();
        self.engine.run(async move { badge(&core).await }).await
    }

    /// The reminders to schedule, the next one first: customers who wait and whose window closes.
    /// To be asked for again when the list changes.
    pub async fn reminders(&self) -> Result<Vec<ScheduledReminder>, Error> {
        let core = self.core.clone();
        self.engine.run(async move { scheduled(&core).await }).await
    }

    /// Whether to notify the agent of a message that is on this phone, and why or why not.
    ///
    /// Fails with [`Error::NotFound`] when the message or its conversation is not on this phone.
    pub async fn notification_decision(&self, message: MessageId) -> Result<NotificationDecision, Error> {
        let core = self.core.clone();
        self.engine.run(async move { decided(&core, message).await }).await
    }
}

fn is_of_a_day(hours: QuietHours) -> bool {
    hours.from_minute < DAY_MINUTES && hours.until_minute < DAY_MINUTES
}

struct Kept {
    preferences: NotificationPreferences,
    wall_clock: WallClock,
}

async fn kept(core: &Core) -> Result<Kept, Error> {
    let (preferences, wall_clock) = core
        .store
        .outbox(|outbox| {
            Ok((outbox.setting::<NotificationPreferences>(PREFERENCES)?, outbox.setting::<WallClock>(WALL_CLOCK)?))
        })
        .await?;
    let from_config = || WallClock { utc_offset_minutes: core.locale.utc_offset_minutes, changes: Vec::new() };
    Ok(Kept { preferences: preferences.unwrap_or_default(), wall_clock: wall_clock.unwrap_or_else(from_config) })
}

/// The agent who is signed in, and of the open conversations that could be theirs those that
/// `wanted` leaves.
async fn mine_and_nobodys(
    core: &Core,
    wanted: impl Fn(&mut InboxFilter),
) -> Result<(Agent, Vec<StoredConversation>), Error> {
    let overlays = overlays(&core.store.outbox(|outbox| outbox.entries()).await?);
    let me = core.me();
    let filter = |whose| {
        let mut filter = InboxFilter {
            whose,
            channel: None,
            open: Some(true),
            unread_only: false,
            unanswered_only: false,
            closing: None,
            overlays: overlays.clone(),
        };
        wanted(&mut filter);
        filter
    };
    let filters = [filter(Whose::Mine(me)), filter(Whose::Unassigned)];
    let (found, agents) = core
        .store
        .read(move |cache| {
            let mut found = Vec::new();
            for filter in &filters {
                let mut before: Option<ListPosition> = None;
                loop {
                    let page = cache.inbox(filter, before, PAGE)?;
                    before = page.last().map(|last| ListPosition {
                        activity_at: last.conversation.activity_at,
                        id: last.conversation.id,
                    });
                    let last_one = page.len() < PAGE;
                    found.extend(page);
                    if last_one || found.len() > BADGE_MOST {
                        break;
                    }
                }
            }
            Ok((found, cache.agents()?))
        })
        .await?;
    let agent = agents.into_iter().find(|agent| agent.id == me).unwrap_or_else(|| core.record.agent.clone());
    Ok((agent, found))
}

async fn badge(core: &Core) -> Result<u32, Error> {
    let kept = kept(core).await?;
    let (me, found) = mine_and_nobodys(core, |filter| filter.unread_only = true).await?;
    let counted =
        |stored: &&StoredConversation| counts_on_badge(&stored.conversation, stored.marker, &me, &kept.preferences);
    let count = found.iter().filter(counted).count().min(BADGE_MOST);
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

async fn scheduled(core: &Core) -> Result<Vec<ScheduledReminder>, Error> {
    let kept = kept(core).await?;
    let now = core.now();
    let (me, found) = mine_and_nobodys(core, |filter| {
        filter.unanswered_only = true;
        filter.closing = Some(Closing { after: now, before: now + AHEAD });
    })
    .await?;
    let mut scheduled = Vec::new();
    for stored in &found {
        let Some(channel) = &stored.channel else { continue };
        let conversation = &stored.conversation;
        let coming = reminders(&channel.window, conversation, &me, &kept.preferences, &kept.wall_clock, now);
        let customer = title(stored.contact.as_ref());
        scheduled.extend(coming.into_iter().map(|reminder| ScheduledReminder {
            conversation_id: conversation.id,
            at: reminder.at,
            closes_at: reminder.closes_at,
            phrase: reminder_phrase(&reminder, &customer),
        }));
    }
    scheduled.sort_by_key(|reminder| (reminder.at, reminder.conversation_id));
    scheduled.truncate(REMINDERS_MOST);
    Ok(scheduled)
}

async fn decided(core: &Core, message: MessageId) -> Result<NotificationDecision, Error> {
    let kept = kept(core).await?;
    let me = core.me();
    let overlays = overlays(&core.store.outbox(|outbox| outbox.entries()).await?);
    let found = core
        .store
        .read(move |cache| {
            let Some(message) = cache.message(message)? else { return Ok(None) };
            let Some(mut stored) = cache.conversation(message.message.conversation_id)? else { return Ok(None) };
            overlays.lay(&mut stored);
            let agent = cache.agents()?.into_iter().find(|agent| agent.id == me);
            Ok(Some((message.message, stored, agent)))
        })
        .await?;
    let (message, stored, agent) = found.ok_or(Error::NotFound)?;
    let me = agent.unwrap_or_else(|| core.record.agent.clone());
    let on_screen = core.visits.now().is_some_and(|shown| shown.conversation == stored.conversation.id);
    let facts = NotifyFacts {
        message: &message,
        conversation: &stored.conversation,
        me: &me,
        my_marker: stored.marker,
        on_screen,
        preferences: &kept.preferences,
        wall_clock: &kept.wall_clock,
    };
    Ok(notify::notify(&facts, core.now()))
}
