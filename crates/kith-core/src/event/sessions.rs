//! Sessions: times of activity with no longer pause between them.
//!
//! - Reads: the times of events, in whatever order.
//! - Decides: which of them are one session: those that follow each other after at most the pause ([`PAUSE_MS`] unless told
//!   otherwise). That depends on the set of times alone, so the sessions of a person over several devices are the merge of
//!   the devices' sessions, and late events, merges and splits give what an offline computation over all events gives.
//!
//! Kept are *stretches*: runs of times without a longer pause, cut at midnight UTC. Stretches that touch across midnight are
//! put together when sessions are counted. 11 bytes a stretch on the disk, 16 in memory.
//!
//! *Bound.* Stretches of the newest [`DAYS_MAX`] days on which something happened. As days only become more, what falls out
//! falls out in any order of arrival. A person who comes every day loses sessions after eleven years; a clock gone wild, or
//! somebody who makes events up, holds 3 MB at most.

use serde::{Deserialize, Serialize};

/// A longer pause than this begins a new session, unless the configuration says otherwise: half an hour.
pub const PAUSE_MS: i64 = 30 * 60_000;
/// Shorter pauses are refused by the configuration: they would make the bound of a day's stretches a large one.
pub const PAUSE_MIN_MS: i64 = 5 * 60_000;
/// As long as a day; a longer one would be no session.
pub const PAUSE_MAX_MS: i64 = DAY_MS;
/// Days that are kept: 11 years of coming every day.
pub const DAYS_MAX: usize = 4_096;

const DAY_MS: i64 = 86_400_000;

/// A run of times within one day (UTC) without a longer pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stretch {
    start_ms: i64,
    /// At most a day.
    length_ms: u32,
    events: u32,
}

impl Stretch {
    fn end_ms(&self) -> i64 {
        self.start_ms.saturating_add(i64::from(self.length_ms))
    }

    fn day(&self) -> i64 {
        self.start_ms.div_euclid(DAY_MS)
    }

    /// True where `next`, which begins later, is of the same run.
    fn reaches(&self, next: &Stretch, pause_ms: i64) -> bool {
        next.start_ms.saturating_sub(self.end_ms()) <= pause_ms
    }

    fn join(&mut self, next: &Stretch) {
        let end = self.end_ms().max(next.end_ms());
        self.length_ms = u32::try_from(end - self.start_ms).unwrap_or(u32::MAX);
        self.events = self.events.saturating_add(next.events);
    }
}

/// A session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its first event, milliseconds since 1970 UTC.
    pub start_ms: i64,
    /// Its last event.
    pub end_ms: i64,
    /// How many events.
    pub events: u64,
}

/// Sessions, as far as they can be told from the times that have come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sessions {
    /// The pause that the stretches were made with: of all carriers the same, since another one makes all of them anew from
    /// the log.
    pause_ms: u32,
    /// By time, none of one day reaching the next one.
    stretches: Vec<Stretch>,
    /// True where older days have fallen out.
    older: bool,
}

impl Sessions {
    /// Takes in an event. `pause_ms` is the same for all events.
    pub fn add(&mut self, at_ms: i64, pause_ms: i64) {
        self.pause_ms = pause_ms.clamp(PAUSE_MIN_MS, PAUSE_MAX_MS) as u32;
        let pause_ms = i64::from(self.pause_ms);
        let new = Stretch { start_ms: at_ms, length_ms: 0, events: 1 };
        let at = self.stretches.partition_point(|known| known.start_ms <= at_ms);
        let one = |a: &Stretch, b: &Stretch| a.day() == b.day() && a.reaches(b, pause_ms);
        match at.checked_sub(1).and_then(|before| self.stretches.get_mut(before)) {
            Some(before) if one(before, &new) => {
                before.join(&new);
                let before = *before;
                if let Some(next) = self.stretches.get(at).filter(|next| one(&before, next)).copied() {
                    self.stretches[at - 1].join(&next);
                    self.stretches.remove(at);
                }
            }
            _ => match self.stretches.get_mut(at).filter(|next| one(&new, next)) {
                Some(next) => {
                    let mut joined = new;
                    joined.join(next);
                    *next = joined;
                }
                None => {
                    super::tallies::room_for_one(&mut self.stretches);
                    self.stretches.insert(at, new);
                    self.forget();
                }
            },
        }
    }

    /// Takes in all that another one has.
    pub fn merge(&mut self, other: &Sessions) {
        self.older |= other.older;
        self.pause_ms = self.pause_ms.max(other.pause_ms);
        let pause_ms = i64::from(self.pause_ms);
        if other.stretches.is_empty() {
            return;
        }
        let mut all = std::mem::take(&mut self.stretches);
        all.extend_from_slice(&other.stretches);
        // Two sorted runs: the sort finds them and merges.
        all.sort_by_key(|stretch| stretch.start_ms);
        for next in all {
            match self.stretches.last_mut() {
                Some(last) if last.day() == next.day() && last.reaches(&next, pause_ms) => last.join(&next),
                _ => self.stretches.push(next),
            }
        }
        self.forget();
    }

    /// Drops the oldest days beyond [`DAYS_MAX`].
    fn forget(&mut self) {
        if self.stretches.len() <= DAYS_MAX {
            return;
        }
        let (mut days, mut last) = (0, None);
        let cut = self.stretches.iter().rposition(|stretch| {
            days += usize::from(last.replace(stretch.day()) != Some(stretch.day()));
            days > DAYS_MAX
        });
        if let Some(cut) = cut {
            self.stretches.drain(..=cut);
            self.older = true;
        }
    }

    /// The sessions, oldest first.
    pub fn all(&self) -> impl Iterator<Item = Session> {
        let pause_ms = i64::from(self.pause_ms);
        let mut rest = self.stretches.iter().peekable();
        std::iter::from_fn(move || {
            let first = *rest.next()?;
            let (mut last, mut events) = (first, u64::from(first.events));
            while let Some(next) = rest.next_if(|next| last.reaches(next, pause_ms)) {
                (last, events) = (*next, events + u64::from(next.events));
            }
            Some(Session { start_ms: first.start_ms, end_ms: last.end_ms(), events })
        })
    }

    /// True where there were more, before the oldest one that is kept.
    pub fn older(&self) -> bool {
        self.older
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.stretches.capacity() * size_of::<Stretch>()
    }
}

#[cfg(test)]
#[path = "sessions/tests.rs"]
mod tests;
