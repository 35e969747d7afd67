use std::time::Duration;

use riposte::clock::Clock;
use riposte::model::{ChannelKind, ChannelState};
use riposte_server::sim::Reports;
use riposte_server::sim::customer::{Manner, Phone as Handset, Saying};
use riposte_server::sim::ledger::Judged;
use riposte_server::{NewChannel, Options, start};
use serde_json::{Value, json};

use crate::support::{Office, data, hours, reply};

fn statuses(message: &Value) -> Vec<String> {
    let facts = message["delivery"].as_array().cloned().unwrap_or_default();
    facts.iter().map(|fact| fact["status"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_becomes_of_a_reply_is_reported_step_by_step() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    assert_eq!(phone.reply(id, "Elle part ce soir.").await.0, 202);
    office.world.idle().await;
    assert_eq!(statuses(&phone.messages(id).await[1]), ["sent", "delivered"]);
    assert!(phone.conversation(id).await.get("waiting_since").is_none());
    office.world.reads("lea", "atelier").unwrap();
    office.world.idle().await;
    assert_eq!(statuses(&phone.messages(id).await[1]), ["sent", "delivered", "read"]);
}

#[tokio::test]
async fn at_twenty_four_hours_the_server_refuses_before_it_asks_the_provider() {
    let office = Office::open().await;
    let mut phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.wait(hours(24) - Duration::from_secs(1)).await;
    phone = office.sign_in("marc", phone.agent).await;
    assert_eq!(phone.reply(id, "Juste à temps").await.0, 202);
    office.wait(Duration::from_secs(1)).await;
    let (status, answer) = phone.reply(id, "Trop tard").await;
    assert_eq!((status, answer["error"]["code"].as_str()), (422, Some("window_closed")));
    assert_eq!(office.world.ledger().len(), 1);
    assert_eq!(phone.messages(id).await.len(), 2);
}

#[tokio::test]
async fn the_provider_has_the_last_word_and_only_a_later_message_opens_again() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.wait(Duration::from_secs(600)).await;
    office.world.refuse_next(131047);
    let (status, answer) = phone.reply(id, "Bonjour").await;
    assert_eq!((status, answer["error"]["code"].as_str()), (422, Some("window_closed")), "{answer}");
    assert_eq!(answer["error"]["provider"]["code"], 131047);
    let refused_at = answer["error"]["window"]["refused_at"].as_i64().unwrap();
    assert_eq!(phone.conversation(id).await["window"]["refused_at"], refused_at);
    let refused = phone.messages(id).await.remove(1);
    assert_eq!((refused["content"]["body"].as_str(), statuses(&refused)), (Some("Bonjour"), vec!["failed".to_owned()]));
    assert_eq!(refused["delivery"][0]["error"]["code"], 131047, "everybody sees what she did not get, and why");
    assert!(phone.conversation(id).await["waiting_since"].is_i64(), "no agent has answered her");
    assert!(phone.ledger().await.iter().all(|charge| charge["state"] == "void"), "and it costs nothing");
    assert_eq!(phone.reply(id, "Et maintenant ?").await.1["error"]["code"], "window_closed");

    office.wait(Duration::from_secs(60)).await;
    office.writes("lea", "Je suis là").await;
    assert_eq!(phone.reply(id, "Bonjour").await.0, 202);
}

#[tokio::test]
async fn a_failure_reported_later_closes_the_window_as_of_the_attempt() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.wait(Duration::from_secs(600)).await;
    office.world.fail_next(131047);
    assert_eq!(phone.reply(id, "Bonjour").await.0, 202);
    office.world.idle().await;
    let message = phone.messages(id).await.remove(1);
    let conversation = phone.conversation(id).await;
    assert!(statuses(&message).contains(&"failed".to_owned()), "{message}");
    assert_eq!(conversation["window"]["refused_at"], message["at"]);
    // No agent has answered her after all.
    assert!(conversation["waiting_since"].is_i64());
}

