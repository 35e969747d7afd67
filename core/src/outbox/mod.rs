//! Commands waiting to leave: durable, keyed, and in the order in which the agent gave them.
//!
//! Lives here: what may be queued ([`enqueue`]), a pure machine that says what to do next
//! ([`machine`]) and what an answer means ([`answer`]), and the task that does it ([`task`]). Does
//! not live here: how a command is written to disk (`store`) or to the wire (`backend`), and how
//! a file travels (`media`, met through [`Uploads`]).

mod answer;
mod machine;

#[cfg(test)]
mod answer_tests;
#[cfg(test)]
mod machine_tests;
