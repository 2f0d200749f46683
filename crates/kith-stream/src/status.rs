//! How it goes: state, rate and lag of each stream, for whoever asks.

use crate::error::StreamError;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The rate is taken over so long.
const RATE_OVER: Duration = Duration::from_secs(10);

/// In what state a stream is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// It is being opened.
    #[default]
    Connecting,
    /// Messages are taken as they come.
    Following,
    /// Messages wait until Kith has room: more comes than the disk or the profiles take, or the disk is full.
    Waiting,
    /// It can not be reached or read; tried again soon.
    Away,
    /// Kith can keep no events any more, or was asked to stop.
    Stopped,
}

impl State {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            State::Connecting => "connecting",
            State::Following => "following",
            State::Waiting => "waiting",
            State::Away => "away",
            State::Stopped => "stopped",
        }
    }
}

/// How a stream stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// Its state.
    pub state: State,
    /// What was wrong the last time, while it is not mended.
    pub problem: Option<StreamError>,
    /// Messages that are kept, since the start of this process.
    pub messages: u64,
    /// Events of these messages.
    pub events: u64,
    /// Bytes of these messages.
    pub bytes: u64,
    /// Events a second, over the last ten seconds.
    pub rate: f64,
    /// Messages that the stream has and Kith does not have yet; `None` = not known yet.
    pub lag: Option<u64>,
    /// When the last message was kept, milliseconds since 1970 UTC.
    pub last_kept_at_ms: Option<i64>,
    /// When the stream had taken that message.
    pub last_stored_at_ms: Option<i64>,
    /// Partitions of Kafka.
    pub partitions: Vec<Partition>,
}

/// A partition of Kafka.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its topic.
    pub topic: String,
    /// Its number.
    pub partition: i32,
    /// The offset of the next message that is not kept yet.
    pub offset: i64,
    /// The offset that the next message will get.
    pub end: i64,
}

/// A status that is written by one and read by others. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Board(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    status: Status,
    /// Offset and end; `None` = not known yet.
    partitions: BTreeMap<(String, i32), (Option<i64>, Option<i64>)>,
    kept: VecDeque<(Instant, u64)>,
    since: Option<Instant>,
}

/// What a batch that was kept held.
pub(crate) struct Kept {
    pub messages: u64,
    pub events: u64,
    pub bytes: u64,
    pub at_ms: i64,
    pub stored_at_ms: i64,
}

impl Board {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn status(&self) -> Status {
        let mut inner = self.inner();
        let now = Instant::now();
        inner.forget(now);
        let over =
            inner.since.map_or(RATE_OVER, |since| now - since).clamp(Duration::from_secs(1), RATE_OVER);
        let events: u64 = inner.kept.iter().map(|(_, events)| events).sum();
        let partitions: Vec<_> = inner
            .partitions
            .iter()
            .filter_map(|((topic, partition), (offset, end))| {
                let (topic, partition, offset) = (topic.clone(), *partition, (*offset)?);
                Some(Partition { topic, partition, offset, end: (*end)?.max(offset) })
            })
            .collect();
        let behind = |p: &Partition| u64::try_from(p.end - p.offset).unwrap_or(0);
        let lag = match inner.partitions.len() {
            0 => inner.status.lag,
            all => (partitions.len() == all).then(|| partitions.iter().map(behind).sum()),
        };
        Status { rate: events as f64 / over.as_secs_f64(), lag, partitions, ..inner.status.clone() }
    }

    /// True if it was not in this state before.
    pub fn state(&self, state: State) -> bool {
        let mut inner = self.inner();
        if state == State::Following {
            inner.status.problem = None;
        }
        std::mem::replace(&mut inner.status.state, state) != state
    }

    pub fn problem(&self, state: State, problem: StreamError) {
        let mut inner = self.inner();
        inner.status.state = state;
        inner.status.problem = Some(problem);
    }

    /// Waits or goes on; a stream that is away or stopped stays so.
    pub fn waits(&self, waits: bool) {
        let mut inner = self.inner();
        inner.status.state = match (inner.status.state, waits) {
            (State::Following, true) => State::Waiting,
            (State::Waiting, false) => State::Following,
            (state, _) => state,
        };
    }

    pub fn kept(&self, kept: &Kept) {
        let mut inner = self.inner();
        let now = Instant::now();
        inner.forget(now);
        inner.since.get_or_insert(now);
        inner.kept.push_back((now, kept.events));
        let status = &mut inner.status;
        status.messages += kept.messages;
        status.events += kept.events;
        status.bytes += kept.bytes;
        status.last_kept_at_ms = Some(kept.at_ms);
        status.last_stored_at_ms = Some(kept.stored_at_ms);
    }

    pub fn lag(&self, lag: u64) {
        self.inner().status.lag = Some(lag);
    }

    pub fn partition(&self, topic: &str, partition: i32, offset: Option<i64>, end: Option<i64>) {
        let mut inner = self.inner();
        let at = inner.partitions.entry((topic.to_string(), partition)).or_default();
        *at = (offset.or(at.0), end.or(at.1));
    }

    /// Partitions are found anew.
    pub fn no_partitions(&self) {
        self.inner().partitions.clear();
    }
}

impl Inner {
    fn forget(&mut self, now: Instant) {
        while self.kept.front().is_some_and(|(at, _)| now - *at > RATE_OVER) {
            self.kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lag_is_the_sum_of_what_partitions_lack() {
        let board = Board::default();
        assert_eq!(board.status().lag, None);
        board.partition("a", 0, Some(5), Some(9));
        board.partition("a", 1, Some(7), None);
        assert_eq!(board.status().lag, None, "one is not known yet");
        board.partition("a", 1, None, Some(10));
        assert_eq!(board.status().lag, Some(7));
        board.partition("a", 0, Some(12), None);
        assert_eq!(board.status().lag, Some(3), "the end is not behind what is kept");
    }

    #[test]
    fn waiting_is_for_a_stream_that_is_followed() {
        let board = Board::default();
        board.problem(State::Away, StreamError::away("gone"));
        board.waits(true);
        assert_eq!(board.status().state, State::Away);
        assert!(board.state(State::Following) && !board.state(State::Following));
        assert_eq!(board.status().problem, None);
        board.waits(true);
        assert_eq!(board.status().state, State::Waiting);
        board.waits(false);
        assert_eq!(board.status().state, State::Following);
    }
}
