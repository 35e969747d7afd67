//! Nobody pauses: everything is dropped with calls under way.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::super::fake::LEA;
use super::super::text;
use super::app::App;
use super::{LONG, in_a_runtime, open_below};
use crate::facade::{Around, shut_down};
use crate::model::MediaId;

const ROUNDS: usize = 40;

/// Set in a process that has only this to do: threads and panics are counted in it.
const ALONE: &str = "RIPOSTE_ALONE";

static PANICS: AtomicU32 = AtomicU32::new(0);

fn in_a_process_of_its_own(test: &str, work: fn(usize)) {
    if std::env::var_os(ALONE).is_none() {
        let this = std::env::current_exe().unwrap();
        let name = format!("facade::tests::pauses::letting_go::{test}");
        let (folder, mut process) = (tempfile::tempdir().unwrap(), Command::new(this));
        process.args([&name, "--exact", "--nocapture"]).env(ALONE, "1");
        if let Some(library) = detach_ends_the_process(folder.path()) {
            process.env("LD_PRELOAD", library);
        }
        let ended = process.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(
            ended.status.success() && said.contains("1 passed"),
            "{said}{}",
            String::from_utf8_lossy(&ended.stderr)
        );
        return;
    }
    std::panic::set_hook(Box::new(|about| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        eprintln!("{about}");
    }));
    (0..ROUNDS).for_each(work);
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
}

/// A library for `LD_PRELOAD` under which a thread that is let go of ends the process always, and not
/// only when it ends at that very moment. None where there is no glibc or no C compiler.
fn detach_ends_the_process(folder: &Path) -> Option<PathBuf> {
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    if !cfg!(target_env = "gnu") || Command::new(&compiler).arg("--version").output().is_err() {
        println!("threads that are let go of are not looked for: no glibc or no C compiler");
        return None;
    }
    let (source, library) = (folder.join("detach.c"), folder.join("detach.so"));
    fs::write(&source, "#include <stdlib.h>\nint pthread_detach(unsigned long thread) { abort(); }\n").unwrap();
    let compile = Command::new(compiler).args(["-shared", "-fPIC", "-o"]).args([&library, &source]).output().unwrap();
    assert!(compile.status.success(), "{}", String::from_utf8_lossy(&compile.stderr));
    Some(library)
}

/// Threads of the core.
fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().flatten().filter(|thread| is_ours(&thread.path()) == Some(true)).count()
}

fn is_ours(thread: &Path) -> Option<bool> {
    let stat = fs::read_to_string(thread.join("stat")).ok()?;
    let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
    let flags: u64 = rest.split_whitespace().nth(6)?.parse().ok()?;
    // The first thread of this process has the name of its file, which begins like that, too. And one
    // that was joined can stand there for a moment more, as one that is ending (the kernel's PF_EXITING).
    Some(["riposte", "riposte-close", "riposte-end"].contains(&name) && flags & 4 == 0)
}

/// A few calls under way, and some that have just begun.
async fn in_the_middle(round: usize) -> App {
    let app = App::signed_in().await;
    let account = app.account.clone();
    let calls: Vec<_> = (0..8)
        .map(|number| {
            let account = account.clone();
            tokio::spawn(async move {
                let lea = account.conversation(LEA);
                match number % 4 {
                    0 => drop(lea.send(text("Oui"), None).await),
                    1 => drop(lea.media(MediaId(9)).await),
                    2 => drop(account.settled(60_000).await),
                    _ => drop(lea.screen(Around::Newest, 50).await),
                }
            })
        })
        .collect();
    for _ in 0..round {
        tokio::task::yield_now().await;
    }
    // Whoever asked stops waiting; what was begun goes on by itself.
    calls.iter().for_each(tokio::task::JoinHandle::abort);
    for call in calls {
        call.await.ok();
    }
    app
}

#[test]
fn everything_dropped_with_calls_under_way_leaves_no_thread_and_no_file() {
    in_a_process_of_its_own("everything_dropped_with_calls_under_way_leaves_no_thread_and_no_file", |round| {
        let folder = in_a_runtime(async {
            let App { riposte, account, folder, .. } = in_the_middle(round).await;
            drop(riposte);
            drop(account);
            folder
        });
        let from = Instant::now();
        while threads() > 0 || !open_below(folder.path()).is_empty() {
            assert!(from.elapsed() < LONG, "{} threads, open: {:?}", threads(), open_below(folder.path()));
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}

#[test]
fn after_shut_down_no_thread_is_left_of_what_was_dropped_just_before() {
    in_a_process_of_its_own("after_shut_down_no_thread_is_left_of_what_was_dropped_just_before", |round| {
        in_a_runtime(async {
            let App { riposte, account, folder, .. } = in_the_middle(round).await;
            drop(riposte);
            drop(account);
            shut_down();
            assert_eq!((threads(), open_below(folder.path())), (0, Vec::new()));
        });
    });
}

#[test]
fn after_shut_down_no_thread_is_left_and_calls_say_paused() {
    in_a_process_of_its_own("after_shut_down_no_thread_is_left_and_calls_say_paused", |round| {
        in_a_runtime(async {
            let app = in_the_middle(round).await;
            let waits = tokio::spawn({
                let account = app.account.clone();
                async move { account.flush(60_000).await }
            });
            shut_down();
            assert_eq!(threads(), 0);
            let ended = tokio::time::timeout(LONG, waits).await.expect("it hangs").unwrap();
            assert!(matches!(ended, Ok(_) | Err(crate::facade::Error::Paused)), "{ended:?}");
            let later = tokio::time::timeout(LONG, app.account.inbox().counts()).await.expect("it hangs");
            assert_eq!(later, Err(crate::facade::Error::Paused));
        });
    });
}
