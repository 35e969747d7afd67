use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use riposte::model::ChannelKind;
use riposte_server::channels::whatsapp::webhook::read;
use riposte_server::{Options, start};

const PROGRAM: &str = env!("CARGO_BIN_EXE_riposte-server");

fn run(data: &Path, args: &[&str]) -> Output {
    Command::new(PROGRAM).args(args).arg("--data").arg(data).output().unwrap()
}

/// The same in a folder that holds the files that an example names.
fn run_in(folder: &Path, data: &Path, args: &[&str]) -> Output {
    Command::new(PROGRAM).args(args).arg("--data").arg(data).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A server that was started from the command line, and its first lines.
struct Serving {
    child: Child,
    lines: Vec<String>,
}

impl Serving {
    fn start(data: &Path, args: &[&str]) -> Self {
        let mut child =
            Command::new(PROGRAM).args(args).arg("--data").arg(data).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            lines.push(line.unwrap());
            if lines.last().unwrap().starts_with("Listening on ") {
                break;
            }
        }
        Self { child, lines }
    }

    fn address(&self) -> &str {
        self.lines.last().unwrap().strip_prefix("Listening on http://").unwrap()
    }

    fn interrupt(mut self) -> bool {
        Command::new("kill").arg("-INT").arg(self.child.id().to_string()).status().unwrap();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The words of a command line, as a shell splits them.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            letter => word.push(letter),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// What stands behind *Example:* in a help text, however it was wrapped.
fn example(help: &str) -> Vec<String> {
    let (_, example) = help.split_once("Example: riposte-server").unwrap_or_else(|| panic!("no example in {help}"));
    split(&example.replace('\n', " "))
}

fn subcommands() -> Vec<String> {
    let help = said(&Command::new(PROGRAM).arg("--help").output().unwrap());
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let names = list.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_example_of_the_help_runs() {
    let (folder, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for file in ["token.txt", "app-secret.txt", "verify-token.txt"] {
        std::fs::write(here.path().join(file), "secret\n").unwrap();
    }
    let mut last = Vec::new();
    for name in subcommands() {
        let help = said(&Command::new(PROGRAM).args([name.as_str(), "--help"]).output().unwrap());
        let mut args = example(&help);
        assert_eq!(args[0], name, "{help}");
        if ["serve", "story"].contains(&name.as_str()) {
            // Any free port: another test may have that one.
            args.iter_mut().for_each(|arg| *arg = arg.replace(":8060", ":0"));
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            assert!(Serving::start(folder.path(), &args).interrupt(), "{args:?}");
            continue;
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        // The first start made Marc.
        let args: Vec<&str> =
            args.into_iter().map(|arg| if arg == "marc@example.com" { "m@example.com" } else { arg }).collect();
        if name == "separate" {
            // Nobody was joined here.
            assert!(said(&run_in(here.path(), folder.path(), &args)).contains("there is no such joining"), "{args:?}");
            continue;
        }
        if ["restore", "remove-agent"].contains(&name.as_str()) {
            last.push(args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>());
            continue;
        }
        let output = run_in(here.path(), folder.path(), &args);
        assert!(output.status.success(), "{args:?}: {}", said(&output));
    }
    let listed = said(&run(folder.path(), &["list"]));
    for what in [
        "agent 1: Marc, administrator",
        "agent 2: Marc",
        "group 1: Orders, public",
        "saved reply 1: Hello",
        "Whatsapp Atelier Nord 33199000001",
    ] {
        assert!(listed.contains(what), "{what:?} is not in {listed}");
    }
    // What makes a folder of its own, and what takes Marc away.
    for args in last {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = match args.as_slice() {
            ["restore", "--from", backup, "--data", data] => {
                run_in(here.path(), &here.path().join(data), &["restore", "--from", backup])
            }
            args => run(folder.path(), args),
        };
        assert!(output.status.success(), "{args:?}: {}", said(&output));
    }
    assert!(!said(&run(folder.path(), &["list"])).contains("agent 2"));
}

#[tokio::test]
async fn a_story_of_another_process_says_how_far_behind_a_phone_may_be() {
    for (flag, feed) in [(true, serde_json::json!({})), (false, serde_json::json!({ "most_items": 0 }))] {
        let folder = tempfile::tempdir().unwrap();
        let mut args = vec!["story", "--at", "2026-11-02T00:00:00+01:00"];
        args.extend(["--most-items", "0"].iter().filter(|_| flag));
        let serving = Serving::start(folder.path(), &args);
        let url = format!("http://{}", serving.address());
        let client = riposte_server::channels::graph::client().unwrap().build().unwrap();
        let cast = serde_json::json!({ "account": { "name": "Atelier Nord", "utc_offset_minutes": 60, "first_day": "2026-11-02" },
                                       "agents": { "marc": { "name": "Marc" } }, "feed": feed });
        let mut misspelt = cast.clone();
        misspelt["feed"] = serde_json::json!({ "most_item": 0 });
        let refused = client.post(format!("{url}/sim/cast")).json(&misspelt).send().await.unwrap();
        assert_eq!(refused.status(), 422, "a cast is read to the last field");
        let brought = client.post(format!("{url}/sim/cast")).json(&cast).send().await.unwrap();
        let brought: serde_json::Value = serde_json::from_slice(&brought.bytes().await.unwrap()).unwrap();
        let marc = &brought["agents"]["marc"];
        let body = serde_json::json!({ "email": marc["email"], "password": marc["password"],
                                       "device_id": "d", "device_name": "d", "platform": "script" });
        let session = client.post(format!("{url}/v1/session")).json(&body).send().await.unwrap();
        let session: serde_json::Value = serde_json::from_slice(&session.bytes().await.unwrap()).unwrap();
        let token = session["access_token"].as_str().unwrap();
        let page = client.get(format!("{url}/v1/changes?since=e1.0")).bearer_auth(token).send().await.unwrap();
        let page: serde_json::Value = serde_json::from_slice(&page.bytes().await.unwrap()).unwrap();
        assert_eq!(page["error"]["reason"], "too_many", "{page}");
        assert!(serving.interrupt());
    }
}

#[tokio::test]
async fn what_was_set_aside_can_be_listed_and_only_on_demand_says_what_customers_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { data: Some(folder.path().into()), ..Options::default() };
    let running = start(options).await.unwrap();
    let webhook = br#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":"secret words"}]}]}"#;
    let taken = running.inbox().receive(ChannelKind::Whatsapp, read(webhook)).await.unwrap();
    assert_eq!(taken.set_aside, 1);
    running.stop().await;

    let listed = said(&run(folder.path(), &["set-aside"]));
    assert!(listed.starts_with("1 set aside\n1 ") && listed.contains("whatsapp"), "{listed}");
    assert!(!listed.contains("secret words"), "{listed}");
    assert!(said(&run(folder.path(), &["set-aside", "--raw"])).contains("secret words"));
    assert!(said(&run(folder.path(), &["set-aside", "--limit", "0"])).starts_with("0 set aside"));
}

#[tokio::test]
async fn a_first_start_without_configuration_prints_a_sign_in_that_works() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path(), &["--simulator", "--listen", "127.0.0.1:0"]);
    let sign_in = |line: &String| line.strip_prefix("An agent: marc@example.com, password ").map(str::to_owned);
    let first = serving.lines.iter().find_map(sign_in).unwrap();
    let said = |word: &str| serving.lines.iter().any(|line| line.contains(word));
    assert!(said("lea") && said("The simulator's Graph API: http://127.0.0.1:"), "{:?}", serving.lines);
    let body = serde_json::json!({ "email": "marc@example.com", "password": first, "device_id": "d", "device_name": "d", "platform": "script" });
    let client = riposte_server::channels::graph::client().unwrap().build().unwrap();
    let answer = client.post(format!("http://{}/v1/session", serving.address())).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let says = serde_json::json!({ "on": "whatsapp", "content": { "type": "text", "body": "Bonjour" } });
    let lea = |address: &str| client.post(format!("http://{address}/sim/customers/lea/says")).json(&says).send();
    assert_eq!(lea(serving.address()).await.unwrap().status(), 200);
    assert!(serving.interrupt());

    // A second start prints no agent; the customers are there again.
    let again = Serving::start(folder.path(), &["--simulator", "--listen", "127.0.0.1:0"]);
    assert!(!again.lines.iter().any(|line| line.contains("password")), "{:?}", again.lines);
    assert_eq!(lea(again.address()).await.unwrap().status(), 200);
}

fn fails(data: &Path, args: &[&str], code: i32, words: &str) {
    let output = run(data, args);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {}", said(&output));
    assert!(said(&output).contains(words), "{args:?}: {}", said(&output));
}

#[test]
fn a_command_that_fails_prints_why_and_exits_with_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fails(&data, &["dance"], 2, "unrecognized subcommand");
    fails(&data, &["add-agent", "--name", "Marc"], 2, "--email");
    fails(&data, &["serve", "--listen", "nowhere"], 2, "--listen");
    fails(&data, &["serve", "--simulator", "--listen", "0.0.0.0:0"], 1, "loopback");
    fails(&data, &["story", "--at", "2026-11-02T00:00:00+01:00", "--listen", "0.0.0.0:0"], 1, "loopback");
    fails(&data, &["serve", "--faults", "{\"rules\": [{}]}"], 2, "--faults");
    fails(&data, &["add-channel", "--kind", "fax", "--name", "x", "--provider-id", "1"], 2, "fax");
    fails(
        &data,
        &["add-agent", "--name", "M", "--email", "m@x.org", "--password", "short"],
        1,
        "at least 8 characters",
    );
    fails(&data, &["add-agent", "--name", "M", "--email", "m@x.org", "--group", "9"], 1, "there is no such group");
    assert!(run(&data, &["grant"]).status.success());
    fails(&data, &["grant"], 1, "granted already");

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    fails(&data, &["serve", "--listen", &taken.local_addr().unwrap().to_string()], 1, "cannot listen");

    let file = folder.path().join("a-file");
    std::fs::write(&file, "not a folder").unwrap();
    fails(&file, &["list"], 1, "cannot be used");
    std::fs::create_dir(folder.path().join("odd")).unwrap();
    std::fs::write(folder.path().join("odd/inbox.db"), "no database at all, but long enough to be looked at").unwrap();
    fails(&folder.path().join("odd"), &["list"], 1, "database");
}

#[test]
fn secrets_come_from_a_file_from_standard_input_or_from_the_environment() {
    use std::io::Write;
    let (folder, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(here.path().join("token"), "EAAG-from-a-file\n").unwrap();
    let mut child = Command::new(PROGRAM)
        .args(["add-channel", "--kind", "whatsapp", "--name", "n", "--provider-id", "1"])
        .args(["--token-file", "token", "--app-secret-file", "-"])
        .env("RIPOSTE_VERIFY_TOKEN", "from-the-environment")
        .arg("--data")
        .arg(folder.path())
        .current_dir(here.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"from-standard-input\r\n").unwrap();
    assert!(child.wait().unwrap().success());
    let db = rusqlite::Connection::open(folder.path().join("inbox.db")).unwrap();
    let kept: (String, String, String) = db
        .query_row("SELECT token, app_secret, verify_token FROM channel_link", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(kept, ("EAAG-from-a-file".into(), "from-standard-input".into(), "from-the-environment".into()));

    let args = ["add-agent", "--name", "M", "--email", "m@x.org"];
    let output = Command::new(PROGRAM)
        .args(args)
        .env("RIPOSTE_PASSWORD", "a long password")
        .arg("--data")
        .arg(folder.path())
        .output();
    assert_eq!(said(&output.unwrap()), "m@x.org can sign in\n");
    let missing = ["add-agent", "--name", "N", "--email", "n@x.org", "--password-file", "nowhere"];
    fails(folder.path(), &missing, 1, "the password cannot be read");
    let help = said(&Command::new(PROGRAM).args(["add-channel", "--help"]).output().unwrap());
    assert!(!help.contains("--token ") && help.contains("--token-file"), "{help}");
    // Scripts that still give a secret on the command line hear what is wrong with that.
    let given = said(&run(folder.path(), &["set-password", "--email", "m@x.org", "--password", "another password"]));
    assert!(given.contains("every user of this machine") && !given.contains("another password"), "{given}");
}

#[test]
fn beside_a_server_that_runs_it_is_backed_up_and_its_sessions_are_ended() {
    let (folder, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let _serving = Serving::start(folder.path(), &["--listen", "127.0.0.1:0"]);
    let (backup, data) = (here.path().join("backup"), here.path().join("data"));
    assert!(run(folder.path(), &["backup", "--to", backup.to_str().unwrap()]).status.success());
    fails(folder.path(), &["backup", "--to", backup.to_str().unwrap()], 1, "is not empty");
    assert!(said(&run(folder.path(), &["sessions"])).starts_with("0 sessions"));
    assert!(run(folder.path(), &["end-session", "--email", "marc@example.com"]).status.success());
    fails(folder.path(), &["end-session", "--session", "1"], 1, "there is no such session");
    fails(folder.path(), &["end-session"], 2, "--session");
    fails(folder.path(), &["remove-agent", "--email", "nobody@example.com"], 1, "there is no such agent");
    let storage = said(&run(folder.path(), &["storage"]));
    assert!(storage.contains("set_aside: 0, 0 bytes; kept 30 days, at most 64 MiB"), "{storage}");
    let changed = said(&run(folder.path(), &["keep", "--kind", "files", "--days", "365"]));
    assert!(changed.contains("files: 0, 0 bytes; kept 365 days, any size"), "{changed}");
    fails(folder.path(), &["restore", "--from", backup.to_str().unwrap()], 1, "is not empty");
    assert!(run(&data, &["restore", "--from", backup.to_str().unwrap()]).status.success());
    assert!(said(&run(&data, &["list"])).contains("agent 1: Marc"));
    fails(&here.path().join("nowhere"), &["sessions"], 1, "is no data folder");
}

#[test]
fn two_servers_do_not_share_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let _serving = Serving::start(folder.path(), &["--listen", "127.0.0.1:0"]);
    fails(folder.path(), &["list"], 1, "in use");
}
