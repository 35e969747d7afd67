//! What exactly is asked of a provider, and what its answers are taken to mean. The other end is
//! a server that writes everything down and answers as the test says.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use riposte::model::{
    ChannelKind, MediaKind, ProviderError, TemplateButton, TemplateCategory, TemplateComponent, TemplateValue,
};
use riposte_server::channels::Providers;
use riposte_server::channels::provider::{
    NewTemplate, Outbound, Provider, ProviderAccount, ProviderContent, Recipient, SendProblem, Sent,
};
use serde_json::{Value, json};

#[derive(Clone)]
struct Recorder {
    asked: Arc<Mutex<Vec<(String, Value)>>>,
    answer: Arc<Mutex<(u16, String)>>,
    account: ProviderAccount,
}

async fn recorder(kind: ChannelKind) -> Recorder {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let account = ProviderAccount {
        kind,
        base: format!("http://{}/", listener.local_addr().unwrap()),
        version: "v24.0".to_owned(),
        provider_id: "111".to_owned(),
        business_id: Some("222".to_owned()),
        token: "the token".to_owned(),
    };
    let yes = json!({ "messages": [{ "id": "wamid.1" }], "message_id": "m_1", "id": "333", "success": true });
    let recorder = Recorder { asked: Arc::default(), answer: Arc::new(Mutex::new((200, yes.to_string()))), account };
    let router = Router::new().fallback(record).with_state(recorder.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    recorder
}

async fn record(State(recorder): State<Recorder>, request: Request) -> (StatusCode, String) {
    assert_eq!(request.headers().get("authorization").unwrap(), "Bearer the token");
    let line = format!("{} {}", request.method(), request.uri());
    let body: Bytes = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let read = serde_json::from_slice(&body).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body)));
    recorder.asked.lock().unwrap().push((line, read));
    let (status, body) = recorder.answer.lock().unwrap().clone();
    (StatusCode::from_u16(status).unwrap(), body)
}

impl Recorder {
    fn answers(&self, status: u16, body: &str) {
        *self.answer.lock().unwrap() = (status, body.to_owned());
    }

    async fn send(&self, message: &Outbound) -> Result<String, SendProblem> {
        self.sent(message).await.map(|sent| sent.id)
    }

    async fn sent(&self, message: &Outbound) -> Result<Sent, SendProblem> {
        let providers = Providers::new().unwrap();
        let provider: &dyn Provider = providers.of(self.account.kind).unwrap();
        provider.send(&self.account, message).await
    }

