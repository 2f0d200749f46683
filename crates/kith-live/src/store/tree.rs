//! Merge trees and edges, as resolution last made them. Not of the log: after a rebuild the engine resolves again.

use super::kv::{Changes, Home, Space};
use super::project::internal;
use super::{Store, behind, component, keys};
use crate::error::Result;
use crate::tree::{Component, Touched};
use kith_core::id::{NodeId, Position};
use rustc_hash::{FxHashMap, FxHashSet};
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
        for mut component in components {
            component.nodes.sort_unstable();
            put(&mut changes, &mut component)?;
            if let Some(name) = component.nodes.first().filter(|_| component.nodes.len() > 1) {
                for node in &component.nodes {
                    changes.put(Space::ComponentOf, keys::number(node.0), keys::number(name.0));
                }
            }
            if changes.bytes >= BATCH_BYTES {
                self.kv.commit(std::mem::take(&mut changes))?;
            }
        }
        changes.put(Space::Meta, keys::TREE.to_vec(), keys::number(up_to.0));
        behind::mark_everything(&mut changes, up_to);
        self.kv.commit(changes)
    }

    /// The components of two or more nodes that hold any of these, each once.
    pub(crate) fn components_with(&self, nodes: impl Iterator<Item = NodeId>) -> Result<Vec<Component>> {
        let _guard = self.trees.read().unwrap_or_else(PoisonError::into_inner);
        let mut known: FxHashSet<NodeId> = FxHashSet::default();
        let mut found = Vec::new();
        for node in nodes {
            // A component's own row names all its nodes: theirs need not be read.
            if !known.contains(&node)
                && let Some(id) = self.kv.get(Space::ComponentOf, &keys::number(node.0))?
                && let Some(bytes) = self.kv.get(Space::Component, &id)?
            {
                let component = component::decode(&bytes).map_err(internal)?;
                known.extend(component.nodes.iter().copied());
                found.push(component);
            }
        }
        Ok(found)
    }

    /// Replaces components by others, in one batch with other changes that bring the store up to a position. Every node
    /// of the old ones is in one of the new, or is gone.
    pub(crate) fn replace_trees(
        &self,
        mut changes: Changes,
        touched: Touched,
        up_to: Position,
    ) -> Result<()> {
        behind::mark(&mut changes, &touched, up_to);
        let mut before: FxHashMap<NodeId, NodeId> = FxHashMap::default();
        for Component { nodes, .. } in touched.before {
            let Some(name) = nodes.first().copied() else { continue };
            changes.remove(Space::Component, keys::number(name.0));
            before.extend(nodes.into_iter().map(|node| (node, name)));
        }
        for node in touched.gone.iter().filter(|node| before.contains_key(node)) {
            changes.remove(Space::ComponentOf, keys::number(node.0));
        }
        for mut component in touched.after {
            component.nodes.sort_unstable();
            let name = component.nodes.first().copied().filter(|_| component.nodes.len() > 1);
            // Of most nodes the component keeps its name: they need no new row.
            for node in component.nodes.iter().filter(|node| before.get(node).copied() != name) {
                match name {
                    Some(name) => changes.put(Space::ComponentOf, keys::number(node.0), keys::number(name.0)),
                    None => changes.remove(Space::ComponentOf, keys::number(node.0)),
                }
            }
            put(&mut changes, &mut component)?;
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
        pairs.map(|pair| component::decode(&pair?.1).map_err(internal))
    }

    /// The component of a node; a node without evidence is one by itself.
    pub(crate) fn component_of(&self, node: NodeId) -> Result<Option<Component>> {
        let _guard = self.trees.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = self.kv.get(Space::ComponentOf, &keys::number(node.0))?
            && let Some(bytes) = self.kv.get(Space::Component, &id)?
        {
            return component::decode(&bytes).map(Some).map_err(internal);
        }
        let alive =
            self.kv.get(Space::Node, &keys::number(node.0))?.is_some_and(|b| keys::NodeRow::alive(&b));
        Ok(alive.then(|| Component::single(node)))
    }
}

/// A component's own row; a single node needs none.
fn put(changes: &mut Changes, component: &mut Component) -> Result<()> {
    finite(component);
    if let Some(name) = component.nodes.first().filter(|_| component.nodes.len() > 1) {
        let bytes = component::encode(component).map_err(internal)?;
        changes.put(Space::Component, keys::number(name.0), bytes);
    }
    Ok(())
}

/// It is shown as JSON, which has no infinity, and a certain pair may have an infinite weight.
fn finite(component: &mut Component) {
    let bound = |x: f32| if x.is_nan() { 0.0 } else { x.clamp(f32::MIN, f32::MAX) };
    component.merges.iter_mut().for_each(|m| m.confidence = bound(m.confidence));
    for edge in &mut component.edges {
        edge.weight = bound(edge.weight);
        edge.probability = bound(edge.probability);
    }
}
