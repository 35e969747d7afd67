//! The live stream: server-sent events in, rings out.
//!
//! `sse-stream` parses rightly and without any limit, so a [`Meter`] stands before it and
//! counts: 64 KiB without the end of an event is no doorbell.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use sse_stream::{Error as SseError, Sse, SseByteStream};

use super::wire;
use crate::backend::{BackendError, Ring};
use crate::model::Cursor;

/// The most bytes of one event.
const MOST_EVENT_BYTES: usize = 64 * 1024;

/// A cursor longer than this is none.
const MOST_CURSOR_BYTES: usize = 256;

type Body = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

/// Rings until the stream ends or breaks.
pub(super) struct Rings {
    events: SseByteStream<Metered>,
    beat: Arc<AtomicBool>,
    over: bool,
}

impl Rings {
    pub(super) fn new(body: impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static) -> Self {
        let beat = Arc::new(AtomicBool::new(false));
        let metered = Metered { body: Box::pin(body), meter: Meter::default(), beat: beat.clone() };
        Self { events: SseByteStream::new(metered), beat, over: false }
    }
}

impl Stream for Rings {
    type Item = Result<Ring, BackendError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while !self.over {
            match Pin::new(&mut self.events).poll_next(cx) {
                Poll::Ready(Some(Ok(event))) => {
                    if let Some(ring) = ring(event) {
                        return Poll::Ready(Some(Ok(ring)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    self.over = true;
                    return Poll::Ready(Some(Err(broken(error))));
                }
                Poll::Ready(None) => self.over = true,
                // Comments are no events, and the parser says nothing of them.
                Poll::Pending if self.beat.swap(false, Ordering::Relaxed) => return Poll::Ready(Some(Ok(Ring::Beat))),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(None)
    }
}

/// What an event says; none when this build does not know its kind or cannot read it.
fn ring(event: Sse) -> Option<Ring> {
    let data = event.data?;
    match event.event.as_deref() {
        Some("at") if !data.is_empty() && data.len() <= MOST_CURSOR_BYTES => Some(Ring::At(Cursor(data))),
        Some("presence") => wire::presence(&data).map(Ring::Presence),
        Some(_) | None => None,
    }
}

fn broken(error: SseError) -> BackendError {
    match error {
        SseError::Body(error) if error.downcast_ref().is_some_and(|cut| matches!(cut, Cut::TooLong)) => {
            BackendError::NotOurs("an event does not end")
        }
        SseError::Body(_) => BackendError::NoAnswer,
        _ => BackendError::NotOurs("it is not a stream of events"),
    }
}

/// The body of the answer, counted.
struct Metered {
    body: Body,
    meter: Meter,
    beat: Arc<AtomicBool>,
}

impl Stream for Metered {
    type Item = Result<Bytes, Cut>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match std::task::ready!(self.body.as_mut().poll_next(cx)) {
            Some(Ok(piece)) => match self.meter.take(&piece) {
                Ok(comment) => {
                    if comment {
                        self.beat.store(true, Ordering::Relaxed);
                    }
                    Poll::Ready(Some(Ok(piece)))
                }
                Err(too_long) => Poll::Ready(Some(Err(too_long))),
            },
            Some(Err(_)) => Poll::Ready(Some(Err(Cut::Network))),
            None => Poll::Ready(None),
        }
    }
}

/// Why the stream was cut short.
#[derive(Debug, thiserror::Error)]
enum Cut {
    #[error("an event does not end")]
    TooLong,
    #[error("the connection broke")]
    Network,
}

/// Counts the bytes since the last event ended. Comments end with their line and leave
/// nothing behind: a stream that only beats for days is a healthy one.
#[derive(Debug, Default)]
struct Meter {
    /// Bytes of the event so far, its present line included.
    event: usize,
    /// Bytes of the present line.
    line: usize,
    comment: bool,
    /// The last byte was a carriage return: a line feed right after it ends no second line.
    returned: bool,
}

impl Meter {
    /// Takes bytes in; true when a comment ended among them.
    fn take(&mut self, piece: &[u8]) -> Result<bool, Cut> {
        let mut beat = false;
        for byte in piece {
            let returned = std::mem::replace(&mut self.returned, *byte == b'\r');
            match byte {
                b'\n' if returned => {}
                b'\n' | b'\r' => {
                    if self.line == 0 {
                        self.event = 0;
                    } else if self.comment {
                        self.event -= self.line;
                        beat = true;
                    }
                    self.line = 0;
                    self.comment = false;
                }
                _ => {
                    self.comment |= self.line == 0 && *byte == b':';
                    self.line += 1;
                    self.event += 1;
                    if self.event > MOST_EVENT_BYTES {
                        return Err(Cut::TooLong);
                    }
                }
            }
        }
        Ok(beat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Presence;
    use crate::model::{AgentId, ConversationId};
    use futures_util::StreamExt;
    use futures_util::stream;

    async fn rings(pieces: &[&str]) -> Vec<Result<Ring, BackendError>> {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::copy_from_slice(piece.as_bytes()))).collect();
        Rings::new(stream::iter(pieces)).collect().await
    }

    fn at(cursor: &str) -> Result<Ring, BackendError> {
        Ok(Ring::At(Cursor(cursor.to_owned())))
    }

    #[tokio::test]
    async fn events_ring_wherever_the_network_cuts_them() {
        let whole = "event: at\nid: e7.1\ndata: e7.1\n\nevent: at\r\nid: e7.2\r\ndata: e7.2\r\n\r\n";
        for cut in 0..whole.len() {
            assert_eq!(rings(&[&whole[..cut], &whole[cut..]]).await, [at("e7.1"), at("e7.2")], "cut at {cut}");
        }
    }

    #[tokio::test]
    async fn what_is_not_known_does_not_ring() {
        let strange = "event: moon\ndata: full\n\ndata: e7.9\n\nevent: at\n\nevent: presence\ndata: {}\n\n";
        assert_eq!(rings(&[strange, "event: at\ndata: e7.1\n\n"]).await, [at("e7.1")]);
    }

    #[tokio::test]
    async fn presence_names_who_answers_what() {
        let list =
            "event: presence\ndata: [{\"agent_id\":4,\"conversation_id\":4711,\"answering\":true},{\"agent\":5}]\n\n";
        let presence = Presence { agent_id: AgentId(4), conversation_id: ConversationId(4711), answering: true };
        assert_eq!(rings(&[list]).await, [Ok(Ring::Presence(vec![presence]))]);
    }

    #[tokio::test]
    async fn a_comment_is_a_beat() {
        let body = stream::iter([Ok(Bytes::from_static(b": beat\n\n"))]).chain(stream::pending());
        assert_eq!(Rings::new(body).next().await, Some(Ok(Ring::Beat)));
    }

    #[tokio::test]
    async fn an_event_that_does_not_end_is_cut_off() {
        let line = "x".repeat(1024);
        let pieces: Vec<&str> = std::iter::repeat_n(line.as_str(), 65).collect();
        assert_eq!(rings(&pieces).await, [Err(BackendError::NotOurs("an event does not end"))]);
    }

    #[tokio::test]
    async fn an_event_of_endless_lines_is_cut_off_whatever_ends_them() {
        for end in ["\n", "\r", "\r\n"] {
            let line = format!("data: {}{end}", "x".repeat(1024));
            let body = stream::repeat_with(move || Ok(Bytes::from(line.clone())));
            assert_eq!(Rings::new(body).next().await, Some(Err(BackendError::NotOurs("an event does not end"))));
        }
    }

    #[test]
    fn beating_for_days_fills_nothing() {
        let mut meter = Meter::default();
        for _ in 0..100_000 {
            assert!(meter.take(b": beat\r").unwrap());
            assert!(!meter.take(b"\n").unwrap());
        }
        assert_eq!(meter.event, 0);
    }
}
