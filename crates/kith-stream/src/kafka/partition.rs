//! One partition: messages in order of offset, a few batches ahead of the disk.
//!
//! What Kafka gives is not always messages, and none of it may hold up the rest:
//!
//! 1. *Messages that Kafka has deleted before they were read.* That is noted, by code `K-STREAM-GAP`, and reading goes on with the first
//!    that is there.
//! 2. *A batch that the client library can not decode.* Which one it is is found by reading single batches; it is noted with its offsets,
//!    `K-STREAM-UNREADABLE`, and stepped over. Kafka still has it.
//! 3. *Offsets without messages*: marks of transactions, holes of compaction. Where nothing else follows yet, one waits; where much of
//!    them stands in a row, more is asked for at once.

use super::offsets::Offsets;
use super::{SILENT_MAX, in_time, problem};
use crate::error::{Result, StreamError};
use crate::keep::{Keeper, Message};
use crate::supervise::asked_to;
use futures::stream::{FuturesOrdered, StreamExt};
use rskafka::client::Client;
use rskafka::client::error::{Error, ProtocolError, RequestError};
use rskafka::client::partition::{OffsetAt, PartitionClient, UnknownTopicHandling};
use rskafka::record::RecordAndOffset;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Batches on the way to the disk at once.
const BATCHES: usize = 3;
/// Bytes that are asked for at once of all partitions together, and of one.
const BYTES_OF_ALL: usize = 32 << 20;
const BYTES_MAX: usize = 1 << 20;
const BYTES_MIN: usize = 64 << 10;
/// Where nothing but marks and holes comes, more is asked for, up to this.
const BYTES_FAR: i32 = 64 << 20;
/// How long a broker waits for something new.
const WAIT_MS: i32 = 500;
/// What can not be decoded is tried so often before it is stepped over: it may have been the network.
const TRIES: u32 = 3;

/// Bytes that are asked for at once of one of so many partitions.
pub(super) fn bytes_of(partitions: usize) -> i32 {
    (BYTES_OF_ALL / partitions.max(1)).clamp(BYTES_MIN, BYTES_MAX) as i32
}

/// Reads one partition.
pub(super) struct Reader {
    pub client: Arc<Client>,
    pub topic: String,
    pub number: i32,
    pub bytes: i32,
    pub keeper: Keeper,
    pub offsets: Arc<Mutex<Offsets>>,
    pub stop: watch::Receiver<bool>,
}

/// What came, and where to go on.
struct Found {
    messages: Vec<Message<Vec<u8>>>,
    next: i64,
    end: i64,
}

impl Reader {
    /// Reads until told to stop; then what was taken is kept.
    pub async fn run(self) -> Result<()> {
        let handling = UnknownTopicHandling::Error;
        let opened = self.client.partition_client(self.topic.clone(), self.number, handling);
        let partition = in_time(&|| self.name(), opened).await?;
        let mut at = self.first(&partition).await?;
        let end = in_time(&|| self.name(), partition.get_offset(OffsetAt::Latest)).await?;
        self.keeper.board.partition(&self.topic, self.number, Some(at), Some(end));
        self.keeper.following();
        let mut stop = self.stop.clone();
        let mut under_way = FuturesOrdered::new();
        let mut fetch = Box::pin(self.fetch(&partition, at));
        loop {
            tokio::select! {
                biased;
                _ = asked_to(&mut stop) => break,
                Some(kept) = under_way.next() => self.kept(kept?),
                found = &mut fetch, if under_way.len() < BATCHES => {
                    let Found { messages, next, end } = found?;
                    at = next;
                    self.keeper.board.partition(&self.topic, self.number, None, Some(end));
                    under_way.push_back(keep(&self.keeper, messages, next));
                    fetch.set(self.fetch(&partition, at));
                }
            }
        }
        while let Some(kept) = under_way.next().await {
            self.kept(kept?);
        }
        Ok(())
    }

    fn name(&self) -> String {
        format!("{}/{}", self.topic, self.number)
    }

    fn offsets(&self) -> MutexGuard<'_, Offsets> {
        self.offsets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything before an offset is on the disk.
    fn kept(&self, next: i64) {
        self.offsets().kept(&self.topic, self.number, next);
        self.keeper.board.partition(&self.topic, self.number, Some(next), None);
    }

    /// Where to begin. It is remembered at once: what comes after it is not missed, whatever happens.
    async fn first(&self, partition: &PartitionClient) -> Result<i64> {
        if let Some(next) = self.offsets().next(&self.topic, self.number) {
            return Ok(next);
        }
        let first = in_time(&|| self.name(), partition.get_offset(OffsetAt::Earliest)).await?;
        self.offsets().kept(&self.topic, self.number, first);
        self.offsets().write()?;
        Ok(first)
    }

