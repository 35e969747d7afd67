//! One item of `messages[]`, `message_echoes[]` or `calls[]` (field.md says where Meta is silent).

use riposte::model::{AnswerKind, ContactCard, Content, Media, MediaKind};
use riposte::rules::phone::{international, same_for_all_forms};

use super::flow;
use crate::channels::event::{Customer, Event, InboundMessage, ProviderMedia};
use crate::channels::json::{Fault, Node};

/// Whose items a list holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Customer,
    /// The company, from its own phone: `from` and `to` change places.
    Company,
    /// A customer whom a bot answers.
    StandbyCustomer,
    /// The bot.
    Bot,
}

impl From {
    fn is_customer(self) -> bool {
        matches!(self, Self::Customer | Self::StandbyCustomer)
    }
}

/// What the items of one change share: the cards of those who wrote, and the company's own number.
pub(super) struct Shared<'a> {
    cards: Vec<Node<'a>>,
    /// In the form that all ways to write it share.
    own_number: Option<String>,
    /// One person wrote all items, so a card that names nobody is theirs.
    one_sender: bool,
    /// The change says what went wrong with its items.
    has_errors: bool,
}

impl<'a> Shared<'a> {
    pub(super) fn of(value: &Node<'a>, metadata: Option<&Node<'a>>, items: &[Node<'a>]) -> Self {
        let mut senders: Vec<_> = items.iter().map(|item| (item.text("from"), item.text("from_user_id"))).collect();
        senders.sort_unstable();
        senders.dedup();
        Self {
            cards: value.list("contacts"),
            own_number: metadata.and_then(|metadata| same_for_all_forms(metadata.text("display_phone_number")?)),
            one_sender: senders.len() == 1,
            has_errors: value.get("errors").is_some(),
        }
    }

    fn is_own(&self, phone: Option<&str>) -> bool {
        phone.is_some_and(|phone| self.own_number.is_some() && same_for_all_forms(phone) == self.own_number)
    }

    /// The card of the customer with these ids. A card belongs to whom it names; one that names
    /// nobody belongs to the only sender.
    fn card_of(&self, phone: Option<&str>, bsuid: Option<&str>, alone: bool) -> Option<&Node<'a>> {
        let names = |card: &&Node<'_>| match (card.text("user_id"), bsuid) {
            (Some(theirs), Some(asked)) => theirs == asked,
            _ => match (card.text("wa_id"), phone) {
                (Some(theirs), Some(asked)) => {
                    theirs == asked
                        || same_for_all_forms(theirs).is_some_and(|form| Some(form) == same_for_all_forms(asked))
                }
                _ => false,
            },
        };
        self.cards.iter().find(names).or(match self.cards.as_slice() {
            [only] if alone && only.text("wa_id").is_none() && only.text("user_id").is_none() => Some(only),
            _ => None,
        })
    }
}

/// Reads an item. What was said and cannot be read is still the customer's message: then the fault
/// comes with it.
pub(super) fn read(shared: &Shared<'_>, item: &Node<'_>, from: From) -> Result<(Event, Option<Fault>), Fault> {
    let kind = match (item.text("type"), item.text("id")) {
        (None, Some(_)) => "",
        _ => item.need_text("type")?,
    };
    let at = item.need("timestamp")?.instant()?;
    match kind {
        "edit" => {
            let edit = item.need("edit")?;
            let body = edit.need("message")?;
            let (content, _) = content(&body, body.need_text("type")?)?;
            let message_id = edit.need_id("original_message_id")?;
            return Ok((Event::Edited { message_id, at, content }, None));
        }
        "revoke" => {
            let message_id = item.need("revoke")?.need_id("original_message_id")?;
            return Ok((Event::Revoked { message_id, at }, None));
        }
        _ => {}
    }
    if item.get("group_id").is_some() {
        return Err(item.fault("a message of a group, which the inbox does not take part in"));
    }
    // The bot's echoes carry what was sent inside `message`.
    let inner = item.get("message").filter(|inner| kind.is_empty() && inner.value().is_object());
    let said = inner.as_ref().unwrap_or(item);
    let kind = if kind.is_empty() { said.text("type").unwrap_or_default() } else { kind };
    let (content, media, fault) = match content(said, kind) {
        Ok((content, media)) => (content, media, None),
        // What Meta could not hand over whole still came from the customer, and opens the window.
        Err(_) if item.get("errors").is_some() || shared.has_errors => (Content::Unsupported, None, None),
        Err(fault) => (Content::Unsupported, None, Some(fault)),
    };
    let refers_to = match item.get("reaction") {
        Some(reaction) if kind == "reaction" => Some(reaction.need_id("message_id")?),
        _ => item.get("context").and_then(|context| context.get("id")).and_then(|id| id.id()),
    };
    let system = item.get("system").filter(|_| kind == "system");
    let (customer, echo) = customer(shared, item, said, from, system.as_ref())?;
    let new = |fields: [&str; 2]| {
        let system = system.as_ref()?;
        fields.into_iter().find_map(|field| system.text(field)).map(str::to_owned)
    };
    let message = InboundMessage {
        media,
        refers_to,
        echo,
        free_entry: !echo && item.get("referral").is_some(),
        new_phone: new(["wa_id", "new_wa_id"]).as_deref().and_then(digits),
        new_bsuid: new(["user_id", "new_user_id"]),
        standby: matches!(from, From::StandbyCustomer | From::Bot),
        ..InboundMessage::plain(customer, item.need_id("id")?, at, content)
    };
    Ok((Event::Message(Box::new(message)), fault))
}

