//! Refused events that wait for a fix, grouped by cause.
//!
//! A refused event waits until it is settled: accepted after all, found to be one that had been accepted, or discarded. Causes
//! are numbered by the position of their first event, so that every fold of the log gives the same numbers.

use super::keys;
use crate::error::Result;
use crate::store::internal;
use crate::store::keys::{number, number_at, pair};
use crate::store::kv::{self, Changes, KeyValue, Space};
use kith_core::entry::Settlement;
use kith_core::event::RefusedEvent;
use kith_core::event::cause::Cause;
use kith_core::id::{Position, SourceName};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Causes of one source; what else it is refused for is counted by its code alone. Senders can make up any number of names.
const CAUSES_MAX: usize = 1_000;

/// How many events of one cause there are, by what became of them. Their sum is all that were ever refused for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Wait for a fix.
    pub waiting: u64,
    /// Were accepted after all.
    pub accepted: u64,
    /// Were found to have been accepted before.
    pub duplicate: u64,
    /// Were given up.
    pub discarded: u64,
}

/// A cause, and how many events it is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    /// The cause.
    pub cause: Cause,
    /// How many.
    pub tally: Tally,
}

/// Which refused events are wanted; what is not said is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only of this source.
    pub source: Option<SourceName>,
    /// Only of this code.
    pub code: Option<String>,
    /// Only of this name.
    pub name: Option<String>,
    /// Only with this field, as causes write it.
    pub field: Option<String>,
    /// Only those received from this time on, milliseconds since 1970 UTC.
    pub from_ms: Option<i64>,
    /// Only those received before this time, milliseconds since 1970 UTC.
    pub to_ms: Option<i64>,
    /// Only behind this position.
    pub after: Option<Position>,
    /// Only before this position.
    pub before: Option<Position>,
}

impl Wanted {
    fn of_any_cause(&self) -> bool {
        self.source.is_none() && self.code.is_none() && self.name.is_none() && self.field.is_none()
    }

    fn takes_cause(&self, cause: &Cause) -> bool {
        self.source.as_ref().is_none_or(|source| *source == cause.source)
            && self.code.as_ref().is_none_or(|code| *code == cause.code)
            && self.name.as_ref().is_none_or(|name| *name == cause.name)
            && self.field.as_ref().is_none_or(|field| *field == cause.field)
    }

    pub(super) fn takes(&self, refused: &RefusedEvent) -> bool {
        self.from_ms.is_none_or(|from| refused.received_at_ms >= from)
            && self.to_ms.is_none_or(|to| refused.received_at_ms < to)
    }

    fn between(&self, position: Position) -> bool {
        self.after.is_none_or(|after| position > after) && self.before.is_none_or(|before| position < before)
    }
}

/// What the store does not have yet of an event: it waits, or does no more.
#[derive(Clone, Copy, Debug)]
struct Mark {
    cause: u64,
    waits: bool,
}

/// What is known of refused events.
#[derive(Default)]
pub(super) struct Refused {
    causes: FxHashMap<u64, Refusals>,
    numbers: BTreeMap<Cause, u64>,
    of_source: FxHashMap<SourceName, usize>,
    /// Causes that the store does not have as they are now.
    dirty: FxHashSet<u64>,
    fresh: BTreeMap<Position, Mark>,
    /// What is being written into the store.
    storing: BTreeMap<Position, Mark>,
}

impl Refused {
    pub(super) fn load(kv: &dyn KeyValue) -> Result<Refused> {
        let mut refused = Refused::default();
        for item in kv::prefix(kv, Space::EventMeta, keys::all_causes()) {
            let (key, value) = item?;
            let refusals: Refusals = serde_json::from_slice(&value).map_err(|e| internal(e.to_string()))?;
            let Some(no) = keys::cause_no(&key) else { continue };
            refused.insert(no, refusals);
        }
        Ok(refused)
    }

    fn insert(&mut self, no: u64, refusals: Refusals) {
        *self.of_source.entry(refusals.cause.source.clone()).or_default() += 1;
        self.numbers.insert(refusals.cause.clone(), no);
        self.causes.insert(no, refusals);
    }

    /// An event was refused.
    pub(super) fn refuse(&mut self, position: Position, refused: &RefusedEvent) {
        let mut cause = Cause::of(refused);
        let many = self.of_source.get(&cause.source).is_some_and(|causes| *causes >= CAUSES_MAX);
        if many && !self.numbers.contains_key(&cause) {
            cause = cause.of_the_rest();
        }
        let no = match self.numbers.get(&cause) {
            Some(no) => *no,
            None => {
                self.insert(position.0, Refusals { cause, tally: Tally::default() });
                position.0
            }
        };
        if let Some(refusals) = self.causes.get_mut(&no) {
            refusals.tally.waiting += 1;
        }
        self.dirty.insert(no);
        self.fresh.insert(position, Mark { cause: no, waits: true });
    }

