//! Setting the stage for the scenes of the tour.

use chrono::{DateTime, TimeDelta, Utc};
use riposte::facade::{Around, Composer, ConversationScreen, PriceQuote};
use riposte::model::ConversationId;
use riposte_e2e::phone::PhoneError;
use riposte_e2e::world::WorldError;

use super::{Crew, LEA, MARC};

/// The time left of a window that is about to close.
const NEARLY_OVER: TimeDelta = TimeDelta::minutes(25);
/// A scene needs a window with at least this much time left.
const ENOUGH: TimeDelta = TimeDelta::hours(2);

impl Crew {
    /// Prepares a scene; returns its conversation.
    pub(super) async fn scene(&mut self, scene: usize) -> Result<ConversationId, WorldError> {
        self.network(true).await?;
        match scene {
            1 => self.a_reply_costs().await?,
            2 => {
                self.there_is_time().await?;
                self.until(NEARLY_OVER).await?;
            }
            3 | 4 => {
                self.there_is_time().await?;
                self.network(false).await?;
            }
            _ => self.until(-TimeDelta::minutes(1)).await?,
        }
        Ok(self.lea().await?.id)
    }

    async fn lea(&mut self) -> Result<ConversationScreen, WorldError> {
        let phone = self.world.phone(MARC).await?;
        let place = phone.place(Some(LEA), None)?;
        let id = phone.conversation_id(&place).await?;
        let screen = phone.account()?.conversation(id).screen(Around::Newest, 1).await;
        Ok(screen.map_err(PhoneError::from)?)
    }

    /// The window is open and nothing is paid in it yet.
    async fn a_reply_costs(&mut self) -> Result<(), WorldError> {
        self.there_is_time().await?;
        let price = self.lea().await?.reply_price;
        if price.is_none_or(|price| !matches!(price.quote, PriceQuote::Costs { .. })) {
            self.pass(TimeDelta::hours(25)).await?;
            self.writes().await?;
        }
        Ok(())
    }

    async fn there_is_time(&mut self) -> Result<(), WorldError> {
        let enough = self.world.now() + ENOUGH;
        match closes_at(&self.lea().await?) {
            Some(closes_at) if closes_at > enough => Ok(()),
            Some(_) | None => self.writes().await,
        }
    }

    async fn writes(&mut self) -> Result<(), WorldError> {
        let name = self.world.cast().customers.get(LEA).map(|part| part.name.clone());
        self.customer(name.as_deref()).await
    }

    /// Lets time pass until that much of the window is left; does nothing if it is over already.
    async fn until(&mut self, left: TimeDelta) -> Result<(), WorldError> {
        let Some(closes_at) = closes_at(&self.lea().await?) else { return Ok(()) };
        let span = closes_at - left - self.world.now();
        self.pass(span.max(TimeDelta::zero())).await
    }
}

fn closes_at(screen: &ConversationScreen) -> Option<DateTime<Utc>> {
    match screen.composer {
        Composer::Open { closes_at, .. } => closes_at,
        Composer::RestartOnly { .. } | Composer::Blocked { .. } => None,
    }
}
