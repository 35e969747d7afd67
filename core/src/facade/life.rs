//! The life cycle of an account: opened, paused, resumed, retired.

use std::sync::{Arc, Weak};

use tokio::sync::watch;

use super::Error;
use super::attendant::{self, End};
use super::changes::Changed;
use super::core::{Core, Opening};
use super::running::{Call, RunningTasks, Tasks};
use crate::{outbox, task};

impl Core {
    /// Joins the rooms on files that are open and starts the tasks. Runs on our runtime only.
    pub(super) async fn open(opening: Opening) -> Result<Arc<Self>, Error> {
        let core = Arc::new(Self::join(opening).await?);
        core.start_tasks(&mut *core.life.tasks.lock().await);
        Ok(core)
    }

    fn start_tasks(self: &Arc<Self>, tasks: &mut Tasks) {
        let (stop, stopped) = watch::channel(());
        let attendant = attendant::run(
            Arc::downgrade(self),
            self.store.taken(),
            self.store.set_asides(),
            self.syncer.status(),
            self.syncer.presence(),
            self.hub.stream(),
        );
        tasks.0 = Some(RunningTasks {
            stop,
            outbox: task::spawn(outbox::run(self.outbox.clone(), self.bell.clone(), stopped)),
            attendant: task::spawn(pause_when_taken(Arc::downgrade(self), attendant)),
        });
    }

    /// Ends the tasks and closes the files, unless a later call has resumed the account. When it returns,
    /// nothing of the account runs.
    pub(super) async fn pause(&self, call: Call) {
        self.life.request(call, false);
        if self.life.is_to_run() {
            return;
        }
        // Calls that wait for the network end first: the locks below wait for them.
        self.life.active.send_replace(false);
        let _no_sign_out_runs = self.life.leaving.lock().await;
        self.end(&mut *self.life.tasks.lock().await).await;
    }

    async fn end(&self, tasks: &mut Tasks) {
        // The account may have been resumed meanwhile.
        self.life.active.send_replace(false);
        tasks.end().await;
        self.syncer.pause().await;
        self.files.close().await;
        self.store.close().await;
        self.hub.announce(&[Changed::Connection]);
    }

    /// Pauses for good: another sign-in has replaced the account, or it was signed out.
    pub(super) async fn retire(&self) {
        self.life.retire();
        self.end(&mut *self.life.tasks.lock().await).await;
        self.hub.end();
    }

    /// For a sign-out: no pause and no other sign-out runs while the guard is held.
    pub(super) async fn leaving(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.life.leaving.lock().await
    }

    /// Opens the files and starts the tasks again, unless a later call has paused the account. The outbox
    /// treats what was on the wire as unknown, and changes are asked for first.
    pub(super) async fn resume(self: &Arc<Self>) -> Result<(), Error> {
        let mut tasks = self.life.tasks.lock().await;
        if self.life.is_retired() {
            return Err(Error::SignedOut);
        }
        if !self.life.is_to_run() {
            return Err(Error::Paused);
        }
        if tasks.0.is_some() {
            return Ok(());
        }
        self.store.reopen().await?;
        self.files.reopen().await;
        self.life.active.send_replace(true);
        self.syncer.resume().await;
        self.start_tasks(&mut tasks);
        // What was written while everything was being paused may not have been announced.
        self.hub.announce(&[Changed::Connection, Changed::Overflow]);
        Ok(())
    }

    /// Fails with [`Error::Paused`] while no task runs.
    pub(super) async fn running(&self) -> Result<(), Error> {
        if self.life.tasks.lock().await.0.is_none() { Err(Error::Paused) } else { Ok(()) }
    }

    /// Accepts no command from now on, or accepts them again. When this returns, every command that was
    /// accepted before is in the outbox.
    pub(super) async fn set_closed(&self, closed: bool) {
        *self.life.closed.write().await = closed;
    }
}

/// Runs the attendant, and pauses the account if another `Riposte` of this process has opened its files.
async fn pause_when_taken(core: Weak<Core>, attendant: impl Future<Output = End>) {
    if let (End::Taken, Some(core)) = (attendant.await, core.upgrade()) {
        // In a task of its own: a pause ends this one, too.
        let call = Call::now();
        task::spawn(async move { core.pause(call).await });
    }
}
