use riposte::model::AgentId;
use serde_json::{Value, json};

use crate::support::{Office, Phone, data, hours, reply};

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["error"]["code"].as_str().unwrap_or_default())
}

async fn sent(office: &Office) -> usize {
    office.world.idle().await;
    office.world.ledger().len()
}

#[tokio::test]
async fn the_same_key_and_body_give_the_first_answer_and_send_once() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let key = phone.key();
    let first = phone.command_under(&key, reply(id, "Elle part ce soir.")).await;
    assert_eq!((first.0, first.1["result"].as_str()), (202, Some("accepted")), "{}", first.1);
    let message = data(&first.1["rows"], "message").remove(0);
    assert_eq!(message["client_key"], key.as_str());
    assert_eq!(message["author"], json!({ "by": "agent", "id": phone.agent }));
    assert_eq!(sent(&office).await, 1);

    let again = phone.command_under(&key, reply(id, "Elle part ce soir.")).await;
    assert_eq!((again.0, again.1["result"].as_str()), (202, Some("accepted")));
    // The row as it is by now: the reports have come in.
    assert_eq!(data(&again.1["rows"], "message")[0]["id"], message["id"]);
    assert!(!data(&again.1["rows"], "message")[0]["delivery"].as_array().unwrap().is_empty());
    // Fields in another order say the same.
    let other_order = r#"{"content":{"body":"Elle part ce soir.","type":"text"},"kind":"message.send","epoch":"e1","conversation_id":ID}"#;
    let request = phone.request(reqwest::Method::POST, "/v1/commands").header("Idempotency-Key", &key);
    assert_eq!(phone.ask(request.body(other_order.replace("ID", &id.to_string()))).await.0, 202);
    assert_eq!(sent(&office).await, 1);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused_and_changes_nothing() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let key = phone.key();
    phone.command_under(&key, reply(id, "Elle part ce soir.")).await;
    assert_eq!(code(&phone.command_under(&key, reply(id, "Elle part demain.")).await), (422, "key_reused"));
    assert_eq!(sent(&office).await, 1);
    let (_, known) = phone.get(&format!("/v1/commands/{key}")).await;
    assert_eq!(known["result"], "accepted");
}

#[tokio::test]
async fn keys_are_scoped_to_the_agent() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let id = office.lea_wrote(&marc).await;
    let key = marc.key();
    assert_eq!(marc.command_under(&key, reply(id, "Elle part ce soir.")).await.0, 202);
    assert_eq!(anne.get(&format!("/v1/commands/{key}")).await.0, 404);
    assert_eq!(anne.command_under(&key, reply(id, "Je confirme.")).await.0, 202);
    assert_eq!(sent(&office).await, 2);
}

#[tokio::test]
async fn a_refusal_is_given_again_even_when_it_would_work_by_now() {
    let office = Office::open().await;
    let mut phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.wait(hours(24)).await;
    phone = office.sign_in("marc", phone.agent).await;
    let key = phone.key();
    let first = phone.command_under(&key, reply(id, "Trop tard ?")).await;
    assert_eq!(code(&first), (422, "window_closed"));
    assert!(first.1["error"]["window"]["last_customer_at"].is_i64());

    office.writes("lea", "Allô ?").await;
    assert_eq!(code(&phone.command_under(&key, reply(id, "Trop tard ?")).await), (422, "window_closed"));
    let (status, known) = phone.get(&format!("/v1/commands/{key}")).await;
    assert_eq!((status, known["result"].as_str()), (200, Some("rejected")));
    assert_eq!(known["error"]["code"], "window_closed");
    assert_eq!(sent(&office).await, 0);
    assert_eq!(phone.reply(id, "Nous y voilà").await.0, 202);
}

#[tokio::test]
async fn a_cancelled_key_never_executes() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let key = phone.key();
    let cancel = format!("/v1/commands/{key}/cancel");
    let (status, answer) = phone.post(&cancel, &json!({})).await;
    assert_eq!((status, answer["result"].as_str()), (200, Some("cancelled")));
    assert_eq!(code(&phone.command_under(&key, reply(id, "Trop tard")).await), (409, "cancelled"));
    assert_eq!(phone.get(&format!("/v1/commands/{key}")).await.1["result"], "cancelled");
    assert_eq!(sent(&office).await, 0);
}

#[tokio::test]
async fn cancelling_what_was_executed_says_what_it_became() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let key = phone.key();
    phone.command_under(&key, reply(id, "Elle part ce soir.")).await;
    let (status, answer) = phone.post(&format!("/v1/commands/{key}/cancel"), &json!({})).await;
    assert_eq!((status, answer["result"].as_str()), (200, Some("accepted")));
    assert_eq!(data(&answer["rows"], "message").len(), 1);
}

#[tokio::test]
async fn not_found_means_never_executed_and_an_old_key_has_a_code_of_its_own() {
    let office = Office::open().await;
    let mut phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let (unused, used) = (phone.key(), phone.key());
    assert_eq!(code(&phone.get(&format!("/v1/commands/{unused}")).await), (404, "not_found"));
    phone.command_under(&used, reply(id, "Elle part ce soir.")).await;

    office.clock.advance(hours(7 * 24));
    phone = office.sign_in("marc", phone.agent).await;
    for key in [unused, used] {
        assert_eq!(code(&phone.get(&format!("/v1/commands/{key}")).await), (410, "key_expired"));
        assert_eq!(code(&phone.command_under(&key, reply(id, "Elle part ce soir.")).await), (410, "key_expired"));
        assert_eq!(code(&phone.post(&format!("/v1/commands/{key}/cancel"), &json!({})).await), (410, "key_expired"));
    }
    assert_eq!(sent(&office).await, 1);
}

