//! `pause()` at every point at which a flow waits: no file is open afterwards, nothing runs, calls
//! say so, and after `resume()` everything ends as if nobody had paused.
//!
//! The list of points is made by the code: a [`Watch`](crate::task::watch::Watch) counts where the
//! core's tasks wait while a flow runs, and each is tried, in an app of its own. `cargo test -p
//! riposte pauses -- --nocapture` prints the counts. `RIPOSTE_FLOW=name` tries one flow,
//! `RIPOSTE_POINT=n` one point.
//!
//! - `flows`: what an app does; `app`: the app that does it;
//! - `load`: paused while many calls are under way; `letting_go`: nobody pauses, and everything is
//!   dropped.

mod app;
mod flows;
mod letting_go;
mod load;

use std::path::Path;
use std::time::{Duration, Instant};

use self::app::App;
use self::flows::{Flow, flows};
use crate::facade::{ConnectionState, Error};

/// Nothing waits for so long; only a fault does.
const LONG: Duration = Duration::from_secs(20);

/// What is promised for `pause()` on a phone. Here everything shares two cores with other tests: only
/// the median must keep to it, and none may take so long as something that waits for a timer does.
const PROMISED: Duration = Duration::from_millis(200);
const NEVER: Duration = Duration::from_millis(2_500);

#[test]
fn pause_comes_at_every_point_at_which_a_flow_waits_and_nothing_is_lost_done_twice_or_left_open() {
    let only = std::env::var("RIPOSTE_FLOW").ok();
    let point: Option<u64> = std::env::var("RIPOSTE_POINT").ok().map(|point| point.parse().unwrap());
    let mut took = Vec::new();
    let (mut points, mut tried) = (0, 0);
    for flow in flows().into_iter().filter(|flow| only.as_deref().is_none_or(|only| only == flow.name)) {
        let expected = in_a_runtime(undisturbed(&flow));
        let mut here = 0;
        for at in point.map_or(0..u64::MAX, |point| point..point + 1) {
            match in_a_runtime(paused_at(&flow, at, &expected)) {
                Some(span) => took.push(span),
                None => break,
            }
            here += 1;
        }
        println!("{:28} {here:4} points", flow.name);
        points += here;
        tried += 1;
    }
    took.sort();
    let (middle, longest) = (took[took.len() / 2], took[took.len() - 1]);
    println!("{tried} flows, {points} points; pause(): half within {middle:.1?}, the longest {longest:.1?}");
    assert!(middle <= PROMISED && longest <= NEVER);
}

fn in_a_runtime<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// What is to come of a flow.
async fn undisturbed(flow: &Flow) -> Vec<String> {
    let mut app = App::signed_in().await;
    (flow.prepare)(&mut app).await.unwrap();
    (flow.run)(&mut app).await.unwrap();
    app.comes_to_rest().await
}

/// Pauses at one point of a flow, counted from its beginning. None: it ends before.
async fn paused_at(flow: &Flow, at: u64, expected: &[String]) -> Option<Duration> {
    let what = format!("RIPOSTE_FLOW='{}' RIPOSTE_POINT={at}", flow.name);
    let mut app = App::signed_in().await;
    (flow.prepare)(&mut app).await.unwrap();
    let (watch, riposte, account) = (app.watch.clone(), app.riposte.clone(), app.account.clone());
    let folder = app.folder.path().join("riposte");
    watch.arm(Some(at));

    let mut running = Box::pin((flow.run)(&mut app));
    tokio::select! {
        biased;
        () = watch.reached() => {}
        ended = &mut running => {
            ended.unwrap();
            return None;
        }
    }
    let from = Instant::now();
    let paused = async { if flow.whole { riposte.pause().await } else { account.pause().await } };
    tokio::time::timeout(LONG, paused).await.unwrap_or_else(|_| panic!("{what}: pause() does not end")).unwrap();
    let took = from.elapsed();
    assert_eq!(open_below(&folder), [""; 0], "{what}: open after pause()");
    watch.arm(None);
    drop(riposte);

    // What was cut ends soon, and neither opens nor changes a file.
    let before = listed(&folder.join("accounts"));
    let ended = if flow.resumes {
        running.as_mut().await
    } else if flow.forgets {
        // Before it began or after it ended, and nothing in between.
        let there = ["outbox.db", "cache.db", "account.json"].map(|file| before.iter().any(|line| line.contains(file)));
        assert!(there == [true; 3] || before.is_empty(), "{what}: half forgotten");
        running.as_mut().await
    } else {
        let ended = stays_closed(&folder, &what, running.as_mut());
        let ended = tokio::time::timeout(LONG, ended).await.unwrap_or_else(|_| panic!("{what}: it hangs"));
        assert_eq!(listed(&folder.join("accounts")), before, "{what}: changed after pause()");
        ended
    };
    drop(running);
    let gone = flow.forgets && ended.is_ok();
    if !flow.resumes && !gone {
        app.calls_say_paused(&what).await;
        assert_eq!(open_below(&folder), [""; 0], "{what}: opened by a call that said Paused");
    }
    if let Err(error) = &ended {
        assert!(matches!(error, Error::Paused), "{what}: it ended with {error:?}");
    }

    // What was not opened is opened by the flow itself.
    let resumed = if flow.whole && ended.is_err() { Ok(()) } else { app.account.resume().await };
    match resumed {
        Ok(()) => {}
        // Signed out, in whole or to be done again.
        Err(Error::SignedOut) => assert!(flow.forgets || flow.whole, "{what}: signed out"),
        Err(error) => panic!("{what}: resume() ended with {error:?}"),
    }
    assert!(
        flow.forgets || flow.whole || app.account.connection() != ConnectionState::Paused,
        "{what}: it stays paused"
    );
    if ended.is_err() {
        (flow.run)(&mut app).await.unwrap_or_else(|error| panic!("{what}: again, it ended with {error:?}"));
    }
    let told = tokio::time::timeout(LONG, app.comes_to_rest()).await.unwrap_or_else(|_| panic!("{what}: no rest"));
    assert_eq!(told, expected, "{what}");
    Some(took)
}

/// Looks again and again whether a file is open, until the work has ended.
async fn stays_closed<T>(folder: &Path, what: &str, work: impl Future<Output = T>) -> T {
    let opened = async {
        loop {
            assert_eq!(open_below(folder), [""; 0], "{what}: opened after pause()");
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    };
    tokio::select! {
        ended = work => ended,
        () = opened => unreachable!("it looks for ever"),
    }
}

/// Files below a folder that this process has open.
fn open_below(folder: &Path) -> Vec<String> {
    let links = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let files = links.filter_map(|link| std::fs::read_link(link.path()).ok());
    files.filter(|file| file.starts_with(folder)).map(|file| file.to_string_lossy().into_owned()).collect()
}

/// Every file below a folder, its length and when it was written.
fn listed(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(about) if about.is_dir() => files.extend(listed(&entry.path())),
            Ok(about) => files.push(format!("{:?} {} {:?}", entry.path(), about.len(), about.modified().unwrap())),
            Err(_) => {}
        }
    }
    files.sort();
    files
}
