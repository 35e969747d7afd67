//! Faults on request, as a phone meets them.

use std::time::Duration;

use reqwest::Method;
use riposte::clock::Clock;
use riposte_server::faults::{Endpoint, Fault, Plan, RetryAfter, Rule};
use serde_json::{Value, json};

use crate::support::{Office, Phone, reply};

/// What came of a call: its status, `Retry-After` and body; none when the connection broke.
type Heard = Option<(u16, Option<String>, String)>;

async fn hears(request: reqwest::RequestBuilder) -> Heard {
    let answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    let again = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    Some((status, again, answer.text().await.ok()?))
}

fn always(on: Endpoint, fault: Fault) -> Plan {
    Plan { seed: 1, rules: vec![Rule { on: Some(on), percent: 100, fault }] }
}

/// How the feed answers while this goes wrong.
async fn changes(office: &Office, phone: &Phone, fault: Fault) -> Heard {
    office.running.faults().set(always(Endpoint::Changes, fault));
    let heard = hears(phone.request(Method::GET, "/v1/changes?since=e1.0")).await;
    assert_eq!(office.running.faults().counts(), [(fault.name(), 1)].into());
    heard
}

#[tokio::test]
async fn each_fault_is_what_it_says() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let whole = hears(phone.request(Method::GET, "/v1/changes?since=e1.0")).await.unwrap();
    assert_eq!(whole.0, 200);

    for fault in [Fault::DroppedBefore, Fault::DroppedAfter, Fault::Truncated, Fault::Closed] {
        assert_eq!(changes(&office, &phone, fault).await, None, "{fault:?}");
    }
    let (status, _, page) = changes(&office, &phone, Fault::NotJson).await.unwrap();
    assert!(status == 200 && page.starts_with("<!doctype html>"), "{page}");
    let (status, _, gone) = changes(&office, &phone, Fault::Gone).await.unwrap();
    assert_eq!(
        (status, serde_json::from_str::<Value>(&gone).unwrap()["error"]["code"].clone()),
        (410, json!("snapshot_needed"))
    );

    let (_, _, moved) = changes(&office, &phone, Fault::ClockMoved { ms: -3_600_000 }).await.unwrap();
    let (moved, whole): (Value, Value) =
        (serde_json::from_str(&moved).unwrap(), serde_json::from_str(&whole.2).unwrap());
    assert_eq!(whole["now"].as_i64().unwrap() - moved["now"].as_i64().unwrap(), 3_600_000);
    assert_eq!(moved["items"], whole["items"]);

    let trouble = |status, retry_after| Fault::Status { status, retry_after };
    let (status, again, busy) = changes(&office, &phone, trouble(429, RetryAfter::Seconds(5))).await.unwrap();
    assert_eq!((status, again.as_deref()), (429, Some("5")));
    assert_eq!(serde_json::from_str::<Value>(&busy).unwrap()["error"]["code"], "busy");
    let (_, again, _) = changes(&office, &phone, trouble(503, RetryAfter::Absent)).await.unwrap();
    assert_eq!(again, None);
    let (_, again, _) = changes(&office, &phone, trouble(503, RetryAfter::Date(60))).await.unwrap();
    let again = chrono::DateTime::parse_from_rfc2822(&again.unwrap()).unwrap();
    assert_eq!(again.to_utc() - office.clock.wall(), chrono::TimeDelta::seconds(60));
    let (status, again, page) = changes(&office, &phone, trouble(502, RetryAfter::Absurd)).await.unwrap();
    assert!(status == 502 && again.is_some_and(|again| again.parse::<u32>().is_err()) && page.starts_with('<'));
    let (status, _, _) = changes(&office, &phone, trouble(408, RetryAfter::Absent)).await.unwrap();
    assert_eq!(status, 408);

    office.running.faults().calm();
    assert_eq!(hears(phone.request(Method::GET, "/v1/changes?since=e1.0")).await.unwrap().0, 200);
}

#[tokio::test]
async fn a_command_dropped_before_is_not_executed_and_one_dropped_after_is() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    for (fault, executed) in [(Fault::DroppedBefore, 0), (Fault::DroppedAfter, 1)] {
        office.running.faults().set(always(Endpoint::Execute, fault));
        let key = phone.key();
        let mut body = reply(id, "Bonjour");
        body["epoch"] = json!("e1");
        let command = phone.request(Method::POST, "/v1/commands").json(&body).header("idempotency-key", &key);
        assert_eq!(hears(command).await, None);
        assert_eq!(office.world.ledger().len(), executed, "{fault:?}");
        let (status, _) = phone.get(&format!("/v1/commands/{key}")).await;
        assert_eq!(status, if executed == 0 { 404 } else { 200 }, "another endpoint is left alone");
    }
}

