//! The story: what happens, in order, and what must be true after each step.

use riposte::facade::{AuthorLabel, BubbleFill, Composer, Dot, MessageRow, SendProgress};
use riposte::model::{ChargeKind, Phrase, PhraseKey};
use riposte::texts::Language;
use riposte_e2e::story::{Cast, CustomerDeed, Network, PhoneDeed, PhoneDetails, Story};
use riposte_e2e::world::World;
use serde_json::json;

use crate::stage::{Ink, Paper};
use crate::telling::{LEA, MARC, Telling, Wrong, bubble, must, noted, open_until};
use crate::words::Words;

const CAST: &str = include_str!("../../scenarios/cast.json");

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
fn cast(words: &Words) -> Result<Cast, Wrong> {
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
        must(bubble.progress == Some(SendProgress::Sent) && bubble.fill == BubbleFill::Grey, "sent is grey")?;
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
        must(bubble.fill == BubbleFill::White && noted(&bubble, PhraseKey::Seen), "read: white, and seen")?;
        self.seconds_later().await?;
        let bubble = self.newest_bubble().await?;
        must(bubble.fill == BubbleFill::White && bubble.note.is_none(), "after 5 s: white, no mention")?;

        self.at("09:20")?;
        self.world.network(MARC, Network::Off).await?;
        self.world.settle().await?;
        self.marc(Ink::Faint, words.no_network)?;
        self.phone(PhoneDeed::Replies(words.second_answer.to_owned())).await?;
        let bubble = self.newest_bubble().await?;
        must(bubble.progress == Some(SendProgress::Queued), "without a network it waits")?;
        self.provider(1).await?;
        self.at("09:25")?;
        self.world.network(MARC, Network::On).await?;
        self.world.settle().await?;
        self.marc(Ink::Faint, words.network_back)?;
        let bubble = self.newest_bubble().await?;
        must(bubble.progress == Some(SendProgress::Delivered), "it left when the network was back")?;
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
        must(bubble.progress == Some(SendProgress::Delivered), "the template went out")?;
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
        must(matches!(open.composer, Composer::Open { .. }), "the customer's answer opens the window again")?;

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
        must(bubble.fill == BubbleFill::White, "read is white")
    }

    async fn summary(&mut self) -> Result<(), Wrong> {
        let words = self.words;
        self.paper.text(Ink::Plain, "")?;
        self.paper.text(Ink::Bold, words.summary)?;
        let screen = self.screen().await?;
        let bubbles: Vec<&MessageRow> = screen.rows.iter().filter_map(bubble).collect();
        let (ours, theirs): (Vec<&MessageRow>, Vec<&MessageRow>) =
            bubbles.into_iter().partition(|bubble| bubble.author == AuthorLabel::You);
        self.sum(
            words.messages,
            &format!("{} {}, {} {}", theirs.len(), words.customer_wrote, ours.len(), words.agent_wrote),
        )?;
        let read = ours.iter().filter(|bubble| bubble.progress == Some(SendProgress::Read)).count();
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
                ChargeKind::Reply => PhraseKey::LedgerReply,
                ChargeKind::Template => PhraseKey::LedgerTemplate,
                ChargeKind::Marketing => PhraseKey::LedgerMarketing,
                ChargeKind::Utility => PhraseKey::LedgerUtility,
                ChargeKind::Authentication => PhraseKey::LedgerAuthentication,
                ChargeKind::Unknown => PhraseKey::LedgerOther,
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
}
