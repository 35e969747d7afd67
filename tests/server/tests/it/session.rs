use riposte::model::AgentId;
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
async fn a_lost_answer_to_a_refresh_signs_nobody_out() {
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

    // Now the new access token was used: the old refresh token is over, and the lost one too.
    let (status, answer) = refresh(&phone.refresh).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (401, Some("session_revoked")));
    assert_eq!(refresh(lost["refresh_token"].as_str().unwrap()).await.0, 401);
    assert_eq!(refresh(&new.refresh).await.0, 200);
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
async fn attempts_to_sign_in_are_limited_per_address_whoever_they_are_for() {
    let office = Office::open_with(|options| options.limits.sign_ins_per_address = 3).await;
    let phone = office.phone("marc").await;
    for name in ["anne", "bob", "cleo"] {
        assert_eq!(phone.sign_in(name, "guessed it").await.0, 401);
    }
    assert_eq!(phone.sign_in("marc", PASSWORD).await.0, 429);
}