#[tokio::test]
async fn what_is_delayed_waits_for_the_servers_clock_and_what_hangs_for_calm() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let faults = office.running.faults();
    faults.set(always(Endpoint::Changes, Fault::Delay { ms: 3_000 }));
    let delayed = tokio::spawn(hears(phone.request(Method::GET, "/v1/changes?since=e1.0")));
    let counted = async {
        while faults.counts().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    counted.await;
    assert!(!delayed.is_finished());
    office.clock.advance(Duration::from_secs(3));
    assert_eq!(delayed.await.unwrap().unwrap().0, 200);

    faults.set(always(Endpoint::Live, Fault::HalfOpen));
    let hanging = tokio::spawn(hears(phone.request(Method::GET, "/v1/live")));
    while faults.counts().is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    faults.calm();
    assert_eq!(hanging.await.unwrap(), None, "calm breaks what hung");
}

#[tokio::test]
async fn they_are_asked_for_over_http_too_and_the_same_seed_does_the_same() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let client = riposte_server::channels::graph::client().unwrap().build().unwrap();
    let control = format!("{}/sim/faults", office.running.url());
    let mut heard = Vec::new();
    for _ in 0..2 {
        let plan = json!({ "seed": 7, "rules": [{ "on": "changes", "percent": 40, "fault": { "is": "not_json" } }] });
        assert_eq!(client.post(&control).json(&plan).send().await.unwrap().status(), 200);
        let mut pages = Vec::new();
        for _ in 0..20 {
            pages.push(hears(phone.request(Method::GET, "/v1/changes?since=e1.0")).await.unwrap().2.starts_with('<'));
        }
        heard.push(pages);
    }
    assert_eq!(heard[0], heard[1]);
    let times = heard[0].iter().filter(|page| **page).count();
    assert!((1..20).contains(&times), "{times} of 20");
    let counts: Value =
        serde_json::from_str(&client.delete(&control).send().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(counts["counts"]["not_json"], times);
    assert_eq!(client.post(&control).json(&json!({ "rules": [{ "on": "moon" }] })).send().await.unwrap().status(), 422);
}

#[tokio::test]
async fn a_server_restored_from_an_older_backup_has_another_history_and_gives_no_id_twice() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let (backup, before) = (office.admin.back_up().await.unwrap(), phone.messages(id).await);
    let key = phone.key();
    assert_eq!(phone.command_under(&key, reply(id, "Après")).await.0, 202);
    office.world.idle().await;
    let forgotten = phone.messages(id).await.remove(1)["id"].as_i64().unwrap();

    office.admin.restore(&backup).await.unwrap();
    assert_eq!(phone.messages(id).await, before, "what came after the backup is gone");
    let (status, answer) = phone.get("/v1/changes?since=e1.0").await;
    assert_eq!((status, answer["error"]["reason"].as_str()), (410, Some("epoch")), "{answer}");
    assert_eq!(phone.get(&format!("/v1/commands/{key}")).await.0, 404, "the key too is forgotten");
    let mut again = reply(id, "Après");
    assert_eq!(phone.command_under(&key, again.clone()).await.1["error"]["code"], "epoch_changed");
    let second = phone.get("/v1/snapshot").await.1["epoch"].clone();
    assert_ne!(second, "e1");
    again["epoch"] = second.clone();
    assert_eq!(phone.command(again).await.0, 202);
    let given = phone.messages(id).await[1]["id"].as_i64().unwrap();
    assert!(given > forgotten + 1000);

    // The same backup once more is a third history, also over HTTP.
    let client = riposte_server::channels::graph::client().unwrap().build().unwrap();
    let sim = |call: &str| client.post(format!("{}/sim/{call}", office.running.url())).send();
    assert_eq!(sim("restore").await.unwrap().status(), 409, "there is no backup yet");
    assert_eq!(sim("backup").await.unwrap().status(), 200);
    assert_eq!(sim("restore").await.unwrap().status(), 200);
    let (_, rows) = phone.get("/v1/conversations").await;
    let third = rows["at"].as_str().unwrap().split('.').next().unwrap();
    assert!(third != "e1" && third != second, "{rows}");
    assert_eq!(phone.messages(id).await[1]["id"], given);
}