    /// The cause of an event that waits; `None` = it does not.
    pub(super) fn waits(&self, kv: &dyn KeyValue, position: Position) -> Result<Option<u64>> {
        if let Some(mark) = self.fresh.get(&position).or_else(|| self.storing.get(&position)) {
            return Ok(mark.waits.then_some(mark.cause));
        }
        Ok(kv.get(Space::RefusedEvent, &number(position.0))?.and_then(|value| number_at(&value, 0)))
    }

    /// An event waits no more; false if it did not.
    pub(super) fn settle(
        &mut self,
        kv: &dyn KeyValue,
        position: Position,
        outcome: Settlement,
    ) -> Result<bool> {
        let Some(no) = self.waits(kv, position)? else { return Ok(false) };
        if let Some(Refusals { tally, .. }) = self.causes.get_mut(&no) {
            tally.waiting = tally.waiting.saturating_sub(1);
            match outcome {
                Settlement::Accepted => tally.accepted += 1,
                Settlement::Duplicate => tally.duplicate += 1,
                Settlement::Discarded => tally.discarded += 1,
            }
        }
        self.dirty.insert(no);
        self.fresh.insert(position, Mark { cause: no, waits: false });
        Ok(true)
    }

    /// All causes, by source, code, name and field.
    pub(super) fn all(&self) -> Vec<Refusals> {
        self.numbers.values().filter_map(|no| self.causes.get(no).cloned()).collect()
    }

    /// What the store lacks.
    pub(super) fn changes(&mut self, changes: &mut Changes) -> Result<()> {
        self.storing = std::mem::take(&mut self.fresh);
        for (position, Mark { cause, waits }) in &self.storing {
            let (event, by_cause) = (number(position.0), pair(*cause, position.0));
            if *waits {
                changes.put(Space::RefusedEvent, event, number(*cause));
                changes.put(Space::RefusedCause, by_cause, Vec::new());
            } else {
                changes.remove(Space::RefusedEvent, event);
                changes.remove(Space::RefusedCause, by_cause);
            }
        }
        for no in self.dirty.drain() {
            let Some(refusals) = self.causes.get(&no) else { continue };
            let bytes = serde_json::to_vec(refusals).map_err(|e| internal(e.to_string()))?;
            changes.put(Space::EventMeta, keys::cause(no), bytes);
        }
        Ok(())
    }

    pub(super) fn stored(&mut self) {
        self.storing.clear();
    }

    /// What a search needs of what is not stored.
    pub(super) fn search(&self, wanted: &Wanted) -> Search {
        let of = |no: &u64| self.causes.get(no).is_some_and(|r| wanted.takes_cause(&r.cause));
        let causes = (!wanted.of_any_cause()).then(|| self.numbers.values().copied().filter(of).collect());
        let all = self.storing.iter().chain(&self.fresh);
        let marks = all.filter(|(position, mark)| wanted.between(**position) && of(&mark.cause));
        let marks = marks.map(|(position, mark)| (*position, *mark)).collect();
        Search { causes, marks }
    }
}

/// Which causes are asked for, and what of them is not stored.
pub(super) struct Search {
    /// `None` = all.
    causes: Option<Vec<u64>>,
    marks: BTreeMap<Position, Mark>,
}

impl Search {
    /// Positions of events that wait: the newest, or the oldest.
    pub(super) fn places(
        &self,
        kv: &dyn KeyValue,
        wanted: &Wanted,
        newest: bool,
        limit: usize,
    ) -> Result<Vec<Position>> {
        let from = wanted.after.map_or(0, |after| after.0.saturating_add(1));
        let to = wanted.before.map_or(u64::MAX, |before| before.0);
        if from >= to {
            return Ok(Vec::new());
        }
        let mut places: BTreeSet<Position> =
            self.marks.iter().filter(|(_, mark)| mark.waits).map(|(position, _)| *position).collect();
        let mut add = |space: Space, head: &[u8]| -> Result<()> {
            let (from, to) = ([head, &number(from)].concat(), [head, &number(to)].concat());
            let stored = kv.range(space, &from, Some(&to));
            let mut ordered: kv::Pairs = if newest { Box::new(stored.rev()) } else { stored };
            let mut found = 0;
            while found < limit
                && let Some(item) = ordered.next()
            {
                let at = number_at(item?.0.get(head.len()..).unwrap_or(&[]), 0).map(Position);
                if let Some(at) = at.filter(|at| !self.marks.contains_key(at)) {
                    places.insert(at);
                    found += 1;
                }
            }
            Ok(())
        };
        match &self.causes {
            None => add(Space::RefusedEvent, &[])?,
            Some(causes) => {
                causes.iter().try_for_each(|no| add(Space::RefusedCause, &number(*no)))?;
            }
        }
        Ok(match newest {
            true => places.into_iter().rev().take(limit).collect(),
            false => places.into_iter().take(limit).collect(),
        })
    }
}
