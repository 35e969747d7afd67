use reqwest::Method;
use riposte_server::sim::customer::{Manner, Saying};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Office, Phone, data};

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn put(phone: &Phone, hash: &str, offset: usize, length: usize, piece: &[u8]) -> (u16, Value) {
    let request = phone.request(Method::PUT, &format!("/v1/uploads/{hash}"));
    let request = request.header("Upload-Offset", offset).header("Upload-Length", length);
    phone.ask(request.body(piece.to_vec())).await
}

async fn how_far(phone: &Phone, hash: &str) -> u64 {
    let answer = phone.request(Method::HEAD, &format!("/v1/uploads/{hash}")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.headers()["upload-offset"].to_str().unwrap().parse().unwrap()
}

fn picture(size: usize) -> Vec<u8> {
    (0..size).map(|place| u8::try_from(place % 251).unwrap()).collect()
}

#[tokio::test]
async fn an_upload_goes_on_where_it_stopped() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let file = picture(100_000);
    let name = hash(&file);
    assert_eq!(how_far(&phone, &name).await, 0);
    assert_eq!(put(&phone, &name, 0, file.len(), &file[..40_000]).await.1["complete"], false);
    assert_eq!(how_far(&phone, &name).await, 40_000);

    let (status, answer) = put(&phone, &name, 50_000, file.len(), &file[50_000..]).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (409, Some("upload_offset")));
    assert_eq!(put(&phone, &name, 40_000, file.len(), &file[40_000..]).await.1["complete"], true);
    assert_eq!(how_far(&phone, &name).await, 100_000);
    // Another agent learns nothing of it, and uploads it too.
    let anne = office.phone("anne").await;
    assert_eq!(how_far(&anne, &name).await, 0);
    assert_eq!(put(&anne, &name, 0, file.len(), &file).await.1["complete"], true);
    assert_eq!(how_far(&anne, &name).await, 100_000);
}

#[tokio::test]
async fn knowing_a_files_hash_gives_no_right_to_it() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let id = office.lea_wrote(&marc).await;
    let file = picture(10_000);
    put(&marc, &hash(&file), 0, file.len(), &file).await;
    let code = async |phone: &Phone| {
        let (status, answer) = phone.command(send(id, &file, "image", "image/jpeg")).await;
        (status, answer["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(code(&anne).await, (422, "upload_missing".to_owned()));
    assert_eq!(code(&marc).await.0, 202);
    office.world.idle().await;
    // Now a message that Anne sees carries it: she may forward it without an upload.
    assert_eq!(how_far(&anne, &hash(&file)).await, 10_000);
    assert_eq!(code(&anne).await.0, 202);
    // Inès sees no conversation of theirs.
    let hidden =
        json!({ "kind": "conversation.assign", "conversation_id": id, "to": { "kind": "agent", "id": marc.agent } });
    marc.command(hidden).await;
    let ines = office.phone("ines").await;
    assert_eq!(how_far(&ines, &hash(&file)).await, 0);
}

#[tokio::test]
async fn uploads_that_no_message_carries_are_counted_whole_or_not() {
    let office = Office::open_with(|options| options.limits.unused_uploads_bytes = 10_000).await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let (first, second) = (picture(6_000), picture(6_001));
    assert_eq!(put(&phone, &hash(&first), 0, 6_000, &first).await.0, 200);
    let (status, answer) = put(&phone, &hash(&second), 0, 6_001, &second).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (413, Some("too_large")));
    // Another agent has room of their own, and a file that was sent takes none.
    let anne = office.phone("anne").await;
    assert_eq!(put(&anne, &hash(&second), 0, 6_001, &second[..4_500]).await.0, 200);
    assert_eq!(put(&anne, &hash(&first), 0, 6_000, &first).await.0, 413, "what is here of the other counts");
    assert_eq!(phone.command(send(id, &first, "image", "image/jpeg")).await.0, 202);
    assert_eq!(put(&phone, &hash(&second), 0, 6_001, &second).await.0, 200);
}

#[tokio::test]
async fn a_file_goes_out_as_its_type_only_if_a_browser_may_show_it() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    office.customer("lea", "33612345678");
    for (kind, mime) in [("document", "text/html"), ("image", "image/svg+xml"), ("image", "image/jpeg")] {
        let saying: Saying =
            serde_json::from_value(json!({ "type": "media", "kind": kind, "mime": mime, "base64": "PHNjcmlwdD4=" }))
                .unwrap();
        office.world.says("lea", "atelier", &saying, Manner::default()).await.unwrap();
        office.world.idle().await;
    }
    let id = phone.conversations().await[0]["id"].as_i64().unwrap();
    let mut served = Vec::new();
    for message in phone.messages(id).await {
        let path = format!("/v1/media/{}", message["content"]["media_id"]);
        let answer = phone.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert!(answer.headers()["content-security-policy"].to_str().unwrap().contains("sandbox"));
        let word = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        served.push((word("content-type"), word("content-disposition")));
    }
    let bytes = ("application/octet-stream".to_owned(), "attachment".to_owned());
    assert_eq!(served, [bytes.clone(), bytes, ("image/jpeg".to_owned(), "inline".to_owned())]);
}

