//! The flows: what a phone does until it dies.

use std::sync::Arc;

use riposte::facade::{Account, CommandOutcome, Draft, Error, SavedDraft, SignOut};
use riposte::model::TemplateValue;
use serde::{Deserialize, Serialize};

use super::child::{Order, Told};
use super::device::Device;
use super::{Outcome, said};

/// A photo, in bytes: more than one piece of an upload.
const PHOTO_BYTES: usize = 600 * 1024;

/// What a phone does until it dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// A text, a comment, a template and a draft, without a network.
    Enqueue,
    /// A text and a comment with a network: taken, sent, answered, reconciled.
    Send,
    /// The app starts, and a message that it had sent is of unknown fate.
    Recover,
    /// A message with a photo.
    Upload,
    /// The app starts, and much has happened.
    Page,
    /// Signing in for the first time.
    Snapshot,
    /// The app starts, and the server was restored from an older backup.
    Epoch,
    /// The app starts for the first time after an update, on files of its first version.
    Migration,
    /// Paused while a message is on its way, and resumed.
    Pause,
    /// Signing out.
    SignOut,
    /// Two messages are queued, and one is cancelled.
    CancelQueued,
    /// A message of unknown fate is cancelled.
    CancelSent,
}

impl Flow {
    /// Every one of them.
    pub const ALL: [Self; 12] = [
        Self::Enqueue,
        Self::Send,
        Self::Recover,
        Self::Upload,
        Self::Page,
        Self::Snapshot,
        Self::Epoch,
        Self::Migration,
        Self::Pause,
        Self::SignOut,
        Self::CancelQueued,
        Self::CancelSent,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Enqueue => "enqueue",
            Self::Send => "send",
            Self::Recover => "recover",
            Self::Upload => "upload",
            Self::Page => "page",
            Self::Snapshot => "snapshot",
            Self::Epoch => "epoch",
            Self::Migration => "migration",
            Self::Pause => "pause",
            Self::SignOut => "sign_out",
            Self::CancelQueued => "cancel_queued",
            Self::CancelSent => "cancel_sent",
        }
    }

    /// Its texts for the customer, in the order of composing.
    pub fn messages(self) -> &'static [&'static str] {
        match self {
            Self::Enqueue => &["text", "template"],
            Self::Send | Self::Recover | Self::Upload | Self::CancelSent => &["text"],
            Self::Pause | Self::CancelQueued => &["text", "second"],
            Self::Page | Self::Snapshot | Self::Epoch | Self::Migration | Self::SignOut => &[],
        }
    }

    /// Its texts for colleagues.
    pub fn comments(self) -> &'static [&'static str] {
        match self {
            Self::Enqueue | Self::Send => &["comment"],
            _ => &[],
        }
    }

    /// Without a network.
    pub fn is_offline(self) -> bool {
        matches!(self, Self::Enqueue | Self::CancelQueued)
    }

    /// Points are counted before the app is opened, and not only once it rests.
    fn begins_with_opening(self) -> bool {
        match self {
            Self::Recover | Self::Page | Self::Snapshot | Self::Epoch | Self::Migration => true,
            Self::Enqueue
            | Self::Send
            | Self::Upload
            | Self::Pause
            | Self::SignOut
            | Self::CancelQueued
            | Self::CancelSent => false,
        }
    }
}

/// Does the flow of an order.
pub async fn act(order: &Order) -> Outcome<()> {
    if order.flow.begins_with_opening() {
        order.begin()?;
    }
    match open(order).await {
        // The app is there as long as the flow is.
        Ok((_app, account)) => {
            if !order.flow.begins_with_opening() {
                account.settled(order.patience_ms).await.map_err(said)?;
                order.begin()?;
            }
            match flow(order, &account).await {
                Ok(()) => {}
                Err(Stop::Refused(error)) => order.tell(&Told::Refused(error.error_code()))?,
                Err(Stop::Broken(what)) => return Err(what),
            }
        }
        Err(error) => {
            order.tell(&Told::Refused(error.error_code()))?;
            if !order.flow.begins_with_opening() {
                order.begin()?;
            }
        }
    }
    order.end()
}

