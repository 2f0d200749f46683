//! Streams as sources of events: NATS JetStream and Kafka.
//!
//! - Reads: messages of a stream, from where it ended the last time.
//! - Decides: nothing of people. What a message holds is [`kith_core::event::wire`]'s; what came before, the log's.
//! - Writes: events, through a [`Sink`]; for Kafka the offsets, a small file.
//! - Fails: never for good. What is wrong stands in the source's [`Status`], and it is tried again with growing pauses.
//!
//! 1. [`supervise`]: one thread follows all streams; a stream that breaks is opened again.
//! 2. [`nats`] and [`kafka`] take messages as they come, some batches ahead of the disk.
//! 3. [`keep`]: a batch is read and handed over, and waited for until it is fsynced. Where there is no room it waits, and with it the
//!    stream: nothing more is asked for.
//! 4. Only then is it acknowledged (NATS), or the offset moved (Kafka). So the stream delivers everything at least once, and what it
//!    delivers again has the same ids ([`kith_core::event::wire::message()`]), and counts once.
//!
//! A crate of its own, since none of it needs the engine: it is tested against real brokers in seconds (ADR 9).

mod error;
mod spec;
mod status;
mod tls;
mod keep;
mod nats;
mod kafka;
mod supervise;

pub use error::StreamError;
pub use keep::{Sent, Sink};
pub use spec::{Login, Spec};
pub use status::{Partition, State, Status};
pub use supervise::{Following, follow, probe};
