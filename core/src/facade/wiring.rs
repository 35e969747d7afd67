//! The adapters that join the rooms: each implements one room's small trait by another room's
//! means, and decides nothing.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use tokio::sync::watch;

use super::changes::{Changed, Hub};
use crate::backend::{Backend, BackendError, Credentials};
use crate::media::{self, MediaFiles};
use crate::model::{ConversationId, Tokens};
use crate::outbox::{Bell, Feed, Listener, Uploads};
use crate::session::{Authority, OffsetKeeper, RefreshError, SavedOffset, Session, SessionError};
use crate::store::{Store, StoreEvent};
use crate::sync::{SyncState, Syncer, Trigger};

/// How long everything that was read counts as caught up while no live stream is open.
const FRESH_FOR: TimeDelta = TimeDelta::seconds(10);

/// The setting under which the server's clock is kept.
const CLOCK_SETTING: &str = "server_clock";

/// `backend` asks for tokens, `session` has them.
pub(super) struct SessionCredentials(pub(super) Session);

#[async_trait]
impl Credentials for SessionCredentials {
    async fn access_token(&self) -> Result<SecretString, BackendError> {
        self.0.access_token().await.map_err(|error| match error {
            SessionError::SignedOut => BackendError::SessionRevoked,
            SessionError::Locked | SessionError::Denied => BackendError::Locked,
            SessionError::NoAnswer => BackendError::NoAnswer,
            SessionError::Busy { retry_after } => BackendError::Busy { retry_after },
        })
    }

    async fn expired(&self, token: &SecretString) {
        self.0.expired(token).await;
    }

    async fn revoked(&self) {
        self.0.revoked().await;
    }
}

/// `session` asks for new tokens, `backend` gets them.
pub(super) struct BackendAuthority(pub(super) Arc<dyn Backend>);

#[async_trait]
impl Authority for BackendAuthority {
    async fn refresh(&self, refresh_token: &SecretString) -> Result<Tokens, RefreshError> {
        match self.0.refresh(refresh_token).await {
            Ok(tokens) => Ok(tokens),
            Err(BackendError::SessionRevoked) => Err(RefreshError::Revoked),
            Err(BackendError::Busy { retry_after }) => Err(RefreshError::Busy { retry_after }),
            Err(
                BackendError::NoAnswer
                | BackendError::NotOurs(_)
                | BackendError::TokenExpired
                | BackendError::SnapshotNeeded(_)
                | BackendError::NotFound
                | BackendError::Refused { .. }
                | BackendError::Locked,
            ) => Err(RefreshError::NoAnswer),
        }
    }
}

/// `session` remembers the server's clock in `store`.
pub(super) struct StoredOffset(pub(super) Store);

#[async_trait]
impl OffsetKeeper for StoredOffset {
    async fn load(&self) -> Option<SavedOffset> {
        self.0.outbox(|outbox| outbox.setting(CLOCK_SETTING)).await.ok().flatten()
    }

    async fn save(&self, offset: &SavedOffset) {
        let offset = offset.clone();
        // Lost, it is learnt again from the server's next answer.
        self.0.outbox(move |outbox| outbox.put_setting(CLOCK_SETTING, &offset)).await.ok();
    }
}

/// `store` and `outbox` publish what changed: the app's streams carry it on, and the outbox wakes.
pub(super) struct Announcer {
    pub(super) hub: Arc<Hub>,
    pub(super) bell: Bell,
}

impl Announcer {
    /// For the store to call after each commit.
    pub(super) fn rows_changed(&self, events: &[StoreEvent]) {
        let changes: Vec<Changed> = events.iter().copied().map(Changed::from).collect();
        self.hub.announce(&changes);
        // A row may end a waiting command, a window may have opened or closed.
        self.bell.ring();
    }
}

impl Listener for Announcer {
    fn outbox_changed(&self, conversation: Option<ConversationId>) {
        let conversation = conversation.map(|id| Changed::Conversation { id });
        // The list too: what waits is laid over it.
        let changes: Vec<Changed> = [Changed::Inbox, Changed::Outbox].into_iter().chain(conversation).collect();
        self.hub.announce(&changes);
    }
}

/// `outbox` asks how the feed stands, `sync` knows.
pub(super) struct SyncFeed {
    pub(super) syncer: Arc<Syncer>,
    pub(super) server_clock: Arc<crate::session::ServerClock>,
    /// False from the moment of a pause.
    pub(super) active: watch::Sender<bool>,
}

#[async_trait]
impl Feed for SyncFeed {
    fn online(&self) -> bool {
        match self.syncer.status().borrow().state {
            SyncState::CatchingUp { .. } | SyncState::CaughtUp => true,
            SyncState::Paused
            | SyncState::Connecting
            | SyncState::Waiting(_)
            | SyncState::Locked
            | SyncState::SignedOut => false,
        }
    }

    fn caught_up(&self) -> bool {
        let status = self.syncer.status();
        let status = status.borrow();
        // Either way: the server's clock may have been set back since.
        let since = |at: DateTime<Utc>| (self.server_clock.now().at - at).abs();
        let fresh = || status.caught_up_at.is_some_and(|at| since(at) <= FRESH_FOR);
        status.state == SyncState::CaughtUp && (status.live || fresh())
    }

    async fn catch_up(&self) -> bool {
        self.syncer.catch_up().await
    }

    async fn paused(&self) {
        // If the account is gone, no caller needs the answer.
        self.active.subscribe().wait_for(|active| !active).await.ok();
    }

    fn no_answer(&self) {
        self.syncer.ask(Trigger::Doorbell);
    }
}

/// `outbox` has files to bring, `media` brings them.
pub(super) struct MediaUploads {
    pub(super) files: MediaFiles,
    pub(super) backend: Arc<dyn Backend>,
}

#[async_trait]
impl Uploads for MediaUploads {
    async fn upload(&self, file: &str) -> Result<(), BackendError> {
        media::upload(&self.files, self.backend.as_ref(), file).await
    }
}
