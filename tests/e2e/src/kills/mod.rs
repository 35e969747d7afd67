//! A phone's process that is killed at every point of everything it does, power cuts at the same
//! points, and disks that are full, broken or read-only.
//!
//! A point is a call of the system that changes a file of the phone or hands bytes to the network.
//! `disk.c`, loaded before the C library, numbers them and makes the process die at the n-th; the
//! product itself is the one that ships. `tests/kills.rs` runs each flow with n = 1, 2, 3, ...
//! until it ends without having come to n.
//!
//! - [`shim`]: `disk.c`, compiled at run time, and its parameters;
//! - [`device`]: a phone on a folder that outlives its process;
//! - [`flow`]: the flows: what the phone does until it dies;
//! - [`child`]: the process that dies: reads its order, does the flow, records the results;
//! - [`scene`]: the server, the phone's folder, and a witness that nothing happens to;
//! - [`judge`]: what must be true after the restart;
//! - [`run`]: all points of a flow, several side by side.

pub mod child;
pub mod device;
pub mod flow;
pub mod judge;
pub mod run;
pub mod scene;
pub mod shim;

/// The agent on whose phone everything happens.
pub const AGENT: &str = "marc";
/// Another phone of the same agent, which nothing happens to.
pub const WITNESS: &str = "witness";
/// Who writes to them.
pub const CUSTOMERS: [&str; 3] = ["lea", "paul", "tom"];

/// What a run could not do, or what it found.
pub type Outcome<T> = Result<T, String>;

/// Any error as a sentence.
pub fn said<E: std::fmt::Display>(error: E) -> String {
    error.to_string()
}
