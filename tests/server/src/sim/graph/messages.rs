//! `POST /{version}/{number or me}/messages`.

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use riposte::model::ChannelKind;
use serde_json::{Value, json};

use super::{account_of, answer, is_own, refuse};
use crate::sim::account::Account;
use crate::sim::errors::{Refusal, because, refusal};
use crate::sim::judge::page::{self, AskedOfPage};
use crate::sim::judge::{self, Facts, Recipient, Verdict};
use crate::sim::post::Post;
use crate::sim::simulator::Simulator;
use crate::sim::templates::SimTemplate;
use crate::sim::world::{Send, World};

type Answered = (Response, Vec<Post>);

pub(super) async fn send(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = simulator.now();
    let (answer, posts) = simulator.change(|world| {
        let owner = |account: &Account| is_own(account, &object);
        let account = match account_of(world, &headers, uri.query().unwrap_or_default(), &object, owner) {
            Ok(account) => account,
            Err(refusal) => return (refuse(&refusal), Vec::new()),
        };
        let Ok(body) = serde_json::from_slice::<Value>(&body) else {
            return (refuse(&because(100, "The body is not valid JSON.")), Vec::new());
        };
        let sent = match account.kind {
            ChannelKind::Whatsapp if body.get("status").is_some() => {
                return (answer(mark_read(world, &account, &body)), Vec::new());
            }
            ChannelKind::Whatsapp => whatsapp(world, &account, &body, now),
            _ => of_page(world, &account, &body, now),
        };
        sent.unwrap_or_else(|refusal| (refuse(&refusal), Vec::new()))
    });
    simulator.post(posts);
    answer
}

fn mark_read(world: &mut World, account: &Account, body: &Value) -> Result<Value, Refusal> {
    let id = judge::read_mark(body)?;
    if world.business_reads(&account.key, id) { Ok(json!({ "success": true })) } else { Err(refusal(131009)) }
}

fn whatsapp(world: &mut World, account: &Account, body: &Value, now: DateTime<Utc>) -> Result<Answered, Refusal> {
    let asked = judge::read(body)?;
    let customer = world.reached(account, &asked.to).map(str::to_owned);
    let verdict = verdict(world, account, &asked, customer.as_deref(), now);
    let judged = world.whims.refuse.take().map_or(verdict, |code| Err(refusal(code)));
    let is_template = asked.template.is_some();
    let (field, id) = match &asked.to {
        Recipient::Phone { digits, .. } => ("wa_id", digits.clone()),
        Recipient::UserId(id) => ("user_id", id.clone()),
    };
    let input = asked.input.clone();
    let send = Send {
        file: asked.file_id().map(str::to_owned),
        kind: asked.kind,
        text: asked.text,
        template: asked.template.map(|template| template.name),
        quotes: asked.quotes,
        key: asked.key,
        to: asked.to,
        customer,
        judged,
    };
    Ok(written(world, account, send, now, |message, held| {
        let mut message = json!({ "id": message });
        if let (true, Some(fields)) = (is_template, message.as_object_mut()) {
            let status = if held { "held_for_quality_assessment" } else { "accepted" };
            fields.insert("message_status".to_owned(), json!(status));
        }
        json!({ "messaging_product": "whatsapp", "contacts": [{ "input": input, field: id }], "messages": [message] })
    }))
}

fn verdict(
    world: &World,
    account: &Account,
    asked: &judge::Asked,
    customer: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Verdict, Refusal> {
    if let Some(refusal) = world.barred(account, asked.template.is_some()) {
        return Err(refusal);
    }
    if matches!(&asked.to, Recipient::Phone { digits, .. } if *digits == account.address) {
        return Err(refusal(131021));
    }
    let templates: Vec<&SimTemplate> =
        world.templates.iter().filter(|template| template.business_id == account.business_id).collect();
    let target_known = asked.reacts_to.as_ref().is_some_and(|id| world.can_be_reacted_to(&account.key, customer, id));
    let facts = Facts {
        standing: world.standing(&account.key, customer),
        stopped_marketing: world.stopped_marketing(&account.key, customer),
        templates: &templates,
        file: &|id| world.files.get(id),
        target_known,
    };
    judge::whatsapp(asked, &facts, now)
}

fn of_page(world: &mut World, account: &Account, body: &Value, now: DateTime<Utc>) -> Result<Answered, Refusal> {
    let asked = match page::read(body, account.kind == ChannelKind::Instagram)? {
        AskedOfPage::Action { recipient } => {
            return Ok((Json(json!({ "recipient_id": recipient })).into_response(), Vec::new()));
        }
        AskedOfPage::Message(asked) => asked,
    };
    let customer = world.known_to_pages_as(&asked.recipient).map(str::to_owned);
    let standing = world.standing(&account.key, customer.as_deref());
    let file = asked.file.as_ref().and_then(|id| world.files.get(id));
    let verdict = page::judge(&asked, customer.is_some(), file, standing, now);
    let judged = match world.whims.refuse.take() {
        Some(code) => Err(refusal(code)),
        None => verdict.map(|()| Verdict { category: "page".to_owned(), fails: None }),
    };
    let recipient = asked.recipient.clone();
    let send = Send {
        kind: asked.kind,
        text: asked.text,
        template: None,
        file: asked.file,
        quotes: asked.quotes,
        key: None,
        to: Recipient::UserId(asked.recipient),
        customer,
        judged,
    };
    Ok(written(world, account, send, now, |id, _| json!({ "recipient_id": recipient, "message_id": id })))
}

fn written(
    world: &mut World,
    account: &Account,
    send: Send,
    now: DateTime<Utc>,
    says: impl Fn(&str, bool) -> Value,
) -> Answered {
    let written = world.write_down(account, send, now);
    let answer = match written.outcome {
        Err(refusal) => refuse(&refusal),
        Ok(_) if written.answer_lost => broken_off(),
        Ok((id, held)) => Json(says(&id, held)).into_response(),
    };
    (answer, written.posts)
}

/// An answer that begins and never ends: the connection breaks under it.
fn broken_off() -> Response {
    let torn = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the answer is lost");
    let stream = futures_util::stream::once(async move { Err::<Bytes, _>(torn) });
    Body::from_stream(stream).into_response()
}
