//! WhatsApp, Messenger and the customers, played: the server has a real API to call and real
//! webhooks to take, and a story decides who writes what, and when.
//!
//! It is as strict as Meta. It judges windows, templates and free entry points with code of its own
//! and never uses `riposte::rules`: a mistake there is found here, not shared. It keeps its own
//! ledger of what it was asked to send. Everything goes over real HTTP: its API listens on a
//! loopback port, its webhooks are signed and come again until they are answered with 200.
//!
//! - [`window`], [`pricing`]: may the business write freely, and what is reported of the price?
//! - [`customer`], [`account`], [`templates`], [`ledger`]: who is there, and what was sent
//! - [`world`]: all of that together, changed by one thing at a time
//! - [`judge`]: what becomes of a send, and with which of the [`errors`]; [`media`]: which files fit
//! - [`shapes`]: webhooks in Meta's shapes; [`userid`]: the ids in them
//! - [`graph`]: the API; [`post`]: the webhooks' way to the server
//! - [`simulator`]: the handle; [`http`]: the same under `/sim`
//! - [`link`]: the network between one phone and the server
//! - [`cast`]: a story's people and numbers, brought into both sides
//!
//! Not played: groups, calls by the business, pair and throughput limits, rates.

pub mod account;
pub mod cast;
pub mod customer;
mod errors;
mod graph;
pub mod http;
mod judge;
pub mod ledger;
pub mod link;
mod media;
mod post;
mod pricing;
mod shapes;
mod simulator;
pub mod templates;
mod userid;
pub mod window;
mod world;

pub use link::{Link, LinkState};
pub use post::Reports;
pub use simulator::{Quiet, SimError, Simulator};
pub use world::{AccountNews, SimFile};

#[cfg(test)]
mod tests {
    use std::path::Path;

    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn it_judges_with_code_of_its_own() {
        let mut found = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sim"), &mut found);
        let code = found.iter().flat_map(|source| source.lines()).map(str::trim).filter(|line| !line.starts_with("//"));
        let rules = ["riposte", "rules"].join("::");
        assert_eq!(code.filter(|line| line.contains(&rules)).collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
