//! What happened in the two days before the client is opened, so that its screens have something
//! to show; and what customers write when they are asked to.

use chrono::TimeDelta;
use riposte::texts::Language;
use riposte_e2e::story::{Act, Network, PhoneDeed, Story, StoryError};
use riposte_e2e::world::WorldError;
use serde_json::{Value, json};

use super::{Crew, MARC, Time};

const CAST: &str = include_str!("../../../../scenarios/cast.json");
/// How long before the present it begins.
const LENGTH: TimeDelta = TimeDelta::hours(48);

/// The story of those two days, in one language. Its times are counted from its beginning.
pub(super) fn story(language: Language, time: Time) -> Result<Story, StoryError> {
    let french = language == Language::French;
    let t = |english: &str, in_french: &str| (if french { in_french } else { english }).to_owned();
    let story = json!({ "story": "before the client is opened", "cast": cast(&t), "steps": steps(&t) });
    let mut story = Story::parse(CAST, &story.to_string())?;
    let begin = time.now - LENGTH;
    let local = begin + TimeDelta::minutes(time.utc_offset_minutes.into());
    story.cast.account.first_day = local.date_naive();
    story.cast.account.utc_offset_minutes = time.utc_offset_minutes;
    Ok(story)
}

fn cast(t: &dyn Fn(&str, &str) -> String) -> Value {
    let locale = t("en", "fr");
    let body = |english: &str, french: &str| json!([{ "part": "body", "text": t(english, french) }]);
    json!({
        "saved_replies": {
            "delai": { "title": t("Delivery time", "Délai"), "text": t(
                "Hello {{first_name}}, your order ships within 48 h. {{agent}}",
                "Bonjour {{first_name}}, votre commande part sous 48 h. {{agent}}") },
            "horaires": { "title": t("Opening hours", "Horaires"), "text": t(
                "We are here Monday to Friday, 9 am to 6 pm.",
                "Nous sommes là du lundi au vendredi, de 9 h à 18 h.") }
        },
        "templates": {
            "suite_commande": { "language": locale, "components": [
                { "part": "body", "text": t("Hello {{1}}, your order {{2}} is ready. See you soon!",
                                            "Bonjour {{1}}, votre commande {{2}} est prête. À bientôt !") },
                { "part": "footer", "text": "Atelier Nord" },
                { "part": "buttons", "buttons": [{ "button": "quick_reply", "text": t("Thank you", "Merci") }] }] },
            "nouveau_delai": { "language": locale, "components": body(
                "Hello, the new delivery time is {{1}} days. Thank you.",
                "Bonjour, le nouveau délai est de {{1}} jours. Merci.") },
            "grande_promo": { "language": locale, "components": body("Everything must go!", "Tout doit partir !") }
        }
    })
}

