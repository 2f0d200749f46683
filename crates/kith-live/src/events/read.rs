//! What readers ask of events.

use super::refused::{Refusals, Wanted};
use super::{Events, keys};
use crate::error::Result;
use crate::store::kv::{self, Space};
use kith_core::entry::Entry;
use kith_core::event::carrier::Carrier;
use kith_core::event::fold::State;
use kith_core::event::{Call, Counted, Event, RefusedEvent};
use kith_core::id::{Position, SourceName};
use std::collections::{BTreeMap, BTreeSet};

/// Events that are read in one step.
const READ_TOGETHER: usize = 512;

/// A place in a timeline: newest first by time, then by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// When it happened, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// The position of its event.
    pub position: Position,
}

/// Which events of a timeline are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only before this place.
    pub before: Option<Moment>,
    /// Only from this time on, milliseconds since 1970 UTC.
    pub from_ms: Option<i64>,
    /// Only before this time, milliseconds since 1970 UTC.
    pub to_ms: Option<i64>,
    /// Only this call.
    pub call: Option<Call>,
    /// Only this name.
    pub name: Option<String>,
}

impl Filter {
    fn takes(&self, event: &Event) -> bool {
        self.call.is_none_or(|call| call == event.call)
            && self.name.as_ref().is_none_or(|name| *name == event.name)
    }

    fn end(&self) -> Option<Moment> {
        let before = self.to_ms.map(|at_ms| Moment { at_ms, position: Position(0) });
        [self.before, before].into_iter().flatten().min()
    }
}

impl Events {
    /// What is known of a carrier; `None` = nothing.
    pub fn state(&self, source: &SourceName, carrier: &Carrier) -> Result<Option<State>> {
        let shared = &self.0.shared;
        let key = keys::carrier(source, carrier);
        shared.look(&key, |_, state| state.clone())
    }

    /// Events of some carriers taken together, newest first; at most `limit`.
    pub fn timeline(
        &self,
        carriers: &[(SourceName, Carrier)],
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<(Moment, Event)>> {
        let mut moments = self.moments(carriers, filter)?;
        let mut found = Vec::new();
        // Newest first; only about as many are read as are wanted.
        while found.len() < limit && !moments.is_empty() {
            let wanted = (limit - found.len()).min(READ_TOGETHER);
            let newest: Vec<Moment> = std::iter::from_fn(|| moments.pop_last()).take(wanted).collect();
            let positions: Vec<Position> = newest.iter().map(|moment| moment.position).collect();
            let mut entries = self.0.shared.entries(&positions)?;
            found.extend(newest.into_iter().filter_map(|moment| match entries.remove(&moment.position) {
                Some(Entry::Event(event)) if filter.takes(&event) => Some((moment, event)),
                _ => None,
            }));
        }
        Ok(found)
    }

    fn moments(&self, carriers: &[(SourceName, Carrier)], filter: &Filter) -> Result<BTreeSet<Moment>> {
        let shared = &self.0.shared;
        let from_ms = filter.from_ms.unwrap_or(i64::MIN);
        let end = filter.end();
        let wanted = |at_ms: i64, position: Position| {
            let moment = Moment { at_ms, position };
            (at_ms >= from_ms && end.is_none_or(|end| moment < end)).then_some(moment)
        };
        let mut moments = BTreeSet::new();
        let mut numbers = BTreeSet::new();
        for (source, carrier) in carriers {
            numbers.extend(shared.look(&keys::carrier(source, carrier), |no, _| no)?);
        }
        // What the store does not have yet comes first: meanwhile it may get there.
        for no in numbers {
            let fold = shared.fold();
            moments.extend(fold.unstored(no).filter_map(|m| wanted(m.at_ms, m.position)));
            drop(fold);
            for item in kv::prefix(shared.kv.as_ref(), Space::Timeline, &no.to_be_bytes()) {
                moments.extend(keys::moment_at(&item?.0).and_then(|(at, position)| wanted(at, position)));
            }
        }
        Ok(moments)
    }

    /// Events of everybody behind a position, in order of arrival; at most `limit` entries of the log are looked at.
    pub fn after(&self, position: Position, limit: usize) -> Result<Vec<(Position, Entry)>> {
        let behind = self.0.shared.log.read(Position(position.0 + 1));
        behind.take(limit).collect()
    }

    /// How the events of each source were counted.
    pub fn counts(&self) -> BTreeMap<SourceName, Counted> {
        self.0.shared.fold().counts.clone()
    }

    /// Refused events by cause: those that wait, and what became of the others.
    pub fn refusals(&self) -> Vec<Refusals> {
        self.0.shared.fold().refused.all()
    }

    /// Refused events that wait; the newest or the oldest first, at most `limit`.
    pub fn refused(
        &self,
        wanted: &Wanted,
        newest: bool,
        limit: usize,
    ) -> Result<Vec<(Position, RefusedEvent)>> {
        let shared = &self.0.shared;
        let mut wanted = wanted.clone();
        let mut found = Vec::new();
        loop {
            let search = shared.fold().refused.search(&wanted);
            let places = search.places(shared.kv.as_ref(), &wanted, newest, limit)?;
            let last = places.last().copied();
            let all = places.len() < limit;
            let mut entries = shared.entries(&places)?;
            for place in places {
                if let Some(Entry::RefusedEvent(refused)) = entries.remove(&place)
                    && wanted.takes(&refused)
                    && found.len() < limit
                {
                    found.push((place, refused));
                }
            }
            if all || found.len() == limit {
                return Ok(found);
            }
            match newest {
                true => wanted.before = last,
                false => wanted.after = last,
            }
        }
    }
}
