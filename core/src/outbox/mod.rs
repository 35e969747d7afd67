//! Commands waiting to leave: durable, keyed, and in the order in which the agent gave them.
//!
//! Lives here: accepting a command (`give`), the task that sends (`task`: one `step` at a time per
//! conversation, its result written by `finish`, messages behind it by `followers`), and carrying out
//! what the agent chooses about a waiting command (`choice`). Does not live here: what may leave, what
//! an answer means and what the agent may choose ([`crate::rules::sending`]); how a command is written
//! to disk (`store`) or to the wire (`backend`); how a file travels and how the feed is read (met
//! through [`Uploads`] and [`Feed`]).

mod answer;
mod bell;
mod cached;
mod choice;
#[cfg(test)]
mod clock_runs;
mod finish;
mod followers;
mod give;
mod parts;
mod step;
mod task;
mod task_state;

pub(crate) use bell::Bell;
pub(crate) use choice::{ChoiceError, ChoiceResult, carry_out};
pub(crate) use give::{Given, give};
pub(crate) use parts::{Feed, Listener, Parts, Uploads};
pub(crate) use task::run;
