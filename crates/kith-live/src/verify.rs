//! Do all projections agree with the log?
//!
//! 1. The log is read again with every checksum.
//! 2. Its entries are folded into a fresh store beside the real one.
//! 3. Kind by kind, the number of rows and a digest of their content are compared.

use crate::error::{LiveError, Result};
use crate::log::{Log, Recovery};
use crate::store::kv::{Home, Space};
use crate::store::{Store, digest};
use kith_core::id::Position;
use serde::Serialize;
use std::path::Path;

/// What verification found.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyReport {
    /// The position that was verified.
    pub position: Position,
    /// The log, read again.
    pub log: Recovery,
    /// The store's position; behind the log's = it lags.
    pub store_position: Position,
    /// The search index's position; it catches up with the next search.
    pub search_position: Position,
    /// The kinds of rows, compared.
    pub kinds: Vec<KindReport>,
}

/// One kind of rows of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindReport {
    /// Its name.
    pub kind: &'static str,
    /// Rows in the store.
    pub stored: u64,
    /// Rows that the log gives.
    pub expected: u64,
    /// True if the contents are equal too.
    pub equal: bool,
}

impl VerifyReport {
    /// True if nothing is lost and everything agrees.
    pub fn good(&self) -> bool {
        self.log.lost.is_empty()
            && self.log.torn.is_none()
            && self.store_position == self.position
            && self.kinds.iter().all(|k| k.equal)
    }
}

/// Verifies; `beside` is an empty directory for the fresh fold, removed afterwards.
pub(crate) fn verify(log: &Log, store: &Store, search: Position, beside: &Path) -> Result<VerifyReport> {
    let _ = std::fs::remove_dir_all(beside);
    let report = compare(log, store, search, beside);
    let _ = std::fs::remove_dir_all(beside);
    report
}

fn compare(log: &Log, store: &Store, search_position: Position, beside: &Path) -> Result<VerifyReport> {
    let checked = log.verify()?;
    let position = log.position();
    let (kv, _) = Store::open(beside)?;
    let fresh = Store::new(kv, log.id());
    let mut projector = fresh.projector();
    for item in log.read(Position(1)) {
        match item {
            Ok((at, entry)) => projector.apply(at, &entry)?,
            // Named in the log's own report already.
            Err(LiveError::Corrupt { .. }) => {}
            Err(e) => return Err(e),
        }
    }
    projector.commit()?;
    drop(projector);
    let mut kinds = Vec::new();
    for space in Space::of_a_log(&Home::RECORDS) {
        let stored = digest(store.kv.range(space, &[], None))?;
        let expected = digest(fresh.kv.range(space, &[], None))?;
        let equal = stored == expected;
        kinds.push(KindReport { kind: space.name(), stored: stored.0, expected: expected.0, equal });
    }
    let store_position = store.position()?;
    Ok(VerifyReport { position, log: checked, store_position, search_position, kinds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seams::{RealDisk, RealRandom};
    use crate::store::kv::Changes;
    use kith_core::entry::{Entry, IdentityChange};
    use kith_core::id::{NodeId, ProfileId};
    use std::sync::Arc;

    #[test]
    fn one_changed_row_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let log =
            Log::open(&dir.path().join("log"), Arc::new(RealDisk), &RealRandom, Default::default()).unwrap();
        let store = Store::new(Store::open(&dir.path().join("store")).unwrap().0, log.id());
        let change = IdentityChange::Created { profile: ProfileId(7), nodes: vec![NodeId(1)] };
        let entry = Entry::Identity(change);
        let position = log.append(std::slice::from_ref(&entry)).unwrap();
        let mut projector = store.projector();
        projector.apply(position, &entry).unwrap();
        projector.commit().unwrap();
        let check = || verify(&log, &store, position, &dir.path().join("beside")).unwrap();
        assert!(check().good());
        let mut changes = Changes::default();
        changes.put(Space::ProfileOf, 1u64.to_be_bytes().to_vec(), 8u64.to_be_bytes().to_vec());
        store.kv.commit(changes).unwrap();
        let bad: Vec<_> = check().kinds.into_iter().filter(|k| !k.equal).map(|k| k.kind).collect();
        assert_eq!(bad, ["profile_of"]);
    }
}
