//! Commands waiting to leave: durable, keyed, and in the order in which the agent gave them.
//!
//! Lives here: taking a command in ([`give`]), a pure machine that says what to do next
//! ([`machine`]) and what an answer means ([`answer`]), the task that does it ([`task`], one [`step`]
//! at a time per conversation, its [`outcome`] written), and what the agent can do about a command
//! that does not get on ([`decide`]). Does not live here: how a command is written to disk (`store`)
//! or to the wire (`backend`), how a file travels and how the feed is read (met through
//! [`parts::Uploads`] and [`parts::Feed`]).

mod answer;
mod bell;
mod decide;
mod give;
mod look;
mod machine;
mod outcome;
mod parts;
mod step;
mod task;

pub(crate) use bell::Bell;
pub(crate) use decide::{Outcome, Problem, Wish, carry_out};
pub(crate) use give::{Given, give};
pub(crate) use parts::{Feed, Listener, Parts, Uploads};
pub(crate) use task::run;

#[cfg(test)]
mod answer_tests;
#[cfg(test)]
mod clock_runs;
#[cfg(test)]
mod machine_tests;
