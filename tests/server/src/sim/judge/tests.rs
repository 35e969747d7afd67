use chrono::TimeDelta;
use serde_json::{Value, json};

use super::*;

fn wrote() -> Standing {
    let mut standing = Standing::default();
    standing.customer_wrote(DateTime::UNIX_EPOCH, false);
    standing
}

fn later(hours: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
}

fn template(status: &str, components: Value) -> SimTemplate {
    SimTemplate {
        id: "1".to_owned(),
        business_id: "2".to_owned(),
        name: "order".to_owned(),
        language: "fr".to_owned(),
        category: "UTILITY".to_owned(),
        status: status.to_owned(),
        reason: None,
        components: components.as_array().unwrap().clone(),
    }
}

fn order(status: &str) -> SimTemplate {
    template(status, json!([{ "type": "BODY", "text": "Bonjour {{1}}, voici {{2}}. {{1}} !" }]))
}

fn pdf() -> SimFile {
    SimFile { mime: "application/pdf".to_owned(), bytes: b"%PDF".to_vec().into() }
}

fn judged(body: &Value, template: &SimTemplate, at: DateTime<Utc>) -> Result<Verdict, i64> {
    let file = pdf();
    let facts = Facts {
        standing: wrote(),
        stopped_marketing: false,
        templates: &[template],
        file: &|id| (id == "900").then_some(&file),
        target_known: false,
    };
    let mut whole = json!({ "messaging_product": "whatsapp", "to": "+33 6 12 34 56 78" });
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    read(&whole).and_then(|asked| whatsapp(&asked, &facts, at)).map_err(|refusal| refusal.code)
}

fn taken(body: &Value) -> Result<Option<i64>, i64> {
    judged(body, &order("APPROVED"), later(1)).map(|verdict| verdict.fails)
}

fn category(body: &Value, template: &SimTemplate, at: DateTime<Utc>) -> Result<String, i64> {
    judged(body, template, at).map(|verdict| verdict.category)
}

fn texts(values: &[&str]) -> Value {
    values.iter().map(|value| json!({ "type": "text", "text": value })).collect()
}

fn with(components: Value) -> Value {
    json!({ "type": "template", "template": { "name": "order", "language": { "code": "fr" }, "components": components } })
}

fn sent(values: &[&str]) -> Value {
    with(json!([{ "type": "body", "parameters": texts(values) }]))
}

#[test]
fn free_text_is_refused_once_the_window_is_closed() {
    let text = json!({ "type": "text", "text": { "body": "Bonjour" } });
    assert_eq!(category(&text, &order("APPROVED"), later(23)), Ok("service".to_owned()));
    assert_eq!(category(&text, &order("APPROVED"), later(24)), Err(131047));
}

#[test]
fn an_approved_template_goes_at_any_time_and_no_other() {
    let body = sent(&["Léa", "4711"]);
    assert_eq!(category(&body, &order("APPROVED"), later(400)), Ok("utility".to_owned()));
    assert_eq!(category(&body, &order("PAUSED"), later(1)), Err(132015));
    assert_eq!(category(&body, &order("DISABLED"), later(1)), Err(132016));
    assert_eq!(category(&body, &order("PENDING"), later(1)), Err(132001));
    let mut another = body;
    another["template"]["name"] = json!("another");
    assert_eq!(category(&another, &order("APPROVED"), later(1)), Err(132001));
}

#[test]
fn a_template_wants_as_many_values_as_it_has_variables() {
    assert_eq!(taken(&sent(&["Léa"])), Err(132000));
    assert_eq!(taken(&sent(&["Léa", "4711", "x"])), Err(132000));
    assert_eq!(taken(&sent(&["Léa", "4711"])), Ok(None));
}

#[test]
fn a_value_is_one_line_without_runs_of_spaces_and_the_filled_body_is_short_enough() {
    assert_eq!(taken(&sent(&["Léa\nMartin", "4711"])), Err(132018));
    assert_eq!(taken(&sent(&["Léa     Martin", "4711"])), Err(132018));
    assert_eq!(taken(&sent(&["Léa    Martin", "4711"])), Ok(None), "four spaces are allowed");
    assert_eq!(taken(&sent(&[&"x".repeat(600), "4711"])), Err(132005), "the variable stands there twice");
}

