//! The simulator alone: what it posts and when, to a server that only listens.

use std::sync::Arc;
use std::time::Duration;

use riposte::clock::ManualClock;
use riposte::model::{AnswerKind, ChannelKind, ContactCard, Content, DeliveryStatus, TemplateStatus};
use riposte_server::channels::Providers;
use riposte_server::channels::event::{Event, InboundMessage, StatusReport, TemplateChange};
use riposte_server::channels::provider::{
    Outbound, Provider, ProviderAccount, ProviderContent, Recipient, SendProblem,
};
use riposte_server::sim::account::VERSION;
use riposte_server::sim::customer::{Customer, Manner, Saying};
use riposte_server::sim::{Reports, SimError, Simulator};

use crate::listener::{Webhooks, webhooks};

struct Stage {
    simulator: Simulator,
    webhooks: Webhooks,
    providers: Providers,
}

async fn stage() -> Stage {
    let clock = ManualClock::new("2026-11-02T09:00:00.250Z".parse().unwrap());
    let simulator = Simulator::start(Arc::new(clock.clone()), Some(clock)).await.unwrap();
    simulator.add_account("whatsapp", ChannelKind::Whatsapp, "33199000001");
    simulator.add_account("messenger", ChannelKind::Messenger, "104001");
    simulator.add_account("instagram", ChannelKind::Instagram, "178001");
    let lea = Customer { name: "Léa Martin".to_owned(), phone: Some("33612345678".to_owned()), ..Customer::default() };
    simulator.add_customer("lea", lea);
    let webhooks = webhooks(&simulator).await;
    Stage { simulator, webhooks, providers: Providers::new().unwrap() }
}

impl Stage {
    async fn says(&self, saying: Saying) -> Event {
        self.says_on("whatsapp", saying, Manner::default()).await
    }

    async fn says_on(&self, account: &str, saying: Saying, manner: Manner) -> Event {
        self.simulator.says("lea", account, &saying, manner).await.unwrap();
        self.simulator.idle().await;
        self.webhooks.events().pop().unwrap()
    }

    /// The business sends; gives the message's id.
    async fn sends(&self, account: &str, body: &str) -> String {
        self.try_to_send(account, body).await.unwrap()
    }

    async fn try_to_send(&self, account: &str, body: &str) -> Result<String, SendProblem> {
        let account = self.simulator.accounts().into_iter().find(|known| known.key == account).unwrap();
        let scoped_id = self.simulator.scoped_id("lea").unwrap();
        let link = ProviderAccount {
            kind: account.kind,
            base: self.simulator.api(),
            version: VERSION.to_owned(),
            provider_id: account.provider_id,
            business_id: Some(account.business_id),
            token: account.token,
        };
        let message = Outbound {
            to: Recipient { phone: Some("33612345678".to_owned()), bsuid: None, scoped_id: Some(scoped_id) },
            content: ProviderContent::Text { body: body.to_owned() },
            quotes: None,
            key: format!("key of {body}"),
            human_agent: false,
        };
        let provider: &dyn Provider = self.providers.of(account.kind).unwrap();
        provider.send(&link, &message).await.map(|sent| sent.id)
    }

    /// What was reported of our messages so far: id and status.
    async fn reports(&self) -> Vec<(String, DeliveryStatus)> {
        self.simulator.idle().await;
        let report = |event: Event| match event {
            Event::Status(StatusReport { message_id, status, .. }) => Some((message_id, status)),
            _ => None,
        };
        self.webhooks.events().into_iter().filter_map(report).collect()
    }
}

fn text(body: &str) -> Saying {
    Saying::Text { body: body.to_owned() }
}

