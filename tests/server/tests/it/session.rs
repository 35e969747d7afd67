use riposte::model::AgentId;
use riposte_server::{Options, TrustedProxies};
use serde_json::json;

use crate::support::{Office, PASSWORD, Phone, hours, minutes};

#[tokio::test]
async fn about_needs_no_token() {
    let office = Office::open().await;
    let (status, about) = Phone::new(&office, AgentId(0)).get("/v1/about").await;
    assert_eq!(status, 200);
    assert_eq!(about["protocol"], 1);
    assert_eq!(about["upload_most_bytes"], 104_857_600);
    assert!(about["now"].is_i64());
}

#[tokio::test]
async fn signing_in_gives_tokens_the_agent_and_the_account() {
    let office = Office::open().await;
    let agent = office.agent("marc", false, &[]).await;
    let (status, answer) = Phone::new(&office, agent).sign_in("marc", PASSWORD).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["agent"]["id"], agent.0);
    assert_eq!(answer["account"]["conversations"], true);
    assert_eq!(answer["account"]["utc_offset_minutes"], 60);
    let life = answer["access_until"].as_i64().unwrap() - answer["now"].as_i64().unwrap();
    assert_eq!(life, 15 * 60 * 1000);
}

#[tokio::test]
async fn every_call_needs_a_token_and_says_which_way_it_is_bad() {
    let office = Office::open().await;
    let mut phone = office.phone("marc").await;
    let without = Phone::new(&office, phone.agent).get("/v1/changes").await;
    assert_eq!((without.0, without.1["error"]["code"].as_str()), (401, Some("no_token")));

    office.clock.advance(minutes(15));
    let (status, answer) = phone.get("/v1/conversations").await;
    assert_eq!((status, answer["error"]["code"].as_str()), (401, Some("token_expired")));

    phone.access = "a.made-up".into();
    let (status, answer) = phone.get("/v1/conversations").await;
    assert_eq!((status, answer["error"]["code"].as_str()), (401, Some("session_revoked")));
}

#[tokio::test]
async fn a_lost_answer_to_a_refresh_does_not_sign_out() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let refresh = async |token: &str| phone.post("/v1/session/refresh", &json!({ "refresh_token": token })).await;

    // The first answer is lost on its way; the phone tries again with what it has.
    let (_, lost) = refresh(&phone.refresh).await;
    let (status, got) = refresh(&phone.refresh).await;
    assert_eq!(status, 200, "{got}");

    // Still good: nothing new was used yet.
    let (status, got) = refresh(&phone.refresh).await;
    assert_eq!(status, 200, "{got}");
    let mut new = phone.clone();
    new.take_tokens(&got);
    assert_eq!(new.get("/v1/conversations").await.0, 200);

    // Now the new access token was used: the lost refresh token is over, and the new one is good.
    assert_eq!(refresh(lost["refresh_token"].as_str().unwrap()).await.0, 401);
    assert_eq!(refresh(&new.refresh).await.0, 200);
    // And so is the old one.
    let (status, answer) = refresh(&phone.refresh).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (401, Some("session_revoked")));
}

#[tokio::test]
async fn a_refresh_token_that_was_replaced_ends_the_session_when_it_is_shown_again() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let other = office.sign_in("marc", phone.agent).await;
    let refresh = async |token: &str| phone.post("/v1/session/refresh", &json!({ "refresh_token": token })).await;
    let (_, got) = refresh(&phone.refresh).await;
    let mut new = phone.clone();
    new.take_tokens(&got);
    assert_eq!(new.get("/v1/conversations").await.0, 200);

    // Two hold the old token. The server cannot tell which of them stole it: both are out.
    let (status, answer) = refresh(&phone.refresh).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (401, Some("session_revoked")));
    let (status, answer) = new.get("/v1/conversations").await;
    assert_eq!((status, answer["error"]["code"].as_str()), (401, Some("session_revoked")));
    assert_eq!(refresh(&new.refresh).await.0, 401);
    // The agent's other device has a session of its own.
    assert_eq!(other.get("/v1/conversations").await.0, 200);
}

