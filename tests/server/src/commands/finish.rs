//! What the provider answered must be written down. If the database cannot be written now (the disk is full), the
//! outcome is kept in memory and written later: the key stays pending until then, and the provider is not asked again.

use std::sync::Arc;
use std::time::Duration;

use super::{Order, State, send, templates};
use crate::app::Shared;
use crate::problem::Problem;

/// The wait before the second try; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What came of asking a provider.
#[derive(Clone)]
pub(super) enum Outcome {
    Sent(send::Answered),
    Created(templates::Created),
    Listed(templates::Listed),
}

/// An outcome and the command it belongs to. Writing it twice is writing it once: a try that failed wrote nothing.
struct Finish {
    order: Order,
    outcome: Outcome,
}

/// Writes an outcome down. If that fails, the caller learns that the server failed, and it is tried again later.
pub(super) async fn finish(app: &Shared, order: &Order, outcome: Outcome) -> Result<State, Problem> {
    let finish = Arc::new(Finish { order: order.clone(), outcome });
    match finish.write(app).await {
        Ok(state) => state,
        Err(problem) => {
            later(app, finish, FIRST_WAIT);
            Err(problem)
        }
    }
}

impl Finish {
    /// `Err`: nothing was written. The inner result is the command's.
    async fn write(&self, app: &Shared) -> Result<Result<State, Problem>, Problem> {
        let order = self.order.clone();
        match self.outcome.clone() {
            Outcome::Sent(answered) => send::write_down(app, order, answered).await,
            Outcome::Created(created) => templates::write_created(app, order, created).await,
            Outcome::Listed(listed) => templates::write_listed(app, order, listed).await,
        }
    }
}

fn later(app: &Shared, finish: Arc<Finish>, wait: Duration) {
    let (alarm, app) = (app.clock.sleep(wait), Arc::downgrade(app));
    tokio::spawn(async move {
        alarm.await;
        let Some(app) = app.upgrade() else { return };
        let shared = app.clone();
        drop(app.tasks.spawn(async move {
            if finish.write(&shared).await.is_err() {
                later(&shared, finish, wait.saturating_mul(2).min(LONGEST_WAIT));
            }
        }));
    });
}
