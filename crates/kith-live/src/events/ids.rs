//! Finding carriers by another id that was seen with them: a push token, an advertising id, the id of a social network.
//!
//! - Reads: the index that the fold keeps beside the carriers ([`Space::IdOf`]), and what of it is not stored yet.
//! - Decides: nothing. An id may be of several carriers: who of them is meant is a question of identity.

use super::{Events, keys};
use crate::error::Result;
use crate::store::kv::{self, Space};
use kith_core::event::carrier::Carrier;
use kith_core::id::SourceName;
use std::collections::BTreeSet;

/// Carriers that are given for one id; a device of a test or a shop may have any number.
const CARRIERS_MAX: usize = 1_000;

impl Events {
    /// The carriers that an id (`ios.push_token:…`) was seen with, in order of source and id; at most a thousand.
    pub fn carriers_of(&self, id: &str) -> Result<Vec<(SourceName, Carrier)>> {
        if id.contains('\0') {
            return Ok(Vec::new());
        }
        let prefix = keys::id_of(id, &[]);
        let found = self.index(&prefix, CARRIERS_MAX)?;
        Ok(found.iter().filter_map(|key| keys::named(key.get(prefix.len()..)?)).collect())
    }

    /// True if any id of a type (`ios.push_token`) was ever seen.
    pub fn knows_ids_of(&self, kind: &str) -> Result<bool> {
        Ok(!self.index(format!("{kind}:").as_bytes(), 1)?.is_empty())
    }

    /// Keys of the index that begin so, in order.
    fn index(&self, prefix: &[u8], limit: usize) -> Result<BTreeSet<Vec<u8>>> {
        let shared = &self.0.shared;
        // First what is not stored: what is stored meanwhile is found behind it.
        let mut found: BTreeSet<Vec<u8>> =
            shared.fold().unstored_ids(prefix).take(2 * limit).cloned().collect();
        for item in kv::prefix(shared.kv.as_ref(), Space::IdOf, prefix).take(limit) {
            found.insert(item?.0);
        }
        while found.len() > limit {
            found.pop_last();
        }
        Ok(found)
    }
}