/// A call. It opens the window like a message; Meta tells of its beginning and of its end under
/// one id, and only the end says how long it was.
pub(super) fn read_call(value: &Node<'_>, item: &Node<'_>) -> Result<Event, Fault> {
    let by_customer = item.text("direction") == Some("USER_INITIATED");
    if item.text("event") != Some("terminate") || !by_customer {
        return Ok(Event::Ignored);
    }
    let began = item.get("start_time").map_or_else(|| item.need("timestamp"), Ok)?;
    let seconds = item.get("duration").map(|duration| duration.number()).transpose()?;
    let metadata = value.get("metadata");
    let shared = Shared::of(value, metadata.as_ref(), std::slice::from_ref(item));
    let (customer, echo) = customer(&shared, item, item, From::Customer, None)?;
    if echo {
        return Err(item.fault("a call from the company's own number"));
    }
    let content = Content::Call { length_ms: seconds.map(|seconds| seconds.saturating_mul(1000)) };
    let id = item.need_id("id")?;
    Ok(Event::Message(Box::new(InboundMessage::plain(customer, id, began.instant()?, content))))
}

/// A bot handed the conversation to the inbox (`control_passed`) or took it (`control_taken`).
/// The company's number stands in `recipient` or in `metadata`. Handovers have no id: who, what
/// and when is one.
pub(super) fn read_handover(value: &Node<'_>) -> Result<(String, Event), Fault> {
    let recipient = value.get("recipient");
    let own = [value.get("metadata"), recipient];
    let account = own.iter().flatten().find_map(|own| own.get("phone_number_id")?.id());
    let account = account.ok_or_else(|| value.fault("no phone_number_id of the company"))?;
    let kind = value.need_text("type")?;
    let event = match kind {
        "control_passed" => "control_passed_to_inbox",
        "control_taken" => "control_taken_by_automation",
        _ => return Err(value.fault("an unknown kind of handover")),
    };
    let at = value.need("timestamp")?.instant()?;
    let block = value.get(kind);
    let people = [value.get("sender"), block.as_ref().and_then(|block| block.get("recipient"))];
    let cards = value.list("contacts");
    let known = || people.iter().flatten().chain(cards.first());
    let first = |fields: [&str; 2]| known().find_map(|one| fields.into_iter().find_map(|field| one.text(field)));
    let customer = Customer {
        phone: first(["phone_number", "wa_id"]).and_then(digits),
        bsuid: first(["user_id", "user_id"]).map(str::to_owned),
        ..Customer::default()
    };
    let who = customer.bsuid.clone().or_else(|| customer.phone.clone());
    let who = who.ok_or_else(|| value.fault("neither a phone number nor a user id of the customer"))?;
    let id = format!("{kind}#{who}#{}", at.timestamp());
    let content = Content::System { event: event.to_owned() };
    Ok((account, Event::Message(Box::new(InboundMessage::plain(customer, id, at, content)))))
}

