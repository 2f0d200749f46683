//! Finding nodes: by identifier, and by what somebody typed.

use super::Live;
use crate::error::Result;
use kith_core::id::{NodeId, Position, ProfileId};
use rustc_hash::FxHashSet;

impl Live {
    /// Live nodes with an identifier: a field's name (`email`, `phone` …) and normal form, or a source and its key.
    pub fn nodes_by_identifier(&self, field: &str, value: &str) -> Result<Vec<NodeId>> {
        self.0.store.nodes_by_identifier(field, value)
    }

    /// Nodes that fit a question: exact identifiers first (score 1), then words, typing errors forgiven.
    pub fn search(&self, question: &str, limit: usize) -> Result<Vec<(NodeId, f32)>> {
        self.index()?;
        let mut hits: Vec<(NodeId, f32)> = Vec::new();
        for node in self.exact(question)? {
            hits.push((node, 1.0));
        }
        let seen: FxHashSet<NodeId> = hits.iter().map(|(node, _)| *node).collect();
        let words = self.0.search.find(question, limit)?;
        hits.extend(words.into_iter().filter(|(node, _)| !seen.contains(node)));
        hits.truncate(limit);
        Ok(hits)
    }

    /// Brings the search index up to the log's position. [`Live::search`] does it by itself; calling it after a large
    /// load makes the first search fast.
    pub fn index(&self) -> Result<()> {
        // The store's position, read first: rows behind it are for the next time.
        let to = self.0.store.position()?;
        self.0.search.catch_up(&self.0.log, &self.0.store, to)
    }

    /// Up to where everything can be found by words without indexing more. Waits while somebody indexes.
    pub fn search_position(&self) -> Position {
        self.0.search.position()
    }

    /// Nodes for which the question, in one of its usual spellings, is an identifier.
    fn exact(&self, question: &str) -> Result<Vec<NodeId>> {
        let question = question.trim();
        let lower = question.to_lowercase();
        let digits: String = question.chars().filter(char::is_ascii_digit).collect();
        let mut asked = vec![("customer_id", question.to_string()), ("customer_id", lower.clone())];
        asked.push(("email", lower));
        if digits.len() >= 6 {
            asked.push(("phone", format!("+{digits}")));
        }
        let mut nodes = Vec::new();
        for (field, value) in asked {
            nodes.extend(self.nodes_by_identifier(field, &value)?);
        }
        for (source, _) in self.sources()? {
            let row = self.0.store.key_row(&source, question)?.filter(|row| row.alive);
            nodes.extend(row.map(|row| row.node));
        }
        if let Ok(id) = question.parse::<ProfileId>() {
            nodes.extend(self.profile(id)?.map(|p| p.nodes).unwrap_or_default());
        }
        let mut seen = FxHashSet::default();
        nodes.retain(|node| seen.insert(*node));
        Ok(nodes)
    }
}
