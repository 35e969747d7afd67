//! The server's side of a provider's API against the simulator's, over real HTTP.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use riposte::clock::ManualClock;
use riposte::model::{
    ChannelKind, MediaKind, TemplateButton, TemplateCategory, TemplateComponent, TemplateStatus, TemplateValue,
};
use riposte_server::channels::Providers;
use riposte_server::channels::event::{Event, ProviderMedia};
use riposte_server::channels::provider::{
    NewTemplate, Outbound, Provider, ProviderAccount, ProviderContent, Recipient, SendProblem,
};
use riposte_server::sim::Simulator;
use riposte_server::sim::account::{Account, VERSION};
use riposte_server::sim::customer::{Customer, Manner, Saying};
use riposte_server::sim::ledger::Judged;
use riposte_server::sim::templates::GivenTemplate;
use serde_json::json;

use crate::listener::webhooks;

const HOUR: Duration = Duration::from_secs(3600);

struct Stage {
    simulator: Simulator,
    providers: Providers,
    whatsapp: ProviderAccount,
    messenger: ProviderAccount,
    tom: String,
}

async fn stage() -> Stage {
    let clock = ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap());
    let simulator = Simulator::start(Arc::new(clock.clone()), Some(clock)).await.unwrap();
    let number = simulator.add_account("whatsapp", ChannelKind::Whatsapp, "33199000001");
    let page = simulator.add_account("messenger", ChannelKind::Messenger, "104001");
    let customer = |name: &str, phone: Option<&str>, bsuid: Option<&str>| Customer {
        name: name.to_owned(),
        phone: phone.map(str::to_owned),
        bsuid: bsuid.map(str::to_owned),
        username: None,
    };
    simulator.add_customer("lea", customer("Léa Martin", Some("33612345678"), None));
    simulator.add_customer("yuki", customer("山田 優希", None, Some("JP.7kQ2mZ81")));
    let tom = simulator.add_customer("tom", customer("Tom Becker", None, None));
    let link = |account: Account| ProviderAccount {
        kind: account.kind,
        base: simulator.api(),
        version: VERSION.to_owned(),
        provider_id: account.provider_id,
        business_id: Some(account.business_id),
        token: account.token,
    };
    let (whatsapp, messenger) = (link(number), link(page));
    Stage { simulator, providers: Providers::new().unwrap(), whatsapp, messenger, tom }
}

impl Stage {
    fn whatsapp(&self) -> &dyn Provider {
        self.providers.of(ChannelKind::Whatsapp).unwrap()
    }

    async fn send(&self, content: ProviderContent) -> Result<String, SendProblem> {
        self.whatsapp().send(&self.whatsapp, &to_lea(content)).await.map(|sent| sent.id)
    }

    async fn answer(&self, human_agent: bool) -> Result<String, SendProblem> {
        let message = Outbound { human_agent, to: self.tom(), ..to_lea(text("Vendredi")) };
        self.providers.of(ChannelKind::Messenger).unwrap().send(&self.messenger, &message).await.map(|sent| sent.id)
    }

    fn tom(&self) -> Recipient {
        Recipient { scoped_id: Some(self.tom.clone()), ..Recipient::default() }
    }
}

fn text(body: &str) -> ProviderContent {
    ProviderContent::Text { body: body.to_owned() }
}

fn to_lea(content: ProviderContent) -> Outbound {
    Outbound {
        to: Recipient { phone: Some("33612345678".to_owned()), ..Recipient::default() },
        content,
        quotes: None,
        key: "key-1".to_owned(),
        human_agent: false,
    }
}

