//! How a stream that is followed stands, as it is shown.

use crate::profile::instant;
use kith_stream::Status;
use serde::Serialize;
use utoipa::ToSchema;

/// How a stream stands. What became of its events is in `GET /v1/events/counts`.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct StreamStatus {
    /// `connecting`, `following`, `waiting` (more comes than Kith can keep; nothing is lost), `away` (tried again by itself),
    /// `stopped`, or `not followed` (no server runs).
    pub state: String,
    /// What is wrong, until it is mended.
    pub problem: Option<StreamProblem>,
    /// Messages that the stream has and Kith does not have yet; `null` = not known yet.
    pub lag: Option<u64>,
    /// Events a second, over the last ten seconds.
    pub events_per_second: f64,
    /// Messages kept since the server was started.
    pub messages: u64,
    /// Events in these messages.
    pub events: u64,
    /// Bytes of these messages.
    pub bytes: u64,
    /// When the last message was kept, RFC 3339; `null` = none since the server was started.
    pub last_kept_at: Option<String>,
    /// When the stream had taken that message, RFC 3339.
    pub last_stored_at: Option<String>,
    /// Partitions of Kafka.
    pub partitions: Vec<StreamPartition>,
}

/// What is wrong with a stream.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StreamProblem {
    /// Stable code, `K-STREAM-…`.
    pub code: String,
    /// What and where.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

/// A partition of Kafka.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StreamPartition {
    /// Its topic.
    pub topic: String,
    /// Its number.
    pub partition: i32,
    /// The offset of the first message that is not kept yet.
    pub offset: i64,
    /// The offset that the next message will get.
    pub end: i64,
}

/// The stream of a source.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SourceStream {
    /// The source.
    pub source: String,
    /// How its stream stands.
    pub stream: StreamStatus,
}

impl StreamStatus {
    pub(crate) fn not_followed() -> StreamStatus {
        StreamStatus { state: "not followed".into(), ..StreamStatus::default() }
    }

    pub(crate) fn of(status: Status) -> StreamStatus {
        let problem = status.problem.map(|error| StreamProblem {
            code: error.code.into(),
            message: error.message,
            help: error.help.into(),
        });
        let partition = |p: kith_stream::Partition| StreamPartition {
            topic: p.topic,
            partition: p.partition,
            offset: p.offset,
            end: p.end,
        };
        StreamStatus {
            state: status.state.name().into(),
            problem,
            lag: status.lag,
            events_per_second: (status.rate * 10.0).round() / 10.0,
            messages: status.messages,
            events: status.events,
            bytes: status.bytes,
            last_kept_at: status.last_kept_at_ms.map(instant),
            last_stored_at: status.last_stored_at_ms.map(instant),
            partitions: status.partitions.into_iter().map(partition).collect(),
        }
    }
}
