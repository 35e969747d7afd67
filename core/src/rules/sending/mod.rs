//! What may leave this phone now, what waits, and what is the agent asked?
//!
//! Lives here: which command leaves next and what it waits for ([`queue`]), why a command stops and
//! what stops with it ([`stops`]), what an answer means ([`answer`]), when the cache already shows
//! how a command ended ([`settled`]), which waiting commands a new one replaces ([`duplicates`]),
//! what the agent may do with a waiting command ([`actions`], [`choice`]). Does not live here:
//! writing commands to disk, talking to the server, and the task that does both (`outbox`).

pub mod actions;
pub mod answer;
#[cfg(test)]
mod answer_tests;
pub mod choice;
pub mod duplicates;
pub mod facts;
pub mod queue;
#[cfg(test)]
mod queue_tests;
pub mod settled;
pub mod stops;