/// The customer, and whether it is the company that wrote.
///
/// The customer's ids stand on the item, the name in `contacts`. Either id may be missing: a
/// customer with a username has no number here, an older message no BSUID. The company's own
/// number is never the customer: where it stands in the customer's place, the sides are swapped.
fn customer(
    shared: &Shared<'_>,
    item: &Node<'_>,
    said: &Node<'_>,
    from: From,
    system: Option<&Node<'_>>,
) -> Result<(Customer, bool), Fault> {
    let of = |phone: &str, bsuid: &str| {
        let text = |field: &str| item.text(field).or(said.text(field));
        (text(phone).and_then(digits), text(bsuid).map(str::to_owned))
    };
    let (sender, receiver) = (of("from", "from_user_id"), of("to", "to_user_id"));
    let (sent_by_customer, theirs, others) =
        if from.is_customer() { (true, sender, receiver) } else { (false, receiver, sender) };
    let (echo, (phone, bsuid)) = if shared.is_own(theirs.0.as_deref()) {
        (true, (others.0.filter(|phone| !shared.is_own(Some(phone))), others.1))
    } else {
        (!sent_by_customer, theirs)
    };
    // The notice of a new id names the old one; `from_user_id` may be either.
    let bsuid = system.and_then(|system| system.text("previous_user_id")).map(str::to_owned).or(bsuid);
    let alone = shared.one_sender && from.is_customer();
    let card = shared.card_of(phone.as_deref(), bsuid.as_deref(), alone);
    let of_card = |field| card.and_then(|card| card.text(field));
    let profile = card.and_then(|card| card.get("profile"));
    let of_profile = |field| profile.as_ref().and_then(|profile| profile.text(field)).map(str::to_owned);
    let card_phone = of_card("wa_id").and_then(digits).filter(|phone| !shared.is_own(Some(phone)));
    let found = Customer {
        // A notice's card may be of before or of after: its ids are said by the notice itself.
        phone: phone.or(card_phone.filter(|_| system.is_none())),
        bsuid: bsuid.or(of_card("user_id").filter(|_| system.is_none()).map(str::to_owned)),
        scoped_id: None,
        name: of_profile("name"),
        username: of_profile("username"),
    };
    if found.phone.is_none() && found.bsuid.is_none() {
        return Err(item.fault("neither a phone number nor a user id of the customer"));
    }
    Ok((found, echo))
}

fn digits(phone: &str) -> Option<String> {
    let phone = phone.strip_prefix('+').unwrap_or(phone);
    let plausible = (5..=20).contains(&phone.len()) && phone.bytes().all(|digit| digit.is_ascii_digit());
    plausible.then(|| phone.to_owned()).or_else(|| international(phone))
}

fn content(item: &Node<'_>, kind: &str) -> Result<(Content, Option<ProviderMedia>), Fault> {
    let content = match kind {
        "text" => {
            let body = item.need("text")?.need("body")?;
            let words = Some(body.words()?).filter(|words| !words.trim().is_empty());
            Content::Text { body: words.ok_or_else(|| body.fault("the text is empty"))?.to_owned() }
        }
        "image" => return media(&item.need("image")?, MediaKind::Image),
        "video" => return media(&item.need("video")?, MediaKind::Video),
        "audio" => return media(&item.need("audio")?, MediaKind::Audio),
        // The shape of before 2021, which some providers still hand on.
        "voice" => return voice(&item.need("voice")?),
        "document" => return media(&item.need("document")?, MediaKind::Document),
        "sticker" => return media(&item.need("sticker")?, MediaKind::Sticker),
        "location" => location(&item.need("location")?)?,
        "contacts" => contacts(&item.need("contacts")?)?,
        "reaction" => {
            let emoji = item.need("reaction")?.text("emoji").map(str::to_owned);
            Content::Reaction { to: None, emoji }
        }
        "interactive" => answer(&item.need("interactive")?)?,
        "button" => {
            let button = item.need("button")?;
            let title = button.text("text").or(button.text("payload"));
            let title = title.ok_or_else(|| button.fault("neither a text nor a payload"))?.to_owned();
            Content::Answer { kind: AnswerKind::Button, title }
        }
        "order" => {
            let order = item.need("order")?;
            let products = u32::try_from(order.list("product_items").len()).unwrap_or(u32::MAX);
            Content::Order { products, body: order.text("text").unwrap_or_default().to_owned() }
        }
        "system" => Content::System { event: item.need("system")?.need_text("type")?.to_owned() },
        "request_welcome" => Content::RequestWelcome,
        "" => return Err(item.fault("no type")),
        // A type that is new to us: the customer did write, and the bubble says so.
        _ => Content::Unsupported,
    };
    Ok((content, None))
}

