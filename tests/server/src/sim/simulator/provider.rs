//! What the provider does, and how it misbehaves.

use super::{SimError, Simulator};
use crate::sim::account::Account;
use crate::sim::ledger::Entry;
use crate::sim::post::Reports;
use crate::sim::world::{AccountNews, SimFile, TemplateNews};

impl Simulator {
    /// Answers the next message that is sent with this error.
    pub fn refuse_next(&self, code: i64) {
        self.change(|world| world.whims.refuse = Some(code));
    }

    /// Takes the next message, then reports this failure.
    pub fn fail_next(&self, code: i64) {
        self.change(|world| world.whims.fail = Some(code));
    }

    /// Takes the next message; the answer never reaches the server.
    pub fn lose_next_answer(&self) {
        self.change(|world| world.whims.lose_answer = true);
    }

    /// Takes the next template and holds it until [`Simulator::release_held`].
    pub fn hold_next(&self) {
        self.change(|world| world.whims.hold = true);
    }

    /// Meta has checked the templates that it held: they leave, or fail with 132015.
    pub fn release_held(&self, passed: bool) {
        let now = self.now();
        let posts = self.change(|world| world.release_held(passed, now));
        self.post(posts);
    }

    /// How webhooks leave from now on.
    pub fn reports(&self, reports: Reports) {
        self.inner.office.set_mode(reports);
    }

    /// Meta approves a template.
    pub fn approve(&self, template: &str) -> Result<(), SimError> {
        self.decide(template, "APPROVED", None)
    }

    /// Meta rejects a template.
    pub fn reject(&self, template: &str, reason: &str) -> Result<(), SimError> {
        self.decide(template, "REJECTED", Some(reason))
    }

    /// Meta pauses a template for its quality.
    pub fn pause_template(&self, template: &str) -> Result<(), SimError> {
        self.decide(template, "PAUSED", None)
    }

    /// Meta decides about a template, in its own word for a status.
    pub fn decide(&self, template: &str, status: &str, reason: Option<&str>) -> Result<(), SimError> {
        self.template_news(template, TemplateNews::Status(status, reason))
    }

    /// Meta puts a template into another category.
    pub fn change_category(&self, template: &str, category: &str) -> Result<(), SimError> {
        self.template_news(template, TemplateNews::Category(category))
    }

    /// The body of a template was edited.
    pub fn change_body(&self, template: &str, body: &str) -> Result<(), SimError> {
        self.template_news(template, TemplateNews::Body(body))
    }

    /// The quality of a template changed.
    pub fn change_quality(&self, template: &str, score: &str) -> Result<(), SimError> {
        self.template_news(template, TemplateNews::Quality(score))
    }

    fn template_news(&self, template: &str, change: TemplateNews<'_>) -> Result<(), SimError> {
        let now = self.now();
        let post = self.change(|world| world.template_news(template, change, now))?;
        self.post(vec![post]);
        Ok(())
    }

    /// Something happens to an account at Meta.
    pub fn account_news(&self, account: &str, happens: AccountNews) -> Result<(), SimError> {
        let now = self.now();
        let post = self.change(|world| world.account_news(account, happens, now))?;
        self.post(vec![post]);
        Ok(())
    }

    /// Months of free replies begin at midnight, so many minutes east of UTC.
    pub fn set_time_zone(&self, utc_offset_minutes: i32) {
        self.change(|world| world.utc_offset_minutes = utc_offset_minutes);
    }

    /// All numbers and pages.
    pub fn accounts(&self) -> Vec<Account> {
        self.change(|world| world.accounts().cloned().collect())
    }

    /// What it was asked to send, oldest first.
    pub fn ledger(&self) -> Vec<Entry> {
        self.change(|world| world.ledger())
    }

    /// A file that a customer sent or the business uploaded, by its id.
    pub fn file(&self, id: &str) -> Option<SimFile> {
        self.change(|world| world.files.get(id).cloned())
    }

    /// The customers' messages that the business marked as read, by their ids.
    pub fn read_by_business(&self) -> Vec<String> {
        self.change(|world| world.read_by_business())
    }
}
