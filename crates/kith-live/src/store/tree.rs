//! Merge trees and edges, as resolution last made them. Not of the log: after a rebuild the engine resolves again.

use super::kv::{Changes, Home, Space};
use super::project::internal;
use super::{Store, keys};
use crate::error::Result;
use crate::tree::Component;
use kith_core::id::{NodeId, Position};
use std::sync::PoisonError;

/// A batch is committed at this size.
const BATCH_BYTES: usize = 8 << 20;

impl Store {
    /// Replaces all components. While it goes on the store says that it has none; single nodes need no row.
    pub(crate) fn set_tree(&self, up_to: Position, components: Vec<Component>) -> Result<()> {
        let _guard = self.trees.write().unwrap_or_else(PoisonError::into_inner);
        let mut none = Changes::default();
        none.remove(Space::Meta, keys::TREE.to_vec());
        self.kv.commit(none)?;
        self.kv.clear(Home::Trees)?;
        let mut changes = Changes::default();
        for component in components {
            put(&mut changes, component, true)?;
            if changes.bytes >= BATCH_BYTES {
                self.kv.commit(std::mem::take(&mut changes))?;
            }
        }
        changes.put(Space::Meta, keys::TREE.to_vec(), keys::number(up_to.0));
        self.kv.commit(changes)
    }

    /// Replaces the components of some nodes, in one batch with other changes that bring the store up to a position.
    /// Every node that an old one of these components holds is among the new ones or is gone.
    pub(crate) fn replace_trees(
        &self,
        mut changes: Changes,
        gone: &[NodeId],
        components: Vec<Component>,
        up_to: Position,
    ) -> Result<()> {
        for node in gone {
            let node = keys::number(node.0);
            if let Some(id) = self.kv.get(Space::ComponentOf, &node)? {
                changes.remove(Space::Component, id);
                changes.remove(Space::ComponentOf, node);
            }
        }
        // Of most nodes the component keeps its name: they need no new row.
        let mut named: Vec<(Vec<u8>, Option<Vec<u8>>)> = Vec::new();
        for component in &components {
            let id = component.nodes.iter().min().filter(|_| component.nodes.len() > 1);
            let id = id.map(|smallest| keys::number(smallest.0));
            for node in &component.nodes {
                let node = keys::number(node.0);
                let before = self.kv.get(Space::ComponentOf, &node)?;
                if before != id {
                    named.push((node, id.clone()));
                }
                if let Some(before) = before {
                    changes.remove(Space::Component, before);
                }
            }
        }
        for component in components {
            put(&mut changes, component, false)?;
        }
        for (node, id) in named {
            match id {
                Some(id) => changes.put(Space::ComponentOf, node, id),
                None => changes.remove(Space::ComponentOf, node),
            }
        }
        // Trees that were behind before stay behind: what they lack is not among these.
        if self.tree_position()?.0 > 0 {
            changes.put(Space::Meta, keys::TREE.to_vec(), keys::number(up_to.0));
        }
        let _guard = self.trees.write().unwrap_or_else(PoisonError::into_inner);
        self.kv.commit_soon(changes)
    }

    /// The position up to which the trees are complete; 0 = there are none.
    pub(crate) fn tree_position(&self) -> Result<Position> {
        let bytes = self.kv.get(Space::Meta, keys::TREE)?;
        Ok(Position(bytes.and_then(|b| keys::number_at(&b, 0)).unwrap_or(0)))
    }

    /// Every component of two or more nodes, by its smallest node; a consistent view of the moment of the call.
    pub(crate) fn components(&self) -> impl Iterator<Item = Result<Component>> + Send + use<> {
        let _guard = self.trees.read().unwrap_or_else(PoisonError::into_inner);
        let pairs = self.kv.range(Space::Component, &[], None);
        pairs.map(|pair| serde_json::from_slice(&pair?.1).map_err(|e| internal(e.to_string())))
    }

    /// The component of a node; a node without evidence is one by itself.
    pub(crate) fn component_of(&self, node: NodeId) -> Result<Option<Component>> {
        let _guard = self.trees.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = self.kv.get(Space::ComponentOf, &keys::number(node.0))?
            && let Some(bytes) = self.kv.get(Space::Component, &id)?
        {
            return serde_json::from_slice(&bytes).map(Some).map_err(|e| internal(e.to_string()));
        }
        let alive =
            self.kv.get(Space::Node, &keys::number(node.0))?.is_some_and(|b| keys::NodeRow::alive(&b));
        Ok(alive.then(|| Component::single(node)))
    }
}

/// A component's rows, with or without those of its nodes; a single node needs none.
fn put(changes: &mut Changes, mut component: Component, nodes: bool) -> Result<()> {
    component.nodes.sort_unstable();
    let Some(smallest) = component.nodes.first().filter(|_| component.nodes.len() > 1) else {
        return Ok(());
    };
    let id = keys::number(smallest.0);
    finite(&mut component);
    let bytes = serde_json::to_vec(&component).map_err(|e| internal(e.to_string()))?;
    changes.put(Space::Component, id.clone(), bytes);
    for node in component.nodes.iter().filter(|_| nodes) {
        changes.put(Space::ComponentOf, keys::number(node.0), id.clone());
    }
    Ok(())
}

/// JSON has no infinity, and a certain pair may have an infinite weight.
fn finite(component: &mut Component) {
    let bound = |x: f32| if x.is_nan() { 0.0 } else { x.clamp(f32::MIN, f32::MAX) };
    component.merges.iter_mut().for_each(|m| m.confidence = bound(m.confidence));
    for edge in &mut component.edges {
        edge.weight = bound(edge.weight);
        edge.probability = bound(edge.probability);
    }
}
