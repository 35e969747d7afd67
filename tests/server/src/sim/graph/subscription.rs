//! `/{version}/{business account}/subscribed_apps`: a business account can have its webhooks at an
//! address of its own, so that any client of WhatsApp can be pointed at the simulator.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use super::{account_of, answer, refuse};
use crate::sim::account::Account;
use crate::sim::errors::{Refusal, because};
use crate::sim::judge::Fields;
use crate::sim::simulator::Simulator;

fn owned(simulator: &Simulator, headers: &HeaderMap, uri: &Uri, object: &str) -> Result<(), Refusal> {
    let owner = |account: &Account| account.business_id == object;
    simulator.change(|world| account_of(world, headers, uri.query().unwrap_or_default(), object, owner)).map(drop)
}

pub(super) async fn show(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    answer(owned(&simulator, &headers, &uri, &object).map(|()| {
        let mut app = json!({ "whatsapp_business_api_data": { "id": "1000", "name": "Simulator", "link": "" } });
        if let (Some(callback), Some(app)) = (simulator.callback(&object), app.as_object_mut()) {
            app.insert("override_callback_uri".to_owned(), json!(callback));
        }
        json!({ "data": [app] })
    }))
}

/// Sets the address once it has answered the challenge; without one, the server gets the webhooks.
pub(super) async fn change(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = owned(&simulator, &headers, &uri, &object) {
        return refuse(&refusal);
    }
    let asked = match wanted(&body) {
        Ok(asked) => asked,
        Err(refusal) => return refuse(&refusal),
    };
    let Some((callback, verify_token)) = asked else {
        simulator.set_callback(&object, None);
        return answer(Ok(json!({ "success": true })));
    };
    match simulator.verifies(&callback, &verify_token).await {
        true => simulator.set_callback(&object, Some(callback)),
        false => return refuse(&because(2200, "Callback verification failed")),
    }
    answer(Ok(json!({ "success": true })))
}

fn wanted(body: &Bytes) -> Result<Option<(String, String)>, Refusal> {
    if body.is_empty() {
        return Ok(None);
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| because(100, "The body is not valid JSON."))?;
    let body = Fields::of(&body, "")?;
    body.only(&["override_callback_uri", "verify_token"])?;
    let Some(callback) = body.text("override_callback_uri")? else { return Ok(None) };
    Ok(Some((callback.to_owned(), body.need_text("verify_token")?.to_owned())))
}

pub(super) async fn end(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    answer(owned(&simulator, &headers, &uri, &object).map(|()| {
        simulator.set_callback(&object, None);
        json!({ "success": true })
    }))
}