    fn asked(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// The last body, posted to `{id}/messages`.
    fn message(&self) -> Value {
        let (line, body) = self.asked().pop().unwrap();
        assert_eq!(line, "POST /v24.0/111/messages");
        body
    }
}

fn to_lea(content: ProviderContent) -> Outbound {
    let to = Recipient {
        phone: Some("33612345678".to_owned()),
        bsuid: Some("FR.8c2Kd01".to_owned()),
        scoped_id: Some("500000001".to_owned()),
    };
    Outbound { to, content, quotes: None, key: "key-1".to_owned(), human_agent: false }
}

fn text(body: &str) -> ProviderContent {
    ProviderContent::Text { body: body.to_owned() }
}

/// A WhatsApp message to Léa with these fields besides.
fn whatsapp(more: &Value) -> Value {
    let mut body = json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+33612345678",
                           "biz_opaque_callback_data": "key-1" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn a_text_goes_to_the_number_before_the_user_id() {
    let recorder = recorder(ChannelKind::Whatsapp).await;
    assert_eq!(recorder.send(&to_lea(text("Bonjour"))).await, Ok("wamid.1".to_owned()));
    assert_eq!(recorder.message(), whatsapp(&json!({ "type": "text", "text": { "body": "Bonjour" } })));
}

#[tokio::test]
async fn a_link_has_a_preview() {
    let recorder = recorder(ChannelKind::Whatsapp).await;
    recorder.send(&to_lea(text("Ici : https://atelier.example/4711"))).await.unwrap();
    let content = json!({ "body": "Ici : https://atelier.example/4711", "preview_url": true });
    assert_eq!(recorder.message(), whatsapp(&json!({ "type": "text", "text": content })));
}

#[tokio::test]
async fn what_whatsapp_holds_back_is_not_on_its_way() {
    let recorder = recorder(ChannelKind::Whatsapp).await;
    let held = json!({ "messages": [{ "id": "wamid.HELD1", "message_status": "held_for_quality_assessment" }] });
    recorder.answers(200, &held.to_string());
    let held = Some("held_for_quality_assessment".to_owned());
    assert_eq!(recorder.sent(&to_lea(text("Bonjour"))).await, Ok(Sent { id: "wamid.HELD1".to_owned(), held }));
    let accepted = json!({ "messages": [{ "id": "wamid.1", "message_status": "accepted" }] });
    recorder.answers(200, &accepted.to_string());
    assert_eq!(recorder.sent(&to_lea(text("Bonjour"))).await, Ok(Sent::from("wamid.1".to_owned())));
}

#[tokio::test]
async fn without_a_number_it_goes_to_the_user_id() {
    let recorder = recorder(ChannelKind::Whatsapp).await;
    let mut message = to_lea(text("Bonjour"));
    message.to.phone = None;
    recorder.send(&message).await.unwrap();
    let body = recorder.message();
    assert_eq!((body.get("to"), &body["recipient"]), (None, &json!("FR.8c2Kd01")));
    message.to.bsuid = None;
    assert_eq!(recorder.send(&message).await, Err(SendProblem::NotSupported));
}

#[tokio::test]
async fn a_quote_is_a_context_and_an_empty_emoji_takes_a_reaction_away() {
    let recorder = recorder(ChannelKind::Whatsapp).await;
    let quote = Outbound { quotes: Some("wamid.0".to_owned()), ..to_lea(text("Oui")) };
    recorder.send(&quote).await.unwrap();
    let quoted = json!({ "type": "text", "text": { "body": "Oui" }, "context": { "message_id": "wamid.0" } });
    assert_eq!(recorder.message(), whatsapp(&quoted));
    recorder.send(&to_lea(ProviderContent::Reaction { to: "wamid.0".to_owned(), emoji: None })).await.unwrap();
    let gone = json!({ "type": "reaction", "reaction": { "message_id": "wamid.0", "emoji": "" } });
    assert_eq!(recorder.message(), whatsapp(&gone));
}

#[tokio::test]
async fn a_file_is_uploaded_first_and_says_only_what_its_kind_can() {
    let recorder = recorder(ChannelKind::Whatsapp).await;
    let file = |kind, mime: &str| {
        to_lea(ProviderContent::Media {
            kind,
            mime: mime.to_owned(),
            name: "a.bin".to_owned(),
            caption: "Voici".to_owned(),
            voice: true,
            bytes: Bytes::from_static(b"bytes"),
        })
    };
    let kinds = [
        (MediaKind::Document, json!({ "document": { "id": "333", "caption": "Voici", "filename": "a.bin" } })),
        (MediaKind::Image, json!({ "image": { "id": "333", "caption": "Voici" } })),
        (MediaKind::Audio, json!({ "audio": { "id": "333", "voice": true } })),
        (MediaKind::Sticker, json!({ "sticker": { "id": "333" } })),
    ];
    for (kind, mut content) in kinds {
        recorder.send(&file(kind, "application/x")).await.unwrap();
        let asked = recorder.asked();
        let [(upload, form), (_, body)] = asked.as_slice() else { panic!("{asked:?}") };
        assert_eq!(upload, "POST /v24.0/111/media");
        for part in ["name=\"messaging_product\"\r\n\r\nwhatsapp\r\n", "Content-Type: application/x\r\n\r\nbytes\r\n"] {
            assert!(form.as_str().unwrap().contains(part), "{form}");
        }
        let word = content.as_object().unwrap().keys().next().unwrap().clone();
        content["type"] = json!(word);
        assert_eq!(*body, whatsapp(&content));
    }
}

#[tokio::test]
async fn an_upload_whose_answer_is_lost_loses_no_message() {
    let recorder = recorder(ChannelKind::Whatsapp).await;
    recorder.answers(500, "");
    let file = ProviderContent::Media {
        kind: MediaKind::Image,
        mime: "image/png".to_owned(),
        name: String::new(),
        caption: String::new(),
        voice: false,
        bytes: Bytes::from_static(b"png"),
    };
    assert_eq!(recorder.send(&to_lea(file)).await, Err(SendProblem::Unreachable));
}

#[tokio::test]
async fn reading_is_told_by_the_messages_id() {
    let recorder = recorder(ChannelKind::Whatsapp).await;
    let providers = Providers::new().unwrap();
    let whatsapp = providers.of(ChannelKind::Whatsapp).unwrap();
    whatsapp.mark_read(&recorder.account, &Recipient::default(), "wamid.7").await.unwrap();
    let read = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.7" });
    assert_eq!(recorder.message(), read);
}

fn submitted(samples: &[(&str, &str)], body: &str) -> NewTemplate {
    let sample = |(name, value): &(&str, &str)| TemplateValue { name: (*name).to_owned(), value: (*value).to_owned() };
    NewTemplate {
        name: "suivi".to_owned(),
        language: "fr".to_owned(),
        category: TemplateCategory::Utility,
        components: vec![
            TemplateComponent::HeaderText { text: "Votre commande".to_owned() },
            TemplateComponent::Body { text: body.to_owned() },
            TemplateComponent::Buttons {
                buttons: vec![TemplateButton::Phone { text: "Appeler".to_owned(), phone: "+33556000000".to_owned() }],
            },
        ],
        samples: samples.iter().map(sample).collect(),
    }
}

#[tokio::test]
async fn samples_are_given_by_position_or_by_name() {
    let recorder = recorder(ChannelKind::Whatsapp).await;
    let providers = Providers::new().unwrap();
    let whatsapp = providers.of(ChannelKind::Whatsapp).unwrap();
    let by_position = submitted(&[("1", "mardi"), ("2", "4711")], "Le {{1}}, la {{2}} part.");
    whatsapp.create_template(&recorder.account, &by_position).await.unwrap();
    let (line, body) = recorder.asked().pop().unwrap();
    assert_eq!(line, "POST /v24.0/222/message_templates");
    assert_eq!(
        body,
        json!({
            "name": "suivi", "language": "fr", "category": "UTILITY", "parameter_format": "POSITIONAL",
            "components": [
                { "type": "HEADER", "format": "TEXT", "text": "Votre commande" },
                { "type": "BODY", "text": "Le {{1}}, la {{2}} part.", "example": { "body_text": [["mardi", "4711"]] } },
                { "type": "BUTTONS",
                  "buttons": [{ "type": "PHONE_NUMBER", "text": "Appeler", "phone_number": "+33556000000" }] }
            ]
        })
    );
    let by_name = submitted(&[("jour", "mardi")], "Le {{jour}}, elle part.");
    whatsapp.create_template(&recorder.account, &by_name).await.unwrap();
    let (_, body) = recorder.asked().pop().unwrap();
    assert_eq!(body["parameter_format"], json!("NAMED"));
    let example = json!({ "body_text_named_params": [{ "param_name": "jour", "example": "mardi" }] });
    assert_eq!(body["components"][1]["example"], example);
}

#[tokio::test]
async fn header_and_addresses_have_samples_of_their_own() {
    let recorder = recorder(ChannelKind::Whatsapp).await;
    let providers = Providers::new().unwrap();
    let mut new = submitted(&[("2", "mardi"), ("1", "4711"), ("header.1", "12"), ("button.2", "4711")], "{{2}}: {{1}}");
    let url = TemplateButton::Url { text: "Suivre".to_owned(), url: "https://suivi.example/{{1}}".to_owned() };
    new.components[0] = TemplateComponent::HeaderText { text: "Commande {{1}}".to_owned() };
    new.components[2] =
        TemplateComponent::Buttons { buttons: vec![TemplateButton::QuickReply { text: "Merci".to_owned() }, url] };
    providers.of(ChannelKind::Whatsapp).unwrap().create_template(&recorder.account, &new).await.unwrap();
    let (_, body) = recorder.asked().pop().unwrap();
    assert_eq!(body["parameter_format"], json!("POSITIONAL"));
    let parts = &body["components"];
    assert_eq!(parts[0]["example"], json!({ "header_text": ["12"] }));
    assert_eq!(parts[1]["example"], json!({ "body_text": [["4711", "mardi"]] }));
    assert_eq!(parts[2]["buttons"][1]["example"], json!(["https://suivi.example/4711"]));
}

#[tokio::test]
async fn a_file_header_cannot_be_submitted_from_here() {
    let recorder = recorder(ChannelKind::Whatsapp).await;
    let providers = Providers::new().unwrap();
    let mut new = submitted(&[], "Bonjour");
    new.components.insert(0, TemplateComponent::HeaderMedia { kind: MediaKind::Image });
    let made = providers.of(ChannelKind::Whatsapp).unwrap().create_template(&recorder.account, &new).await;
    assert_eq!(made, Err(SendProblem::NotSupported));
    assert_eq!(recorder.asked(), []);
}

#[tokio::test]
async fn a_page_responds_and_a_person_is_named_as_one() {
    let recorder = recorder(ChannelKind::Messenger).await;
    let quote = Outbound { quotes: Some("m_0".to_owned()), ..to_lea(text("Bonjour")) };
    assert_eq!(recorder.send(&quote).await, Ok("m_1".to_owned()));
    let (line, body) = recorder.asked().pop().unwrap();
    assert_eq!(line, "POST /v24.0/me/messages");
    let recipient = json!({ "id": "500000001" });
    assert_eq!(
        body,
        json!({ "recipient": recipient, "messaging_type": "RESPONSE", "message": { "text": "Bonjour" },
                "reply_to": { "mid": "m_0" } })
    );
    recorder.send(&Outbound { human_agent: true, ..to_lea(text("Bonjour")) }).await.unwrap();
    let (_, body) = recorder.asked().pop().unwrap();
    assert_eq!((&body["messaging_type"], &body["tag"]), (&json!("MESSAGE_TAG"), &json!("HUMAN_AGENT")));
}

#[tokio::test]
async fn every_answer_says_whether_the_message_may_have_gone() {
    let recorder = recorder(ChannelKind::Whatsapp).await;
    let error = |code: i64| json!({ "error": { "code": code, "message": "no", "error_data": { "details": "why" } } });
    let words = |code| ProviderError { code, subcode: None, detail: "why".to_owned() };
    let bare = |code| ProviderError { code, subcode: None, detail: String::new() };
    let cases = [
        (400, error(131047).to_string(), SendProblem::Refused(words(131047))),
        (400, error(131056).to_string(), SendProblem::Busy(words(131056))),
        (500, error(131000).to_string(), SendProblem::Busy(words(131000))),
        (429, error(9).to_string(), SendProblem::Busy(words(9))),
        (429, String::new(), SendProblem::Busy(bare(429))),
        (503, "<html>".to_owned(), SendProblem::Busy(bare(503))),
        (500, String::new(), SendProblem::Lost),
        (502, "<html>".to_owned(), SendProblem::Lost),
        (404, "<html>".to_owned(), SendProblem::Refused(bare(404))),
        (302, String::new(), SendProblem::Refused(bare(302))),
        (200, "not JSON".to_owned(), SendProblem::Lost),
        (200, "{\"messages\":[]}".to_owned(), SendProblem::Lost),
    ];
    for (status, body, expected) in cases {
        recorder.answers(status, &body);
        assert_eq!(recorder.send(&to_lea(text("?"))).await, Err(expected), "{status} {body}");
    }
}