#[tokio::test]
async fn a_failed_message_is_tried_again_as_another_attempt_of_the_same() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.world.fail_next(131026);
    phone.reply(id, "Bonjour").await;
    office.world.idle().await;
    let failed = phone.messages(id).await.remove(1);
    let again = json!({ "kind": "message.retry", "message_id": failed["id"] });
    let (status, answer) = phone.command(again.clone()).await;
    assert_eq!(status, 202, "{answer}");
    assert_eq!(data(&answer["rows"], "message")[0]["attempt"], 2, "the row says that it is on its way again");
    office.world.idle().await;
    let facts = phone.messages(id).await.remove(1)["delivery"].clone();
    let second: Vec<&Value> = facts.as_array().unwrap().iter().filter(|fact| fact["attempt"] == 2).collect();
    assert_eq!(second.len(), 2, "{facts}");
    assert_eq!(phone.messages(id).await.len(), 2);
    let (status, answer) = phone.command(again).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (409, Some("conflict")), "it did not fail any more");
}

#[tokio::test]
async fn a_retry_names_its_attempt_and_the_same_one_is_never_made_twice() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.world.refuse_next(131026);
    assert_eq!(phone.reply(id, "Bonjour").await.1["error"]["code"], "provider_refused");
    let refused = phone.messages(id).await.remove(1);
    let again = |attempt: u32| json!({ "kind": "message.retry", "message_id": refused["id"], "attempt": attempt });
    let (status, answer) = phone.command(again(3)).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (409, Some("conflict")), "{answer}");
    office.world.refuse_next(131026);
    assert_eq!(phone.command(again(2)).await.1["error"]["code"], "provider_refused");
    let refused_again = phone.messages(id).await.remove(1);
    assert_eq!((&refused_again["attempt"], statuses(&refused_again).len()), (&json!(2), 2));
    // A colleague who still looks at the first failure does not make a third attempt.
    assert_eq!(phone.command(again(2)).await.0, 409);
    assert_eq!(phone.command(again(3)).await.0, 202);
    office.world.idle().await;
    let taken = office.world.ledger().into_iter().filter(|entry| entry.judged == Judged::Accepted);
    assert_eq!(taken.count(), 1, "two were refused, one went out");
    assert_eq!(phone.messages(id).await.len(), 2);
}

#[tokio::test]
async fn a_retry_whose_outcome_is_ambiguous_may_be_tried_once_more() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.world.fail_next(131000);
    phone.reply(id, "Bonjour").await;
    office.world.idle().await;
    let failed = phone.messages(id).await.remove(1);
    let again = |attempt: u32| json!({ "kind": "message.retry", "message_id": failed["id"], "attempt": attempt });
    office.world.reports(Reports::Held);
    office.world.lose_next_answer();
    let (_, answer) = phone.command(again(2)).await;
    assert_eq!((&answer["result"], &data(&answer["rows"], "message")[0]["attempt"]), (&json!("ambiguous"), &json!(2)));
    let unnumbered = json!({ "kind": "message.retry", "message_id": failed["id"] });
    assert_eq!(phone.command(unnumbered).await.0, 409, "not without the number of the attempt");
    assert_eq!(phone.command(again(3)).await.0, 202);
    office.world.reports(Reports::Normal);
    office.world.idle().await;
    let facts = phone.messages(id).await.remove(1)["delivery"].clone();
    let of = |attempt: u32| facts.as_array().unwrap().iter().filter(|fact| fact["attempt"] == attempt).count();
    assert_eq!((of(2), of(3)), (2, 2), "each report finds its attempt: {facts}");
}

