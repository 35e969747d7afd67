//! Subscriptions and files, in every order that chance finds.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;

use super::fake::FakeInbox;
use crate::clock::ManualClock;
use crate::facade::changes::{ChangeStream, Changed, Hub};
use crate::media::{self, MediaError, MediaFiles};
use crate::model::{ConversationId, MediaId};
use crate::task::model::{explore, point, thread, threads};

fn conversation(id: i64) -> Changed {
    Changed::Conversation { id: ConversationId(id) }
}

/// Takes batches until the stream ends.
async fn listens(stream: Arc<ChangeStream>, heard: Arc<Mutex<BTreeSet<Changed>>>) {
    while let Some(batch) = stream.next().await {
        assert!(!batch.is_empty() && batch.is_sorted(), "each once, in order");
        heard.lock().unwrap().extend(batch);
    }
}

#[test]
fn model_what_is_announced_is_heard() {
    explore("changes: announced by two, heard by two, given up by one", 2_000, || {
        let hub = Arc::new(Hub::default());
        let (stream, heard) = (hub.stream(), Arc::new(Mutex::new(BTreeSet::new())));
        let announces = |ids: [i64; 2]| {
            let hub = hub.clone();
            async move { ids.into_iter().for_each(|id| hub.announce(&[Changed::Inbox, conversation(id)])) }
        };
        let listeners = [(); 2].map(|()| thread(listens(stream.clone(), heard.clone())));
        let gives_up = {
            let stream = stream.clone();
            async move {
                let mut next = Box::pin(stream.next());
                // One look, and never again. What it took, it has heard.
                futures_util::poll!(&mut next).map(drop)
            }
        };
        let taken = Arc::new(Mutex::new(false));
        let impatient = {
            let taken = taken.clone();
            async move { *taken.lock().unwrap() = gives_up.await.is_ready() }
        };
        threads([announces([1, 2]).boxed(), announces([3, 4]).boxed(), impatient.boxed()]);
        hub.end();
        listeners.into_iter().for_each(|listener| listener.join().unwrap());
        let all = BTreeSet::from([Changed::Inbox, conversation(1), conversation(2), conversation(3), conversation(4)]);
        let heard = heard.lock().unwrap();
        assert!(*heard == all || *taken.lock().unwrap(), "{heard:?}");
    });
}

#[test]
fn model_who_is_slow_is_told_to_read_everything() {
    explore("changes: more than can be kept", 500, || {
        let hub = Arc::new(Hub::default());
        let (stream, heard) = (hub.stream(), Arc::new(Mutex::new(BTreeSet::new())));
        let listener = thread(listens(stream, heard.clone()));
        let many = |from: i64| {
            let hub = hub.clone();
            async move {
                let changes: Vec<Changed> = (from..from + 200).map(conversation).collect();
                changes.chunks(100).for_each(|some| hub.announce(some));
            }
        };
        threads([many(0).boxed(), many(200).boxed()]);
        hub.end();
        listener.join().unwrap();
        let heard = heard.lock().unwrap();
        assert!(heard.contains(&Changed::Overflow) || (0..400).all(|id| heard.contains(&conversation(id))));
    });
}

#[test]
fn model_a_stream_ends_for_everybody_who_waits_on_it() {
    explore("changes: stopped, ended and dropped while others wait", 2_000, || {
        let hub = Arc::new(Hub::default());
        let streams = [hub.stream(), hub.stream()];
        let heard = Arc::default();
        let listeners = [(0, ()), (0, ()), (1, ())].map(|(number, ())| {
            let stream: &Arc<ChangeStream> = &streams[number];
            thread(listens(stream.clone(), Arc::clone(&heard)))
        });
        let stops = {
            let stream = streams[0].clone();
            async move { stream.stop() }
        };
        let [_, second] = streams;
        let drops = async move { drop(second) };
        let announces = {
            let hub = hub.clone();
            async move { hub.announce(&[Changed::Outbox]) }
        };
        threads([stops.boxed(), drops.boxed(), announces.boxed()]);
        // The account is gone.
        drop(hub);
        listeners.into_iter().for_each(|listener| listener.join().unwrap());
    });
}

#[test]
fn model_files_are_fetched_once_and_closed_for_all() {
    explore("media: two fetch one file, beside close and reopen", 500, || {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let files = MediaFiles::new(folder.path().to_owned());
        let server = FakeInbox::new(&ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap()));
        let fetches = || {
            let (files, server) = (files.clone(), server.clone());
            async move {
                match media::download(&files, &server, MediaId(9)).await {
                    Ok(kept) => assert_eq!(kept.size_bytes, 7),
                    Err(MediaError::Closed) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        };
        let closes = {
            let (files, folder) = (files.clone(), folder.path().to_owned());
            async move {
                let listed = || fs::read_dir(folder.join("media")).map_or(0, |files| files.count());
                files.close().await;
                let before = listed();
                point();
                assert_eq!(listed(), before, "at work behind a closed door");
                files.reopen().await;
            }
        };
        threads([fetches().boxed(), fetches().boxed(), closes.boxed()]);
        let kept = shuttle::future::block_on(media::download(&files, &server, MediaId(9))).unwrap();
        assert_eq!(fs::read(files.path(&kept.file)).unwrap(), b"a photo");
        // The file, and the folder of ids.
        assert_eq!(fs::read_dir(folder.path().join("media")).unwrap().count(), 2);
    });
}
