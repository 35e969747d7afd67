//! The simulator stays in folders of its own and on this machine.

use std::path::Path;

use riposte::model::ChannelKind;
use riposte_server::channels::signature;
use riposte_server::{AdminError, ChannelLink, NewChannel, Options, Running, StartError, start};
use serde_json::json;

fn link(base: &str) -> ChannelLink {
    ChannelLink {
        base: base.into(),
        version: "v26.0".into(),
        provider_id: "106540352242922".into(),
        business_id: Some("1".into()),
        token: "EAAG".into(),
        app_secret: "a real secret".into(),
        verify_token: "v".into(),
        site_key: None,
    }
}

fn real() -> NewChannel {
    NewChannel::new(ChannelKind::Whatsapp, "Real").at("33199000099")
}

async fn open(folder: &Path, simulator: bool) -> Result<Running, StartError> {
    start(Options { data: Some(folder.into()), simulator, ..Options::default() }).await
}

/// A webhook with a message on a number, signed.
async fn posts(server: &Running, number: &str, secret: &str) -> u16 {
    let message = json!({ "from": "33612345678", "id": "wamid.1", "timestamp": "1793606400", "type": "text",
                          "text": { "body": "Bonjour" } });
    let value =
        json!({ "messaging_product": "whatsapp", "metadata": { "phone_number_id": number }, "messages": [message] });
    let entry = json!({ "id": "1", "changes": [{ "field": "messages", "value": value }] });
    let body = json!({ "object": "whatsapp_business_account", "entry": [entry] }).to_string();
    let client = riposte_server::channels::graph::client().unwrap().build().unwrap();
    let request = client.post(format!("{}/webhooks/whatsapp", server.url()));
    let request = request.header(signature::HEADER, signature::sign(secret, body.as_bytes())).body(body);
    request.send().await.unwrap().status().as_u16()
}

async fn verifies(server: &Running, token: &str) -> u16 {
    let client = riposte_server::channels::graph::client().unwrap().build().unwrap();
    let query = [("hub.mode", "subscribe"), ("hub.verify_token", token), ("hub.challenge", "42")];
    client.get(format!("{}/webhooks/whatsapp", server.url())).query(&query).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn without_the_simulator_nothing_of_it_works_in_the_folder_it_played_in() {
    let folder = tempfile::tempdir().unwrap();
    let played = open(folder.path(), true).await.unwrap();
    played.admin().add_simulated_channel("atelier", real()).await.unwrap();
    let account = played.simulator().unwrap().accounts().remove(0);
    assert_eq!(posts(&played, &account.provider_id, &account.app_secret).await, 200);
    assert_eq!(verifies(&played, &account.verify_token).await, 200);
    played.stop().await;

    let alone = open(folder.path(), false).await.unwrap();
    assert_eq!(posts(&alone, &account.provider_id, &account.app_secret).await, 401);
    assert_eq!(verifies(&alone, &account.verify_token).await, 403);
    alone.stop().await;

    // The simulator comes back to its folder with other secrets.
    let again = open(folder.path(), true).await.unwrap();
    let new = again.simulator().unwrap().accounts().remove(0);
    assert_ne!(
        (&new.app_secret, &new.token, &new.verify_token),
        (&account.app_secret, &account.token, &account.verify_token)
    );
    assert_eq!(posts(&again, &new.provider_id, &account.app_secret).await, 401);
    assert_eq!(posts(&again, &new.provider_id, &new.app_secret).await, 200);
    again.stop().await;
}

#[tokio::test]
async fn a_real_number_does_not_go_into_the_simulators_folder() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), true).await.unwrap().stop().await;
    for simulator in [true, false] {
        let server = open(folder.path(), simulator).await.unwrap();
        let refused = server.admin().add_channel(real(), link("https://graph.facebook.com")).await;
        assert!(matches!(refused, Err(AdminError::Simulated)), "{refused:?}");
        server.stop().await;
    }
}

#[tokio::test]
async fn the_simulator_does_not_go_into_a_folder_that_was_made_without_it() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), false).await.unwrap().stop().await;
    assert!(matches!(open(folder.path(), true).await, Err(StartError::NotSimulated(_))));
    open(folder.path(), false).await.unwrap().stop().await;
}

#[tokio::test]
async fn an_api_token_goes_out_over_https_or_to_this_machine() {
    let server = start(Options::default()).await.unwrap();
    let refused = server.admin().add_channel(real(), link("http://graph.example")).await;
    assert!(matches!(refused, Err(AdminError::BadBase)), "{refused:?}");
    server.admin().add_channel(real(), link("http://127.0.0.1:9")).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn the_simulator_listens_on_this_machine_only() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let options = Options { listen: address.parse().unwrap(), simulator: true, ..Options::default() };
        assert!(matches!(start(options).await, Err(StartError::SimulatorInPublic(_))), "{address}");
    }
    let clock = riposte::clock::ManualClock::new("2026-11-02T08:00:00Z".parse().unwrap());
    let world = start(Options::story(&clock)).await.unwrap();
    let options = Options { listen: "0.0.0.0:0".parse().unwrap(), world: world.simulator(), ..Options::default() };
    assert!(matches!(start(options).await, Err(StartError::SimulatorInPublic(_))));
    world.stop().await;
}
