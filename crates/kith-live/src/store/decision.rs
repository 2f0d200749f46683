//! What people decided, as the store keeps it: each decision with what became of it, and by the records it names.

use super::keys;
use super::kv::{self, Space};
use super::project::{Projector, internal};
use super::{Store, entries};
use crate::error::Result;
use kith_core::decision::RecordRef;
use kith_core::entry::{DecisionEntry, WithdrawnEntry};
use kith_core::id::Position;
use serde::{Deserialize, Serialize};

/// A decision and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// Its position in the log: its name.
    pub position: Position,
    /// What was decided, why and by whom.
    pub entry: DecisionEntry,
    /// Where and how it was taken back; `None` = it is in force.
    pub withdrawn: Option<(Position, WithdrawnEntry)>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    entry: DecisionEntry,
    withdrawn: Option<(Position, WithdrawnEntry)>,
}

pub(super) fn decided(to: &mut Projector, position: Position, entry: &DecisionEntry) -> Result<()> {
    if let Some((a, b)) = entry.decision.pair() {
        for record in [a, b] {
            let key = [keys::decisions_of(record), keys::number(position.0)].concat();
            to.changes.put(Space::DecisionOf, key, Vec::new());
        }
    }
    let row = Row { entry: entry.clone(), withdrawn: None };
    to.json(Space::Decision, keys::number(position.0), &row)
}

/// The first withdrawal counts; one of a decision that does not exist changes nothing.
pub(super) fn withdrawn(to: &mut Projector, position: Position, entry: &WithdrawnEntry) -> Result<()> {
    let key = keys::number(entry.decision.0);
    let Some(bytes) = to.get(Space::Decision, &key)? else { return Ok(()) };
    let mut row: Row = serde_json::from_slice(&bytes).map_err(|e| internal(e.to_string()))?;
    if row.withdrawn.is_none() {
        row.withdrawn = Some((position, entry.clone()));
        to.json(Space::Decision, key, &row)?;
    }
    Ok(())
}

impl Store {
    /// Every decision, in order of position.
    pub(crate) fn decisions(&self) -> Result<Vec<Decided>> {
        let rows = entries::<Row>(self.kv.range(Space::Decision, &[], None));
        rows.map(|row| row.map(|(position, row)| row.at(position))).collect()
    }

    /// One decision.
    pub(crate) fn decision(&self, position: Position) -> Result<Option<Decided>> {
        let row = self.json::<Row>(Space::Decision, &keys::number(position.0))?;
        Ok(row.map(|row| row.at(position)))
    }

    /// The decisions that name a record, in order of position.
    pub(crate) fn decisions_of(&self, record: &RecordRef) -> Result<Vec<Decided>> {
        let prefix = keys::decisions_of(record);
        let mut found = Vec::new();
        for pair in kv::prefix(self.kv.as_ref(), Space::DecisionOf, &prefix) {
            let (key, _) = pair?;
            let rest = key.get(prefix.len()..).filter(|rest| rest.len() == 8);
            if let Some(position) = rest.and_then(|rest| keys::number_at(rest, 0)) {
                found.extend(self.decision(Position(position))?);
            }
        }
        Ok(found)
    }
}

impl Row {
    fn at(self, position: Position) -> Decided {
        Decided { position, entry: self.entry, withdrawn: self.withdrawn }
    }
}
