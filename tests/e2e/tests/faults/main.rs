//! Sent exactly once, under every fault at once.
//!
//! Each seed is one to three agents who answer the same customers while the server drops, delays,
//! refuses, cuts, hangs, reports a wrong time and answers in the name of another server, their apps are paused
//! and closed, the provider refuses and fails, and in some the server goes back to a backup. They send
//! words, photos and templates, take back, try again and decide what is asked. Then the faults stop and
//! no person does anything. The simulator's own ledger judges what the customers got; each phone must show
//! what a phone shows that signs in only now, and keep the same rows, which are the server's as that
//! agent sees them.
//!
//! `RIPOSTE_SEEDS=n`: how many (300), `RIPOSTE_SEEDS=n-m`: from one to another. `RIPOSTE_SEED=n`: this
//! one only. A seed decides what people do
//! and what happens to the n-th call; threads still interleave as they like, so a rare failure may
//! need its seed run more than once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod given;
mod judge;
mod plan;
mod run;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use self::run::run;

/// Runs side by side: more than cores, because they wait for the disk.
const WORKERS: usize = 8;

type Outcome<T> = Result<T, String>;

fn said<E: std::fmt::Display>(error: E) -> String {
    error.to_string()
}

/// The seeds to try.
fn seeds() -> RangeInclusive<u64> {
    let number = |text: &str| text.parse::<u64>().expect("a number");
    let asked = |name: &str| std::env::var(name).ok();
    if let Some(seed) = asked("RIPOSTE_SEED") {
        return number(&seed)..=number(&seed);
    }
    match asked("RIPOSTE_SEEDS").as_deref().map(|seeds| seeds.split_once('-').ok_or(seeds)) {
        None => 1..=300,
        Some(Ok((first, last))) => number(first)..=number(last),
        Some(Err(last)) => 1..=number(last),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_key_once_none_that_was_cancelled_and_in_order_under_every_fault_at_once() {
    let seeds = seeds();
    let (first, last) = (*seeds.start(), *seeds.end());
    let (next, failed) = (Arc::new(AtomicU64::new(first)), Arc::new(AtomicBool::new(false)));
    let worker = || {
        let (next, failed) = (next.clone(), failed.clone());
        async move {
            let mut all = Tally::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed > last || failed.load(Ordering::Relaxed) {
                    return Ok(all);
                }
                match run(seed).await {
                    Ok(tally) => all.add(&tally),
                    Err(what) => {
                        failed.store(true, Ordering::Relaxed);
                        return Err((seed, what));
                    }
                }
            }
        }
    };
    let workers: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(worker())).collect();
    let mut all = Tally::default();
    for worker in workers {
        match worker.await.unwrap() {
            Ok(tally) => all.add(&tally),
            Err((seed, what)) => {
                panic!("seed {seed}: {what}\nagain: RIPOSTE_SEED={seed} cargo test -p riposte-e2e --test faults")
            }
        }
    }
    println!("{} runs: {all:?}", all.counts.get("runs").copied().unwrap_or_default());
    if last - first >= 99 {
        // A property whose faults never happen proves nothing.
        for what in [
            "delay",
            "dropped_before",
            "dropped_after",
            "status",
            "truncated",
            "not_json",
            "closed",
            "half_open",
            "gone",
            "clock_moved",
            "commands",
            "photos",
            "templates",
            "delivered",
            "cancelled",
            "retried",
            "restored",
            "asked",
            "decided",
            "refused",
            "rows",
        ] {
            assert!(all.counts.get(what).is_some_and(|times| *times > 0), "{what}: never in all these runs");
        }
    }
}

/// How often each thing happened.
#[derive(Debug, Default)]
struct Tally {
    counts: BTreeMap<&'static str, u64>,
}

impl Tally {
    fn count(&mut self, what: &'static str, times: u64) {
        *self.counts.entry(what).or_default() += times;
    }

    fn add(&mut self, other: &Self) {
        other.counts.iter().for_each(|(what, times)| self.count(what, *times));
    }
}