fn steps(t: &dyn Fn(&str, &str) -> String) -> Value {
    let photo = |caption: String| json!({ "type": "media", "kind": "image", "mime": "image/jpeg", "caption": caption });
    json!([
        { "at": "+1h", "customer": "paul", "says": t("Do you deliver to Lyon?", "Livrez-vous à Lyon ?") },
        { "at": "+20m", "phone": "marc", "opens": "paul" },
        { "phone": "marc", "replies": t("Yes, every Thursday.", "Oui, tous les jeudis.") },
        { "at": "+10m", "customer": "paul", "reads": true },
        { "at": "+20h30m", "customer": "lea", "says": t("Good evening, I ordered a lamp yesterday.",
                                                        "Bonsoir, j’ai commandé une lampe hier.") },
        { "at": "+8m", "phone": "marc", "opens": "lea" },
        { "phone": "marc", "replies": t("Good evening Léa, it is here in the shop.", "Bonsoir Léa, elle est bien arrivée au magasin.") },
        { "at": "+3m", "customer": "lea", "reads": true },
        { "customer": "lea", "sends": { "type": "reaction", "emoji": "👍" } },
        { "phone": "marc", "leaves": true },
        { "at": "+2h14m", "customer": "carmen", "says": "¿Tienen la lámpara en azul?" },
        { "at": "+18h35m", "customer": "tom", "says": t("Is the shop open on Saturday?", "Êtes-vous ouverts samedi ?") },
        { "at": "+30m", "phone": "marc", "opens": "tom" },
        { "phone": "marc", "replies": t("From ten to four.", "De dix heures à seize heures.") },
        { "phone": "marc", "leaves": true },
        { "at": "+1h", "customer": "nadia", "sends": photo(t("It arrived like this 😕", "C’est arrivé comme ça 😕")) },
        { "at": "+1h10m", "customer": "yuki", "says": "こんにちは。注文4711はいつ届きますか？" },
        { "at": "+50m", "customer": "layla", "says": "مرحبا، هل وصل طلبي رقم 4711؟" },
        { "at": "+6m", "phone": "marc", "opens": "layla" },
        { "phone": "marc", "quotes": "مرحبا، هل وصل طلبي رقم 4711؟", "replies": "نعم، سيصل غدا." },
        { "phone": "marc", "leaves": true },
        { "at": "+30m", "customer": "maximilian", "sends": {
            "type": "media", "kind": "document", "mime": "application/pdf", "name": "Rechnung-2026-4711.pdf" } },
        { "at": "+20m", "customer": "visitor", "says": t("Hello, is anyone there?", "Bonjour, il y a quelqu’un ?") },
        { "at": "+12m", "phone": "ines", "to": "lea",
          "comments": t("She called twice this morning.", "Elle a appelé deux fois ce matin.") },
        { "at": "+2m", "phone": "marc", "assigns": "marc", "to": "lea" },
        { "at": "+15m", "customer": "lea", "says": t("Hello, is my order 4711 ready? 🙂",
                                                     "Bonjour, ma commande 4711 est-elle prête ? 🙂") },
    ])
}

/// What customers write when they are asked to, in turn.
pub(super) fn lines(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::English => &[
            ("lea", "And when does it arrive?"),
            ("yuki", "ありがとうございます！"),
            ("lea", "Thank you, that is kind of you."),
            ("layla", "شكرا جزيلا"),
            ("carmen", "¿Y en verde?"),
            ("tom", "See you on Saturday then 👍"),
        ],
        Language::French => &[
            ("lea", "Et quand arrive-t-elle ?"),
            ("yuki", "ありがとうございます！"),
            ("lea", "Merci, c’est gentil."),
            ("layla", "شكرا جزيلا"),
            ("carmen", "¿Y en verde?"),
            ("tom", "Alors à samedi 👍"),
        ],
    }
}

/// The text of a customer who has no line.
pub(super) fn any_line(language: Language) -> &'static str {
    match language {
        Language::English => "Is anyone there?",
        Language::French => "Il y a quelqu’un ?",
    }
}

impl Crew {
    /// Plays it, and ends in the present.
    pub(super) async fn prologue(&mut self, story: &Story, time: Time) -> Result<(), WorldError> {
        let begin = (time.now - LENGTH - self.world.now()).to_std().unwrap_or_default();
        self.world.clock().advance(begin);
        for phone in [MARC, "ines"] {
            let phone = self.world.phone(phone).await?;
            if self.language == Language::French {
                phone.locale = "fr".to_owned();
            }
            phone.sign_in().await?;
        }
        self.world.settle().await?;
        for step in &story.steps {
            if let Some(at) = &step.at {
                self.world.go_to(at)?;
            }
            self.step(step.act.as_ref()).await?;
            self.world.settle().await?;
        }
        self.world.clock().advance((time.now - self.world.now()).to_std().unwrap_or_default());
        self.world.settle().await
    }

    async fn step(&mut self, act: Option<&Act>) -> Result<(), WorldError> {
        match act {
            Some(Act::Customer { who, on, deed, .. }) => self.world.customer(who, on.as_deref(), deed).await,
            Some(Act::Phone { phone, deed: PhoneDeed::Network(network), .. }) => {
                self.world.network(phone, Network::clone(network)).await
            }
            Some(Act::Phone { phone, deed, with }) => {
                self.world.phone(phone).await?.perform(deed, with).await?;
                Ok(())
            }
            Some(Act::Provider { .. } | Act::Server { .. } | Act::Expect(_)) | None => Ok(()),
        }
    }
}