fn code<T: std::fmt::Debug>(answer: Result<T, SendProblem>) -> i64 {
    match answer {
        Err(SendProblem::Refused(error)) => error.code,
        other => panic!("refused was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn a_text_goes_while_the_window_is_open_and_carries_our_key() {
    let stage = stage().await;
    stage.simulator.writes("lea", "whatsapp", "Bonjour").await.unwrap();
    let id = stage.send(text("Elle part ce soir.")).await.unwrap();
    let ledger = stage.simulator.ledger();
    assert_eq!(ledger.len(), 1);
    assert_eq!(ledger[0].id.as_deref(), Some(id.as_str()));
    assert_eq!(ledger[0].key.as_deref(), Some("key-1"));
    assert_eq!(ledger[0].text, "Elle part ce soir.");
    assert_eq!(ledger[0].reports.iter().map(|report| report.status).collect::<Vec<_>>(), ["sent", "delivered"]);
}

#[tokio::test]
async fn a_text_after_24_hours_is_refused_with_131047() {
    let stage = stage().await;
    stage.simulator.writes("lea", "whatsapp", "Bonjour").await.unwrap();
    stage.simulator.advance(24 * HOUR).unwrap();
    assert_eq!(code(stage.send(text("Trop tard")).await), 131047);
    let ledger = stage.simulator.ledger();
    assert_eq!(ledger[0].judged, Judged::Refused { code: 131047 });
    assert!(!ledger[0].window_open);
}

#[tokio::test]
async fn a_customer_without_a_number_is_written_to_by_the_user_id() {
    let stage = stage().await;
    stage.simulator.writes("yuki", "whatsapp", "はじめまして").await.unwrap();
    let to = Recipient { bsuid: Some("JP.7kQ2mZ81".to_owned()), ..Recipient::default() };
    stage.whatsapp().send(&stage.whatsapp, &Outbound { to, ..to_lea(text("Bonjour")) }).await.unwrap();
    assert_eq!(stage.simulator.ledger()[0].customer.as_deref(), Some("yuki"));
}

#[tokio::test]
async fn an_answer_that_is_lost_is_not_taken_for_a_refusal() {
    let stage = stage().await;
    stage.simulator.writes("lea", "whatsapp", "Bonjour").await.unwrap();
    stage.simulator.lose_next_answer();
    assert_eq!(stage.send(text("Parti ?")).await, Err(SendProblem::Lost));
    let ledger = stage.simulator.ledger();
    assert_eq!((ledger.len(), ledger[0].judged, ledger[0].answer_lost), (1, Judged::Accepted, true));
}

#[tokio::test]
async fn a_provider_that_is_not_there_was_surely_not_asked() {
    let mut stage = stage().await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    stage.whatsapp.base = format!("http://{nobody}");
    assert_eq!(stage.send(text("?")).await, Err(SendProblem::Unreachable));
}

#[tokio::test]
async fn a_rate_limit_is_not_now_and_a_blocked_country_is_no() {
    let stage = stage().await;
    stage.simulator.refuse_next(131056);
    assert!(matches!(stage.send(text("?")).await, Err(SendProblem::Busy(error)) if error.code == 131056));
    stage.simulator.refuse_next(130497);
    assert_eq!(code(stage.send(text("?")).await), 130497);
}

#[tokio::test]
async fn a_wrong_token_is_refused() {
    let mut stage = stage().await;
    stage.whatsapp.token = "another".to_owned();
    assert_eq!(code(stage.send(text("?")).await), 190);
}

#[tokio::test]
async fn a_file_is_uploaded_and_sent_by_its_id() {
    let stage = stage().await;
    stage.simulator.writes("lea", "whatsapp", "La facture ?").await.unwrap();
    let document = ProviderContent::Media {
        kind: MediaKind::Document,
        mime: "application/pdf".to_owned(),
        name: "facture \"4711\"\r\n.pdf".to_owned(),
        caption: "La voici".to_owned(),
        voice: false,
        bytes: Bytes::from_static(b"%PDF\r\n--form\r\n\0"),
    };
    stage.send(document).await.unwrap();
    let entry = stage.simulator.ledger().remove(0);
    assert_eq!((entry.kind.as_str(), entry.text.as_str()), ("document", "La voici"));
    let file = stage.simulator.file(entry.file.as_deref().unwrap()).unwrap();
    assert_eq!((file.mime.as_str(), &file.bytes[..]), ("application/pdf", &b"%PDF\r\n--form\r\n\0"[..]));
}

#[tokio::test]
async fn a_customers_file_is_fetched_by_the_id_of_its_message() {
    let stage = stage().await;
    let photo = Saying::Media {
        kind: MediaKind::Image,
        mime: "image/jpeg".to_owned(),
        caption: String::new(),
        name: String::new(),
        voice: false,
        base64: Some("/9j/4A==".to_owned()),
    };
    let webhooks = webhooks(&stage.simulator).await;
    stage.simulator.says("lea", "whatsapp", &photo, Manner::default()).await.unwrap();
    stage.simulator.idle().await;
    let Event::Message(message) = &webhooks.events()[0] else { panic!("a message was expected") };
    let Some(ProviderMedia::Id(id)) = message.media.clone() else { panic!("a file was expected") };
    let fetched = stage.whatsapp().fetch_media(&stage.whatsapp, &ProviderMedia::Id(id)).await.unwrap();
    assert_eq!((fetched.mime.as_str(), &fetched.bytes[..]), ("image/jpeg", &[0xff, 0xd8, 0xff, 0xe0][..]));
    assert_eq!(code(stage.whatsapp().fetch_media(&stage.whatsapp, &ProviderMedia::Id("1".to_owned())).await), 100);
}

#[tokio::test]
async fn reading_is_told_by_the_id_of_a_message_that_exists() {
    let stage = stage().await;
    let id = stage.simulator.writes("lea", "whatsapp", "Bonjour").await.unwrap();
    let lea = to_lea(text("")).to;
    stage.whatsapp().mark_read(&stage.whatsapp, &lea, &id).await.unwrap();
    assert_eq!(stage.simulator.read_by_business(), [id]);
    assert_eq!(code(stage.whatsapp().mark_read(&stage.whatsapp, &lea, "wamid.NONE").await), 131009);
}

#[tokio::test]
async fn a_reaction_to_an_unknown_message_is_taken_and_then_fails() {
    let stage = stage().await;
    let id = stage.simulator.writes("lea", "whatsapp", "Bonjour").await.unwrap();
    let react = |to: &str| ProviderContent::Reaction { to: to.to_owned(), emoji: Some("👍".to_owned()) };
    stage.send(react(&id)).await.unwrap();
    stage.send(react("wamid.NONE")).await.unwrap();
    let ends: Vec<_> = stage.simulator.ledger().iter().map(|entry| entry.reports.last().unwrap().code).collect();
    assert_eq!(ends, [None, Some(131009)]);
}

fn new_template() -> NewTemplate {
    let value = |name: &str, value: &str| TemplateValue { name: name.to_owned(), value: value.to_owned() };
    NewTemplate {
        name: "suivi".to_owned(),
        language: "fr".to_owned(),
        category: TemplateCategory::Utility,
        components: vec![
            TemplateComponent::HeaderText { text: "Commande {{1}}".to_owned() },
            TemplateComponent::Body { text: "Bonjour, la commande {{1}} part {{2}}. Merci !".to_owned() },
            TemplateComponent::Footer { text: "Atelier Nord".to_owned() },
            TemplateComponent::Buttons {
                buttons: vec![
                    TemplateButton::QuickReply { text: "Merci".to_owned() },
                    TemplateButton::Url { text: "Suivre".to_owned(), url: "https://suivi.example/{{1}}".to_owned() },
                ],
            },
        ],
        samples: vec![
            value("header.1", "4711"),
            value("1", "4711"),
            value("2", "mardi"),
            value("button.1", "4711"),
            value("button.2", "4711"),
        ],
    }
}

#[tokio::test]
async fn a_template_is_submitted_waits_is_approved_and_can_be_sent() {
    let stage = stage().await;
    let new = new_template();
    let created = stage.whatsapp().create_template(&stage.whatsapp, &new).await.unwrap();
    assert_eq!(created.status, TemplateStatus::Pending);
    assert_eq!(code(stage.whatsapp().create_template(&stage.whatsapp, &new).await), 100, "it exists already");

    let part = |kind: &str, values: &[&str]| {
        let parameters: Vec<_> = values.iter().map(|value| json!({ "type": "text", "text": value })).collect();
        json!({ "type": kind, "parameters": parameters })
    };
    let values = [part("header", &["4711"]), part("body", &["4711", "mardi"])];
    let mut link = part("button", &["4711"]);
    link.as_object_mut().unwrap().extend([("sub_type".to_owned(), json!("url")), ("index".to_owned(), json!("1"))]);
    let payload = |components: &[serde_json::Value]| ProviderContent::Template {
        payload: json!({ "name": "suivi", "language": { "code": "fr" }, "components": components }),
    };
    let template = payload(&[values[0].clone(), values[1].clone(), link]);
    assert_eq!(code(stage.send(template.clone()).await), 132001, "not approved yet");
    stage.simulator.approve("suivi").unwrap();
    assert_eq!(code(stage.send(payload(&values)).await), 131008, "the button's link has a variable");
    stage.send(template).await.unwrap();

    let listed = stage.whatsapp().list_templates(&stage.whatsapp).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].status, &listed[0].components), (TemplateStatus::Approved, &new.components));
    assert_eq!(listed[0].provider_id, created.provider_id);
}