#[test]
fn a_named_template_wants_its_names() {
    let named = template("APPROVED", json!([{ "type": "BODY", "text": "Bonjour {{name}}, merci." }]));
    let value = |more: Value| {
        let mut value = json!({ "type": "text", "text": "Léa" });
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        judged(&with(json!([{ "type": "body", "parameters": [value] }])), &named, later(1)).map(drop)
    };
    assert_eq!(value(json!({ "parameter_name": "name" })), Ok(()));
    assert_eq!(value(json!({ "parameter_name": "nom" })), Err(132012));
    assert_eq!(value(json!({})), Err(100));
}

#[test]
fn a_button_with_a_variable_wants_its_value_and_no_other_button_does() {
    let buttons = json!([{ "type": "QUICK_REPLY", "text": "Merci" },
                         { "type": "URL", "text": "Suivre", "url": "https://suivi.example/{{1}}" }]);
    let tracked = template(
        "APPROVED",
        json!([{ "type": "BODY", "text": "Bonjour." },
                                              { "type": "BUTTONS", "buttons": buttons }]),
    );
    let go = |components: Value| judged(&with(components), &tracked, later(1)).map(drop);
    let button = |index: &str, sub_type: &str, parameter: Value| json!({ "type": "button", "sub_type": sub_type, "index": index, "parameters": [parameter] });
    let text = json!({ "type": "text", "text": "4711" });
    let payload = json!({ "type": "payload", "payload": "merci" });
    assert_eq!(go(json!([])), Err(131008));
    assert_eq!(go(json!([button("1", "url", text.clone())])), Ok(()));
    assert_eq!(go(json!([button("0", "quick_reply", payload), button("1", "url", text.clone())])), Ok(()));
    assert_eq!(go(json!([button("0", "url", text.clone()), button("1", "url", text.clone())])), Err(132018));
    assert_eq!(go(json!([button("2", "url", text.clone()), button("1", "url", text)])), Err(132018));
}

#[test]
fn a_header_wants_the_file_that_its_format_names() {
    let framed =
        template("APPROVED", json!([{ "type": "HEADER", "format": "DOCUMENT" }, { "type": "BODY", "text": "Voici." }]));
    let go = |parameters: Value| {
        judged(&with(json!([{ "type": "header", "parameters": parameters }])), &framed, later(1)).map(drop)
    };
    assert_eq!(go(json!([{ "type": "document", "document": { "id": "900" } }])), Ok(()));
    assert_eq!(go(json!([{ "type": "document", "document": { "link": "https://a.example/1.pdf" } }])), Ok(()));
    assert_eq!(go(json!([{ "type": "document", "document": { "id": "901" } }])), Err(100));
    assert_eq!(go(json!([{ "type": "image", "image": { "id": "900" } }])), Err(132012));
    assert_eq!(go(json!([])), Err(132012));
}

#[test]
fn every_type_that_meta_knows_is_taken() {
    let bodies = [
        json!({ "type": "image", "image": { "link": "https://a.example/1.jpg", "caption": "La voici" } }),
        json!({ "type": "document", "document": { "id": "900", "filename": "facture.pdf" } }),
        json!({ "type": "location", "location": { "latitude": 48.8, "longitude": "2.35", "name": "Atelier" } }),
        json!({ "type": "contacts", "contacts": [{ "name": { "formatted_name": "Léa", "first_name": "Léa" },
                                                   "phones": [{ "phone": "+33612345678" }] }] }),
        json!({ "type": "interactive", "interactive": { "type": "button", "body": { "text": "Mardi ?" }, "action": {
            "buttons": [{ "type": "reply", "reply": { "id": "1", "title": "Oui" } }] } } }),
        json!({ "type": "interactive", "interactive": { "type": "cta_url", "body": { "text": "Ici" }, "action": {
            "name": "cta_url", "parameters": { "display_text": "Voir", "url": "https://a.example" } } } }),
        json!({ "text": { "body": "without a type it is a text", "preview_url": true } }),
    ];
    for body in bodies {
        assert_eq!(taken(&body), Ok(None), "{body}");
    }
}

