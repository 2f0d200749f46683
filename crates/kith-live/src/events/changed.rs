//! Carriers whose record has changed: who has to be resolved anew.

use super::{Events, keys};
use crate::error::Result;
use kith_core::event::carrier::Carrier;
use kith_core::id::SourceName;
use std::time::Duration;

/// A carrier of a source.
pub type Named = (SourceName, Carrier);

/// The record that stands for a carrier in resolution; `None` = it stands for nothing yet.
pub type Row = Option<serde_json::Map<String, serde_json::Value>>;

impl Events {
    /// Some carriers whose record has changed since it was last resolved, with the record as it is now. They come again until [`Events::resolved`] is told of them.
    pub fn changed(&self, at_most: usize) -> Result<Vec<(Named, Row)>> {
        let shared = &self.0.shared;
        let keys: Vec<Vec<u8>> = shared.fold().changed.iter().take(at_most).cloned().collect();
        let mut found = Vec::new();
        for key in keys {
            let Some((source, carrier)) = keys::named(&key) else { continue };
            let row = shared.look(&key, |_, state| state.row(&carrier))?.flatten();
            found.push(((source, carrier), row));
        }
        Ok(found)
    }

    /// How many carriers wait for their record to be resolved.
    pub fn unresolved(&self) -> usize {
        self.0.shared.fold().changed.len()
    }

    /// Their records, as [`Events::changed`] gave them, were resolved. One that has changed again meanwhile comes again.
    pub fn resolved(&self, done: &[(Named, Row)]) -> Result<()> {
        let shared = &self.0.shared;
        for ((source, carrier), row) in done {
            let key = keys::carrier(source, carrier);
            let mut fold = shared.fold();
            let now = fold.carriers.read(shared.kv.as_ref(), &key, |_, state| state.row(carrier))?.flatten();
            if now == *row && fold.changed.remove(&key) {
                fold.marks.insert(key, false);
            }
        }
        Ok(())
    }

    /// Waits until some carrier's record has changed; false if none does.
    pub fn wait_changed(&self, at_most: Duration) -> bool {
        let mut fold = self.0.shared.fold();
        if fold.changed.is_empty() {
            self.0.shared.gone_on.wait_for(&mut fold, at_most);
        }
        !fold.changed.is_empty()
    }
}