#[tokio::test]
async fn using_the_new_refresh_token_ends_the_old_one_as_well() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let refresh = async |token: &str| phone.post("/v1/session/refresh", &json!({ "refresh_token": token })).await;
    let (_, second) = refresh(&phone.refresh).await;
    let (status, _) = refresh(second["refresh_token"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    assert_eq!(refresh(&phone.refresh).await.0, 401);
}

#[tokio::test]
async fn a_refresh_token_lives_sixty_days_from_its_last_use() {
    let office = Office::open().await;
    let mut phone = office.phone("marc").await;
    for _ in 0..2 {
        office.clock.advance(hours(59 * 24));
        let (status, answer) = phone.post("/v1/session/refresh", &json!({ "refresh_token": phone.refresh })).await;
        assert_eq!(status, 200, "{answer}");
        phone.take_tokens(&answer);
    }
    office.clock.advance(hours(60 * 24));
    let (status, answer) = phone.post("/v1/session/refresh", &json!({ "refresh_token": phone.refresh })).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (401, Some("session_revoked")));
}

#[tokio::test]
async fn signing_out_ends_the_session_for_good() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let (status, _) = phone.ask(phone.request(reqwest::Method::DELETE, "/v1/session")).await;
    assert_eq!(status, 200);
    let (status, answer) = phone.get("/v1/conversations").await;
    assert_eq!((status, answer["error"]["code"].as_str()), (401, Some("session_revoked")));
    let refresh = phone.post("/v1/session/refresh", &json!({ "refresh_token": phone.refresh })).await;
    assert_eq!(refresh.0, 401);
}

#[tokio::test]
async fn signing_out_forgets_where_this_devices_notifications_went() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open_with(|options| options.data = Some(folder.path().into())).await;
    let phone = office.phone("marc").await;
    let db = rusqlite::Connection::open(folder.path().join("inbox.db")).unwrap();
    let devices = || -> Vec<String> {
        let mut statement = db.prepare("SELECT device_id FROM device ORDER BY device_id").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let push =
        json!({ "platform": "android", "transport": "fcm", "address": "token", "preferences": { "mine": true } });
    for device in ["device of marc", "tablet"] {
        let request = phone.request(reqwest::Method::PUT, &format!("/v1/devices/{device}"));
        assert_eq!(phone.ask(request.json(&push)).await.0, 200);
    }
    assert_eq!(devices(), ["device of marc", "tablet"]);
    phone.ask(phone.request(reqwest::Method::DELETE, "/v1/session")).await;
    assert_eq!(devices(), ["tablet"]);
}

#[tokio::test]
async fn attempts_to_sign_in_are_limited_per_account() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    for _ in 0..5 {
        let (status, answer) = phone.sign_in("marc", "a wrong one").await;
        assert_eq!((status, answer["error"]["code"].as_str()), (401, Some("bad_credentials")));
    }
    let (status, answer) = phone.sign_in("marc", PASSWORD).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (429, Some("busy")));
    assert_eq!(answer["error"]["retry_after_ms"], 15 * 60 * 1000);
    office.clock.advance(minutes(15));
    assert_eq!(phone.sign_in("marc", PASSWORD).await.0, 200);
}

#[tokio::test]
async fn guesses_at_the_same_time_are_as_limited_as_one_after_the_other() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let mut guesses = tokio::task::JoinSet::new();
    for number in 0..12 {
        let phone = phone.clone();
        guesses.spawn(async move { phone.sign_in("marc", &format!("guess {number}")).await.0 });
    }
    let answers = guesses.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 401).count(), 5, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 7, "{answers:?}");
}

#[tokio::test]
async fn attempts_to_sign_in_are_limited_per_address_for_all_accounts_together() {
    let office = Office::open_with(|options| options.limits.sign_ins_per_address = 3).await;
    let phone = office.phone("marc").await;
    for name in ["anne", "bob", "cleo"] {
        assert_eq!(phone.sign_in(name, "guessed it").await.0, 401);
    }
    let signs_in = async |device: &str| phone.sign_in_from("marc", PASSWORD, device).await.0;
    assert_eq!(signs_in("a new phone").await, 429);
    // Marc's own phone is not held by what strangers did at the same address.
    assert_eq!(signs_in("device of marc").await, 200);
}

