//! What does each rule cost? `cargo bench -p riposte --bench rules`, in a release build.
//!
//! No harness of its own weight: each rule is run in rounds until a tenth of a second is over, and
//! the fastest of twenty rounds is printed, which is what the rule costs when nothing else runs.
//! `cargo test` does not build it. A rule is added as one line of `RULES`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that cannot set up has nothing to measure")]
#![allow(clippy::print_stdout, reason = "a table is all it has to give")]

mod money;

use std::hint::black_box;
use std::time::{Duration, Instant};

/// A rule with a name, and a round of it.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) run: Box<dyn Fn()>,
}

/// A rule whose result is not thrown away before it was worked out.
pub(crate) fn rule<T>(name: &'static str, work: impl Fn() -> T + 'static) -> Rule {
    Rule { name, run: Box::new(move || drop(black_box(work()))) }
}

const ROUNDS: u32 = 20;
const ROUND: Duration = Duration::from_millis(5);

fn main() {
    // `cargo bench NAME` measures the rules whose names contain it; cargo's own flags are not names.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    println!("{:<64} {:>12}", "rule", "one call");
    for rule in money::rules() {
        if wanted.is_empty() || wanted.iter().any(|word| rule.name.contains(word.as_str())) {
            println!("{:<64} {:>9} ns", rule.name, fastest(&rule).as_nanos());
        }
    }
}

/// The fastest round's time for one call.
fn fastest(rule: &Rule) -> Duration {
    let mut calls = 1_u32;
    loop {
        let took = time(rule, calls);
        if took >= ROUND {
            break;
        }
        calls = calls.saturating_mul(2);
    }
    (0..ROUNDS).map(|_| time(rule, calls)).min().unwrap_or_default() / calls
}

fn time(rule: &Rule, calls: u32) -> Duration {
    let began = Instant::now();
    (0..calls).for_each(|_| (rule.run)());
    began.elapsed()
}