#[tokio::test]
async fn a_command_for_another_history_is_refused() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let mut body = reply(id, "Elle part ce soir.");
    body["epoch"] = json!("e0");
    assert_eq!(code(&phone.command(body).await), (422, "epoch_changed"));
}

#[tokio::test]
async fn without_conversations_in_the_plan_nothing_is_executed() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.admin.set_conversations(false).await.unwrap();
    assert_eq!(code(&phone.reply(id, "Bonjour").await), (403, "not_allowed"));
}

#[tokio::test]
async fn a_comment_is_for_colleagues_and_costs_and_opens_nothing() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let id = office.lea_wrote(&marc).await;
    let before = marc.conversation(id).await;
    let body = json!({ "kind": "comment.add", "conversation_id": id, "body": "Qui sait ?", "mentions": [anne.agent] });
    let (status, answer) = marc.command(body).await;
    assert_eq!(status, 200, "{answer}");
    let comment = data(&answer["rows"], "message").remove(0);
    assert_eq!(comment["content"], json!({ "type": "comment", "body": "Qui sait ?", "mentions": [anne.agent] }));
    let after = anne.conversation(id).await;
    assert_eq!(after["waiting_since"], before["waiting_since"]);
    assert_eq!(after["window"], before["window"]);
    assert_eq!(sent(&office).await, 0);
    assert!(marc.ledger().await.is_empty());

    let unknown = json!({ "kind": "comment.add", "conversation_id": id, "body": "?", "mentions": [AgentId(999)] });
    assert_eq!(code(&marc.command(unknown).await), (404, "not_found"));
    let empty = json!({ "kind": "comment.add", "conversation_id": id, "body": "  ", "mentions": [] });
    assert_eq!(code(&marc.command(empty).await), (400, "bad_request"));
}

fn assign(id: i64, to: Value, only_if: Option<Value>) -> Value {
    let mut body = json!({ "kind": "conversation.assign", "conversation_id": id, "to": to });
    if let Some(only_if) = only_if {
        body["if_assignee"] = only_if;
    }
    body
}

#[tokio::test]
async fn of_two_agents_who_take_a_conversation_the_second_gets_a_conflict() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone_in("marc", true, &[]).await, office.phone_in("anne", true, &[]).await);
    let id = office.lea_wrote(&marc).await;
    let no_agent = json!({ "kind": "none" });
    let take = |phone: &Phone| assign(id, json!({ "kind": "agent", "id": phone.agent }), Some(no_agent.clone()));
    let (status, answer) = marc.command(take(&marc)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(data(&answer["rows"], "conversation")[0]["assignee"], json!(marc.agent));
    assert_eq!(code(&anne.command(take(&anne)).await), (409, "conflict"));
    assert_eq!(anne.conversation(id).await["assignee"], json!(marc.agent));
    assert_eq!(code(&marc.command(assign(id, json!({ "kind": "agent", "id": 999 }), None)).await), (404, "not_found"));
    assert_eq!(code(&marc.command(assign(id, json!({ "kind": "group", "id": 999 }), None)).await), (404, "not_found"));
}

#[tokio::test]
async fn closing_ends_the_waiting_and_a_new_message_opens_it_again() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let close = json!({ "kind": "conversation.set_open", "conversation_id": id, "open": false, "if_open": true });
    let (status, answer) = phone.command(close.clone()).await;
    assert_eq!(status, 200, "{answer}");
    let closed = phone.conversation(id).await;
    assert_eq!((&closed["open"], closed.get("waiting_since")), (&json!(false), None));
    assert_eq!(code(&phone.command(close).await), (409, "conflict"));

    office.wait(hours(1)).await;
    let phone = office.sign_in("marc", phone.agent).await;
    office.writes("lea", "Encore une question").await;
    let open = phone.conversation(id).await;
    assert_eq!(open["open"], true);
    assert_eq!(open["waiting_since"], phone.messages(id).await[1]["at"]);
}

#[tokio::test]
async fn a_read_marker_never_goes_back_and_the_customer_sees_it_only_if_asked() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.writes("lea", "Vous êtes là ?").await;
    let ids: Vec<Value> = phone.messages(id).await.iter().map(|message| message["id"].clone()).collect();
    let read = |up_to: &Value, tell: bool| json!({ "kind": "conversation.mark_read", "conversation_id": id, "up_to": up_to, "tell_customer": tell });
    phone.command(read(&ids[1], false)).await;
    let (_, answer) = phone.command(read(&ids[0], false)).await;
    assert_eq!(data(&answer["rows"], "read_marker")[0]["up_to"], ids[1]);
    office.world.idle().await;
    assert!(office.world.read_by_business().is_empty());
    phone.command(read(&ids[1], true)).await;
    office.world.idle().await;
    assert_eq!(office.world.read_by_business().len(), 1);
    assert_eq!(code(&phone.command(read(&json!(999_999), false)).await), (404, "not_found"));
}

#[tokio::test]
async fn an_agents_status_is_everybodys_to_see() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let cursor = anne.cursor().await;
    let (status, _) = marc.command(json!({ "kind": "agent.set_status", "status": "online" })).await;
    assert_eq!(status, 200);
    let (items, _) = anne.changes(&cursor).await;
    assert_eq!((&items[0]["kind"], &items[0]["data"]["status"]), (&json!("agent"), &json!("online")));
    let odd = marc.command(json!({ "kind": "agent.set_status", "status": "asleep" })).await;
    assert_eq!(code(&odd), (400, "bad_request"));
}
