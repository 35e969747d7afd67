use std::sync::Arc;

use super::{Account, AccountInfo, Config, Error};

/// The core in one process. Owns the runtime on which everything runs.
pub struct Riposte {}

impl Riposte {
    /// Opens the core. Touches no network.
    pub fn open(config: Config) -> Result<Arc<Self>, Error> {
        let _ = config;
        todo!()
    }

    /// Who is signed in on this phone.
    pub fn accounts(&self) -> Vec<AccountInfo> {
        todo!()
    }

    /// Signs an agent in and opens the account. Signing in again as the same agent takes up the
    /// same account, with what waits in its outbox.
    pub async fn sign_in(&self, server_url: String, email: String, password: String) -> Result<Arc<Account>, Error> {
        let _ = (server_url, email, password);
        todo!()
    }

    /// A signed-in account, by [`AccountInfo::id`]. The same object each time.
    pub async fn account(&self, id: String) -> Result<Arc<Account>, Error> {
        let _ = id;
        todo!()
    }
}
