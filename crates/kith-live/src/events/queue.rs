//! What waits for the disk, within a bound.

use super::settle::Settle;
use super::{NotTaken, Reply};
use kith_core::event::wire::Incoming;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

/// So much goes to the disk in one write at most.
const GROUP_BYTES: usize = 1 << 20;

/// Events of one request, refused events to settle, and who waits for them.
pub(super) struct Submission {
    pub events: Vec<Incoming>,
    pub settle: Vec<Settle>,
    pub reply: Reply,
    /// The request that it came with; nothing, where nobody follows requests.
    pub span: tracing::Span,
}

impl Submission {
    /// What it takes of the queue: its text and what is around each event.
    fn bytes(&self) -> usize {
        let one = |incoming: &Incoming| match incoming {
            Incoming::Event(event) => event.body.len() + 300,
            Incoming::Refused(refused) => refused.original.len() + 300,
        };
        let again = |settle: &Settle| settle.event.as_ref().map_or(0, |event| event.body.len()) + 300;
        self.events.iter().map(one).sum::<usize>() + self.settle.iter().map(again).sum::<usize>() + 100
    }
}

/// What waits for the disk.
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    came: Condvar,
    left: Condvar,
    bytes_max: usize,
}

#[derive(Default)]
struct Waiting {
    submissions: VecDeque<Submission>,
    bytes: usize,
    closed: bool,
}

impl Queue {
    pub(super) fn new(bytes_max: usize) -> Queue {
        Queue { waiting: Mutex::default(), came: Condvar::new(), left: Condvar::new(), bytes_max }
    }

    /// Waits until there is room; several who wait may all go on, so the bound is soft by what they bring. Returns at once
    /// when the queue is closed.
    pub(super) fn wait_for_room(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while !waiting.closed && waiting.bytes >= self.bytes_max {
            waiting = self.left.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn has_room(&self) -> bool {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.closed || waiting.bytes < self.bytes_max
    }

    /// A queue with any room takes a submission whole, however large it is.
    pub(super) fn push(&self, submission: Submission) -> std::result::Result<(), NotTaken> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.closed {
            return Err(NotTaken::Stopped);
        }
        if waiting.bytes >= self.bytes_max {
            return Err(NotTaken::Busy);
        }
        waiting.bytes += submission.bytes();
        waiting.submissions.push_back(submission);
        self.came.notify_one();
        Ok(())
    }

    /// Nothing more is taken; what waits is still worked off.
    pub(super) fn close(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.came.notify_all();
        self.left.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).closed
    }

    /// The next group and its bytes; `None` = closed, and nothing waits.
    pub(super) fn next(&self) -> Option<(Vec<Submission>, usize)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while waiting.submissions.is_empty() {
            if waiting.closed {
                return None;
            }
            waiting = self.came.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        let (mut group, mut bytes) = (Vec::new(), 0);
        while bytes < GROUP_BYTES
            && let Some(submission) = waiting.submissions.pop_front()
        {
            bytes += submission.bytes();
            group.push(submission);
        }
        waiting.bytes -= bytes;
        self.left.notify_all();
        Some((group, bytes))
    }
}
