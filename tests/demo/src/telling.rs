//! Plays the story's steps, and prints what a screen or a record shows after each.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use riposte::facade::{
    Account, Around, BubbleFill, Composer, ConversationHandle, ConversationScreen, Dot, InboxQuery, MessageRow,
    TimelineRow, WindowBadge,
};
use riposte::model::{Money, Phrase, PhraseKey, PhraseValue};
use riposte_e2e::phone::Place;
use riposte_e2e::story::{CustomerDeed, PhoneDeed, PhoneDetails};
use riposte_e2e::world::{World, WorldError};

use crate::stage::{Ink, Paper};
use crate::words::Words;

pub(crate) const MARC: &str = "marc";
pub(crate) const LEA: &str = "lea";

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Wrong {
    #[error("{0}")]
    World(#[from] WorldError),
    #[error("the core: {0}")]
    Core(#[from] riposte::facade::Error),
    #[error("the cast: {0}")]
    Cast(#[from] riposte_e2e::story::StoryError),
    #[error("the story is wrong: {0}")]
    Untrue(&'static str),
    #[error("cannot print: {0}")]
    Paper(#[from] std::io::Error),
}

impl From<riposte_e2e::phone::PhoneError> for Wrong {
    fn from(error: riposte_e2e::phone::PhoneError) -> Self {
        Self::World(error.into())
    }
}

pub(crate) fn must(holds: bool, what: &'static str) -> Result<(), Wrong> {
    if holds { Ok(()) } else { Err(Wrong::Untrue(what)) }
}

pub(crate) struct Telling {
    pub(crate) world: World,
    pub(crate) paper: Paper,
    pub(crate) words: &'static Words,
    pub(crate) account: Arc<Account>,
    pub(crate) conversation: Option<Arc<ConversationHandle>>,
}

impl Telling {
    pub(crate) fn at(&mut self, at: &str) -> Result<(), Wrong> {
        Ok(self.world.go_to(at)?)
    }

    pub(crate) async fn seconds_later(&mut self) -> Result<(), Wrong> {
        self.at("+5s")?;
        Ok(self.world.settle().await?)
    }

    pub(crate) async fn customer(&mut self, deed: CustomerDeed) -> Result<(), Wrong> {
        self.world.customer(LEA, None, &deed).await?;
        Ok(self.world.settle().await?)
    }

    pub(crate) async fn phone(&mut self, deed: PhoneDeed) -> Result<(), Wrong> {
        self.phone_with(deed, PhoneDetails::default()).await
    }

    pub(crate) async fn phone_with(&mut self, deed: PhoneDeed, with: PhoneDetails) -> Result<(), Wrong> {
        self.world.phone(MARC).await?.perform(&deed, &with).await?;
        Ok(self.world.settle().await?)
    }

    // Output ------------------------------------------------------------------------------

    pub(crate) fn day(&mut self, day: &str) -> Result<(), Wrong> {
        self.paper.text(Ink::Plain, "")?;
        Ok(self.paper.text(Ink::Bold, day)?)
    }

    pub(crate) fn time(&self) -> String {
        let written = self.world.calendar().write(self.world.now());
        written.rsplit(' ').next().unwrap_or_default().to_owned()
    }

    pub(crate) fn lea(&mut self, ink: Ink, text: &str) -> Result<(), Wrong> {
        Ok(self.paper.said(&self.time(), "Léa", ink, text)?)
    }

    pub(crate) fn quote(&mut self, text: &str) -> Result<(), Wrong> {
        let [open, close] = self.words.quotes;
        self.lea(Ink::Customer, &format!("{open}{text}{close}"))
    }

    pub(crate) fn marc(&mut self, ink: Ink, text: &str) -> Result<(), Wrong> {
        Ok(self.paper.said(&self.time(), "Marc", ink, text)?)
    }

    pub(crate) fn sum(&mut self, what: &str, text: &str) -> Result<(), Wrong> {
        Ok(self.paper.text(Ink::Plain, &format!("  {what:<11}{text}"))?)
    }

    pub(crate) async fn inbox_card(&mut self, dot: Dot) -> Result<(), Wrong> {
        let page = self.account.inbox().page(InboxQuery::default()).await?;
        let [row] = page.rows.as_slice() else { return Err(Wrong::Untrue("one conversation in the inbox")) };
        must(row.dot == dot && row.unread, "it is new")?;
        let channel = row.channel.as_ref().ok_or(Wrong::Untrue("the channel is known"))?;
        let logo = self.account.words(&Phrase::new(PhraseKey::ChannelWhatsapp));
        let Some(WindowBadge::Open { remaining_ms, .. }) = row.window else {
            return Err(Wrong::Untrue("the window is open"));
        };
        let left = self.left(remaining_ms);
        let card = format!("{} ● {} · {logo} · {} · {left}", self.words.inbox, row.title, channel.account_name);
        self.marc(Ink::Agent, &card)
    }

    pub(crate) async fn screen(&mut self) -> Result<ConversationScreen, Wrong> {
        if self.conversation.is_none() {
            let place = Place { customer: LEA.to_owned(), channel: "whatsapp".to_owned() };
            let id = self.world.phone(MARC).await?.conversation_id(&place).await?;
            self.conversation = Some(self.account.conversation(id));
        }
        let conversation = self.conversation.as_ref().ok_or(Wrong::Untrue("there is a conversation"))?;
        Ok(conversation.screen(Around::Newest, 50).await?)
    }

    /// Marc's composer, and what a reply costs.
    pub(crate) async fn composer(&mut self) -> Result<ConversationScreen, Wrong> {
        let screen = self.screen().await?;
        match &screen.composer {
            Composer::Open { closes_at: Some(closes_at), remaining_ms, .. } => {
                let said = self.account.words(&open_until(*closes_at));
                let left = self.left(remaining_ms.unwrap_or_default());
                let price = screen.reply_price.as_ref().ok_or(Wrong::Untrue("a reply has a price"))?;
                let price = self.account.words(&price.phrase);
                self.marc(Ink::Window, &format!("✎ {left} · {price} · {said}"))?;
            }
            Composer::Open { closes_at: None, .. } => return Err(Wrong::Untrue("WhatsApp has a window")),
            Composer::RestartOnly { why, .. } => {
                let said = self.account.words(why);
                let button = self.account.words(&Phrase::new(PhraseKey::RestartConversation));
                self.marc(Ink::Window, &format!("✎ {said} [{button}]"))?;
            }
            Composer::Blocked { why } => {
                let said = self.account.words(why);
                self.marc(Ink::Window, &said)?;
            }
        }
        Ok(screen)
    }

    pub(crate) async fn price(&mut self) -> Result<(), Wrong> {
        let price = self.screen().await?.reply_price.ok_or(Wrong::Untrue("a reply has a price"))?;
        let said = self.account.words(&price.phrase);
        self.marc(Ink::Money, &format!("✎ {said}"))
    }

    /// The newest message, as its bubble shows it.
    pub(crate) async fn newest_bubble(&mut self) -> Result<MessageRow, Wrong> {
        let screen = self.screen().await?;
        let newest = screen.rows.iter().rev().find_map(bubble).ok_or(Wrong::Untrue("there is a message"))?.clone();
        let fill = if newest.fill == BubbleFill::Grey { '░' } else { '□' };
        let tick = if newest.tick { " ✓" } else { "" };
        let author = self.account.words(&Phrase::new(PhraseKey::AuthorYou));
        let note = newest.note.as_ref().map(|note| format!("  {}", self.account.words(note))).unwrap_or_default();
        let text = newest.content.text().replace('\n', " / ");
        self.marc(Ink::Agent, &format!("{fill} {author}{tick}  {text}{note}"))?;
        Ok(newest)
    }

    /// Its entry in the server's ledger.
    pub(crate) fn ledger_line(&mut self, bubble: &MessageRow) -> Result<(), Wrong> {
        let words = self.words;
        let said = match &bubble.cost {
            Some(cost) => format!("{} {}", words.charged, self.account.words(&cost.phrase)),
            None => words.not_charged.to_owned(),
        };
        let time = self.time();
        Ok(self.paper.said(&time, words.server, Ink::Money, &said)?)
    }

    pub(crate) async fn provider(&mut self, expected: usize) -> Result<(), Wrong> {
        let taken = self.world.taken_by_provider(Some("whatsapp")).await?.len();
        let time = self.time();
        self.paper.said(&time, "WhatsApp", Ink::Faint, &format!("{} {taken}", self.words.provider_took))?;
        must(taken == expected, "the provider took each message once")
    }

    pub(crate) async fn templates(&mut self) -> Result<(), Wrong> {
        let screen = self.screen().await?;
        let channel = screen.channel.ok_or(Wrong::Untrue("the channel is known"))?;
        let choices = self.account.templates(channel.id).list(Some(screen.id)).await?;
        must(choices.iter().filter(|choice| choice.usable).count() == 1, "one template can be sent")?;
        for choice in choices {
            let text = choice.text.lines().next().unwrap_or_default().to_owned();
            let said = match (&choice.why_not, &choice.price) {
                (Some(why), _) => format!("× {text} – {}", self.account.words(why)),
                (None, Some(price)) => format!("▸ {text} – {}", self.account.words(&price.phrase)),
                (None, None) => format!("▸ {text}"),
            };
            self.marc(if choice.usable { Ink::Agent } else { Ink::Faint }, &said)?;
        }
        Ok(())
    }

    /// The time left of a window: hours, and minutes if there are some.
    pub(crate) fn left(&self, ms: i64) -> String {
        let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
        let Words { minutes: unit, left, .. } = self.words;
        if minutes == 0 { format!("{hours} h {left}") } else { format!("{hours} h {minutes:02}{unit} {left}") }
    }

    pub(crate) fn amounts(&self, amounts: &[Money]) -> String {
        let written = |money: &Money| {
            self.account.words(&Phrase::new(PhraseKey::LedgerPrice).with("price", PhraseValue::Money(*money)))
        };
        amounts.iter().map(written).collect::<Vec<_>>().join(" + ")
    }
}

pub(crate) fn open_until(closes_at: DateTime<Utc>) -> Phrase {
    Phrase::new(PhraseKey::WindowOpenUntil).with("until", PhraseValue::At(closes_at))
}

pub(crate) fn noted(bubble: &MessageRow, key: PhraseKey) -> bool {
    bubble.note.as_ref().is_some_and(|note| note.key == key)
}

pub(crate) fn bubble(row: &TimelineRow) -> Option<&MessageRow> {
    match row {
        TimelineRow::Message(bubble) => Some(bubble),
        TimelineRow::Comment(_) | TimelineRow::Event(_) | TimelineRow::Gap(_) => None,
    }
}