#[tokio::test]
async fn a_lost_answer_is_ambiguous_until_the_report_and_never_called_again() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.world.reports(Reports::Held);
    office.world.lose_next_answer();
    let key = phone.key();
    let (status, answer) = phone.command_under(&key, reply(id, "Elle part ce soir.")).await;
    assert_eq!((status, answer["result"].as_str()), (200, Some("ambiguous")), "{answer}");
    assert!(statuses(&data(&answer["rows"], "message")[0]).is_empty());
    let (_, again) = phone.command_under(&key, reply(id, "Elle part ce soir.")).await;
    assert_eq!(again["result"], "ambiguous");
    assert_eq!(office.world.ledger().len(), 1);

    office.world.reports(Reports::Normal);
    office.world.idle().await;
    let (_, known) = phone.get(&format!("/v1/commands/{key}")).await;
    assert_eq!(known["result"], "accepted", "{known}");
    assert_eq!(statuses(&data(&known["rows"], "message")[0]), ["sent", "delivered"]);
    assert_eq!(office.world.ledger().len(), 1);
}

#[tokio::test]
async fn a_server_that_comes_back_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open_with(|options| options.data = Some(folder.path().into())).await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let key = phone.key();
    phone.command_under(&key, reply(id, "Elle part ce soir.")).await;
    office.world.idle().await;

    let (clock, world) = (office.clock.clone(), office.world.clone());
    let Office { running, admin, .. } = office;
    drop(admin);
    running.stop().await;
    let options = Options { data: Some(folder.path().into()), world: Some(world.clone()), ..Options::story(&clock) };
    let running = start(options).await.unwrap();
    let phone = phone.at(&running.url());
    let (status, known) = phone.get(&format!("/v1/commands/{key}")).await;
    assert_eq!((status, known["result"].as_str()), (200, Some("accepted")));
    assert_eq!(phone.messages(id).await.len(), 2);
    world.writes("lea", "atelier", "Merci").await.unwrap();
    world.idle().await;
    assert_eq!(phone.messages(id).await.len(), 3);
    assert_eq!(world.ledger().len(), 1);
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_leaves_the_key_unused() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.world.refuse_next(130429);
    let key = phone.key();
    let (status, answer) = phone.command_under(&key, reply(id, "Bonjour")).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (503, Some("busy")), "{answer}");
    assert!(answer["error"]["retry_after_ms"].is_i64());
    assert_eq!(phone.get(&format!("/v1/commands/{key}")).await.0, 404);
    assert_eq!(phone.messages(id).await.len(), 1);
    assert_eq!(phone.command_under(&key, reply(id, "Bonjour")).await.0, 202);
}

#[tokio::test]
async fn limits_are_named_with_the_refusal() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let (status, answer) = phone.reply(id, &"é".repeat(4097)).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (422, Some("too_long")));
    assert_eq!(answer["error"]["detail"], "4097 of at most 4096");
    assert_eq!(phone.reply(id, &"é".repeat(4096)).await.0, 202);
    assert_eq!(phone.reply(id, " \n").await.1["error"]["code"], "bad_request");

    office.admin.set_channel_state(office.channel, ChannelState::Disconnected).await.unwrap();
    assert_eq!(phone.reply(id, "Bonjour").await.1["error"]["code"], "channel_not_connected");
}

#[tokio::test]
async fn quotes_and_reactions_reach_the_customer_as_such() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let question = phone.messages(id).await[0]["id"].clone();
    let mut quoting = reply(id, "Celle-ci ?");
    quoting["reply_to"] = question.clone();
    let (status, answer) = phone.command(quoting).await;
    assert_eq!(status, 202, "{answer}");
    let react = json!({ "kind": "message.send", "conversation_id": id,
                        "content": { "type": "reaction", "to": question, "emoji": "👍" } });
    let (status, answer) = phone.command(react).await;
    assert_eq!(status, 202, "{answer}");
    office.world.idle().await;
    assert_eq!(office.world.ledger().len(), 2);
    assert_eq!(phone.messages(id).await[1]["reply_to"], question);
    // A reaction costs nothing and is no line in the list.
    assert_eq!(phone.ledger().await.len(), 1);
    assert_eq!(phone.conversation(id).await["preview"]["text"], "Celle-ci ?");
}