#[tokio::test]
async fn a_template_without_samples_is_not_taken() {
    let stage = stage().await;
    let without = NewTemplate { samples: Vec::new(), ..new_template() };
    assert_eq!(code(stage.whatsapp().create_template(&stage.whatsapp, &without).await), 100);
}

#[tokio::test]
async fn a_listing_is_read_to_its_last_page() {
    let stage = stage().await;
    // More than one page of the size that the server asks for.
    for number in 0..130 {
        let given = GivenTemplate {
            name: format!("t{number}"),
            language: "fr".to_owned(),
            category: TemplateCategory::Marketing,
            status: TemplateStatus::Paused,
            reason: None,
            components: vec![TemplateComponent::Body { text: "Bonjour".to_owned() }],
        };
        stage.simulator.add_template("whatsapp", &given).unwrap();
    }
    let listed = stage.whatsapp().list_templates(&stage.whatsapp).await.unwrap();
    assert_eq!(listed.len(), 130);
    assert!(listed.iter().all(|template| template.status == TemplateStatus::Paused));
}

#[tokio::test]
async fn a_page_answers_for_a_day_a_person_for_a_week() {
    let stage = stage().await;
    stage.simulator.writes("tom", "messenger", "Vous livrez ?").await.unwrap();
    stage.answer(false).await.unwrap();
    stage.simulator.advance(24 * HOUR).unwrap();
    let refused = stage.answer(false).await;
    assert!(matches!(&refused, Err(SendProblem::Refused(error)) if error.subcode == Some(2_018_278)), "{refused:?}");
    stage.answer(true).await.unwrap();
    stage.simulator.advance(6 * 24 * HOUR).unwrap();
    assert_eq!(code(stage.answer(true).await), 10);
}

