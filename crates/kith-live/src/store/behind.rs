//! What has changed since the lake was written, so that a reader can lay it over the lake's tables. Beside the merge trees, and
//! like them not of the log.
//!
//! A change of some records marks the components that it leaves, each by its smallest node, and the nodes that are gone: with
//! what the components are when somebody reads, that is every node whose rows can differ. A whole resolution marks everything.
//! Writing the lake takes the marks away.

use super::kv::{Changes, Space};
use super::{Store, keys};
use crate::error::Result;
use crate::tree::Touched;
use kith_core::id::{NodeId, Position};

/// Stands for every node.
const EVERYTHING: u64 = u64::MAX;
/// The key of the position up to which the lake was written last.
const FLOOR: [u8; 16] = [0; 16];

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behind {
    /// Everything may differ.
    Everything,
    /// What is connected with these nodes now, and these that are gone.
    Nodes(Vec<NodeId>),
}

/// Marks what a change leaves.
pub(super) fn mark(changes: &mut Changes, touched: &Touched, at: Position) {
    let names = touched.after.iter().filter_map(|component| component.nodes.iter().min());
    let nodes: Vec<NodeId> = names.chain(&touched.gone).copied().collect();
    mark_nodes(changes, &nodes, at);
}

/// Marks nodes.
pub(super) fn mark_nodes(changes: &mut Changes, nodes: &[NodeId], at: Position) {
    for node in nodes {
        changes.put(Space::Behind, keys::pair(at.0, node.0), Vec::new());
    }
}

/// Marks everything.
pub(super) fn mark_everything(changes: &mut Changes, at: Position) {
    changes.put(Space::Behind, keys::pair(at.0, EVERYTHING), Vec::new());
}

impl Store {
    /// What was marked behind a position, each once.
    pub(crate) fn behind(&self, since: Position) -> Result<Behind> {
        let from = keys::pair(since.0.saturating_add(1), 0);
        let mut nodes = Vec::new();
        for pair in self.kv.range(Space::Behind, &from, None) {
            match keys::number_at(&pair?.0, 1) {
                Some(EVERYTHING) => return Ok(Behind::Everything),
                node => nodes.extend(node.map(NodeId)),
            }
        }
        nodes.sort_unstable();
        nodes.dedup();
        Ok(Behind::Nodes(nodes))
    }

    /// The position up to which the lake was written last, as [`Store::lake_written`] was told.
    pub(crate) fn lake_position(&self) -> Result<Position> {
        let floor = self.kv.get(Space::Behind, &FLOOR)?;
        Ok(Position(floor.and_then(|b| keys::number_at(&b, 0)).unwrap_or(0)))
    }

    /// The lake shows everything up to a position: marks of it are taken away.
    pub(crate) fn lake_written(&self, up_to: Position) -> Result<()> {
        let (from, to) = (keys::pair(1, 0), keys::pair(up_to.0.saturating_add(1), 0));
        let mut changes = Changes::default();
        for pair in self.kv.range(Space::Behind, &from, Some(&to)) {
            changes.remove(Space::Behind, pair?.0);
        }
        changes.put(Space::Behind, FLOOR.to_vec(), keys::number(up_to.0));
        self.kv.commit(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Component;

    #[test]
    fn marks_are_read_from_a_position_and_taken_away_up_to_one() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(Store::open(dir.path()).unwrap().0, 7);
        assert_eq!(store.behind(Position(0)).unwrap(), Behind::Nodes(Vec::new()));
        let touched = |nodes: &[u64], gone: &[u64]| Touched {
            gone: gone.iter().copied().map(NodeId).collect(),
            after: vec![Component {
                nodes: nodes.iter().copied().map(NodeId).collect(),
                ..Component::default()
            }],
            ..Touched::default()
        };
        store.replace_trees(Changes::default(), touched(&[9, 4, 5], &[6]), Position(10)).unwrap();
        store.replace_trees(Changes::default(), touched(&[4], &[]), Position(11)).unwrap();
        let nodes = |ids: &[u64]| Behind::Nodes(ids.iter().copied().map(NodeId).collect());
        assert_eq!(store.behind(Position(0)).unwrap(), nodes(&[4, 6]));
        assert_eq!(store.behind(Position(10)).unwrap(), nodes(&[4]));
        assert_eq!(store.behind(Position(11)).unwrap(), nodes(&[]));
        store.lake_written(Position(10)).unwrap();
        assert_eq!(store.behind(Position(0)).unwrap(), nodes(&[4]));
        assert_eq!(store.lake_position().unwrap(), Position(10));
        store.set_tree(Position(12), Vec::new()).unwrap();
        assert_eq!(store.behind(Position(0)).unwrap(), Behind::Everything);
        assert_eq!(store.behind(Position(12)).unwrap(), nodes(&[]));
        store.lake_written(Position(12)).unwrap();
        assert_eq!(store.behind(Position(0)).unwrap(), nodes(&[]));
    }
}