#[tokio::test]
async fn the_widget_has_no_window_and_says_at_once_that_it_was_sent() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let widget = NewChannel::new(ChannelKind::Widget, "Site");
    office.admin.add_simulated_channel("site", widget).await.unwrap();
    office.customer("visitor", "33655555555");
    office.world.writes("visitor", "site", "Hello?").await.unwrap();
    office.world.idle().await;
    let id = phone.conversations().await[0]["id"].as_i64().unwrap();
    office.wait(hours(48)).await;
    let phone = office.sign_in("marc", phone.agent).await;
    let (status, answer) = phone.reply(id, "Here we are").await;
    assert_eq!((status, answer["result"].as_str()), (200, Some("applied")), "{answer}");
    assert_eq!(statuses(&data(&answer["rows"], "message")[0]), ["sent"]);
    assert_eq!(office.world.visitor_sees("visitor", "site").await.unwrap(), ["Here we are"]);
    assert!(phone.ledger().await.is_empty(), "not priced");
}

#[tokio::test]
async fn on_messenger_one_may_answer_for_days_and_marks_come_as_watermarks() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    office.admin.add_simulated_channel("page", NewChannel::new(ChannelKind::Messenger, "Page")).await.unwrap();
    office.customer("tom", "33666666666");
    office.world.writes("tom", "page", "Hi").await.unwrap();
    office.world.idle().await;
    let id = phone.conversations().await[0]["id"].as_i64().unwrap();
    let (status, answer) = phone.reply(id, "Hello").await;
    assert_eq!((status, answer["result"].as_str()), (200, Some("applied")), "{answer}");
    office.wait(Duration::from_secs(5)).await;
    office.world.reads("tom", "page").unwrap();
    office.world.idle().await;
    let seen = statuses(&phone.messages(id).await[1]);
    assert!(seen.contains(&"sent".to_owned()) && seen.contains(&"read".to_owned()), "{seen:?}");

    office.wait(hours(30)).await;
    let phone = office.sign_in("marc", phone.agent).await;
    assert_eq!(phone.reply(id, "Still here").await.0, 200);
    office.wait(hours(7 * 24)).await;
    let phone = office.sign_in("marc", phone.agent).await;
    assert_eq!(phone.reply(id, "Too late").await.1["error"]["code"], "window_closed");
}

#[tokio::test]
async fn what_a_switched_off_phone_missed_is_delivered_when_it_is_back() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    office.world.set_phone("lea", |handset: &mut Handset| handset.reachable = false).unwrap();
    phone.reply(id, "Elle part ce soir.").await;
    office.world.idle().await;
    assert_eq!(statuses(&phone.messages(id).await[1]), ["sent"]);
    office.world.set_phone("lea", |handset: &mut Handset| handset.reachable = true).unwrap();
    office.world.idle().await;
    assert_eq!(statuses(&phone.messages(id).await[1]), ["sent", "delivered"]);
}

#[tokio::test]
async fn who_came_by_an_advertisement_is_answered_for_free() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    office.customer("lea", "33612345678");
    let saying: Saying = serde_json::from_value(json!({ "type": "text", "body": "Vu chez vous" })).unwrap();
    let manner = Manner { by_advertisement: true, ..Manner::default() };
    office.world.says("lea", "atelier", &saying, manner).await.unwrap();
    office.world.idle().await;
    let id = phone.conversations().await[0]["id"].as_i64().unwrap();
    office.wait(Duration::from_secs(60)).await;
    let answered = office.clock.wall().timestamp_millis();
    phone.reply(id, "Bienvenue").await;
    office.world.idle().await;
    let window = phone.conversation(id).await["window"].clone();
    assert_eq!(window["free_until"], answered + 72 * 3_600_000);
    let standing: Vec<Value> = phone.ledger().await.into_iter().filter(|row| row["state"] != "void").collect();
    assert!(standing.is_empty(), "{standing:?}");
}