#[tokio::test]
async fn a_page_sends_a_file_and_refuses_to_lose_its_caption() {
    let stage = stage().await;
    stage.simulator.writes("tom", "messenger", "Une photo ?").await.unwrap();
    let photo = |caption: &str| ProviderContent::Media {
        kind: MediaKind::Image,
        mime: "image/png".to_owned(),
        name: "a.png".to_owned(),
        caption: caption.to_owned(),
        voice: false,
        bytes: Bytes::from_static(b"png"),
    };
    let messenger = stage.providers.of(ChannelKind::Messenger).unwrap();
    let send = |caption| Outbound { to: stage.tom(), ..to_lea(photo(caption)) };
    messenger.send(&stage.messenger, &send("")).await.unwrap();
    let entry = stage.simulator.ledger().remove(0);
    assert_eq!(entry.kind, "image");
    assert_eq!(&stage.simulator.file(entry.file.as_deref().unwrap()).unwrap().bytes[..], b"png");
    let refused = messenger.send(&stage.messenger, &send("La voici")).await;
    assert_eq!(refused, Err(SendProblem::NotSupported));
}

#[tokio::test]
async fn a_page_can_ask_who_a_customer_is() {
    let stage = stage().await;
    let messenger = stage.providers.of(ChannelKind::Messenger).unwrap();
    let profile = messenger.profile(&stage.messenger, &stage.tom()).await.unwrap();
    assert_eq!(profile.name.as_deref(), Some("Tom Becker"));
}
