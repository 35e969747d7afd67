//! The story: what happens, in order, and what must be true after each step.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use riposte::facade::{
    Account, Around, Bubble, Composer, ConversationHandle, ConversationScreen, Dot, Fill, InboxQuery, Progress,
    TimelineRow, Who, WindowBadge,
};
use riposte::model::{Money, Phrase, PhraseKey, PhraseValue};
use riposte::texts::Language;
use riposte_e2e::phone::Place;
use riposte_e2e::story::{CustomerDeed, Network, PhoneDeed, PhoneDetails, Story};
use riposte_e2e::world::{World, WorldError};
use serde_json::json;

use crate::stage::{Ink, Paper};
use crate::words::Words;

const CAST: &str = include_str!("../../scenarios/cast.json");
const MARC: &str = "marc";
const LEA: &str = "lea";

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Wrong {
    #[error("{0}")]
    World(#[from] WorldError),
    #[error("the core says: {0}")]
    Core(#[from] riposte::facade::Error),
    #[error("the cast: {0}")]
    Cast(#[from] riposte_e2e::story::StoryError),
    #[error("the story went wrong: {0}")]
    Untrue(&'static str),
    #[error("cannot print: {0}")]
    Paper(#[from] std::io::Error),
}

impl From<riposte_e2e::phone::PhoneError> for Wrong {
    fn from(error: riposte_e2e::phone::PhoneError) -> Self {
        Self::World(error.into())
    }
}

fn must(holds: bool, what: &'static str) -> Result<(), Wrong> {
    if holds { Ok(()) } else { Err(Wrong::Untrue(what)) }
}

struct Telling {
    world: World,
    paper: Paper,
    words: &'static Words,
    account: Arc<Account>,
    conversation: Option<Arc<ConversationHandle>>,
}

/// Plays the whole story.
pub(crate) async fn play(language: Language, paper: Paper) -> Result<(), Wrong> {
    let words = Words::of(language);
    let cast = cast(words)?;
    let mut world = World::start(&cast).await?;
    let phone = world.phone(MARC).await?;
    phone.locale = words.locale.to_owned();
    phone.sign_in().await?;
    let account = phone.account()?.clone();
    world.settle().await?;
    let mut telling = Telling { world, paper, words, account, conversation: None };
    telling.first_day().await?;
    telling.second_day().await?;
    telling.summary().await?;
    telling.world.stop().await;
    Ok(())
}

/// The cast of the stories, with what is written in the language of the telling.
fn cast(words: &Words) -> Result<riposte_e2e::story::Cast, Wrong> {
    let template = |body: &str| {
        json!([{ "part": "body", "text": body },
               { "part": "buttons", "buttons": [{ "button": "quick_reply", "text": words.button }] }])
    };
    let story = json!({ "story": words.title, "steps": [], "cast": {
        "templates": {
            "suite_commande": { "language": words.locale, "components": template(words.template_body) },
            "nouveau_delai": { "language": words.locale, "components": template(words.pending_body) },
            "grande_promo": null,
        } } });
    Ok(Story::parse(CAST, &story.to_string())?.cast)
}

impl Telling {
    async fn first_day(&mut self) -> Result<(), Wrong> {
        let words = self.words;
        self.paper.text(Ink::Bold, words.title)?;
        self.paper.text(Ink::Plain, "")?;
        for line in words.what_this_is {
            self.paper.text(Ink::Plain, line)?;
        }
        self.paper.text(Ink::Faint, words.legend)?;
        self.day(words.days[0])?;

        self.at("09:00")?;
        self.customer(CustomerDeed::Says(words.question.to_owned())).await?;
        self.quote(words.question)?;
        self.inbox_card(Dot::Purple).await?;

        self.at("09:04")?;
        self.customer(CustomerDeed::Reachable(false)).await?;
        self.lea(Ink::Faint, words.phone_off)?;

        self.at("09:05")?;
        self.phone(PhoneDeed::Opens(LEA.to_owned())).await?;
        self.marc(Ink::Faint, words.opens)?;
        let before = self.composer().await?;
        must(matches!(before.composer, Composer::Open { .. }), "the composer is open")?;

        self.phone(PhoneDeed::Replies(words.first_answer.to_owned())).await?;
        let bubble = self.newest_bubble().await?;
        must(bubble.progress == Some(Progress::Sent) && bubble.fill == Fill::Grey, "sent is grey")?;
        must(bubble.note.is_none() && !bubble.tick, "sent has no mark")?;
        must(bubble.cost.is_some(), "the first answer is charged")?;
        self.ledger_line(&bubble)?;
        self.price().await?;

        self.at("09:10")?;
        self.customer(CustomerDeed::Reachable(true)).await?;
        self.lea(Ink::Faint, words.phone_on)?;
        let bubble = self.newest_bubble().await?;
        must(bubble.tick && noted(&bubble, PhraseKey::NotSeen), "received: a tick, and not seen")?;
        self.seconds_later().await?;
        let bubble = self.newest_bubble().await?;
        must(!bubble.tick && noted(&bubble, PhraseKey::NotSeen), "after 5 s: no tick, still not seen")?;

        self.at("09:12")?;
        self.customer(CustomerDeed::Reads(true)).await?;
        self.lea(Ink::Faint, words.reads)?;
        let bubble = self.newest_bubble().await?;
        must(bubble.fill == Fill::White && noted(&bubble, PhraseKey::Seen), "read: white, and seen")?;
        self.seconds_later().await?;
        let bubble = self.newest_bubble().await?;
        must(bubble.fill == Fill::White && bubble.note.is_none(), "after 5 s: white, no mention")?;

        self.at("09:20")?;
        self.world.network(MARC, Network::Off).await?;
        self.world.settle().await?;
        self.marc(Ink::Faint, words.no_network)?;
        self.phone(PhoneDeed::Replies(words.second_answer.to_owned())).await?;
        let bubble = self.newest_bubble().await?;
        must(bubble.progress == Some(Progress::Queued), "without a network it waits")?;
        self.provider(1).await?;
        self.at("09:25")?;
        self.world.network(MARC, Network::On).await?;
        self.world.settle().await?;
        self.marc(Ink::Faint, words.network_back)?;
        let bubble = self.newest_bubble().await?;
        must(bubble.progress == Some(Progress::Delivered), "it left when the network was back")?;
        must(bubble.cost.is_none(), "the second reply is covered")?;
        self.ledger_line(&bubble)?;
        self.provider(2).await?;
        Ok(())
    }

    async fn second_day(&mut self) -> Result<(), Wrong> {
        let words = self.words;
        self.at("day 2 09:00")?;
        self.world.settle().await?;
        self.day(words.days[1])?;
        let closed = self.composer().await?;
        must(matches!(closed.composer, Composer::RestartOnly { .. }), "at 24 hours it is closed")?;

        self.at("day 2 09:30")?;
        self.marc(Ink::Faint, words.chooses)?;
        self.templates().await?;
        let values = [("1", "Léa"), ("2", "4711")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let with = PhoneDetails { values: values.into(), ..PhoneDetails::default() };
        self.phone_with(PhoneDeed::RestartsWith("suite_commande".to_owned()), with).await?;
        let bubble = self.newest_bubble().await?;
        must(bubble.progress == Some(Progress::Delivered), "the template went out")?;
        must(bubble.cost.is_some(), "a template is charged")?;
        self.ledger_line(&bubble)?;
        let waits = self.screen().await?;
        must(matches!(waits.composer, Composer::RestartOnly { .. }), "a template opens no window")?;
        let phrase = waits.waits_for_answer.ok_or(Wrong::Untrue("it waits for the customer's answer"))?;
        let said = self.account.words(&phrase);
        self.marc(Ink::Window, &format!("✎ {said}"))?;

        self.at("day 2 10:30")?;
        self.customer(CustomerDeed::Reads(true)).await?;
        let tap = json!({ "type": "answer", "kind": "button", "title": words.button });
        self.customer(CustomerDeed::Sends(tap)).await?;
        self.lea(Ink::Faint, words.taps)?;
        self.quote(words.button)?;
        let open = self.composer().await?;
        must(matches!(open.composer, Composer::Open { .. }), "the customer's answer opens it anew")?;

        self.at("day 2 10:31")?;
        self.phone(PhoneDeed::Replies(words.last_answer.to_owned())).await?;
        let bubble = self.newest_bubble().await?;
        must(bubble.cost.is_some(), "the first answer in a new window is charged")?;
        self.ledger_line(&bubble)?;
        self.provider(4).await?;
        self.at("day 2 10:32")?;
        self.customer(CustomerDeed::Reads(true)).await?;
        self.lea(Ink::Faint, words.reads)?;
        let bubble = self.newest_bubble().await?;
        must(bubble.fill == Fill::White, "read is white")
    }

    async fn summary(&mut self) -> Result<(), Wrong> {
        let words = self.words;
        self.paper.text(Ink::Plain, "")?;
        self.paper.text(Ink::Bold, words.summary)?;
        let screen = self.screen().await?;
        let bubbles: Vec<&Bubble> = screen.rows.iter().filter_map(bubble).collect();
        let (ours, theirs): (Vec<&Bubble>, Vec<&Bubble>) =
            bubbles.into_iter().partition(|bubble| bubble.author == Who::You);
        self.sum(
            words.messages,
            &format!("{} {}, {} {}", theirs.len(), words.customer_wrote, ours.len(), words.agent_wrote),
        )?;
        let read = ours.iter().filter(|bubble| bubble.progress == Some(Progress::Read)).count();
        self.sum(words.marks, &format!("{read}/{} {}", ours.len(), words.all_read))?;
        must(read == ours.len() && ours.len() == 4, "everything was read")?;
        let Composer::Open { closes_at: Some(closes_at), .. } = screen.composer else {
            return Err(Wrong::Untrue("the window is open in the end"));
        };
        let until = self.account.words(&open_until(closes_at));
        self.sum(words.window, &until)?;

        let month = self.account.usage().month(2026, 11).await?;
        for (index, line) in month.lines.iter().enumerate() {
            let kind = self.account.words(&Phrase::new(match line.kind {
                riposte::model::ChargeKind::Reply => PhraseKey::LedgerReply,
                riposte::model::ChargeKind::Template => PhraseKey::LedgerTemplate,
                riposte::model::ChargeKind::Unknown => PhraseKey::LedgerOther,
            }));
            let amount = self.amounts(&line.amounts);
            let what = if index == 0 { words.cost } else { "" };
            self.sum(what, &format!("{} × {kind:<9} {amount}", line.charges))?;
        }
        let total = self.amounts(&month.totals);
        self.sum("", &format!("{:<13} {total} {}", words.total, words.example_rates))?;
        must(month.totals.iter().map(|money| money.micros).sum::<i64>() == 150_000, "two windows and a template")?;
        must(month.differences.is_empty(), "phone and ledger agree")
    }

    // What happens ----------------------------------------------------------------------------

    fn at(&mut self, at: &str) -> Result<(), Wrong> {
        Ok(self.world.go_to(at)?)
    }

    async fn seconds_later(&mut self) -> Result<(), Wrong> {
        self.at("+5s")?;
        Ok(self.world.settle().await?)
    }

    async fn customer(&mut self, deed: CustomerDeed) -> Result<(), Wrong> {
        self.world.customer(LEA, None, &deed).await?;
        Ok(self.world.settle().await?)
    }

    async fn phone(&mut self, deed: PhoneDeed) -> Result<(), Wrong> {
        self.phone_with(deed, PhoneDetails::default()).await
    }

    async fn phone_with(&mut self, deed: PhoneDeed, with: PhoneDetails) -> Result<(), Wrong> {
        self.world.phone(MARC).await?.perform(&deed, &with).await?;
        Ok(self.world.settle().await?)
    }

    // What is said ------------------------------------------------------------------------------

    fn day(&mut self, day: &str) -> Result<(), Wrong> {
        self.paper.text(Ink::Plain, "")?;
        Ok(self.paper.text(Ink::Bold, day)?)
    }

    fn time(&self) -> String {
        let written = self.world.calendar().write(self.world.now());
        written.rsplit(' ').next().unwrap_or_default().to_owned()
    }

    fn lea(&mut self, ink: Ink, text: &str) -> Result<(), Wrong> {
        Ok(self.paper.said(&self.time(), "Léa", ink, text)?)
    }

    fn quote(&mut self, text: &str) -> Result<(), Wrong> {
        let [open, close] = self.words.quotes;
        self.lea(Ink::Customer, &format!("{open}{text}{close}"))
    }

    fn marc(&mut self, ink: Ink, text: &str) -> Result<(), Wrong> {
        Ok(self.paper.said(&self.time(), "Marc", ink, text)?)
    }

    fn sum(&mut self, what: &str, text: &str) -> Result<(), Wrong> {
        Ok(self.paper.text(Ink::Plain, &format!("  {what:<11}{text}"))?)
    }

    async fn inbox_card(&mut self, dot: Dot) -> Result<(), Wrong> {
        let page = self.account.inbox().page(InboxQuery::default()).await?;
        let [row] = page.rows.as_slice() else { return Err(Wrong::Untrue("one conversation in the inbox")) };
        must(row.dot == dot && row.unread, "it is new")?;
        let channel = row.channel.as_ref().ok_or(Wrong::Untrue("the channel is known"))?;
        let logo = self.account.words(&Phrase::new(PhraseKey::ChannelWhatsapp));
        let Some(WindowBadge::Open { remaining_ms, .. }) = row.window else {
            return Err(Wrong::Untrue("the window is open"));
        };
        let left = self.left(remaining_ms);
        let card = format!("{} ● {} · {logo} · {} · {left}", self.words.inbox, row.name, channel.account_name);
        self.marc(Ink::Agent, &card)
    }

    async fn screen(&mut self) -> Result<ConversationScreen, Wrong> {
        if self.conversation.is_none() {
            let place = Place { customer: LEA.to_owned(), channel: "whatsapp".to_owned() };
            let id = self.world.phone(MARC).await?.conversation_id(&place).await?;
            self.conversation = Some(self.account.conversation(id));
        }
        let conversation = self.conversation.as_ref().ok_or(Wrong::Untrue("there is a conversation"))?;
        Ok(conversation.screen(Around::Newest, 50).await?)
    }

    /// What stands where Marc writes, and what a reply costs.
    async fn composer(&mut self) -> Result<ConversationScreen, Wrong> {
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

    async fn price(&mut self) -> Result<(), Wrong> {
        let price = self.screen().await?.reply_price.ok_or(Wrong::Untrue("a reply has a price"))?;
        let said = self.account.words(&price.phrase);
        self.marc(Ink::Money, &format!("✎ {said}"))
    }

    /// The newest message, as its bubble shows it.
    async fn newest_bubble(&mut self) -> Result<Bubble, Wrong> {
        let screen = self.screen().await?;
        let newest = screen.rows.iter().rev().find_map(bubble).ok_or(Wrong::Untrue("there is a message"))?.clone();
        let fill = if newest.fill == Fill::Grey { '░' } else { '□' };
        let tick = if newest.tick { " ✓" } else { "" };
        let author = self.account.words(&Phrase::new(PhraseKey::AuthorYou));
        let note = newest.note.as_ref().map(|note| format!("  {}", self.account.words(note))).unwrap_or_default();
        let text = newest.content.text().replace('\n', " / ");
        self.marc(Ink::Agent, &format!("{fill} {author}{tick}  {text}{note}"))?;
        Ok(newest)
    }

    /// What the server's ledger says of it.
    fn ledger_line(&mut self, bubble: &Bubble) -> Result<(), Wrong> {
        let words = self.words;
        let said = match &bubble.cost {
            Some(cost) => format!("{} {}", words.charged, self.account.words(&cost.phrase)),
            None => words.not_charged.to_owned(),
        };
        let time = self.time();
        Ok(self.paper.said(&time, words.server, Ink::Money, &said)?)
    }

    async fn provider(&mut self, expected: usize) -> Result<(), Wrong> {
        let taken = self.world.taken_by_provider(Some("whatsapp")).await?.len();
        let time = self.time();
        self.paper.said(&time, "WhatsApp", Ink::Faint, &format!("{} {taken}", self.words.provider_took))?;
        must(taken == expected, "the provider took each message once")
    }

    async fn templates(&mut self) -> Result<(), Wrong> {
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

    /// What is left of a window: hours, and minutes where there are some.
    fn left(&self, ms: i64) -> String {
        let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
        let Words { minutes: unit, left, .. } = self.words;
        if minutes == 0 { format!("{hours} h {left}") } else { format!("{hours} h {minutes:02}{unit} {left}") }
    }

    fn amounts(&self, amounts: &[Money]) -> String {
        let written = |money: &Money| {
            self.account.words(&Phrase::new(PhraseKey::LedgerPrice).with("price", PhraseValue::Money(*money)))
        };
        amounts.iter().map(written).collect::<Vec<_>>().join(" + ")
    }
}

fn open_until(closes_at: DateTime<Utc>) -> Phrase {
    Phrase::new(PhraseKey::WindowOpenUntil).with("until", PhraseValue::At(closes_at))
}

fn noted(bubble: &Bubble, key: PhraseKey) -> bool {
    bubble.note.as_ref().is_some_and(|note| note.key == key)
}

fn bubble(row: &TimelineRow) -> Option<&Bubble> {
    match row {
        TimelineRow::Bubble(bubble) => Some(bubble),
        TimelineRow::Comment(_) | TimelineRow::Event(_) | TimelineRow::Gap(_) => None,
    }
}