#[test]
fn unknown_keys_wrong_types_and_missing_content_are_refused() {
    let bodies = [
        (json!({ "type": "text", "text": { "body": "a", "colour": "red" } }), 100),
        (json!({ "type": "text", "text": { "body": "a" }, "image": {} }), 100),
        (json!({ "type": "text", "text": "a" }), 100),
        (json!({ "type": "text", "text": { "body": 1 } }), 100),
        (json!({ "type": "text", "text": { "body": "x".repeat(4_097) } }), 100),
        (json!({ "type": "text" }), 131008),
        (json!({ "type": "text", "text": { "body": "" } }), 131008),
        (json!({ "type": "audio", "audio": { "id": "900", "caption": "dropped" } }), 100),
        (json!({ "type": "telegram", "telegram": {} }), 100),
        (json!({ "type": "image", "image": { "id": "901" } }), 100),
        (json!({ "messaging_product": "sms", "text": { "body": "a" } }), 100),
    ];
    for (body, code) in bodies {
        assert_eq!(taken(&body), Err(code), "{body}");
    }
}

#[test]
fn a_number_goes_into_to_and_a_user_id_into_recipient() {
    let text = |field: &str, id: &str| {
        let body = json!({ "messaging_product": "whatsapp", field: id, "text": { "body": "a" } });
        read(&body).map(|asked| (asked.input, asked.to)).map_err(|refusal| refusal.code)
    };
    let phone = Recipient::Phone { digits: "33612345678".to_owned(), with_plus: true };
    assert_eq!(text("to", "+33 6 12-34.56 78"), Ok(("+33 6 12-34.56 78".to_owned(), phone)));
    assert_eq!(
        text("recipient", "FR.8c2Kd01"),
        Ok(("FR.8c2Kd01".to_owned(), Recipient::UserId("FR.8c2Kd01".to_owned())))
    );
    assert_eq!(text("to", "FR.8c2Kd01"), Err(131009));
    assert_eq!(text("recipient", "33612345678"), Err(131009));
}

#[test]
fn what_meta_finds_later_is_taken_and_then_fails() {
    let reaction = json!({ "type": "reaction", "reaction": { "message_id": "wamid.NONE", "emoji": "👍" } });
    assert_eq!(taken(&reaction), Ok(Some(131009)));
    assert_eq!(taken(&json!({ "type": "image", "image": { "id": "900" } })), Ok(Some(131053)), "it is a PDF");
}

#[test]
fn a_page_answers_within_a_day_and_a_person_within_a_week() {
    let code = |tag: Option<&str>, hours| {
        let mut body = json!({ "recipient": { "id": "1" }, "message": { "text": "Bonjour" } });
        if let Some(tag) = tag {
            body["messaging_type"] = json!("MESSAGE_TAG");
            body["tag"] = json!(tag);
        }
        let page::AskedOfPage::Message(asked) = page::read(&body, false).unwrap() else { panic!("a message") };
        page::judge(&asked, true, None, wrote(), later(hours)).map_err(|refusal| refusal.subcode)
    };
    assert_eq!(code(None, 23), Ok(()));
    assert_eq!(code(None, 24), Err(Some(2_018_278)));
    assert_eq!(code(Some("HUMAN_AGENT"), 167), Ok(()));
    assert_eq!(code(Some("HUMAN_AGENT"), 168), Err(Some(2_018_278)));
}

#[test]
fn a_page_writes_only_to_people_it_knows_and_with_the_tag_that_is_left() {
    let read = |body: Value| page::read(&body, false).map_err(|refusal| refusal.code);
    let message = json!({ "text": "Bonjour" });
    let tagged = json!({ "recipient": { "id": "1" }, "message": message, "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE" });
    assert_eq!(read(tagged).map(drop), Err(131009));
    let Ok(page::AskedOfPage::Message(asked)) = read(json!({ "recipient": { "id": "1" }, "message": message })) else {
        panic!("a message")
    };
    let unknown = page::judge(&asked, false, None, wrote(), later(1)).map_err(|refusal| refusal.subcode);
    assert_eq!(unknown, Err(Some(2_018_001)));
}