#[tokio::test]
async fn what_does_not_have_its_hash_is_thrown_away() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let name = hash(b"what was promised");
    let (status, answer) = put(&phone, &name, 0, 4, b"what").await;
    assert_eq!((status, answer["error"]["code"].as_str()), (422, Some("upload_mismatch")));
    assert_eq!(how_far(&phone, &name).await, 0);
    let (status, answer) = put(&phone, &name, 0, 2, b"more than two").await;
    assert_eq!((status, answer["error"]["code"].as_str()), (400, Some("bad_request")));
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_before_it_is_sent() {
    let office = Office::open_with(|options| options.limits.upload_bytes = 10).await;
    let phone = office.phone("marc").await;
    let (status, answer) = put(&phone, &hash(b"x"), 0, 11, b"x").await;
    assert_eq!((status, answer["error"]["code"].as_str()), (413, Some("too_large")));
}

fn send(id: i64, file: &[u8], kind: &str, mime: &str) -> Value {
    json!({ "kind": "message.send", "conversation_id": id,
            "content": { "type": "media", "kind": kind, "sha256": hash(file), "mime": mime,
                         "size_bytes": file.len(), "name": "photo.jpg", "caption": "La voici" } })
}

#[tokio::test]
async fn an_uploaded_picture_is_sent_and_can_be_read_back_in_parts() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let file = picture(10_000);
    let missing = phone.command(send(id, &file, "image", "image/jpeg")).await;
    assert_eq!((missing.0, missing.1["error"]["code"].as_str()), (422, Some("upload_missing")));
    put(&phone, &hash(&file), 0, file.len(), &file).await;
    let (status, answer) = phone.command(send(id, &file, "image", "image/jpeg")).await;
    assert_eq!(status, 202, "{answer}");
    office.world.idle().await;
    assert_eq!(office.world.ledger().len(), 1);
    let content = data(&answer["rows"], "message")[0]["content"].clone();
    assert_eq!((&content["size_bytes"], &content["caption"]), (&json!(10_000), &json!("La voici")));

    let path = format!("/v1/media/{}", content["media_id"]);
    let whole = phone.request(Method::GET, &path).send().await.unwrap();
    assert_eq!((whole.status().as_u16(), &whole.headers()["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    assert_eq!(whole.bytes().await.unwrap(), file);
    let part = phone.request(Method::GET, &path).header("Range", "bytes=9000-").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], "bytes 9000-9999/10000");
    assert_eq!(part.bytes().await.unwrap(), file[9000..]);
    let (status, answer) = phone.ask(phone.request(Method::GET, &path).header("Range", "bytes=10000-")).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (416, Some("bad_request")));
}

#[tokio::test]
async fn a_file_is_for_those_who_may_see_its_message() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let id = office.lea_wrote(&marc).await;
    let file = picture(100);
    put(&marc, &hash(&file), 0, file.len(), &file).await;
    let (_, answer) = marc.command(send(id, &file, "image", "image/png")).await;
    let path = format!("/v1/media/{}", data(&answer["rows"], "message")[0]["content"]["media_id"]);
    let status = async |phone: &Phone| phone.request(Method::GET, &path).send().await.unwrap().status().as_u16();
    assert_eq!((status(&marc).await, status(&anne).await), (200, 200));
    let assign =
        json!({ "kind": "conversation.assign", "conversation_id": id, "to": { "kind": "agent", "id": marc.agent } });
    marc.command(assign).await;
    assert_eq!((status(&marc).await, status(&anne).await), (200, 404));
}

#[tokio::test]
async fn kinds_types_and_sizes_that_the_channel_does_not_take_are_refused() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let file = picture(600_000);
    put(&phone, &hash(&file), 0, file.len(), &file).await;
    let code =
        async |kind: &str, mime: &str| phone.command(send(id, &file, kind, mime)).await.1["error"]["code"].clone();
    assert_eq!(code("image", "image/heic").await, "not_supported");
    assert_eq!(code("hologram", "image/png").await, "not_supported");
    assert_eq!(code("sticker", "image/webp").await, "too_large");
}

#[tokio::test]
async fn a_customers_picture_is_fetched_once_its_message_is_there() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    office.customer("lea", "33612345678");
    let saying: Saying = serde_json::from_value(json!({ "type": "media", "kind": "image", "mime": "image/jpeg",
        "name": "photo.jpg", "caption": "Cassé", "base64": "aGVsbG8=" }))
    .unwrap();
    office.world.says("lea", "atelier", &saying, Manner::default()).await.unwrap();
    office.world.idle().await;
    let id = phone.conversations().await[0]["id"].as_i64().unwrap();
    let content = phone.messages(id).await[0]["content"].clone();
    assert_eq!((&content["caption"], &content["size_bytes"]), (&json!("Cassé"), &json!(5)));
    let file = phone.request(Method::GET, &format!("/v1/media/{}", content["media_id"])).send().await.unwrap();
    assert_eq!(file.bytes().await.unwrap(), "hello");
}
