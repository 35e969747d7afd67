//! The app of a phone in this process: the real core on files of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use riposte::clock::{Clock, ManualClock};
use riposte::facade::{Account, AssigneeFilter, Config, Error, InboxQuery, MemorySecretStore, Riposte};
use riposte::model::ConversationId;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{PhoneError, missing};
use crate::line::{Ask, Device, Talk};
use crate::picture::Pen;

/// As many rows as any story has.
pub(super) const WHOLE: u32 = 500;

/// The app of one phone.
pub struct Here {
    secrets: Arc<MemorySecretStore>,
    clock: Arc<ManualClock>,
    utc_offset_minutes: i32,
    core: Option<Arc<Riposte>>,
    account: Option<Arc<Account>>,
    known: BTreeMap<Talk, ConversationId>,
}

impl Device for Here {
    /// The one clock that the world and its phones share.
    type Maker = Arc<ManualClock>;

    fn make(clock: &Arc<ManualClock>, _: &str) -> Self {
        Self {
            secrets: Arc::new(MemorySecretStore::default()),
            clock: clock.clone(),
            utc_offset_minutes: 0,
            core: None,
            account: None,
            known: BTreeMap::new(),
        }
    }

    fn folder(_: &Arc<ManualClock>) -> std::io::Result<TempDir> {
        tempfile::tempdir()
    }

    async fn ask(&mut self, ask: Ask) -> Result<Value, PhoneError> {
        match self.answer(ask).await {
            Err(PhoneError::Core(Error::Refused { code, phrase, .. })) => {
                Err(PhoneError::Refused { code, phrase: self.pen().phrase(&phrase) })
            }
            answered => answered,
        }
    }
}

impl Here {
    async fn answer(&mut self, ask: Ask) -> Result<Value, PhoneError> {
        match ask {
            Ask::Open { folder, locale, device, utc_offset_minutes, now_ms: _ } => {
                self.utc_offset_minutes = utc_offset_minutes;
                let mut config = Config::new(folder, self.secrets.clone());
                config.locale = locale;
                config.utc_offset_minutes = utc_offset_minutes;
                config.device_name = device;
                config.platform = "script".to_owned();
                config.clock = Some(self.clock.clone());
                let core = self.core.insert(Riposte::open(config)?).clone();
                if let Some(info) = core.accounts().into_iter().next() {
                    self.account = Some(core.account(info.id).await?);
                }
                Ok(json!({ "signed_in": self.account.is_some() }))
            }
            Ask::SignIn { server, email, password } => {
                let core = self.core.clone().ok_or_else(|| missing("the app is not open"))?;
                self.account = Some(core.sign_in(server, email, password).await?);
                Ok(Value::Null)
            }
            Ask::Close => {
                self.account = None;
                self.core = None;
                Ok(Value::Null)
            }
            // The clock is the world's own, which has moved already.
            Ask::Advance { .. } => Ok(Value::Null),
            Ask::Settled { within_ms } => Ok(json!({ "settled": self.account()?.settled(within_ms).await? })),
            Ask::Read(screen) => self.read(screen).await,
            deed => self.perform(deed).await.map(|()| Value::Null),
        }
    }

    pub(super) fn account(&self) -> Result<&Arc<Account>, PhoneError> {
        self.account.as_ref().ok_or_else(|| missing("no agent is signed in on this phone"))
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.wall()
    }

    pub(super) fn pen(&self) -> Pen {
        Pen { utc_offset_minutes: self.utc_offset_minutes, now: self.now() }
    }

    /// The conversation of a customer, as this phone's list shows it, or as it showed it once.
    pub(super) async fn conversation_id(&mut self, talk: &Talk) -> Result<ConversationId, PhoneError> {
        if let Some(id) = self.known.get(talk) {
            return Ok(*id);
        }
        let query = InboxQuery { assignee: AssigneeFilter::All, open: None, limit: WHOLE, ..InboxQuery::default() };
        let list = self.account()?.inbox().page(query).await?;
        let is_it = |name: &str, page: Option<&str>| name == talk.customer && page == Some(talk.page.as_str());
        let row = list
            .rows
            .iter()
            .find(|row| is_it(&row.title, row.channel.as_ref().map(|channel| channel.account_name.as_str())));
        let id = row.ok_or_else(|| missing(format!("{} has no conversation on this phone", talk.customer)))?.id;
        self.known.insert(talk.clone(), id);
        Ok(id)
    }
}