    /// The next messages from an offset on, whenever there are any.
    async fn fetch(&self, partition: &PartitionClient, at: i64) -> Result<Found> {
        let (mut bytes, mut broken) = (self.bytes, 0);
        loop {
            let found = self.ask(partition, at, bytes).await;
            let error = match found {
                Ok((records, end)) => match records.last() {
                    Some(last) => {
                        let next = last.offset + 1;
                        let messages = records.into_iter().map(|record| self.message(record)).collect();
                        return Ok(Found { messages, next, end });
                    }
                    None if end > at && bytes < BYTES_FAR => {
                        bytes = bytes.saturating_mul(2).min(BYTES_FAR);
                        continue;
                    }
                    None => {
                        if end > at {
                            tokio::time::sleep(Duration::from_millis(WAIT_MS as u64)).await;
                        }
                        self.keeper.board.partition(&self.topic, self.number, None, Some(end));
                        continue;
                    }
                },
                Err(error) => error,
            };
            match error {
                Asked::Error(Error::ServerError {
                    protocol_error: ProtocolError::OffsetOutOfRange, ..
                }) => {
                    return self.out_of_range(partition, at).await;
                }
                Asked::Error(Error::Request(
                    why @ (RequestError::ReadError(_) | RequestError::ReadVersionedError(_)),
                )) => {
                    broken += 1;
                    if broken >= TRIES {
                        return self.step_over(partition, at, &why.to_string()).await;
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Asked::Error(error) => return Err(problem(&self.name(), &error)),
                Asked::Silent => {
                    return Err(StreamError::away(format!("{}: the broker is silent", self.name())));
                }
            }
        }
    }

    async fn ask(
        &self,
        partition: &PartitionClient,
        at: i64,
        bytes: i32,
    ) -> std::result::Result<(Vec<RecordAndOffset>, i64), Asked> {
        let asked = partition.fetch_records(at, 1..bytes, WAIT_MS);
        match tokio::time::timeout(SILENT_MAX, asked).await {
            Ok(found) => found.map_err(Asked::Error),
            Err(_) => Err(Asked::Silent),
        }
    }

    fn message(&self, record: RecordAndOffset) -> Message<Vec<u8>> {
        let stored_at_ms = record.record.timestamp.timestamp_millis();
        // The time tells messages of a topic that was deleted and made anew from those of before.
        let place = format!("kafka:{}:{}:{}@{stored_at_ms}", self.topic, self.number, record.offset);
        Message { payload: record.record.value.unwrap_or_default(), place, stored_at_ms }
    }

    /// The offset is not there: messages were deleted before they were read, or the topic is another one of this name.
    async fn out_of_range(&self, partition: &PartitionClient, at: i64) -> Result<Found> {
        let first = in_time(&|| self.name(), partition.get_offset(OffsetAt::Earliest)).await?;
        let end = in_time(&|| self.name(), partition.get_offset(OffsetAt::Latest)).await?;
        let name = self.name();
        if first > at {
            let reason = format!(
                "Kafka had deleted the messages of {name} from offset {at} to {} before they were read; keep them longer there",
                first - 1
            );
            let place = format!("kafka:{}:{}:{at}-{first}", self.topic, self.number);
            self.keeper.note("K-STREAM-GAP", place, reason).await?;
        } else {
            tracing::warn!(
                partition = name,
                at,
                end,
                "the topic ends before what was read: it was made anew, and is read from its beginning"
            );
        }
        Ok(Found { messages: Vec::new(), next: first, end })
    }

    /// Finds the end of a batch that can not be decoded, and steps over it.
    async fn step_over(&self, partition: &PartitionClient, at: i64, why: &str) -> Result<Found> {
        // One byte: a broker gives the first batch whole, and nothing else.
        if let Ok((records, end)) = self.ask(partition, at, 2).await
            && let Some(last) = records.last()
        {
            // It is not the first one.
            let next = last.offset + 1;
            let messages = records.into_iter().map(|record| self.message(record)).collect();
            return Ok(Found { messages, next, end });
        }
        let end = in_time(&|| self.name(), partition.get_offset(OffsetAt::Latest)).await?;
        // The batch ends somewhere behind `bad`, and `good` is beyond it.
        let (mut bad, mut good, mut step) = (at, at + 1, 1);
        while good < end && !self.decodes(partition, good).await? {
            (bad, step) = (good, step * 2);
            good = (good + step).min(end);
        }
        while good - bad > 1 {
            let middle = bad + (good - bad) / 2;
            match self.decodes(partition, middle).await? {
                true => good = middle,
                false => bad = middle,
            }
        }
        let reason = format!(
            "the messages of {} from offset {at} to {} can not be decoded ({why}); Kafka still has them: send their events again",
            self.name(),
            good - 1
        );
        let place = format!("kafka:{}:{}:{at}-{good}", self.topic, self.number);
        self.keeper.note("K-STREAM-UNREADABLE", place, reason).await?;
        Ok(Found { messages: Vec::new(), next: good, end })
    }

    async fn decodes(&self, partition: &PartitionClient, at: i64) -> Result<bool> {
        match self.ask(partition, at, 2).await {
            Ok(_) => Ok(true),
            Err(Asked::Error(Error::Request(
                RequestError::ReadError(_) | RequestError::ReadVersionedError(_),
            ))) => Ok(false),
            Err(Asked::Error(error)) => Err(problem(&self.name(), &error)),
            Err(Asked::Silent) => Err(StreamError::away(format!("{}: the broker is silent", self.name()))),
        }
    }
}

/// Why a broker gave nothing.
enum Asked {
    Error(Error),
    Silent,
}

async fn keep(keeper: &Keeper, messages: Vec<Message<Vec<u8>>>, next: i64) -> Result<i64> {
    keeper.keep(&messages).await?;
    Ok(next)
}