fn contacts(node: &Node<'_>) -> Result<Content, Fault> {
    let cards: Vec<ContactCard> = node.entries().iter().map(card).collect();
    if cards.is_empty() {
        return Err(node.fault("a list of cards was expected"));
    }
    Ok(Content::Contacts { cards })
}

fn voice(file: &Node<'_>) -> Result<(Content, Option<ProviderMedia>), Fault> {
    let (content, source) = media(file, MediaKind::Audio)?;
    match content {
        Content::Media(media) => Ok((Content::Media(Media { voice: true, ..media }), source)),
        other => Ok((other, source)),
    }
}

fn media(file: &Node<'_>, kind: MediaKind) -> Result<(Content, Option<ProviderMedia>), Fault> {
    // The address of a webhook runs out within minutes, the id does not.
    let source = match (file.get("id").and_then(|id| id.id()), file.text("url")) {
        (Some(id), _) => ProviderMedia::Id(id),
        (None, Some(url)) => ProviderMedia::Url(url.to_owned()),
        (None, None) => return Err(file.fault("neither an id nor an address of the file")),
    };
    let words = |field| file.text(field).unwrap_or_default().to_owned();
    let content = Media {
        kind,
        media_id: None,
        mime: file.text("mime_type").unwrap_or("application/octet-stream").to_owned(),
        size_bytes: None,
        name: words("filename"),
        caption: words("caption"),
        voice: file.get("voice").is_some_and(|voice| voice.value() == true),
    };
    Ok((Content::Media(content), Some(source)))
}

fn location(place: &Node<'_>) -> Result<Content, Fault> {
    let words = |field| place.text(field).unwrap_or_default().to_owned();
    Ok(Content::Location {
        latitude_e6: degrees(&place.need("latitude")?, 90.0)?,
        longitude_e6: degrees(&place.need("longitude")?, 180.0)?,
        name: words("name"),
        address: words("address"),
    })
}

#[allow(clippy::cast_possible_truncation, reason = "at most 180 million: it fits")]
fn degrees(node: &Node<'_>, most: f64) -> Result<i32, Fault> {
    let degrees = node.value().as_f64().filter(|degrees| degrees.abs() <= most);
    let degrees = degrees.ok_or_else(|| node.fault("degrees were expected"))?;
    Ok((degrees * 1e6).round() as i32)
}

fn card(card: &Node<'_>) -> ContactCard {
    let name = card.get("name");
    let part = |field| name.as_ref().and_then(|name| name.text(field));
    let parts = || [part("first_name"), part("last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let phone = |phone: &Node<'_>| phone.text("phone").or(phone.text("wa_id")).map(str::to_owned);
    ContactCard {
        name: part("formatted_name").map_or_else(parts, str::to_owned),
        phones: card.list("phones").iter().filter_map(phone).collect(),
        company: card.get("org").and_then(|org| org.text("company").map(str::to_owned)).unwrap_or_default(),
        emails: card.list("emails").iter().filter_map(|email| email.text("email").map(str::to_owned)).collect(),
    }
}

fn answer(interactive: &Node<'_>) -> Result<Content, Fault> {
    let (kind, title) = match interactive.need_text("type")? {
        "button_reply" => (AnswerKind::Button, interactive.need("button_reply")?.need_text("title")?),
        "list_reply" => (AnswerKind::List, interactive.need("list_reply")?.need_text("title")?),
        "nfm_reply" => {
            let title = flow::answers(&interactive.need("nfm_reply")?);
            return Ok(Content::Answer { kind: AnswerKind::Flow, title });
        }
        // A permission to call, an address: nothing the inbox could show as an answer.
        _ => return Ok(Content::Unsupported),
    };
    Ok(Content::Answer { kind, title: title.to_owned() })
}
