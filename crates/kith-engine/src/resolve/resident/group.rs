//! Entries that are appended together.

use crate::error::Result;
use kith_core::decision::RecordRef;
use kith_core::entry::RecordEntry;
use kith_core::id::NodeId;
use kith_live::Live;
use rustc_hash::FxHashMap;

/// What entries that are not written yet say, over what the store has.
pub(super) struct Group<'a> {
    pub live: &'a Live,
    /// Nodes of records that are named in it.
    pub named: FxHashMap<RecordRef, NodeId>,
    /// The last that it says of a node; `None` = it is gone.
    pub now: FxHashMap<NodeId, Option<&'a RecordEntry>>,
}

impl<'a> Group<'a> {
    pub fn new(live: &'a Live) -> Group<'a> {
        Group { live, named: FxHashMap::default(), now: FxHashMap::default() }
    }

    pub fn node_of(&self, name: &RecordRef) -> Result<Option<NodeId>> {
        match self.named.get(name) {
            Some(node) => Ok(Some(*node)),
            None => Ok(self.live.node_of(&name.source, &name.key)?),
        }
    }

    pub fn gone(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.now.iter().filter(|(_, record)| record.is_none()).map(|(node, _)| *node)
    }
}
