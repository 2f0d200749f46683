//! From messages to the disk.
//!
//! Until a batch is fsynced its messages stay in memory, so that it can be handed over again when there was no room: what waits of a
//! source is bounded by how many batches it has under way.

use crate::error::{Result, StreamError};
use crate::spec::Spec;
use crate::status::{Board, Kept, State};
use kith_core::event::wire::{Incoming, Limits, Stands, message};
use kith_core::id::SourceName;
use kith_live::LiveError;
use kith_live::events::{NotTaken, Receipt, Reply};
use kith_live::seams::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Where events go.
pub trait Sink: Send + Sync {
    /// Hands over events; `reply` is called when all of them are on the disk, or none can be.
    fn submit(&self, sent: Vec<Sent>, reply: Reply) -> std::result::Result<(), NotTaken>;

    /// True if more can be taken now.
    fn has_room(&self) -> bool;
}

/// What was sent, and where it stands in its stream.
pub struct Sent {
    /// An event, or what is none.
    pub incoming: Incoming,
    /// `nats:EVENTS:17@…`: the same each time that it is delivered.
    pub place: String,
}

/// A message as the stream gave it.
pub(crate) struct Message<A> {
    pub payload: A,
    pub place: String,
    pub stored_at_ms: i64,
}

/// What a message of a stream may hold: the port's limit for an event, and far more events than a request may have, since
/// nobody can be asked to send it again in pieces.
const LIMITS: Limits = Limits { event_bytes: 32 * 1024, batch_bytes: 64 << 20, batch_events: 100_000 };

/// Keeps messages of one source. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Keeper {
    pub source: SourceName,
    pub sink: Arc<dyn Sink>,
    pub clock: Arc<dyn Clock>,
    pub board: Board,
}

impl Keeper {
    pub fn new(spec: &Spec, sink: &Arc<dyn Sink>, clock: &Arc<dyn Clock>) -> Keeper {
        let (source, board) = (spec.source.clone(), Board::default());
        Keeper { source, sink: sink.clone(), clock: clock.clone(), board }
    }

    /// Returns when all of it is on the disk, however long that takes; fails when nothing can be kept any more.
    pub async fn keep<A: AsRef<[u8]>>(&self, messages: &[Message<A>]) -> Result<()> {
        let (Some(last), bytes) = (messages.last(), messages.iter().map(|m| m.payload.as_ref().len())) else {
            return Ok(());
        };
        let receipt = self.hand_over(|| self.read(messages)).await?;
        self.board.kept(&Kept {
            messages: messages.len() as u64,
            events: receipt.counted.received,
            bytes: bytes.sum::<usize>() as u64,
            at_ms: self.clock.now_ms(),
            stored_at_ms: last.stored_at_ms,
        });
        Ok(())
    }

    /// Keeps a note of what the stream lost or can not give, among the refused events: once, whenever it is found again.
    pub async fn note(&self, code: &'static str, place: String, reason: String) -> Result<()> {
        tracing::error!(source = self.source.as_str(), code, "{reason}");
        let note = || {
            let refused = kith_core::event::RefusedEvent {
                source: self.source.clone(),
                call: None,
                name: String::new(),
                message_id: String::new(),
                code: code.into(),
                field: String::new(),
                reason: reason.clone(),
                original: String::new(),
                received_at_ms: self.clock.now_ms(),
                place: place.clone(),
            };
            vec![Sent { incoming: Incoming::Refused(refused), place: place.clone() }]
        };
        self.hand_over(note).await.map(|_| ())
    }

    async fn hand_over(&self, read: impl Fn() -> Vec<Sent>) -> Result<Receipt> {
        let mut pause = Pause::default();
        loop {
            if !self.sink.has_room() {
                self.board.waits(true);
                pause.rest().await;
                continue;
            }
            let (tell, told) = oneshot::channel();
            let reply: Reply = Box::new(move |kept| _ = tell.send(kept));
            match self.sink.submit(read(), reply) {
                Ok(()) => {}
                Err(NotTaken::Busy | NotTaken::NoRoom) => continue,
                Err(NotTaken::Stopped) => return Err(StreamError::closed("Kith can keep no events now")),
            }
            match told.await {
                Ok(Ok(receipt)) => {
                    self.board.waits(false);
                    return Ok(receipt);
                }
                Ok(Err(e @ LiveError::Closed { .. })) => return Err(StreamError::closed(e.to_string())),
                Ok(Err(error)) => {
                    tracing::warn!(source = self.source.as_str(), %error, "messages wait to be kept");
                    self.board.waits(true);
                    pause.rest().await;
                }
                Err(_) => return Err(StreamError::closed("the log of events did not answer")),
            }
        }
    }

    fn read<A: AsRef<[u8]>>(&self, messages: &[Message<A>]) -> Vec<Sent> {
        let received_at_ms = self.clock.now_ms();
        let mut sent = Vec::with_capacity(messages.len());
        for Message { payload, place, stored_at_ms } in messages {
            // A clock that is ahead, or none: it was stored before it came.
            let stored_at_ms = if *stored_at_ms <= 0 { received_at_ms } else { *stored_at_ms };
            let stored_at_ms = stored_at_ms.min(received_at_ms);
            let at = Stands { source: &self.source, place, stored_at_ms, received_at_ms };
            let found = message(payload.as_ref(), &at, &LIMITS);
            let several = found.len() > 1;
            sent.extend(found.into_iter().enumerate().map(|(at, incoming)| {
                let place = if several { format!("{place}/{at}") } else { place.clone() };
                Sent { incoming, place }
            }));
        }
        sent
    }

    /// The stream is followed: said where it was not.
    pub fn following(&self) {
        if self.board.state(State::Following) {
            tracing::info!(source = self.source.as_str(), "the stream is followed");
        }
    }
}

/// Pauses that grow: from 10 ms to 1 s.
#[derive(Default)]
struct Pause(u32);

impl Pause {
    async fn rest(&mut self) {
        tokio::time::sleep(Duration::from_millis(10 << self.0.min(7)).min(Duration::from_secs(1))).await;
        self.0 += 1;
    }
}