async fn open(order: &Order) -> Result<(Device, Arc<Account>), Error> {
    let device = Device::open(&order.folder, &order.secrets, &order.clock())?;
    let account = match order.flow {
        Flow::Snapshot => device.sign_in(&order.server_url).await?,
        _ => device.account().await?.ok_or(Error::NotFound)?,
    };
    Ok((device, account))
}

/// Why a flow does not go on.
enum Stop {
    /// The core said no.
    Refused(Error),
    /// This process cannot do what it should.
    Broken(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<String> for Stop {
    fn from(what: String) -> Self {
        Self::Broken(what)
    }
}

async fn flow(order: &Order, account: &Account) -> Result<(), Stop> {
    let conversation = account.conversation(order.conversation);
    let text = |which: &str| Draft::Text { body: order.text(which), reply_to: None };
    let queued = |which: &str| order.tell(&Told::Queued(order.text(which)));
    match order.flow {
        Flow::Enqueue => {
            conversation.send(text("text"), None).await?;
            queued("text")?;
            conversation.comment(order.text("comment"), Vec::new()).await?;
            queued("comment")?;
            let (_, template_id) = order.template;
            let values = [("1", order.text("template")), ("2", "7".to_owned())];
            let values = values.map(|(name, value)| TemplateValue { name: name.to_owned(), value });
            conversation.send(Draft::Template { template_id, values: values.into() }, None).await?;
            queued("template")?;
            conversation.save_draft(SavedDraft { text: order.text("draft"), reply_to: None }).await?;
            order.tell(&Told::Draft(order.text("draft")))?;
        }
        Flow::Send => {
            conversation.send(text("text"), None).await?;
            queued("text")?;
            account.settled(order.patience_ms).await?;
            conversation.comment(order.text("comment"), Vec::new()).await?;
            queued("comment")?;
            account.settled(order.patience_ms).await?;
        }
        Flow::Recover | Flow::Page | Flow::Epoch | Flow::Migration => {
            account.settled(order.patience_ms).await?;
        }
        Flow::Snapshot => {
            order.tell(&Told::SignedIn)?;
            account.settled(order.patience_ms).await?;
        }
        Flow::Upload => {
            let path = order.beside.join("photo.jpg");
            let photo: Vec<u8> = order.word.bytes().cycle().take(PHOTO_BYTES).collect();
            std::fs::write(&path, photo).map_err(said)?;
            let draft = Draft::Media {
                path: path.to_string_lossy().into_owned(),
                mime: "image/jpeg".to_owned(),
                name: String::new(),
                caption: order.text("text"),
                voice: false,
                reply_to: None,
            };
            conversation.send(draft, None).await?;
            queued("text")?;
            // It was copied in: the app may throw its own away at once.
            std::fs::remove_file(&path).map_err(said)?;
            account.settled(order.patience_ms).await?;
        }
        Flow::Pause => {
            conversation.send(text("text"), None).await?;
            queued("text")?;
            account.pause().await?;
            order.tell(&Told::Paused)?;
            account.resume().await?;
            conversation.send(text("second"), None).await?;
            queued("second")?;
            account.settled(order.patience_ms).await?;
        }
        Flow::SignOut => match account.sign_out(false).await? {
            SignOut::Done => order.tell(&Told::SignedOut)?,
            SignOut::Unsent { .. } => return Err(Stop::Broken("something waits".to_owned())),
        },
        Flow::CancelQueued => {
            let key = conversation.send(text("text"), None).await?;
            queued("text")?;
            conversation.send(text("second"), None).await?;
            queued("second")?;
            decided(order, account.outbox().cancel(key).await?)?;
        }
        Flow::CancelSent => {
            let key = conversation.send(text("text"), None).await?;
            queued("text")?;
            account.settled(order.patience_ms).await?;
            match account.outbox().cancel(key).await {
                // The feed has brought it meanwhile: nothing waits any more.
                Err(Error::NotFound) => order.tell(&Told::AlreadySent(order.text("text")))?,
                answered => decided(order, answered?)?,
            }
        }
    }
    Ok(())
}

fn decided(order: &Order, decided: CommandOutcome) -> Outcome<()> {
    match decided {
        CommandOutcome::Withdrawn { .. } => order.tell(&Told::Gone(order.text("text"))),
        CommandOutcome::AlreadySent => order.tell(&Told::AlreadySent(order.text("text"))),
        CommandOutcome::Queued { .. } => Err("what was cancelled is queued".to_owned()),
    }
}
