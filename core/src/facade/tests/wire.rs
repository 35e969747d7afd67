//! A network between the phone and the scripted server: every call takes a moment on its way there
//! and another on its way back, and can be given up in either.

use std::future::Future;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use secrecy::SecretString;

use super::fake::FakeInbox;
use crate::backend::{
    About, Backend, BackendError, ClockSample, CommandState, Download, ListPosition, MessagesRequest, Page, Ring, Rows,
    Session, SignIn, SnapshotPage, Tokens,
};
use crate::model::{ClientKey, Command, ConversationId, Cursor, MediaId};

/// The server at the other end of the wire.
#[derive(Clone)]
pub(super) struct Wire(pub(super) FakeInbox);

async fn there_and_back<T>(call: impl Future<Output = T>) -> T {
    tokio::task::yield_now().await;
    let answer = call.await;
    tokio::task::yield_now().await;
    answer
}

#[async_trait]
impl Backend for Wire {
    async fn about(&self) -> Result<About, BackendError> {
        there_and_back(self.0.about()).await
    }

    async fn sign_in(&self, request: SignIn) -> Result<Session, BackendError> {
        there_and_back(self.0.sign_in(request)).await
    }

    async fn refresh(&self, refresh_token: &SecretString) -> Result<Tokens, BackendError> {
        there_and_back(self.0.refresh(refresh_token)).await
    }

    async fn sign_out(&self) -> Result<(), BackendError> {
        there_and_back(self.0.sign_out()).await
    }

    async fn changes(&self, since: &Cursor, limit: u32) -> Result<Page, BackendError> {
        there_and_back(self.0.changes(since, limit)).await
    }

    async fn snapshot(&self, page: Option<&str>) -> Result<SnapshotPage, BackendError> {
        there_and_back(self.0.snapshot(page)).await
    }

    async fn messages(&self, request: MessagesRequest) -> Result<Rows, BackendError> {
        there_and_back(self.0.messages(request)).await
    }

    async fn conversation(&self, id: ConversationId) -> Result<Rows, BackendError> {
        there_and_back(self.0.conversation(id)).await
    }

    async fn conversations(&self, before: Option<ListPosition>, limit: u32) -> Result<Rows, BackendError> {
        there_and_back(self.0.conversations(before, limit)).await
    }

    async fn ledger(&self, year: i32, month: u32) -> Result<Rows, BackendError> {
        there_and_back(self.0.ledger(year, month)).await
    }

    async fn execute(&self, key: ClientKey, epoch: &str, command: &Command) -> Result<CommandState, BackendError> {
        there_and_back(self.0.execute(key, epoch, command)).await
    }

    async fn command(&self, key: ClientKey) -> Result<CommandState, BackendError> {
        there_and_back(self.0.command(key)).await
    }

    async fn cancel(&self, key: ClientKey) -> Result<CommandState, BackendError> {
        there_and_back(self.0.cancel(key)).await
    }

    async fn live(
        &self,
        last: Option<&Cursor>,
    ) -> Result<BoxStream<'static, Result<Ring, BackendError>>, BackendError> {
        there_and_back(self.0.live(last)).await
    }

    async fn presence(&self, conversation: Option<ConversationId>, answering: bool) -> Result<(), BackendError> {
        there_and_back(self.0.presence(conversation, answering)).await
    }

    async fn uploaded_bytes(&self, sha256: &str) -> Result<u64, BackendError> {
        there_and_back(self.0.uploaded_bytes(sha256)).await
    }

    async fn upload(&self, sha256: &str, offset: u64, total_bytes: u64, piece: Bytes) -> Result<(), BackendError> {
        there_and_back(self.0.upload(sha256, offset, total_bytes, piece)).await
    }

    async fn download(&self, id: MediaId, offset: u64) -> Result<Download, BackendError> {
        let Download { total_bytes, pieces } = there_and_back(self.0.download(id, offset)).await?;
        let pieces = pieces.then(|piece| there_and_back(std::future::ready(piece))).boxed();
        Ok(Download { total_bytes, pieces })
    }

    fn take_clock_samples(&self) -> Vec<ClockSample> {
        self.0.take_clock_samples()
    }
}
