//! What customers do, and the company on its own phone.

use riposte::model::ChannelKind;

use super::{SimError, Simulator};
use crate::sim::customer::{Manner, Phone, Saying};

impl Simulator {
    /// A customer does something; gives the provider's id of it. The webhook is on its way.
    pub async fn says(
        &self,
        customer: &str,
        account: &str,
        saying: &Saying,
        manner: Manner,
    ) -> Result<String, SimError> {
        let kind = self.change(|world| world.account(account).map(|account| account.kind))?;
        if kind == ChannelKind::Widget {
            return self.visitor_writes(customer, account, saying).await;
        }
        let (now, api) = (self.now(), self.api());
        let (id, posts) = self.change(|world| world.says(customer, account, saying, manner, &api, now))?;
        self.post(posts);
        Ok(id)
    }

    /// A customer writes words.
    pub async fn writes(&self, customer: &str, account: &str, body: &str) -> Result<String, SimError> {
        self.says(customer, account, &Saying::Text { body: body.to_owned() }, Manner::default()).await
    }

    /// A customer opens the talk and reads everything that has arrived.
    pub fn reads(&self, customer: &str, account: &str) -> Result<(), SimError> {
        let now = self.now();
        let posts = self.change(|world| {
            let widget = world.account(account)?.kind == ChannelKind::Widget;
            // A visitor's page reports nothing of what was read.
            if widget { Ok(Vec::new()) } else { world.reads(customer, account, now) }
        })?;
        self.post(posts);
        Ok(())
    }

    /// A customer plays the newest voice message that arrived.
    pub fn plays(&self, customer: &str, account: &str) -> Result<(), SimError> {
        let now = self.now();
        let posts = self.change(|world| world.plays(customer, account, now))?;
        self.post(posts);
        Ok(())
    }

    /// A customer stops the marketing of a number, or resumes it.
    pub fn wants_marketing(&self, customer: &str, account: &str, wanted: bool) -> Result<(), SimError> {
        let now = self.now();
        let post = self.change(|world| world.wants_marketing(customer, account, wanted, now))?;
        self.post(vec![post]);
        Ok(())
    }

    /// A customer's phone changes: switched off, blocked, read receipts. What waited arrives.
    pub fn set_phone(&self, customer: &str, change: impl FnOnce(&mut Phone)) -> Result<(), SimError> {
        let now = self.now();
        let posts = self.change(|world| world.set_phone(customer, change, now))?;
        self.post(posts);
        Ok(())
    }

    /// The company writes on its own phone or page.
    pub fn company_says(&self, account: &str, customer: &str, body: &str) -> Result<(), SimError> {
        let now = self.now();
        let post = self.change(|world| world.company_says(account, customer, body, now))?;
        self.post(vec![post]);
        Ok(())
    }
}