#[tokio::test]
async fn a_stranger_who_guesses_does_not_lock_the_owner_out() {
    let office = Office::open_with(behind_a_proxy).await;
    let phone = office.phone("marc").await;
    let guess = async |from: &str, number: usize| {
        let body = sign_in("marc", &format!("guess {number}"), "a stranger's");
        phone
            .ask(phone.request(reqwest::Method::POST, "/v1/session").header("X-Forwarded-For", from).json(&body))
            .await
            .0
    };
    // One address is stopped after five guesses.
    for number in 0..5 {
        assert_eq!(guess("203.0.113.1", number).await, 401);
    }
    assert_eq!(guess("203.0.113.1", 5).await, 429);
    // The owner signs in with a new phone elsewhere, and with their own phone anywhere.
    let from = async |address: &str, device: &str| {
        let body = sign_in("marc", PASSWORD, device);
        let request = phone.request(reqwest::Method::POST, "/v1/session").header("X-Forwarded-For", address.to_owned());
        phone.ask(request.json(&body)).await.0
    };
    assert_eq!(from("203.0.113.2", "a new phone").await, 200);
    assert_eq!(from("203.0.113.1", "device of marc").await, 200);
    assert_eq!(from("203.0.113.1", "another new phone").await, 429);
}

#[tokio::test]
async fn a_guesser_with_many_addresses_is_stopped_and_the_owners_phone_is_not() {
    let office = Office::open_with(|options| {
        behind_a_proxy(options);
        options.limits.sign_ins_of_new_devices = 7;
    })
    .await;
    let phone = office.phone("marc").await;
    let guess = async |number: usize, password: &str, device: &str| {
        let request = phone.request(reqwest::Method::POST, "/v1/session");
        let request = request.header("X-Forwarded-For", format!("203.0.113.{number}"));
        phone.ask(request.json(&sign_in("marc", password, device))).await.0
    };
    for number in 0..7 {
        assert_eq!(guess(number, "a guess", "a stranger's").await, 401);
    }
    assert_eq!(guess(8, "a guess", "a stranger's").await, 429);
    assert_eq!(guess(9, PASSWORD, "device of marc").await, 200);
}

#[tokio::test]
async fn behind_a_proxy_one_callers_guesses_do_not_hold_another_caller() {
    let office = Office::open_with(|options| {
        behind_a_proxy(options);
        options.limits.sign_ins_per_address = 3;
    })
    .await;
    office.agent("marc", false, &[]).await;
    let phone = Phone::new(&office, AgentId(0));
    let from = async |address: &str, name: &str, password: &str| {
        let request = phone.request(reqwest::Method::POST, "/v1/session").header("Forwarded", format!("for={address}"));
        phone.ask(request.json(&sign_in(name, password, "new"))).await.0
    };
    for name in ["anne", "bob", "cleo"] {
        assert_eq!(from("203.0.113.1", name, "guessed it").await, 401);
    }
    assert_eq!(from("203.0.113.1", "marc", PASSWORD).await, 429);
    assert_eq!(from("203.0.113.2", "marc", PASSWORD).await, 200);
}

#[tokio::test]
async fn a_header_that_no_trusted_proxy_wrote_changes_nothing() {
    let office = Office::open_with(|options| options.limits.sign_ins_per_address = 3).await;
    office.agent("marc", false, &[]).await;
    let phone = Phone::new(&office, AgentId(0));
    let from = async |number: usize, name: &str| {
        let request = phone.request(reqwest::Method::POST, "/v1/session");
        let request = request.header("X-Forwarded-For", format!("203.0.113.{number}"));
        phone.ask(request.json(&sign_in(name, PASSWORD, "new"))).await.0
    };
    for (number, name) in ["anne", "bob", "cleo"].into_iter().enumerate() {
        assert_eq!(from(number, name).await, 401);
    }
    assert_eq!(from(9, "marc").await, 429);
}

fn behind_a_proxy(options: &mut Options) {
    options.trusted_proxies = TrustedProxies(vec!["127.0.0.1".parse().unwrap()]);
}

fn sign_in(name: &str, password: &str, device: &str) -> serde_json::Value {
    json!({ "email": format!("{name}@example.com"), "password": password, "device_id": device, "device_name": name,
            "platform": "android" })
}