fn message(event: Event) -> InboundMessage {
    match event {
        Event::Message(message) => *message,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_customers_words_arrive_signed_with_whole_seconds() {
    let stage = stage().await;
    let heard = message(stage.says(text("Bonjour")).await);
    assert_eq!(heard.content, Content::Text { body: "Bonjour".to_owned() });
    assert_eq!(heard.customer.name.as_deref(), Some("Léa Martin"));
    assert_eq!(heard.at.to_rfc3339(), "2026-11-02T09:00:00+00:00");
}

#[tokio::test]
async fn the_server_reads_everything_a_customer_does() {
    let stage = stage().await;
    stage.says(text("Bonjour")).await;
    stage.sends("whatsapp", "Bonjour Léa").await;
    let (name, phones) = ("Paul".to_owned(), vec!["+33 6".to_owned()]);
    let card = ContactCard { name, phones, company: String::new(), emails: Vec::new() };
    let place = Content::Location {
        latitude_e6: 44_837_789,
        longitude_e6: -579_180,
        name: "Atelier".to_owned(),
        address: "3 quai Nord".to_owned(),
    };
    let said = [
        (
            Saying::Location {
                latitude_e6: 44_837_789,
                longitude_e6: -579_180,
                name: "Atelier".to_owned(),
                address: "3 quai Nord".to_owned(),
            },
            place,
        ),
        (Saying::Contacts { cards: vec![card.clone()] }, Content::Contacts { cards: vec![card] }),
        (
            Saying::Reaction { emoji: Some("👍".to_owned()) },
            Content::Reaction { to: None, emoji: Some("👍".to_owned()) },
        ),
        (Saying::Reaction { emoji: None }, Content::Reaction { to: None, emoji: None }),
        (
            Saying::Answer { title: "Mardi".to_owned(), kind: AnswerKind::List },
            Content::Answer { kind: AnswerKind::List, title: "Mardi".to_owned() },
        ),
        (
            Saying::Order { products: 2, body: "vite".to_owned() },
            Content::Order { products: 2, body: "vite".to_owned() },
        ),
        (Saying::Call { length_ms: Some(90_000) }, Content::Call { length_ms: Some(90_000) }),
        (Saying::Call { length_ms: None }, Content::Call { length_ms: None }),
        (Saying::Unsupported, Content::Unsupported),
        (Saying::RequestWelcome, Content::RequestWelcome),
        (
            Saying::NumberChange { phone: "33700000007".to_owned() },
            Content::System { event: "user_changed_number".to_owned() },
        ),
    ];
    for (saying, content) in said {
        assert_eq!(message(stage.says(saying).await).content, content);
    }
}

#[tokio::test]
async fn a_quote_and_an_advertisement_are_heard_with_the_words() {
    let stage = stage().await;
    stage.says(text("Bonjour")).await;
    let ours = stage.sends("whatsapp", "Le chêne ou le hêtre ?").await;
    let manner = Manner { quoting: true, by_advertisement: true };
    let heard = message(stage.says_on("whatsapp", text("Celui-ci"), manner).await);
    assert_eq!((heard.refers_to, heard.free_entry), (Some(ours), true));
}

#[tokio::test]
async fn an_own_message_can_be_changed_and_taken_back_on_both_channels() {
    let stage = stage().await;
    for channel in ["whatsapp", "messenger"] {
        let first = message(stage.says_on(channel, text("Bnojour"), Manner::default()).await);
        let edited = stage.says_on(channel, Saying::Edit { body: "Bonjour".to_owned() }, Manner::default()).await;
        assert!(matches!(edited, Event::Edited { message_id, .. } if message_id == first.message_id));
        let revoked = stage.says_on(channel, Saying::Revoke, Manner::default()).await;
        assert!(matches!(revoked, Event::Revoked { message_id, .. } if message_id == first.message_id));
    }
}

#[tokio::test]
async fn a_message_is_sent_delivered_and_read_each_once() {
    let stage = stage().await;
    stage.says(text("Bonjour")).await;
    let id = stage.sends("whatsapp", "Bonjour Léa").await;
    stage.simulator.reads("lea", "whatsapp").unwrap();
    stage.simulator.reads("lea", "whatsapp").unwrap();
    let known = [DeliveryStatus::Sent, DeliveryStatus::Delivered, DeliveryStatus::Read];
    assert_eq!(stage.reports().await, known.map(|status| (id.clone(), status)));
}

#[tokio::test]
async fn a_phone_that_is_off_gets_it_when_it_is_on_again() {
    let stage = stage().await;
    stage.says(text("Bonjour")).await;
    stage.simulator.set_phone("lea", |phone| phone.reachable = false).unwrap();
    let id = stage.sends("whatsapp", "Bonjour Léa").await;
    assert_eq!(stage.reports().await, [(id.clone(), DeliveryStatus::Sent)]);
    assert!(matches!(stage.simulator.reads("lea", "whatsapp"), Err(SimError::PhoneOff)));
    stage.simulator.set_phone("lea", |phone| phone.reachable = true).unwrap();
    assert_eq!(stage.reports().await, [(id.clone(), DeliveryStatus::Sent), (id, DeliveryStatus::Delivered)]);
}

#[tokio::test]
async fn a_blocked_number_reaches_no_customer_and_the_report_has_the_code() {
    let stage = stage().await;
    stage.says(text("Bonjour")).await;
    stage.simulator.set_phone("lea", |phone| phone.deliverable = false).unwrap();
    stage.sends("whatsapp", "Bonjour Léa").await;
    stage.simulator.fail_next(131049);
    stage.simulator.set_phone("lea", |phone| phone.deliverable = true).unwrap();
    stage.sends("whatsapp", "Encore").await;
    stage.simulator.idle().await;
    let code = |event: Event| match event {
        Event::Status(report) => report.error.map(|error| error.code),
        _ => None,
    };
    assert_eq!(stage.webhooks.events().into_iter().filter_map(code).collect::<Vec<_>>(), [131026, 131049]);
}

#[tokio::test]
async fn an_answer_to_an_advertisement_is_free_and_its_report_has_the_end() {
    let stage = stage().await;
    stage.says_on("whatsapp", text("Bonjour"), Manner { by_advertisement: true, quoting: false }).await;
    stage.sends("whatsapp", "Bonjour Léa").await;
    stage.simulator.idle().await;
    let sent = stage.webhooks.events().into_iter().find_map(|event| match event {
        Event::Status(report) if report.status == DeliveryStatus::Sent => Some(report),
        _ => None,
    });
    let sent = sent.unwrap();
    assert_eq!(sent.billable, Some(false));
    assert_eq!(sent.free_until.unwrap().to_rfc3339(), "2026-11-05T09:00:00+00:00");
}

#[tokio::test]
async fn messenger_reports_reading_up_to_a_time_and_instagram_by_message() {
    let stage = stage().await;
    for channel in ["messenger", "instagram"] {
        stage.says_on(channel, text("Bonjour"), Manner::default()).await;
        stage.sends(channel, "Un").await;
        stage.sends(channel, "Deux").await;
        stage.simulator.reads("lea", channel).unwrap();
    }
    stage.simulator.idle().await;
    let events = stage.webhooks.events();
    let read = |event: &&Event| matches!(event, Event::Watermark { status: DeliveryStatus::Read, .. });
    assert_eq!(events.iter().filter(read).count(), 1);
    let read = |event: &&Event| matches!(event, Event::Status(report) if report.status == DeliveryStatus::Read);
    assert_eq!(events.iter().filter(read).count(), 2);
}

#[tokio::test]
async fn what_the_company_writes_itself_comes_as_an_echo() {
    let stage = stage().await;
    for channel in ["whatsapp", "messenger"] {
        stage.simulator.company_says(channel, "lea", "Je vous rappelle").unwrap();
        stage.simulator.idle().await;
        assert!(message(stage.webhooks.events().pop().unwrap()).echo);
    }
}

#[tokio::test]
async fn a_webhook_comes_again_until_it_is_taken() {
    let stage = stage().await;
    stage.webhooks.trouble(3);
    stage.says(text("Bonjour")).await;
    assert_eq!(stage.webhooks.events().len(), 1);
}

#[tokio::test]
async fn held_reports_leave_twice_and_in_another_order_when_asked() {
    let stage = stage().await;
    stage.says(text("Bonjour")).await;
    stage.simulator.reports(Reports::Held);
    for word in ["un", "deux", "trois"] {
        stage.sends("whatsapp", word).await;
    }
    assert_eq!(stage.reports().await, []);
    stage.simulator.reports(Reports::ShuffledDoubled);
    let mut reports = stage.reports().await;
    assert_eq!(reports.len(), 12);
    let in_order: Vec<_> = reports.iter().map(|(id, _)| id.clone()).collect();
    reports.sort();
    assert_ne!(in_order, reports.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>());
    reports.dedup();
    assert_eq!(reports.len(), 6);
}

#[tokio::test]
async fn joined_reports_bring_the_same_items_in_one_post() {
    let stage = stage().await;
    stage.says(text("Bonjour")).await;
    stage.simulator.reports(Reports::Held);
    let (first, second) = (stage.sends("whatsapp", "un").await, stage.sends("whatsapp", "deux").await);
    stage.simulator.reports(Reports::Joined);
    let known = |id: &String| [(id.clone(), DeliveryStatus::Sent), (id.clone(), DeliveryStatus::Delivered)];
    assert_eq!(stage.reports().await, [known(&first), known(&second)].concat());
    assert_eq!(stage.webhooks.posts(), 2, "the customer's words, and all the reports");
}

#[tokio::test]
async fn a_new_number_has_no_window_until_it_writes() {
    let stage = stage().await;
    stage.says(text("Bonjour")).await;
    stage.sends("whatsapp", "Bonjour Léa").await;
    assert!(stage.simulator.ledger()[0].window_open);
    stage.says(Saying::NumberChange { phone: "33612345678".to_owned() }).await;
    let refused = stage.try_to_send("whatsapp", "Toujours là ?").await;
    assert!(matches!(&refused, Err(SendProblem::Refused(error)) if error.code == 131047), "{refused:?}");
    assert!(!stage.simulator.ledger()[1].window_open);
    stage.says(text("Me revoilà")).await;
    stage.sends("whatsapp", "Bonjour Léa").await;
}

#[tokio::test]
async fn metas_decision_about_a_template_comes_as_a_webhook() {
    let stage = stage().await;
    let given = serde_json::json!({ "name": "suivi", "language": "fr", "category": "utility", "status": "pending",
                                    "components": [{ "part": "body", "text": "Bonjour" }] });
    stage.simulator.add_template("whatsapp", &serde_json::from_value(given).unwrap()).unwrap();
    stage.simulator.reject("suivi", "INVALID_FORMAT").unwrap();
    stage.simulator.idle().await;
    let Event::Template(news) = stage.webhooks.events().remove(0) else { panic!("news of a template") };
    let reason = Some("INVALID_FORMAT".to_owned());
    assert_eq!(news.change, TemplateChange::Status { status: TemplateStatus::Rejected, reason });
}

#[tokio::test]
async fn a_missing_customer_channel_or_message_is_an_error() {
    let stage = stage().await;
    let reaction = Saying::Reaction { emoji: None };
    let unknown = stage.simulator.writes("nobody", "whatsapp", "?").await;
    assert!(matches!(unknown, Err(SimError::UnknownCustomer(_))));
    let nowhere = stage.simulator.writes("lea", "telegraph", "?").await;
    assert!(matches!(nowhere, Err(SimError::UnknownAccount(_))));
    let nothing = stage.simulator.says("lea", "whatsapp", &reaction, Manner::default()).await;
    assert!(matches!(nothing, Err(SimError::NothingOfOurs)));
    let order = Saying::Order { products: 1, body: String::new() };
    let impossible = stage.simulator.says("lea", "messenger", &order, Manner::default()).await;
    assert!(matches!(impossible, Err(SimError::NotOnThisChannel)));
    assert!(matches!(
        stage.simulator.advance_to("2026-11-01T00:00:00Z".parse().unwrap()),
        Err(SimError::ClockGoesBack)
    ));
    stage.simulator.advance(Duration::from_secs(1)).unwrap();
}

#[tokio::test]
async fn it_ends_with_its_last_handle() {
    let stage = stage().await;
    let (api, phone) = (stage.simulator.api(), stage.simulator.link("marc").await.unwrap().url());
    drop(stage);
    for url in [api, phone] {
        let address: std::net::SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
        // Its tasks end as soon as they run again.
        while tokio::net::TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
}
