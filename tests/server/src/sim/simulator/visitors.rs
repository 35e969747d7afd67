//! The widget's visitors. Each keeps the secret that the server gave its page.

use std::collections::HashMap;
use std::sync::{MutexGuard, PoisonError};

use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::{SimError, Simulator};
use crate::sim::customer::Saying;

impl Simulator {
    pub(super) async fn visitor_writes(
        &self,
        customer: &str,
        account: &str,
        saying: &Saying,
    ) -> Result<String, SimError> {
        let Saying::Text { body } = saying else { return Err(SimError::NotOnThisChannel) };
        let (site_key, name, number) = self.change(|world| {
            let site_key = world.account(account)?.site_key.clone();
            Ok::<_, SimError>((site_key, world.customer(customer)?.name.clone(), world.count()))
        })?;
        let id = format!("visit-{number}");
        let message = json!({ "site_key": site_key, "id": id, "text": body, "name": name });
        let visitor = (customer.to_owned(), account.to_owned());
        let mut answer =
            self.with_secret(&visitor, self.inner.client.post(self.widget_url()?)).json(&message).send().await?;
        // A server that was restored from a backup does not know the secret: the page begins again.
        if answer.status() == StatusCode::UNAUTHORIZED && self.visitors().remove(&visitor).is_some() {
            answer = self.inner.client.post(self.widget_url()?).json(&message).send().await?;
        }
        if !answer.status().is_success() {
            return Err(SimError::Widget(answer.status().as_u16()));
        }
        let given: Value = answer.json().await?;
        if let Some(secret) = given.get("secret").and_then(Value::as_str) {
            self.visitors().insert(visitor, secret.to_owned());
        }
        Ok(id)
    }

    fn visitors(&self) -> MutexGuard<'_, HashMap<(String, String), String>> {
        self.inner.visitors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_secret(&self, visitor: &(String, String), request: RequestBuilder) -> RequestBuilder {
        match self.visitors().get(visitor) {
            Some(secret) => request.header("x-visitor-secret", secret),
            None => request,
        }
    }

    /// What a visitor's page shows of the business's answers, oldest first.
    pub async fn visitor_sees(&self, customer: &str, account: &str) -> Result<Vec<String>, SimError> {
        let site_key = self.change(|world| world.account(account).map(|account| account.site_key.clone()))?;
        let visitor = (customer.to_owned(), account.to_owned());
        if !self.visitors().contains_key(&visitor) {
            // A page that never wrote has no secret to ask with.
            return Ok(Vec::new());
        }
        let query = [("site_key", site_key.as_str()), ("after", "0")];
        let request = self.with_secret(&visitor, self.inner.client.get(self.widget_url()?).query(&query));
        let answer = request.send().await?;
        if !answer.status().is_success() {
            return Err(SimError::Widget(answer.status().as_u16()));
        }
        let page: Value = answer.json().await?;
        let texts = page.get("messages").and_then(Value::as_array).into_iter().flatten();
        Ok(texts.filter_map(|message| Some(message.get("text")?.as_str()?.to_owned())).collect())
    }

    fn widget_url(&self) -> Result<String, SimError> {
        let server = self.inner.office.server().ok_or(SimError::NotServing)?;
        Ok(format!("{server}/widget/messages"))
    }
}
